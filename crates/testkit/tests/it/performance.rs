//! A contract's performance is reported period by period, with real servers. TC609-6-2025-14 §7.5 c, d.

use serde_json::{Value, json};
use xinyu_core::contract::signing;
use xinyu_core::performance::{self, seal};
use xinyu_crypto::Suite;
use xinyu_http::ApiError;
use xinyu_protocol::tc609::performance::{Counts, PerformanceNotice, PerformanceReport};
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, Seat, WorldOptions};

use crate::termination::stage::{Stage, act, refused};

/// What one node knows of a contract's reports, once it is so.
async fn told(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let kept = if seat.node.party() == Some(seat.node.platform.id.clone()) { "contracts" } else { "agreements" };
    seat.until(&format!("/{kept}/{contract}/performance"), is_so).await.unwrap()
}

fn side<'a>(info: &'a Value, side: &str) -> &'a Value {
    info["sides"].as_array().unwrap().iter().find(|one| one["side"] == side).unwrap()
}

fn taken(info: &Value, who: &str, number: u64) -> bool {
    let reports = info["reports"].as_array().unwrap().iter();
    let mut reports = reports.filter(|one| one["report"]["side"] == who && one["report"]["number"] == number);
    reports.any(|one| one["takenAt"].is_string())
}

/// Waits until a seat warns of something.
async fn warned(seat: &Seat, name: &str) {
    let is_so = |list: &Value| {
        let mut all = list["items"].as_array().unwrap().iter();
        all.any(|one| one["name"] == name && one["closedAt"].is_null())
    };
    let _: Value = seat.until("/warnings", is_so).await.unwrap();
}

async fn notices(seat: &Seat, path: &str) -> Vec<PerformanceNotice> {
    serde_json::from_slice(&seat.api.get_bytes(path).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_d_both_sides_report_agree_and_end_with_a_final_report() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("reported", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let forbidden = json!({ "useId": "u2", "contractId": contract, "action": "compute", "query": "SELECT 1" });
    let _: Value = consumer.post("/uses", &forbidden).await.unwrap();

    for (seat, who) in [(consumer, "consumer"), (provider, "provider")] {
        let now = act(seat, &contract, "performance", json!({})).await.unwrap();
        assert_eq!(side(&now, who)["number"], 1);
        refused(act(seat, "C0", "performance", json!({})).await, "unknown-contract");
    }
    // All three have both reports, as the platform took them, and nothing contradicts anything.
    for seat in [platform, provider, consumer] {
        let info = told(seat, &contract, |info| taken(info, "consumer", 1) && taken(info, "provider", 1)).await;
        for who in ["consumer", "provider"] {
            let latest = &side(&info, who)["latest"];
            assert_eq!(latest["discrepancies"], json!([]), "{latest}");
            assert_eq!(latest["report"]["total"]["deliveries"], 1, "{latest}");
            assert_eq!(side(&info, who)["state"], "waiting");
        }
        let report = &side(&info, "consumer")["latest"]["report"];
        assert_eq!((&report["period"]["done"], &report["period"]["refused"]), (&json!(1), &json!(1)), "{report}");
        assert_eq!(report["meter"]["uses"], 1);
    }
    let lines: Value = platform.get("/performance").await.unwrap();
    assert_eq!(lines["items"].as_array().unwrap().len(), 2);

    // What happens after is in the next one; the sums carry on.
    assert_eq!(stage.ask(&contract, "u3").await.0, "done");
    let _ = act(consumer, &contract, "performance", json!({})).await.unwrap();
    let info = told(provider, &contract, |info| taken(info, "consumer", 2)).await;
    let report = &side(&info, "consumer")["latest"]["report"];
    assert_eq!((&report["period"]["done"], &report["total"]["done"]), (&json!(1), &json!(2)), "{report}");
    assert_eq!(
        report["previous"],
        info["reports"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| { one["report"]["side"] == "consumer" && one["report"]["number"] == 1 })
            .unwrap()["digest"]
    );

    // The contract ends: both report for the last time, by themselves.
    stage.order(&contract, "termination", "o1").await.unwrap();
    let closed = |info: &Value| ["consumer", "provider"].iter().all(|who| side(info, who)["state"] == "closed");
    let info = told(platform, &contract, closed).await;
    for who in ["consumer", "provider"] {
        let latest = &side(&info, who)["latest"];
        assert_eq!((&latest["report"]["isFinal"], &latest["discrepancies"]), (&json!(true), &json!([])), "{latest}");
        assert_eq!(latest["report"]["status"], "06");
    }
    told(consumer, &contract, closed).await;
    refused(act(consumer, &contract, "performance", json!({})).await, "performance-closed");

    // A stranger checks the file of either node, and finds what was changed in it.
    let path = format!("/api/v1/contracts/{contract}/performance/file");
    let file = notices(platform, &path).await;
    let found = seal::check_file(&file, Suite::Intl).unwrap();
    assert!(found.reporters.values().all(|(_, is_final, _)| *is_final) && found.discrepancies == 0, "{found:?}");
    assert_eq!(notices(consumer, &format!("/api/v1/agreements/{contract}/performance/file")).await, file);
    for change in [
        |file: &mut Vec<PerformanceNotice>| file[0].signed.report.total.done += 1,
        |file: &mut Vec<PerformanceNotice>| file[0].taken.log_size += 1,
        |file: &mut Vec<PerformanceNotice>| drop(file.remove(0)),
        |file: &mut Vec<PerformanceNotice>| file.swap(0, 1),
        |file: &mut Vec<PerformanceNotice>| file.clear(),
    ] {
        let mut changed = file.clone();
        change(&mut changed);
        assert!(seal::check_file(&changed, Suite::Intl).is_err());
    }
    let kinds = stage.kinds(&contract).await;
    for kind in ["performance.reported", "performance.taken"] {
        assert!(kinds.iter().filter(|one| *one == kind).count() >= 5, "{kind}: {kinds:?}");
    }
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_d_reports_come_by_themselves_period_after_period() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { report_period: Some("PT1S"), ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let contract = stage.filed("periodic", "P30D", &["read"]).await;
    let come = |info: &Value| taken(info, "consumer", 2) && taken(info, "provider", 2);
    let info = told(&stage.world.platform, &contract, come).await;
    for report in info["reports"].as_array().unwrap() {
        assert_eq!(report["discrepancies"], json!([]), "{report}");
    }
    assert_eq!(side(&info, "consumer")["periodSeconds"], 1);
    stage.world.stop().await;
}

/// The last report of a connector as it would send it.
async fn sent(seat: &Seat, contract: &str) -> Value {
    let reporter = seat.node.party().unwrap().as_str().to_owned();
    let all = notices(seat, &format!("/api/v1/agreements/{contract}/performance/file")).await;
    let signed = all.into_iter().rfind(|one| one.signed.report.reporter.as_str() == reporter).unwrap().signed;
    json!({
        "contractName": "n", "contractId": contract,
        "strategy": { "subjectInfo": { "dataProductId": "p" }, "executionNodeInfo": { "providerNodeId": "p" }, "actions": [] },
        "executedStrategy": { "executedStrategyId": "s", "executedActions": [], "executionResult": "05" },
        "reportTime": signed.report.until, "expansionItem": signed,
    })
}

async fn post_report(seat: &Seat, body: &Value) -> (u16, Value) {
    let bytes = xinyu_protocol::json::canonical(body).unwrap();
    let (status, answer) = post(&seat.node, &seat.node.platform_id(), "/tc609/contractExecution", bytes).await.unwrap();
    (status, serde_json::from_slice(&answer).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_d_an_altered_missing_or_replayed_report_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.filed("altered", "P30D", &["read"]).await;
    let (consumer, platform) = (&stage.consumer().seat, &stage.world.platform);
    let _ = act(consumer, &contract, "performance", json!({})).await.unwrap();
    told(consumer, &contract, |info| taken(info, "consumer", 1)).await;
    let body = sent(consumer, &contract).await;

    // The same report again changes nothing.
    assert_eq!(post_report(consumer, &body).await.0, 200);
    let with = |change: fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        body
    };
    for (body, code) in [
        (with(|body| body["expansionItem"]["report"]["period"]["done"] = json!(7)), "performance-signature"),
        (with(|body| body["expansionItem"]["report"]["number"] = json!(3)), "performance-signature"),
        (with(|body| body["expansionItem"]["report"]["until"] = json!("2999-01-01T00:00:00Z")), "performance-time"),
        (with(|body| body["expansionItem"]["report"]["side"] = json!(1)), "malformed-message"),
        (with(|body| body["expansionItem"] = json!(null)), "malformed-message"),
    ] {
        let (status, problem) = post_report(consumer, &body).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some(code)), "{problem}");
    }
    // Not its own report, and not its contract.
    let (status, problem) = post_report(&stage.provider().seat, &body).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("performance-differs")), "{problem}");
    let (status, _) = post_report(&stage.regulator().seat, &body).await;
    assert_eq!(status, 404);
    let kinds = stage.kinds(&contract).await;
    assert!(kinds.iter().filter(|kind| *kind == "performance.refused").count() >= 3, "{kinds:?}");
    let info = told(platform, &contract, |_| true).await;
    assert_eq!(side(&info, "consumer")["number"], 1, "nothing of it was taken");
    let unknown: Result<Value, ApiError> = platform.api.get("/api/v1/contracts/C0/performance").await;
    refused(unknown, "unknown-performance");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_d_a_count_that_contradicts_the_evidence_is_seen_by_all() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.filed("lying", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let _ = act(consumer, &contract, "performance", json!({})).await.unwrap();
    told(consumer, &contract, |info| taken(info, "consumer", 1)).await;

    // A node that says that it made five uses, of which there is no record.
    let mut body = sent(consumer, &contract).await;
    let signed = body["expansionItem"].clone();
    let mut lie: PerformanceReport = serde_json::from_value(signed["report"].clone()).unwrap();
    lie.previous = Some(performance::digest(&lie, Suite::Intl).unwrap());
    lie.number = 2;
    lie.from = lie.until;
    lie.period = Counts { done: 5, ..Counts::default() };
    lie.total = performance::sum(&lie.total, &lie.period);
    let key = consumer.node.ring.signing(Suite::Intl);
    let credential = consumer.node.identity().unwrap().credential.unwrap();
    let bytes = xinyu_protocol::json::canonical(&lie).unwrap();
    let signature = signing::sign_bytes(&bytes, &lie.reporter, key, &credential);
    body["expansionItem"] = json!({ "report": lie, "signature": signature });
    assert_eq!(post_report(consumer, &body).await.0, 200);
    for seat in [platform, provider, consumer] {
        let info = told(seat, &contract, |info| taken(info, "consumer", 2)).await;
        let found = &side(&info, "consumer")["latest"]["discrepancies"];
        let found: Vec<_> = found.as_array().unwrap().iter().map(|one| (&one["against"], &one["counter"])).collect();
        assert!(found.contains(&(&json!("evidence"), &json!("done"))), "{found:?}");
        assert!(found.contains(&(&json!("account"), &json!("uses"))), "{found:?}");
    }
    let kinds = stage.kinds(&contract).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "performance.contradicted").count(), 1, "{kinds:?}");
    for seat in [platform, provider, consumer] {
        warned(seat, "report-contradicts-consumer").await;
    }
    // The next one goes on from there.
    let _ = act(consumer, &contract, "performance", json!({})).await.unwrap();
    told(provider, &contract, |info| taken(info, "consumer", 3)).await;
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_d_a_crash_loses_no_report_and_makes_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::begin(folder.path(), Engine::File).await;
    let contract = stage.contract("crashing", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let _ = act(&stage.consumer().seat, &contract, "performance", json!({})).await.unwrap();
    stage.world.crash(1).await.unwrap();
    assert_eq!(stage.ask(&contract, "u2").await.0, "done");
    let _ = act(&stage.consumer().seat, &contract, "performance", json!({})).await.unwrap();
    let info = told(&stage.world.platform, &contract, |info| taken(info, "consumer", 2)).await;
    for report in info["reports"].as_array().unwrap() {
        assert_eq!(report["discrepancies"], json!([]), "{report}");
    }
    assert_eq!(side(&info, "consumer")["latest"]["report"]["total"]["done"], 2);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_connector_that_does_not_report_is_missed_by_platform_and_other_side() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { report_period: Some("PT1S"), ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let contract = stage.filed("silent", "P30D", &["read"]).await;
    let is_missed = |info: &Value| side(info, "consumer")["state"] == "overdue";
    let path = format!("/contracts/{contract}/performance");
    let number = |info: &Value| side(info, "consumer")["number"].as_u64().unwrap();
    loop {
        // It has forgotten that it should; a report that is under way remembers.
        let (consumer, id) = (&stage.consumer().seat.node, contract.clone());
        let me = consumer.party().unwrap().as_str().to_owned();
        let forgotten = consumer.store.write("test.forget", move |tx| {
            Box::pin(async move {
                let chain = xinyu_store::performance::lock(tx, &id, &me).await?.unwrap();
                xinyu_store::performance::save(tx, &chain, None).await
            })
        });
        forgotten.await.unwrap();
        let before: Value = stage.world.platform.until(&path, |info: &Value| info["sides"].is_array()).await.unwrap();
        let goes_on = |info: &Value| is_missed(info) || number(info) > number(&before);
        let info: Value = stage.world.platform.until(&path, goes_on).await.unwrap();
        if is_missed(&info) {
            break;
        }
    }
    told(&stage.provider().seat, &contract, is_missed).await;
    for seat in [&stage.world.platform, &stage.provider().seat] {
        warned(seat, "report-overdue-consumer").await;
    }
    let overdue = |life: &Value| {
        let events = life["events"].as_array().unwrap().iter();
        events.filter(|event| event["kind"] == "performance.overdue" && event["text"]["zh"] != "").count()
    };
    let life = stage.life(&contract, |life| overdue(life) > 0).await;
    assert_eq!(overdue(&life), 1, "each is told once");
    stage.world.stop().await;
}
