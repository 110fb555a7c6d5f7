//! What a person has decided of columns, as plain data, and how much of a table that covers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::data::{ColumnKind, TableSchema};

use super::Vocabulary;

/// The columns of a resource, mapped to the terms of a vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mapping {
    /// The resource.
    pub resource: String,
    /// The vocabulary, by its IRI.
    pub vocabulary: String,
    /// The version of it that was looked at.
    pub version: String,
    /// The columns.
    pub columns: Vec<Mapped>,
}

/// A column and its term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mapped {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The term, by its IRI.
    pub term: String,
    /// Who decided it: an account, not a person's name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How well a mapping covers a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Columns of the table.
    pub columns: usize,
    /// Of these, columns with a term that the vocabulary has.
    pub mapped: usize,
    /// The share of them, of a thousand; a table without columns is covered.
    pub permille: u16,
    /// Columns that nobody has mapped.
    pub unmapped: Vec<String>,
    /// Columns whose term the vocabulary does not have, or no longer.
    pub unknown: Vec<String>,
    /// Columns that are mapped and no longer in the table.
    pub stale: Vec<String>,
    /// Columns whose values are of another kind than the term says.
    pub other_kind: Vec<String>,
    /// Terms that more than one column of the table has.
    pub shared: Vec<String>,
}

impl Mapping {
    /// The term of a column.
    #[must_use]
    pub fn term(&self, table: &str, column: &str) -> Option<&str> {
        let is_it = |mapped: &&Mapped| mapped.table == table && mapped.column == column;
        // Decided again is decided last.
        self.columns.iter().rev().find(is_it).map(|mapped| mapped.term.as_str())
    }

    /// How well it covers a table.
    #[must_use]
    pub fn coverage(&self, table: &TableSchema, vocabulary: &Vocabulary) -> Coverage {
        let mut coverage = Coverage { columns: table.columns.len(), ..Coverage::default() };
        let mut terms: Vec<&str> = Vec::new();
        for column in &table.columns {
            let Some(id) = self.term(&table.name, &column.name) else {
                coverage.unmapped.push(column.name.clone());
                continue;
            };
            let Some(term) = vocabulary.term(id) else {
                coverage.unknown.push(column.name.clone());
                continue;
            };
            coverage.mapped += 1;
            if term.kind.is_some_and(|kind| !fits(column.kind, kind)) {
                coverage.other_kind.push(column.name.clone());
            }
            if terms.contains(&id) && !coverage.shared.iter().any(|known| known == id) {
                coverage.shared.push(id.to_owned());
            }
            terms.push(id);
        }
        let own = self.columns.iter().filter(|mapped| mapped.table == table.name);
        for mapped in own.filter(|mapped| table.position(&mapped.column).is_none()) {
            if !coverage.stale.contains(&mapped.column) {
                coverage.stale.push(mapped.column.clone());
            }
        }
        let permille = coverage.mapped.saturating_mul(1_000).checked_div(coverage.columns).unwrap_or(1_000);
        coverage.permille = u16::try_from(permille).unwrap_or(1_000);
        coverage
    }
}

/// Whether values of a kind can be those of a term: numbers are numbers, and a text may hold what it likes.
fn fits(own: ColumnKind, agreed: ColumnKind) -> bool {
    use ColumnKind::{Date, Integer, Real, Text, Timestamp};
    own == agreed
        || own == Text
        || matches!((own, agreed), (Integer, Real | Text) | (Real, Integer) | (Date, Timestamp) | (Timestamp, Date))
}
