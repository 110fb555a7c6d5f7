//! How soon uses stop: so many endless queries run at a consumer's connector, then the platform suspends its participant. Measured from the moment at which the platform is
//! asked to that at which each use is recorded as stopped, over HTTP, in one process on this machine: `bench_stop [USES]`. TC609-6-2025-15 §7.1.2.4 g.

#![expect(clippy::print_stdout, reason = "a program that reports to its terminal")]

use anyhow::Context as _;
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count: usize = std::env::args().nth(1).map_or(Ok(100), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let world = pair(folder.path()).await?;
    let seat = &world.member(1)?.seat;
    let contract = hold(&world, seat).await?;
    let uses = join_all((0..count).map(|at| ask(seat, &contract, at)));
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
    let mut late = Vec::new();
    let mut other = 0_usize;
    for one in uses {
        let one = one?;
        match one.ended_at.filter(|_| one.state == "stopped") {
            Some(ended) => late.push(ended.duration_since(at).as_millis()),
            None => other += 1,
        }
    }
    late.sort_unstable();
    let percentile = |of_hundred: usize| {
        late.get((late.len() * of_hundred / 100).min(late.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!(
        "{count} uses: {} stopped, {other} otherwise; from order to record p50 {} ms, p99 {} ms, last {} ms",
        late.len(),
        percentile(50),
        percentile(99),
        late.last().copied().unwrap_or_default()
    );
    world.stop().await;
    Ok(())
}

async fn ask(seat: &Seat, contract: &str, at: usize) -> anyhow::Result<UseInfo> {
    let new = NewUse {
        use_id: format!("bench-{at}"),
        contract_id: contract.to_owned(),
        action: "use".to_owned(),
        query: Some(ENDLESS.to_owned()),
        purpose: None,
        region: None,
        application: None,
        code: None,
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
