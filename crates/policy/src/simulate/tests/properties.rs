//! For all policies: whatever request comes, its case of the matrix says what the engine says.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::table::Table;
use super::super::{MOST_WORK, Work};
use super::*;
use crate::tests::properties::{facts, source};
use crate::{Verdict, parse_value};

/// A request that states whatever can be asked, so far as the drawn facts do not.
fn stated(facts: &Map<String, Value>) -> Request {
    let mut whole: Map<String, Value> = serde_json::from_str(
        r#"{"subject":"T","product":"Q","connector":"Z","application":"z","time":"2026-04-01T00:00:00Z",
            "timeOfFirstUse":"2026-03-20T00:00:00Z","region":"US","networkAddress":"192.168.0.1","physicalAddress":"bb",
            "executionEnv":"01","encryptMode":"01","deliveryMethod":"04","algorithm":"z","machineLearningModel":"z",
            "dataField":["c"],"dataSize":5,"dataRecord":5,"purpose":"y","used":{"count":1,"inWindow":1}}"#,
    )
    .unwrap();
    whole.extend(facts.clone());
    for (name, value) in [("networkAddress", "?!"), ("executionEnv", "99")] {
        if whole.get(name).and_then(Value::as_str) == Some(value) {
            whole.insert(name.to_owned(), Value::from(if name == "executionEnv" { "01" } else { "192.168.0.1" }));
        }
    }
    if whole["dataField"].as_array().is_none_or(Vec::is_empty) {
        whole.insert("dataField".to_owned(), serde_json::json!(["c"]));
    }
    let used = whole["used"].as_object_mut().unwrap();
    for name in ["count", "inWindow"] {
        used.entry(name).or_insert_with(|| Value::from(1));
    }
    // Of duties only payment can be a condition; others change nothing that the matrix tells apart.
    let is_paid = whole.get("dutiesDone").is_some_and(|done| done.to_string().contains("compensate"));
    whole.insert(
        "dutiesDone".to_owned(),
        if is_paid { serde_json::json!(["compensate"]) } else { serde_json::json!([]) },
    );
    serde_json::from_value(Value::Object(whole)).unwrap()
}

/// Whether a request finds its case, and there what the engine decides.
fn misses_nothing(source: &Value, facts: &Map<String, Value>) -> Result<(), TestCaseError> {
    let policy = parse_value(source).unwrap();
    let request = stated(facts);
    let action = request.action.known().unwrap();
    let table = Table::build(&[&policy], action, new_year(), &mut Work::new(MOST_WORK));
    if table.is_complete() {
        let found = table.find(&request);
        prop_assert!(found.is_some(), "no case for {request:?} under {source}");
        let found = found.unwrap().first().unwrap().clone();
        let decided = verify(&policy, &request);
        // Where a price can be an alternative, having paid may also do the duty to pay.
        let is_paid = !request.duties_done.is_empty();
        let same = found.decision == decided.decision
            || (is_paid && found.decision == Verdict::AllowIf && decided.decision == Verdict::Allow);
        prop_assert!(same, "{found:#?} {decided:#?} {request:?} {source}");
    }
    Ok(())
}

/// What chance found once: a price that is a duty of one rule and a condition of another, and fields that are written in another way than the policy does.
#[test]
fn cases_that_were_missed_once() {
    let pay = r#"{"constraintName":"payAmount","constraintOperator":"eq","constraintValue":"5.00 CNY"}"#;
    let field = |operator: &str, value: &str| {
        format!(r#"{{"constraintName":"dataField","constraintOperator":"{operator}","constraintValue":"{value}"}}"#)
    };
    let cases = [
        (
            format!(
                r#"[{{"actions":["read"],"constraints":[{{"constraintName":"time","constraintOperator":"gteq","constraintValue":"20260301000000"}}],
                    "duties":[{{"actions":["encrypt"],"constraints":[{pay}]}}]}},
                   {{"actions":["read"],"constraints":[{{"and":[{},{pay}]}}]}}]"#,
                field("neq", "z")
            ),
            r#"{"action":"read","time":"2025-01-01T00:00:00Z"}"#,
        ),
        (
            format!(
                r#"[{{"actions":["sell"],"constraints":[{}],"duties":[{{"actions":["encrypt"],"constraints":[{}],
                    "expansionItem":{{"timing":"during"}}}}]}}]"#,
                field("isNoneOf", "a"),
                field("isAllOf", "a")
            ),
            r#"{"action":"sell","dataField":["t.a","b"]}"#,
        ),
        (
            format!(r#"[{{"actions":["use"],"constraints":[{}]}}]"#, field("isAllOf", "a,b")),
            r#"{"action":"access","dataField":["t.a","b"]}"#,
        ),
    ];
    for (permissions, facts) in cases {
        let source = format!(r#"{{"contractPolicies":[{{"permissionPolicies":{permissions}}}]}}"#);
        misses_nothing(&serde_json::from_str(&source).unwrap(), &serde_json::from_str(facts).unwrap()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_matrix_misses_no_case_that_the_policy_distinguishes(source in source(), facts in facts()) {
        misses_nothing(&source, &facts)?;
    }

    #[test]
    fn every_case_is_what_the_engine_says_to_its_witness(source in source()) {
        let policy = parse_value(&source).unwrap();
        for table in matrix(&policy, new_year()) {
            for case in table.cases {
                prop_assert_eq!(case.ruling.verdict.as_str(), verdict(&policy, &case.witness));
                prop_assert!(source.pointer(&case.ruling.clause).is_some(), "{}", case.ruling.clause);
                prop_assert!(!case.ruling.text.zh.is_empty() && !case.ruling.text.en.is_empty());
                prop_assert!(case.when.iter().all(|fact| !fact.values.zh.is_empty() && !fact.values.en.is_empty()));
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_difference_is_shown_by_its_witness(old in source(), new in source(), facts in facts()) {
        let (old, new) = (parse_value(&old).unwrap(), parse_value(&new).unwrap());
        let found = difference(&old, &new, new_year());
        let open = |policy: &Policy, witness: &Value| match verdict(policy, witness) {
            "allow" => 2,
            "allow_if" => 1,
            _ => 0,
        };
        for effect in &found.effects {
            let (was, is) = (open(&old, &effect.witness), open(&new, &effect.witness));
            match effect.effect.as_str() {
                "loosened" => prop_assert!(was < is, "{effect:#?}"),
                "tightened" => prop_assert!(was > is, "{effect:#?}"),
                _ => prop_assert!(was == is && was > 0, "{effect:#?}"),
            }
        }
        let request = stated(&facts);
        if found.complete && found.effects.is_empty() && request.duties_done.is_empty() {
            let (was, is) = (verify(&old, &request).decision, verify(&new, &request).decision);
            prop_assert_eq!(super::super::openness(was), super::super::openness(is));
        }
    }

    #[test]
    fn a_policy_does_not_differ_from_itself(source in source()) {
        let policy = parse_value(&source).unwrap();
        let found = difference(&policy, &policy, new_year());
        prop_assert!(found.effects.is_empty() && found.changes.is_empty(), "{found:#?}");
    }
}

/// The properties are worth nothing if most policies are too much.
#[test]
fn nearly_every_policy_can_be_told_whole() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut cut = 0;
    for _ in 0..60 {
        let policy = parse_value(&source().new_tree(&mut runner).unwrap().current()).unwrap();
        cut += usize::from(matrix(&policy, new_year()).iter().any(|table| !table.complete));
    }
    assert!(cut <= 3, "{cut} of 60 are not told whole");
}
