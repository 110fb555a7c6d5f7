//! Usage control at work, two connectors of ours and their platform in one process, over HTTP and on stores on disk: how many decisions a second are made with
//! their counters kept, how many uses are decided on with their records signed and their messages written as well, and how soon so many that run are stopped
//! when the platform suspends their participant: from its order to the halt of each, and to the last record. `bench_usage [USES]`.
//! TC609-6-2025-15 §7.1.2.3, §7.1.2.4 g.

#![expect(clippy::print_stdout, reason = "a program that reports to its caller")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_connector::usage::desk::{self, Act, Begin};
use xinyu_core::policy_record::governing::Governing;
use xinyu_core::usage::{Ask, Holding, UseState};
use xinyu_protocol::api::connector::{NewUse, UseInfo};
use xinyu_shell::Failure;
use xinyu_shell::combine::Combiner;
use xinyu_store::{BoxFuture, Store, StoreOptions, Tx};
use xinyu_testkit::world::{Seat, World};

/// Longer than any use may run.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, data WHERE i < 0";
/// How long to wait before looking again whether all run.
const PAUSE: Duration = Duration::from_millis(50);
/// How many ask at once.
const IN_FLIGHT: usize = 64;
/// How many are decided on over HTTP.
const DECISIONS: usize = 1_000;
/// How many are decided on at the desk.
const ACTS: usize = 5_000;
/// How many are only decided and counted.
const COUNTS: usize = 40_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let uses: usize = std::env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let world = World::of_partners(folder.path()).await?;
    let contract = world.hold_under("airports", policies()).await?;
    count(&world, &contract, folder.path()).await?;
    act(&world, &contract).await?;
    decide(&world, &contract).await?;
    stop(&world, &contract, uses).await?;
    world.stop().await;
    Ok(())
}

/// The decision and its counter alone, on a store of its own: of those that are asked for at once each sees what the one before it has counted, and each is
/// answered when that is on the disk.
async fn count(world: &World, contract: &str, folder: &std::path::Path) -> anyhow::Result<()> {
    let (holding, ask) = template(world, contract, "use").await?;
    let url = format!("sqlite://{}", folder.join("count.db").display());
    let store = Store::open(&url, StoreOptions::default()).await?;
    let kept = holding.clone();
    let saved = store.write("bench.hold", move |tx| {
        Box::pin(async move { xinyu_store::holding::save(tx, &kept).await.map_err(Failure::from) })
    });
    saved.await?;
    let policy = Arc::new(Governing::from(xinyu_connector::usage::policy(&holding.terms)?));
    let desk: Arc<Combiner<Ask, UseState>> = Arc::default();
    let work = |store: Store, policy: Arc<Governing>, id: String| {
        move |asks: Vec<Ask>| -> BoxFuture<'static, Result<Vec<UseState>, Failure>> {
            let (store, policy, id) = (store.clone(), Arc::clone(&policy), id.clone());
            Box::pin(async move {
                let counted =
                    store.write("bench.count", move |tx| Box::pin(async move { all(tx, &policy, &id, asks).await }));
                counted.await
            })
        }
    };
    let started = Instant::now();
    let asked = futures::stream::iter(0..COUNTS).map(|at| {
        let ask = Ask { use_id: format!("count-{at}"), ..ask.clone() };
        let (desk, work) = (Arc::clone(&desk), work(store.clone(), Arc::clone(&policy), contract.to_owned()));
        async move { desk.ask(contract, ask, work).await }
    });
    let all: Vec<Result<UseState, Failure>> = asked.buffer_unordered(IN_FLIGHT).collect().await;
    let taken = started.elapsed().as_nanos();
    let allowed =
        all.into_iter().collect::<Result<Vec<_>, _>>()?.iter().filter(|state| **state == UseState::Running).count();
    let id = contract.to_owned();
    let read = store.read("bench.counted", move |tx| {
        Box::pin(async move { xinyu_store::holding::find(tx, &id).await.map_err(Failure::from) })
    });
    let begun = read.await?.map_or(0, |holding| holding.begun).saturating_sub(holding.begun);
    anyhow::ensure!(allowed == COUNTS && begun == u64::try_from(COUNTS)?, "{allowed} allowed, {begun} counted");
    store.close().await;
    println!("decided and counted, {IN_FLIGHT} at once\t\t{COUNTS}\t{taken}");
    Ok(())
}

async fn all(tx: &mut Tx, policy: &Governing, id: &str, asks: Vec<Ask>) -> Result<Vec<UseState>, Failure> {
    let mut holding =
        xinyu_store::holding::lock(tx, id).await?.ok_or_else(|| Failure::broken("there is nothing to use"))?;
    let (now, mut states) = (tx.now(), Vec::new());
    for ask in asks {
        let (after, one, _) = xinyu_core::usage::begin(holding, policy, ask, now)?;
        holding = after;
        states.push(one.state);
    }
    xinyu_store::holding::save(tx, &holding).await?;
    Ok(states)
}

/// What is held under the contract, and what is asked when a use of it is.
async fn template(world: &World, contract: &str, action: &str) -> anyhow::Result<(Holding, Ask)> {
    let seat = &world.member(1)?.seat;
    let new = NewUse { query: Some("SELECT count(*) FROM data".to_owned()), ..wanted(contract, action, "template") };
    let _: UseInfo = seat.post("/uses", &NewUse { use_id: format!("template-{action}"), ..new }).await?;
    let (id, use_id) = (contract.to_owned(), format!("template-{action}"));
    let read = seat.node.store.read("bench.template", move |tx| {
        Box::pin(async move {
            let holding = xinyu_store::holding::find(tx, &id).await?;
            Ok::<_, Failure>(holding.zip(xinyu_store::usage::find(tx, &use_id).await?))
        })
    });
    let (holding, one) = read.await?.context("there is nothing to use")?;
    let ask = Ask {
        use_id: one.use_id,
        query: one.query,
        request: one.request.context("a use has no request")?,
        begun: Vec::new(),
        bar: None,
        components: Vec::new(),
        person: one.person,
        ready: Vec::new(),
        former: None,
        beyond: one.beyond,
    };
    Ok((holding, ask))
}

/// Uses that the contract does not permit, at the desk of the connector: each is decided and counted, its record is signed and kept, and what the platform and the
/// provider are told of it is written.
async fn act(world: &World, contract: &str) -> anyhow::Result<()> {
    let (_, ask) = template(world, contract, "modify").await?;
    let connector = &world.member(1)?.connector;
    let started = Instant::now();
    let acts = futures::stream::iter(0..ACTS).map(|at| {
        let ask = Ask { use_id: format!("act-{at}"), ..ask.clone() };
        desk::act(connector, contract, Act::Begin(Box::new(Begin { ask, code: None })))
    });
    let all: Vec<Result<_, Failure>> = acts.buffer_unordered(IN_FLIGHT).collect().await;
    let taken = started.elapsed().as_nanos();
    for one in all {
        let (one, _) = one?;
        anyhow::ensure!(one.state == UseState::Refused, "what is not permitted is {}", one.state.as_str());
    }
    println!("use decided, recorded, {IN_FLIGHT} at once\t\t{ACTS}\t{taken}");
    Ok(())
}

/// Uses that the contract does not permit, over HTTP: each is decided, counted, recorded and told, and none computes.
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
        while running(seat).await? < count {
            tokio::time::sleep(PAUSE).await;
        }
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

/// How many uses run.
async fn running(seat: &Seat) -> anyhow::Result<usize> {
    let read = seat.node.store.read("bench.running", |tx| {
        Box::pin(async move { xinyu_store::usage::list_in(tx, UseState::Running).await.map_err(Failure::from) })
    });
    Ok(read.await?.len())
}

async fn ask(seat: &Seat, contract: &str, action: &str, use_id: String) -> anyhow::Result<UseInfo> {
    let new = NewUse { query: Some(ENDLESS.to_owned()), ..wanted(contract, action, &use_id) };
    seat.post("/uses", &new).await
}

fn wanted(contract: &str, action: &str, use_id: &str) -> NewUse {
    NewUse {
        use_id: use_id.to_owned(),
        contract_id: contract.to_owned(),
        action: action.to_owned(),
        purpose: Some("research".to_owned()),
        region: Some("330100".to_owned()),
        ..NewUse::default()
    }
}

/// A contract of the usual kind: three permissions, two prohibitions, eight constraints.
fn policies() -> Vec<Value> {
    let constraint = |name: &str, operator: &str, value: Value| json!({ "constraintName": name, "constraintOperator": operator, "constraintValue": value });
    vec![json!({
        "permissionPolicies": [
            { "actions": ["use"], "constraints": [
                constraint("count", "lteq", json!("1000000")),
                constraint("time", "lteq", json!("2040-01-01T00:00:00Z")),
                constraint("region", "eq", json!("330100")),
                constraint("purpose", "isAnyOf", json!(["research", "teaching"])),
            ] },
            { "actions": ["compute"], "constraints": [
                constraint("executionEnv", "eq", json!("02")),
                constraint("algorithm", "isAnyOf", json!(["mean", "median"])),
            ] },
            { "actions": ["download"], "constraints": [constraint("dataSize", "lteq", json!("10M"))] },
        ],
        "prohibitionPolicies": [
            { "actions": ["distribute"] },
            { "actions": ["use"], "constraints": [constraint("purpose", "isAnyOf", json!(["advertising", "profiling"]))] },
        ],
    })]
}
