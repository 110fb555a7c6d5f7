//! 语义模型: the terms that a space agrees on, and what the columns of its tables mean by them. TC609-6-2025-11 (语义模型); TC609-6-2025-01 §5.3.3.3 b. Pure.
//!
//! A vocabulary is checked as a whole and every fault is named; it comes in and goes out as SKOS. For a column that nobody has mapped [`suggest`] says which terms
//! it may mean and why; a person decides, and the decision is a [`Mapping`].

mod abbreviation;
mod check;
pub mod edition;
mod mapping;
mod name;
mod skos;
mod starter;
mod suggest;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_core::data::ColumnKind;

use crate::metadata::Phrase;
use crate::profile::Pattern;

pub use check::{Fault, check};
pub use edition::Edition;
pub use mapping::{Coverage, Mapped, Mapping};
pub use skos::{read, write};
pub use starter::starter;
pub use suggest::{Column, Hints, Lexicon, Suggestion, suggest};

/// The terms of a space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vocabulary {
    /// Its IRI.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is called.
    pub title: Phrase,
    /// Its terms.
    pub terms: Vec<Term>,
}

/// A term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// Its IRI.
    pub id: String,
    /// What it is called.
    pub name: Phrase,
    /// What it is called too, in any language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// What it means.
    #[serde(default, skip_serializing_if = "Phrase::is_empty")]
    pub definition: Phrase,
    /// What its values are, if that is agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ColumnKind>,
    /// What its values look like, as a profile tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// Between which numbers its values lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The only values there are, if that is agreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// The wider term, by its IRI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broader: Option<String>,
    /// The same in other vocabularies, by IRI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
}

/// Numbers from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least.
    pub minimum: f64,
    /// The greatest.
    pub maximum: f64,
}

/// A value of a list of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The code.
    pub code: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Phrase::is_empty")]
    pub name: Phrase,
}

impl Vocabulary {
    /// The term of an IRI.
    #[must_use]
    pub fn term(&self, id: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.id == id)
    }

    /// The term of an IRI or of one of its names, as a person says it.
    #[must_use]
    pub fn said(&self, said: &str) -> Option<&Term> {
        let (said, folded) = (said.trim(), said.trim().to_lowercase());
        let is_called = |term: &&Term| term.names().any(|name| name.trim().to_lowercase() == folded);
        self.term(said).or_else(|| self.terms.iter().find(is_called))
    }
}

impl Term {
    /// All its names: the Chinese, the English, the synonyms.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = [self.name.zh.as_str(), &self.name.en].into_iter();
        own.chain(self.synonyms.iter().map(String::as_str)).filter(|name| !name.is_empty())
    }
}
