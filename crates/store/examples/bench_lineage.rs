//! Figures of lineage, for `cargo xtask bench lineage`: each line is name, unit, amount and nanoseconds, with tabs between. A graph of a million nodes on disk is
//! asked for what came of a node through twenty hops, two hundred nodes, and for where a node at the end came from; and how many entries a second are read on.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use xinyu_core::evidence::Index;
use xinyu_core::lineage::Direction;
use xinyu_core::lineage::change::changes;
use xinyu_evidence::entry::Record;
use xinyu_store::lineage::{self, Start};
use xinyu_store::log::{self, NewEntry};
use xinyu_store::{Store, StoreError, StoreOptions};

const SPACE: &str = "bench";
/// Trees of twenty hops, with nine results beside each: a million nodes in all.
const TREES: u64 = 5_000;
/// How many are asked for.
const QUESTIONS: u64 = 1_000;
/// How many entries are read on.
const ENTRIES: usize = 20_000;
const AT_ONCE: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("lineage.db").display());
    // A million rows are no transaction of everyday.
    let options = StoreOptions { transaction_timeout: Duration::from_secs(300), ..StoreOptions::default() };
    let store = Store::open(&url, options).await?;
    fill(&store).await?;
    let mut out = std::io::stdout();
    for (name, direction, expected) in
        [("down 20 hops, 200 nodes", Direction::Down, 200), ("up 20 hops", Direction::Up, 20)]
    {
        let mut times = Vec::new();
        for question in 0..QUESTIONS {
            // Far apart, so that no page is in memory because of the question before.
            let tree = question.wrapping_mul(2_654_435_761) % TREES;
            let hop = if direction == Direction::Down { 0 } else { 19 };
            let start = Start::Node(format!("handed:{tree}-{hop}-0"), Some(direction));
            let begun = Instant::now();
            let part = store
                .read("bench.part", move |tx| Box::pin(async move { lineage::part(tx, SPACE, &start, 1_000).await }));
            let found = part.await?.graph.nodes.len();
            times.push(begun.elapsed());
            if found != expected {
                return Err(format!("{found} nodes instead of {expected}").into());
            }
        }
        times.sort();
        for (percentile, at) in [("p50", times.len() / 2), ("p99", times.len() * 99 / 100)] {
            let time = times.get(at).copied().unwrap_or(Duration::ZERO).as_micros();
            writeln!(out, "{name}, {percentile} (ms)\tratio\t{time}\t1000")?;
        }
    }
    let taken = read_on(&store).await?;
    writeln!(out, "entries read on\t\t{ENTRIES}\t{}", taken.as_nanos())?;
    Ok(())
}

async fn fill(store: &Store) -> Result<(), StoreError> {
    let filled = store.write("bench.fill", |tx| {
        Box::pin(async move {
            log::create(tx, SPACE, "{}").await?;
            log::append(tx, vec![NewEntry::of(&done(0), vec![1], Index::default())]).await?;
            // Column 0 of each hop leads to the next hop and to its results.
            let nodes = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) \
                         INSERT INTO lineage_node (space_id, node_id, kind, contract_id, holder, digest, born) \
                         SELECT 'bench', 'handed:' || (i / 200) || '-' || (i / 10 % 20) || '-' || (i % 10), 'handed', 'C' || (i / 200), 'b', 'd' || i, 0 FROM n";
            tx.execute(nodes, Vec::new()).await?;
            let hops = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) \
                        INSERT INTO lineage_edge (space_id, position, from_id, to_id, activity, contract_id) \
                        SELECT 'bench', 0, CASE WHEN i % 10 = 0 THEN 'handed:' || (i / 200) || '-' || (i / 10 % 20 - 1) || '-0' \
                        ELSE 'handed:' || (i / 200) || '-' || (i / 10 % 20) || '-0' END, \
                        'handed:' || (i / 200) || '-' || (i / 10 % 20) || '-' || (i % 10), 'a' || i, 'C' || (i / 200) FROM n \
                        WHERE NOT (i % 10 = 0 AND i / 10 % 20 = 0)";
            tx.execute(hops, Vec::new()).await?;
            Ok(())
        })
    });
    filled.await
}

/// Applies what entries change, as a platform does that reads its log on.
async fn read_on(store: &Store) -> Result<Duration, StoreError> {
    let begun = Instant::now();
    for first in (0..ENTRIES).step_by(AT_ONCE) {
        let read = store.write("bench.read", move |tx| {
            Box::pin(async move {
                lineage::lock(tx, SPACE).await?;
                let found = (first..first.saturating_add(AT_ONCE)).flat_map(|at| changes(0, &done(at)));
                lineage::apply(tx, SPACE, found.collect()).await?;
                lineage::advance(tx, SPACE, 0).await
            })
        });
        read.await?;
    }
    Ok(begun.elapsed())
}

fn done(at: usize) -> Record {
    let facts = json!({ "result_digest": format!("r{at}"), "rows_out": 3 });
    Record {
        v: 1,
        id: format!("done-{at}"),
        kind: "usage.done".to_owned(),
        space: SPACE.to_owned(),
        contract: Some("C0".to_owned()),
        subject: Some(format!("use-{at}")),
        actor: "b".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        facts: facts.as_object().cloned().unwrap_or_default().into_iter().collect(),
        refs: Vec::new(),
    }
}
