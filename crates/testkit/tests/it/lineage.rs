//! Lineage over the API of the platform: read out of the log as it grows, walked from node to node, and told in the words of others. TC609-6-2025-16 6.10.

use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_protocol::api::lineage::LineageInfo;
use xinyu_testkit::world::{Engine, SPACE, Seat};

use super::termination::stage::{Stage, refused};

async fn lineage(seat: &Seat, query: &str) -> Result<LineageInfo, ApiError> {
    seat.api.get(&format!("/api/v1/evidence/{SPACE}/lineage?{query}")).await
}

async fn no_lineage(seat: &Seat, query: &str, code: &str) {
    refused(lineage(seat, query).await.map(|found| json!(found)), code);
}

fn ids(found: &LineageInfo) -> Vec<&str> {
    let mut ids: Vec<&str> = found.nodes.iter().map(|node| node.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_c_an_operator_walks_the_lineage_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::File).await;
    let contract = stage.contract("lineage", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let platform = &stage.world.platform;
    let delivery = format!("delivery:{contract}");
    let path = format!("/evidence/{SPACE}/lineage?node={delivery}");
    let is_read = |found: &LineageInfo| found.nodes.len() == 3;
    // What nobody knows yet is unknown, not broken: asked until the record is there.
    let mut found = lineage(platform, &format!("node={delivery}")).await;
    for _ in 0..200 {
        if found.as_ref().is_ok_and(is_read) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        found = lineage(platform, &format!("node={delivery}")).await;
    }
    let found = found.unwrap();
    let product = found.nodes.iter().find(|node| node.kind == "product").unwrap().id.clone();
    assert_eq!(ids(&found), [delivery.as_str(), product.as_str(), "result:u1"]);
    assert!(!found.is_cut && found.differences.is_empty(), "{found:?}");
    let steps: Vec<(&str, &str, &str)> =
        found.steps.iter().map(|step| (step.from.as_str(), step.to.as_str(), step.ground.kind.as_str())).collect();
    assert_eq!(
        steps,
        [(product.as_str(), delivery.as_str(), "transfer.completed"), (&delivery, "result:u1", "usage.done")]
    );
    let held = found.nodes.iter().find(|node| node.id == delivery).unwrap();
    assert!(held.digest.is_some() && held.rows == Some(3) && !held.holder_name.is_empty(), "{held:?}");

    // One way only; by its content; all that would lose its ground; what one may begin at.
    let source = lineage(platform, &format!("node={delivery}&towards=source")).await.unwrap();
    assert_eq!(ids(&source), [delivery.as_str(), product.as_str()]);
    let by_content = lineage(platform, &format!("digest={}", held.digest.as_ref().unwrap())).await.unwrap();
    assert_eq!((ids(&by_content), by_content.steps.len()), (vec![delivery.as_str()], 0));
    let under = lineage(platform, &format!("contract={contract}")).await.unwrap();
    assert_eq!(ids(&under), [delivery.as_str(), "result:u1"]);
    assert_eq!(ids(&lineage(platform, "").await.unwrap()), [product.as_str()]);
    assert_eq!(ids(&lineage(platform, "kind=result").await.unwrap()), ["result:u1"]);
    assert!(lineage(platform, "digest=00").await.unwrap().nodes.is_empty());

    // What is no question gets an answer that says so.
    no_lineage(platform, "node=product:nothing", "unknown-data").await;
    no_lineage(platform, "towards=sideways&node=x", "lineage-query").await;
    no_lineage(platform, "kind=thing", "lineage-query").await;
    no_lineage(platform, &format!("node=x&contract={contract}"), "lineage-start").await;
    refused(platform.api.get("/api/v1/evidence/nowhere/lineage").await, "unknown-space");
    let file = format!("/api/v1/evidence/{SPACE}/lineage/file?node={delivery}");
    refused(platform.api.get::<Value>(&format!("{file}&form=xml")).await, "lineage-query");
    refused(platform.api.get::<Value>(&format!("/api/v1/evidence/{SPACE}/lineage/file")).await, "lineage-start");
    let prov: Value = serde_json::from_slice(&platform.api.get_bytes(&file).await.unwrap()).unwrap();
    assert_eq!(prov["wasDerivedFrom"].as_object().unwrap().len(), 2, "{prov:#}");
    let events = platform.api.get_bytes(&format!("{file}&form=openlineage")).await.unwrap();
    assert_eq!(String::from_utf8(events).unwrap().lines().count(), 2);

    // It is followed on: the regulator ends the contract, the data goes, and what left is still told of.
    stage.order(&contract, "freeze", "f1").await.unwrap();
    stage.order(&contract, "termination", "e1").await.unwrap();
    let is_gone = |found: &LineageInfo| found.nodes.iter().any(|node| node.id == delivery && node.destroyed.is_some());
    let _: LineageInfo = platform.until(&path, is_gone).await.unwrap();
    assert_eq!(ids(&lineage(platform, &format!("contract={contract}")).await.unwrap()), ["result:u1"]);
    stage.world.stop().await;
}
