//! Policies looked into through the API, on both kinds of node: pasted, of a product, of a contract; and what is refused.

use serde_json::{Value, json};
use xinyu_core::negotiation::Side;
use xinyu_http::ApiError;
use xinyu_protocol::api::policy::{PolicyDifference, PolicyReport, SimulationInfo};
use xinyu_testkit::world::{Engine, MemberOptions, ProductOptions, Seat, World};

fn policies(count: u64) -> Value {
    json!([{
        "permissionPolicies": [{ "actions": ["compute"], "constraints": [
            { "constraintName": "count", "constraintOperator": "lteq", "constraintValue": count }] }],
        "obligationPolicies": [{ "actions": ["delete"], "expansionItem": { "after": "count" } }],
    }])
}

async fn refused(seat: &Seat, path: &str, body: &Value, code: &str) {
    let path = format!("/api/v1/policies/{path}");
    let error = seat.api.post::<_, Value>(&path, body).await.unwrap_err();
    let ApiError::Problem(problem) = &error else { panic!("{error}") };
    assert_eq!(problem.code, code, "{path} {body}: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_3_h_both_kinds_of_node_look_into_policies() {
    let folder = tempfile::tempdir().unwrap();
    let members = [false, true].map(|is_consumer| MemberOptions {
        organisation: usize::from(is_consumer),
        is_consumer,
        ..MemberOptions::default()
    });
    let world = World::start(folder.path(), Engine::Memory, members.into()).await.unwrap();
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    for seat in [&world.platform, &provider.seat, &consumer.seat] {
        let report: PolicyReport = seat.post("/policies/check", &json!({ "policy": policies(3) })).await.unwrap();
        assert!(report.usable && report.clauses.iter().any(|clause| clause.enforcement == "technical"));
        let asked = json!({ "source": { "policy": policies(3) }, "from": "2026-01-01T00:00:00Z", "span": "P30D" });
        let found: SimulationInfo = seat.post("/policies/simulation", &asked).await.unwrap();
        let again: SimulationInfo = seat.post("/policies/simulation", &asked).await.unwrap();
        assert_eq!(found, again, "the same question has the same answer");
        let count = found.timeline.uses[0].count;
        assert_eq!((count.allowed, count.refused), (3, 27));
        let versions = json!({ "old": { "policy": policies(3) }, "new": { "policy": policies(4) } });
        let difference: PolicyDifference = seat.post("/policies/difference", &versions).await.unwrap();
        assert_eq!(difference.effects[0].effect, "loosened");

        refused(seat, "check", &json!({}), "policy-source").await;
        refused(seat, "check", &json!({ "product": "P", "contract": "C" }), "policy-source").await;
        refused(seat, "check", &json!({ "product": "none" }), "unknown-product").await;
        refused(seat, "check", &json!({ "contract": "none" }), "unknown-contract").await;
        refused(seat, "check", &json!({ "colour": "red" }), "unexpected-json").await;
        refused(seat, "simulation", &json!({ "source": { "policy": {} } }), "policy-not-understood").await;
        let often = json!({ "source": { "policy": policies(3) }, "uses": [{ "action": "compute", "every": "PT1M" }] });
        refused(seat, "simulation", &often, "simulation-too-large").await;
        let unread = json!({ "source": { "policy": policies(3) }, "uses": [{ "action": "fly" }] });
        refused(seat, "simulation", &unread, "use-not-understood").await;
        refused(
            seat,
            "difference",
            &json!({ "old": { "policy": policies(3) }, "new": { "policy": 3 } }),
            "policy-not-understood",
        )
        .await;
    }
    let options = ProductOptions { policies: policies(5).as_array().cloned(), ..ProductOptions::default() };
    let product = provider.seed_product("a", options).await.unwrap();
    let asked = json!({ "product": product.as_str() });
    let report: PolicyReport = provider.seat.post("/policies/check", &asked).await.unwrap();
    assert!(report.clauses.iter().any(|clause| clause.text.zh.contains("不超过 5 次")), "{report:?}");
    refused(&consumer.seat, "check", &asked, "unknown-product").await;
    let contract = consumer.seed_agreement("a", Side::Consumer, &provider.id().unwrap(), "p").await.unwrap();
    let asked = json!({ "source": { "contract": contract.as_str() } });
    let found: SimulationInfo = consumer.seat.post("/policies/simulation", &asked).await.unwrap();
    assert!(found.report.errors.is_empty() && !found.tables.is_empty());
    world.stop().await;
}
