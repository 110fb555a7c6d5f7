//! What is wrong with a vocabulary: all of it at once, each at its place.

use std::collections::BTreeMap;

use serde::Serialize;
use xinyu_protocol::text::Text;

use super::{Term, Vocabulary};
use crate::metadata::address;

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer into the vocabulary.
    pub place: String,
    /// What is wrong.
    pub text: Text,
}

/// Terms at most.
pub(super) const MAX_TERMS: usize = 20_000;
/// Names, codes or other IRIs of a term at most.
const MAX_LIST: usize = 2_000;
/// Characters of a version.
const MAX_VERSION: usize = 64;
/// Characters of a name.
const MAX_NAME: usize = 200;
/// Characters of a definition.
const MAX_DEFINITION: usize = 5_000;

/// Everything that is wrong; nothing of a good one.
#[must_use]
pub fn check(vocabulary: &Vocabulary) -> Vec<Fault> {
    let mut faults = Faults::default();
    if !address::is_absolute(&vocabulary.id) {
        faults.note("/id", "词汇表标识应为 IRI", "the identifier of a vocabulary is an IRI");
    }
    if vocabulary.version.trim().is_empty() {
        faults.note("/version", "缺少版本", "it has no version");
    } else if vocabulary.version.chars().count() > MAX_VERSION {
        faults.note(
            "/version",
            format!("版本超过 {MAX_VERSION} 字"),
            format!("the version is longer than {MAX_VERSION} characters"),
        );
    }
    if vocabulary.title.is_empty() {
        faults.note("/title", "缺少名称", "it has no title");
    }
    if vocabulary.terms.len() > MAX_TERMS {
        faults.note("/terms", format!("术语超过 {MAX_TERMS} 个"), format!("there are more than {MAX_TERMS} terms"));
        return faults.0;
    }
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (at, term) in vocabulary.terms.iter().enumerate() {
        if let Some(first) = ids.get(term.id.as_str()) {
            let (zh, en) =
                (format!("标识与第 {} 个术语重复", first + 1), format!("term {} has the same identifier", first + 1));
            faults.note(format!("/terms/{at}/id"), zh, en);
        } else {
            ids.insert(&term.id, at);
        }
        check_term(at, term, &mut faults);
        for (place, name) in named(at, term) {
            match names.get(&name) {
                Some(first) if *first != at => {
                    let (zh, en) =
                        (format!("与第 {} 个术语同名", first + 1), format!("term {} has the same name", first + 1));
                    faults.note(place, zh, en);
                }
                Some(_) => faults.note(place, "该名称在本术语中重复", "the term has the name twice"),
                None => {
                    names.insert(name, at);
                }
            }
        }
    }
    for (at, term) in vocabulary.terms.iter().enumerate() {
        if let Some(broader) = &term.broader
            && !ids.contains_key(broader.as_str())
        {
            faults.note(format!("/terms/{at}/broader"), "上位术语不存在", "the wider term is not there");
        }
    }
    cycles(vocabulary, &ids, &mut faults);
    faults.0
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn note(&mut self, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Fault { place: place.into(), text: Text::new(zh, en) });
    }
}

/// Places and names as they are compared: `Code` and `code` are one.
fn named(at: usize, term: &Term) -> Vec<(String, String)> {
    let own = [("/name/zh", &term.name.zh), ("/name/en", &term.name.en)].map(|(place, name)| (place.to_owned(), name));
    let others = term.synonyms.iter().enumerate().map(|(position, name)| (format!("/synonyms/{position}"), name));
    let all = own.into_iter().chain(others).filter(|(_, name)| !name.trim().is_empty());
    all.map(|(place, name)| (format!("/terms/{at}{place}"), name.trim().to_lowercase())).collect()
}

fn check_term(at: usize, term: &Term, faults: &mut Faults) {
    let place = format!("/terms/{at}");
    if !address::is_absolute(&term.id) {
        faults.note(format!("{place}/id"), "术语标识应为 IRI", "the identifier of a term is an IRI");
    }
    if term.name.zh.trim().is_empty() && term.name.en.trim().is_empty() {
        faults.note(format!("{place}/name"), "缺少名称", "it has no name");
    }
    if term.names().any(|name| name.chars().count() > MAX_NAME) {
        faults.note(
            format!("{place}/name"),
            format!("名称超过 {MAX_NAME} 字"),
            format!("a name is longer than {MAX_NAME} characters"),
        );
    }
    if [&term.definition.zh, &term.definition.en].iter().any(|words| words.chars().count() > MAX_DEFINITION) {
        faults.note(
            format!("{place}/definition"),
            format!("定义超过 {MAX_DEFINITION} 字"),
            format!("the definition is longer than {MAX_DEFINITION} characters"),
        );
    }
    for (name, length) in
        [("synonyms", term.synonyms.len()), ("codes", term.codes.len()), ("sameAs", term.same_as.len())]
    {
        if length > MAX_LIST {
            faults.note(
                format!("{place}/{name}"),
                format!("超过 {MAX_LIST} 项"),
                format!("there are more than {MAX_LIST}"),
            );
        }
    }
    if term
        .range
        .is_some_and(|range| range.minimum > range.maximum || !range.minimum.is_finite() || !range.maximum.is_finite())
    {
        faults.note(format!("{place}/range"), "下限大于上限或不是有限数", "the range is empty or not finite");
    }
    let mut codes = BTreeMap::new();
    for (position, code) in term.codes.iter().enumerate() {
        if code.code.is_empty() || codes.insert(&code.code, position).is_some() {
            faults.note(format!("{place}/codes/{position}"), "代码为空或重复", "the code is empty or there twice");
        }
    }
    for (position, iri) in term.same_as.iter().enumerate() {
        if !address::is_absolute(iri) {
            faults.note(format!("{place}/sameAs/{position}"), "应为 IRI", "it should be an IRI");
        }
    }
}

/// Terms that are wider than themselves, over any number of steps; each circle is told once, at its first term.
fn cycles(vocabulary: &Vocabulary, ids: &BTreeMap<&str, usize>, faults: &mut Faults) {
    let wider = |at: usize| {
        let term = vocabulary.terms.get(at)?;
        ids.get(term.broader.as_deref()?).copied()
    };
    // 0: not met; otherwise the walk that met it first.
    let mut met = vec![0; vocabulary.terms.len()];
    for start in 0..vocabulary.terms.len() {
        let walk = start + 1;
        let mut at = Some(start);
        while let Some(here) = at {
            match met.get_mut(here) {
                Some(seen) if *seen == 0 => *seen = walk,
                Some(seen) if *seen == walk => {
                    let mut around = vec![here];
                    let mut next = wider(here);
                    while let Some(step) = next.filter(|step| *step != here) {
                        around.push(step);
                        next = wider(step);
                    }
                    let first = around.iter().min().copied().unwrap_or(here);
                    let length = around.len();
                    faults.note(
                        format!("/terms/{first}/broader"),
                        format!("上位关系成环，涉及 {length} 个术语"),
                        format!("the wider terms go in a circle of {length}"),
                    );
                    break;
                }
                _ => break,
            }
            at = wider(here);
        }
    }
}
