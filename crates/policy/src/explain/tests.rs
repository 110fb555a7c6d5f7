//! Sentences by example, and: whatever a decision names can be looked up.

use super::{Clause, explain};
use crate::{parse, verify};

fn clauses(policy: &str) -> Vec<Clause> {
    explain(&parse(policy.as_bytes()).unwrap_or_else(|errors| panic!("{errors:#?} in {policy}")))
}

fn contract(rules: &str) -> String {
    format!(r#"{{"contractPolicies":[{{{rules}}}]}}"#)
}

fn reading(constraint: &str) -> String {
    contract(&format!(r#""permissionPolicies":[{{"actions":["read"],"constraints":[{constraint}]}}]"#))
}

fn constraint(name: &str, operator: &str, value: &str) -> String {
    format!(r#"{{"constraintName":"{name}","constraintOperator":"{operator}","constraintValue":"{value}"}}"#)
}

/// `expect` is the sentence at the pointer in Chinese, and in English.
fn check(policy: &str, pointer: &str, expect: (&str, &str)) {
    let clauses = clauses(policy);
    let found: Vec<_> = clauses.iter().filter(|clause| clause.pointer.ends_with(pointer)).collect();
    let [clause] = found.as_slice() else {
        panic!("not one clause at {pointer}: {clauses:#?}");
    };
    assert_eq!((clause.text.zh.as_str(), clause.text.en.as_str()), expect, "{policy}");
}

#[test]
fn a_constraint_of_a_permission_is_a_limit() {
    for (name, operator, value, zh, en) in [
        ("count", "lteq", "3", "使用次数不超过 3 次", "number of uses: at most 3 uses"),
        ("frequency", "lt", "2/PT1H", "使用频次每小时小于 2 次", "frequency of uses: less than 2 uses within 1 hour"),
        ("dataField", "isA", "a,b", "仅限字段：a、b", "only this field: a, b"),
        ("dataField", "isNoneOf", "id_no", "字段不属于 id_no", "field: none of id_no"),
        ("valueExpression", "eq", "country = 'CN'", "仅限满足 country = 'CN' 的行", "only rows where country = 'CN'"),
        ("executionEnv", "isA", "02", "仅限执行环境：数据沙箱", "only this execution environment: data sandbox"),
        ("timeWindow", "lteq", "P365D", "自首次使用起不超过 365 天", "at most 365 days from the first use"),
        (
            "elapsedTime",
            "gteq",
            "P1DT12H",
            "自首次使用起不少于 1 天 12 小时",
            "at least 1 day 12 hours from the first use",
        ),
    ] {
        check(&reading(&constraint(name, operator, value)), "/constraints/0", (zh, en));
    }
}

#[test]
fn a_duty_says_what_and_when() {
    for (duty, zh, en) in [
        (
            r#"{"action":"delete","parameters":{"after":"count"}}"#,
            "使用次数用尽后删除全部副本",
            "when the uses are made: delete every copy",
        ),
        (
            r#"{"action":"delete","parameters":{"after":"expiry"}}"#,
            "到期后删除全部副本",
            "on expiry: delete every copy",
        ),
        // Nothing of a duty is left out.
        (
            r#"{"action":"delete","parameters":{"after":"expiry","place":"backup"}}"#,
            "使用后须删除（到期后，place：backup）",
            "after the use: delete (on expiry, place: backup)",
        ),
        (r#""logRecordSend""#, "使用后须行为记录发送", "after the use: send the use record"),
    ] {
        let policy = contract(&format!(r#""permissionPolicies":[{{"actions":["read"],"duties":[{duty}]}}]"#));
        check(&policy, "/duties/0", (zh, en));
    }
}

#[test]
fn what_all_rules_share_is_said_last_and_once() {
    let policy = format!(
        r#"{{"indate":"2026-12-31","contractPolicies":[{{"permissionPolicies":[
            {{"actions":["read"],"constraints":[{}]}},{{"actions":["compute"]}}]}}]}}"#,
        constraint("count", "lteq", "3"),
    );
    let clauses = clauses(&policy);
    let pointers: Vec<_> = clauses
        .iter()
        .map(|clause| clause.pointer.trim_start_matches("/contractPolicies/0/permissionPolicies"))
        .collect();
    assert_eq!(pointers, ["/0", "/0/constraints/0", "/1", "/indate", "/contractPolicies"]);
}

#[test]
fn every_clause_of_a_decision_is_found() {
    let odrl = r#"{"@type":"Offer","permission":{"action":"use","constraint":[{"xone":[
        {"leftOperand":"count","operator":"lteq","rightOperand":1},
        {"leftOperand":"spatial","operator":"eq","rightOperand":"CN"}]}],"duty":[{"action":"anonymize"}]},
        "obligation":[{"action":"delete","constraint":[{"leftOperand":"count","operator":"gteq","rightOperand":3}]}]}"#;
    let tc609 = contract(&format!(
        r#""permissionPolicies":[{{"subject":[{{"dataProductId":"P"}}],"executionNode":{{"providerNodeId":"N","consumerNodeId":"M"}},
           "actions":["use"],"constraints":[{},{},{{"or":[{{"and":[{}]}},{}]}}]}}],
           "prohibitionPolicies":[{{"actions":["sell"],"constraints":[{}]}}]"#,
        constraint("count", "lteq", "1"),
        constraint("payAmount", "eq", "1.00 CNY"),
        constraint("dataField", "isA", "a"),
        constraint("dataSize", "lteq", "10"),
        constraint("region", "isNoneOf", "CN"),
    ));
    for text in [odrl, tc609.as_str()] {
        let policy = parse(text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let clauses = explain(&policy);
        for request in [
            r#"{"action":"read"}"#,
            r#"{"action":"fly"}"#,
            r#"{"action":"sell"}"#,
            r#"{"action":"distribute","product":"P"}"#,
            r#"{"action":"read","used":{"count":0},"region":"CN"}"#,
            r#"{"action":"read","used":{"count":4},"region":"US"}"#,
            r#"{"action":"read","product":"P","connector":"M","used":{"count":0},"dataField":["b"]}"#,
            r#"{"action":"read","product":"Q","connector":"Z"}"#,
            r#"{"action":"read","product":"P","connector":"M","used":{"count":0},"dataField":["a"],"dutiesDone":["compensate"]}"#,
        ] {
            let decision = verify(&policy, &serde_json::from_str(request).unwrap());
            let named = decision.reasons.iter().map(|reason| &reason.clause);
            for pointer in named.chain(decision.duties.iter().map(|duty| &duty.clause)) {
                assert!(
                    clauses.iter().any(|clause| clause.pointer == *pointer),
                    "{pointer} is not explained: {request}"
                );
            }
        }
    }
}
