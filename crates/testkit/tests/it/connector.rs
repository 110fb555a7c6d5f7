//! A connector's life at its platform, over the APIs. NDI-TR-2025-03 §7.2; NDI-TR-2025-05 §6, §8; TC609-6-2025-11 §7.2.2 g; TC609-6-2025-16 6.2.

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
    assert_eq!((gone["state"].as_str(), gone["membership"].as_str()), (Some("deregistered"), Some("departed")));
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

/// The kinds of events in a connector's history, oldest first.
async fn history(world: &World, id: &str) -> Vec<String> {
    let life: Value = world.platform.get(&format!("/connectors/{id}")).await.unwrap();
    let events = life.get("history").and_then(Value::as_array).unwrap().iter();
    events.map(|event| event.get("kind").and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_11_7_2_2_g_silence_stops_a_connector_and_a_beat_brings_it_back() {
    let (world, _folder) = start(WorldOptions::default(), vec![MemberOptions::default()]).await;
    let id = world.member(0).unwrap().id().unwrap();
    world.platform.until("/connectors", |list: &Value| one(list, &id)["liveness"] == "online").await.unwrap();
    // As if it had been silent for a minute; a beat that comes in between is waited out.
    let silence = async || {
        let silent = world.platform.node.store.write("heartbeat.silence", |tx| {
            Box::pin(async move {
                for mut pulse in xinyu_store::heartbeat::list(tx).await? {
                    pulse.seen_at = tx.now().checked_sub(jiff::SignedDuration::from_secs(60)).unwrap();
                    pulse.due_at = Some(pulse.seen_at);
                    xinyu_store::heartbeat::save(tx, &pulse).await?;
                }
                tx.signal(xinyu_store::Topic::Heartbeat);
                Ok::<_, xinyu_shell::Failure>(())
            })
        });
        silent.await.unwrap();
    };
    let path = format!("/connectors/{id}");
    let knows = |kind: &'static str| {
        move |life: &Value| life["history"].as_array().unwrap().iter().any(|event| event["kind"] == kind)
    };
    loop {
        silence().await;
        let now = world.platform.node.store.clock().now();
        let beats = |life: &Value| {
            let at: Option<jiff::Timestamp> = life["connector"]["seenAt"].as_str().and_then(|at| at.parse().ok());
            at.is_some_and(|at| now.duration_since(at).as_secs() < 30)
        };
        let seen = |life: &Value| knows("connector.stopped")(life) || beats(life);
        let life: Value = world.platform.until(&path, seen).await.unwrap();
        if knows("connector.stopped")(&life) {
            break;
        }
    }
    let _: Value = world.platform.until(&path, knows("connector.back")).await.unwrap();
    let list: Value = world.platform.get("/connectors").await.unwrap();
    assert_eq!(one(&list, &id)["liveness"], "online");
    let events: Value = world.platform.get("/evidence/testing/events?kind=connector.stopped").await.unwrap();
    assert_eq!(events["items"].as_array().unwrap().len(), 1, "the stop is evidence");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_05_6_2_6_a_new_address_is_believed_once_its_holder_answers_there() {
    let members = vec![MemberOptions::default(), MemberOptions { organisation: 1, ..MemberOptions::default() }];
    let (world, _folder) = start(WorldOptions::default(), members).await;
    let (member, id) = (&world.member(0).unwrap().seat, world.member(0).unwrap().id().unwrap());
    let report = async |address: &str| {
        let body = serde_json::to_vec(&json!({ "address": address })).unwrap();
        let to = member.node.platform_id();
        xinyu_shell::peer::post(&member.node, &to, "/tc609/addressReport", body).await.unwrap().0
    };
    let closed = format!("http://127.0.0.1:{}", xinyu_testkit::world::free_port().unwrap());
    for (address, expect) in [
        (world.member(1).unwrap().seat.address.as_str(), 409),
        (closed.as_str(), 409),
        ("http://169.254.169.254/latest", 400),
        ("file:///etc/passwd", 400),
    ] {
        assert_eq!(report(address).await, expect, "{address}");
    }
    assert!(!history(&world, &id).await.contains(&"connector.address_changed".to_owned()));
    // The platform thinks that it is elsewhere.
    let wanted = id.clone();
    let moved = world.platform.node.store.write("member.move", move |tx| {
        Box::pin(async move {
            let mut member = xinyu_store::member::find(tx, &wanted).await?.unwrap();
            "http://127.0.0.1:1".clone_into(&mut member.address);
            xinyu_store::member::save(tx, &member).await?;
            Ok::<_, xinyu_shell::Failure>(())
        })
    });
    moved.await.unwrap();
    let before = member.node.identity().unwrap().credential;
    assert_eq!(report(&member.address).await, 200);
    let list: Value = world.platform.get("/connectors").await.unwrap();
    assert_eq!(one(&list, &id)["address"], member.address.as_str());
    assert!(history(&world, &id).await.contains(&"connector.address_changed".to_owned()));
    // A new credential arrives by the outbox.
    let is_new = || member.node.identity().unwrap().credential != before;
    let waiting = async {
        while !is_new() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_05_8_c_a_program_that_was_replaced_is_told_of() {
    let folder = TempDir::new().unwrap();
    let members = vec![MemberOptions::default()];
    let mut world = World::start(folder.path(), Engine::File, members).await.unwrap();
    let id = world.member(0).unwrap().id().unwrap();
    let is_declared = |own: &Value| own["isDeclared"] == true;
    let _: Value = world.member(0).unwrap().seat.until("/device", is_declared).await.unwrap();
    assert!(!history(&world, &id).await.contains(&"connector.program_changed".to_owned()));
    // As if another program had run before.
    let replaced = world.member(0).unwrap().store().write("device.replace", |tx| {
        Box::pin(async move {
            xinyu_store::setting::set(tx, "device/binary_digest", &"a".repeat(64)).await?;
            Ok::<_, xinyu_shell::Failure>(())
        })
    });
    replaced.await.unwrap();
    world.crash(0).await.unwrap();
    let knows = |life: &Value| {
        life["history"].as_array().unwrap().iter().any(|event| event["kind"] == "connector.program_changed")
    };
    let _: Value = world.platform.until(&format!("/connectors/{id}"), knows).await.unwrap();
    let events: Value = world.platform.get("/evidence/testing/events?kind=connector.program_changed").await.unwrap();
    assert_eq!(events["items"][0]["facts"]["from"], "a".repeat(64));
    world.stop().await;
}
