//! Usage control at work, two connectors of ours and their platform in one process, over HTTP and on stores on disk: how many uses a second are decided on with their counters and
//! their evidence, and how soon so many that run are stopped when the platform suspends their participant: from its order to the halt of each, and to the last record.
//! `bench_usage [USES]`. TC609-6-2025-15 §7.1.2.3, §7.1.2.4 g.

#![expect(clippy::print_stdout, reason = "a program that reports to its caller")]

use std::time::Instant;

use anyhow::Context as _;
use futures::StreamExt as _;
use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{
    NegotiationInfo, NewNegotiation, NewTransfer, NewUse, ProcessInfo, TransferInfo, UseInfo,
};
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_testkit::world::{Engine, MemberOptions, ProductOptions, SPACE, Seat, World, free_port};

/// Longer than any use may run.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, data WHERE i < 0";
/// How many ask at once.
const IN_FLIGHT: usize = 64;
/// How many are decided on.
const DECISIONS: usize = 1_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let world = pair(folder.path()).await?;
    let contract = hold(&world, &world.member(1)?.seat).await?;
    decide(&world, &contract).await?;
    stop(&world, &contract, count).await?;
    world.stop().await;
    Ok(())
}

/// Uses that the contract does not permit: each is decided, counted, recorded and told, and none computes.
async fn decide(world: &World, contract: &str) -> anyhow::Result<()> {
    let seat = &world.member(1)?.seat;
    let started = Instant::now();
    let asked = futures::stream::iter(0..DECISIONS).map(|at| ask(seat, contract, "modify", format!("decision-{at}")));
    let all: Vec<anyhow::Result<UseInfo>> = asked.buffer_unordered(IN_FLIGHT).collect().await;
    let taken = started.elapsed().as_nanos();
    for one in all {
        let one = one?;
        anyhow::ensure!(one.state == "refused", "what is not permitted is {}", one.state);
    }
    println!("use decided, {IN_FLIGHT} at once\t\t{DECISIONS}\t{taken}");
    Ok(())
}

/// Endless queries, and the order that ends them.
async fn stop(world: &World, contract: &str, count: usize) -> anyhow::Result<()> {
    let seat = &world.member(1)?.seat;
    let uses = join_all((0..count).map(|at| ask(seat, contract, "use", format!("stop-{at}"))));
    let order = async {
        let path = format!("/uses?contract={contract}");
        // The list shows the newest two hundred; that these run is what counts for fewer, and enough of a sign for more.
        let enough = count.min(200);
        let all_run = |all: &List<UseInfo>| all.items.iter().filter(|one| one.state == "running").count() >= enough;
        let _: List<UseInfo> = seat.until(&path, all_run).await?;
        let id = world.member(1)?.id()?;
        let at = world.platform.node.store.clock().now();
        let order = json!({ "action": "suspend", "reason": "bench" });
        let _: Value = world.platform.post(&format!("/participants/{id}/standing"), &order).await?;
        anyhow::Ok(at)
    };
    let (uses, at) = tokio::join!(uses, order);
    let at = at?;
    let recorded = world.platform.node.store.clock().now().duration_since(at).as_millis();
    let mut late = Vec::new();
    for one in uses {
        let one = one?;
        let ended = one.ended_at.filter(|_| one.state == "stopped").context("a use was not stopped")?;
        late.push(ended.duration_since(at).as_millis().max(0));
    }
    late.sort_unstable();
    let percentile = |of_hundred: usize| {
        late.get((late.len() * of_hundred / 100).min(late.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    for (name, milliseconds) in [("p50", percentile(50)), ("p99", percentile(99))] {
        println!("{count} uses stopped, {name} (s)\tratio\t{milliseconds}\t1000");
    }
    println!("{count} uses stopped, recorded and answered (s)\tratio\t{recorded}\t1000");
    Ok(())
}

async fn ask(seat: &Seat, contract: &str, action: &str, use_id: String) -> anyhow::Result<UseInfo> {
    let new = NewUse {
        use_id,
        contract_id: contract.to_owned(),
        action: action.to_owned(),
        query: Some(ENDLESS.to_owned()),
        ..NewUse::default()
    };
    seat.post("/uses", &new).await
}

async fn pair(folder: &std::path::Path) -> anyhow::Result<World> {
    let (provider, consumer) = (("provider", free_port()?), ("consumer", free_port()?));
    let member = |organisation: usize, (me, port): (&str, u16), (other, other_port): (&str, u16)| {
        let tokens = Tokens { shown_to_us: format!("of {other}"), shown_by_us: Some(format!("of {me}")) };
        let address = format!("http://127.0.0.1:{other_port}/dsp/2025-1");
        let partner = Arranged::new(ArrangedKind::Partner, other, other, &address, tokens);
        let arranged = vec![partner.in_space(SPACE).knowing_us_as(Some(me.to_owned()))];
        MemberOptions { organisation, arranged, port: Some(port), ..MemberOptions::default() }
    };
    let members = vec![member(0, provider, consumer), member(1, consumer, provider)];
    let world = World::start(folder, Engine::File, members).await?;
    world.member(0)?.bring_table().await?;
    Ok(world)
}

async fn hold(world: &World, seat: &Seat) -> anyhow::Result<String> {
    let options = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    let product = world.member(0)?.seed_product("airports", options).await?;
    let new = NewNegotiation {
        partner: Some("provider".to_owned()),
        dataset: Some(product.as_str().to_owned()),
        ..NewNegotiation::default()
    };
    let begun: ProcessInfo = seat.post("/negotiations", &new).await?;
    let is_over = |info: &NegotiationInfo| matches!(info.process.state.as_str(), "FINALIZED" | "TERMINATED");
    let _: NegotiationInfo = seat.until(&format!("/negotiations/{}", begun.pid), is_over).await?;
    let new = NewTransfer { contract_id: begun.contract_id.clone(), ..NewTransfer::default() };
    let moving: ProcessInfo = seat.post("/transfers", &new).await?;
    let is_over = |info: &TransferInfo| matches!(info.process.state.as_str(), "COMPLETED" | "TERMINATED");
    let ended: TransferInfo = seat.until(&format!("/transfers/{}", moving.pid), is_over).await?;
    anyhow::ensure!(ended.process.state == "COMPLETED", "{ended:?}");
    Some(begun.contract_id).filter(|id| !id.is_empty()).context("there is no contract")
}
