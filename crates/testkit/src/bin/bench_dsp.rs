//! Negotiations to FINALIZED and transfers to the first byte, at 1, 16 and 128 in flight: two of our connectors with each other, then two EDCs at their own
//! settings and tuned, by the same harness in the same run: `bench_dsp [EDC-CLASSPATH]`. Prints a table.

#![expect(clippy::print_stdout, reason = "a program that reports to its terminal")]

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use xinyu_core::transfer::Transfer;
use xinyu_protocol::api::connector::{NewNegotiation, NewTransfer, ProcessInfo};
use xinyu_shell::Failure;
use xinyu_testkit::edc::{Edc, EdcOptions, Offer, Partner};
use xinyu_testkit::load::{self, Figures, Noun, Watcher};
use xinyu_testkit::world::{ProductOptions, World};

/// In flight, and how many in all: enough that the median stands still.
const LOADS: [(usize, usize); 3] = [(1, 200), (16, 800), (128, 1280)];
/// EDC at its own settings takes seconds for one: fewer, and no longer than this.
const EDC_LOADS: [(usize, usize); 3] = [(1, 6), (16, 64), (128, 256)];
const LIMIT: Duration = Duration::from_secs(60);
/// The lowest rest of EDC's loops with which two of them still get on.
const TUNED_MILLIS: u64 = 50;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!(
        "{:28} {:>9} {:>6} {:>10} {:>10} {:>10} {:>7}",
        "what", "in flight", "done", "per second", "p50", "p99", "failed"
    );
    let folder = tempfile::tempdir()?;
    let ours = ours(folder.path()).await?;
    let Some(classpath) = std::env::args().nth(1) else {
        println!("no EDC classpath was given: no ratio");
        return Ok(());
    };
    for (name, poll_millis) in [("EDC, own settings", None), ("EDC, tuned", Some(TUNED_MILLIS))] {
        let theirs = edc(&classpath, folder.path(), name, poll_millis).await?;
        for ((what, in_flight, ours), (_, _, theirs)) in ours.iter().zip(&theirs) {
            let rate = ours.per_second() / theirs.per_second();
            let wait = theirs.percentile(50).as_secs_f64() / ours.percentile(50).as_secs_f64();
            println!("{what:28} {in_flight:>9} {rate:>17.1} times the rate of {name}, {wait:.1} times as soon (p50)");
        }
    }
    Ok(())
}

type Row = (&'static str, usize, Figures);

fn show(rows: &mut Vec<Row>, who: &str, what: &'static str, in_flight: usize, figures: Figures) {
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!(
        "{:28} {in_flight:>9} {:>6} {:>10.1} {:>10} {:>10} {:>7}",
        format!("{what}, {who}"),
        figures.done,
        figures.per_second(),
        millis(figures.percentile(50)),
        millis(figures.percentile(99)),
        figures.failed
    );
    rows.push((what, in_flight, figures));
}

/// Two members that know each other as EDCs do: unsigned, each on a store of its own, every commit durable, every step recorded at the platform.
async fn ours(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let world = World::of_partners(folder).await?;
    let provider = world.member(0)?;
    let by_rule = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    provider.seed_product("airports", by_rule).await?;
    let consumer = &world.member(1)?.seat;
    let stop = CancellationToken::new();
    let store = consumer.node.store.clone();
    let finalized = Watcher::start(store.clone(), Noun::Negotiation, "FINALIZED", stop.clone());
    let started = Watcher::start(store.clone(), Noun::Transfer, "STARTED", stop.clone());
    let offer = json!({ "@type": "Offer", "@id": "o", "target": "airports", "permission": [{ "action": "use" }] });
    let negotiate = || async {
        let new = NewNegotiation {
            partner: Some("provider".to_owned()),
            dataset: Some("airports".to_owned()),
            offer: Some(offer.clone()),
            ..NewNegotiation::default()
        };
        let ticket = finalized.ticket();
        let begun: ProcessInfo = consumer.post("/negotiations", &new).await?;
        ticket.wait_for(&begun.pid).await;
        Ok::<_, anyhow::Error>(begun.contract_id)
    };
    for _ in 0..20 {
        negotiate().await?;
    }
    let mut rows = Vec::new();
    for (in_flight, count) in LOADS {
        let figures = load::run(count, in_flight, LIMIT, |_| async { negotiate().await.map(drop) }).await?;
        show(&mut rows, "ours", "negotiation to FINALIZED", in_flight, figures);
    }
    let contract_id = negotiate().await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let transfer = || async {
        let new =
            NewTransfer { contract_id: contract_id.clone(), stepwise: true, again: true, ..NewTransfer::default() };
        let ticket = started.ticket();
        let begun: ProcessInfo = consumer.post("/transfers", &new).await?;
        ticket.wait_for(&begun.pid).await;
        let pid = begun.pid.clone();
        let found: Option<Transfer> = store
            .read("bench.address", move |tx| {
                Box::pin(async move { xinyu_store::transfer::find(tx, &pid).await.map_err(Failure::from) })
            })
            .await?;
        let address = found.and_then(|transfer| transfer.address).context("a started transfer has no address")?;
        let request = http.get(address.url().unwrap_or_default());
        let token = address.property("authorization").unwrap_or_default();
        let answer = request.header("authorization", token).send().await?.error_for_status()?;
        answer.bytes_stream().next().await.context("not one byte came")??;
        Ok::<_, anyhow::Error>(())
    };
    transfer().await?;
    for (in_flight, count) in LOADS {
        let figures = load::run(count, in_flight, LIMIT, |_| transfer()).await?;
        show(&mut rows, "ours", "transfer to first byte", in_flight, figures);
    }
    stop.cancel();
    world.stop().await;
    Ok(rows)
}

async fn edc(classpath: &str, folder: &Path, name: &str, poll_millis: Option<u64>) -> anyhow::Result<Vec<Row>> {
    let source = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let source_url = format!("http://{}/airports.csv", source.local_addr()?);
    let router =
        axum::Router::new().route("/airports.csv", axum::routing::get(async || xinyu_testkit::world::member::TABLE));
    tokio::spawn(async { axum::serve(source, router).await });
    let options = |participant: &str| EdcOptions {
        classpath: classpath.to_owned(),
        folder: folder.join(format!("edc-{}", poll_millis.unwrap_or_default())),
        participant_id: participant.to_owned(),
        poll_millis,
        callback_url: None,
        claims: None,
    };
    let (provider, consumer) = tokio::try_join!(Edc::start(options("provider")), Edc::start(options("consumer")))?;
    provider.offer("airports", &source_url, &json!({ "permission": [{ "action": "use" }] })).await?;
    let partner: Partner = provider.partner();
    let offer: Offer = consumer.find_offer(&partner, "airports").await?;
    for _ in 0..3 {
        let _ = consumer.agree(&partner, &offer).await;
    }
    let mut rows = Vec::new();
    for (in_flight, count) in EDC_LOADS {
        let negotiate = |_| async { consumer.agree(&partner, &offer).await.map(drop) };
        let figures = load::run(count, in_flight, LIMIT, negotiate).await?;
        show(&mut rows, name, "negotiation to FINALIZED", in_flight, figures);
    }
    let agreement_id = consumer.agree(&partner, &offer).await?;
    for (in_flight, count) in EDC_LOADS {
        let transfer = |_| async {
            let transfer_id = consumer.request_transfer(&partner, &agreement_id).await?;
            consumer.wait_for_transfer(&transfer_id, "STARTED").await?;
            let address = consumer.data_address(&transfer_id).await?;
            consumer.pull(&address).await.map(drop)
        };
        let figures = load::run(count, in_flight, LIMIT, transfer).await?;
        show(&mut rows, name, "transfer to first byte", in_flight, figures);
    }
    Ok(rows)
}
