//! Each difference in words, and that there is none exactly where both say the same.

use serde_json::json;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::contract::Share;

use super::*;

fn limit(name: &str, operator: &str, value: Value) -> Value {
    json!({ "constraintName": name, "constraintOperator": operator, "constraintValue": value })
}

fn terms(policies: Value) -> ProposedTerms {
    let participant_id = ParticipantId::parse("91310000MA7XYU103F").unwrap();
    ProposedTerms {
        policies: serde_json::from_value(policies).unwrap(),
        revenue: Revenue { base_fen: 10_000, per_use_fen: 100, shares: vec![Share { participant_id, permille: 1000 }] },
        term: "P30D".to_owned(),
        service_parties: Vec::new(),
    }
}

fn read(constraints: Value) -> Value {
    json!([{ "permissionPolicies": [{ "actions": ["read"], "constraints": constraints }] }])
}

fn check(before: &ProposedTerms, after: &ProposedTerms, expect: &[(&str, &str)]) {
    let found = of_terms(before, after);
    let said: Vec<(&str, &str)> = found.iter().map(|one| (one.text.zh.as_str(), one.text.en.as_str())).collect();
    assert_eq!(said, expect, "{before:?} {after:?}");
    assert!(of_terms(before, before).is_empty() && of_terms(after, after).is_empty());
    assert_eq!(of_terms(after, before).is_empty(), expect.is_empty(), "seen from the other end");
}

#[test]
fn tc609_14_7_3_a_a_revision_is_told_clause_by_clause() {
    let hundred = terms(read(json!([limit("count", "11", 100.into())])));
    let fifty = terms(read(json!([limit("count", "lteq", "50".into())])));
    check(&hundred, &fifty, &[("使用次数 从 100 改为 50", "number of uses: from 100 to 50")]);
    let fields = |list: Value| terms(read(json!([limit("dataField", "07", list)])));
    check(
        &fields(json!(["t.a", "t.b"])),
        &fields(json!(["t.a"])),
        &[("字段 从 t.a、t.b 改为 t.a", "field: from t.a, t.b to t.a")],
    );
    let bare = terms(read(json!([])));
    check(&bare, &hundred, &[("新增：使用次数不超过 100 次", "added: number of uses: at most 100 uses")]);
    check(&hundred, &bare, &[("删除：使用次数不超过 100 次", "removed: number of uses: at most 100 uses")]);
    let more = ProposedTerms {
        revenue: Revenue { base_fen: 5_000, per_use_fen: 250, ..hundred.revenue.clone() },
        term: "P60D".to_owned(),
        ..hundred.clone()
    };
    check(
        &hundred,
        &more,
        &[
            ("基础费用 从 100.00 元 改为 50.00 元", "base price: from 100.00 CNY to 50.00 CNY"),
            ("每次使用费用 从 1.00 元 改为 2.50 元", "price of each use: from 1.00 CNY to 2.50 CNY"),
            ("合约期限 从 P30D 改为 P60D", "term of the contract: from P30D to P60D"),
        ],
    );
}

#[test]
fn rules_and_duties_come_and_go() {
    let read_only = terms(read(json!([])));
    let forbidden = terms(json!([
        { "permissionPolicies": [{ "actions": ["read"] }], "prohibitionPolicies": [{ "actions": ["sell"] }] },
    ]));
    check(&read_only, &forbidden, &[("新增：禁止「交易」", "added: must not sell")]);
    let duty = |method: &str| {
        terms(json!([{ "permissionPolicies": [{ "actions": ["read"], "preDuties": [
            { "actions": ["desensitize"], "expansionItem": { "fields": ["t.a"], "method": method } },
        ] }] }]))
    };
    let found = of_terms(&duty("mask"), &duty("hash"));
    assert!(matches!(found.as_slice(), [one] if one.kind == "changed" && one.text.zh.contains("哈希")), "{found:?}");
    let found = of_terms(&read_only, &terms(json!([{ "permissionPolicies": [{ "actions": ["read", "compute"] }] }])));
    assert!(matches!(found.as_slice(), [one] if one.kind == "changed" && one.clause.ends_with("/0")), "{found:?}");
    let deleted = |after: &str| {
        terms(json!([{ "permissionPolicies": [{ "actions": ["read"] }],
            "obligationPolicies": [{ "actions": ["delete"], "expansionItem": { "after": after } }] }]))
    };
    assert_eq!(of_terms(&deleted("count"), &deleted("expiry")).len(), 1);
}

#[test]
fn spelling_is_no_difference_and_what_cannot_be_read_is_one() {
    let one = terms(read(json!([limit("count", "11", 5.into()), limit("region", "05", "3100".into())])));
    let other = terms(read(json!([limit("region", "isA", json!(["3100"])), limit("count", "lteq", "5".into())])));
    check(&one, &other, &[]);
    let unknown = terms(read(json!([limit("colour", "01", "red".into())])));
    let found = of_terms(&one, &unknown);
    assert!(matches!(found.as_slice(), [one] if one.text.zh.contains("不能解读")), "{found:?}");
    let choice = |count: u64| {
        terms(read(json!([{ "or": [limit("count", "11", count.into()), limit("region", "05", "3100".into())] }])))
    };
    assert_eq!(of_terms(&choice(3), &choice(4)).len(), 1);
}

#[test]
fn an_odrl_offer_is_compared_like_a_contract() {
    let offer = |count: &str| {
        json!({ "@type": "Offer", "@id": "o", "target": "t", "permission": [{ "action": "read", "constraint": [
            { "leftOperand": "count", "operator": "lteq", "rightOperand": count },
        ] }] })
    };
    let found = of_policies(&offer("9"), &offer("3"));
    assert_eq!(found.first().map(|one| one.text.en.as_str()), Some("number of uses: from 9 to 3"));
    assert_eq!(found.first().and_then(|one| one.operand.as_deref()), Some("count"));
}
