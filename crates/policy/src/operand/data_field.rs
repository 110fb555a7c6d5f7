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
    near,
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

/// For each value: the field, the same field written in another case, without its table, and of another table; and a field of nobody.
fn near(values: &[&str]) -> Vec<String> {
    let mut near: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let table = words::fresh(
        "other",
        &values.iter().filter_map(|value| value.split_once('.')).map(|(table, _)| table).collect::<Vec<_>>(),
    );
    for value in values {
        let column = column(value);
        let others = [Some(column.to_owned()), Some(format!("{table}.{column}"))];
        let in_other_case = [Some(*value), value.contains('.').then_some(column)].into_iter().flatten();
        let in_other_case = in_other_case.filter_map(|name| recased(name, values));
        let of_other_table = recased(column, &[]).map(|column| format!("{table}.{column}"));
        near.extend(others.into_iter().flatten().chain(in_other_case).chain(of_other_table));
    }
    near.push(words::fresh("other", &values.iter().map(|value| column(value)).collect::<Vec<_>>()));
    near
}

/// The same name in another case, if there is one that is none of the values.
fn recased(name: &str, values: &[&str]) -> Option<String> {
    let mut flipped = name.to_owned();
    if let Some(last) = flipped.pop() {
        flipped.push(if last.is_ascii_lowercase() { last.to_ascii_uppercase() } else { last.to_ascii_lowercase() });
    }
    let written = [name.to_ascii_uppercase(), name.to_ascii_lowercase(), flipped];
    written.into_iter().find(|other| other != name && !values.contains(&other.as_str()))
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
