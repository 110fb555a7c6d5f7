//! The end of a contract before its time: by agreement, by its clock, for a breach, by a regulator's order. TC609-6-2025-14 §7.6; TC609-6-2025-01 §5.2.2.5 d, §7.4.3.

pub(crate) mod stage;

use serde_json::{Value, json};
use stage::{Stage, act, agreement, ending, refused};
use xinyu_testkit::world::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_6_a_parties_agree_on_an_early_end_and_the_data_is_destroyed_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("early", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");

    // What is no end is refused, and changes nothing.
    let new = |id: &str, more: Value| {
        let mut new = json!({ "terminationId": id, "reason": "业务调整" });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    };
    for (more, code) in [
        (json!({ "reason": " " }), "termination-reason"),
        (json!({ "endTime": "2020-01-01T00:00:00Z" }), "end-in-the-past"),
        (json!({ "endTime": "2999-01-01T00:00:00Z" }), "end-too-late"),
        (json!({ "disposal": "anonymize" }), "disposal-not-agreed"),
    ] {
        refused(act(provider, &contract, "termination", new("bad", more)).await, code);
    }
    refused(act(provider, "C0", "termination", new("bad", json!({}))).await, "unknown-contract");

    // Proposed the contract goes on; refused it goes on.
    let _ = act(provider, &contract, "termination", new("t1", json!({}))).await.unwrap();
    let _ = act(provider, &contract, "termination", new("t1", json!({}))).await.unwrap();
    refused(
        act(provider, &contract, "termination", new("t1", json!({ "reason": "另一理由" }))).await,
        "termination-taken",
    );
    ending(consumer, &contract, |end| end["proposals"][0]["state"] == "proposed").await;
    assert_eq!(stage.ask(&contract, "u2").await.0, "done");
    let decide =
        |id: &str, action: &str, reason: &str| json!({ "terminationId": id, "action": action, "reason": reason });
    refused(act(provider, &contract, "termination/decision", decide("t1", "agree", "")).await, "own-proposal");
    refused(act(consumer, &contract, "termination/decision", decide("t1", "withdraw", "")).await, "not-your-move");
    refused(act(consumer, &contract, "termination/decision", decide("t1", "refuse", "")).await, "termination-reason");
    let _ = act(consumer, &contract, "termination/decision", decide("t1", "refuse", "尚未用完")).await.unwrap();
    refused(act(consumer, &contract, "termination/decision", decide("t1", "agree", "")).await, "termination-answered");
    let told = ending(provider, &contract, |end| end["proposals"][0]["state"] == "refused").await;
    assert_eq!(told["proposals"][0]["note"], "尚未用完");

    // Both propose at once; one is agreed, the other falls.
    let _ = act(provider, &contract, "termination", new("t2", json!({}))).await.unwrap();
    let _ = act(consumer, &contract, "termination", new("t3", json!({}))).await.unwrap();
    ending(consumer, &contract, |end| {
        end["proposals"].as_array().unwrap().iter().any(|one| one["terminationId"] == "t2")
    })
    .await;
    let _ = act(consumer, &contract, "termination/decision", decide("t2", "agree", "")).await.unwrap();

    // 06 with its reason, at once; then the data goes, is proven, and the contract settled.
    let life = stage.life(&contract, |life| life["line"]["status"] == "06").await;
    assert_eq!((&life["ending"]["kind"], &life["ending"]["reason"]), (&json!("agreement"), &json!("业务调整")));
    assert_eq!(life["ending"]["signedBy"].as_array().unwrap().len(), 2);
    agreement(consumer, &contract, |one| one["data"] == "destroyed" && one["status"] == "06").await;
    let (state, clause) = stage.ask(&contract, "u3").await;
    assert_eq!((state.as_str(), clause.as_str()), ("refused", "/contractStatus"));
    let life = stage.life(&contract, |life| life["ending"]["closing"].is_object()).await;
    assert_eq!(life["statement"]["totalFen"], 1020, "the base and two uses");
    assert_eq!(life["metering"]["differences"], json!([]));
    for seat in [provider, consumer] {
        let end = ending(seat, &contract, |end| end["ending"]["closing"].is_object()).await;
        let state = |id: &str| {
            let all = end["proposals"].as_array().unwrap().iter();
            all.filter(|one| one["terminationId"] == id).map(|one| one["state"].clone()).next()
        };
        assert_eq!((state("t2"), state("t3")), (Some(json!("filed")), Some(json!("superseded"))));
        refused(act(seat, &contract, "termination", new("t4", json!({}))).await, "contract-over");
        // The voucher is the same everywhere, and proves itself.
        let file = seat.api.get_bytes(&format!("/api/v1/agreements/{contract}/voucher")).await.unwrap();
        let there = stage.world.platform.api.get_bytes(&format!("/api/v1/contracts/{contract}/voucher")).await.unwrap();
        assert_eq!(file, there);
        let verified = xinyu_core::termination::voucher::verify(&file).unwrap();
        assert_eq!(verified.signatures.len(), 2);
    }
    let again = json!({ "contractId": contract, "again": true });
    assert!(consumer.post::<_, Value>("/transfers", &again).await.is_err(), "nothing is delivered any more");
    let kinds = stage.kinds(&contract).await;
    for kind in [
        "contract.end_proposed",
        "contract.end_refused",
        "contract.end_agreed",
        "contract.voucher",
        "contract.terminated",
        "usage.destroyed",
        "settlement.stated",
    ] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
    for seat in [&stage.world.platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_6_b_a_contract_ends_at_its_time_with_a_voucher_whether_or_not_anything_was_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let undelivered = stage.filed("expiring", "PT6S", &["read"]).await;
    let life = stage.life(&undelivered, |life| life["ending"]["closing"].is_object()).await;
    assert_eq!((&life["line"]["status"], &life["ending"]["terminateType"]), (&json!("06"), &json!("02")));
    assert_eq!(life["ending"]["kind"], "expiry");
    assert_eq!(life["statement"]["totalFen"], 1000, "what is charged once is owed");
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        agreement(seat, &undelivered, |one| one["status"] == "06").await;
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_7_4_3_a_freeze_is_lifted_or_ends_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("supervised", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    refused(stage.order(&contract, "unfreeze", "l0").await, "refused-by-platform");
    let unfreeze = json!({ "orderId": "x", "ground": "g" });
    refused(consumer.api.post(&format!("/api/v1/contracts/{contract}/unfreeze"), &unfreeze).await, "wrong-role");

    stage.order(&contract, "freeze", "f1").await.unwrap();
    agreement(consumer, &contract, |one| one["stopped"].is_string()).await;
    assert_eq!(stage.ask(&contract, "u2").await, ("refused".to_owned(), "/contractStatus".to_owned()));
    // What both sign meanwhile is kept, and waits.
    let new = json!({ "terminationId": "t1", "reason": "业务调整" });
    let _ = act(provider, &contract, "termination", new).await.unwrap();
    ending(consumer, &contract, |end| end["proposals"][0]["state"] == "proposed").await;

    // Lifted, uses go on with the counters as they were.
    stage.order(&contract, "unfreeze", "l1").await.unwrap();
    refused(stage.order(&contract, "unfreeze", "f1").await, "order-taken");
    agreement(consumer, &contract, |one| one["stopped"].is_null()).await;
    assert_eq!(stage.ask(&contract, "u3").await.0, "done");
    let now = agreement(consumer, &contract, |_| true).await;
    assert_eq!((&now["meter"]["uses"], &now["meter"]["refused"]), (&json!(2), &json!(1)));

    // Frozen again, what is agreed waits for the regulator, who ends it.
    stage.order(&contract, "freeze", "f2").await.unwrap();
    agreement(consumer, &contract, |one| one["stopped"].is_string()).await;
    let agree = json!({ "terminationId": "t1", "action": "agree" });
    let _ = act(consumer, &contract, "termination/decision", agree).await.unwrap();
    let life = stage.life(&contract, |life| life["ending"].is_object()).await;
    assert_eq!((&life["line"]["status"], &life["ending"]["isEffective"]), (&json!("05"), &json!(false)));
    assert_eq!(agreement(consumer, &contract, |_| true).await["data"], "held");
    let ended = stage.order(&contract, "termination", "e1").await.unwrap();
    assert_eq!((&ended["line"]["status"], &ended["ending"]["kind"]), (&json!("06"), &json!("order")));
    agreement(consumer, &contract, |one| one["data"] == "destroyed" && one["stopped"].is_null()).await;
    let life = stage.life(&contract, |life| life["ending"]["closing"].is_object()).await;
    assert_eq!(life["statement"]["totalFen"], 1020);
    refused(stage.order(&contract, "freeze", "f3").await, "refused-by-platform");
    refused(stage.order(&contract, "termination", "e2").await, "refused-by-platform");
    let kinds = stage.kinds(&contract).await;
    for kind in ["contract.frozen", "contract.unfrozen", "usage.unfrozen", "contract.terminated", "usage.destroyed"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "regulator.ordered").count(), 4, "{kinds:?}");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_6_c_a_breach_is_declared_heard_and_decided() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("broken", "P30D", &["read"]).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let clause = "/contractPolicies/0/permissionPolicies/0";
    let claim = |more: Value| {
        let mut claim = json!({ "claimId": "b1", "ground": "breach", "clause": clause, "statement": "超出约定用途" });
        claim.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claim
    };
    for more in [
        json!({ "clause": "/nothing" }),
        json!({ "ground": "whim" }),
        json!({ "records": ["00000000-0000-0000-0000-000000000000"] }),
        json!({ "disposal": "anonymize" }),
    ] {
        refused(act(provider, &contract, "breaches", claim(more)).await, "refused-by-platform");
    }
    refused(act(consumer, &contract, "breaches", claim(json!({ "ground": "consent" }))).await, "refused-by-platform");
    let life: Value = platform.get(&format!("/contracts/{contract}")).await.unwrap();
    let record = life["events"].as_array().unwrap().last().unwrap()["recordId"].clone();
    let _ = act(provider, &contract, "breaches", claim(json!({ "records": [record] }))).await.unwrap();
    let _ = act(provider, &contract, "breaches", claim(json!({ "records": [record] }))).await.unwrap();
    let decision = json!({ "uphold": true, "reason": "证据充分" });
    let decide = || platform.api.post::<_, Value>("/api/v1/breaches/b1/decision", &decision);
    refused(decide().await, "breach-not-heard");
    ending(consumer, &contract, |end| end["breaches"][0]["state"] == "claimed").await;
    let _ = act(consumer, &contract, "breaches/answer", json!({ "claimId": "b1", "answer": "在约定范围内" }))
        .await
        .unwrap();
    assert_eq!(stage.ask(&contract, "u1").await.0, "done", "until it is decided the contract goes on");
    let decided = decide().await.unwrap();
    assert_eq!(decided["notice"]["state"], "upheld");
    refused(decide().await, "breach-decided");
    let life = stage.life(&contract, |life| life["ending"]["closing"].is_object()).await;
    assert_eq!((&life["line"]["status"], &life["ending"]["kind"]), (&json!("06"), &json!("breach")));
    assert_eq!(life["ending"]["clause"], clause);
    agreement(consumer, &contract, |one| one["data"] == "destroyed").await;
    ending(provider, &contract, |end| end["breaches"][0]["state"] == "upheld").await;
    // What was said is not in the log, its digest is.
    let events = life["events"].to_string();
    assert!(
        events.contains("breach.claimed") && events.contains("breach.answered") && events.contains("breach.decided")
    );
    assert!(!events.contains("超出约定用途") && !events.contains("在约定范围内"));
    stage.world.stop().await;
}
