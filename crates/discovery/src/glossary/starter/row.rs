//! A row of the list, and the term that it stands for.

use xinyu_core::data::ColumnKind;

use super::codes;
use super::iri;
use crate::glossary::{Code, Range, Term};
use crate::metadata::Phrase;
use crate::profile::Pattern;

/// A term as it stands in the list.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    /// Between `|`.
    pub(super) synonyms: &'static str,
    pub(super) kind: ColumnKind,
    /// In Chinese and in English.
    pub(super) means: (&'static str, &'static str),
    pub(super) pattern: Option<Pattern>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) codes: &'static [codes::Row],
    pub(super) broader: Option<&'static str>,
    /// Names of schema.org.
    pub(super) same_as: &'static [&'static str],
}

impl Row {
    /// A term with nothing but its names, its kind and what it means.
    pub(super) const fn of(
        id: &'static str,
        names: (&'static str, &'static str, &'static str),
        kind: ColumnKind,
        means: (&'static str, &'static str),
    ) -> Self {
        let (zh, en, synonyms) = names;
        Self { id, zh, en, synonyms, kind, means, pattern: None, range: None, codes: &[], broader: None, same_as: &[] }
    }

    /// What its values look like.
    pub(super) const fn like(self, pattern: Pattern) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    /// Between which numbers they lie.
    pub(super) const fn between(self, minimum: f64, maximum: f64) -> Self {
        Self { range: Some((minimum, maximum)), ..self }
    }

    /// The only values there are.
    pub(super) const fn one_of(self, codes: &'static [codes::Row]) -> Self {
        Self { codes, ..self }
    }

    /// The wider term.
    pub(super) const fn under(self, broader: &'static str) -> Self {
        Self { broader: Some(broader), ..self }
    }

    /// The same in schema.org.
    pub(super) const fn same_as(self, same_as: &'static [&'static str]) -> Self {
        Self { same_as, ..self }
    }
}

fn phrase(zh: &str, en: &str) -> Phrase {
    Phrase { zh: zh.to_owned(), en: en.to_owned() }
}

fn code((code, zh, en): &(&str, &str, &str)) -> Code {
    Code { code: (*code).to_owned(), name: phrase(zh, en) }
}

fn range((minimum, maximum): (f64, f64)) -> Range {
    Range { minimum, maximum }
}

impl Row {
    /// The term.
    pub(super) fn term(&self) -> Term {
        let list = |list: &str| list.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Term {
            id: iri(self.id),
            name: phrase(self.zh, self.en),
            synonyms: list(self.synonyms),
            definition: phrase(self.means.0, self.means.1),
            kind: Some(self.kind),
            pattern: self.pattern,
            range: self.range.map(range),
            codes: self.codes.iter().map(code).collect(),
            broader: self.broader.map(iri),
            same_as: self.same_as.iter().map(|name| format!("https://schema.org/{name}")).collect(),
        }
    }
}
