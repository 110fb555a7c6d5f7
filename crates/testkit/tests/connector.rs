//! A connector's life at its platform, over the APIs. NDI-TR-2025-03 §7.2; NDI-TR-2025-05 §6, §8; TC609-6-2025-11 §7.2.2 g; TC609-6-2025-16 6.2.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tempfile::TempDir;
use xinyu_protocol::tc609::connector::Device;
use xinyu_testkit::world::{Engine, MemberOptions, World, WorldOptions};

async fn start(options: WorldOptions, members: Vec<MemberOptions>) -> (World, TempDir) {
    let folder = TempDir::new().unwrap();
    (World::start_with(folder.path(), Engine::Memory, members, options).await.unwrap(), folder)
}

fn one<'v>(list: &'v Value, id: &str) -> &'v Value {
    list["items"].as_array().unwrap().iter().find(|one| one["connectorId"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_c_a_connector_beats_and_declares_itself() {
    let device =
        Device { supplier_name: "某供应商".to_owned(), ip_list: vec!["192.0.2.7".to_owned()], ..Device::default() };
    let member = MemberOptions { device, ..MemberOptions::default() };
    let (world, _folder) = start(WorldOptions::default(), vec![member]).await;
    let id = world.member(0).unwrap().id().unwrap();
    let is_online = |list: &Value| {
        let one = one(list, &id);
        one["liveness"] == "online" && one["binaryDigest"].as_str().is_some_and(|digest| digest.len() == 64)
    };
    let list: Value = world.platform.until("/connectors", is_online).await.unwrap();
    let found = one(&list, &id);
    assert_eq!(
        (found["device"]["supplierName"].as_str(), found["version"].as_str()),
        (Some("某供应商"), Some("0.1.0"))
    );
    let own: Value =
        world.member(0).unwrap().seat.until("/device", |own: &Value| own["isDeclared"] == true).await.unwrap();
    assert_eq!(own["binaryDigest"], found["binaryDigest"], "the digest of the program that runs");
    let resolved: Value = world.platform.get(&format!("/identifiers/{id}")).await.unwrap();
    assert_eq!((resolved["kind"].as_str(), resolved["status"].as_str()), (Some("connector"), Some("online")));
    let asked: Value = world.member(0).unwrap().seat.get(&format!("/identifiers/{id}")).await.unwrap();
    assert_eq!(asked, resolved, "a connector asks through its platform");
    for wrong in ["591350100M000100Y433501A1B2C3D4X", "591350100M000100Y433501A1B2C3D4T", "x"] {
        assert!(world.platform.get::<Value>(&format!("/identifiers/{wrong}")).await.is_err(), "{wrong}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_7_2_1_c_a_review_asks_for_abilities_and_a_trusted_supplier() {
    for (requires, supplier, note, expect) in [
        (vec![], "trusted", "", None),
        (vec![], "other", "", Some("supplier")),
        (vec![], "other", "检测报告合格", None),
        (vec!["usage_control", "protocol:dsp-2025-1", "suite:sm"], "trusted", "", None),
        (vec!["privacy"], "trusted", "all the same", Some("lacks")),
    ] {
        let options = WorldOptions {
            trusted_suppliers: vec!["trusted".to_owned()],
            requires: requires.iter().map(|&word| word.to_owned()).collect(),
            is_left_pending: true,
            ..WorldOptions::default()
        };
        let device = Device { supplier_code: supplier.to_owned(), ..Device::default() };
        let (world, _folder) = start(options, vec![MemberOptions { device, ..MemberOptions::default() }]).await;
        let _: Value = world.member(0).unwrap().seat.post("/registration", &json!({})).await.unwrap();
        let id = world.member(0).unwrap().id().unwrap();
        let list: Value = world.platform.get("/connectors").await.unwrap();
        assert_eq!(one(&list, &id)["isSupplierTrusted"], supplier == "trusted", "shown to the reviewer");
        let lacking = one(&list, &id)["lacking"].as_array().unwrap().len();
        assert_eq!(lacking > 0, expect == Some("lacks"), "{requires:?}");
        let path = format!("/participants/{id}/decision");
        let decided: anyhow::Result<Value> =
            world.platform.post(&path, &json!({ "approve": true, "note": note })).await;
        match expect {
            None => assert_eq!(decided.unwrap()["state"], "approved"),
            Some(part) => assert!(format!("{:#}", decided.unwrap_err()).contains(part)),
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_05_6_a_space_asks_only_for_what_there_is() {
    let (world, _folder) = start(WorldOptions::default(), Vec::new()).await;
    for (requires, is_taken) in [(json!(["fly"]), false), (json!(["suite:rsa"]), false), (json!(["privacy"]), true)] {
        let space = json!({
            "spaceId": "other", "name": "n", "description": "", "kind": "industry", "suite": "sm", "platformPermille": 0, "requires": requires,
        });
        assert_eq!(world.platform.post::<_, Value>("/spaces", &space).await.is_ok(), is_taken, "{requires}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_table_12_documents_are_handed_in_and_kept() {
    let (world, _folder) = start(WorldOptions::default(), vec![MemberOptions::default()]).await;
    let (member, id) = (&world.member(0).unwrap().seat, world.member(0).unwrap().id().unwrap());
    let document = |kind: &str, name: &str, content: &str, end: &str| json!({ "kind": kind, "name": name, "content": content, "expireDate": end });
    for wrong in [
        document("unknown", "a", "YQ==", ""),
        document("supply_chain", " ", "YQ==", ""),
        document("supply_chain", "a", "", ""),
        document("supply_chain", "a", "%%", ""),
        document("supply_chain", "a", "YQ==", "tomorrow"),
        document("supply_chain", "a\nb", "YQ==", ""),
    ] {
        assert!(member.post::<_, Value>("/attachments", &wrong).await.is_err(), "{wrong}");
    }
    let good = document("supply_chain", "sbom.json", "eyJhIjoxfQ==", "2027-12-31");
    let first: Value = member.post("/attachments", &good).await.unwrap();
    let again: Value = member.post("/attachments", &good).await.unwrap();
    assert_eq!(first, again, "the same document is the same one");
    let life: Value = world.platform.get(&format!("/connectors/{id}")).await.unwrap();
    assert_eq!(life["attachments"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/connectors/{id}/attachments/{}", first["attachmentId"].as_str().unwrap());
    assert_eq!(world.platform.client().get_bytes(&path).await.unwrap(), b"{\"a\":1}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_a_a_connector_leaves_and_its_history_stays() {
    let (world, _folder) = start(WorldOptions::default(), vec![MemberOptions::default()]).await;
    let (member, id) = (&world.member(0).unwrap().seat, world.member(0).unwrap().id().unwrap());
    let _: Value = member.post("/certificates", &json!({ "suite": "sm" })).await.unwrap();
    let path = format!("/connectors/{id}/deregistration");
    assert!(world.platform.post::<_, Value>(&path, &json!({ "reason": "" })).await.is_err());
    let gone: Value = world.platform.post(&path, &json!({ "reason": "停用" })).await.unwrap();
    assert_eq!((gone["state"].as_str(), gone["membership"].as_str()), (Some("deregistered"), Some("revoked")));
    assert!(world.platform.post::<_, Value>(&path, &json!({ "reason": "again" })).await.is_err());
    let life: Value = world.platform.get(&format!("/connectors/{id}")).await.unwrap();
    let kinds: Vec<&str> =
        life["history"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"connector.registered"));
    assert_eq!(kinds.last(), Some(&"connector.deregistered"));
    let all: Value = world.platform.get("/certificates").await.unwrap();
    let own: Vec<&Value> = all["items"].as_array().unwrap().iter().filter(|one| one["holder"] == id.as_str()).collect();
    assert!(!own.is_empty() && own.iter().all(|one| one["state"] == "revoked"));
    assert!(
        member.post::<_, Value>("/certificates", &json!({ "suite": "sm" })).await.is_err(),
        "it gets none any more"
    );
    assert!(
        member
            .post::<_, Value>("/attachments", &json!({ "kind": "tee", "name": "a", "content": "YQ==" }))
            .await
            .is_err()
    );
    world.stop().await;
}
