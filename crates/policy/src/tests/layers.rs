//! Records, and the layers of space, product and contract. TC609-6-2025-15 §7.2.2.1, §7.2.2.3 d.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::properties::{facts, policy, source};
use super::request;
use crate::{ConflictKind, Layer, LayerDecision, Layers, ParseCode, Record, Request, Verdict};

fn record(layer: &str, id: &str, effect: &str, rules: &Value) -> Value {
    json!({"id": id, "name": id, "layer": layer, "action": effect, "policy": {"contractPolicies": [rules]}})
}

fn read(value: &Value) -> Record {
    Record::parse_value(value).unwrap_or_else(|errors| panic!("{errors:#?} in {value}"))
}

fn only_in(region: &str) -> Value {
    json!([{"constraintName": "region", "constraintOperator": "eq", "constraintValue": region}])
}

fn permits(constraints: &Value) -> Value {
    json!({"permissionPolicies": [{"actions": ["read"], "constraints": constraints}]})
}

fn prohibits(constraints: &Value) -> Value {
    json!({"prohibitionPolicies": [{"actions": ["read"], "constraints": constraints}]})
}

/// The verdict, and layer, record and tail of the clause of the first reason.
fn check(records: &[Value], asked: &str, expect: (&str, &str)) -> LayerDecision {
    let records: Vec<Record> = records.iter().map(read).collect();
    let decision = Layers::new(&records).decide(&request(asked));
    let first = &decision.reasons[0];
    let place = format!("{}/{}{}", first.layer.name(), first.record, first.reason.clause);
    assert_eq!(decision.decision.name(), expect.0, "{asked}: {decision:#?}");
    assert!(place.starts_with(expect.1), "{place} does not begin with {}: {decision:#?}", expect.1);
    decision
}

const READ: &str = r#"{"action":"read","region":"310000"}"#;

#[test]
fn tc609_15_7_2_2_1_b_without_a_contract_nothing_is_allowed() {
    check(&[], READ, ("deny_by_default", "contract/"));
    check(&[record("space", "S", "allow", &permits(&json!([])))], READ, ("deny_by_default", "contract/"));
    check(&[record("contract", "C", "allow", &permits(&json!([])))], READ, ("allow", "contract/C/contractPolicies/0"));
}

#[test]
fn tc609_15_7_2_2_1_b_every_layer_that_speaks_has_to_allow() {
    let contract = record("contract", "C", "allow", &permits(&json!([])));
    let space = |constraints: Value| record("space", "S", "allow", &permits(&constraints));
    check(&[contract.clone(), space(only_in("CN"))], READ, ("allow", "space/S"));
    let refused = check(
        &[contract.clone(), space(only_in("US"))],
        READ,
        ("deny", "space/S/contractPolicies/0/permissionPolicies/0/constraints/0"),
    );
    assert_eq!(refused.reasons.len(), 1, "the layers that allow are not named");
    let other = json!({"permissionPolicies": [{"actions": ["download"]}]});
    check(&[contract.clone(), record("space", "S", "allow", &other)], READ, ("allow", "contract/C"));
    let elsewhere = json!({"permissionPolicies": [{"actions": ["read"], "subject": {"dataProductId": "P"}, "constraints": only_in("US")}]});
    let layers = [contract, record("product", "Q", "allow", &elsewhere)];
    check(&layers, r#"{"action":"read","product":"O"}"#, ("allow", "contract/C"));
    check(&layers, r#"{"action":"read","product":"P","region":"310000"}"#, ("deny", "product/Q"));
    check(&layers, r#"{"action":"read","region":"310000"}"#, ("deny", "product/Q"));
}

#[test]
fn tc609_15_7_2_2_1_b_no_priority_opens_what_a_prohibition_closes() {
    let mut allows = record("space", "A", "allow", &permits(&json!([])));
    let mut denies = record("space", "B", "deny", &prohibits(&json!([])));
    allows["priority"] = json!(1000);
    denies["priority"] = json!(1);
    let contract = record("contract", "C", "allow", &permits(&json!([])));
    check(&[allows, denies, contract], READ, ("deny", "space/B"));
}

#[test]
fn tc609_15_7_2_2_1_b_priority_says_which_reason_is_named_first() {
    let contract = record("contract", "C", "allow", &permits(&json!([])));
    for (of_a, of_b, first) in [(1, 2, "space/B"), (2, 1, "space/A"), (1, 1, "space/A")] {
        let (mut a, mut b) = (
            record("space", "A", "deny", &prohibits(&json!([]))),
            record("space", "B", "deny", &prohibits(&json!([]))),
        );
        a["priority"] = json!(of_a);
        b["priority"] = json!(of_b);
        let decision = check(&[b, a, contract.clone()], READ, ("deny", first));
        assert_eq!(decision.reasons.len(), 2);
    }
}

#[test]
fn tc609_15_7_2_2_1_a_a_record_that_is_not_enabled_counts_for_nothing() {
    let contract = record("contract", "C", "allow", &permits(&json!([])));
    let mut denies = record("space", "S", "deny", &prohibits(&json!([])));
    check(&[contract.clone(), denies.clone()], READ, ("deny", "space/S"));
    denies["enabled"] = json!(false);
    check(&[contract, denies], READ, ("allow", "contract/C"));
}

#[test]
fn tc609_15_7_2_2_1_b_duties_of_every_layer_come_with_the_use() {
    let contract = record(
        "contract",
        "C",
        "allow",
        &json!({"permissionPolicies": [{"actions": ["read"], "preDuties": ["watermark"], "duties": ["delete"]}]}),
    );
    let space = record(
        "space",
        "S",
        "allow",
        &json!({"obligationPolicies": [{"actions": ["logRecordSend"]}, {"actions": ["authenticate"]}]}),
    );
    let both = [contract, space];
    let named = |decision: &LayerDecision| {
        decision.duties.iter().map(|own| format!("{} {}", own.layer.name(), own.duty.action.code())).collect::<Vec<_>>()
    };
    let decision = check(&both, READ, ("allow_if", "space/S"));
    assert_eq!(named(&decision), ["space authenticate", "contract watermark"]);
    let decision = check(&both, r#"{"action":"read","dutiesDone":["authenticate"]}"#, ("allow_if", "contract/C"));
    assert_eq!(named(&decision), ["contract watermark"]);
    let decision =
        check(&both, r#"{"action":"read","dutiesDone":["authenticate","watermark"]}"#, ("allow", "contract/C"));
    assert_eq!(named(&decision), ["space logRecordSend", "contract delete"]);
}

#[test]
fn tc609_15_7_2_2_1_b_the_object_narrows_a_record() {
    let mut denies = record("space", "S", "deny", &prohibits(&json!([])));
    denies["object"] = json!({"products": ["P"], "subjects": ["X"], "actions": ["read"]});
    let both = [denies.clone(), record("contract", "C", "allow", &permits(&json!([])))];
    check(&both, r#"{"action":"read","product":"P","subject":"X"}"#, ("deny", "space/S"));
    check(&both, r#"{"action":"read","product":"P","subject":"Y"}"#, ("allow", "contract/C"));
    check(&both, r#"{"action":"read","product":"O","subject":"X"}"#, ("allow", "contract/C"));
    check(&both, r#"{"action":"read","product":"P"}"#, ("deny", "space/S"));
}

#[test]
fn tc609_15_7_2_2_1_b_parameters_are_put_in() {
    let mut allows = record(
        "contract",
        "C",
        "allow",
        &permits(&json!([{"constraintName": "count", "constraintOperator": "lteq", "constraintValue": "${most}"}])),
    );
    allows["parameters"] = json!({"most": 2});
    check(&[allows.clone()], r#"{"action":"read","used":{"count":1}}"#, ("allow", "contract/C"));
    check(&[allows], r#"{"action":"read","used":{"count":2}}"#, ("deny", "contract/C"));
}

#[test]
fn tc609_15_7_2_2_1_b_a_record_that_is_not_one_is_refused() {
    let good = record("space", "S", "deny", &prohibits(&json!([])));
    let changed = |name: &str, value: Value| {
        let mut record = good.clone();
        record[name] = value;
        record
    };
    let without = |name: &str| {
        let mut record = good.clone();
        record.as_object_mut().expect("an object").remove(name);
        record
    };
    let nothing = json!({"prohibitionPolicies": [{"actions": ["fly"]}]});
    for (record, code, pointer, zh, en) in [
        (json!(3), ParseCode::WrongType, "", "此处应为对象", "an object is expected here"),
        (without("id"), ParseCode::MissingMember, "", "缺少必填的 id", "id is missing"),
        (without("layer"), ParseCode::MissingMember, "", "缺少必填的 layer", "layer is missing"),
        (without("action"), ParseCode::MissingMember, "", "缺少必填的 action", "action is missing"),
        (without("policy"), ParseCode::MissingMember, "", "缺少必填的 policy", "policy is missing"),
        (
            changed("layer", json!("galaxy")),
            ParseCode::BadValue,
            "/layer",
            r#"layer 的值 "galaxy" 应为space、product 或 contract"#,
            r#"value "galaxy" of layer is not space, product or contract"#,
        ),
        (
            changed("action", json!("maybe")),
            ParseCode::BadValue,
            "/action",
            r#"action 的值 "maybe" 应为allow 或 deny"#,
            r#"value "maybe" of action is not allow or deny"#,
        ),
        (
            changed("priority", json!(-1)),
            ParseCode::BadValue,
            "/priority",
            "priority 的值 -1 应为非负整数",
            "value -1 of priority is not a whole number",
        ),
        (
            changed("enabled", json!("yes")),
            ParseCode::BadValue,
            "/enabled",
            r#"enabled 的值 "yes" 应为true 或 false"#,
            r#"value "yes" of enabled is not true or false"#,
        ),
        (
            changed("parameters", json!({"a": 1})),
            ParseCode::Inconsistent,
            "/parameters/a",
            "参数 a 没有被策略使用",
            "parameter a is not used by the policy",
        ),
        (
            changed("action", json!("allow")),
            ParseCode::Inconsistent,
            "/policy/contractPolicies/0/prohibitionPolicies/0",
            "执行动作为允许的策略不能含禁止条款",
            "a policy that allows has no prohibitions",
        ),
        (
            changed("object", json!({"actions": ["download"]})),
            ParseCode::Inconsistent,
            "/policy/contractPolicies/0/prohibitionPolicies/0",
            "条款涉及 read，不在关联对象的操作之内",
            "the rule is about read, which is no action of the object",
        ),
        (
            changed("policy", json!({"contractPolicies": ["${x}"]})),
            ParseCode::BadValue,
            "/policy/contractPolicies/0",
            "没有名为 x 的参数",
            "there is no parameter x",
        ),
    ] {
        let errors = Record::parse_value(&record).expect_err("it is none");
        assert_eq!((errors[0].code, errors[0].pointer.as_str()), (code, pointer), "{errors:#?}");
        assert_eq!((errors[0].text.zh.as_str(), errors[0].text.en.as_str()), (zh, en));
    }
    let errors =
        Record::parse_value(&self::record("space", "S", "deny", &nothing)).expect_err("an action that nobody knows");
    assert_eq!(errors[0].pointer, "/policy/contractPolicies/0/prohibitionPolicies/0/actions/0");
    assert_eq!(
        Record::parse_value(&changed("colour", json!("red"))).expect_err("a member")[0].code,
        ParseCode::UnknownMember
    );
    assert_eq!(Record::parse(b"{").expect_err("no JSON")[0].code, ParseCode::NotJson);
}

#[test]
fn tc609_15_7_2_2_3_d_conflicts_between_layers() {
    let contract = |region: &str| record("contract", "C", "allow", &permits(&only_in(region)));
    let found = |records: &[Value]| {
        let records: Vec<Record> = records.iter().map(read).collect();
        let layers = Layers::new(&records);
        let found = layers.conflicts();
        for conflict in &found {
            if let Some(witness) = &conflict.witness {
                assert_eq!(layers.decide(witness).decision, Verdict::Deny, "{conflict:#?}");
            }
        }
        let layers = |conflict: &crate::LayerConflict| {
            conflict.clauses.iter().map(|place| place.layer.name()).collect::<Vec<_>>().join(" ")
        };
        found.iter().map(|conflict| (conflict.kind, conflict.blocking, layers(conflict))).collect::<Vec<_>>()
    };
    let space = record("space", "S", "deny", &prohibits(&only_in("CN")));
    assert_eq!(
        found(&[contract("310000"), space.clone()]),
        [(ConflictKind::Authorisation, true, "contract space".to_owned())]
    );
    assert_eq!(found(&[contract("US"), space]), []);
    let product = record("product", "P", "allow", &permits(&only_in("US")));
    assert_eq!(
        found(&[contract("310000"), product.clone()]),
        [(ConflictKind::Contradiction, true, "contract product".to_owned())]
    );
    assert_eq!(found(&[contract("US"), product.clone()]), []);
    let around = record(
        "space",
        "S",
        "allow",
        &permits(
            &json!([{"constraintName": "region", "constraintOperator": "isAnyOf", "constraintValue": ["310000", "JP"]}]),
        ),
    );
    let three = record(
        "contract",
        "C",
        "allow",
        &permits(
            &json!([{"constraintName": "region", "constraintOperator": "isAnyOf", "constraintValue": ["JP", "US"]}]),
        ),
    );
    assert_eq!(found(&[three.clone(), around.clone()]), []);
    assert_eq!(found(&[three.clone(), product.clone()]), []);
    let all = [(ConflictKind::Contradiction, true, "contract product space".to_owned())];
    assert_eq!(found(&[three, around, product]), all, "no two of the three exclude each other");
}

fn openness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Deny | Verdict::DenyByDefault => 0,
        Verdict::AllowIf => 1,
        Verdict::Allow => 2,
    }
}

fn drawn(layer: Layer, id: &str, source: &Value) -> Record {
    Record::of(layer, id, policy(source))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn adding_a_layer_never_opens_anything(contract in source(), product in source(), space in source(), facts in facts()) {
        let request: Request = serde_json::from_value(Value::Object(facts)).expect("a request");
        let records = [drawn(Layer::Contract, "C", &contract), drawn(Layer::Product, "P", &product), drawn(Layer::Space, "S", &space)];
        let mut before = openness(crate::verify(&records[0].policy, &request).decision);
        for count in 1..=3 {
            let decision = Layers::new(&records[..count]).decide(&request);
            prop_assert!(!decision.reasons.is_empty());
            let after = openness(decision.decision);
            prop_assert!(after <= before, "{} {:#?}", count, decision);
            if count == 1 {
                prop_assert_eq!(after, before, "a contract alone decides as it does by itself");
            }
            before = after;
        }
        let without = Layers::new(&records[1..]).decide(&request).decision;
        prop_assert_eq!(openness(without), 0, "without a contract nothing is open");
    }

    #[test]
    fn every_reason_of_a_layer_points_into_its_record(contract in source(), space in source(), facts in facts()) {
        let request: Request = serde_json::from_value(Value::Object(facts)).expect("a request");
        let decision = Layers::new(&[drawn(Layer::Contract, "a/b~c", &contract), drawn(Layer::Space, "S", &space)]).decide(&request);
        for reason in &decision.reasons {
            let (id, document) = if reason.layer == Layer::Contract { ("a/b~c", &contract) } else { ("S", &space) };
            let is_nowhere = reason.record.is_empty() && reason.reason.clause.is_empty();
            prop_assert!(is_nowhere || reason.record == id && document.pointer(&reason.reason.clause).is_some(), "{:#?}", reason);
        }
        let text = serde_json::to_string(&decision).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<LayerDecision>(&text).expect("a decision"), decision);
    }
}

/// The order of the records says nothing.
#[test]
fn layers_do_not_depend_on_the_order_of_records() {
    let records: Vec<Record> =
        ["A", "B", "C"].iter().map(|id| read(&record("space", id, "deny", &prohibits(&only_in("CN"))))).collect();
    let mut turned = records.clone();
    turned.reverse();
    assert_eq!(Layers::new(&records), Layers::new(&turned));
}
