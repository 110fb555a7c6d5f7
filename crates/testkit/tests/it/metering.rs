//! What is counted under a contract, period by period, by three who do not trust each other. NDI-TR-2025-05 §6.2.5 b; TC609-6-2025-01 §5.2.2.9 c.

use serde_json::{Value, json};
use xinyu_core::metering::book::Book;
use xinyu_core::metering::ledger;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::Tally;
use xinyu_shell::Failure;
use xinyu_store::Timestamp;
use xinyu_testkit::world::{Engine, Seat, WorldOptions};

use crate::termination::stage::{Stage, act, refused};

async fn told(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let kept = if seat.node.party() == Some(seat.node.platform.id.clone()) { "contracts" } else { "agreements" };
    seat.until(&format!("/{kept}/{contract}/metering"), is_so).await.unwrap()
}

/// The latest closed period.
fn latest(info: &Value) -> &Value {
    &info["periods"][0]
}

/// What all of them counted in all, according to the latest period.
fn total(info: &Value, meter: &str) -> [Value; 3] {
    ["provider", "consumer", "platform"].map(|who| latest(info)[who]["total"][meter].clone())
}

fn agrees(info: &Value, uses: u64) -> bool {
    info["disputedSince"].is_null() && total(info, "uses").iter().all(|count| *count == uses)
}

/// A stranger closes all periods again from the log.
async fn check(stage: &Stage, contract: &str) -> ledger::Checked {
    let id = contract.to_owned();
    let entries = stage.world.platform.node.store.read("test.entries", move |tx| {
        Box::pin(async move { xinyu_store::log::of_contract(tx, &id).await.map_err(Failure::from) })
    });
    let entries = entries.await.unwrap();
    let records: Vec<(u64, Record)> =
        entries.iter().map(|entry| (entry.position, SignedRecord::parse(&entry.leaf).unwrap().record)).collect();
    let records: Vec<(u64, &Record)> = records.iter().map(|(position, record)| (*position, record)).collect();
    let platform = stage.world.platform.node.platform_id();
    ledger::check(&platform, &ContractId::parse(contract).unwrap(), &records).unwrap()
}

/// How often people were told of something about a contract.
async fn alerts(seat: &Seat, contract: &str) -> u64 {
    let id = contract.to_owned();
    let alerts = seat.node.store.read("test.alerts", move |tx| {
        Box::pin(async move {
            xinyu_store::performance::alerts(tx, &id, Timestamp::UNIX_EPOCH).await.map_err(Failure::from)
        })
    });
    alerts.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_05_6_2_5_b_three_counts_agree_period_after_period_and_with_the_settlement() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { report_period: Some("PT2S"), ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let contract = stage.contract("metered", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    for key in ["u1", "u2"] {
        assert_eq!(stage.ask(&contract, key).await.0, "done");
    }
    let forbidden = json!({ "useId": "u3", "contractId": contract, "action": "compute", "query": "SELECT 1" });
    let _: Value = consumer.post("/uses", &forbidden).await.unwrap();

    // All three have closed what happened, and nobody had to be asked.
    let come = |info: &Value| agrees(info, 2) && total(info, "refused").iter().all(|count| *count == 1);
    for seat in [platform, provider, consumer] {
        let info = told(seat, &contract, come).await;
        assert_eq!((&info["periodSeconds"], total(&info, "deliveries")), (&json!(2), [json!(1), json!(1), json!(1)]));
        assert_eq!(total(&info, "bytes")[0], total(&info, "bytes")[2], "what was served is what was paid for");
    }
    // A period that is closed stays as it is, whatever comes later.
    let before = told(platform, &contract, |_| true).await;
    assert_eq!(stage.ask(&contract, "u4").await.0, "done");
    let after = told(platform, &contract, |info| agrees(info, 3)).await;
    let (old, new) = (before["periods"].as_array().unwrap(), after["periods"].as_array().unwrap());
    assert_eq!(&new[new.len() - old.len()..], old.as_slice());

    // The contract ends: the last period is the last, and all of them together are what is settled.
    stage.order(&contract, "termination", "o1").await.unwrap();
    let gone = |agreement: &Value| agreement["data"] == "destroyed";
    let _: Value = consumer.until(&format!("/agreements/{contract}"), gone).await.unwrap();
    assert_eq!(stage.ask(&contract, "u5").await.0, "refused");
    let over = |info: &Value| latest(info)["platform"]["isFinal"] == true && info["dueAt"].is_null();
    let info = told(platform, &contract, over).await;
    assert!(agrees(&info, 3), "{info}");
    assert!(total(&info, "refused").iter().all(|count| *count == 1), "what is asked for after the end is not counted");
    let life = stage.life(&contract, |life| life["statement"].is_object()).await;
    for meter in ["deliveries", "rows", "bytes", "uses", "refused"] {
        assert_eq!(total(&info, meter)[2], life["statement"]["meter"][meter], "{meter}");
    }
    let definitions: Value = provider.get("/metering/definitions").await.unwrap();
    assert_eq!(definitions["digest"], latest(&info)["platform"]["definitions"]);
    assert_eq!(definitions["meters"].as_array().unwrap().len(), 8);

    let checked = check(&stage, &contract).await;
    assert_eq!(checked.differs, Vec::<u64>::new());
    assert_eq!(json!(checked.periods.last().unwrap()), *latest(&info));
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_05_6_2_5_b_a_provider_that_counted_one_less_is_a_dispute_until_it_corrects_itself() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { report_period: Some("PT2S"), ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let contract = stage.contract("disputed", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    // Its count of uses is one short, as if it had lost what it was told.
    let id = contract.clone();
    let lost = provider.node.store.write("test.lose", move |tx| {
        Box::pin(async move {
            let mut book: Book = xinyu_store::metering::lock(tx, &id).await?.unwrap();
            let period = book.calendar.period(tx.now());
            book.account.add(period, &Tally::from([("uses".to_owned(), -1)]));
            xinyu_store::metering::save(tx, &id, book.due_at(), &book).await.map_err(Failure::from)
        })
    });
    lost.await.unwrap();
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let differs = |info: &Value| {
        let all = latest(info)["differences"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["meter"] == "uses" && one["platform"] == 1))
    };
    for seat in [platform, provider, consumer] {
        let info = told(seat, &contract, differs).await;
        assert!(info["disputedSince"].as_u64().is_some(), "{info}");
        assert!(alerts(seat, &contract).await > 0, "people are told of it");
    }
    // Nobody but the provider corrects its count, and not to what cannot be.
    let correction = |period: u64, meter: &str, by: i64| json!({ "period": period, "meter": meter, "by": by });
    let correct = async |seat: &Seat, body: Value| act(seat, &contract, "metering/corrections", body).await;
    refused(correct(consumer, correction(1, "uses", 1)).await, "meter-side");
    for (body, code) in [
        (correction(1, "privacy", 1), "unknown-meter"),
        (correction(0, "uses", 1), "meter-period"),
        (correction(99_999, "uses", 1), "meter-period"),
        (correction(1, "uses", 0), "meter-quantity"),
        (correction(1, "rows", -9_000_000_000), "meter-quantity"),
    ] {
        refused(correct(provider, body).await, code);
    }
    refused(act(provider, "C0", "metering/corrections", correction(1, "uses", 1)).await, "unknown-metering");
    correct(provider, correction(1, "uses", 1)).await.unwrap();
    let info = told(platform, &contract, |info| agrees(info, 1)).await;
    let adjusted = info["periods"].as_array().unwrap().iter();
    assert!(adjusted.clone().any(|one| one["provider"]["adjustments"]["1"]["uses"] == 1), "{info}");
    let kinds = stage.kinds(&contract).await;
    for kind in ["metering.counted", "metering.closed", "metering.corrected"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
    assert_eq!(check(&stage, &contract).await.differs, Vec::<u64>::new());
    stage.world.stop().await;
}
