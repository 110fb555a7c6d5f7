//! What is refused when a policy is read, where, and what is read beyond the dictionary. TC609-6-2025-15 §7.1.2.2 b, c.

use super::{check, constraint, contract, policy, reading};
use crate::{Enforcement, Operand, Operator, ParseCode, Timing, parse, parse_value};

/// Each expectation is a code and the pointer that it stands at.
fn refused(text: &str, expect: &[(ParseCode, &str)]) {
    let errors = parse(text.as_bytes()).expect_err(text);
    let found: Vec<_> = errors.iter().map(|error| (error.code, error.pointer.as_str())).collect();
    assert_eq!(found, expect, "{text}: {errors:#?}");
    assert!(errors.iter().all(|error| !error.text.zh.is_empty() && !error.text.en.is_empty()));
}

const RULE: &str = "/contractPolicies/0/permissionPolicies/0";

fn at(rest: &str) -> String {
    format!("{RULE}{rest}")
}

#[test]
fn what_is_no_policy_is_refused() {
    refused("{", &[(ParseCode::NotJson, "")]);
    refused(r#"{"contractPolicies":[],"contractPolicies":[]}"#, &[(ParseCode::NotJson, "")]);
    for text in ["{}", "[]", "3", r#"{"action":"read"}"#, r#"{"@type":"Ticket"}"#] {
        refused(text, &[(ParseCode::NotAPolicy, "")]);
    }
    refused(r#"{"contractPolicies":[],"permission":[]}"#, &[(ParseCode::NotAPolicy, "")]);
    refused(r#"{"contractPolicies":"—"}"#, &[(ParseCode::WrongType, "/contractPolicies")]);
    refused(r#"{"contractPolicies":null}"#, &[(ParseCode::WrongType, "/contractPolicies")]);
    refused(
        r#"{"contractPolicies":[{"permissionPolices":[]}]}"#,
        &[(ParseCode::UnknownMember, "/contractPolicies/0/permissionPolices")],
    );
}

#[test]
fn unknown_things_are_named_with_their_place() {
    refused(&contract(r#"{"actions":["read","fly"]}"#, "", ""), &[(ParseCode::UnknownAction, &at("/actions/1"))]);
    refused(
        &reading(&constraint("colour", "eq", r#""red""#)),
        &[(ParseCode::UnknownOperand, &at("/constraints/0/constraintName"))],
    );
    refused(
        &reading(&constraint("count", "13", "3")),
        &[(ParseCode::UnknownOperator, &at("/constraints/0/constraintOperator"))],
    );
    refused(
        &reading(&constraint("expansionItem", "eq", r#""x""#)),
        &[(ParseCode::UnknownOperand, &at("/constraints/0/constraintName"))],
    );
    refused(
        &contract(r#"{"actions":["read"],"priority":1,"a/b":2}"#, "", ""),
        &[(ParseCode::UnknownMember, &at("/a~1b")), (ParseCode::UnknownMember, &at("/priority"))],
    );
    let errors = parse(reading(&constraint("colour", "eq", r#""red""#)).as_bytes()).expect_err("unknown");
    assert!(errors[0].text.en.contains("colour") && errors[0].text.en.contains("dateRecord"));
}

#[test]
fn every_error_of_a_policy_is_reported() {
    let text = reading(&[constraint("colour", "eq", "1"), constraint("count", "eq", r#""many""#)].join(","));
    refused(
        &text,
        &[
            (ParseCode::UnknownOperand, &at("/constraints/0/constraintName")),
            (ParseCode::BadValue, &at("/constraints/1")),
        ],
    );
}

#[test]
fn operators_have_to_mean_something() {
    for (name, operator, value) in [
        ("count", "isA", "3"),
        ("count", "neq", "3"),
        ("region", "lt", r#""CN""#),
        ("time", "hasPart", r#""20260101000000""#),
        ("dataField", "gteq", r#"["a"]"#),
        ("payAmount", "lt", r#""1 CNY""#),
    ] {
        refused(&reading(&constraint(name, operator, value)), &[(ParseCode::UnfitOperator, &at("/constraints/0"))]);
    }
}

#[test]
fn values_have_to_be_understood() {
    for (name, operator, value) in [
        ("time", "lteq", r#""tomorrow""#),
        ("time", "lteq", r#""20261301000000""#),
        ("time", "isA", r#""20260201000000/20260101000000""#),
        ("timeWindow", "eq", r#""soon""#),
        ("timeWindow", "eq", r#""P0D""#),
        ("timeWindow", "eq", r#""-P1D""#),
        ("count", "lteq", "-1"),
        ("count", "lteq", "1.5"),
        ("count", "lteq", r#""3 uses/fortnight""#),
        ("count", "lteq", "true"),
        ("dataSize", "lteq", r#""10 furlongs""#),
        ("dataSize", "lteq", r#""99999999999T""#),
        ("dataField", "isA", "[]"),
        ("dataField", "isA", r#""""#),
        ("dataField", "isA", r#"["a",""]"#),
        ("application", "eq", r#"{"x":1}"#),
        ("payAmount", "eq", r#""lots""#),
        ("payAmount", "eq", r#""1.234 CNY""#),
        ("valueExpression", "eq", r#""drop table t""#),
        ("valueExpression", "eq", "3"),
    ] {
        refused(&reading(&constraint(name, operator, value)), &[(ParseCode::BadValue, &at("/constraints/0"))]);
    }
}

#[test]
fn a_clause_that_nobody_could_enforce_is_misplaced() {
    let filter = constraint("valueExpression", "eq", r#""a = 1""#);
    let either = format!(r#"{{"or":[{filter},{}]}}"#, constraint("count", "lteq", "3"));
    refused(&reading(&either), &[(ParseCode::Misplaced, &at("/constraints/0/or/0"))]);
    refused(
        &contract("", &format!(r#"{{"actions":["read"],"constraints":[{filter}]}}"#), ""),
        &[(ParseCode::Misplaced, "/contractPolicies/0/prohibitionPolicies/0/constraints/0")],
    );
    let duty = constraint("logRecordSend", "eq", r#""x""#);
    refused(
        &contract("", &format!(r#"{{"actions":["read"],"constraints":[{duty}]}}"#), ""),
        &[(ParseCode::UnknownOperand, "/contractPolicies/0/prohibitionPolicies/0/constraints/0/constraintName")],
    );
}

#[test]
fn what_has_to_be_there_is_there() {
    refused(&contract("{}", "", ""), &[(ParseCode::MissingMember, RULE)]);
    refused(&contract(r#"{"actions":[]}"#, "", ""), &[(ParseCode::MissingMember, RULE)]);
    refused(
        &reading(r#"{"constraintName":"count","constraintValue":1}"#),
        &[(ParseCode::MissingMember, &at("/constraints/0"))],
    );
    refused(
        &contract(r#"{"actions":["read"],"subject":{"dataProductName":"x"}}"#, "", ""),
        &[(ParseCode::MissingMember, &at("/subject"))],
    );
    refused(&reading(r#"{"or":[]}"#), &[(ParseCode::MissingMember, &at("/constraints/0"))]);
}

#[test]
fn one_thing_in_two_spellings_is_refused() {
    let text = r#"{"actions":["read"],"action":"read"}"#;
    let errors = parse(contract(text, "", "").as_bytes()).expect_err("twice");
    assert_eq!(errors[0].code, ParseCode::UnknownMember);
}

#[test]
fn duties_are_checked() {
    let with = |duty: &str| contract(&format!(r#"{{"actions":["read"],"duties":[{duty}]}}"#), "", "");
    refused(&with(r#""fly""#), &[(ParseCode::UnknownAction, &at("/duties/0/action"))]);
    for duty in [
        r#"{"actions":["desensitize"],"expansionItem":{"method":"paint"}}"#,
        r#"{"actions":["desensitize"],"expansionItem":{"fields":"name"}}"#,
        r#"{"actions":["delete"],"expansionItem":{"after":"lunch"}}"#,
        r#"{"actions":["delete"],"expansionItem":{"timing":"later"}}"#,
    ] {
        let errors = parse(with(duty).as_bytes()).expect_err(duty);
        assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [ParseCode::BadValue], "{duty}");
    }
    let text = contract(r#"{"actions":["read"],"preDuties":[{"actions":["alert"],"timing":"after"}]}"#, "", "");
    refused(&text, &[(ParseCode::BadValue, &at("/preDuties/0"))]);
    refused(
        &contract(r#"{"actions":["read"],"remedies":["alert"]}"#, "", ""),
        &[(ParseCode::UnknownMember, &at("/remedies"))],
    );
    refused(
        &contract(r#"{"actions":["read"],"policyExpansion":"前置义务：脱敏"}"#, "", ""),
        &[(ParseCode::WrongType, &at("/policyExpansion"))],
    );
}

#[test]
fn tc609_14_misspellings_and_correct_spellings_are_read() {
    let text = contract(r#"{"actions":["plicyTransmit","policyTransmit"]}"#, "", "");
    assert_eq!(policy(&text).rules[0].actions.len(), 2);
    for name in ["dateRecord", "dataRecord"] {
        let parsed = policy(&reading(&constraint(name, "lteq", "1")));
        assert_eq!(parsed.to_tc609()[0]["permissionPolicies"][0]["constraints"][0]["constraintName"], "dateRecord");
    }
    for name in ["timeWindow", "timewindow"] {
        policy(&reading(&constraint(name, "lteq", r#""P1D""#)));
    }
}

#[test]
fn tc609_14_the_names_of_the_interfaces_are_read() {
    let text = contract(
        r#"{"actions":["read"],"subjectInfo":{"dataProductId":"P"},"executionNodeInfo":{"providerNodeId":"A","consumerNodeId":"B"},
            "policyExpansion":{"preDuties":["encrypt"]}}"#,
        "",
        "",
    );
    check(&text, r#"{"action":"read","product":"P","connector":"B"}"#, "allow_if");
    check(&text, r#"{"action":"read","product":"P","connector":"B","dutiesDone":["encrypt"]}"#, "allow");
    let bare = r#"{"contractPolicies":{"permissionPolicies":{"actions":"read"}}}"#;
    check(bare, r#"{"action":"read"}"#, "allow /contractPolicies/permissionPolicies");
}

#[test]
fn tc609_14_b4_operators_by_code_or_name() {
    for (index, operator) in Operator::ALL.iter().enumerate() {
        assert_eq!(operator.code(), format!("{:02}", index + 1));
    }
    for written in ["11", "lteq", "odrl:lteq"] {
        policy(&reading(&constraint("count", written, "1")));
    }
    let number = r#"{"constraintName":"count","constraintOperator":11,"constraintValue":1}"#;
    policy(&reading(number));
    policy(&reading(&constraint("region", "1", r#""CN""#)));
}

#[test]
fn deep_nesting_is_refused_without_falling_over() {
    let mut nested = serde_json::json!({"constraintName": "count", "constraintOperator": "11", "constraintValue": 1});
    for _ in 0..100 {
        nested = serde_json::json!({ "and": [nested] });
    }
    let value = serde_json::json!({"contractPolicies": [{"permissionPolicies": [{"actions": ["read"], "constraints": [nested]}]}]});
    let errors = parse_value(&value).expect_err("too deep");
    assert_eq!(errors[0].code, ParseCode::TooDeep);
}

#[test]
fn names_are_distinct_across_operands_and_actions() {
    let mut names: Vec<_> = Operand::ALL.iter().map(|operand| operand.name()).collect();
    let codes: Vec<_> = crate::Action::ALL.iter().map(|action| action.code()).collect();
    names.extend(&codes);
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "an operand and an action of one name could not be told apart");
    for action in crate::Action::ALL {
        assert_eq!(crate::Action::parse(action.code()), Some(*action));
    }
    for operand in Operand::ALL {
        assert_eq!(Operand::parse(operand.name()), Some(*operand));
    }
}

#[test]
fn each_clause_says_how_it_is_enforced() {
    let label = |constraints: &str| policy(&reading(constraints)).rules[0].enforcement();
    assert_eq!(label(&constraint("count", "lteq", "3")), Enforcement::Technical);
    assert_eq!(label(&constraint("region", "eq", r#""CN""#)), Enforcement::Audit);
    assert_eq!(label(&constraint("purpose", "eq", r#""科研""#)), Enforcement::LegalOnly);
    let both = format!(r#"{{"and":[{},{}]}}"#, constraint("count", "lteq", "3"), constraint("region", "eq", r#""CN""#));
    assert_eq!(label(&both), Enforcement::Audit);
    let prohibition = policy(&contract("", r#"{"actions":["sell"]}"#, ""));
    assert_eq!(prohibition.rules[0].enforcement(), Enforcement::LegalOnly);
}

#[test]
fn timing_is_natural_unless_said() {
    let text = contract(
        r#"{"actions":["read"],"duties":["desensitize","logRecordSend",{"actions":["notify"],"timing":"before"}]}"#,
        "",
        "",
    );
    let timings: Vec<_> = policy(&text).rules[0].duties.iter().map(|duty| duty.timing).collect();
    assert_eq!(timings, [Timing::Before, Timing::After, Timing::Before]);
}
