//! Of the search itself: what it does when it may not look any further, and at the values that are hardest to stand for all others.

use super::search::Budget;
use super::{Conflict, ConflictKind, conflicts, within};
use crate::{Policy, Request, Verdict, parse, verify};

fn policy(text: &str) -> Policy {
    parse(text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:#?} in {text}"))
}

/// A permission to read under constraints, each `name operator value`.
fn reading(constraints: &[&str]) -> Policy {
    let each: Vec<String> = constraints
        .iter()
        .map(|constraint| {
            let mut words = constraint.splitn(3, ' ');
            let mut next = || words.next().expect("three words");
            let (name, operator, value) = (next(), next(), next());
            format!(r#"{{"constraintName":"{name}","constraintOperator":"{operator}","constraintValue":"{value}"}}"#)
        })
        .collect();
    policy(&format!(
        r#"{{"contractPolicies":[{{"permissionPolicies":[{{"actions":["read"],"constraints":[{}]}}]}}]}}"#,
        each.join(",")
    ))
}

fn kinds(found: &[Conflict]) -> Vec<ConflictKind> {
    found.iter().map(|conflict| conflict.kind).collect()
}

#[test]
fn tc609_15_7_1_2_2_d_what_is_not_decided_within_the_budget_is_told() {
    let text = r#"{"contractPolicies":[{"permissionPolicies":[{"actions":["read"]}],"prohibitionPolicies":[{"actions":["read"]}]}]}"#;
    let policy = policy(text);
    assert_eq!(kinds(&within(&policy, &mut Budget::new())), [ConflictKind::Authorisation]);
    for budget in 0..4 {
        let found = within(&policy, &mut Budget::of(budget));
        assert!(
            found.iter().any(|conflict| conflict.kind == ConflictKind::Undecided && !conflict.blocking),
            "{found:#?}"
        );
    }
}

/// Twenty facts with ten values each, in a condition that only the very last choice could meet.
#[test]
fn tc609_15_7_1_2_2_d_an_involved_policy_ends_in_time() {
    let choice = |operand: &str, part: usize| {
        let of = |index: usize| {
            format!(
                r#"{{"constraintName":"{operand}","constraintOperator":"eq","constraintValue":"{operand}{index}"}}"#
            )
        };
        format!(r#"{{"xone":[{}]}}"#, (part..part + 9).map(of).collect::<Vec<_>>().join(","))
    };
    let operands =
        ["application", "algorithm", "machineLearningModels", "purpose", "subject", "connector", "physicalAddress"];
    let odd: Vec<String> = operands.iter().enumerate().map(|(index, operand)| choice(operand, index)).collect();
    let constraints = format!(r#"{{"xone":[{}]}},{{"xone":[{}]}}"#, odd.join(","), odd[1..].join(","));
    let text = format!(
        r#"{{"contractPolicies":[{{"permissionPolicies":[{{"actions":["read"],"constraints":[{constraints}]}}],
           "prohibitionPolicies":[{{"actions":["read"],"constraints":[{constraints}]}}]}}]}}"#
    );
    let found = conflicts(&policy(&text));
    let is_told = |conflict: &Conflict| matches!(conflict.kind, ConflictKind::Authorisation | ConflictKind::Undecided);
    assert!(found.iter().any(is_told), "{found:#?}");
}

#[test]
fn a_thousand_rules_end_in_time() {
    let rules = vec![r#"{"actions":["read"]}"#; 3_000].join(",");
    let text =
        format!(r#"{{"contractPolicies":[{{"permissionPolicies":[{rules}],"prohibitionPolicies":[{rules}]}}]}}"#);
    let found = conflicts(&policy(&text));
    assert!(kinds(&found).contains(&ConflictKind::Undecided));
}

#[test]
fn months_are_compared_exactly_or_not_at_all() {
    for (constraints, expect) in [
        (vec!["elapsedTime lteq P1M", "elapsedTime gteq P1M"], vec![]),
        (vec!["elapsedTime lt P1M", "elapsedTime gteq P1M"], vec![ConflictKind::Contradiction]),
        (vec!["elapsedTime lt P1M", "elapsedTime gt P30D"], vec![]),
        (vec!["elapsedTime gt P31D", "elapsedTime lt P1M"], vec![ConflictKind::Undecided]),
        (vec!["elapsedTime lt P7D", "elapsedTime gt P30D"], vec![ConflictKind::Contradiction]),
        // No day of February is a month after the thirtieth of March, and none comes on a thirty-first by adding one to February.
        (
            vec!["elapsedTime lteq P1M", "elapsedTime gteq P1M", "time eq 20260331120000"],
            vec![ConflictKind::Contradiction],
        ),
        (vec!["elapsedTime lteq P1M", "elapsedTime gteq P1M", "time eq 20260328120000"], vec![]),
    ] {
        assert_eq!(kinds(&conflicts(&reading(&constraints))), expect, "{constraints:?}");
    }
}

#[test]
fn hours_of_the_day_are_compared_with_times() {
    for (constraints, expect) in [
        (
            vec!["timeWindow isA 09:00-18:00", "time isA 20260101190000/20260101235959"],
            vec![ConflictKind::Contradiction],
        ),
        (vec!["timeWindow isA 09:00-18:00", "time isA 20260101190000/20260102090000"], vec![]),
        (vec!["timeWindow isA 22:00-06:00", "timeWindow isA 07:00-21:00"], vec![ConflictKind::Contradiction]),
        (vec!["timeWindow isA 22:00-06:00", "timeWindow isNoneOf 00:00-23:59"], vec![]),
        (vec!["timeWindow isNoneOf 12:00:00-11:59:59"], vec![ConflictKind::Contradiction]),
    ] {
        assert_eq!(kinds(&conflicts(&reading(&constraints))), expect, "{constraints:?}");
    }
}

#[test]
fn places_are_compared_by_what_lies_within_them() {
    for (constraints, expect) in [
        (
            vec!["networkAddress isA 10.0.0.0/8", "networkAddress isNoneOf 10.0.0.0/9;10.128.0.0/9"],
            vec![ConflictKind::Contradiction],
        ),
        (vec!["networkAddress isA 10.0.0.0/8", "networkAddress isNoneOf 10.0.0.0/9;10.128.0.0/10"], vec![]),
        (vec!["networkAddress hasPart 10.0.0.1", "networkAddress hasPart 10.0.0.9"], vec![]),
        (vec!["networkAddress isA *.example.cn", "networkAddress isNoneOf *.cn"], vec![ConflictKind::Contradiction]),
        (vec!["region isA CN", "region isNoneOf 310000"], vec![]),
        (vec!["region isA 310000", "region isNoneOf CN"], vec![ConflictKind::Contradiction]),
        (vec!["region isA CN", "region isA 810000"], vec![ConflictKind::Contradiction]),
        (vec!["region isA 长三角", "region isNoneOf 310000"], vec![ConflictKind::Contradiction]),
        (vec!["executionEnv isNoneOf 01,02,03,04,05,06,07"], vec![ConflictKind::Contradiction]),
        (vec!["executionEnv isNoneOf 01,02,03,04,05,06"], vec![]),
        (vec!["connector isA 913501000000000044", "connector neq 5913501000000000044330200000000A"], vec![]),
    ] {
        assert_eq!(kinds(&conflicts(&reading(&constraints))), expect, "{constraints:?}");
    }
}

#[test]
fn a_witness_stands_where_several_facts_have_to_come_together() {
    let text = r#"{"contractPolicies":[{
        "permissionPolicies":[{"actions":["read"],"constraints":[
            {"constraintName":"elapsedTime","constraintOperator":"lteq","constraintValue":"P7D"},
            {"constraintName":"dataField","constraintOperator":"isA","constraintValue":["a","b"]}]}],
        "prohibitionPolicies":[{"actions":["use"],"constraints":[
            {"constraintName":"elapsedTime","constraintOperator":"gteq","constraintValue":"P7D"},
            {"constraintName":"dataField","constraintOperator":"hasPart","constraintValue":["a","b"]}]}]}]}"#;
    let policy = policy(text);
    let found = conflicts(&policy);
    assert_eq!(kinds(&found), [ConflictKind::Authorisation]);
    let witness: &Request = found[0].witness.as_ref().expect("a witness");
    assert_eq!(witness.data_field.len(), 2);
    assert_eq!(verify(&policy, witness).decision, Verdict::Deny);
}
