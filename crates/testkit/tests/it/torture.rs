//! A sample of `cargo xtask torture`: kills, faults in single system calls, torn files, two programs; and how long an entry may be.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::{Record, SignedRecord, VERSION};
use xinyu_shell::Failure;
use xinyu_testkit::torture::fault::Rack;
use xinyu_testkit::torture::{kill, matrix, tear};
use xinyu_testkit::world::{Engine, SPACE, World};

/// Of so many faults in single calls one is injected.
const STEP: usize = 61;

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
    assert!(tear::tear(&rack()).unwrap() >= 20);
}

#[test]
fn a_fault_in_any_system_call_loses_nothing_that_was_acknowledged() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("strace is missing: faults in single system calls are left out");
        return;
    }
    let found = matrix::matrix(&rack(), STEP, 0).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(found.struck() > 0, "{:?}", found.table);
    println!("{} faults in single system calls lost nothing", found.struck());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_has_65_535_bytes_at_most_and_a_longer_one_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, Vec::new()).await.unwrap();
    let node = &world.platform.node;
    let record = |id: &str, text: usize| Record {
        v: VERSION,
        id: id.to_owned(),
        kind: "torture.written".to_owned(),
        space: SPACE.to_owned(),
        contract: None,
        subject: None,
        actor: node.platform_id(),
        at: node.store.clock().now(),
        facts: BTreeMap::from([("text".to_owned(), json!("x".repeat(text)))]),
        refs: Vec::new(),
    };
    let sign = |id: &str| SignedRecord::sign(record(id, 0), node.ring.signing(Suite::Intl)).unwrap();
    let around = sign("length-0").to_bytes().unwrap().len();
    let append = async |id: &str, text: usize| {
        let signed = match SignedRecord::sign(record(id, text), node.ring.signing(Suite::Intl)) {
            Ok(signed) => signed,
            // What our own key does not sign may still come from elsewhere.
            Err(_) => SignedRecord { record: record(id, text), ..sign(id) },
        };
        node.store
            .write("torture.append", move |tx| Box::pin(async move { xinyu_shell::log::append(tx, &signed).await }))
            .await
    };
    let first = append("length-0", 0).await.unwrap();
    assert_eq!(append("length-1", 1).await.unwrap(), first + 1);
    assert_eq!(append("length-m", 65_535 - around).await.unwrap(), first + 2);
    for (id, text) in [("length-n", 65_536 - around), ("length-o", 10_000_000)] {
        let Err(Failure::Rejected(rejection)) = append(id, text).await else { panic!("{id} is taken") };
        let problem = serde_json::to_string(&rejection.problem()).unwrap();
        assert!(problem.contains("record-too-long") && problem.contains("keep digests"), "{problem}");
    }
    assert_eq!(append("length-p", 2).await.unwrap(), first + 3);
    let files = xinyu_shell::log::files::LogFolder::new(&node.data_dir, SPACE).unwrap();
    let mut news = node.published.subscribe();
    let published = async {
        loop {
            let checkpoint = String::from_utf8(files.read("checkpoint").unwrap().unwrap()).unwrap();
            if checkpoint.lines().nth(1) == Some((first + 4).to_string().as_str()) {
                return;
            }
            news.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), published).await.unwrap();
    world.stop().await;
}
