//! `dataField` 数据字段: only some fields may be used. C.6 row 10. A permission needs every field of the request to be listed; a prohibition
//! applies as soon as one of them is.
//!
//! A field is `name` or `table.name`. A name without a table, in the policy, means the field of every table of the product. Where only the
//! request leaves out the table, or the two differ in case alone, it is not clear that they are the same.

use xinyu_protocol::text::Text;

use super::{Limit, Relation, Spec, Test, Tested, words};
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
    let tested = words::test(test, &facts);
    match (&test.leaf.limit, facts.is_empty()) {
        (Limit::Words(listed), true) => test.tested(tested.truth, || unnamed(listed)),
        _ => tested,
    }
}

/// A use that reads no column cannot be held against a list of them: `SELECT count(*)` is one. The reader is told what to write.
fn unnamed(listed: &[String]) -> Text {
    let example = listed.first().map(|field| column(field)).unwrap_or_default();
    Text::new(
        format!("请求没有读取任何列，而合约限定了可用的列，无法核验；请至少写出一个允许的列，例如 count({example})"),
        format!(
            "the request reads no column, and the contract lists the columns that may be used: name at least one of them, for example count({example})"
        ),
    )
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

#[cfg(test)]
mod tests {
    use crate::{Request, Verdict, parse, verify};

    #[test]
    fn a_use_that_reads_no_column_is_told_what_to_write() {
        let policy = r#"{"contractPolicies":[{"permissionPolicies":[{"actions":["compute"],"constraints":[
            {"constraintName":"dataField","constraintOperator":"05","constraintValue":["airports.city","airports.iata"]}]}]}]}"#;
        let policy = parse(policy.as_bytes()).unwrap();
        let request: Request = serde_json::from_str(r#"{"action":"compute"}"#).unwrap();
        let decision = verify(&policy, &request);
        assert_eq!(decision.decision, Verdict::Deny);
        let reason = &decision.reasons[0];
        assert!(reason.zh.contains("例如 count(city)") && reason.en.contains("for example count(city)"), "{reason:?}");
        assert!(!reason.zh.contains("dataField") && !reason.en.contains("dataField"), "{reason:?}");
    }
}
