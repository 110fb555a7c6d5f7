//! What holds for every policy and every request. Policies are drawn from the clauses that the engine knows, requests from facts near the limits
//! of those clauses, so that every decision comes up.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{Action, Decision, OdrlIds, OdrlKind, Policy, Request, Verdict, parse_value, verify};

const CONSTRAINTS: &[(&str, &[&str], &[&str])] = &[
    (
        "time",
        &["lteq", "gteq", "lt", "gt", "isA", "isNoneOf"],
        &["20260301000000", "2026-06-30", "20260101000000/20260601000000"],
    ),
    ("timeWindow", &["eq", "lteq", "gteq", "lt", "gt", "isA", "neq"], &["P7D", "P60D", "P1M"]),
    ("timeWindow", &["isA", "isNoneOf", "eq", "neq"], &["09:00-18:00", "22:00-06:00", "20260101000000/20260601000000"]),
    ("elapsedTime", &["lteq", "gt"], &["P30D"]),
    ("count", &["lteq", "lt", "eq", "gt", "gteq"], &["1", "3", "3 次/天"]),
    ("frequency", &["lteq", "gteq", "eq", "lt", "gt"], &["2", "2/PT1H"]),
    (
        "region",
        &["eq", "isNoneOf", "isPartOf", "hasPart", "isAnyOf", "neq", "isA", "isAllOf"],
        &["310000", "CN", "310115,US", "长三角"],
    ),
    ("networkAddress", &["isA", "isNoneOf"], &["10.0.0.0/8", "10.0.0.1", "*.example.cn"]),
    ("physicalAddress", &["eq", "neq"], &["AA"]),
    ("dataSize", &["lteq", "gt", "neq"], &["100", "1K"]),
    ("dateRecord", &["lteq", "gteq"], &["100"]),
    ("dataField", &["isA", "isAnyOf", "isAllOf", "isNoneOf", "hasPart", "eq", "neq"], &["a", "a,b", "t.a"]),
    ("application", &["eq", "neq", "isAnyOf"], &["x", "x,y"]),
    ("algorithm", &["eq"], &["x"]),
    ("machineLearningModels", &["isNoneOf"], &["x"]),
    ("executionEnv", &["eq", "isNoneOf"], &["02", "02,05"]),
    ("encryptMode", &["eq"], &["02"]),
    ("deliveryMethod", &["isAnyOf"], &["01,03"]),
    ("payAmount", &["eq"], &["5.00 CNY"]),
    ("subject", &["eq", "neq"], &["S"]),
    ("connector", &["isAnyOf", "isNoneOf"], &["N"]),
    ("purpose", &["eq"], &["x"]),
];

/// Member and values, the JSON of each.
const FACTS: &[(&str, &[&str])] = &[
    ("subject", &[r#""S""#, r#""T""#]),
    ("product", &[r#""P""#, r#""Q""#]),
    ("connector", &[r#""N""#, r#""M""#]),
    ("application", &[r#""x""#, r#""z""#]),
    ("time", &[r#""2026-03-02T03:00:00Z""#, r#""2026-06-30T20:00:00Z""#, r#""2025-01-01T00:00:00Z""#]),
    ("timeOfFirstUse", &[r#""2026-03-01T00:00:00Z""#, r#""2024-12-31T00:00:00Z""#]),
    ("region", &[r#""310115""#, r#""310000""#, r#""US""#, r#""CN""#, r#""长三角""#]),
    ("networkAddress", &[r#""10.0.0.1""#, r#""192.168.0.1""#, r#""a.example.cn""#, r#""?!""#]),
    ("physicalAddress", &[r#""aa""#, r#""bb""#]),
    ("executionEnv", &[r#""02""#, r#""01""#, r#""99""#]),
    ("encryptMode", &[r#""02""#, r#""01""#]),
    ("deliveryMethod", &[r#""03""#, r#""04""#]),
    ("algorithm", &[r#""x""#, r#""z""#]),
    ("machineLearningModel", &[r#""x""#, r#""z""#]),
    ("dataField", &[r#"["a"]"#, r#"["t.a","b"]"#, r#"["c"]"#, r#"["a","b"]"#, "[]"]),
    ("dataSize", &["100", "1000", "1001"]),
    ("dataRecord", &["100", "101"]),
    ("purpose", &[r#""x""#, r#""y""#]),
    ("used", &[r#"{"count":0,"inWindow":0}"#, r#"{"count":2}"#, r#"{"count":3,"inWindow":2}"#, r#"{"inWindow":1}"#]),
    ("dutiesDone", &[r#"["compensate","encrypt"]"#, r#"["encrypt","compensate"]"#, r#"["watermark"]"#, r#"["?"]"#]),
];

const ACTIONS: &[&str] = &["read", "use", "download", "export", "access", "sell"];
const DUTIES: &[&str] = &["encrypt", "compensate", "watermark", "logRecordSend", "delete", "alert"];

fn leaf() -> impl Strategy<Value = Value> {
    prop::sample::select(CONSTRAINTS).prop_flat_map(|(name, operators, values)| {
        (prop::sample::select(operators), prop::sample::select(values)).prop_map(move |(operator, value)| {
            json!({"constraintName": name, "constraintOperator": operator, "constraintValue": value})
        })
    })
}

fn condition() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 6, 3, |inner| {
        (prop::sample::select(vec!["and", "or", "xone"]), prop::collection::vec(inner, 1..3))
            .prop_map(|(word, parts)| json!({ word: parts }))
    })
}

fn duty() -> impl Strategy<Value = Value> {
    let conditions = prop::collection::vec(leaf(), 0..2);
    let timing = prop::option::of(prop::sample::select(vec!["before", "during", "after"]));
    (prop::sample::select(DUTIES), conditions, timing).prop_map(|(action, constraints, timing)| {
        let mut duty = json!({"actions": [action], "constraints": constraints});
        if let Some(timing) = timing {
            duty["expansionItem"] = json!({"timing": timing, "note": "x"});
        }
        duty
    })
}

fn rule(kind: &'static str) -> impl Strategy<Value = Value> {
    let actions = prop::collection::vec(prop::sample::select(ACTIONS), 1..3);
    let conditions = prop::collection::vec(condition(), 0..3);
    let duties = prop::collection::vec(duty(), 0..3);
    let product = prop::option::weighted(0.3, Just(json!({"dataProductId": "P"})));
    let node = prop::option::weighted(0.2, Just(json!({"assignerId": "M", "assigneeId": "N"})));
    (actions, conditions, duties, product, node).prop_map(move |(actions, constraints, duties, product, node)| {
        let mut rule = json!({"actions": actions, "constraints": constraints});
        match kind {
            "permissionPolicies" => rule["duties"] = json!(duties),
            "prohibitionPolicies" => {}
            _ => {
                rule = duties.first().cloned().unwrap_or_else(|| json!({"actions": ["delete"]}));
            }
        }
        if let Some(product) = product {
            rule["subject"] = product;
        }
        if let Some(node) = node {
            rule["executionNode"] = node;
        }
        rule
    })
}

pub(crate) fn source() -> impl Strategy<Value = Value> {
    let rules = |kind, most| prop::collection::vec(rule(kind), 0..most);
    (rules("permissionPolicies", 4), rules("prohibitionPolicies", 2), rules("obligationPolicies", 2)).prop_map(
        |(permissions, prohibitions, obligations)| {
            json!({"contractPolicies": [{
                "permissionPolicies": permissions, "prohibitionPolicies": prohibitions, "obligationPolicies": obligations,
            }]})
        },
    )
}

pub(crate) fn facts() -> impl Strategy<Value = Map<String, Value>> {
    let each: Vec<_> = FACTS
        .iter()
        .map(|(name, values)| {
            prop::option::weighted(0.85, prop::sample::select(*values)).prop_map(move |value| {
                value.map(|text| ((*name).to_owned(), serde_json::from_str::<Value>(text).expect("JSON")))
            })
        })
        .collect();
    (each, prop::sample::select(ACTIONS)).prop_map(|(facts, action)| {
        let mut facts: Map<_, _> = facts.into_iter().flatten().collect();
        facts.insert("action".to_owned(), json!(action));
        facts
    })
}

pub(super) fn policy(source: &Value) -> Policy {
    parse_value(source).unwrap_or_else(|errors| panic!("{errors:#?} in {source}"))
}

fn decide(policy: &Policy, facts: &Map<String, Value>) -> Decision {
    let request: Request = serde_json::from_value(Value::Object(facts.clone())).expect("a request");
    verify(policy, &request)
}

/// How much a decision opens.
fn openness(decision: &Decision) -> u8 {
    match decision.decision {
        Verdict::Deny | Verdict::DenyByDefault => 0,
        Verdict::AllowIf => 1,
        Verdict::Allow => 2,
    }
}

/// What a decision says, its pointers left out.
fn gist(decision: &Decision) -> (Verdict, Vec<(Action, &'static str)>) {
    let duties = decision.duties.iter().map(|duty| (duty.action, duty.timing.name())).collect();
    (decision.decision, duties)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_decision_has_reasons_that_point_into_the_policy(source in source(), facts in facts()) {
        let decision = decide(&policy(&source), &facts);
        prop_assert!(!decision.reasons.is_empty());
        let clauses = decision.reasons.iter().map(|reason| &reason.clause);
        for clause in clauses.chain(decision.duties.iter().map(|duty| &duty.clause)) {
            prop_assert!(source.pointer(clause).is_some(), "{}", clause);
        }
        prop_assert!(decision.reasons.iter().all(|reason| !reason.zh.is_empty() && !reason.en.is_empty()));
        prop_assert_eq!(decision.decision == Verdict::AllowIf, decision.reasons.iter().any(|r| r.outcome == crate::Outcome::DutyPending));
        let text = serde_json::to_string(&decision).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Decision>(&text).expect("a decision"), decision);
    }

    #[test]
    fn tc609_15_7_1_2_3_b_a_naive_evaluator_decides_the_same(source in source(), facts in prop::collection::vec(facts(), 12)) {
        let policy = policy(&source);
        for facts in facts {
            prop_assert_eq!(decide(&policy, &facts).decision.name(), super::naive::decide(&source, &facts), "{}", Value::Object(facts));
        }
    }

    #[test]
    fn a_verdict_is_what_the_decision_says(source in source(), facts in facts()) {
        let policy = policy(&source);
        let request: Request = serde_json::from_value(Value::Object(facts)).expect("a request");
        prop_assert_eq!(crate::verdict(&policy, &request), verify(&policy, &request).decision);
    }

    #[test]
    fn every_clause_of_a_decision_is_explained_once(source in source(), facts in facts()) {
        let policy = policy(&source);
        let decision = decide(&policy, &facts);
        let explained: Vec<_> = crate::explain(&policy).into_iter().map(|clause| clause.pointer).collect();
        let named = decision.reasons.iter().map(|reason| &reason.clause);
        for clause in named.chain(decision.duties.iter().map(|duty| &duty.clause)) {
            prop_assert_eq!(explained.iter().filter(|own| *own == clause).count(), 1, "{}", clause);
        }
    }

    #[test]
    fn adding_a_prohibition_never_opens_anything(source in source(), more in rule("prohibitionPolicies"), facts in facts()) {
        let before = decide(&policy(&source), &facts);
        let mut source = source;
        source["contractPolicies"][0]["prohibitionPolicies"].as_array_mut().expect("a list").push(more);
        let after = decide(&policy(&source), &facts);
        prop_assert!(openness(&after) <= openness(&before), "{:#?} {:#?}", before, after);
    }

    #[test]
    fn removing_a_fact_never_opens_anything(source in source(), facts in facts()) {
        let policy = policy(&source);
        let before = decide(&policy, &facts);
        for name in facts.keys().filter(|name| *name != "action") {
            let mut fewer = facts.clone();
            fewer.remove(name);
            let after = decide(&policy, &fewer);
            prop_assert!(openness(&after) <= openness(&before), "{}: {:#?} {:#?}", name, before, after);
        }
    }

    #[test]
    fn removing_a_permission_never_opens_anything(source in source(), facts in facts()) {
        let before = decide(&policy(&source), &facts);
        let mut source = source;
        source["contractPolicies"][0]["permissionPolicies"].as_array_mut().expect("a list").pop();
        prop_assert!(openness(&decide(&policy(&source), &facts)) <= openness(&before));
    }

    #[test]
    fn what_is_printed_as_tc609_decides_the_same(source in source(), facts in facts()) {
        let policy_read = policy(&source);
        let printed = json!({ "contractPolicies": policy_read.to_tc609() });
        let again = policy(&printed);
        prop_assert_eq!(gist(&decide(&again, &facts)), gist(&decide(&policy_read, &facts)), "{}", printed);
        prop_assert_eq!(again.to_tc609(), policy_read.to_tc609());
    }

    #[test]
    fn what_is_printed_as_odrl_decides_the_same(source in source(), facts in facts()) {
        let policy_read = policy(&source);
        let ids = OdrlIds { id: "urn:uuid:1".to_owned(), ..OdrlIds::default() };
        let printed = policy_read.to_odrl(OdrlKind::Set, &ids);
        let again = policy(&printed);
        prop_assert_eq!(gist(&decide(&again, &facts)), gist(&decide(&policy_read, &facts)), "{}", printed);
        let back = json!({ "contractPolicies": again.to_tc609() });
        prop_assert_eq!(gist(&decide(&policy(&back), &facts)), gist(&decide(&policy_read, &facts)), "{}", back);
    }

    #[test]
    fn a_field_that_is_not_open_is_never_allowed(source in source(), facts in facts(), field in "[abc]") {
        let policy = policy(&source);
        let action = Action::parse(facts["action"].as_str().expect("a code")).expect("an action");
        let mut facts = facts;
        facts.insert("dataField".to_owned(), json!([field]));
        let is_open = |open: &BTreeSet<String>| open.iter().any(|own| own.rsplit('.').next() == Some(field.as_str()));
        if policy.allowed_fields(action).is_some_and(|open| !is_open(&open)) {
            prop_assert_eq!(openness(&decide(&policy, &facts)), 0);
        }
    }

    #[test]
    fn verify_is_total(source in source(), request in any::<[Option<String>; 12]>(), numbers in any::<[Option<u64>; 4]>(),
        fields in any::<Vec<String>>(), seconds in any::<[Option<i32>; 2]>(), action in prop::sample::select(Action::ALL)) {
        let [subject, product, connector, application, region, network_address, physical_address, execution_env,
            encrypt_mode, delivery_method, algorithm, purpose] = request;
        let [data_size, data_record, count, in_window] = numbers;
        let [time, first] = seconds.map(|at| at.and_then(|at| jiff::Timestamp::from_second(i64::from(at)).ok()));
        let request = Request {
            subject, product, connector, application, region, network_address, physical_address, execution_env,
            encrypt_mode, delivery_method, algorithm, machine_learning_model: None, purpose, data_size, data_record,
            used: Some(crate::Used { count, in_window }), data_field: fields, time, time_of_first_use: first,
            ..Request::new(action)
        };
        let policy = policy(&source);
        prop_assert!(!verify(&policy, &request).reasons.is_empty());
        let _: Vec<crate::Conflict> = crate::conflicts(&policy);
    }

    #[test]
    fn any_json_is_read_or_refused(text in r#"[\{\}\[\]":,a-z0-9 ]{0,60}"#) {
        if let Err(errors) = crate::parse(text.as_bytes()) {
            prop_assert!(!errors.is_empty());
        }
    }
}

/// The generator is worth nothing if it draws only refusals.
#[test]
fn every_decision_comes_up() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        let (source, facts) = (source(), facts()).new_tree(&mut runner).expect("a case").current();
        seen.insert(decide(&policy(&source), &facts).decision.name());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["allow", "allow_if", "deny", "deny_by_default"]);
}
