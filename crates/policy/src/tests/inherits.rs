//! Inheritance: what holds for every policy, every request and every hop. TC609-6-2025-15 §7.1.2.4 i.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::properties::{facts, policy, source};
use crate::{Action, Decision, Hop, Policy, Request, Verdict, verify, verify_all};

fn hop() -> impl Strategy<Value = (Option<u64>, Option<i64>, bool)> {
    (prop::option::of(0_u64..4), prop::option::of(1_740_000_000_i64..1_800_000_000), any::<bool>())
}

fn request(facts: &Map<String, Value>) -> Request {
    serde_json::from_value(Value::Object(facts.clone())).expect("a request")
}

fn openness(decision: &Decision) -> u8 {
    match decision.decision {
        Verdict::Deny | Verdict::DenyByDefault => 0,
        Verdict::AllowIf => 1,
        Verdict::Allow => 2,
    }
}

/// The same policy, whoever it binds.
fn for_anybody(source: &Value) -> Policy {
    let mut source = source.clone();
    for kind in ["permissionPolicies", "prohibitionPolicies", "obligationPolicies"] {
        let rules = source.pointer_mut(&format!("/contractPolicies/0/{kind}")).and_then(Value::as_array_mut);
        for rule in rules.into_iter().flatten().filter_map(Value::as_object_mut) {
            rule.remove("executionNode");
        }
    }
    policy(&source)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn tc609_15_7_1_2_4_i_whatever_goes_on_is_allowed_by_what_it_came_from(
        source in source(), facts in facts(), (uses, until, may_hand_on) in hop(),
    ) {
        let until = until.and_then(|at| Timestamp::from_second(at).ok());
        let hop = Hop { sender: "M", receiver: "N", uses, until, may_hand_on };
        let document = policy(&source).handed_on(&hop);
        let handed = policy(&document);
        let request = request(&facts);
        let (after, before) = (verify(&handed, &request), verify(&for_anybody(&source), &request));
        prop_assert!(openness(&after) <= openness(&before), "{document} {before:#?} {after:#?}");
        if openness(&after) > 0 {
            let used = request.used.and_then(|used| used.count);
            prop_assert!(uses.is_none_or(|uses| used.is_some_and(|used| used < uses)), "{:?} {:?}", uses, used);
            prop_assert!(until.is_none_or(|until| request.time.is_some_and(|time| time <= until + jiff::SignedDuration::from_secs(1))));
        }
        // It goes further by the same function, and is only ever narrower.
        let next = Hop { sender: "N", receiver: "M", ..hop };
        let further = policy(&handed.handed_on(&next));
        let loose = policy(&json!({ "contractPolicies": handed.to_tc609() }));
        prop_assert_eq!(openness(&verify(&loose, &request)), openness(&after));
        prop_assert!(openness(&verify(&further, &request)) <= openness(&verify(&for_anybody(&document), &request)));
    }

    #[test]
    fn tc609_15_7_1_2_4_i_whatever_is_derived_is_allowed_by_every_input(
        sources in prop::collection::vec(source(), 1..4), facts in facts(),
    ) {
        let policies: Vec<Policy> = sources.iter().map(policy).collect();
        let request = request(&facts);
        let all = verify_all(&policies, &request);
        for one in &policies {
            prop_assert!(openness(&all) <= openness(&verify(one, &request)));
        }
        prop_assert!(!all.reasons.is_empty());
        let least = policies.iter().map(|one| openness(&verify(one, &request))).min();
        prop_assert_eq!(Some(openness(&all)), least);
    }
}

#[test]
fn of_no_input_nothing_is_allowed() {
    assert_eq!(verify_all([], &Request::new(Action::Read)).decision, Verdict::DenyByDefault);
}

fn permission(actions: &[&str], constraints: Value) -> Value {
    json!({ "contractPolicies": [{ "permissionPolicies": [{ "actions": actions, "constraints": constraints }] }] })
}

fn constraint(name: &str, operator: &str, value: &str) -> Value {
    json!({ "constraintName": name, "constraintOperator": operator, "constraintValue": value })
}

#[test]
fn what_goes_on_is_never_sold_and_goes_further_only_where_it_says_so() {
    let all = policy(&permission(&["read", "distribute", "grantUse", "sell", "jointDevelop"], json!([])));
    let permits = |may_hand_on: bool, action| {
        let hop = Hop { sender: "M", receiver: "N", uses: None, until: None, may_hand_on };
        let handed = policy(&all.handed_on(&hop));
        let request = Request { connector: Some("N".to_owned()), ..Request::new(action) };
        verify(&handed, &request).decision == Verdict::Allow
    };
    for (may_hand_on, action, expect) in [
        (true, Action::Read, true),
        (true, Action::Distribute, true),
        (true, Action::GrantUse, true),
        (true, Action::Sell, false),
        (true, Action::JointDevelop, false),
        (false, Action::Read, true),
        (false, Action::Distribute, false),
        (false, Action::GrantUse, false),
    ] {
        assert_eq!(permits(may_hand_on, action), expect, "{may_hand_on} {action:?}");
    }
}

#[test]
fn tc609_15_7_1_2_1_b_a_contract_that_names_no_receivers_is_found() {
    let clause = "/contractPolicies/0/permissionPolicies/0";
    for (constraints, expect) in [
        (json!([]), Some(clause)),
        (json!([constraint("subject", "isNoneOf", "T")]), Some(clause)),
        (json!([constraint("subject", "isAnyOf", "S,T")]), None),
        (json!([constraint("subject", "eq", "S")]), None),
        (json!([{ "or": [constraint("subject", "eq", "S"), constraint("region", "eq", "CN")] }]), Some(clause)),
    ] {
        let policy = policy(&permission(&["distribute"], constraints.clone()));
        assert_eq!(policy.unnamed_receivers(Action::Distribute), expect, "{constraints}");
    }
}

#[test]
fn what_is_counted_over_a_window_cannot_be_divided() {
    for (constraints, is_divisible, least) in [
        (json!([constraint("count", "lteq", "5")]), true, Some(5)),
        (json!([constraint("count", "lt", "5")]), true, Some(4)),
        (json!([constraint("count", "lteq", "3 次/天")]), false, None),
        (json!([constraint("frequency", "lteq", "2/PT1H")]), false, None),
        (json!([{ "or": [constraint("count", "lteq", "5"), constraint("region", "eq", "CN")] }]), false, None),
        (json!([constraint("timeWindow", "lteq", "P7D")]), true, None),
    ] {
        let policy = policy(&permission(&["read"], constraints.clone()));
        assert_eq!(policy.indivisible().is_none(), is_divisible, "{constraints}");
        assert_eq!(policy.least_count().map(|(count, _)| count), least, "{constraints}");
    }
}
