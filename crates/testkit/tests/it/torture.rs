//! A sample of `cargo xtask torture`: kills, faults in single system calls, torn files, two programs; and how long an entry may be.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::{Record, RecordError, SignedRecord, VERSION};
use xinyu_evidence::verify::verify_log;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Failure, Node};
use xinyu_testkit::torture::fault::Rack;
use xinyu_testkit::torture::{kill, matrix, tear};
use xinyu_testkit::world::{Engine, SPACE, World};

/// How long something may take to become so.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of so many faults in single calls one is injected.
const STEP: usize = 97;

fn rack() -> Rack {
    Rack::new(Path::new(env!("CARGO_BIN_EXE_torture"))).unwrap()
}

#[test]
fn what_was_acknowledged_outlives_kills_at_drawn_moments() {
    let killed = kill::kill(&rack(), 5, 7).unwrap();
    assert_eq!(killed.times, 5);
    assert!(killed.acked > 0 && killed.heads > 0, "{killed:?}");
    println!("{} records and {} heads outlived {} kills", killed.acked, killed.heads, killed.times);
}

#[test]
fn a_second_program_on_one_folder_is_refused() {
    kill::two(&rack()).unwrap();
}

#[test]
fn torn_files_are_made_again() {
    assert!(tear::tear(&rack(), 4).unwrap() >= 5);
}

#[test]
fn a_fault_in_any_system_call_loses_nothing_that_was_acknowledged() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("strace is missing: faults in single system calls are left out");
        return;
    }
    let rack = rack();
    let strikes = matrix::strikes(&rack).unwrap();
    let found = matrix::matrix(&rack, strikes.iter().step_by(STEP));
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(found.struck() > 0, "{:?}", found.table);
    println!("{} faults in single system calls lost nothing", found.struck());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_written_is_made_again_before_anything_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, Vec::new()).await.unwrap();
    let node = &world.platform.node;
    let mut size = 0;
    while size < 250 {
        size = append(node, &format!("before-{size}"), 0).await.unwrap() + 1;
    }
    published(node, size).await;
    // Every file of a log is written here first; where a folder stands, none can be.
    let obstacle = node.data_dir.join("evidence-new").join(SPACE).join("file");
    std::fs::create_dir(&obstacle).unwrap();
    while size < 260 {
        size = append(node, &format!("meanwhile-{size}"), 0).await.unwrap() + 1;
    }
    signed(node, size).await;
    std::fs::remove_dir(&obstacle).unwrap();
    size = append(node, "after", 0).await.unwrap() + 1;
    published(node, size).await;
    let report = verify_log(&files(node));
    assert!(report.ok, "{:?}", report.problems);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_has_65_535_bytes_at_most_and_a_longer_one_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, Vec::new()).await.unwrap();
    let node = &world.platform.node;
    let around = sign(node, record(node, "length-0", 0)).unwrap().to_bytes().unwrap().len();
    let first = append(node, "length-0", 0).await.unwrap();
    assert_eq!(append(node, "length-1", 1).await.unwrap(), first + 1);
    assert_eq!(append(node, "length-m", 65_535 - around).await.unwrap(), first + 2);
    for (id, text) in [("length-n", 65_536 - around), ("length-o", 10_000_000)] {
        let Err(Failure::Rejected(rejection)) = append(node, id, text).await else { panic!("{id} is taken") };
        let problem = serde_json::to_string(&rejection.problem()).unwrap();
        assert!(problem.contains("record-too-long") && problem.contains("keep digests"), "{problem}");
    }
    assert_eq!(append(node, "length-p", 2).await.unwrap(), first + 3);
    published(node, first + 4).await;
    let report = verify_log(&files(node));
    assert!(report.ok, "{:?}", report.problems);
    world.stop().await;
}

fn record(node: &Node, id: &str, text: usize) -> Record {
    Record {
        v: VERSION,
        id: id.to_owned(),
        kind: "torture.written".to_owned(),
        space: SPACE.to_owned(),
        contract: None,
        subject: None,
        actor: node.platform_id(),
        // Whole seconds, so that the text is as long each time.
        at: Timestamp::from_second(node.store.clock().now().as_second()).unwrap(),
        facts: BTreeMap::from([("text".to_owned(), json!("x".repeat(text)))]),
        refs: Vec::new(),
    }
}

fn sign(node: &Node, record: Record) -> Result<SignedRecord, RecordError> {
    SignedRecord::sign(record, node.ring.signing(Suite::Intl))
}

async fn append(node: &Arc<Node>, id: &str, text: usize) -> Result<u64, Failure> {
    let signed = match sign(node, record(node, id, text)) {
        Ok(signed) => signed,
        // What our own key does not sign may still come from elsewhere.
        Err(_) => SignedRecord { record: record(node, id, text), ..sign(node, record(node, id, 0)).unwrap() },
    };
    let written = node
        .store
        .write("torture.append", move |tx| Box::pin(async move { xinyu_shell::log::append(tx, &signed).await }));
    written.await
}

/// Waits until the files tell of so many entries.
async fn published(node: &Arc<Node>, size: u64) {
    let folder = LogFolder::new(&node.data_dir, SPACE).unwrap();
    let mut news = node.published.subscribe();
    let waiting = async {
        loop {
            let checkpoint = String::from_utf8(folder.read("checkpoint").unwrap().unwrap_or_default()).unwrap();
            if checkpoint.lines().nth(1) == Some(size.to_string().as_str()) {
                return;
            }
            news.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

/// Waits until a head of so many entries is signed, though nobody can read it.
async fn signed(node: &Arc<Node>, size: u64) {
    let waiting = async {
        loop {
            let read = node.store.read("torture.log", |tx| {
                Box::pin(async move { xinyu_store::log::find(tx, SPACE).await.map_err(Failure::from) })
            });
            if read.await.unwrap().unwrap().published == size {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

fn files(node: &Node) -> BTreeMap<String, Vec<u8>> {
    let folder = LogFolder::new(&node.data_dir, SPACE).unwrap();
    let paths = folder.list().unwrap().into_iter();
    paths.filter_map(|path| folder.read(&path).unwrap().map(|bytes| (path, bytes))).collect()
}
