//! Records on their way to the platform, over HTTP: what is told twice, what differs, what is another's, what cannot be counted. TC609-6-2025-01 §5.2.2.12.

use std::sync::Arc;

use serde_json::{Value, json};
use xinyu_core::effect::{Draft, Effect};
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_evidence::verify::VerifyOptions;
use xinyu_evidence::verify_log_with;
use xinyu_protocol::tc609::bundle::{Bundle, Message};
use xinyu_protocol::tc609::evidence::EvidenceReport;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Node, effect, peer};
use xinyu_testkit::world::{Engine, ProductOptions, SPACE, World};

fn record(node: &Node, contract: Option<&str>, id: &str, kind: &str, facts: &Value) -> Record {
    Record {
        v: 1,
        id: id.to_owned(),
        kind: kind.to_owned(),
        space: SPACE.to_owned(),
        contract: contract.map(str::to_owned),
        subject: Some("p".to_owned()),
        actor: node.party().unwrap().as_str().to_owned(),
        at: node.store.clock().now(),
        facts: facts.as_object().unwrap().clone().into_iter().collect(),
        refs: Vec::new(),
    }
}

fn sign(node: &Node, record: Record) -> EvidenceReport {
    let signed = SignedRecord::sign(record, node.ring.signing(node.suite_of(SPACE))).unwrap();
    EvidenceReport { record: serde_json::to_value(signed).unwrap() }
}

/// What the platform answers.
async fn post(node: &Arc<Node>, path: &str, body: &impl serde::Serialize) -> (u16, Value) {
    let body = serde_json::to_vec(body).unwrap();
    match peer::post(node, &node.platform_id(), path, body).await {
        Ok((status, body)) => (status, serde_json::from_slice(&body).unwrap()),
        Err(error) => panic!("{error:?}"),
    }
}

async fn report(node: &Arc<Node>, report: &EvidenceReport) -> (u16, Value) {
    post(node, "/tc609/evidence", report).await
}

async fn bundle(node: &Arc<Node>, reports: &[EvidenceReport]) -> (u16, Value) {
    let message = |report| Message { path: "/tc609/evidence".to_owned(), body: serde_json::to_value(report).unwrap() };
    post(node, "/tc609/bundle", &Bundle { messages: reports.iter().map(message).collect() }).await
}

/// Where a record stands in the log, if it does.
async fn place(world: &World, id: &'static str) -> Option<u64> {
    let read = world.platform.node.store.read("place", move |tx| Box::pin(xinyu_store::log::find_record(tx, id)));
    read.await.unwrap().map(|entry| entry.position)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_12_what_is_told_twice_counts_once_and_what_differs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let options = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    let product = world.member(0).unwrap().seed_product("evidence", options).await.unwrap();
    let contract = world.agree(product.as_str()).await.unwrap();
    let (provider, consumer) = (&world.members[0].seat.node, &world.members[1].seat.node);
    let done = |id: &str, rows: u64| {
        sign(consumer, record(consumer, Some(&contract), id, "usage.done", &json!({ "rows_out": rows })))
    };
    let first = done("told-once", 3);
    let (status, answer) = report(consumer, &first).await;
    assert_eq!(status, 200, "{answer}");

    // The same once more, by itself and among others, and twice in one bundle: always the same place.
    assert_eq!(report(consumer, &first).await, (200, answer.clone()));
    let other = done("told-with-it", 4);
    let (status, answers) = bundle(consumer, &[first.clone(), other.clone(), other.clone(), first.clone()]).await;
    assert_eq!(status, 200, "{answers}");
    let index = |at: usize| answers["answers"][at]["index"].as_u64().unwrap();
    assert_eq!((index(0), index(3)), (answer["index"].as_u64().unwrap(), index(0)));
    assert_eq!(
        (Some(index(1)), Some(index(2))),
        (place(&world, "told-with-it").await, place(&world, "told-with-it").await)
    );

    // The same identifier with another amount, or taken by somebody else: refused, and of what came with it nothing is kept.
    let (status, problem) = report(consumer, &done("told-once", 4)).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("record-differs")), "{problem}");
    let (status, problem) = bundle(consumer, &[done("not-kept", 1), done("told-once", 5)]).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("record-differs")), "{problem}");
    let squatted = sign(provider, record(provider, None, "told-once", "usage.done", &json!({})));
    let (status, problem) = report(provider, &squatted).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("record-differs")), "{problem}");

    // Another's record, by whoever signed it, and one that was altered after it was signed.
    let (status, problem) = report(provider, &done("anothers", 1)).await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("not-your-record")), "{problem}");
    let forged = sign(provider, record(consumer, Some(&contract), "forged", "usage.done", &json!({})));
    let (status, problem) = report(consumer, &forged).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("malformed-record")), "{problem}");
    let mut altered = done("altered", 1);
    altered.record["record"]["facts"]["rows_out"] = json!(2);
    let (status, problem) = report(consumer, &altered).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("malformed-record")), "{problem}");

    // What cannot be counted is not taken for nothing.
    for (rows, code) in [
        (json!(-1), "meter-quantity"),
        (json!("3"), "meter-quantity"),
        (json!(9_223_372_036_854_775_808_u64), "malformed-record"),
        (json!(1.5), "malformed-record"),
    ] {
        let key = provider.ring.signing(provider.suite_of(SPACE));
        let facts = json!({ "rows": rows, "bytes": 3 });
        let record = record(provider, Some(&contract), "quantity", "transfer.delivered", &facts);
        let body = match SignedRecord::sign(record.clone(), key) {
            Ok(signed) => serde_json::to_value(signed).unwrap(),
            // What our own signer refuses, another's may send.
            Err(_) => json!({ "record": record, "kid": key.public().kid(), "signature": "AAAA" }),
        };
        let (status, problem) = report(provider, &EvidenceReport { record: body }).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some(code)), "{rows}: {problem}");
    }
    for id in ["not-kept", "anothers", "forged", "altered", "quantity"] {
        assert_eq!(place(&world, id).await, None, "{id}");
    }
    assert_eq!(place(&world, "told-once").await, answer["index"].as_u64());
    world.stop().await;
}

/// A record of the platform's own in the log of a space, and how many entries the log has by then.
async fn grow(node: &Arc<Node>, space: &'static str) -> u64 {
    let own = Arc::clone(node);
    let grown = node.store.write("test.grow", move |tx| {
        Box::pin(async move {
            effect::apply(&own, tx, vec![Effect::Record(Draft::new("warning.closed", space))]).await?;
            Ok::<_, xinyu_shell::Failure>(xinyu_store::log::find(tx, space).await?.unwrap().size)
        })
    });
    grown.await.unwrap()
}

/// Waits until the files of a log are those of a head with so many entries.
async fn published(node: &Arc<Node>, space: &str, size: u64) {
    let folder = LogFolder::new(&node.data_dir, space).unwrap();
    let report = || verify_log_with(&folder, &VerifyOptions::default());
    for _ in 0..600 {
        if std::fs::metadata(folder.path().join("checkpoint")).is_ok() && report().ok && report().size >= size {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{space} is not published: {:?}", report().problems);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_2_a_log_that_cannot_be_published_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::File, Vec::new()).await.unwrap();
    let other = json!({
        "spaceId": "zz-other", "name": "另一空间", "description": "", "kind": "industry", "suite": "intl", "platformPermille": 100,
        "unsignedAgreements": true, "requires": [], "technicalOnly": false, "registeredComponents": true, "sealedFiling": false,
        "reportPeriod": "P1D", "maxSilence": "",
    });
    let _: Value = world.platform.post("/spaces", &other).await.unwrap();
    let node = &world.platform.node;
    for space in [SPACE, "zz-other"] {
        published(node, space, grow(node, space).await).await;
    }
    // A file stands where the folder of the first was: nothing can be written there.
    let place = LogFolder::new(&node.data_dir, SPACE).unwrap().path().to_owned();
    std::fs::rename(&place, folder.path().join("aside")).unwrap();
    std::fs::write(&place, b"in the way").unwrap();
    let waits = grow(node, SPACE).await;
    published(node, "zz-other", grow(node, "zz-other").await).await;
    published(node, "zz-other", grow(node, "zz-other").await).await;

    // What could not be written is there once it can be.
    std::fs::remove_file(&place).unwrap();
    let grown = grow(node, SPACE).await;
    assert_eq!(grown, waits + 1);
    published(node, SPACE, grown).await;
    world.stop().await;
}
