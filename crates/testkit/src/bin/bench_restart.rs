//! How long a platform whose log has many entries takes to be there again after a crash: until its API answers, until a record is acknowledged, until that is under a
//! signed head in the files. `bench_restart [ENTRIES]`, ten million unless it says so, which takes seven minutes and some 25 GB on two processors.
//! TC609-6-2025-01 §5.2.2.12.

#![expect(clippy::print_stdout, reason = "a program that reports to its caller")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use xinyu_core::evidence::Indexer;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::{Leaf, Record, SignedRecord, VERSION};
use xinyu_shell::log::{Coming, append_coming};
use xinyu_shell::{Failure, Node};
use xinyu_testkit::world::{Engine, SPACE, World};

/// How many records are signed and appended together.
const TOGETHER: u64 = 512;
/// How many such portions are under way at once.
const AT_ONCE: u64 = 4;
/// How long a head may take.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let entries: u64 = std::env::args().nth(1).map_or(Ok(10_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let mut world = World::start(folder.path(), Engine::File, Vec::new()).await?;
    let bar =
        ProgressBar::new(entries).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta}")?);
    let started = Instant::now();
    let (mut from, mut last) = (0, 0);
    while from < entries {
        let portions = (0..AT_ONCE).map(|portion| {
            let node = Arc::clone(&world.platform.node);
            tokio::spawn(append(node, from.saturating_add(portion.saturating_mul(TOGETHER)), TOGETHER))
        });
        for done in futures::future::join_all(portions).await {
            last = last.max(done??);
        }
        from = from.saturating_add(AT_ONCE.saturating_mul(TOGETHER));
        bar.set_position(from);
    }
    bar.finish_and_clear();
    published(&world.platform.node, last).await?;
    println!("entries appended and published in one process\t\t{from}\t{}", started.elapsed().as_nanos());

    let started = Instant::now();
    world = world.crash_platform().await?;
    say("crash, until the API answers (s)", started);
    let last = append(Arc::clone(&world.platform.node), from, 1).await?;
    say("crash, until a record is acknowledged (s)", started);
    published(&world.platform.node, last).await?;
    say("crash, until it is under a signed head (s)", started);
    world.stop().await;
    Ok(())
}

fn say(name: &str, started: Instant) {
    println!("{name}\tratio\t{}\t1000", started.elapsed().as_millis());
}

/// Appends so many records of the platform's own, whose numbers begin here: the place of the last.
async fn append(node: Arc<Node>, from: u64, count: u64) -> anyhow::Result<u64> {
    let signing = Arc::clone(&node);
    let coming = move || {
        let records = (from..from.saturating_add(count)).map(|at| record(&signing, at)).collect();
        let signed = SignedRecord::sign_all(records, signing.ring.signing(Suite::Intl))?;
        let mut indexer = Indexer::default();
        let coming = |signed| Ok(Coming::new(Leaf::try_from(signed)?, &mut indexer));
        signed.into_iter().map(coming).collect::<anyhow::Result<Vec<_>>>()
    };
    let coming = tokio::task::spawn_blocking(coming).await??;
    let written = node.store.write("bench.append", move |tx| Box::pin(async move { append_coming(tx, coming).await }));
    written.await?.into_iter().max().context("nothing was appended")
}

fn record(node: &Node, at: u64) -> Record {
    Record {
        v: VERSION,
        id: format!("bench-{at}"),
        kind: "bench.written".to_owned(),
        space: SPACE.to_owned(),
        contract: None,
        subject: None,
        actor: node.platform_id(),
        at: node.store.clock().now(),
        facts: BTreeMap::from([("at".to_owned(), json!(at))]),
        refs: Vec::new(),
    }
}

/// Waits until the entry at this place is under a signed head.
async fn published(node: &Arc<Node>, place: u64) -> anyhow::Result<()> {
    let mut news = node.published.subscribe();
    let waiting = async {
        loop {
            let found = node.store.read("bench.published", |tx| {
                Box::pin(async move { xinyu_store::log::find(tx, SPACE).await.map_err(Failure::from) })
            });
            if found.await?.context("the space has no log")?.published > place {
                return Ok(());
            }
            news.changed().await?;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.context("it is not published")?
}
