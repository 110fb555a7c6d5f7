//! A policy stays what it is from one syntax to the other and back: TC609-6-2025-14 as JSON and as XML (§6.1), ODRL 2.2.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::policy;
use super::properties::{policy as policy_of, source};
use crate::{Action, Constraint, Duty, Leaf, Limit, OdrlIds, OdrlKind, Operator, Policy, Rule, RuleKind};

/// What a policy says, rule by rule and action by action, with no pointer in it: two policies that are alike here say the same.
fn said(policy: &Policy) -> Vec<String> {
    let mut all = Vec::new();
    for rule in &policy.rules {
        let whole = |action: Action, duties: &[Duty]| {
            // Duties that are due at different times have no order among them.
            let mut duties = duties.to_vec();
            duties.sort_by_key(|duty| duty.timing);
            format!(
                "{:?} {} {:?} {:?} inherited {} [{}] duties [{}] consequences [{}]",
                rule.kind,
                action.code(),
                rule.products,
                rule.parties,
                rule.inherited,
                constraints(&rule.constraints),
                duties.iter().map(duty).collect::<Vec<_>>().join("; "),
                rule.consequences.iter().map(duty).collect::<Vec<_>>().join("; "),
            )
        };
        match rule.kind {
            RuleKind::Obligation => {
                all.extend(rule.duties.iter().map(|own| whole(own.action, std::slice::from_ref(own))))
            }
            _ => all.extend(rule.actions.iter().map(|action| whole(*action, &rule.duties))),
        }
    }
    all
}

fn duty(duty: &Duty) -> String {
    format!("{} {} {} [{}]", duty.action.code(), duty.timing.name(), duty.parameters, constraints(&duty.constraints))
}

fn constraints(all: &[Constraint]) -> String {
    let each = all.iter().map(|constraint| match constraint {
        Constraint::Leaf(leaf) => comparison(leaf),
        Constraint::And(_, parts) => format!("and({})", constraints(parts)),
        Constraint::Or(_, parts) => format!("or({})", constraints(parts)),
        Constraint::Xone(_, parts) => format!("xone({})", constraints(parts)),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Of a stretch of time the end that the operator looks at.
fn comparison(leaf: &Leaf) -> String {
    let limit = match (&leaf.limit, leaf.operator) {
        (Limit::Moment(moment), Operator::Lteq | Operator::Gt) => moment.last.to_string(),
        (Limit::Moment(moment), Operator::Lt | Operator::Gteq) => moment.first.to_string(),
        (limit, _) => format!("{limit:?}"),
    };
    let window = leaf.window.as_ref().map(|window| window.as_str().to_owned());
    format!("{} {} {limit} {window:?} {}", leaf.operand.name(), leaf.operator.name(), leaf.counts_uses)
}

fn as_odrl(policy: &Policy) -> Value {
    policy.to_odrl(OdrlKind::Set, &OdrlIds { id: "urn:uuid:1".to_owned(), ..OdrlIds::default() })
}

fn as_tc609(policy: &Policy) -> Value {
    json!({ "contractPolicies": policy.to_tc609() })
}

/// Everything that a rule can have beyond what `source` draws.
fn dressed(source: &Value, dress: &[bool; 6]) -> Value {
    let mut source = source.clone();
    let names = ["permissionPolicies", "prohibitionPolicies", "obligationPolicies"];
    for (name, costs) in names.into_iter().zip(["preDuties", "remedies", "liabilities"]) {
        let rules = source["contractPolicies"][0][name].as_array_mut().expect("a list");
        for rule in rules {
            if dress[0] {
                let products = json!([{"dataProductId": "P", "dataProductName": "航班", "dataProductEntityId": "X"}, {"dataProductId": "Q"}]);
                rule["subject"] = products;
            }
            if dress[1] {
                rule["executionNode"] =
                    json!({"assignerId": "M", "assignerName": "甲", "assigneeId": "N", "assigneeName": "乙"});
            }
            if dress[2] {
                let due = json!({"actions": ["compensate"], "expansionItem": {"payAmount": "10.00 CNY"}});
                rule[costs] = json!([due, {"actions": ["watermark"]}]);
            }
            if dress[3] {
                rule["expansionItem"]["note"] = json!({"n": 1, "is": [true, null], "单位": "次"});
            }
            if dress[4] {
                rule["expansionItem"]["inherit"] = json!(dress[5]);
            } else if dress[5] {
                rule["actions"].as_array_mut().expect("a list").push(json!("plicyTransmit"));
            }
        }
    }
    source
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn tc609_14_6_2_2_odrl_and_back_is_the_same_policy(source in source(), dress in any::<[bool; 6]>()) {
        let first = policy_of(&dressed(&source, &dress));
        let by_way_of_odrl = policy_of(&as_odrl(&first));
        prop_assert_eq!(said(&by_way_of_odrl), said(&first), "{}", as_odrl(&first));
        let back = policy_of(&as_tc609(&by_way_of_odrl));
        prop_assert_eq!(said(&back), said(&first), "{}", as_tc609(&by_way_of_odrl));
        prop_assert_eq!(as_odrl(&back), as_odrl(&by_way_of_odrl));
        let described = |policy: &Policy| policy.rules.iter().flat_map(|rule| {
            let times = if rule.kind == RuleKind::Obligation { rule.duties.len() } else { rule.actions.len() };
            let printed = as_tc609(&only(policy, rule));
            std::iter::repeat_n(names(&printed), times).collect::<Vec<_>>()
        }).collect::<Vec<_>>();
        prop_assert_eq!(described(&back), described(&first));
    }

    #[test]
    fn tc609_14_6_2_2_printed_as_it_stands_is_the_same_policy(source in source(), dress in any::<[bool; 6]>()) {
        let first = policy_of(&dressed(&source, &dress));
        let again = policy_of(&as_tc609(&first));
        prop_assert_eq!(said(&again), said(&first));
        prop_assert_eq!(as_tc609(&again), as_tc609(&first));
        let xml = first.to_xml();
        let read = crate::parse::xml::read(xml.as_bytes()).expect("what we print");
        prop_assert_eq!(&read["contractPolicies"], &first.to_tc609(), "{}", xml);
        prop_assert_eq!(said(&policy(&xml)), said(&first), "{}", xml);
    }

    #[test]
    fn tc609_14_6_1_any_json_goes_through_xml(members in prop::collection::hash_map("[a-z一-三 :/]{0,4}|actions|and|constraints", any_json(), 0..5)) {
        let value: Map<String, Value> = members.into_iter().collect();
        let xml = crate::print::xml::print(&value);
        let read = crate::parse::xml::read(xml.as_bytes());
        prop_assert_eq!(read.as_ref().ok(), Some(&Value::Object(value)), "{} {:?}", xml, read);
    }
}

fn only(policy: &Policy, rule: &Rule) -> Policy {
    let mut only = policy.clone();
    only.rules = vec![rule.clone()];
    only
}

/// What a printed rule says of its products and nodes beyond their identifiers.
fn names(printed: &Value) -> Value {
    let rules = printed["contractPolicies"][0].as_object().expect("rules");
    let rule = rules.values().next().expect("one kind")[0].clone();
    // One product may be written as one or as a list of one.
    let subject = if rule["subject"].is_object() { json!([rule["subject"]]) } else { rule["subject"].clone() };
    json!([subject, rule["executionNode"], rule["expansionItem"]["note"]])
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = "[ -~\\n\\t\\r一-九<>&\"'\u{1}\u{7f}\u{85}\u{2028}]{0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-c]|or|duties|x y", inner, 0..3).prop_map(|all| all.into_iter().collect()),
        ]
    })
}

#[test]
fn tc609_14_6_1_a_contract_as_xml() {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
        <!-- 空气质量数据 -->
        <contract>
          <contractId>C1</contractId>
          <indate>20261231235959</indate>
          <contractPolicies>
            <permissionPolicies>
              <subject><dataProductId>P</dataProductId></subject>
              <executionNodeInfo><providerNodeId>A</providerNodeId><consumerNodeId>B</consumerNodeId></executionNodeInfo>
              <actions>read</actions>
              <actions>plicyTransmit</actions>
              <constraints>
                <constraintName>dateRecord</constraintName><constraintOperator>11</constraintOperator><constraintValue>100 条</constraintValue>
              </constraints>
              <constraints>
                <or>
                  <constraintName>region</constraintName><constraintOperator>eq</constraintOperator><constraintValue>CN</constraintValue>
                </or>
                <or>
                  <constraintName>purpose</constraintName><constraintOperator>07</constraintOperator>
                  <constraintValue>科研</constraintValue><constraintValue>R&amp;D</constraintValue>
                </or>
              </constraints>
              <preDuties>desensitize</preDuties>
            </permissionPolicies>
          </contractPolicies>
        </contract>"#;
    let parsed = policy(xml);
    assert_eq!(parsed.id.as_deref(), Some("C1"));
    let request = |purpose: &str| {
        format!(
            r#"{{"action":"read","product":"P","connector":"B","dataRecord":100,"purpose":"{purpose}","time":"2026-01-01T00:00:00Z","dutiesDone":["desensitize"]}}"#
        )
    };
    let decide = |purpose: &str| crate::verify(&parsed, &super::request(&request(purpose)));
    assert_eq!(decide("R&D").decision.name(), "allow");
    let refused = decide("广告");
    assert_eq!(refused.decision.name(), "deny");
    assert_eq!(refused.clause(), "/contractPolicies/0/permissionPolicies/0/constraints/1/or/0");
    assert_eq!(said(&policy(&parsed.to_xml())), said(&parsed));
    let bare = "<contractPolicies><permissionPolicies><actions>read</actions></permissionPolicies></contractPolicies>";
    super::check_decision(&policy(bare), r#"{"action":"read"}"#, "allow");
}

#[test]
fn tc609_14_6_1_times_are_read_alike_in_both() {
    for written in [
        "20250610120000",
        "2025-06-10T12:00:00+08:00",
        "2025-06-10T04:00:00Z",
        "2025-06-10 12:00:00",
        "2025-06-10 12:00:0",
        "2025-6-10 12:00",
        "2025年6月10日12:00:00",
        "2025年06月10日 12:00:00",
        "2025年6月10日12时00分00秒",
    ] {
        let json = super::reading(&super::constraint("time", "lteq", &format!("{written:?}")));
        let xml = policy(&json).to_xml();
        for parsed in [policy(&json), policy(&xml)] {
            assert_eq!(
                parsed.expires_at().map(|at| at.to_string()).as_deref(),
                Some("2025-06-10T04:00:00Z"),
                "{written}"
            );
        }
    }
    for written in
        ["2025年13月1日12:00:00", "2025年6月31日", "25-6-1 12:00:00", "2025-06-01 12:61:00", "2025-06-010 12:00:00"]
    {
        let json = super::reading(&super::constraint("time", "lteq", &format!("{written:?}")));
        assert!(crate::parse(json.as_bytes()).is_err(), "{written}");
    }
}
