//! The log of evidence at work: a platform with its members in one process, over HTTP and on stores on disk. How many records a second 64 clients have taken, each
//! acknowledged with its place once it is on the disk, and how long after that it is in a tree whose head is signed. `bench_evidence [BUNDLES]`.
//! TC609-6-2025-01 §5.2.2.12.

#![expect(clippy::print_stdout, reason = "a program that reports to its caller")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::tc609::bundle::{Bundle, BundleAnswer, Message};
use xinyu_protocol::tc609::evidence::{EvidenceAnswer, EvidenceReport};
use xinyu_shell::{Failure, Node, peer};
use xinyu_testkit::world::{ProductOptions, SPACE, World};

/// How many ask at once.
const CLIENTS: usize = 64;
/// How many records go together.
const TOGETHER: usize = 256;
/// How many go by themselves.
const ALONE: usize = 2_000;
/// How long a head may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is sent: a path and a body.
type Request = (&'static str, Vec<u8>);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bundles: usize = std::env::args().nth(1).map_or(Ok(192), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let world = World::of_partners(folder.path()).await?;
    let options = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    let product = world.member(0)?.seed_product("airports", options).await?;
    let contract = world.agree(product.as_str()).await?;
    let node = &world.member(1)?.seat.node;

    let alone = (0..ALONE).map(|at| single(node, &contract, at)).collect::<anyhow::Result<Vec<_>>>()?;
    let (answers, taken) = send(node, alone).await?;
    ensure!(answers.len() == ALONE, "{} of {ALONE} were answered", answers.len());
    println!("entries over HTTP, one a request\t\t{ALONE}\t{}", taken.as_nanos());

    let together = (0..bundles).map(|at| bundle(node, &contract, at)).collect::<anyhow::Result<Vec<_>>>()?;
    let (enough, last) = watch::channel(u64::MAX);
    let heads = watch(&world.platform.node, last);
    let (answers, taken) = send(node, together).await?;
    let mut places = Vec::new();
    for (answered, body) in answers {
        let answer: BundleAnswer = serde_json::from_slice(&body)?;
        let last = answer.answers.into_iter().next_back().context("a bundle has no answer")?;
        let last: EvidenceAnswer = serde_json::from_value(last)?;
        places.push((last.index, answered));
    }
    let entries = bundles.saturating_mul(TOGETHER);
    println!("entries over HTTP, {TOGETHER} a request\t\t{entries}\t{}", taken.as_nanos());
    let (last, answered) = places.iter().copied().max().context("nothing was taken")?;
    included(&world.platform.node, places, heads, &enough).await?;
    println!(
        "until its lineage is read, too (s)\tratio\t{}\t1000",
        read_on(&world.platform.node, last, answered).await?
    );
    world.stop().await;
    Ok(())
}

/// Sends all, so many at once: when each was answered, and with what.
async fn send(node: &Arc<Node>, requests: Vec<Request>) -> anyhow::Result<(Vec<(Instant, Vec<u8>)>, Duration)> {
    let platform = node.platform_id();
    let started = Instant::now();
    let sent = futures::stream::iter(requests).map(|(path, body)| {
        let platform = &platform;
        async move {
            let (status, body) =
                peer::post(node, platform, path, body).await.map_err(|error| anyhow::anyhow!(error.text))?;
            ensure!(status == 200, "{status} {}", String::from_utf8_lossy(&body));
            Ok((Instant::now(), body))
        }
    });
    let answers: Vec<anyhow::Result<_>> = sent.buffer_unordered(CLIENTS).collect().await;
    let taken = started.elapsed();
    Ok((answers.into_iter().collect::<anyhow::Result<_>>()?, taken))
}

/// How long what was acknowledged took until it was in a signed tree.
async fn included(
    node: &Arc<Node>,
    places: Vec<(u64, Instant)>,
    heads: JoinHandle<anyhow::Result<BTreeMap<u64, Instant>>>,
    enough: &watch::Sender<u64>,
) -> anyhow::Result<()> {
    let last = places.iter().map(|(index, _)| *index).max().context("nothing was taken")?;
    enough.send_replace(last);
    // A head may have been signed before it was known which one is the last.
    node.published.send_modify(|count| *count = count.wrapping_add(1));
    let heads = heads.await??;
    let mut late = Vec::new();
    for (index, answered) in places {
        let (_, at) = heads.range(index.saturating_add(1)..).next().context("a record is in no head")?;
        late.push(at.saturating_duration_since(answered).as_millis());
    }
    late.sort_unstable();
    for (name, of_hundred) in [("p50", 50), ("p99", 99)] {
        let at = (late.len() * of_hundred / 100).min(late.len().saturating_sub(1));
        let milliseconds = late.get(at).copied().unwrap_or_default();
        println!("from receipt to signed head, {name} (s)\tratio\t{milliseconds}\t1000");
    }
    Ok(())
}

/// How many milliseconds after the last answer the lineage of all entries was read, which is done when the others rest.
async fn read_on(node: &Arc<Node>, last: u64, answered: Instant) -> anyhow::Result<u128> {
    while answered.elapsed() < PATIENCE {
        let read = node.store.read("bench.lineage", |tx| {
            Box::pin(async move { xinyu_store::lineage::position(tx, SPACE).await.map_err(Failure::from) })
        });
        if read.await? > last {
            return Ok(answered.elapsed().as_millis());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the lineage is not read on")
}

/// Notes when each size was published, until the last of the entries is: the greatest there is until it is known.
fn watch(node: &Arc<Node>, last: watch::Receiver<u64>) -> JoinHandle<anyhow::Result<BTreeMap<u64, Instant>>> {
    let node = Arc::clone(node);
    let mut news = node.published.subscribe();
    tokio::spawn(async move {
        let mut heads = BTreeMap::new();
        loop {
            let (size, at) = (published(&node).await?, Instant::now());
            heads.entry(size).or_insert(at);
            if size > *last.borrow() {
                return Ok(heads);
            }
            tokio::time::timeout(PATIENCE, news.changed()).await.context("nothing is published any more")??;
        }
    })
}

async fn published(node: &Arc<Node>) -> anyhow::Result<u64> {
    let read = node.store.read("bench.published", |tx| {
        Box::pin(async move { xinyu_store::log::find(tx, SPACE).await.map_err(Failure::from) })
    });
    Ok(read.await?.context("the space has no log")?.published)
}

fn single(node: &Node, contract: &str, at: usize) -> anyhow::Result<Request> {
    let record = record(node, contract, format!("alone-{at}"))?;
    let signed = SignedRecord::sign(record, node.ring.signing(node.suite_of(SPACE)))?;
    let report = EvidenceReport { record: serde_json::to_value(signed)? };
    Ok(("/tc609/evidence", serde_json::to_vec(&report)?))
}

fn bundle(node: &Node, contract: &str, at: usize) -> anyhow::Result<Request> {
    let records = (0..TOGETHER).map(|one| record(node, contract, format!("together-{at}-{one}")));
    let records = records.collect::<anyhow::Result<Vec<_>>>()?;
    let signed = SignedRecord::sign_all(records, node.ring.signing(node.suite_of(SPACE)))?;
    let message = |signed: SignedRecord| {
        let body = serde_json::to_value(EvidenceReport { record: serde_json::to_value(signed)? })?;
        Ok(Message { path: "/tc609/evidence".to_owned(), body })
    };
    let messages = signed.into_iter().map(message).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(("/tc609/bundle", serde_json::to_vec(&Bundle { messages })?))
}

/// What a connector records of a use that came to its end.
fn record(node: &Node, contract: &str, id: String) -> anyhow::Result<Record> {
    let facts = json!({
        "use_id": id, "action": "use", "purpose": "research", "rows_in": 120_000, "rows_out": 31, "milliseconds": 18,
        "strategy": "strategy-1", "product": "product-1", "user": "u-5f0c1d2e3a4b5c6d",
        "result_digest": "5f0c1d2e3a4b5c6d7e8f90123456789a5f0c1d2e3a4b5c6d7e8f90123456789a",
    });
    Ok(Record {
        v: 1,
        id: id.clone(),
        kind: "usage.done".to_owned(),
        space: SPACE.to_owned(),
        contract: Some(contract.to_owned()),
        subject: Some(id),
        actor: node.party().context("the member has no identifier")?.as_str().to_owned(),
        at: node.store.clock().now(),
        facts: facts.as_object().cloned().unwrap_or_default().into_iter().collect(),
        refs: Vec::new(),
    })
}
