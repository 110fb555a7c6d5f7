//! Listed products at the function node of the area, where the platform registers them for their providers. TC609-6-2025-01 §5.2.2.4 a; TC609-6-2025-11 §7.2.4;
//! TC609-6-2025-16 6.3 a.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::SignedRecord;
use xinyu_platform::ndi::node::FunctionNode;
use xinyu_protocol::id::ProductId;
use xinyu_protocol::ndi::product::ProductStanding;
use xinyu_shell::Failure;
use xinyu_store::Topic;
use xinyu_testkit::function_node::{Manner, StandIn};
use xinyu_testkit::world::{Engine, SPACE, WorldOptions};

use crate::termination::stage::{Stage, refused};

const NODE: &str = "291350100M000100Y433501A1B2C3D4L";

struct Scene {
    stage: Stage,
    node: StandIn,
    _folder: TempDir,
    stop: CancellationToken,
}

async fn scene(engine: Engine) -> Scene {
    among(engine, |node| vec![node.registering()]).await
}

/// The same, with what the platform has configured of the node.
async fn among(engine: Engine, configured: impl FnOnce(&StandIn) -> Vec<FunctionNode>) -> Scene {
    let (folder, stop) = (TempDir::new().unwrap(), CancellationToken::new());
    // The clock of the file system: tests have no other.
    let made = tempfile::tempfile().unwrap().metadata().unwrap().modified().unwrap();
    let now = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let node = StandIn::start(NODE, now, stop.clone()).await.unwrap();
    let options = WorldOptions { nodes: configured(&node), open_catalogue: true, ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), engine, options).await;
    node.expect(stage.world.platform.node.certificate_keys.of(Suite::Sm).public());
    Scene { stage, node, _folder: folder, stop }
}

impl Scene {
    /// Offers the airports under a key, and has them listed: the product's identifier.
    async fn list(&self, key: &str) -> String {
        let policies = json!([{ "permissionPolicies": [{ "actions": ["read"] }] }]);
        let new = self.stage.product(key, "P30D", policies, json!([]));
        let provider = &self.stage.provider().seat;
        let _: Value = provider.post("/products", &new).await.unwrap();
        let named = |all: &Value| own(all, key)["productId"].is_string();
        let all: Value = provider.until("/products", named).await.unwrap();
        let id = own(&all, key)["productId"].as_str().unwrap().to_owned();
        self.decide(&id).await;
        id
    }

    async fn decide(&self, id: &str) {
        let yes = json!({ "approve": true, "note": "" });
        let _: Value = self.stage.world.platform.post(&format!("/listings/{id}/decision"), &yes).await.unwrap();
    }

    /// Out of the catalogue, as its provider wants it.
    async fn deregister(&self, key: &str, id: &str, reason: &str) {
        let path = format!("/products/{key}/deregistration");
        let _: Value = self.stage.provider().seat.post(&path, &json!({ "reason": reason })).await.unwrap();
        let ends = |history: &Value| history["ending"] == reason;
        let _: Value = self.stage.world.platform.until(&format!("/listings/{id}/versions"), ends).await.unwrap();
        self.decide(id).await;
    }

    /// A new version, listed.
    async fn update(&self, key: &str, id: &str, change: impl Fn(&mut Value)) {
        let (provider, platform) = (&self.stage.provider().seat, &self.stage.world.platform);
        let listed = |all: &Value| own(all, key)["state"] == "listed";
        let _: Value = provider.until("/products", listed).await.unwrap();
        let history: Value = provider.get(&format!("/products/{key}/versions")).await.unwrap();
        let mut next = history["versions"][0]["product"].clone();
        change(&mut next);
        let body = json!({ "product": next, "reason": "补正" });
        let _: Value = provider.post(&format!("/products/{key}/versions"), &body).await.unwrap();
        let waits = |history: &Value| !history["next"].is_null();
        let _: Value = platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
        self.decide(id).await;
    }

    /// The registration of a product at the platform, once it stands so; its provider is told the same.
    async fn stands(&self, id: &str, state: &str, version: u64) -> Value {
        let (platform, provider) = (&self.stage.world.platform, &self.stage.provider().seat);
        let so = |there: &Value| there["state"] == state && there["version"] == version;
        let all: Value = platform.until("/listings", |all| so(&listing(all, id)["registration"])).await.unwrap();
        let of = |all: &Value| -> Value {
            let found = all["items"].as_array().unwrap().iter().find(|one| one["productId"] == id);
            found.cloned().unwrap_or_default()["registration"].clone()
        };
        let told: Value = provider.until("/products", |all| so(&of(all))).await.unwrap();
        let there = listing(&all, id)["registration"].clone();
        assert_eq!((&of(&told)["code"], &of(&told)["reasons"]), (&there["code"], &there["reasons"]));
        assert!(of(&told).get("steps").is_none(), "who did what at the platform is its own affair");
        there
    }

    async fn act(&self, id: &str, act: &str) -> Result<Value, xinyu_http::ApiError> {
        let path = format!("/api/v1/listings/{id}/registration");
        self.stage.world.platform.api.post(&path, &json!({ "act": act })).await
    }

    /// What members find of a product.
    async fn found(&self, id: &str) -> Value {
        let all: Value = self.stage.consumer().seat.get("/catalog?q=").await.unwrap();
        all["entries"].as_array().unwrap().iter().find(|one| one["productId"] == id).cloned().unwrap_or_default()
    }

    /// The interfaces that the node heard about a product, each message once.
    fn heard(&self, id: &str) -> Vec<(String, u64)> {
        let mut heard: Vec<(String, u64)> = Vec::new();
        for one in self.node.heard().iter().filter(|one| one.body["productCode"] == id) {
            let message = (one.interface.clone(), one.body["requestNo"].as_u64().unwrap());
            assert!(one.is_signed, "{message:?}");
            if !heard.contains(&message) {
                heard.push(message);
            }
        }
        heard
    }

    /// The kinds of the records about a product's registration, in the order of the log.
    async fn kinds(&self, id: &str) -> Vec<String> {
        let entries = self.stage.world.platform.node.store.read("test.entries", |tx| {
            Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, 10_000).await.map_err(Failure::from) })
        });
        let records = entries.await.unwrap().into_iter().map(|entry| SignedRecord::parse(&entry.leaf).unwrap().record);
        let about = records.filter(|record| record.subject.as_deref() == Some(id));
        about.map(|record| record.kind).filter(|kind| kind.starts_with("product.regist")).collect()
    }

    async fn end(self) {
        self.stop.cancel();
        self.stage.world.stop().await;
    }
}

fn own(all: &Value, key: &str) -> Value {
    let found = all["items"].as_array().unwrap().iter().find(|one| one["listingId"] == key);
    found.cloned().unwrap_or_default()
}

fn listing(all: &Value, id: &str) -> Value {
    let found = all["items"].as_array().unwrap().iter().find(|one| one["entry"]["productId"] == id);
    found.cloned().unwrap_or_default()
}

/// A member of each step of a registration.
fn steps<'t>(there: &'t Value, member: &str) -> Vec<&'t str> {
    there["steps"].as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

fn pairs(expect: &[(&str, u64)]) -> Vec<(String, u64)> {
    expect.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_3_a_a_product_is_registered_updated_and_revoked_for_its_provider() {
    let scene = scene(Engine::Memory).await;
    let id = scene.list("airports-1").await;
    let there = scene.stands(&id, "registered", 1).await;
    let code = there["code"].as_str().unwrap();
    assert_eq!(ProductId::parse(code).unwrap().area().as_str(), "3501", "the node's area, not the platform's");
    let entry = scene.node.products()[&id].clone();
    assert_eq!((entry.code.as_deref(), entry.standing), (Some(code), ProductStanding::Registered));
    assert_eq!(entry.product["productName"], "机场 airports-1");
    assert_eq!(scene.found(&id).await["registered"]["code"], code);
    assert_eq!(scene.found(&id).await["registered"]["nodeId"], NODE);
    for known in [code, id.as_str()] {
        let named: Value = scene.stage.consumer().seat.get(&format!("/catalog?q={known}")).await.unwrap();
        assert_eq!((&named["entries"][0]["productId"], &named["total"]), (&json!(id), &json!(1)), "{known}");
    }
    let address = &scene.stage.world.platform.address;
    let open = reqwest::get(format!("{address}/public/catalog/{SPACE}?format=ndi-06")).await.unwrap();
    let open: Value = serde_json::from_slice(&open.bytes().await.unwrap()).unwrap();
    assert_eq!(open["data"]["resultData"][0]["registrationCode"], code);

    scene.update("airports-1", &id, |next| next["description"] = json!("三座机场，含旅客数")).await;
    let there = scene.stands(&id, "registered", 2).await;
    assert_eq!(there["code"], code, "an identifier stays");
    assert_eq!(scene.node.products()[&id].product["dscription"], "三座机场，含旅客数");

    scene.deregister("airports-1", &id, "停止服务").await;
    let there = scene.stands(&id, "revoked", 2).await;
    assert_eq!(scene.node.products()[&id].standing, ProductStanding::Revoked);
    let revoked = scene.node.heard().into_iter().find(|one| one.interface == "RevokeProduct").unwrap();
    assert_eq!(revoked.body["reason"], "停止服务");
    assert_eq!(steps(&there, "state"), ["asked", "registered", "asked", "registered", "revoking", "revoked"]);
    assert_eq!(scene.heard(&id), pairs(&[("RegisterProduct", 1), ("UpdateProduct", 2), ("RevokeProduct", 3)]));
    assert_eq!(
        scene.kinds(&id).await,
        [
            "product.registration_asked",
            "product.registered",
            "product.registration_asked",
            "product.registered",
            "product.registration_asked",
            "product.registration_revoked"
        ]
    );
    refused(scene.act(&id, "register").await, "not-registered-at-node");
    for seat in [&scene.stage.world.platform, &scene.stage.provider().seat] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_4_a_nothing_is_lost_while_the_node_is_away_or_the_platform_crashes() {
    let mut scene = scene(Engine::File).await;
    scene.node.behave(Manner::Down);
    let id = scene.list("airports-1").await;
    scene.stands(&id, "asked", 1).await;
    scene.stage.world = scene.stage.world.crash_platform().await.unwrap();
    scene.update("airports-1", &id, |next| next["description"] = json!("再版")).await;
    scene.stands(&id, "asked", 2).await;
    assert_eq!(scene.node.products().len(), 0);
    scene.node.behave(Manner::Right);
    scene.stands(&id, "registered", 2).await;
    // In their order: the second was sent before the node had given an identifier, and is told by its number.
    let heard = scene.heard(&id);
    assert_eq!(heard, pairs(&[("RegisterProduct", 1), ("RegisterProduct", 2)]));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_4_a_what_was_listed_before_there_was_a_node_is_sent_once() {
    let mut scene = among(Engine::File, |_| Vec::new()).await;
    let early = [scene.list("airports-1").await, scene.list("airports-2").await];
    refused(scene.act(&early[0], "register").await, "no-registry");
    scene.stage.world = scene.stage.world.crash_platform_among(vec![scene.node.registering()]).await.unwrap();
    for id in &early {
        scene.stands(id, "registered", 1).await;
    }
    // Whoever looks again finds nothing to send.
    scene.stage.world = scene.stage.world.crash_platform().await.unwrap();
    let late = scene.list("airports-3").await;
    for id in early.iter().chain([&late]) {
        scene.stands(id, "registered", 1).await;
        assert_eq!(scene.heard(id), pairs(&[("RegisterProduct", 1)]));
        assert_eq!(scene.kinds(id).await, ["product.registration_asked", "product.registered"]);
    }
    assert_eq!(scene.node.products().len(), 3);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_11_7_2_4_e_what_the_node_does_not_revoke_stays_and_is_asked_for_again() {
    let scene = scene(Engine::Memory).await;
    let id = scene.list("airports-1").await;
    let code = scene.stands(&id, "registered", 1).await["code"].clone();
    scene.node.keep(Some("尚有履行中的合约"));
    scene.deregister("airports-1", &id, "停止服务").await;
    let there = scene.stands(&id, "revocation_refused", 1).await;
    assert_eq!(there["reasons"], json!([{ "message": "尚有履行中的合约" }]));
    assert_eq!(there["code"], code, "it is in the register still");

    // The operator asks again, in vain, and once more.
    scene.act(&id, "register").await.unwrap();
    until(|| scene.heard(&id).contains(&("RevokeProduct".to_owned(), 3))).await;
    scene.stands(&id, "revocation_refused", 1).await;
    scene.node.keep(None);
    scene.act(&id, "register").await.unwrap();
    let there = scene.stands(&id, "revoked", 1).await;
    assert!(there["reasons"].is_null(), "{there}");
    assert_eq!(scene.node.products()[&id].standing, ProductStanding::Revoked);
    let [asked, kept, gone] = ["revoking", "revocation_refused", "revoked"];
    assert_eq!(steps(&there, "state"), ["asked", "registered", asked, kept, asked, kept, asked, gone]);
    let by = steps(&there, "by");
    assert_eq!((by[2], by[3], by[7]), ("platform", NODE, NODE));
    assert!(by[4] == by[6] && ![NODE, "platform"].contains(&by[4]), "a person asked again: {by:?}");
    let revocations = [("RegisterProduct", 1), ("RevokeProduct", 2), ("RevokeProduct", 3), ("RevokeProduct", 4)];
    assert_eq!(scene.heard(&id), pairs(&revocations));
    let refusals = scene.kinds(&id).await.into_iter().filter(|kind| kind == "product.registration_refused");
    assert_eq!(refusals.count(), 2);
    refused(scene.act(&id, "register").await, "not-registered-at-node");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_11_7_2_4_a_what_the_node_refuses_says_why_and_goes_again_when_it_is_corrected() {
    let scene = scene(Engine::Memory).await;
    scene.node.require("industryCategory");
    let id = scene.list("airports-1").await;
    let there = scene.stands(&id, "refused", 1).await;
    assert_eq!(there["reasons"], json!([{ "member": "industryCategory", "message": "必填" }]));
    assert!(scene.found(&id).await["registered"].is_null());
    // Again as it is, by hand: refused again.
    scene.act(&id, "register").await.unwrap();
    scene
        .stage
        .world
        .platform
        .until("/listings", |all: &Value| listing(all, &id)["registration"]["steps"].as_array().unwrap().len() == 4)
        .await
        .unwrap();
    scene.stands(&id, "refused", 1).await;
    let tags = json!({ "scenarios": ["S0100"], "industry": "G56", "form": "001", "origin": "002" });
    scene.update("airports-1", &id, |next| next["tags"] = tags.clone()).await;
    scene.stands(&id, "registered", 2).await;
    assert_eq!(scene.heard(&id), pairs(&[("RegisterProduct", 1), ("RegisterProduct", 2), ("RegisterProduct", 3)]));
    let refusals = scene.kinds(&id).await.into_iter().filter(|kind| kind == "product.registration_refused");
    assert_eq!(refusals.count(), 2);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_11_7_2_4_b_the_result_of_a_review_is_asked_for_by_time_and_by_hand() {
    let scene = scene(Engine::Memory).await;
    scene.node.review(true);
    let (one, two) = (scene.list("airports-1").await, scene.list("airports-2").await);
    for id in [&one, &two] {
        assert!(scene.stands(id, "reviewing", 1).await["askAt"].is_string());
    }
    scene.node.review(false);
    refused(scene.act("nothing", "ask").await, "unknown-product");
    scene.act(&one, "ask").await.unwrap();
    scene.stands(&one, "registered", 1).await;
    // The time of the other has come.
    let (id, store) = (two.clone(), &scene.stage.world.platform.node.store);
    let due = store.write("test.due", move |tx| {
        Box::pin(async move {
            let mut there = xinyu_store::registration::lock(tx, &id, NODE).await?.unwrap();
            assert!(there.ask_at.is_some_and(|at| at > tx.now()), "it is not due by itself yet");
            there.ask_at = Some(tx.now());
            xinyu_store::registration::save(tx, &there).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    due.await.unwrap();
    scene.stands(&two, "registered", 1).await;
    assert_eq!(scene.heard(&two), pairs(&[("RegisterProduct", 1), ("QueryProductRegistration", 1)]));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_04_4_3_an_answer_that_the_node_did_not_make_or_that_names_wrongly_registers_nothing() {
    let scene = scene(Engine::Memory).await;
    scene.node.behave(Manner::Unsigned);
    let id = scene.list("airports-1").await;
    for manner in [Manner::Unsigned, Manner::Forged, Manner::Broken] {
        scene.node.behave(manner);
        let before = scene.node.heard().len();
        until(|| scene.node.heard().len() > before + 1).await;
        assert_eq!(scene.stands(&id, "asked", 1).await["code"], Value::Null, "{manner:?}");
    }
    scene.node.behave(Manner::Right);
    scene.stands(&id, "registered", 1).await;

    // An identifier of somebody else's register is tried so often, and set aside.
    scene.node.misname(Some("591350100M000100Y433501A1B2C3D4T"));
    let other = scene.list("airports-2").await;
    let there = scene.stands(&other, "failed", 1).await;
    assert!(there["reasons"][0]["message"].as_str().unwrap().contains("identifier"), "{there}");
    assert!(scene.found(&other).await["registered"].is_null());
    assert_eq!(scene.stage.world.platform.set_aside().await.unwrap().len(), 1);
    scene.node.misname(None);
    scene.act(&other, "register").await.unwrap();
    scene.stands(&other, "registered", 1).await;
    scene.end().await;
}

async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap();
}
