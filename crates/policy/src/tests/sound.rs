//! That conflict detection is sound: what it shows is so, and what it does not show is not there. TC609-6-2025-15 §7.1.2.2 d.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::properties::{policy, source};
use crate::operand::{Sense, Truth};
use crate::verify::rule_truth;
use crate::{Conflict, ConflictKind, Outcome, Policy, Request, RuleKind, Verdict, conflicts, verify};

/// A policy with some of its rules.
fn with_rules(policy: &Policy, is_kept: impl Fn(&crate::Rule) -> bool) -> Policy {
    let mut fewer = policy.clone();
    fewer.rules.retain(is_kept);
    fewer
}

/// What a witness claims holds when the engine decides on it, as anybody would who reads it from a file.
pub(super) fn confirm(policy: &Policy, conflict: &Conflict) {
    let Some(witness) = &conflict.witness else {
        assert_ne!(conflict.kind, ConflictKind::Authorisation, "{conflict:#?}");
        return;
    };
    let written = serde_json::to_string(witness).expect("JSON");
    let request: Request = serde_json::from_str(&written).expect("a request");
    let is_named = |rule: &crate::Rule| conflict.pointers.contains(&rule.pointer);
    match conflict.kind {
        ConflictKind::Authorisation => {
            let decision = verify(policy, &request);
            assert_eq!(decision.decision, Verdict::Deny, "{conflict:#?}");
            let applies = |reason: &&crate::Reason| {
                reason.outcome == Outcome::Prohibited && conflict.pointers.contains(&reason.clause)
            };
            assert!(decision.reasons.iter().any(|reason| applies(&reason)), "{conflict:#?} {decision:#?}");
            let without = with_rules(policy, |rule| rule.kind == RuleKind::Permission && is_named(rule));
            let decision = verify(&without, &request).decision;
            assert!(matches!(decision, Verdict::Allow | Verdict::AllowIf), "{conflict:#?}");
        }
        ConflictKind::Duty => {
            let duty = &conflict.pointers[0];
            let of = |rule: &crate::Rule| rule.duties.iter().any(|own| own.clause == *duty);
            let mut without = with_rules(policy, |rule| rule.kind == RuleKind::Permission || of(rule));
            if !without.rules.iter().any(|rule| of(rule) && rule.kind == RuleKind::Permission) {
                without = with_rules(policy, of);
                let mut any = without.rules[0].clone();
                any.kind = RuleKind::Permission;
                any.actions = vec![crate::Action::Use];
                any.duties.clear();
                without.rules.push(any);
            }
            let decision = verify(&without, &request);
            assert!(decision.duties.iter().any(|own| own.clause == *duty), "{conflict:#?} {decision:#?}");
        }
        _ => panic!("a witness of what: {conflict:#?}"),
    }
}

/// Few facts, of which every request is tried.
const REGIONS: &[&str] = &["310115", "310000", "110000", "CN", "US", "810000", "长三角"];
const PURPOSES: &[&str] = &["x", "y", "z", "w"];
const USED: &[u64] = &[0, 1, 2, 3, 7];
const FIELDS: &[&[&str]] = &[
    &["a"],
    &["b"],
    &["c"],
    &["a", "b"],
    &["a", "c"],
    &["b", "c"],
    &["a", "b", "c"],
    &["A"],
    &["t.a"],
    &["s.a"],
    &["t.a", "b"],
];

fn small_leaf() -> impl Strategy<Value = Value> {
    let of = |name: &'static str, operators: &'static [&'static str], values: &'static [&'static str]| {
        (prop::sample::select(operators), prop::sample::select(values)).prop_map(move |(operator, value)| {
            json!({"constraintName": name, "constraintOperator": operator, "constraintValue": value})
        })
    };
    prop_oneof![
        of("region", &["eq", "isNoneOf", "isAnyOf", "hasPart"], &["310000", "CN", "310115,110000", "CN,US", "长三角"]),
        of("purpose", &["eq", "neq", "isAnyOf", "isNoneOf"], &["x", "x,y", "y,z", "x,z"]),
        of("count", &["lteq", "gt", "eq", "gteq"], &["0", "1", "2", "3"]),
        of("dataField", &["isAnyOf", "isNoneOf", "isAllOf", "hasPart"], &["a", "a,b", "b,c", "t.a", "a,b,c"]),
    ]
}

fn small_rule(most: usize) -> impl Strategy<Value = Value> {
    let condition = small_leaf().prop_recursive(2, 5, 3, |inner| {
        (prop::sample::select(vec!["and", "or", "xone"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(word, parts)| json!({ word: parts }))
    });
    prop::collection::vec(condition, 0..most)
        .prop_map(|constraints| json!({"actions": ["read"], "constraints": constraints}))
}

fn small_source() -> impl Strategy<Value = Value> {
    (prop::collection::vec(small_rule(4), 1..3), prop::collection::vec(small_rule(3), 0..4)).prop_map(
        |(permissions, prohibitions)| {
            json!({"contractPolicies": [{"permissionPolicies": permissions, "prohibitionPolicies": prohibitions}]})
        },
    )
}

fn grid() -> Vec<Request> {
    let mut all = Vec::new();
    for region in REGIONS {
        for purpose in PURPOSES {
            for used in USED {
                for fields in FIELDS {
                    let request = json!({"action": "read", "region": region, "purpose": purpose, "used": {"count": used}, "dataField": fields});
                    all.push(serde_json::from_value(request).expect("a request"));
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn tc609_15_7_1_2_2_d_every_witness_confirms(source in source()) {
        let policy = policy(&source);
        for conflict in conflicts(&policy) {
            confirm(&policy, &conflict);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tc609_15_7_1_2_2_d_no_request_shows_a_conflict_that_was_missed(source in small_source()) {
        let policy = policy(&source);
        let found = conflicts(&policy);
        found.iter().for_each(|conflict| confirm(&policy, conflict));
        prop_assert!(found.iter().all(|conflict| conflict.kind != ConflictKind::Undecided), "{:#?}", found);
        let told = |kind: ConflictKind, pointers: &[&str]| {
            found.iter().any(|one| one.kind == kind && pointers.iter().all(|pointer| one.pointers.iter().any(|own| own.starts_with(pointer))))
        };
        let (permissions, prohibitions): (Vec<_>, Vec<_>) = policy.rules.iter().partition(|rule| rule.kind == RuleKind::Permission);
        let mut effective = vec![false; permissions.len()];
        for request in grid() {
            let holds = |rule: &crate::Rule, sense| rule_truth(rule, &request, sense);
            for (index, permission) in permissions.iter().enumerate() {
                if holds(permission, Sense::Permit) != Truth::Met {
                    continue;
                }
                let contradicts = found.iter().any(|one| {
                    one.kind == ConflictKind::Contradiction && one.blocking && one.pointers.iter().all(|own| own.starts_with(&permission.pointer))
                });
                prop_assert!(!contradicts, "{:?} permits {:?}", found, request);
                let mut is_closed = false;
                for prohibition in &prohibitions {
                    if holds(prohibition, Sense::Forbid) != Truth::NotMet {
                        is_closed = true;
                        prop_assert!(told(ConflictKind::Authorisation, &[&permission.pointer, &prohibition.pointer]), "{:?} {:#?}", request, found);
                    }
                }
                effective[index] |= !is_closed;
            }
        }
        for (permission, is_effective) in permissions.iter().zip(effective) {
            let blocking = found.iter().any(|one| one.kind == ConflictKind::Authorisation && one.blocking && one.pointers[0] == permission.pointer);
            prop_assert!(!(is_effective && blocking), "{:#?}", found);
        }
    }
}

/// The generator is worth nothing if it draws no conflicts.
#[test]
fn every_kind_of_conflict_comes_up() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..400 {
        let source = small_source().new_tree(&mut runner).expect("a case").current();
        for conflict in conflicts(&policy(&source)) {
            *seen
                .entry((format!("{:?}", conflict.kind), conflict.blocking, conflict.pointers.len().min(3)))
                .or_insert(0) += 1;
        }
    }
    for (kind, blocking, rules) in [
        ("Authorisation", true, 2),
        ("Authorisation", true, 3),
        ("Authorisation", false, 2),
        ("Contradiction", true, 1),
        ("Contradiction", true, 2),
        ("Contradiction", true, 3),
        ("Contradiction", false, 1),
    ] {
        assert!(seen.contains_key(&(kind.to_owned(), blocking, rules)), "{kind} {blocking} {rules}: {seen:?}");
    }
}
