//! The life of a product between its provider, the platform and whoever has a contract about it. NDI-TR-2025-06 §9.2.3, §9.4; TC609-6-2025-16 6.3 b.

use serde_json::{Value, json};
use xinyu_evidence::entry::SignedRecord;
use xinyu_shell::Failure;
use xinyu_testkit::world::{Engine, SPACE, Seat, WorldOptions};

use crate::termination::stage::{Stage, refused};

/// A product of the provider, once it is so.
async fn product(seat: &Seat, key: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let of = |all: &Value| -> Value {
        let found = all["items"].as_array().unwrap().iter().find(|one| one["listingId"] == key);
        found.cloned().unwrap_or_default()
    };
    let all: Value = seat.until("/products", |all| is_so(&of(all))).await.unwrap();
    of(&all)
}

/// The latest version as it was made, as somebody would ask for the next.
async fn made(seat: &Seat, key: &str) -> Value {
    let history: Value = seat.get(&format!("/products/{key}/versions")).await.unwrap();
    history["versions"][0]["product"].clone()
}

async fn decide(stage: &Stage, id: &str, approve: bool) -> Result<Value, xinyu_http::ApiError> {
    let verdict = json!({ "approve": approve, "note": "看过" });
    stage.world.platform.api.post(&format!("/api/v1/listings/{id}/decision"), &verdict).await
}

/// What members find of a product.
async fn found(seat: &Seat, id: &str) -> Value {
    let all: Value = seat.get("/catalog?q=").await.unwrap();
    all["entries"].as_array().unwrap().iter().find(|one| one["productId"] == id).cloned().unwrap_or_default()
}

/// Reads a column that only the first version has.
async fn sums(stage: &Stage, contract: &str, key: &str) -> String {
    let query = "SELECT sum(visitors) AS n FROM airports";
    let new = json!({ "useId": key, "contractId": contract, "action": "read", "query": query });
    let made: Value = stage.consumer().seat.post("/uses", &new).await.unwrap();
    made["state"].as_str().unwrap().to_owned()
}

/// The kinds of the records about a product, in the order of the log, without what the gate and the lineage say.
async fn kinds(stage: &Stage, id: &str) -> Vec<String> {
    let entries = stage.world.platform.node.store.read("test.entries", |tx| {
        Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, 10_000).await.map_err(Failure::from) })
    });
    let records = entries.await.unwrap().into_iter().map(|entry| SignedRecord::parse(&entry.leaf).unwrap().record);
    let about = records.filter(|record| record.subject.as_deref() == Some(id) && record.kind.starts_with("product."));
    about.map(|record| record.kind).filter(|kind| kind != "product.reviewed").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_9_2_3_a_contract_gets_the_version_that_it_was_made_on() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.filed("airports-1", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let id = product(provider, "airports-1", |_| true).await["productId"].as_str().unwrap().to_owned();

    // A new version lacks a column. Members find the old one until it is decided.
    let mut next = made(provider, "airports-1").await;
    next["parts"][0]["fields"] = json!(["name", "city"]);
    let path = "/api/v1/products/airports-1/versions";
    let send = |product: Value, reason: &'static str| {
        let body = json!({ "product": product, "reason": reason });
        async move { provider.api.post::<_, Value>(path, &body).await }
    };
    refused(send(next.clone(), " ").await, "listing-reason");
    let offered = send(next.clone(), "不再统计旅客").await.unwrap();
    assert_eq!((&offered["version"], &offered["next"], &offered["state"]), (&json!(1), &json!(2), &json!("listed")));
    let waits = |history: &Value| history["next"] == 2;
    let history: Value = platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
    assert_eq!(history["versions"][0]["changes"][0]["pointer"], "/product/tables/airports/fields/visitors");
    let fields = |entry: &Value| entry["product"]["tables"][0]["fields"].as_array().unwrap().len();
    let entry = found(consumer, &id).await;
    assert_eq!((entry["version"].is_null(), fields(&entry)), (true, 3));
    // Refused, it leaves everything as it was; asked for again it has the next number.
    decide(&stage, &id, false).await.unwrap();
    product(provider, "airports-1", |one| one["next"].is_null() && one["note"] == "看过").await;
    assert_eq!(fields(&found(consumer, &id).await), 3);
    send(next, "不再统计旅客").await.unwrap();
    let waits = |history: &Value| history["next"] == 3;
    let _: Value = platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
    decide(&stage, &id, true).await.unwrap();
    product(provider, "airports-1", |one| one["version"] == 3 && one["state"] == "listed").await;
    let entry = found(consumer, &id).await;
    assert_eq!((&entry["version"], fields(&entry)), (&json!(3), 2));

    // What was agreed on the first version is delivered as it was agreed.
    stage.deliver(&contract).await;
    assert_eq!(sums(&stage, &contract, "u1").await, "done");

    // The first version again is the fourth.
    let back = json!({ "version": 1, "reason": "旅客数仍要" });
    let unknown = json!({ "version": 9, "reason": "x" });
    refused(provider.api.post("/api/v1/products/airports-1/restoration", &unknown).await, "unknown-version");
    let _: Value = provider.post("/products/airports-1/restoration", &back).await.unwrap();
    let waits = |history: &Value| history["next"] == 4;
    let _: Value = platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
    decide(&stage, &id, true).await.unwrap();
    product(provider, "airports-1", |one| one["version"] == 4).await;
    assert_eq!(fields(&found(consumer, &id).await), 3);
    let history: Value = platform.get(&format!("/listings/{id}/versions")).await.unwrap();
    let states: Vec<&str> =
        history["versions"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["listed", "listed", "refused", "listed"]);
    assert_eq!(kinds(&stage, &id).await, ["product.listed", "product.refused", "product.listed", "product.listed"]);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_9_5_1_a_product_is_there_for_its_audience_on_every_path() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    stage.contract("airports-3", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let id = product(provider, "airports-3", |_| true).await["productId"].as_str().unwrap().to_owned();
    // A version for some, filed under what it is for.
    let offer = async |audience: Value, reason: &'static str| {
        let mut next = made(provider, "airports-3").await;
        next["audience"] = audience;
        next["tags"] = json!({ "scenarios": ["S0100", "U0300"], "industry": "G56", "form": "001", "origin": "002" });
        let body = json!({ "product": next, "reason": reason });
        let sent: Value = provider.post("/products/airports-3/versions", &body).await.unwrap();
        let version = sent["next"].as_u64().unwrap();
        let asked = |history: &Value| history["versions"][0]["version"] == version;
        let _: Value = platform.until(&format!("/listings/{id}/versions"), asked).await.unwrap();
        decide(&stage, &id, true).await.unwrap();
        product(provider, "airports-3", |one| one["version"] == version && one["state"] == "listed").await;
    };
    offer(json!(["role:regulator"]), "仅监管方可见").await;
    let look = |path: String| async move { consumer.get::<Value>(&path).await.unwrap() };
    for path in ["/catalog?q=", "/catalog?scenario=S0100", "/catalog?q=机场"] {
        let page = look(path.to_owned()).await;
        assert_eq!((&page["total"], page["entries"].as_array().unwrap().len()), (&json!(0), 0), "{path}");
        assert!(page["facets"].as_object().is_none_or(|all| all.values().all(|counts| counts == &json!([]))), "{page}");
    }
    for path in ["product", "like", "joins"] {
        refused(consumer.api.get::<Value>(&format!("/api/v1/catalog?{path}={id}")).await, "refused-by-platform");
    }
    let new = json!({ "applicationId": "hidden", "productId": id, "purpose": "航线" });
    refused(consumer.api.post("/api/v1/applications", &new).await, "refused-by-platform");
    let draft = async |key: &str| {
        let (from, to) = (stage.provider().id().unwrap(), stage.consumer().id().unwrap());
        let new = json!({
            "draftId": key, "name": "客流合约", "summary": "双方商定", "productId": id, "provider": from, "consumer": to, "note": "请过目",
        });
        platform.api.post::<_, Value>("/api/v1/drafts", &new).await
    };
    assert!(draft("d-1").await.is_err());
    // Whose it is still finds it.
    assert_eq!(found(provider, &id).await["product"]["tags"]["industry"], "G56");
    // For whoever has one of the labels; nobody is told for whom it is but the operator.
    offer(json!(["role:regulator", "role:consumer"]), "使用方可见").await;
    let page = look("/catalog?scenario=S0100&form=001&industry=G".to_owned()).await;
    assert_eq!(page["total"], 1);
    draft("d-2").await.unwrap();
    assert_eq!(page["facets"]["scenario"], json!([{ "value": "S0100", "count": 1 }, { "value": "U0300", "count": 1 }]));
    assert!(page["entries"][0].get("audience").is_none());
    let listings: Value = platform.get("/listings").await.unwrap();
    assert_eq!(listings["items"][0]["audience"], json!(["role:regulator", "role:consumer"]));
    // A label that is none is blocked, and the version in the catalogue stays.
    let mut next = made(provider, "airports-3").await;
    next["audience"] = json!(["everybody"]);
    let body = json!({ "product": next, "reason": "x" });
    let _: Value = provider.post("/products/airports-3/versions", &body).await.unwrap();
    let waits = |history: &Value| !history["next"].is_null();
    let _: Value = platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
    refused(decide(&stage, &id, true).await, "blocked-by-review");
    assert_eq!(look("/catalog?scenario=S0100".to_owned()).await["total"], 1);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_3_3_3_b_a_space_lists_by_rule_what_nothing_is_said_against() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { listing_by_rule: true, ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let provider = &stage.provider().seat;
    let policies = json!([{ "permissionPolicies": [{ "actions": ["read"] }] }]);
    let good = stage.product("airports-5", "P30D", policies.clone(), json!([]));
    let _: Value = provider.post("/products", &good).await.unwrap();
    let listed = product(provider, "airports-5", |one| one["state"] == "listed").await;
    let id = listed["productId"].as_str().unwrap();
    let history: Value = stage.world.platform.get(&format!("/listings/{id}/versions")).await.unwrap();
    assert_eq!((&history["steps"][0]["act"], &history["steps"][0]["by"]), (&json!("list"), &json!("rule")));
    // What is blocked waits for a person, who has until a day.
    let mut bad = stage.product("airports-6", "P30D", policies, json!([]));
    bad["topic"] = json!("运输");
    let _: Value = provider.post("/products", &bad).await.unwrap();
    let waits = |all: &Value| all["items"].as_array().unwrap().iter().any(|one| one["dueAt"].is_string());
    let listings: Value = stage.world.platform.until("/listings", waits).await.unwrap();
    let states: Vec<_> =
        listings["items"].as_array().unwrap().iter().map(|one| (&one["state"], one["dueAt"].is_string())).collect();
    assert_eq!(states, [(&json!("listed"), false), (&json!("reviewing"), true)]);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_9_4_a_product_is_taken_down_brought_back_and_deregistered() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("airports-2", "P30D", &["read"]).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let id = product(provider, "airports-2", |_| true).await["productId"].as_str().unwrap().to_owned();
    let listing = format!("/listings/{id}/versions");
    let reason = json!({ "reason": "整改" });

    // Down: nobody finds it or applies for it, and what was agreed goes on.
    let _: Value = provider.post("/products/airports-2/delisting", &reason).await.unwrap();
    refused(provider.api.post("/api/v1/products/airports-2/delisting", &reason).await, "product-not-listed");
    let _: Value = platform.until(&listing, |history: &Value| history["state"] == "delisted").await.unwrap();
    assert!(found(consumer, &id).await.is_null());
    let new = json!({ "applicationId": "late", "productId": id, "purpose": "航线" });
    refused(consumer.api.post("/api/v1/applications", &new).await, "refused-by-platform");
    assert_eq!(sums(&stage, &contract, "u1").await, "done");

    // Up again, as a version of its own; down by the operator.
    let again = json!({ "version": 1, "reason": "整改完成" });
    let _: Value = provider.post("/products/airports-2/restoration", &again).await.unwrap();
    let _: Value = platform.until(&listing, |history: &Value| history["state"] == "reviewing").await.unwrap();
    decide(&stage, &id, true).await.unwrap();
    product(provider, "airports-2", |one| one["state"] == "listed" && one["version"] == 2).await;
    assert_eq!(found(consumer, &id).await["version"], 2);
    let delisting = format!("/api/v1/listings/{id}/delisting");
    refused(platform.api.post(&delisting, &json!({ "reason": "" })).await, "listing-reason");
    let _: Value = platform.api.post(&delisting, &json!({ "reason": "投诉" })).await.unwrap();
    let down = product(provider, "airports-2", |one| one["state"] == "delisted").await;
    assert_eq!(down["note"], "投诉");

    // Out of the register: asked for, not while a contract is open, then for good.
    let _: Value =
        provider.post("/products/airports-2/deregistration", &json!({ "reason": "停止服务" })).await.unwrap();
    let _: Value = platform.until(&listing, |history: &Value| history["ending"] == "停止服务").await.unwrap();
    refused(decide(&stage, &id, true).await, "product-in-use");
    stage.order(&contract, "termination", "o1").await.unwrap();
    let gone = |agreement: &Value| agreement["data"] == "destroyed";
    let _: Value = consumer.until(&format!("/agreements/{contract}"), gone).await.unwrap();
    stage.life(&contract, |life| life["statement"].is_object()).await;
    decide(&stage, &id, true).await.unwrap();
    product(provider, "airports-2", |one| one["state"] == "deregistered" && one["isEnding"] == false).await;
    refused(provider.api.post("/api/v1/products/airports-2/restoration", &again).await, "product-deregistered");
    let history: Value = platform.get(&listing).await.unwrap();
    let acts: Vec<&str> = history["steps"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
    let expect = ["deregister", "ask_deregistration", "delist", "list", "request", "delist", "list", "request"];
    assert_eq!(acts, expect);
    assert_eq!(
        kinds(&stage, &id).await,
        [
            "product.listed",
            "product.delisted",
            "product.listed",
            "product.delisted",
            "product.deregistration_asked",
            "product.deregistered"
        ]
    );
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}
