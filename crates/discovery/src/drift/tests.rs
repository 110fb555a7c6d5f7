//! Tests of drift, on profiles of generated rows.

use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};

use super::*;
use crate::profile::TableProfiler;

fn profile(columns: &[(&str, ColumnKind)], rows: impl Iterator<Item = Vec<Cell>>) -> TableProfile {
    let columns = columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
    let mut profiler = TableProfiler::new(&TableSchema { name: "t".to_owned(), columns });
    rows.for_each(|row| profiler.observe(&row));
    profiler.finish()
}

fn found(old: &TableProfile, new: &TableProfile) -> Vec<(DriftKind, String, Severity, bool)> {
    drift(old, new).into_iter().map(|drift| (drift.kind, drift.subject, drift.severity, drift.breaks_schema)).collect()
}

/// Rows of a bell of sixteen coins, moved and stretched.
fn bell(rows: u64, by: i64, times: i64) -> TableProfile {
    let value = |n: u64| {
        let bits = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        i64::from((bits ^ (bits >> 29)).count_ones()) * 100 * times + i64::try_from(bits >> 57).unwrap() + by
    };
    profile(&[("x", ColumnKind::Integer)], (0..rows).map(|n| vec![Cell::Integer(value(n))]))
}

#[test]
fn the_same_again_is_no_drift() {
    assert_eq!(found(&bell(5000, 0, 1), &bell(5000, 0, 1)), []);
    assert_eq!(found(&bell(5000, 0, 1), &bell(9000, 0, 1)), []);
}

#[test]
fn distributions_that_shift_are_told_by_their_index() {
    let old = bell(5000, 0, 1);
    let psi = |new: &TableProfile| drift(&old, new).iter().find_map(|drift| drift.psi_thousandths).unwrap_or(0);
    let (little, much) = (psi(&bell(5000, 120, 1)), psi(&bell(5000, 800, 1)));
    assert!((PSI_SHIFTED..PSI_OTHER).contains(&little), "{little}");
    assert!(much >= PSI_OTHER, "{much}");
    assert_eq!(found(&old, &bell(5000, 800, 1)), [(DriftKind::Shifted, "x".to_owned(), Severity::Warn, false)]);
}

#[test]
fn categories_and_lengths_shift_too() {
    let words = |share: u32| {
        profile(
            &[("c", ColumnKind::Text)],
            (0..1000_u32).map(move |n| vec![Cell::Text(if n % 10 < share { "航空" } else { "铁路" }.to_owned())]),
        )
    };
    assert_eq!(found(&words(5), &words(5)), []);
    assert_eq!(found(&words(5), &words(9)), [(DriftKind::Shifted, "c".to_owned(), Severity::Warn, false)]);
}

#[test]
fn columns_that_come_go_turn_and_change_their_kind() {
    use ColumnKind::{Integer, Real, Text};
    let rows = |count: usize| (0..20).map(move |_| vec![Cell::Null; count]);
    let old = profile(&[("a", Text), ("b", Integer), ("c", Text), ("d", Text)], rows(4));
    let new = profile(&[("d", Text), ("a", Text), ("b", Real), ("e", Text)], rows(4));
    let all = found(&old, &new);
    let expect = [
        (DriftKind::Removed, "c".to_owned(), Severity::Block, true),
        (DriftKind::Retyped, "b".to_owned(), Severity::Block, true),
        (DriftKind::Added, "e".to_owned(), Severity::Info, false),
        (DriftKind::Reordered, "t".to_owned(), Severity::Info, false),
    ];
    assert_eq!(all, expect);
    assert!(is_breaking(&drift(&old, &new)));
    assert!(drift(&old, &new).iter().all(|drift| !drift.text.zh.is_empty() && !drift.text.en.is_empty()));
}

#[test]
fn empty_cells_personal_data_levels_and_rows() {
    let table = |rows: i64, empty: i64, note: &dyn Fn(i64) -> String| {
        let rows =
            (0..rows).map(|n| vec![Cell::Text(note(n)), if n % 10 < empty { Cell::Null } else { Cell::Integer(1) }]);
        profile(&[("note", ColumnKind::Text), ("n", ColumnKind::Integer)], rows)
    };
    let old = table(1000, 0, &|_| "13x".to_owned());
    let new = table(400, 3, &|n| format!("138{:08}", n * 7919));
    let kinds: Vec<_> =
        found(&old, &new).into_iter().map(|(kind, subject, severity, _)| (kind, subject, severity)).collect();
    for expect in [
        (DriftKind::Personal, "note".to_owned(), Severity::Block),
        (DriftKind::Level, "t".to_owned(), Severity::Block),
        (DriftKind::Nulls, "n".to_owned(), Severity::Warn),
        (DriftKind::Shrunk, "t".to_owned(), Severity::Warn),
    ] {
        assert!(kinds.contains(&expect), "{expect:?} {kinds:?}");
    }
    assert!(!is_breaking(&drift(&old, &new)));
}
