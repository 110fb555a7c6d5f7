//! Connectors that nobody can call: what is for them, they take from their platform. TC609-6-2025-01 §5.2.3.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use xinyu_http::relay::{self, SEALED_TYPE};
use xinyu_identity::RequestClaims;
use xinyu_identity::request::{self, Exchange};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, WorldOptions};

use crate::termination::stage::{Stage, act, agreement, ending};

fn relayed() -> MemberOptions {
    MemberOptions { is_relayed: true, ..MemberOptions::default() }
}

fn place(seat: &Seat) -> String {
    seat.node.ring.public().signing(seat.node.suite).kid()
}

#[tokio::test]
async fn tc609_01_5_2_3_members_whom_nobody_can_call_do_business_through_their_platform() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin_as(folder.path(), Engine::Memory, relayed(), WorldOptions::default()).await;
    let platform = stage.world.platform.address.clone();
    for member in &stage.world.members {
        assert_eq!(member.seat.node.address, relay::address(&platform, &place(&member.seat)));
    }
    // Negotiated, signed, filed, delivered and used: each message between them went through the platform.
    let contract = stage.contract("relayed", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    // The provider hears of the use, and the regulator's order reaches the consumer.
    let _ = stage.life(&contract, |life| life["line"]["uses"] == 1).await;
    let _ = stage.order(&contract, "freeze", "o1").await.unwrap();
    let frozen = |one: &Value| one["stopped"].is_object() || !one["stopped"].is_null();
    let _ = agreement(&stage.consumer().seat, &contract, frozen).await;
    assert_eq!(stage.ask(&contract, "u2").await, ("refused".to_owned(), "/contractStatus".to_owned()));
    let _ = stage.order(&contract, "unfreeze", "o2").await.unwrap();
    // And it ends by agreement, with the data destroyed and proven.
    let new = json!({ "terminationId": "t1", "reason": "业务调整" });
    let _ = act(&stage.provider().seat, &contract, "termination", new).await.unwrap();
    let _ = ending(&stage.consumer().seat, &contract, |end| end["proposals"][0]["state"] == "proposed").await;
    let agree = json!({ "terminationId": "t1", "action": "agree" });
    let _ = act(&stage.consumer().seat, &contract, "termination/decision", agree).await.unwrap();
    let _ = stage.life(&contract, |life| life["statement"].is_object()).await;
    for member in &stage.world.members {
        assert_eq!(member.seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test]
async fn tc609_01_5_2_3_a_crash_on_either_side_of_the_relay_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::begin_as(folder.path(), Engine::File, relayed(), WorldOptions::default()).await;
    let contract = stage.filed("crashed", "P30D", &["read"]).await;
    stage.world.crash(0).await.unwrap();
    let start = json!({ "contractId": contract });
    let _: Value = stage.consumer().seat.post("/transfers", &start).await.unwrap();
    let held = |agreement: &Value| agreement["data"] == "held";
    let _: Value = stage.consumer().seat.until(&format!("/agreements/{contract}"), held).await.unwrap();
    stage.world = stage.world.crash_platform().await.unwrap();
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let _ = stage.life(&contract, |life| life["line"]["uses"] == 1).await;
    stage.world.stop().await;
}

#[tokio::test]
async fn evidence_and_security_24_a_relay_opens_nothing_that_a_connector_does_not_open_itself() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin_as(folder.path(), Engine::Memory, relayed(), WorldOptions::default()).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let client = Client::new();
    let get = async |path: &str| {
        let answer = client.get(format!("{}{path}", provider.node.address)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    // What is for people is not there, whoever asks.
    assert_eq!(get("/api/v1/node").await.0, StatusCode::NOT_FOUND);
    assert_eq!(get("/").await.0, StatusCode::NOT_FOUND);
    // What is for all is, and names the place; what is for peers wants to know who asks.
    let (status, did) = get("/did.json").await;
    assert_eq!(status, StatusCode::OK);
    assert!(did.contains(&place(provider)), "{did}");
    let open = client.post(format!("{}/tc609/strategySend", provider.node.address)).body("{}").send().await.unwrap();
    assert_eq!(open.status(), StatusCode::UNAUTHORIZED);
    // Nobody takes what is for somebody else, and no token is good twice.
    let url = relay::address(&stage.world.platform.address, &place(provider));
    let take = async |signer: &Seat, named: &Seat, url: &str| {
        let node = &signer.node;
        let me = named.node.party().unwrap();
        let body = serde_json::to_vec(&json!({ "connectorId": me.as_str() })).unwrap();
        let path = url::Url::parse(url).unwrap().path().to_owned();
        let exchange = Exchange { method: "POST", path: &path, body: &body };
        let source = node.source();
        let claims = RequestClaims::new(node.suite, me, node.platform.id.clone(), exchange, source.id(), source.now());
        let token = request::mint(&claims, node.ring.signing(node.suite));
        (token, body)
    };
    for (signer, named) in [(consumer, provider), (consumer, consumer)] {
        let (token, body) = take(signer, named, &url).await;
        let answer = client.post(&url).bearer_auth(token).body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = client.post(&url).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    // Answers belong to somebody who waits.
    let answers = format!("{}/relay-answers", stage.world.platform.address);
    let forged = client.post(&answers).header(relay::EXCHANGE_HEADER, "00").body("x").send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::NOT_FOUND);
    // A place at which nobody waits, and an envelope for somebody else.
    let nowhere = relay::address(&stage.world.platform.address, "nobody");
    let answer = client.get(format!("{nowhere}/did.json")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let strange = client.post(format!("{url}/sealed")).header("content-type", SEALED_TYPE).body("XYE1").send();
    assert!(!strange.await.unwrap().status().is_success());
    stage.world.stop().await;
}
