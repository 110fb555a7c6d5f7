//! A connector that is cut off from its platform, or cannot write down what it does, stops what runs by itself and begins nothing. TC609-6-2025-15 §7.1.2.4 g.

use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use xinyu_http::ApiError;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewTransfer, NewUse, ProcessInfo, UseInfo};
use xinyu_protocol::api::device::DeviceInfo;
use xinyu_shell::Failure;
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::world::{Seat, World, WorldOptions, partners};

const SILENCE: i64 = 3;
const CLAUSE: &str = "/connectorHealth";
const SHORT: &str = "SELECT count(*) FROM data";
/// Longer than any use may run.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, data WHERE i < 0";

/// A provider and a consumer that holds data of it, and the line to their platform.
struct Stage {
    world: World,
    line: Arc<Line>,
    contract: String,
}

impl Stage {
    async fn set(folder: &std::path::Path, max_silence: &'static str) -> Self {
        let line = Arc::new(Line::open().await.unwrap());
        let options = WorldOptions { max_silence, line: Some(Arc::clone(&line)), ..WorldOptions::default() };
        let world = World::among_partners(folder, partners().unwrap(), options).await.unwrap();
        // The first word with the platform may come later than the first contract.
        for member in &world.members {
            let _: DeviceInfo =
                member.seat.until("/device", |device: &DeviceInfo| device.unfit.is_empty()).await.unwrap();
        }
        let contract = world.hold("health", json!({ "actions": ["use"] })).await.unwrap();
        Self { world, line, contract }
    }

    fn consumer(&self) -> &Seat {
        &self.world.member(1).unwrap().seat
    }

    async fn ask(&self, use_id: &str, query: &str) -> Result<UseInfo, ApiError> {
        let new = NewUse {
            use_id: use_id.to_owned(),
            contract_id: self.contract.clone(),
            action: "use".to_owned(),
            query: Some(query.to_owned()),
            ..NewUse::default()
        };
        self.consumer().api.post("/api/v1/uses", &new).await
    }

    async fn all_run(&self, many: usize) {
        let run = |all: &List<UseInfo>| all.items.iter().filter(|one| one.state == "running").count() == many;
        let path = format!("/uses?contract={}", self.contract);
        let _: List<UseInfo> = self.consumer().until(&path, run).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_a_connector_that_is_cut_off_stops_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(folder.path(), "PT3S").await;
    let running = join_all((0..3).map(async |at| stage.ask(&format!("long-{at}"), ENDLESS).await));
    let cut = async {
        stage.all_run(3).await;
        stage.line.strike("/tc609/heartbeat", Fault::RequestLost)
    };
    let (uses, strike) = tokio::join!(running, cut);
    let heard_at = stage.world.member(1).unwrap().connector.health.look().heard_at.unwrap();
    for one in uses {
        let one = one.unwrap();
        assert_eq!((one.state.as_str(), one.reasons[0].clause.as_str()), ("stopped", CLAUSE), "{one:?}");
        let after = one.ended_at.unwrap().duration_since(heard_at) - SignedDuration::from_secs(SILENCE);
        assert!(!after.is_negative(), "not before its time: {after:?}");
        println!("stopped {after:?} after the longest silence");
    }
    let unfit = stage.ask("cut off", SHORT).await;
    assert!(unfit.is_err_and(|error| error.to_string().contains("without white space")));
    let refused = stage.ask("cut-off", SHORT).await.unwrap();
    assert_eq!((refused.state.as_str(), refused.reasons[0].clause.as_str()), ("refused", CLAUSE), "{refused:?}");
    let new = NewTransfer { contract_id: stage.contract.clone(), again: true, ..NewTransfer::default() };
    let unmoved: Result<ProcessInfo, ApiError> = stage.consumer().api.post("/api/v1/transfers", &new).await;
    assert!(unmoved.is_err_and(|error| error.to_string().contains("has not reached its platform")));
    let device: DeviceInfo = stage.consumer().get("/device").await.unwrap();
    assert_eq!((device.heard_at, device.unfit.len()), (Some(heard_at), 1), "{device:?}");

    strike.lift();
    let is_fit = |device: &DeviceInfo| device.unfit.is_empty();
    let _: DeviceInfo = stage.consumer().until("/device", is_fit).await.unwrap();
    assert_eq!(stage.ask("heard-again", SHORT).await.unwrap().state, "done");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_a_restart_makes_no_silence_shorter() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path(), "PT3S").await;
    let strike = stage.line.strike("/tc609/heartbeat", Fault::RequestLost);
    strike.has_struck().await;
    let is_unfit = |device: &DeviceInfo| !device.unfit.is_empty();
    let before: DeviceInfo = stage.consumer().until("/device", is_unfit).await.unwrap();
    stage.world.crash(1).await.unwrap();
    let refused = stage.ask("restarted", SHORT).await.unwrap();
    assert_eq!((refused.state.as_str(), refused.reasons[0].clause.as_str()), ("refused", CLAUSE), "{refused:?}");
    let after: DeviceInfo = stage.consumer().get("/device").await.unwrap();
    assert_eq!(after.heard_at, before.heard_at);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_what_could_not_be_proven_is_not_computed() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(folder.path(), "").await;
    let running = stage.ask("long", ENDLESS);
    let broken = async {
        stage.all_run(1).await;
        writable(stage.consumer(), false).await;
        let is_unfit = |device: &DeviceInfo| !device.unfit.is_empty();
        let device: DeviceInfo = stage.consumer().until("/device", is_unfit).await.unwrap();
        assert!(device.unfit[0].why.en.contains("its store takes nothing"), "{device:?}");
    };
    // The use ends, though its end cannot be written down: nothing is given out.
    let (ended, ()) = tokio::join!(running, broken);
    assert!(ended.is_err(), "{ended:?}");
    writable(stage.consumer(), true).await;
    let is_fit = |device: &DeviceInfo| device.unfit.is_empty();
    let _: DeviceInfo = stage.consumer().until("/device", is_fit).await.unwrap();
    assert_eq!(stage.ask("writable-again", SHORT).await.unwrap().state, "done");
    stage.world.stop().await;
}

/// Whether the store of a node takes what is written of its settings and its uses.
async fn writable(seat: &Seat, takes: bool) {
    let made = [
        "CREATE TRIGGER no_setting BEFORE UPDATE ON setting BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        "CREATE TRIGGER no_usage BEFORE UPDATE ON usage BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ];
    let statements = if takes { ["DROP TRIGGER no_setting", "DROP TRIGGER no_usage"] } else { made };
    let written = seat.node.store.write("trigger", move |tx| {
        Box::pin(async move {
            for sql in statements {
                tx.execute(sql, Vec::new()).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    written.await.unwrap();
}
