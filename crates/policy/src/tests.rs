//! Tests of the engine as its callers see it: policy and request as JSON text, the decision as `verdict clause`.

mod appendix_d;
mod bad_input;
mod changes;
mod conflicts;
mod decisions;
mod inherits;
mod layers;
mod lossless;
mod naive;
mod odrl;
mod operands;
mod parsing;
pub(crate) mod properties;
mod sound;
mod views;

use serde_json::Value;

use crate::{Decision, Policy, Request, parse, verify};

/// Reads a policy that has no errors.
fn policy(text: &str) -> Policy {
    parse(text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:#?} in {text}"))
}

fn request(text: &str) -> Request {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Wraps permissions, prohibitions and obligations, each a list without its brackets.
fn contract(permissions: &str, prohibitions: &str, obligations: &str) -> String {
    format!(
        r#"{{"contractPolicies":[{{"permissionPolicies":[{permissions}],"prohibitionPolicies":[{prohibitions}],
           "obligationPolicies":[{obligations}]}}]}}"#
    )
}

/// One permission to read under constraints, a list without its brackets.
fn reading(constraints: &str) -> String {
    contract(&format!(r#"{{"actions":["read"],"constraints":[{constraints}]}}"#), "", "")
}

fn constraint(name: &str, operator: &str, value: &str) -> String {
    format!(r#"{{"constraintName":"{name}","constraintOperator":"{operator}","constraintValue":{value}}}"#)
}

/// `expect` is a verdict, or a verdict and the tail of the pointer of the first reason.
fn check(policy_text: &str, request_text: &str, expect: &str) -> Decision {
    let decision = verify(&policy(policy_text), &request(request_text));
    assert!(!decision.reasons.is_empty(), "no reason for {request_text} under {policy_text}");
    let (verdict, clause) = expect.split_once(' ').unwrap_or((expect, ""));
    assert_eq!(decision.decision.name(), verdict, "{request_text} under {policy_text}: {decision:#?}");
    assert!(decision.clause().ends_with(clause), "{} does not end with {clause}: {decision:#?}", decision.clause());
    points_into(policy_text, &decision);
    decision
}

/// The verdict alone, of a policy that is no JSON.
fn check_decision(policy: &Policy, request_text: &str, expect: &str) {
    assert_eq!(verify(policy, &request(request_text)).decision.name(), expect, "{request_text}");
}

/// Every clause of a decision is a pointer into the policy as it was written.
fn points_into(policy_text: &str, decision: &Decision) {
    let source: Value = serde_json::from_str(policy_text).expect("JSON");
    let clauses = decision.reasons.iter().map(|reason| &reason.clause);
    for clause in clauses.chain(decision.duties.iter().map(|duty| &duty.clause)) {
        assert!(source.pointer(clause).is_some(), "{clause} points nowhere in {policy_text}");
    }
}
