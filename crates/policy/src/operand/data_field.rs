//! `dataField` 数据字段: only some fields may be used. C.6 row 10. A permission needs every field of the request to be listed; a prohibition
//! applies as soon as one of them is.
//!
//! A field is `name` or `table.name`. A name without a table, in the policy, means the field of every table of the product. Where only the
//! request leaves out the table, or the two differ in case alone, it is not clear that they are the same.

use super::{Relation, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "dataField",
    also: &["dataFields"],
    odrl: &[],
    zh: "字段",
    en: "field",
    fact: "dataField",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.data_field.iter().map(String::as_str).collect();
    words::test(test, &facts)
}

fn relate(fact: &str, value: &str) -> Relation {
    let is_any_table = !value.contains('.') && column(fact) == value;
    if fact == value || is_any_table {
        Relation::Within
    } else if may_be_same(fact, value) {
        Relation::Unclear
    } else {
        Relation::Outside
    }
}

/// Whether two ways to write a field can mean the same field.
pub(crate) fn may_be_same(one: &str, other: &str) -> bool {
    if one.contains('.') && other.contains('.') {
        one.eq_ignore_ascii_case(other)
    } else {
        column(one).eq_ignore_ascii_case(column(other))
    }
}

fn column(field: &str) -> &str {
    field.rsplit_once('.').map_or(field, |(_, column)| column)
}
