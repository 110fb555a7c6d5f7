//! What belongs to a contract is disposed of when its time is over and nothing stands in the way; every other proof stays what it was. NDI-TR-2025-05 §6.2.5 c.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_core::effect::{Draft, Effect};
use xinyu_evidence::receipt::Receipt;
use xinyu_evidence::verify::{VerifyOptions, records};
use xinyu_evidence::{LogReport, verify_log_with};
use xinyu_http::ApiError;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Failure, effect};
use xinyu_store::args;
use xinyu_testkit::world::{Engine, SPACE, Seat};

use crate::termination::stage::{Stage, refused};

/// The log grows by so many records that are about no contract.
async fn grow(seat: &Seat, count: usize) {
    let node = seat.node.clone();
    let grown = seat.node.store.write("test.grow", move |tx| {
        Box::pin(async move {
            let record = |at: usize| Effect::Record(Draft::new("warning.closed", SPACE).fact("at", at));
            effect::apply(&node, tx, (0..count).map(record).collect()).await
        })
    });
    grown.await.unwrap();
}

/// As if the contract had ended years ago.
async fn age(seat: &Seat, contract: &str) {
    let _: Value = seat.get("/retention").await.unwrap();
    let id = contract.to_owned();
    let aged = seat.node.store.write("test.age", move |tx| {
        Box::pin(async move {
            let then = tx.now() - SignedDuration::from_hours(24 * 366 * 3);
            let sql = "UPDATE retention SET ended_at = $2 WHERE contract_id = $1";
            assert_eq!(tx.execute(sql, args![id, then]).await?, 1, "its end is noted");
            Ok::<_, Failure>(())
        })
    });
    aged.await.unwrap();
}

async fn decide(seat: &Seat, contract: &str, what: &str, body: Value) -> Result<Value, ApiError> {
    seat.api.post(&format!("/api/v1/retention/{contract}/{what}"), &body).await
}

fn state(list: &Value, contract: &str) -> String {
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|one| one["contractId"] == contract);
    found.and_then(|one| one["state"].as_str()).unwrap_or_default().to_owned()
}

/// The log in the files, verified against an earlier head of it.
fn verify(seat: &Seat, earlier: Option<&LogReport>) -> (LogFolder, LogReport) {
    let folder = LogFolder::new(&seat.node.data_dir, SPACE).unwrap();
    let options =
        VerifyOptions { earlier: earlier.map(|report| report.checkpoint.clone()), ..VerifyOptions::default() };
    let report = verify_log_with(&folder, &options);
    (folder, report)
}

/// The receipt of a record: status and body.
async fn receipt(seat: &Seat, record: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{}/evidence/{SPACE}/receipt/{record}", seat.address)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Records in the files that are not about a contract.
fn of_others(folder: &LogFolder, size: u64, contract: &str) -> BTreeSet<String> {
    let all = records(folder, size).unwrap().into_iter().map(|(_, signed)| signed.record);
    all.filter(|record| record.contract.as_deref() != Some(contract)).map(|record| record.id).collect()
}

/// How many entries the store keeps only the hashes of.
async fn hashes_alone(seat: &Seat) -> u64 {
    let found = seat.node.store.read("test.hashes", |tx| {
        Box::pin(async move {
            let row = tx.fetch_one("SELECT COUNT(*) AS hashes FROM entry WHERE remains IS NOT NULL", args![]).await?;
            row.unsigned("hashes").map_err(Failure::from)
        })
    });
    found.await.unwrap()
}

/// Records of a contract in the files.
fn of_contract(folder: &LogFolder, size: u64, contract: &str) -> Vec<(String, String)> {
    let all = records(folder, size).unwrap().into_iter().map(|(_, signed)| signed.record);
    let ours = all.filter(|record| record.contract.as_deref() == Some(contract));
    ours.map(|record| (record.kind, record.id)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_05_6_2_5_c_what_is_over_is_disposed_of_and_every_other_proof_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::begin(folder.path(), Engine::File).await;
    let kept = stage.contract("kept", "P30D", &["read"]).await;
    let contract = stage.contract("over", "P30D", &["read"]).await;
    for (contract, key) in [(&contract, "u1"), (&kept, "u2")] {
        assert_eq!(stage.ask(contract, key).await.0, "done");
    }
    let running = decide(&stage.world.platform, &contract, "disposal", json!({})).await;
    refused(running, "unknown-ended-contract");
    stage.order(&contract, "termination", "o1").await.unwrap();
    stage.life(&contract, |life| life["statement"].is_object()).await;
    grow(&stage.world.platform, 300).await;

    // Not before its time, not while somebody keeps it longer for a reason, and not twice.
    let platform = &stage.world.platform;
    refused(decide(platform, &contract, "disposal", json!({})).await, "retention-not-over");
    age(platform, &contract).await;
    refused(decide(platform, &contract, "hold", json!({ "why": "  " })).await, "retention-reason");
    decide(platform, &contract, "hold", json!({ "why": "法院调查令" })).await.unwrap();
    refused(decide(platform, &contract, "disposal", json!({})).await, "retention-obstacle");
    decide(platform, &contract, "release", json!({})).await.unwrap();
    let list: Value = platform.get("/retention").await.unwrap();
    assert_eq!((state(&list, &contract), state(&list, &kept)), ("due".to_owned(), String::new()));

    let (files, before) = verify(platform, None);
    assert_eq!((&before.problems, before.disposed), (&Vec::new(), 0));
    let ours = of_contract(&files, before.size, &contract);
    let others = of_others(&files, before.size, &contract);
    let (_, used) = ours.iter().find(|(kind, _)| kind == "usage.done").unwrap().clone();
    let (status, old) = receipt(platform, &used).await;
    assert_eq!(status, 200, "{old}");

    decide(platform, &contract, "disposal", json!({})).await.unwrap();
    let gone = |list: &Value| state(list, &contract) == "disposed";
    // What of it came last has to wait until its bundle is full.
    for _ in 0..60 {
        let list: Value = platform.get("/retention").await.unwrap();
        if gone(&list) {
            break;
        }
        grow(platform, 50).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let list: Value = platform.get("/retention").await.unwrap();
    assert!(gone(&list), "{list}");
    until_thinned(platform, &before, &contract).await;
    let (files, after) = verify(platform, Some(&before));
    assert_eq!(after.problems, Vec::new());
    let left = of_contract(&files, after.size, &contract);
    assert!(left.iter().all(|(kind, _)| kind == "evidence.disposed") && !left.is_empty(), "{left:?}");
    // Of what is gone there were a few more by then than in the files before; of others nothing is gone.
    assert_eq!(after.disposed, hashes_alone(platform).await);
    assert!(after.disposed >= u64::try_from(ours.len()).unwrap(), "{} {}", after.disposed, ours.len());
    assert!(of_others(&files, after.size, &contract).is_superset(&others));
    refused(decide(platform, &contract, "disposal", json!({})).await, "retention-disposed");
    refused(platform.api.get(&format!("/api/v1/contracts/{contract}")).await, "unknown-contract");

    // Its receipts are no longer made; one that was made before is as good as ever, and those of others are made.
    let (status, text) = receipt(platform, &used).await;
    assert!(status == 410 && text.contains("disposed-record"), "{status} {text}");
    let folder_keys = std::fs::read_to_string(files.path().join("key")).unwrap().parse().unwrap();
    Receipt::parse(old.as_bytes()).unwrap().verify(&folder_keys).unwrap();
    let (_, other) = of_contract(&files, after.size, &kept).pop().unwrap();
    assert_eq!(receipt(platform, &other).await.0, 200);
    assert_eq!(stage.ask(&kept, "u3").await.0, "done");

    // Files that are lost are made again from what is kept, by a platform that starts anew.
    std::fs::remove_file(files.path().join("tile/entries/000")).unwrap();
    stage.world = stage.world.crash_platform().await.unwrap();
    let platform = &stage.world.platform;
    grow(platform, 1).await;
    until_thinned(platform, &before, &contract).await;
    let (_, again) = verify(platform, Some(&after));
    assert_eq!((again.problems, again.disposed), (Vec::new(), after.disposed));

    // A member disposes of what it has by its own decision.
    let provider = &stage.provider().seat;
    age(provider, &contract).await;
    decide(provider, &contract, "disposal", json!({})).await.unwrap();
    let _: Value = provider.until("/retention", gone).await.unwrap();
    let events: Value = provider.get(&format!("/events?contract={contract}")).await.unwrap_or_default();
    assert!(!events.to_string().contains(&contract), "{events}");
    assert!(of_provider(provider, &kept).await > 0 && of_provider(provider, &contract).await == 0);
    stage.world.stop().await;
}

/// How many records a connector keeps under a contract.
async fn of_provider(seat: &Seat, contract: &str) -> usize {
    let id = contract.to_owned();
    let found = seat.node.store.read("test.records", move |tx| {
        Box::pin(async move { xinyu_store::record::list(tx, &id, 100).await.map_err(Failure::from) })
    });
    found.await.unwrap().len()
}

/// Waits until the files are of a head that has the last record, and have nothing of the contract any more.
async fn until_thinned(seat: &Seat, before: &LogReport, contract: &str) {
    for _ in 0..600 {
        let (files, report) = verify(seat, Some(before));
        let is_thin = || of_contract(&files, report.size, contract).iter().all(|(kind, _)| kind == "evidence.disposed");
        if report.ok && report.size > before.size && is_thin() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (_, report) = verify(seat, Some(before));
    panic!("{:?}", report.problems);
}
