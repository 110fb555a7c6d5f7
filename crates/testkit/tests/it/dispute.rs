//! Disputes over a contract, from opening to decision, and the arbitration bundle that a stranger verifies offline. TC609-6-2025-14 §7.5 b, A.2 e.

use crate::termination::stage::{self, Stage, act, refused};
use serde_json::{Value, json};
use xinyu_core::dispute::{self, bundle, seal};
use xinyu_crypto::jws;
use xinyu_http::ApiError;
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::dispute::{ArbitrationBundle, DisputeMessage, DisputeStep};
use xinyu_shell::peer;
use xinyu_testkit::world::{Engine, Seat};

async fn ask(seat: &Seat, path: &str, body: Value) -> Result<Value, ApiError> {
    seat.api.post(&format!("/api/v1{path}"), &body).await
}

fn opening(contract: &str, id: &str, more: Value) -> Value {
    let mut new =
        json!({ "disputeId": id, "contractId": contract, "subject": "performance", "text": "交付的数据缺少约定字段" });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    new
}

fn saying(id: &str, act: &str, text: &str) -> Value {
    json!({ "statementId": id, "act": act, "text": text })
}

/// A dispute on one side, once it is so.
async fn until(seat: &Seat, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let of = |all: &Value| all["items"].as_array().unwrap().iter().find(|one| one["disputeId"] == id).cloned();
    let _: Value = seat.until("/disputes", |all| of(all).is_some_and(|one| is_so(&one))).await.unwrap();
    seat.get(&format!("/disputes/{id}")).await.unwrap()
}

/// Once a side has this many statements.
async fn has(seat: &Seat, id: &str, statements: u64) -> Value {
    until(seat, id, |one| one["statements"] == statements).await
}

async fn exported(seat: &Seat, id: &str) -> Vec<u8> {
    seat.api.get_bytes(&format!("/api/v1/disputes/{id}/bundle")).await.unwrap()
}

/// A dispute that was opened, answered and decided: both sides' bundles in one file.
async fn decided(stage: &Stage, contract: &str, id: &str) -> Vec<u8> {
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let _ = ask(consumer, "/disputes", opening(contract, id, json!({}))).await.unwrap();
    has(provider, id, 1).await;
    let _ =
        ask(provider, &format!("/disputes/{id}/statements"), saying("p1", "state", "字段齐全，见存证")).await.unwrap();
    has(consumer, id, 2).await;
    let ruling = json!({ "statementId": "r1", "ruling": "in_part", "reason": "部分字段缺失" });
    let _ = ask(platform, &format!("/disputes/{id}/decision"), ruling).await.unwrap();
    for seat in [provider, consumer] {
        has(seat, id, 3).await;
    }
    // Until both have told that they have heard the decision.
    stage
        .life(contract, |life| {
            let heard = life["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "dispute.heard");
            heard.filter(|event| event["subject"] == id).count() == 4
        })
        .await;
    for seat in [provider, consumer] {
        let _: Value = seat
            .until("/events", |all: &Value| all["items"].as_array().unwrap().iter().all(|one| one["index"].is_u64()))
            .await
            .unwrap();
    }
    let read = |bytes: Vec<u8>| bundle::read(&bytes).unwrap();
    let both = vec![read(exported(provider, id).await), read(exported(consumer, id).await)];
    canonical(&bundle::join(both).unwrap()).unwrap()
}

/// What the platform would do if it lied: another part, stamped with its own key.
fn restamped(stage: &Stage, bundle: &ArbitrationBundle) -> Vec<u8> {
    let mut bundle = bundle.clone();
    let ring = &stage.world.platform.node.ring;
    let suite = bundle.platform.contract.contract.expansion_item.suite.parse().unwrap();
    let part = &bundle.platform;
    let about = seal::About { dispute_id: &part.dispute_id, contract_id: &part.contract_id, suite };
    let sign = |payload: &[u8]| jws::sign(seal::BUNDLE, payload, ring.signing(suite));
    let platform = bundle.stamp.platform_id.clone();
    bundle.stamp = seal::stamp(part, about, (&platform, &ring.public()), &sign).unwrap();
    canonical(&bundle).unwrap()
}

/// Something done to a bundle.
type Change<'a> = dyn Fn(&mut ArbitrationBundle) + 'a;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_a_2_e_a_dispute_is_opened_argued_and_decided_and_each_log_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("disputed", "P30D", &["read"]).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let life: Value = platform.get(&format!("/contracts/{contract}")).await.unwrap();
    let record = life["events"].as_array().unwrap().last().unwrap()["recordId"].clone();

    // What is no dispute is refused, and leaves nothing.
    for (more, code) in [
        (json!({ "text": " " }), "dispute-statement"),
        (json!({ "text": "长".repeat(4_001) }), "dispute-statement"),
        (json!({ "disputeId": "../x" }), "dispute-statement"),
        (json!({ "records": vec!["r"; 65] }), "dispute-statement"),
        (json!({ "attachments": [{ "name": "a" }] }), "dispute-statement"),
        (json!({ "attachments": [{ "name": "a", "content": "!" }] }), "dispute-statement"),
        (json!({ "attachments": [{ "name": "a", "digest": "xy" }] }), "dispute-statement"),
        (json!({ "records": ["00000000-0000-0000-0000-000000000000"] }), "refused-by-platform"),
        (json!({ "contractId": "C0" }), "unknown-contract"),
    ] {
        refused(ask(consumer, "/disputes", opening(&contract, "d0", more)).await, code);
    }
    // Who is no party has no such contract.
    refused(ask(&stage.regulator().seat, "/disputes", opening(&contract, "d0", json!({}))).await, "unknown-contract");
    let none: Value = platform.get("/disputes").await.unwrap();
    assert_eq!(none["items"], json!([]));

    let more =
        json!({ "records": [record], "amountFen": 500, "attachments": [{ "name": "样例.csv", "content": "YSxi" }] });
    let opened = opening(&contract, "d1", more);
    let _ = ask(consumer, "/disputes", opened.clone()).await.unwrap();
    let _ = ask(consumer, "/disputes", opened).await.unwrap();
    refused(
        ask(consumer, "/disputes", opening(&contract, "d1", json!({ "text": "另一请求" }))).await,
        "statement-taken",
    );
    refused(ask(consumer, "/disputes", opening(&contract, "d2", json!({}))).await, "refused-by-platform");
    let seen = has(provider, "d1", 1).await;
    assert_eq!((&seen["state"], &seen["moves"]), (&json!("opened"), &json!(["state", "offer"])));
    assert_eq!(seen["steps"][0]["attachments"][0]["content"], "YSxi");

    // Nobody decides before the other party was heard, and nobody but the platform at all.
    let ruling = json!({ "statementId": "r1", "ruling": "upheld", "reason": "证据充分" });
    refused(ask(platform, "/disputes/d1/decision", ruling.clone()).await, "dispute-not-heard");
    refused(ask(provider, "/disputes/d1/statements", saying("p0", "decide", "支持")).await, "dispute-statement");
    refused(ask(provider, "/disputes/d1/statements", saying("p0", "withdraw", "撤回")).await, "refused-by-platform");
    refused(ask(provider, "/disputes/d1/statements", saying("p0", "accept", "接受")).await, "refused-by-platform");
    refused(ask(provider, "/disputes/d9/statements", saying("p0", "state", "无此争议")).await, "unknown-dispute");

    let _ = ask(provider, "/disputes/d1/statements", saying("p1", "state", "字段齐全")).await.unwrap();
    let _ = ask(provider, "/disputes/d1/statements", saying("p1", "state", "字段齐全")).await.unwrap();
    refused(ask(provider, "/disputes/d1/statements", saying("p1", "state", "改口")).await, "statement-taken");
    let _ = ask(platform, "/disputes/d1/statements", saying("q1", "state", "请使用方说明缺少哪些字段")).await.unwrap();
    has(consumer, "d1", 3).await;
    has(provider, "d1", 3).await;
    let _ = ask(consumer, "/disputes/d1/statements", saying("c2", "state", "缺少 city")).await.unwrap();
    let answered = has(provider, "d1", 4).await;
    assert_eq!(answered["state"], "answered");
    let made = ask(platform, "/disputes/d1/decision", ruling.clone()).await.unwrap();
    assert_eq!((&made["state"], &made["ruling"], &made["moves"]), (&json!("decided"), &json!("upheld"), &json!([])));
    let _ = ask(platform, "/disputes/d1/decision", ruling).await.unwrap();
    for seat in [provider, consumer] {
        let seen = has(seat, "d1", 5).await;
        assert_eq!((&seen["state"], &seen["steps"][4]["text"]), (&json!("decided"), &json!("证据充分")));
        refused(ask(seat, "/disputes/d1/statements", saying("late", "state", "迟到")).await, "refused-by-platform");
    }
    refused(ask(platform, "/disputes/d1/statements", saying("late", "state", "迟到")).await, "dispute-closed");

    // The regulator sees it, and every log has it; what was said is in none.
    let seen: Value = stage.regulator().seat.get("/disputes/d1").await.unwrap();
    assert_eq!((&seen["state"], &seen["moves"]), (&json!("decided"), &json!([])));
    stage
        .life(&contract, |life| {
            life["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "dispute.heard").count() == 7
        })
        .await;
    let life: Value = platform.get(&format!("/contracts/{contract}")).await.unwrap();
    let told = life["events"].to_string();
    for kind in ["dispute.opened", "dispute.stated", "dispute.decided"] {
        assert!(told.contains(kind), "{kind}");
    }
    for text in ["缺少约定字段", "字段齐全", "证据充分", "样例.csv", "YSxi"] {
        assert!(!told.contains(text), "{text}");
    }
    for (seat, expect) in [(provider, "dispute.stated"), (consumer, "dispute.opened")] {
        let own: Value = seat.get("/events").await.unwrap();
        let own = own["items"].to_string();
        assert!(own.contains(expect) && own.contains("dispute.heard") && !own.contains("字段齐全"));
    }
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_a_2_e_parties_settle_or_the_opener_withdraws_and_a_payment_in_dispute_is_not_due() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("settled", "P30D", &["read"]).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");

    // Opened before there is a statement, and kept through the end of the contract.
    let more = json!({ "subject": "payment", "amountFen": 10, "text": "多计一次使用" });
    let _ = ask(consumer, "/disputes", opening(&contract, "d1", more)).await.unwrap();
    has(provider, "d1", 1).await;
    has(consumer, "d1", 1).await;
    let new = json!({ "terminationId": "t1", "reason": "业务调整" });
    let _ = act(provider, &contract, "termination", new).await.unwrap();
    stage::ending(consumer, &contract, |end| end["proposals"][0]["state"] == "proposed").await;
    let agree = json!({ "terminationId": "t1", "action": "agree" });
    let _ = act(consumer, &contract, "termination/decision", agree).await.unwrap();
    stage.life(&contract, |life| life["statement"].is_object()).await;
    for seat in [platform, provider, consumer] {
        let of = |all: &Value| all["items"].as_array().unwrap().first().cloned().unwrap_or_default();
        let all: Value = seat.until("/payments", |all| of(all)["contested"] == json!(["dispute:d1"])).await.unwrap();
        assert!(!of(&all)["moves"].to_string().contains("pay"), "{all}");
    }

    // An offer is accepted by whoever did not make it.
    let _ = ask(provider, "/disputes/d1/statements", saying("o1", "offer", "退还 10 分")).await.unwrap();
    let seen = has(consumer, "d1", 2).await;
    assert_eq!(seen["moves"], json!(["state", "offer", "accept", "withdraw"]));
    has(provider, "d1", 2).await;
    refused(ask(provider, "/disputes/d1/statements", saying("o2", "accept", "接受")).await, "refused-by-platform");
    let settled = ask(consumer, "/disputes/d1/statements", saying("o2", "accept", "接受")).await.unwrap();
    assert_eq!(settled["state"], "settled");
    for seat in [platform, provider, consumer] {
        let of = |all: &Value| all["items"].as_array().unwrap().first().cloned().unwrap_or_default();
        let _: Value = seat.until("/payments", |all| of(all)["contested"] == json!([])).await.unwrap();
    }

    // Over the same thing again, now that it is closed; and withdrawn.
    let more = json!({ "subject": "payment", "text": "再次提起" });
    let _ = ask(consumer, "/disputes", opening(&contract, "d2", more)).await.unwrap();
    has(consumer, "d2", 1).await;
    let withdrawn = ask(consumer, "/disputes/d2/statements", saying("w1", "withdraw", "撤回")).await.unwrap();
    assert_eq!(withdrawn["state"], "withdrawn");
    until(provider, "d2", |one| one["state"] == "withdrawn").await;
    let bytes = exported(consumer, "d1").await;
    let report = bundle::verify(&bytes, None, Some(&contract)).unwrap();
    assert_eq!((report.state, report.voucher, report.sides.len()), ("settled", true, 1));
    assert!(report.missing.iter().any(|text| text.en.contains("the provider")), "{:?}", report.missing);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_b_a_forged_or_stale_statement_is_refused_by_the_platform() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("forged", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let _ = ask(consumer, "/disputes", opening(&contract, "d1", json!({}))).await.unwrap();
    has(provider, "d1", 1).await;
    let _ = ask(provider, "/disputes/d1/statements", saying("p1", "state", "字段齐全")).await.unwrap();
    // What the provider has sent, as it keeps it to send it again.
    let known = provider
        .node
        .store
        .read("test", |tx| Box::pin(async move { xinyu_store::dispute::find(tx, "d1").await.map(Option::unwrap) }));
    let known: dispute::Dispute = known.await.map_err(|error: xinyu_store::StoreError| error).unwrap();
    let mut timeless = known.steps[1].statement.clone();
    timeless.at = jiff::Timestamp::UNIX_EPOCH;
    let name = format!("dispute/{}", dispute::digest(&timeless).unwrap());
    let stored = provider
        .node
        .store
        .write("test", move |tx| Box::pin(async move { xinyu_store::setting::find_or_set(tx, &name, "none").await }));
    let message: DisputeMessage =
        serde_json::from_str(&stored.await.map_err(|error: xinyu_store::StoreError| error).unwrap()).unwrap();
    let post = async |seat: &Seat, change: &dyn Fn(&mut DisputeMessage)| {
        let mut message = message.clone();
        change(&mut message);
        let body = canonical(&message).unwrap();
        let (status, answer) = peer::post(&seat.node, &seat.node.platform_id(), "/tc609/dispute", body).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(post(provider, &|_| ()).await, (200, String::new()), "sent again it is the same");
    let words = |message: &mut DisputeMessage| "改过".clone_into(&mut message.step.statement.text);
    assert_eq!(post(provider, &words).await.1, "dispute-signature");
    let unsigned = |message: &mut DisputeMessage| message.step.signature = None;
    assert_eq!(post(provider, &unsigned).await.1, "dispute-signature");
    let author = consumer.node.party().unwrap().as_str().to_owned();
    let other = |message: &mut DisputeMessage| message.step.statement.author.clone_from(&author);
    assert_eq!(post(provider, &other).await.1, "not-your-statement");
    // The other party sends what is not its own: the record gives it away first.
    assert_eq!(post(consumer, &|_| ()).await.1, "not-your-record");
    let record = |message: &mut DisputeMessage| message.record["record"]["facts"]["number"] = json!(9);
    assert_eq!(post(provider, &record).await.1, "malformed-record");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_b_an_arbitration_bundle_verifies_offline_and_every_alteration_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("first", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let file = decided(&stage, &contract, "d1").await;
    let report = bundle::verify(&file, None, Some(&contract)).unwrap();
    assert_eq!((report.state, report.ruling, report.statements.len()), ("decided", Some("in_part"), 3));
    assert_eq!(report.sides.len(), 2);
    assert!(report.sides.iter().all(|side| side.records > 0 && side.statements == 3 && side.rounds.is_some()));
    assert_eq!((&report.missing, &report.differences), (&Vec::new(), &Vec::new()));
    assert!(bundle::verify(&file, Some(&report.platform_key), None).is_ok());
    assert!(bundle::verify(&file, Some("another"), None).is_err());

    // Of another contract.
    let other = stage.contract("second", "P30D", &["read"]).await;
    let second = decided(&stage, &other, "d2").await;
    assert!(bundle::verify(&second, None, Some(&contract)).is_err());
    let (one, two) = (bundle::read(&file).unwrap(), bundle::read(&second).unwrap());
    assert!(bundle::join(vec![one.clone(), two.clone()]).is_err());

    // Every byte: a sample of all, every one of the stamps and signatures' beginnings.
    let step = (file.len() / 400).max(1);
    for position in (0..file.len()).step_by(step) {
        let mut altered = file.clone();
        altered[position] ^= 1;
        assert!(bundle::verify(&altered, None, None).is_err(), "byte {position} of {}", file.len());
    }
    assert!(bundle::verify(&file[..file.len() - 1], None, None).is_err());

    // Every member, by whoever cannot sign for the others.
    let altered = |change: &Change<'_>| {
        let mut bundle = one.clone();
        change(&mut bundle);
        bundle
    };
    let members: [(&str, &Change<'_>); 14] = [
        ("version", &|one| one.v = 2),
        ("dispute", &|one| one.platform.dispute_id = "d2".to_owned()),
        ("space", &|one| one.platform.space_id = "other".to_owned()),
        ("made at", &|one| one.platform.made_at = one.platform.answer_by),
        ("hearing", &|one| one.platform.answer_by = one.platform.made_at),
        ("contract", &|one| one.platform.contract = two.platform.contract.clone()),
        ("a statement is missing", &|one| drop(one.platform.steps.remove(1))),
        ("the decision is missing", &|one| drop(one.platform.steps.pop())),
        ("log", &|one| one.platform.log = two.platform.log.clone()),
        ("stamp", &|one| one.stamp = two.stamp.clone()),
        ("a side's statement", &|one| drop(one.sides[0].side.steps.pop())),
        ("a side's record", &|one| drop(one.sides[1].side.records.pop())),
        ("a side of another contract", &|one| one.sides[0] = two.sides[0].clone()),
        ("a side twice", &|one| one.sides[1] = one.sides[0].clone()),
    ];
    for (name, change) in members {
        let bytes = canonical(&altered(change)).unwrap();
        assert!(bundle::verify(&bytes, None, None).is_err(), "{name}");
    }

    // Not even the platform can do it, stamping anew what it has altered.
    let lies: [(&str, &Change<'_>); 8] = [
        ("the last statement is missing", &|one| drop(one.platform.steps.pop())),
        ("a statement is missing", &|one| drop(one.platform.steps.remove(1))),
        ("the order is another", &|one| one.platform.steps.swap(1, 2)),
        ("a party's words", &|one| one.platform.steps[1].statement.text.push('！')),
        ("a party's signature is missing", &|one| one.platform.steps[1].signature = None),
        ("another author", &|one| one.platform.steps[1].statement.author = one.stamp.platform_id.as_str().to_owned()),
        ("contract", &|one| one.platform.contract = two.platform.contract.clone()),
        ("log", &|one| one.platform.log = two.platform.log.clone()),
    ];
    for (name, change) in lies {
        assert!(bundle::verify(&restamped(&stage, &altered(change)), None, None).is_err(), "{name}");
    }
    assert!(bundle::verify(&restamped(&stage, &one), None, None).is_ok());

    // What the platform leaves out, a side that has it shows; and the other way round.
    let without = |kind: &'static str| {
        move |one: &mut ArbitrationBundle| {
            let entries = one.platform.log["entries"].as_array_mut().unwrap();
            entries.retain(|entry| {
                use base64::Engine as _;
                let leaf = base64::prelude::BASE64_STANDARD.decode(entry["leaf"].as_str().unwrap()).unwrap();
                !String::from_utf8(leaf).unwrap().contains(kind)
            });
        }
    };
    let hidden = bundle::verify(&restamped(&stage, &altered(&without("usage.done"))), None, None).unwrap();
    assert!(hidden.differences.iter().any(|text| text.en.contains("had acknowledged")), "{hidden:?}");
    let unheard = bundle::verify(&restamped(&stage, &altered(&without("dispute.heard"))), None, None).unwrap();
    assert!(unheard.missing.iter().any(|text| text.en.contains("has got statement")), "{unheard:?}");
    assert!(bundle::verify(&restamped(&stage, &altered(&without("dispute.stated"))), None, None).is_err());
    let alone = bundle::verify(&canonical(&altered(&|one| drop(one.sides.pop()))).unwrap(), None, None).unwrap();
    assert!(alone.missing.iter().any(|text| text.en.starts_with("the consumer")), "{alone:?}");
    let steps: Vec<DisputeStep> = one.platform.steps.clone();
    assert!(steps[2].stamp.is_some() && steps[2].signature.is_none());
    stage.world.stop().await;
}
