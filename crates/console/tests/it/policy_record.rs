//! The forms of policies of space and product.

use serde_json::json;

use crate::fixture::reader::{check_form, send};
use crate::fixture::world::{Kind, World, ids};

#[tokio::test]
async fn tc609_15_7_2_2_1_a_a_policy_is_saved_submitted_and_decided_on_by_forms() {
    let fields = [
        ("record", " no-export "),
        ("space", "wenlv"),
        ("name", "不得导出"),
        ("action", "deny"),
        ("priority", "5"),
        ("until", "2027-01-01T00:00:00+08:00"),
        ("policy", r#"[{"prohibitionPolicies":[{"actions":["export"]}]}]"#),
    ];
    let mut body = json!({
        "recordId": "no-export", "spaceId": "wenlv", "layer": "space", "name": "不得导出", "description": "", "kind": "constraint",
        "action": "deny", "priority": 5, "validUntil": "2026-12-31T16:00:00Z",
        "policy": [{ "prohibitionPolicies": [{ "actions": ["export"] }] }],
    });
    let saved = "/policies/records/rec-1?done=policy-record-saved";
    check_form(Kind::Platform, "/policies/records", &fields, saved, "policyRecords", body.clone()).await;
    // A provider writes for its product.
    let product = ids().product.clone();
    let own = [fields.as_slice(), &[("product", product.as_str())]].concat();
    body["layer"] = json!("product");
    body["productId"] = json!(product);
    check_form(Kind::Provider, "/policies/records", &own, saved, "policyRecords", body).await;
    let (one, moved) = ("/policies/records/rec-1", "/policies/records/rec-1?done=policy-record-moved");
    let submit = [("version", "3"), ("action", "submit")];
    check_form(Kind::Platform, one, &submit, moved, "policyRecords/rec-1/versions/3/submission", json!({})).await;
    let refuse = [("version", "1"), ("action", "refuse"), ("reason", " 过严 ")];
    let decided = json!({ "action": "refuse", "reason": "过严" });
    check_form(Kind::Platform, one, &refuse, moved, "policyRecords/rec-1/versions/1/decision", decided).await;
}

#[tokio::test]
async fn what_cannot_be_read_of_a_policy_is_told_and_nothing_is_lost() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (field, wrong, told) in [
        ("policy", r#"[{"prohibitionPolicies""#, "/policy"),
        ("priority", "-1", "/priority"),
        ("until", "2027-01-01", "/validUntil"),
    ] {
        let mut fields = vec![("record", "no-export"), ("name", "写了半天"), ("policy", "[]")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, wrong));
        let response = send(address, "/policies/records", &fields).await;
        assert_eq!(response.status().as_u16(), 400, "{field}");
        let page = response.text().await.unwrap();
        assert!(page.contains(told) && page.contains("写了半天"), "{field}: {page}");
    }
}
