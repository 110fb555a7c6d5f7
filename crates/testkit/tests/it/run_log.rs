//! The run logs of connectors arrive at their platform whole, in order and once, whatever happens on the way, and go up to a function node.
//! TC609-6-2025-01 §5.2.2.12 d, §5.3.3.6 a; TC609-6-2025-16 6.10 d; NDI-TR-2025-05 §6.2.5.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xinyu_core::chain::BEGINNING;
use xinyu_core::run_log::{entry, text};
use xinyu_crypto::Suite;
use xinyu_platform::run_log::{anchor, report};
use xinyu_protocol::api::List;
use xinyu_protocol::api::run_log::{RunLogCheck, RunLogInfo, RunLogPage, RunLogSource};
use xinyu_protocol::tc609::run_log::{Level, Outcome, RunLogAnswer, RunLogReport};
use xinyu_shell::{Failure, Node, peer};
use xinyu_store::run_log::{Head, OWN};
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::function_node::StandIn;
use xinyu_testkit::world::{Engine, MemberOptions, SPACE, Seat, World, WorldOptions};

const PATH: &str = "/tc609/runLog";
/// The account that tests log in with; it must never leave its node.
const STRANGER: &str = "zhangsan4711";

async fn world(folder: &std::path::Path, line: Option<&Arc<Line>>) -> World {
    let members = [0, 1].map(|organisation| MemberOptions {
        organisation,
        is_consumer: organisation == 1,
        ..MemberOptions::default()
    });
    let options = WorldOptions { line: line.cloned(), ..WorldOptions::default() };
    World::start_with(folder, Engine::File, members.into(), options).await.unwrap()
}

/// Something happens at a node that its run log tells of.
async fn note(node: &Node, level: Level, detail: &'static str) {
    let noted = node.store.write("test.note", move |tx| {
        Box::pin(async move {
            xinyu_store::run_log::note(tx, level, "message.set-aside", "payment", detail).await.map_err(Failure::from)
        })
    });
    noted.await.unwrap();
}

async fn own(node: &Node) -> Head {
    xinyu_shell::run_log::seal(&node.store).await.unwrap();
    let head = node
        .store
        .read("test.head", |tx| Box::pin(async move { xinyu_store::run_log::own(tx).await.map_err(Failure::from) }));
    head.await.unwrap().unwrap()
}

/// All that a node shows of a log, the earliest first.
async fn all(seat: &Seat, connector: &str) -> Vec<RunLogInfo> {
    let (mut found, mut before) = (Vec::new(), String::new());
    loop {
        let page: RunLogPage =
            seat.get(&format!("/run-log?connector={connector}&limit=7&before={before}")).await.unwrap();
        found.extend(page.items);
        match page.next {
            Some(next) => before = next,
            None => break,
        }
    }
    found.sort_by_key(|one| (one.epoch, one.sequence));
    found
}

/// Waits until the platform has all of a member's log in its latest telling.
async fn until_collected(world: &World, at: usize) -> RunLogSource {
    let member = world.member(at).unwrap();
    let id = member.id().unwrap();
    for _ in 0..600 {
        // What is written meanwhile is waited for too.
        let digest = text(&own(&member.seat.node).await.digest);
        let all: List<RunLogSource> = world.platform.get("/run-log/sources").await.unwrap();
        if let Some(found) = all.items.into_iter().find(|one| one.connector_id == id && one.digest == digest) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the platform does not have the log of {id} within 30 s");
}

/// That both have the same entries, each once, and both chains verify.
async fn check(world: &World, at: usize) {
    let member = world.member(at).unwrap();
    let id = member.id().unwrap();
    let (here, there) = (all(&member.seat, &id).await, all(&world.platform, &id).await);
    let brief = |all: &[RunLogInfo]| all.iter().map(|one| (one.sequence, one.digest.clone())).collect::<Vec<_>>();
    assert_eq!(brief(&there), brief(&here));
    let places: Vec<u64> = there.iter().map(|one| one.sequence).collect();
    assert_eq!(places, (1..=u64::try_from(there.len()).unwrap()).collect::<Vec<_>>());
    for seat in [&member.seat, &world.platform] {
        let check: RunLogCheck = seat.get(&format!("/run-log/verification?connector={id}")).await.unwrap();
        assert!(check.ok && check.entries >= u64::try_from(here.len()).unwrap(), "{check:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_12_d_what_is_written_while_the_platform_is_away_arrives_once() {
    let folder = tempfile::tempdir().unwrap();
    let line = Arc::new(Line::open().await.unwrap());
    let mut world = world(folder.path(), Some(&line)).await;
    until_collected(&world, 0).await;

    for fault in [Fault::RequestLost, Fault::AnswerLost] {
        let strike = line.strike(PATH, fault);
        for _ in 0..3 {
            note(&world.member(0).unwrap().seat.node, Level::Error, "while-away").await;
        }
        strike.has_struck().await;
        note(&world.member(0).unwrap().seat.node, Level::Info, "later").await;
        strike.lift();
        until_collected(&world, 0).await;
        check(&world, 0).await;
    }

    // Killed while it could not tell: what was written is still there, and how it ended is told.
    let strike = line.strike(PATH, Fault::RequestLost);
    note(&world.member(0).unwrap().seat.node, Level::Error, "before-the-end").await;
    world.crash(0).await.unwrap();
    strike.lift();
    until_collected(&world, 0).await;
    check(&world, 0).await;
    let found = all(&world.platform, &world.member(0).unwrap().id().unwrap()).await;
    let codes: Vec<&str> = found.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "node.started").count(), 2, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "node.broken-off").count(), 1, "{codes:?}");
    let told = |detail: &str| found.iter().filter(|one| one.detail == detail).count();
    assert_eq!((told("while-away"), told("later"), told("before-the-end")), (6, 2, 1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_d_each_tells_only_its_own_log_also_while_it_is_suspended() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), None).await;
    until_collected(&world, 0).await;
    until_collected(&world, 1).await;
    let ids = [0, 1].map(|at| world.member(at).unwrap().id().unwrap());
    let before = all(&world.platform, &ids[0]).await;

    // One tells another's log: it is taken for its own, and that it is not.
    let other = &world.member(1).unwrap().seat.node;
    let told = std::iter::repeat_n(&before[0], 200);
    let entries = told.map(|one| entry(one.at, one.level, one.category, &one.code, "x", "")).collect();
    let report = RunLogReport { epoch: 1, begin: 1, from: 1, before: text(&BEGINNING), last: 200, entries };
    let body = serde_json::to_vec(&report).unwrap();
    let (status, answer) = peer::post(other, &other.platform_id(), PATH, body).await.unwrap();
    let answer: RunLogAnswer = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, answer.outcome), (200, Outcome::Diverged));
    assert_eq!(all(&world.platform, &ids[0]).await, before);

    let standing = json!({ "action": "suspend", "reason": "审查" });
    let _: Value = world.platform.post(&format!("/participants/{}/standing", ids[0]), &standing).await.unwrap();
    note(&world.member(0).unwrap().seat.node, Level::Warn, "while-suspended").await;
    until_collected(&world, 0).await;
    check(&world, 0).await;
    world.stop().await;
}

/// A node's store goes back to what it was after so many entries of a log.
async fn restore(node: &Node, party: &str, sequence: u64) {
    let party = party.to_owned();
    let restored = node.store.write("test.restore", move |tx| {
        Box::pin(async move {
            let head = xinyu_store::run_log::lock_latest(tx, &party).await?.unwrap();
            let digest = xinyu_store::run_log::digest_at(tx, &head, sequence).await?.unwrap();
            let args = xinyu_store::args![party.as_str(), i64::try_from(sequence).unwrap()];
            tx.execute("DELETE FROM run_log WHERE party = $1 AND sequence > $2", args).await?;
            let settled = head.settled.min(sequence);
            let head = Head { sequence, digest, told: sequence, settled, ..head };
            xinyu_store::run_log::save(tx, &head).await.map_err(Failure::from)
        })
    });
    restored.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_d_whichever_side_is_restored_from_a_backup_goes_on_and_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), None).await;
    let (node, id) = (&world.member(0).unwrap().seat.node, world.member(0).unwrap().id().unwrap());
    for _ in 0..4 {
        note(node, Level::Info, "first").await;
    }
    until_collected(&world, 0).await;

    // The platform asks again for what it has lost.
    restore(&world.platform.node, &id, 2).await;
    note(node, Level::Info, "second").await;
    until_collected(&world, 0).await;
    check(&world, 0).await;
    let told: List<RunLogSource> = world.platform.get("/run-log/sources").await.unwrap();
    assert!(told.items.iter().all(|one| !one.is_diverged && one.epoch == 1), "{told:?}");

    // The connector has lost what the platform holds: it tells its log anew, and the platform keeps both.
    let held = all(&world.platform, &id).await;
    restore(node, OWN.0, 3).await;
    note(node, Level::Info, "third").await;
    let source = {
        let anew = |all: &List<RunLogSource>| all.items.iter().any(|one| one.connector_id == id && one.epoch == 2);
        let _: List<RunLogSource> = world.platform.until("/run-log/sources", anew).await.unwrap();
        until_collected(&world, 0).await
    };
    assert!(source.is_diverged && source.first == 4, "{source:?}");
    let both = all(&world.platform, &id).await;
    assert_eq!(both[..held.len()], held, "what was held stays as it was");
    let anew = &both[held.len()..];
    assert!(anew.iter().any(|one| one.detail == "third") && anew.iter().any(|one| one.code == "run_log.epoch"));
    for seat in [&world.platform, &world.member(0).unwrap().seat] {
        let check: RunLogCheck = seat.get(&format!("/run-log/verification?connector={id}")).await.unwrap();
        assert!(check.ok, "{check:?}");
    }
    let found = world.platform.node.store.read("test.alerts", |tx| {
        Box::pin(async move {
            let filter =
                xinyu_store::audit::Filter { action: Some("run_log.diverged".to_owned()), ..Default::default() };
            xinyu_store::audit::list(tx, &filter, 9).await.map_err(Failure::from)
        })
    });
    let found = found.await.unwrap();
    assert_eq!(found.len(), 1, "told once");
    assert_eq!(found[0].0.object, id);
    world.stop().await;
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("did not become so within 20 s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_3_3_6_a_a_function_node_is_told_each_entry_once_and_no_name() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
    let made = tempfile::tempfile().unwrap().metadata().unwrap().modified().unwrap();
    let epoch = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let upper = StandIn::start("291350100M000100Y433501A1B2C3D4L", epoch, stop.clone()).await.unwrap();
    let options = WorldOptions { nodes: vec![upper.configured()], ..WorldOptions::default() };
    let member = MemberOptions::default();
    let world = World::start_with(folder.path(), Engine::File, vec![member], options).await.unwrap();
    upper.expect(world.platform.node.certificate_keys.of(Suite::Sm).public());
    let (seat, id) = (&world.member(0).unwrap().seat, world.member(0).unwrap().id().unwrap());
    let login = json!({ "name": STRANGER, "password": STRANGER });
    assert!(seat.api.post::<_, Value>("/api/v1/login", &login).await.is_err());
    for _ in 0..60 {
        note(&seat.node, Level::Error, "peer").await;
    }
    let last = until_collected(&world, 0).await.sequence;

    let service = world.service().await.unwrap();
    let now = world.platform.node.store.clock().now();
    report::tell(&service, now).await.unwrap();
    let of = |parts: Vec<xinyu_protocol::ndi::sync::RunLogPart>| {
        parts.into_iter().filter(|part| part.identity_code == id).collect::<Vec<_>>()
    };
    until(|| of(upper.run_logs()).last().is_some_and(|part| part.last >= last)).await;
    let parts = of(upper.run_logs());
    assert!(parts.len() > 1, "what is too much for one goes in parts");
    let mut next = 1;
    for part in &parts {
        assert_eq!(part.first, next, "no gap, and nothing twice");
        assert!(part.entries.len() <= 50);
        assert_eq!(part.counts.iter().map(|one| one.count).sum::<u64>(), part.last + 1 - part.first);
        next = part.last + 1;
    }
    let peers = parts.iter().flat_map(|part| &part.entries).filter(|line| line.entry.detail == "peer").count();
    assert_eq!(peers, 60);
    let held = all(&world.platform, &id).await;
    let end = parts.last().unwrap();
    let there = held.iter().find(|one| one.sequence == end.last).unwrap();
    assert_eq!(end.digest, there.digest);
    assert!(held.iter().any(|one| one.code.starts_with("operation.")), "what people did is told");

    // What was told is not told again.
    report::tell(&service, now).await.unwrap();
    assert_eq!(of(upper.run_logs())[..parts.len()], parts);
    let heard = upper.heard();
    assert!(heard.iter().filter(|one| one.interface == "XinyuSyncRunLog").all(|one| one.is_signed));
    let told: String = heard.iter().map(|one| one.body.to_string()).collect();
    assert!(!told.contains(STRANGER) && !format!("{held:?}").contains(STRANGER));
    stop.cancel();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_collected_is_fixed_in_the_evidence_once_and_an_idle_log_not_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), None).await;
    let id = world.member(0).unwrap().id().unwrap();
    let source = until_collected(&world, 0).await;
    let service = world.service().await.unwrap();
    let fixed = async || -> Vec<Value> {
        anchor::fix(&service, SignedDuration::ZERO).await.unwrap();
        let path = format!("/evidence/{SPACE}/events?kind=run_log.collected");
        let events: Value = world.platform.get(&path).await.unwrap();
        let items = events["items"].as_array().unwrap();
        items.iter().filter(|one| one.to_string().contains(&id)).cloned().collect()
    };
    assert_eq!(fixed().await.len(), 1);
    assert_eq!(fixed().await.len(), 1, "nothing is new");
    note(&world.member(0).unwrap().seat.node, Level::Info, "new").await;
    let later = until_collected(&world, 0).await;
    assert!(later.sequence > source.sequence);
    assert_eq!(fixed().await.len(), 2);
    world.stop().await;
}
