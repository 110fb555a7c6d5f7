//! A vocabulary to begin with: terms that occur wherever data are exchanged in China. Its words are ours; codes and IRIs are those of the standards named.
//! A space takes it over, changes it, and adds its own.

mod codes;
mod row;
mod terms;

use super::Vocabulary;
use crate::metadata::Phrase;

use row::Row;
use terms::TERMS;

/// The IRI of the vocabulary; those of its terms begin with it.
pub(super) const ID: &str = "urn:xinyu:vocabulary:starter";

/// The vocabulary to begin with.
#[must_use]
pub fn starter() -> Vocabulary {
    let title = Phrase { zh: "基础数据术语".to_owned(), en: "Terms to begin with".to_owned() };
    Vocabulary { id: ID.to_owned(), version: "1".to_owned(), title, terms: TERMS.iter().map(Row::term).collect() }
}

/// The IRI of a term.
pub(super) fn iri(id: &str) -> String {
    format!("{ID}:{id}")
}
