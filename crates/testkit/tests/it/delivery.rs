//! Data on its way is decided on again while it moves, and breaks off when it may move no more. TC609-6-2025-15 §7.1.1.3, §7.1.2.4 g; TC609-6-2025-01 §7.4.3.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use xinyu_core::transfer::Transfer;
use xinyu_protocol::api::connector::{NewTransfer, ProcessInfo, TransferInfo};
use xinyu_protocol::api::evidence::EvidencePage;
use xinyu_shell::Failure;
use xinyu_testkit::world::{Engine, Member, ProductOptions, Seat, World};

use super::termination::stage::{Stage, agreement};

/// More than lies in the buffers between two processes.
pub(crate) const ROWS: usize = 2_000_000;

/// Puts so many rows into the one table of a provider.
pub(crate) fn fill(folder: &Path, rows: usize) {
    let mut table = "name,city,visitors\n".to_owned();
    for row in 0..rows {
        writeln!(table, "机场{row},上海,{row}").unwrap();
    }
    std::fs::write(folder.join("airports.csv"), table).unwrap();
}

async fn interrupted(seat: &Seat) -> Vec<Value> {
    let found: EvidencePage = seat.get("/evidence?kind=transfer.interrupted").await.unwrap();
    found.items.iter().map(|item| json!(item.event.facts)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_7_4_3_a_freeze_breaks_off_what_a_member_is_pulling_and_it_comes_when_the_freeze_is_lifted() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::File).await;
    let contract = stage.filed("long", "P30D", &["read"]).await;
    fill(&stage.provider().folder, ROWS);
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let begun: Value = consumer.post("/transfers", &json!({ "contractId": contract })).await.unwrap();
    let path = format!("/transfers/{}", begun["pid"].as_str().unwrap());
    let is_started = |info: &TransferInfo| info.process.state == "STARTED";
    let _: TransferInfo = consumer.until(&path, is_started).await.unwrap();
    comes_in(consumer).await;
    let ordered = Instant::now();
    stage.order(&contract, "freeze", "f1").await.unwrap();
    let facts = broken_off_at(stage.provider()).await;
    println!("{} ms after the order: {facts}", ordered.elapsed().as_millis());
    assert_eq!(facts["reason"], "contract-frozen", "{facts}");
    let held: Value = agreement(consumer, &contract, |one| one["stopped"].is_string()).await;
    assert_ne!(held["data"], "held");
    let still: TransferInfo = consumer.get(&path).await.unwrap();
    assert_eq!(still.process.state, "STARTED");

    fill(&stage.provider().folder, 3);
    stage.order(&contract, "unfreeze", "l1").await.unwrap();
    let _: Value = agreement(consumer, &contract, |one| one["data"] == "held").await;
    // Whichever side the order reached first broke it off; the other one saw that, or the order.
    assert_eq!(interrupted(provider).await.len(), 1);
    assert!(interrupted(consumer).await.len() < 2);
    stage.world.stop().await;
}

/// What a provider has recorded of the one delivery that was broken off.
pub(crate) async fn broken_off_at(provider: &Member) -> Value {
    let is_there = |page: &EvidencePage| page.items.len() == 1;
    let page: EvidencePage = provider.seat.until("/evidence?kind=transfer.interrupted", is_there).await.unwrap();
    json!(page.items[0].event.facts)
}

/// Waits until some of the data has come in at a consumer.
pub(crate) async fn comes_in(consumer: &Seat) {
    let vault = consumer.node.data_dir.join("vault");
    while size_of(&vault) < 1 << 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The bytes of all files in a folder and below.
fn size_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    entries.map(|path| if path.is_dir() { size_of(&path) } else { size(&path) }).sum()
}

/// A started transfer that nobody has pulled from yet, and the answer to whoever begins to.
async fn pulling(world: &World, contract: &str) -> (String, Response) {
    let consumer = &world.member(1).unwrap().seat;
    let new = NewTransfer { contract_id: contract.to_owned(), stepwise: true, again: true, ..NewTransfer::default() };
    let begun: ProcessInfo = consumer.post("/transfers", &new).await.unwrap();
    let is_started = |info: &TransferInfo| info.process.state == "STARTED";
    let _: TransferInfo = consumer.until(&format!("/transfers/{}", begun.pid), is_started).await.unwrap();
    let pid = begun.pid.clone();
    let found = consumer.node.store.read("test", move |tx| {
        Box::pin(async move { xinyu_store::transfer::find(tx, &pid).await.map_err(Failure::from) })
    });
    let transfer: Option<Transfer> = found.await.unwrap();
    let address = transfer.unwrap().address.unwrap();
    let (url, token) = (address.url().unwrap(), address.property("authorization").unwrap());
    let request = Client::builder().no_proxy().build().unwrap().get(url).header("authorization", token);
    (begun.pid, request.send().await.unwrap().error_for_status().unwrap())
}

/// What comes from now on, until it breaks off; none if it came to a good end.
async fn broken_off(answer: Response) -> Option<usize> {
    let (mut pieces, mut bytes) = (answer.bytes_stream(), 0);
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(_) => return Some(bytes),
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_what_is_served_breaks_off_however_slowly_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let provider = world.member(0).unwrap();
    let by_rule = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    let product = provider.seed_product("long", by_rule).await.unwrap();
    let contract = world.agree(product.as_str()).await.unwrap();
    fill(&provider.folder, 3);
    let (_, whole) = pulling(&world, &contract).await;
    assert_eq!(broken_off(whole).await, None, "what is left alone comes to its end");
    fill(&provider.folder, ROWS);
    let size = usize::try_from(std::fs::metadata(provider.folder.join("airports.csv")).unwrap().len()).unwrap();

    // The consumer lets it rest, and reads on: nothing more comes. That is its own message, and told as such.
    let (pid, mut answer) = pulling(&world, &contract).await;
    let _ = answer.chunk().await.unwrap().unwrap();
    let rest = json!({ "action": "suspend", "note": "稍后" });
    let consumer = &world.member(1).unwrap().seat;
    let _: Value = consumer.post(&format!("/transfers/{pid}/decision"), &rest).await.unwrap();
    let rests = |page: &EvidencePage| !page.items.is_empty();
    let _: EvidencePage = consumer.until("/evidence?kind=transfer.suspended", rests).await.unwrap();
    let rest = broken_off(answer).await.unwrap();
    assert!(rest < size / 2, "{rest} of {size}");
    assert!(interrupted(&provider.seat).await.is_empty());

    // The platform suspends the provider: what the consumer has not read yet it never gets.
    let (_, mut answer) = pulling(&world, &contract).await;
    let _ = answer.chunk().await.unwrap().unwrap();
    let id = provider.id().unwrap();
    let order = json!({ "action": "suspend", "reason": "违反空间规则" });
    let _: Value = world.platform.post(&format!("/participants/{id}/standing"), &order).await.unwrap();
    let facts = broken_off_at(provider).await;
    let rest = broken_off(answer).await.unwrap();
    assert!(rest < size / 2, "{rest} of {size}");
    let moved = usize::try_from(facts["bytes"].as_u64().unwrap()).unwrap();
    assert!(moved > 0 && moved < size, "{facts}");
    println!("broken off: {facts}; {rest} bytes of {size} were on their way");
    world.stop().await;
}
