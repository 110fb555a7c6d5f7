//! A provider's own pipelines tell its connector where its products come from, and the space's graph goes on from there. TC609-6-2025-16 6.10.

use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::lineage::{LineageInfo, MemberLineage};
use xinyu_protocol::api::stub::{ForeignLineage, StubInfo};
use xinyu_testkit::world::{Engine, SPACE, Seat};

use super::termination::stage::{Stage, refused};

fn run(number: u8) -> String {
    format!("0176a8c2-fe01-7439-87e6-56a1a1b4029{number}")
}

/// A run that makes a file of another.
fn event(kind: &str, number: u8, from: &str, to: &str) -> Value {
    json!({
        "eventType": kind, "eventTime": format!("2026-11-27T08:00:0{number}Z"), "producer": "https://example.org/pipeline",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": { "runId": run(number) }, "job": { "namespace": "airflow", "name": "airports" },
        "inputs": [{ "namespace": "file", "name": from }],
        "outputs": [{ "namespace": "file", "name": to, "facets": { "schema": { "fields": [{ "name": "name", "type": "TEXT" }] },
            "columnLineage": { "fields": { "name": { "inputFields": [{ "namespace": "file", "name": from, "field": "title" }] } } } } }],
    })
}

async fn tell(seat: &Seat, events: Value) -> Value {
    seat.post("/lineage", &events).await.unwrap()
}

/// What the platform's graph knows the product to come from, once it is so many.
async fn sources(stage: &Stage, product: &str, count: usize) -> LineageInfo {
    let path = format!("/evidence/{SPACE}/lineage?node=product:{product}&towards=source");
    stage.world.platform.until(&path, |found: &LineageInfo| found.nodes.len() == count + 1).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_c_a_providers_pipelines_tell_where_a_product_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::File).await;
    let provider = &stage.provider().seat;
    let resources: Value = provider.get("/resources").await.unwrap();
    let place = resources["items"][0]["location"].as_str().unwrap().to_owned();

    // Before there is a product nobody but the connector is told.
    let taken =
        tell(provider, json!([event("START", 1, "/raw/a.csv", &place), event("COMPLETE", 1, "/raw/b.csv", &place)]))
            .await;
    assert_eq!((&taken["records"], &taken["runs"][0]["state"]), (&json!(0), &json!("complete")), "{taken}");
    let contract = stage.contract("pipeline", "P30D", &["read"]).await;
    let agreements: Value = provider.get("/agreements").await.unwrap();
    let product = agreements["items"][0]["productId"].as_str().unwrap().to_owned();
    let found = sources(&stage, &product, 2).await;
    let step = &found.steps[0];
    assert_eq!((step.ground.kind.as_str(), step.to.as_str()), ("lineage.told", format!("product:{product}").as_str()));
    assert!(found.nodes.iter().filter(|node| node.kind == "source").all(|node| !node.holder_name.is_empty()));

    // Told again, late or of a run that failed, it changes nothing; a new run with another source is one more.
    assert_eq!(tell(provider, event("COMPLETE", 1, "/raw/b.csv", &place)).await["records"], 0);
    assert_eq!(tell(provider, event("RUNNING", 1, "/raw/a.csv", &place)).await["records"], 0);
    assert_eq!(tell(provider, event("FAIL", 2, "/raw/x.csv", &place)).await["records"], 0);
    assert_eq!(tell(provider, event("COMPLETE", 3, "/raw/c.csv", &place)).await["records"], 1);
    let found = sources(&stage, &product, 3).await;
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("/raw/") && !text.contains(&run(3)), "no name of a file, and no run: {text}");

    // What lies elsewhere is bound by a person.
    assert_eq!(tell(provider, event("COMPLETE", 4, "/raw/d.csv", "/elsewhere.csv")).await["records"], 0);
    let all: Value = provider.get("/lineage/datasets?q=elsewhere").await.unwrap();
    let dataset = &all["items"][0];
    assert_eq!((dataset["resources"].as_array().unwrap().len(), &dataset["columns"][0][0]), (0, &json!("name")));
    let binding = format!("/lineage/datasets/{}/binding", dataset["datasetId"].as_str().unwrap());
    let bound: Value = provider.post(&binding, &json!({ "listingId": "pipeline" })).await.unwrap();
    assert_eq!(bound["binding"]["listingId"], "pipeline");
    sources(&stage, &product, 4).await;
    let at_place: Value = provider.get("/lineage/datasets?q=airports.csv").await.unwrap();
    assert_eq!(at_place["items"][0]["resources"], json!(["airports"]), "{at_place}");
    let runs: Value = provider.get("/lineage/runs").await.unwrap();
    assert_eq!((runs["items"].as_array().unwrap().len(), &runs["items"][0]["runId"]), (4, &json!(run(4))));

    // From the very source one walks to the delivery.
    let path = format!("/evidence/{SPACE}/lineage?node=product:{product}");
    let delivery = format!("delivery:{contract}");
    let is_whole = |found: &LineageInfo| found.nodes.len() == 6 && found.nodes.iter().any(|node| node.id == delivery);
    let _: LineageInfo = stage.world.platform.until(&path, is_whole).await.unwrap();

    // What is none is refused, all of it, with its place.
    let mut broken = event("COMPLETE", 5, "/raw/e.csv", &place);
    broken["run"]["runId"] = json!("run-5");
    let both = json!([event("COMPLETE", 6, "/raw/f.csv", &place), broken]);
    refused(provider.api.post("/api/v1/lineage", &both).await, "lineage-event");
    refused(provider.api.post("/api/v1/lineage", &json!([])).await, "lineage-event");
    refused(
        provider.api.post("/api/v1/lineage", &json!(vec![event("START", 6, "/a", "/b"); 101])).await,
        "lineage-too-many",
    );
    let runs: Value = provider.get("/lineage/runs").await.unwrap();
    assert_eq!(runs["items"].as_array().unwrap().len(), 4);
    refused(provider.api.post("/api/v1/lineage/datasets/none/binding", &json!({})).await, "unknown-dataset");
    let api = format!("/api/v1{binding}");
    refused(provider.api.post(&api, &json!({ "listingId": "none" })).await, "unknown-listing");
    refused(provider.api.post(&api, &json!({ "resource": "none" })).await, "unknown-resource");
    refused(
        provider.api.post(&api, &json!({ "resource": "airports", "listingId": "pipeline" })).await,
        "binding-twice",
    );
    stage.world.stop().await;
}

fn kinds(found: &MemberLineage) -> Vec<&str> {
    let mut kinds: Vec<&str> = found.nodes.iter().map(|node| node.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_c_a_member_walks_what_it_knows_down_to_columns() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::File).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let resources: Value = provider.get("/resources").await.unwrap();
    let place = resources["items"][0]["location"].as_str().unwrap().to_owned();
    tell(
        provider,
        json!([event("COMPLETE", 1, "/raw/a.csv", "/raw/b.csv"), event("COMPLETE", 2, "/raw/b.csv", &place)]),
    )
    .await;
    let contract = stage.contract("member", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");

    // The provider walks from its first file to what it delivered, and back.
    let all: Value = provider.get("/lineage/datasets?q=a.csv").await.unwrap();
    let first = format!("/lineage?node=dataset:{}", all["items"][0]["datasetId"].as_str().unwrap());
    let whole = ["dataset", "dataset", "dataset", "delivery", "product"];
    let found: MemberLineage = provider.until(&first, |found| kinds(found) == whole).await.unwrap();
    assert_eq!((found.steps.len(), found.columns.len(), found.is_cut), (4, 0, false));
    let delivery = format!("delivery:{contract}");
    let back: MemberLineage = provider.get(&format!("/lineage?node={delivery}&towards=source")).await.unwrap();
    assert_eq!(kinds(&back), whole);
    let masked: Vec<(&str, bool)> =
        back.columns.iter().map(|one| (one.to.as_deref().unwrap(), one.is_masked)).collect();
    assert_eq!(masked, [("airports.name", false), ("airports.city", false), ("airports.visitors", false)]);
    let product = back.nodes.iter().find(|node| node.kind == "product").unwrap();
    let selected: MemberLineage = provider.get(&format!("/lineage?node={}&towards=source", product.id)).await.unwrap();
    assert_eq!((selected.columns[0].namespace.as_str(), selected.columns[0].name.as_str()), ("file", place.as_str()));
    let written = back.nodes.iter().find(|node| node.name.ends_with("airports.csv")).unwrap();
    let made: MemberLineage = provider.get(&format!("/lineage?node={}", written.id)).await.unwrap();
    assert_eq!((made.columns[0].column.as_str(), made.columns[0].to.as_deref()), ("title", Some("name")));

    // The consumer walks from the product to its result; what would be lost are the delivery and the result.
    let used: MemberLineage = consumer.get(&format!("/lineage?node={}", product.id)).await.unwrap();
    assert_eq!(kinds(&used), ["delivery", "product", "result"]);
    let lost: MemberLineage = consumer.get(&format!("/lineage?contract={contract}")).await.unwrap();
    assert_eq!(kinds(&lost), ["delivery", "result"]);
    let begin: MemberLineage = provider.get("/lineage").await.unwrap();
    assert_eq!(kinds(&begin), ["dataset", "dataset", "dataset", "product"]);
    let file = provider.api.get_bytes(&format!("/api/v1/lineage/file?node={delivery}")).await.unwrap();
    let events = String::from_utf8(file).unwrap();
    assert!(events.lines().count() == 4 && events.contains("columnLineage"), "{events}");

    for (query, code) in [
        ("node=product:none", "unknown-data"),
        ("node=dataset:none", "unknown-data"),
        ("node=thing", "unknown-data"),
        ("contract=none", "unknown-data"),
        ("node=x&towards=sideways", "lineage-query"),
        ("node=x&contract=y", "lineage-start"),
    ] {
        refused(provider.api.get::<Value>(&format!("/api/v1/lineage?{query}")).await, code);
    }
    refused(provider.api.get::<Value>("/api/v1/lineage/file").await, "lineage-start");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_10_c_lineage_goes_on_across_logs_by_stubs_that_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::File).await;
    let (platform, provider) = (&stage.world.platform, &stage.provider().seat);
    let contract = stage.contract("first", "P30D", &["read"]).await;
    let second = stage.filed("second", "P30D", &["read"]).await;
    let agreements: Value = provider.get("/agreements").await.unwrap();
    let of = |contract: &str| -> String {
        let all = agreements["items"].as_array().unwrap();
        let found = all.iter().find(|one| one["contractId"] == contract).unwrap();
        found["productId"].as_str().unwrap().to_owned()
    };
    let product = of(&second);
    let path = format!("/evidence/{SPACE}/lineage?node=product:{}", of(&contract));
    let delivery = format!("delivery:{contract}");
    let is_there = |found: &LineageInfo| found.nodes.iter().any(|node| node.id == delivery);
    let _: LineageInfo = platform.until(&path, is_there).await.unwrap();

    // The stub of a delivery proves the delivery and its product; both kinds of node take it, once.
    let stub: Value = platform.get(&format!("/evidence/{SPACE}/lineage/stub?node={delivery}")).await.unwrap();
    let keys = platform.api.get_bytes(&format!("/evidence/{SPACE}/key")).await.unwrap();
    let keys = String::from_utf8(keys).unwrap();
    let new = json!({ "stub": stub, "keys": keys, "productId": product });
    let taken: StubInfo = provider.post("/lineage/stubs", &new).await.unwrap();
    assert_eq!((taken.node.as_str(), taken.product_id.as_str()), (delivery.as_str(), product.as_str()));
    let again: StubInfo = provider.post("/lineage/stubs", &new).await.unwrap();
    let by_platform: StubInfo = platform.post("/lineage/stubs", &new).await.unwrap();
    assert_eq!((&again.stub_id, &by_platform.stub_id), (&taken.stub_id, &taken.stub_id));
    let all: List<StubInfo> = provider.get(&format!("/lineage/stubs?product={product}")).await.unwrap();
    assert_eq!(all.items.len(), 1);
    let proven: ForeignLineage = provider.get(&format!("/lineage/stubs/{}", taken.stub_id)).await.unwrap();
    assert_eq!((proven.nodes.len(), proven.steps.len(), proven.stubs.len()), (2, 1, 1));

    // It stands before the product, in the space's graph and in the member's.
    let foreign = format!("foreign:{}", taken.stub_id);
    let path = format!("/evidence/{SPACE}/lineage?node=product:{product}&towards=source");
    let is_before = |found: &LineageInfo| found.nodes.iter().any(|node| node.id == foreign && node.digest.is_some());
    let _: LineageInfo = platform.until(&path, is_before).await.unwrap();
    let own: MemberLineage = provider.get(&format!("/lineage?node={foreign}&towards=use")).await.unwrap();
    assert!(kinds(&own).starts_with(&["foreign", "product"]), "{own:?}");

    // What does not hold is refused by what does not hold, and nothing is kept.
    let with = |path: &str, value: Value| {
        let mut new = new.clone();
        *new.pointer_mut(path).unwrap() = value;
        new
    };
    let consumer_key = keys.replace('A', "B");
    for (new, code) in [
        (with("/keys", json!("")), "stub-keys"),
        (with("/keys", json!(consumer_key)), "stub-keys"),
        (with("/stub", json!({})), "stub-form"),
        (with("/stub/v", json!(2)), "stub-form"),
        (with("/stub/origin", json!("xinyu/elsewhere/s")), "stub-origin"),
        (with("/stub/node", json!("delivery:none")), "stub-node"),
        (with("/stub/digest", json!("00")), "stub-claim"),
        (with("/stub/log/entries/0/sha256", json!([])), "stub-proof"),
        (with("/productId", json!("none")), "unknown-product"),
    ] {
        for seat in [platform, provider] {
            refused(seat.api.post::<_, Value>("/api/v1/lineage/stubs", &new).await, code);
        }
    }
    refused(provider.api.get::<Value>("/api/v1/lineage/stubs/none").await, "unknown-stub");
    refused(platform.api.get::<Value>(&format!("/api/v1/evidence/{SPACE}/lineage/stub?node=x")).await, "unknown-data");
    stage.world.stop().await;
}
