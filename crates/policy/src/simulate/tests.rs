//! The simulator as its callers see it, and against the engine: whatever a policy distinguishes, its matrix distinguishes.

use jiff::Timestamp;
use xinyu_protocol::api::policy::{CaseTable, PolicyDifference, Timeline};

use super::{Use, difference, matrix, timeline};
use crate::{Policy, Request, parse, verify};

mod differences;
mod properties;
mod tables;
mod timelines;

/// 1 January 2026 in China.
fn new_year() -> Timestamp {
    "2025-12-31T16:00:00Z".parse().unwrap()
}

fn policy(text: &str) -> Policy {
    parse(text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:#?} in {text}"))
}

/// Wraps rules, a list without its brackets each.
fn contract(permissions: &str, prohibitions: &str, obligations: &str) -> String {
    format!(
        r#"{{"contractPolicies":[{{"permissionPolicies":[{permissions}],"prohibitionPolicies":[{prohibitions}],
           "obligationPolicies":[{obligations}]}}]}}"#
    )
}

fn limit(name: &str, operator: &str, value: &str) -> String {
    format!(r#"{{"constraintName":"{name}","constraintOperator":"{operator}","constraintValue":{value}}}"#)
}

fn permitting(actions: &str, limits: &[String]) -> String {
    format!(r#"{{"actions":[{actions}],"constraints":[{}]}}"#, limits.join(","))
}

/// The table of an action as lines: `verdict tail-of-clause: fact values; fact values`.
fn lines(tables: &[CaseTable], action: &str) -> Vec<String> {
    let table = tables.iter().find(|table| table.actions.iter().any(|one| one.code == action)).unwrap();
    assert!(table.complete, "{action}");
    let line = |case: &xinyu_protocol::api::policy::Case| {
        let when: Vec<_> = case.when.iter().map(|fact| format!("{} {}", fact.label.zh, fact.values.zh)).collect();
        let tail = case.ruling.clause.trim_start_matches("/contractPolicies/0");
        format!("{} {tail}: {}", case.ruling.verdict, when.join("; "))
    };
    table.cases.iter().map(line).collect()
}

fn uses(text: &str) -> Vec<Use> {
    Use::read_all(&serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap()).unwrap()
}

fn run(policy_text: &str, uses_text: &str, span: &str) -> Timeline {
    let policy = policy(policy_text);
    let tables = matrix(&policy, new_year());
    timeline(&policy, &uses(uses_text), &tables, new_year(), span).unwrap()
}

fn compare(old: &str, new: &str) -> PolicyDifference {
    difference(&policy(old), &policy(new), new_year())
}

/// What the engine says to a witness.
fn verdict(policy: &Policy, witness: &serde_json::Value) -> &'static str {
    let request: Request = serde_json::from_value(witness.clone()).unwrap();
    verify(policy, &request).decision.name()
}
