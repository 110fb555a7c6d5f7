//! Statements of hops that are not what they should be: changed, of somebody else, stale, or wider than what was agreed.

use axum::http::Method;
use serde_json::{Value, json};
use xinyu_core::contract::signing;
use xinyu_core::onward;
use xinyu_http::SendOptions;
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::onward::{OnwardMessage, OnwardNotice, OnwardStatement, OnwardStep};
use xinyu_shell::{Failure, effect, peer};
use xinyu_testkit::world::{Engine, Seat};

use super::{THIRD, ask, begin, contract, hop, policies, stands};

/// What a sender that lies would send: signed and recorded with its own key.
async fn signed(
    seat: &Seat,
    mut statement: OnwardStatement,
    change: impl FnOnce(&mut OnwardStatement),
) -> OnwardMessage {
    change(&mut statement);
    let node = std::sync::Arc::clone(&seat.node);
    let suite = statement.suite.parse().unwrap();
    let me = node.party().unwrap().connector().unwrap();
    let credential = node.identity().unwrap().credential.clone().unwrap();
    let bytes = onward::bytes(&statement).unwrap();
    let signature = signing::sign_bytes(&bytes, &me, node.ring.signing(suite), &credential);
    let draft = onward::record(&statement, xinyu_testkit::world::SPACE).unwrap();
    let store = node.store.clone();
    let record = store.write("forge", move |tx| Box::pin(async move { effect::sign(&node, tx, draft) }));
    let record = serde_json::to_value(record.await.unwrap()).unwrap();
    OnwardMessage { step: OnwardStep { statement, signature }, record }
}

async fn post(seat: &Seat, to: &str, path: &str, body: Vec<u8>) -> (u16, String) {
    let (status, answer) = peer::post(&seat.node, to, path, body).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    (status, answer["code"].as_str().unwrap_or_default().to_owned())
}

async fn first(seat: &Seat, id: &'static str) -> OnwardStatement {
    let found = seat.node.store.read("forge.find", move |tx| {
        Box::pin(async move { xinyu_store::onward::find(tx, id).await.map_err(Failure::from) })
    });
    found.await.unwrap().unwrap().steps[0].statement.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_2_a_a_hop_that_was_forged_widened_or_is_stale_is_refused_by_platform_and_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let stage = begin(folder.path(), Engine::Memory).await;
    let (platform, consumer) = (&stage.world.platform, &stage.consumer().seat);
    let (third, fourth) = (&stage.world.member(3).unwrap().seat, &stage.world.member(4).unwrap().seat);
    let contract = contract(&stage, "forged", policies(json!([]), json!([]))).await;
    let _ = ask(consumer, "/onward", hop("o1", &contract, THIRD, json!({}))).await.unwrap();
    stands(third, "o1", "offered").await;
    let statement = first(consumer, "o1").await;
    let id = consumer.node.platform_id();
    let third_id = third.node.party().unwrap().as_str().to_owned();

    type Change = (&'static str, &'static str, fn(&mut OnwardStatement));
    let changes: [Change; 9] = [
        ("policy-widened", "", |said| {
            let grant = said.grant.as_mut().unwrap();
            grant.policies.clone_from(&grant.original);
        }),
        ("policy-widened", "", |said| said.grant.as_mut().unwrap().limits.may_hand_on = true),
        ("policy-widened", "onward-not-granted", |said| {
            let grant = said.grant.as_mut().unwrap();
            grant.original = vec![json!({ "contractPolicies": [{ "permissionPolicies": [{ "actions": ["use"] }] }] })];
            grant.policies =
                onward::policies(&grant.original, &grant.sender, &grant.receiver, &grant.limits, &grant.action)
                    .unwrap();
        }),
        ("onward-statement", "", |said| said.grant.as_mut().unwrap().request["subject"] = json!("91310000MA7XYU103F")),
        ("onward-statement", "", |said| said.grant.as_mut().unwrap().rows = 9),
        ("onward-statement", "", |said| said.contract_hash = "00".repeat(32)),
        ("onward-statement", "", |said| said.grant.as_mut().unwrap().chain = vec!["o9".to_owned()]),
        ("onward-differs", "-", |said| said.grant.as_mut().unwrap().product_id = "another".to_owned()),
        ("onward-taken", "", |said| said.grant.as_mut().unwrap().purpose = "另一用途".to_owned()),
    ];
    for (index, (code, at_receiver, change)) in changes.into_iter().enumerate() {
        let is_same_id = code == "onward-taken";
        let message = signed(consumer, statement.clone(), |said| {
            if !is_same_id {
                said.onward_id = format!("forged-{index}");
            }
            change(said);
            if said.grant.as_ref().unwrap().product_id == "another" {
                said.grant.as_mut().unwrap().request["product"] = json!("another");
            }
        })
        .await;
        assert_eq!(post(consumer, &id, "/tc609/onward", canonical(&message).unwrap()).await.1, code, "{index}");
        // A platform that passed it on all the same would find no ear for it, where the receiver can know.
        let notice = OnwardNotice { step: message.step, cards: Vec::new() };
        let expect = if at_receiver.is_empty() { code } else { at_receiver };
        if expect != "-" && !said_hash_only(&notice) {
            let told = post(platform, &third_id, "/tc609/onwardNotice", canonical(&notice).unwrap()).await;
            assert_eq!(told.1, expect, "{index}");
        }
    }

    // Whoever did not sign it cannot send it, nor tell of it.
    let mut message = signed(consumer, statement.clone(), |said| said.onward_id = "forged-x".to_owned()).await;
    message.step.statement.at += jiff::SignedDuration::from_secs(1);
    let told = post(consumer, &id, "/tc609/onward", canonical(&message).unwrap()).await.1;
    assert!(["onward-signature", "malformed-record"].contains(&told.as_str()), "{told}");
    let message = signed(fourth, statement.clone(), |said| said.onward_id = "forged-y".to_owned()).await;
    assert_eq!(post(fourth, &id, "/tc609/onward", canonical(&message).unwrap()).await.1, "not-your-statement");
    let notice = OnwardNotice { step: message.step, cards: Vec::new() };
    assert_eq!(
        post(consumer, &third_id, "/tc609/onwardNotice", canonical(&notice).unwrap()).await.1,
        "not-the-platform"
    );

    // What does not follow on the last statement comes too late or too early.
    let next = |number: u32, act: &str| -> OnwardStatement {
        let mut value = serde_json::to_value(&statement).unwrap();
        value.as_object_mut().unwrap().remove("grant");
        value["act"] = json!(act);
        value["number"] = json!(number);
        value["author"] = json!(third_id);
        value["previous"] = json!(onward::digest(&statement).unwrap());
        if act == "receive" {
            value["digest"] = json!(statement.grant.as_ref().unwrap().digest);
        }
        serde_json::from_value(value).unwrap()
    };
    for (statement, code) in [
        (next(3, "take"), "stale-statement"),
        (OnwardStatement { previous: Some("00".repeat(32)), ..next(2, "take") }, "stale-statement"),
        (next(2, "receive"), "not-your-move"),
    ] {
        let message = signed(third, statement, |_| ()).await;
        assert_eq!(post(third, &id, "/tc609/onward", canonical(&message).unwrap()).await.1, code);
    }
    // And what nobody has taken does not flow.
    let consumer_id = consumer.node.party().unwrap().as_str().to_owned();
    let there = peer::address(&third.node, &consumer_id).await.unwrap();
    let client = third.node.client().unwrap();
    let reply = client.send(&there, Method::GET, "/onward/o1", Vec::new(), SendOptions::default()).await.unwrap();
    assert_eq!(reply.status, 409);
    stands(third, "o1", "offered").await;
    let all: Value = platform.get("/onward").await.unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    stage.world.stop().await;
}

/// Which contract it is of only a party of it can know.
fn said_hash_only(notice: &OnwardNotice) -> bool {
    notice.step.statement.contract_hash == "00".repeat(32)
}
