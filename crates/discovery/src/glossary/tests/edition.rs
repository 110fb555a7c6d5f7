//! Versions of a vocabulary: published one after another, told apart, and every fault named at once. TC609-6-2025-11 §7.3.5.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::edition::{difference, publish, take};
use super::super::*;
use super::{term, vocabulary};

fn at() -> Timestamp {
    "2026-11-28T08:00:00Z".parse().unwrap()
}

fn version(number: &str, terms: Vec<Term>) -> Vocabulary {
    Vocabulary { version: number.to_owned(), ..vocabulary(terms) }
}

#[test]
fn tc609_11_7_3_5_a_version_follows_another_and_says_what_is_new() {
    let first = version("1", vec![term("a", "甲", None), term("b", "乙", None), term("c", "丙", None)]);
    let (one, what, _) = publish(first.clone(), ("s", " 初版 "), None, false, at()).unwrap().unwrap();
    assert_eq!((one.said.number, one.said.terms, one.said.note.as_str()), (1, 3, "初版"));
    assert_eq!((what.from.as_str(), what.to.as_str(), what.added.len()), ("", "1", 3));
    // The same again is nothing new, and no other terms go by a version that was there.
    assert_eq!(publish(first.clone(), ("s", ""), Some(&one), true, at()).unwrap(), None);
    let other = version("1", vec![term("a", "甲", None)]);
    assert_eq!(publish(other, ("s", ""), Some(&one), true, at()).unwrap_err().code, "glossary-version");

    let mut changed = term("b", "乙", Some("a"));
    changed.synonyms.push("二".to_owned());
    let second = version("2", vec![term("a", "甲", None), changed, term("d", "丁", None)]);
    let (two, what, effect) = publish(second, ("s", ""), Some(&one), false, at()).unwrap().unwrap();
    assert_eq!(two.said.number, 2);
    let ids = |terms: &[xinyu_protocol::api::glossary::GlossaryTerm]| {
        terms.iter().map(|term| term.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&what.added), ids(&what.removed)), (vec!["urn:t:d".to_owned()], vec!["urn:t:c".to_owned()]));
    assert_eq!(
        (ids(&what.changed), &what.changed[0].members),
        (vec!["urn:t:b".to_owned()], &vec!["broader".to_owned(), "synonyms".to_owned()])
    );
    let back = difference(Some(&two.vocabulary), &first);
    assert_eq!((back.added.len(), back.changed.len(), back.removed.len()), (1, 1, 1));
    assert!(format!("{effect:?}").contains("glossary.published"), "{effect:?}");

    // As it is stored, and with other terms than its digest is of.
    let stored = two.glossary().unwrap();
    assert_eq!(Edition::read(stored.clone()).unwrap(), two);
    let mut altered = stored;
    altered.vocabulary["terms"][0]["name"]["zh"] = json!("戊");
    assert_eq!(Edition::read(altered).unwrap_err().code, "glossary-digest");
}

#[test]
fn tc609_11_7_3_5_every_fault_of_a_vocabulary_is_named_with_its_place() {
    let bad = version("", vec![term("a", "甲", None), term("a", "甲", Some("z"))]);
    let refused = publish(bad, ("s", ""), None, false, at()).unwrap_err();
    let (first, others) = (refused.clause.unwrap(), refused.detail.unwrap());
    assert_eq!((refused.code, first.as_str()), ("glossary-invalid", "/version"));
    for place in ["/terms/1/id", "/terms/1/name/zh", "/terms/1/broader"] {
        assert!(others.zh.contains(place) && others.en.contains(place), "{others:?}");
    }
    let many = version("1", (0..300).map(|_| term("a", "甲", None)).collect());
    let told = publish(many, ("s", ""), None, false, at()).unwrap_err();
    assert!(told.text.en.contains("598 faults") && told.detail.unwrap().en.contains("and 398 more"));
}

#[test]
fn a_document_is_a_vocabulary_in_our_own_form_or_skos() {
    let starter = starter();
    let (own, lost) = take(&serde_json::to_value(&starter).unwrap()).unwrap();
    assert_eq!((&own, lost.len()), (&starter, 0));
    let written: Value = serde_json::from_slice(&write(&starter).unwrap().bytes).unwrap();
    let (read, _) = take(&written).unwrap();
    assert_eq!((&read.id, read.terms.len()), (&starter.id, starter.terms.len()));
    let wrong = take(&json!({ "terms": [{ "id": "urn:a", "name": { "fr": "un" } }] })).unwrap_err();
    assert_eq!(wrong.code, "glossary-shape");
    assert_eq!(wrong.clause.as_deref(), Some("/terms/0"));
    assert!(wrong.text.en.contains("fr"), "{wrong:?}");
    assert!(take(&json!([])).is_err());
}

#[test]
fn a_term_is_said_by_its_iri_or_any_of_its_names() {
    let starter = starter();
    let by_iri = starter.said(&super::iri("credit-code")).unwrap();
    for name in by_iri.names() {
        assert_eq!(starter.said(&format!(" {} ", name.to_uppercase())).map(|term| &term.id), Some(&by_iri.id));
    }
    assert_eq!(starter.said(""), None);
}
