//! Cases as they are told.

use xinyu_protocol::api::policy::{Case, CaseFact, CaseTable, Ruling};

use super::fact::Dimension;
use super::table::Path;
use crate::request::Request;

/// One fact of a case.
pub(super) type Said = CaseFact;

/// What makes a case, in words.
pub(super) fn said(dimensions: &[Dimension<'_>], path: &Path) -> Vec<Said> {
    let of = |(dimension, classes): &(usize, Vec<usize>)| {
        let own = dimensions.get(*dimension)?;
        Some(CaseFact { fact: own.fact.member().to_owned(), label: own.fact.label(), values: own.words(classes) })
    };
    path.iter().filter_map(of).collect()
}

pub(super) fn case(when: Vec<Said>, ruling: Ruling, witness: &Request) -> Case {
    Case { when, ruling, witness: serde_json::to_value(witness).unwrap_or_default() }
}

/// Tables that say the same as one.
pub(super) fn joined(tables: Vec<CaseTable>) -> Vec<CaseTable> {
    let mut joined: Vec<CaseTable> = Vec::new();
    for table in tables {
        let is_same = |other: &&mut CaseTable| {
            other.spoken == table.spoken
                && other.complete == table.complete
                && other.row_filters == table.row_filters
                && other.cases.len() == table.cases.len()
                && other.cases.iter().zip(&table.cases).all(|(a, b)| a.when == b.when && a.ruling == b.ruling)
        };
        match joined.iter_mut().find(is_same) {
            Some(other) => other.actions.extend(table.actions),
            None => joined.push(table),
        }
    }
    joined
}
