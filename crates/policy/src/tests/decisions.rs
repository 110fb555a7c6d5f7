//! The four decisions. TC609-6-2025-15 §7.1.2.3, §7.1.2.4.

use serde_json::{Value, json};

use super::{check, constraint, contract, policy, reading, request};
use crate::{Outcome, Timing, verify};

const READ: &str = r#"{"actions":["read"]}"#;

#[test]
fn tc609_15_7_1_2_3_c_allow() {
    check(&contract(READ, "", ""), r#"{"action":"read"}"#, "allow /permissionPolicies/0");
}

#[test]
fn tc609_15_7_1_2_3_default_deny() {
    let silent = "deny_by_default /contractPolicies";
    check(&contract(READ, "", ""), r#"{"action":"download"}"#, silent);
    check(&contract("", "", ""), r#"{"action":"read"}"#, silent);
    check(r#"{"contractPolicies":[]}"#, r#"{"action":"read"}"#, silent);
    check(r#"{"contractPolicies":[{}]}"#, r#"{"action":"read"}"#, silent);
    check(&contract("", READ, ""), r#"{"action":"download"}"#, silent);
    check(&contract("", "", r#"{"actions":["delete"]}"#), r#"{"action":"delete"}"#, silent);
    check(r#"{"@type":"Set"}"#, r#"{"action":"read"}"#, "deny_by_default");
    check(r#"{"@type":"Set","permission":[{"action":"use"}]}"#, r#"{"action":"sell"}"#, "deny_by_default /permission");
}

#[test]
fn an_unknown_action_is_denied_by_default() {
    let decision = check(&contract(READ, "", ""), r#"{"action":"fly"}"#, "deny_by_default /contractPolicies");
    assert!(decision.reasons[0].zh.contains("fly"));
}

#[test]
fn tc609_15_7_1_2_3_b_every_constraint_has_to_hold() {
    let two = [constraint("region", "01", r#""310000""#), constraint("count", "11", "3")].join(",");
    let facts =
        |region: &str, count: u64| format!(r#"{{"action":"read","region":"{region}","used":{{"count":{count}}}}}"#);
    check(&reading(&two), &facts("310115", 2), "allow");
    check(&reading(&two), &facts("110000", 2), "deny /constraints/0");
    check(&reading(&two), &facts("310115", 3), "deny /constraints/1");
    let decision = check(&reading(&two), &facts("110000", 3), "deny");
    assert_eq!(decision.reasons.len(), 2, "both constraints are named");
}

#[test]
fn a_missing_fact_denies_and_is_named() {
    let decision = check(&reading(&constraint("count", "11", "3")), r#"{"action":"read"}"#, "deny /constraints/0");
    assert_eq!(decision.reasons[0].outcome, Outcome::MissingFact);
    assert!(decision.reasons[0].zh.contains("used.count") && decision.reasons[0].en.contains("used.count"));
}

#[test]
fn a_prohibition_wins_over_a_permission() {
    check(&contract(READ, READ, ""), r#"{"action":"read"}"#, "deny /prohibitionPolicies/0");
    let abroad = format!(r#"{{"actions":["read"],"constraints":[{}]}}"#, constraint("region", "12", r#""CN""#));
    check(&contract(READ, &abroad, ""), r#"{"action":"read","region":"310000"}"#, "allow");
    check(&contract(READ, &abroad, ""), r#"{"action":"read","region":"US"}"#, "deny /prohibitionPolicies/0");
}

#[test]
fn a_prohibition_whose_facts_are_missing_applies() {
    let abroad = format!(r#"{{"actions":["read"],"constraints":[{}]}}"#, constraint("region", "12", r#""CN""#));
    let decision = check(&contract(READ, &abroad, ""), r#"{"action":"read"}"#, "deny /prohibitionPolicies/0");
    assert_eq!(decision.reasons[1].outcome, Outcome::MissingFact);
}

#[test]
fn a_second_permission_can_allow_what_the_first_does_not() {
    let rules = format!(
        r#"{{"actions":["read"],"constraints":[{}]}},{{"actions":["read"],"constraints":[{}]}}"#,
        constraint("purpose", "01", r#""科研""#),
        constraint("region", "01", r#""CN""#)
    );
    let text = contract(&rules, "", "");
    check(&text, r#"{"action":"read","region":"440300"}"#, "allow /permissionPolicies/1");
    check(&text, r#"{"action":"read","purpose":"科研"}"#, "allow /permissionPolicies/0");
    let decision = check(&text, r#"{"action":"read"}"#, "deny /permissionPolicies/0/constraints/0");
    assert_eq!(decision.reasons.len(), 2);
}

#[test]
fn tc609_14_6_2_2_2_a_rule_is_about_its_products() {
    let text = contract(r#"{"actions":["read"],"subject":[{"dataProductId":"P1"},{"dataProductId":"P2"}]}"#, "", "");
    check(&text, r#"{"action":"read","product":"P2"}"#, "allow");
    check(&text, r#"{"action":"read","product":"P3"}"#, "deny_by_default /permissionPolicies/0");
    check(&text, r#"{"action":"read"}"#, "deny /permissionPolicies/0");
    let other = r#"{"actions":["read"],"subject":{"dataProductId":"P9"}}"#;
    check(&contract(READ, other, ""), r#"{"action":"read","product":"P1"}"#, "allow");
    check(&contract(READ, other, ""), r#"{"action":"read","product":"P9"}"#, "deny");
    check(&contract(READ, other, ""), r#"{"action":"read"}"#, "deny");
}

#[test]
fn tc609_14_6_2_2_3_a_rule_is_executed_on_its_nodes() {
    let text =
        contract(r#"{"actions":["read"],"executionNode":{"assignerId":"NODE-A","assigneeId":"NODE-B"}}"#, "", "");
    check(&text, r#"{"action":"read","connector":"NODE-B"}"#, "allow");
    check(&text, r#"{"action":"read","connector":"NODE-A"}"#, "allow");
    check(&text, r#"{"action":"read","connector":"NODE-C"}"#, "deny /permissionPolicies/0");
    check(&text, r#"{"action":"read","connector":"NODE-C","subject":"S"}"#, "deny");
    check(&text, r#"{"action":"read"}"#, "deny /permissionPolicies/0");
}

#[test]
fn tc609_14_c1_no_permission_outlives_the_contract() {
    let text = r#"{"contractId":"C1","indate":"20261231235959","contractPolicies":[{"permissionPolicies":[{"actions":["read"]}]}]}"#;
    check(text, r#"{"action":"read","time":"2026-12-31T23:59:59+08:00"}"#, "allow");
    check(text, r#"{"action":"read","time":"2027-01-01T00:00:00+08:00"}"#, "deny /indate");
    check(text, r#"{"action":"read"}"#, "deny /indate");
    let signed = format!(r#"{{"contract":{text},"signatures":[]}}"#);
    check(&signed, r#"{"action":"read"}"#, "deny /contract/indate");
}

#[test]
fn tc609_15_7_1_2_4_b_duties_before_the_use_make_it_conditional() {
    let text = contract(
        r#"{"actions":["read"],"preDuties":[{"actions":["authenticate"]},{"actions":["desensitize"],
            "expansionItem":{"fields":["passengers.name"],"method":"mask"}}],"duties":[{"actions":["logRecordSend"]},{"actions":["alert"]}]}"#,
        "",
        "",
    );
    let open = |decision: &crate::Decision| {
        decision.duties.iter().map(|duty| (duty.action.code(), duty.timing)).collect::<Vec<_>>()
    };
    let before = |codes: &[&'static str]| codes.iter().map(|code| (*code, Timing::Before)).collect::<Vec<_>>();

    let decision = check(&text, r#"{"action":"read"}"#, "allow_if /permissionPolicies/0");
    assert_eq!(open(&decision), before(&["authenticate", "desensitize"]));
    assert_eq!(decision.duties[1].parameters, json!({"fields": ["passengers.name"], "method": "mask"}));
    assert_eq!(decision.reasons[1].outcome, Outcome::DutyPending);

    let decision = check(&text, r#"{"action":"read","dutiesDone":["authenticate"]}"#, "allow_if");
    assert_eq!(open(&decision), before(&["desensitize"]));

    let decision = check(&text, r#"{"action":"read","dutiesDone":["authenticate","desensitize"]}"#, "allow");
    assert_eq!(open(&decision), [("alert", Timing::During), ("logRecordSend", Timing::After)]);
}

#[test]
fn tc609_15_7_1_2_4_e_the_order_of_duties_counts() {
    let text = contract(r#"{"actions":["read"],"preDuties":["authenticate","watermark","encrypt"]}"#, "", "");
    let pending = |done: &str| {
        let decision = check(&text, &format!(r#"{{"action":"read","dutiesDone":[{done}]}}"#), "allow_if");
        decision.duties.iter().map(|duty| duty.action.code()).collect::<Vec<_>>()
    };
    assert_eq!(pending(r#""watermark""#), ["authenticate", "watermark", "encrypt"]);
    assert_eq!(pending(r#""watermark","authenticate""#), ["watermark", "encrypt"]);
    assert_eq!(pending(r#""authenticate","encrypt""#), ["watermark", "encrypt"]);
    assert_eq!(pending(r#""dance","authenticate","watermark""#), ["encrypt"]);
    let done = r#"{"action":"read","dutiesDone":["watermark","authenticate","watermark","encrypt"]}"#;
    check(&text, done, "allow");
}

#[test]
fn the_permission_without_open_duties_is_taken() {
    let rules = r#"{"actions":["read"],"preDuties":["authenticate"]},{"actions":["read"]}"#;
    check(&contract(rules, "", ""), r#"{"action":"read"}"#, "allow /permissionPolicies/1");
}

#[test]
fn obligations_come_with_every_permitted_use() {
    let obligations = r#"{"actions":["encrypt"],"expansionItem":{"timing":"before"}},{"actions":["logRecordSend"],"timing":"during"},
        {"actions":["delete"],"expansionItem":{"after":"count"},"constraints":[{"constraintName":"count","constraintOperator":"gteq","constraintValue":3}]}"#;
    let text = contract(READ, "", obligations);
    check(&text, r#"{"action":"read"}"#, "allow_if");
    let duties = |used: &str| {
        let request = format!(r#"{{"action":"read","dutiesDone":["encrypt"]{used}}}"#);
        let decision = check(&text, &request, "allow");
        decision.duties.iter().map(|duty| duty.action.code()).collect::<Vec<_>>()
    };
    assert_eq!(duties(r#","used":{"count":0}"#), ["logRecordSend"]);
    assert_eq!(duties(r#","used":{"count":2}"#), ["logRecordSend", "delete"]);
    assert_eq!(duties(""), ["logRecordSend", "delete"], "without the fact the duty stays");
    check(&text, r#"{"action":"sell"}"#, "deny_by_default");
}

#[test]
fn one_permission_of_use_includes_these_and_no_other_actions() {
    let text = contract(r#"{"actions":["use"]}"#, "", "");
    for code in ["use", "read", "access", "process", "compute", "transform", "delivery", "desensitize"] {
        check(&text, &format!(r#"{{"action":"{code}"}}"#), "allow");
    }
    for code in ["download", "export", "reproduce", "storage", "distribute", "sell", "grantUse", "jointDevelop"] {
        check(&text, &format!(r#"{{"action":"{code}"}}"#), "deny_by_default");
    }
    check(&contract(READ, "", ""), r#"{"action":"use"}"#, "deny_by_default");
    check(&contract(r#"{"actions":["download"]}"#, "", ""), r#"{"action":"export"}"#, "allow");
    check(&contract(r#"{"actions":["export"]}"#, "", ""), r#"{"action":"download"}"#, "deny_by_default");
}

#[test]
fn one_prohibition_of_use_forbids_every_use() {
    let every = r#"{"actions":["use","read","download","sell","delete"]}"#;
    let text = contract(every, r#"{"actions":["use"]}"#, "");
    for code in ["use", "read", "download", "sell"] {
        check(&text, &format!(r#"{{"action":"{code}"}}"#), "deny /prohibitionPolicies/0");
    }
    check(&text, r#"{"action":"delete"}"#, "allow");
    check(&contract(every, r#"{"actions":["access"]}"#, ""), r#"{"action":"read"}"#, "deny");
    check(&contract(every, READ, ""), r#"{"action":"use"}"#, "deny");
    check(&contract(every, READ, ""), r#"{"action":"sell"}"#, "allow");
}

#[test]
fn the_answer_has_the_fixed_form() {
    let policy = policy(&reading(&constraint("count", "lteq", "3")));
    let answer = |used: u64| {
        let request = request(&format!(r#"{{"action":"read","used":{{"count":{used}}}}}"#));
        serde_json::to_value(verify(&policy, &request)).expect("a decision is JSON")
    };
    let expect: Value = json!({
        "decision": "deny",
        "reasons": [{
            "clause": "/contractPolicies/0/permissionPolicies/0/constraints/0",
            "outcome": "not_met",
            "zh": "使用次数已达上限：合约允许 3 次，已使用 3 次",
            "en": "use limit reached: the contract allows 3 uses, 3 were made",
        }],
        "duties": [],
    });
    assert_eq!(answer(3), expect);
    assert_eq!(answer(2)["decision"], "allow");
    assert_eq!(answer(2)["reasons"][0]["outcome"], "permitted");
}

#[test]
fn a_request_with_a_member_that_we_do_not_know_is_refused() {
    let refused = serde_json::from_str::<crate::Request>(r#"{"action":"read","colour":"red"}"#);
    assert!(refused.expect_err("colour is no fact").to_string().contains("colour"));
    assert!(serde_json::from_str::<crate::Request>("{}").is_err());
}
