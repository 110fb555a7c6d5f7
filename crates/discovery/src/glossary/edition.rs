//! Versions of a vocabulary, as a space publishes them one after another: what is published is checked as a whole, says a version of its own, and is told apart
//! from what was there before. TC609-6-2025-11 §7.3.5 (语义模型的版本).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::fault::Rejection;
use xinyu_core::template::{Wrong, rejection};
use xinyu_crypto::Suite;
use xinyu_protocol::api::glossary::{GlossaryDifference, GlossaryTerm};
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::glossary::{Glossary, GlossaryEdition};
use xinyu_protocol::text::Text;

use super::{Fault, Term, Vocabulary, check, skos};
use crate::metadata::{Loss, Phrase};

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-11 §7.3.5";

/// Faults that are told one by one; of the others how many there are.
const TOLD: usize = 200;
/// Characters of a note.
const NOTE: usize = 300;

/// A version with its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// Which one.
    pub said: GlossaryEdition,
    /// Its terms.
    pub vocabulary: Vocabulary,
}

impl Edition {
    /// A version as it is stored or came over the wire.
    ///
    /// # Errors
    /// If it is no vocabulary, or not the one that its digest is of.
    pub fn read(glossary: Glossary) -> Result<Self, Rejection> {
        let vocabulary = of(&glossary.vocabulary)?;
        if digest(&vocabulary)? != glossary.edition.digest {
            let (zh, en) = ("词汇表内容与其摘要不符", "the vocabulary is not the one that its digest is of");
            return Err(Rejection::bad("glossary-digest", zh, en).clause(CLAUSE));
        }
        Ok(Self { said: glossary.edition, vocabulary })
    }

    /// As it is stored and goes over the wire.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn glossary(&self) -> Result<Glossary, Rejection> {
        Ok(Glossary { edition: self.said.clone(), vocabulary: value(&self.vocabulary)? })
    }
}

/// The vocabulary that a document holds, in our own form or as SKOS, and what of it is not taken.
///
/// # Errors
/// If it is neither.
pub fn take(document: &Value) -> Result<(Vocabulary, Vec<Loss>), Rejection> {
    let is_own = document.get("terms").is_some() && document.get("@graph").is_none();
    if is_own {
        return Ok((of(document)?, Vec::new()));
    }
    skos::read(&serde_json::to_vec(document).map_err(|error| Rejection::unwritable(&error.to_string()))?)
}

/// What is published anew, with how it differs from what was there and the record of it; nothing, if it says what was there.
///
/// # Errors
/// Everything that is wrong with the vocabulary, each with its place; that its version was published with other terms; that the note is too long.
pub fn publish(
    vocabulary: Vocabulary,
    (space, note): (&str, &str),
    before: Option<&Edition>,
    is_version_taken: bool,
    at: Timestamp,
) -> Result<Option<(Edition, GlossaryDifference, Effect)>, Rejection> {
    must_be_sound(&vocabulary)?;
    let note = note.trim();
    if note.chars().count() > NOTE {
        let (zh, en) = (format!("说明至多 {NOTE} 字"), format!("a note has at most {NOTE} characters"));
        return Err(Rejection::bad("note-too-long", zh, en).clause("/note"));
    }
    let digest = digest(&vocabulary)?;
    if before.is_some_and(|before| before.said.digest == digest) {
        return Ok(None);
    }
    if is_version_taken {
        let version = &vocabulary.version;
        let (zh, en) = (
            format!("版本 {version} 已经发布过，内容不同"),
            format!("version {version} was published already, with other terms"),
        );
        let next = Text::new("请修改 version 后再发布", "give it another version");
        return Err(Rejection::conflict("glossary-version", zh, en).clause("/version").next(next));
    }
    let difference = difference(before.map(|before| &before.vocabulary), &vocabulary);
    let said = GlossaryEdition {
        space_id: space.to_owned(),
        number: before.map_or(0, |before| before.said.number).saturating_add(1),
        vocabulary_id: vocabulary.id.clone(),
        version: vocabulary.version.clone(),
        title: said(&vocabulary.title),
        terms: count(vocabulary.terms.len()),
        digest,
        published_at: at,
        note: note.to_owned(),
    };
    let record = Draft::new("glossary.published", space)
        .subject(said.version.clone())
        .fact("number", said.number)
        .fact("terms", said.terms)
        .fact("added", difference.added.len())
        .fact("changed", difference.changed.len())
        .fact("removed", difference.removed.len())
        .fact("digest", said.digest.clone());
    Ok(Some((Edition { said, vocabulary }, difference, Effect::Record(record))))
}

/// How a vocabulary differs from an earlier one, term by term.
#[must_use]
pub fn difference(before: Option<&Vocabulary>, after: &Vocabulary) -> GlossaryDifference {
    let (old, new) = (before.map(by_id).unwrap_or_default(), by_id(after));
    let mut found = GlossaryDifference {
        from: before.map(|before| before.version.clone()).unwrap_or_default(),
        to: after.version.clone(),
        ..GlossaryDifference::default()
    };
    for term in &after.terms {
        match old.get(term.id.as_str()) {
            None => found.added.push(named(term, Vec::new())),
            Some(earlier) if *earlier != term => found.changed.push(named(term, members(earlier, term))),
            Some(_) => {}
        }
    }
    let gone = before.into_iter().flat_map(|before| &before.terms).filter(|term| !new.contains_key(term.id.as_str()));
    found.removed = gone.map(|term| named(term, Vec::new())).collect();
    found
}

fn by_id(vocabulary: &Vocabulary) -> BTreeMap<&str, &Term> {
    vocabulary.terms.iter().map(|term| (term.id.as_str(), term)).collect()
}

/// A term by its IRI and name.
#[must_use]
pub fn told(term: &Term) -> GlossaryTerm {
    named(term, Vec::new())
}

fn named(term: &Term, members: Vec<String>) -> GlossaryTerm {
    GlossaryTerm { id: term.id.clone(), name: said(&term.name), members }
}

/// Which members of a term are said otherwise.
fn members(before: &Term, after: &Term) -> Vec<String> {
    let object = |term: &Term| match serde_json::to_value(term) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let (before, after) = (object(before), object(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// The words of a phrase in both languages; what is missing in one is said in the other.
fn said(phrase: &Phrase) -> Text {
    let or = |words: &str, other: &str| if words.is_empty() { other.to_owned() } else { words.to_owned() };
    Text::new(or(&phrase.zh, &phrase.en), or(&phrase.en, &phrase.zh))
}

fn must_be_sound(vocabulary: &Vocabulary) -> Result<(), Rejection> {
    let faults = check(vocabulary);
    if faults.is_empty() {
        return Ok(());
    }
    let many = faults.len();
    let wrong = |fault: Fault| Wrong { pointer: fault.place, text: fault.text };
    let mut told: Vec<Wrong> = faults.into_iter().take(TOLD).map(wrong).collect();
    if let Some(more) = many.checked_sub(TOLD).filter(|more| *more > 0) {
        let text = Text::new(format!("另有 {more} 处"), format!("and {more} more"));
        told.push(Wrong { pointer: "…".to_owned(), text });
    }
    let what = Text::new(format!("词汇表有 {many} 处错误"), format!("the vocabulary has {many} faults"));
    Err(rejection("glossary-invalid", &what, &told))
}

/// A vocabulary in our own form, with the terms that have another shape.
fn of(document: &Value) -> Result<Vocabulary, Rejection> {
    Vocabulary::deserialize(document).map_err(|error| {
        let told = |error: serde_json::Error| Text::new(error.to_string(), error.to_string());
        let terms = document.get("terms").and_then(Value::as_array).into_iter().flatten().enumerate();
        let unlike = terms.filter_map(|(at, term)| {
            let error = Term::deserialize(term).err()?;
            Some(Wrong { pointer: format!("/terms/{at}"), text: told(error) })
        });
        let mut wrong: Vec<Wrong> = unlike.take(TOLD).collect();
        if wrong.is_empty() {
            wrong.push(Wrong { pointer: String::new(), text: told(error) });
        }
        let what = Text::new("词汇表的结构不符合要求", "this is not the shape of a vocabulary");
        rejection("glossary-shape", &what, &wrong)
    })
}

fn value(vocabulary: &Vocabulary) -> Result<Value, Rejection> {
    serde_json::to_value(vocabulary).map_err(|error| Rejection::unwritable(&error.to_string()))
}

fn digest(vocabulary: &Vocabulary) -> Result<String, Rejection> {
    let bytes = canonical(vocabulary).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(Suite::Sm.hash(&bytes).to_string())
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
