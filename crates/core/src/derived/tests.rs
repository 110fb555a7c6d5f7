//! Tables of results: names that occur twice are told apart, and a column is what all its values are.

use super::{fitted, must_be_id, schema};
use crate::data::{Cell, ColumnKind};

fn check(cells: &[Cell], expect: ColumnKind) {
    let rows: Vec<Vec<Cell>> = cells.iter().map(|cell| vec![cell.clone()]).collect();
    assert_eq!(schema(&["x".to_owned()], &rows).columns[0].kind, expect, "{cells:?}");
}

#[test]
fn a_column_is_what_all_its_values_are() {
    let text = || Cell::Text("a".to_owned());
    check(&[], ColumnKind::Text);
    check(&[Cell::Null], ColumnKind::Text);
    check(&[Cell::Integer(1), Cell::Null], ColumnKind::Integer);
    check(&[Cell::Integer(1), Cell::Real(0.5)], ColumnKind::Real);
    check(&[Cell::Real(0.5), Cell::Integer(1)], ColumnKind::Real);
    check(&[Cell::Boolean(true), Cell::Integer(1)], ColumnKind::Text);
    check(&[text(), Cell::Integer(1)], ColumnKind::Text);
    assert_eq!(fitted(Cell::Integer(2), ColumnKind::Real), Cell::Real(2.0));
    assert_eq!(fitted(Cell::Integer(2), ColumnKind::Text), Cell::Text("2".to_owned()));
    assert_eq!(fitted(Cell::Null, ColumnKind::Text), Cell::Null);
    assert_eq!(fitted(text(), ColumnKind::Text), text());
}

#[test]
fn names_that_occur_twice_are_told_apart() {
    let names = ["n", "N", "", "n"].map(str::to_owned);
    let made: Vec<String> = schema(&names, &[]).columns.into_iter().map(|column| column.name).collect();
    assert_eq!(made, ["n", "N_", "column_3", "n__"]);
}

#[test]
fn an_id_is_no_path() {
    for (id, is_one) in [("a", true), ("a-b_c.1", true), ("", false), ("..", false), ("a/b", false), ("编号", false)]
    {
        assert_eq!(must_be_id(id).is_ok(), is_one, "{id}");
    }
    assert!(must_be_id(&"a".repeat(65)).is_err());
}
