//! The identity interfaces between a platform and a function node, over the wire. NDI-TR-2025-03 §8, Appendices C and D.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::CertificatePublic;
use xinyu_protocol::ndi::{Headers, Interface, Reply};
use xinyu_testkit::foreign::Foreign;
use xinyu_testkit::function_node::{Manner, StandIn, ask_with};
use xinyu_testkit::world::{Engine, MemberOptions, World, WorldOptions};

const NODE: &str = "291350100M000100Y433501A1B2C3D4L";

struct Scene {
    world: World,
    node: StandIn,
    key: CertificatePublic,
    _folder: TempDir,
    stop: CancellationToken,
}

fn epoch() -> u64 {
    // The clock of the file system: tests have no other.
    let file = tempfile::tempfile().unwrap();
    let made = file.metadata().unwrap().modified().unwrap();
    made.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

async fn scene(members: Vec<MemberOptions>) -> Scene {
    let (folder, stop) = (TempDir::new().unwrap(), CancellationToken::new());
    let node = StandIn::start(NODE, epoch(), stop.clone()).await.unwrap();
    let options = WorldOptions { nodes: vec![node.configured()], ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, members, options).await.unwrap();
    let key = world.platform.node.certificate_keys.of(Suite::Sm).public();
    node.expect(key.clone());
    Scene { world, node, key, _folder: folder, stop }
}

impl Scene {
    fn now_ms(&self) -> i64 {
        self.world.platform.node.store.clock().now().as_millisecond()
    }

    fn headers(&self, interface: Interface, sequence: &str) -> Headers {
        self.node.headers(interface, self.now_ms(), sequence)
    }

    async fn ask(&self, interface: Interface, sequence: &str, body: &Value) -> Reply<Value> {
        let headers = self.headers(interface, sequence);
        self.node.ask(&self.world.platform.address, &headers, body, &self.key).await.unwrap()
    }

    async fn check(&self, interface: Interface, body: Value, expect: &str) -> Option<Value> {
        let sequence = self.world.platform.node.store.ids().new_id().simple().to_string();
        let reply = self.ask(interface, &sequence, &body).await;
        assert_eq!(reply.code.to_string(), expect, "{interface:?} {body}: {}", reply.message);
        reply.data
    }

    async fn end(self) {
        self.stop.cancel();
        self.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_2_a_node_reads_the_organisation_that_allowed_it() {
    let scene = scene(vec![MemberOptions::default()]).await;
    let member = scene.world.member(0).unwrap().id().unwrap();
    let path = format!("/participants/{member}/identityGrants");
    let grant: Value = scene.world.platform.post(&path, &json!({ "nodeId": scene.node.id })).await.unwrap();
    let code = grant["authCode"].as_str().unwrap();
    assert_eq!(code.len(), 64, "the length that the standard gives");
    assert!(scene.world.platform.post::<_, Value>(&path, &json!({ "nodeId": "unknown" })).await.is_err());

    let data = scene.check(Interface::GetToken, json!({ "authCode": code }), "000000").await.unwrap();
    let token = data["token"].as_str().unwrap().to_owned();
    // Once.
    scene.check(Interface::GetToken, json!({ "authCode": code }), "100006").await;
    scene.check(Interface::GetToken, json!({}), "200001").await;
    scene.check(Interface::GetToken, json!({ "authCode": 7 }), "200002").await;

    let whole = scene.check(Interface::GetEnterpriseInfo, json!({ "token": token }), "002000").await.unwrap();
    let base = scene.check(Interface::GetEnterpriseBaseInfo, json!({ "token": token }), "002000").await.unwrap();
    assert_eq!(whole["baseInfo"], base);
    assert_eq!((base["authStatus"].as_str(), base["identityStatus"].as_str()), (Some("1"), Some("1")));
    assert_eq!(base["enterpriseCode"].as_str().map(str::len), Some(18));
    for (interface, expect) in [
        (Interface::GetPersonInfo, "301001"),
        (Interface::GetPersonBaseInfo, "301001"),
        (Interface::GetOperatorInfo, "303001"),
        (Interface::GetOperatorBaseInfo, "303001"),
    ] {
        scene.check(interface, json!({ "token": token }), expect).await;
        let unauthorised = format!("{}004", expect.replacen('3', "1", 1).get(..3).unwrap());
        scene.check(interface, json!({ "token": format!("{token}x") }), &unauthorised).await;
    }
    scene.check(Interface::GetEnterpriseInfo, json!({ "token": "" }), "202001").await;
    let list = scene.check(Interface::GetIdentityProviderList, json!({}), "000000").await.unwrap();
    let roots = list["rootCertList"].as_array().unwrap();
    assert_eq!(roots.len(), 3, "both of the platform and that of the node");
    assert!(roots.iter().all(|root| root.as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----")));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_2_messages_that_break_a_rule_get_its_code_and_do_nothing() {
    let scene = scene(Vec::new()).await;
    let address = scene.world.platform.address.clone();
    let code = json!({ "identityCode": "91310105575958172F/110105197812312345" });
    let good = scene.headers(Interface::SyncLogoffInfo, "s-1");
    for (name, value, expect) in [
        ("msgcode", Some("GetToken"), "203007"),
        ("msgcode", None, "203001"),
        ("msgversion", Some("2.0"), "203005"),
        ("timestamp", Some("1562589083316"), "203006"),
        ("timestamp", Some("yesterday"), "203006"),
        ("sequenceNum", None, "203001"),
        ("sequenceNum", Some("a b"), "203002"),
        ("signValue", None, "203001"),
        ("signValue", Some("no hex"), "203002"),
        ("signValue", Some("00"), "103006"),
        ("clientId", Some("491350100M000100Y433501A1B2C3D4E"), "103006"),
    ] {
        let body = serde_json::to_vec(&code).unwrap();
        let mut headers: Vec<(&str, String)> = good.pairs();
        headers.push(("signValue", "ab".repeat(64)));
        headers.retain(|(one, _)| *one != name);
        headers.extend(value.map(|value| (name, value.to_owned())));
        let sequence = headers.iter().find(|(name, _)| *name == "sequenceNum").map_or("", |(_, value)| value.as_str());
        let reply = ask_with(&address, "SyncLogoffInfo", &headers, body, (&scene.key, sequence)).await.unwrap();
        assert_eq!(reply.code.to_string(), expect, "{name} {value:?}: {}", reply.message);
    }
    let reply = ask_with(&address, "GetEverything", &good.pairs(), Vec::new(), (&scene.key, "s-1")).await.unwrap();
    assert_eq!(reply.code.to_string(), "200007");
    // Nothing of it had an effect: the operator is not known to be gone.
    scene.check(Interface::GetOperatorStatus, code.clone(), "303001").await;
    scene.check(Interface::SyncLogoffInfo, json!({ "identityCode": " " }), "203001").await;
    scene.check(Interface::SyncLogoffInfo, code.clone(), "003000").await;
    let status = scene.check(Interface::GetOperatorStatus, code, "003000").await.unwrap();
    assert_eq!(status["authStatus"], "0");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_2_3_of_a_hundred_uses_of_one_sequence_number_one_passes() {
    let scene = scene(Vec::new()).await;
    let headers = scene.headers(Interface::GetIdentityProviderList, "only-once");
    let body = json!({});
    let ask = || scene.node.ask(&scene.world.platform.address, &headers, &body, &scene.key);
    let replies = futures::future::join_all((0..100).map(|_| ask())).await;
    let codes: Vec<String> = replies.into_iter().map(|reply| reply.unwrap().code.to_string()).collect();
    assert_eq!(codes.iter().filter(|code| *code == "000000").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "100004").count(), 99, "{codes:?}");
    // Another body under the same number is a replay too, also once the process is another one: the number is in the store.
    let again = scene.ask(Interface::GetIdentityProviderList, "only-once", &json!({ "a": 1 })).await;
    assert_eq!(again.code.to_string(), "100004");
    let kept = scene.world.platform.node.store.read("replay", |tx| {
        Box::pin(async move {
            let sql = "SELECT COUNT(*) AS kept FROM replay WHERE jti = 'only-once'";
            let kept = tx.fetch_one(sql, Vec::new()).await?.unsigned("kept")?;
            Ok::<_, xinyu_shell::Failure>(kept)
        })
    });
    assert_eq!(kept.await.unwrap(), 1);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_3_1_connectors_are_reported_and_taken() {
    let scene = scene(vec![MemberOptions::default()]).await;
    let member = scene.world.member(0).unwrap().id().unwrap();
    let said = |status: &str| {
        scene.node.heard().into_iter().find(|heard| {
            heard.interface == "SyncConnectorInfo"
                && heard.body["baseInfo"]["identityCode"] == member.as_str()
                && heard.body["baseInfo"]["identityStatus"] == status
        })
    };
    until(|| said("1").is_some()).await;
    let heard = said("1").unwrap();
    assert_eq!(heard.body["extendInfo"]["connectorType"], "2", "counted from 1");

    // The node is away, busy, forged or broken: nothing is lost.
    for manner in [Manner::Down, Manner::Busy, Manner::Forged, Manner::Unsigned, Manner::Broken] {
        scene.node.behave(manner);
        let code = format!("{manner:?}/1");
        let _: Value = scene.world.platform.post("/operators/logoff", &json!({ "identityCode": code })).await.unwrap();
        let is_told = || scene.node.heard().iter().filter(|heard| heard.body["identityCode"] == code.as_str()).count();
        until(|| is_told() >= 2).await;
    }
    let nodes: Value = scene.world.platform.get("/nodes").await.unwrap();
    assert!(nodes["items"][0]["waiting"].as_u64().unwrap() >= 5, "{nodes}");
    scene.node.behave(Manner::Right);
    let is_empty = |nodes: &Value| nodes["items"][0]["waiting"] == 0;
    scene.world.platform.until("/nodes", is_empty).await.unwrap();
    let sequences: Vec<String> = scene.node.heard().into_iter().map(|heard| heard.sequence).collect();
    let mut once = sequences.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), sequences.len(), "every attempt has a number of its own");

    // A node tells of its own connectors; what is not in order is refused by name.
    let foreign = "591350100M000100Y433501A1B2C3D4T";
    let report = json!({
        "baseInfo": {
            "identityCode": foreign, "connectorName": "外省连接器", "connectorJoinType": "2", "enterpriseCode": "91350100M000100Y43",
            "identityStatus": "1", "authTime": "2026-11-01", "added": "by a later version",
        },
        "extendInfo": { "connectorType": "1", "connectorMac": "02:42:ac:11:00:02" },
    });
    for (pointer, value, expect) in [
        ("/baseInfo/identityCode", json!("591350100M000100Y433501A1B2C3D4X"), "205002"),
        ("/baseInfo/connectorJoinType", json!("6"), "205002"),
        ("/extendInfo/connectorType", json!("0"), "205002"),
        ("/extendInfo/connectorMac", json!(""), "205001"),
        ("/baseInfo/identityCode", json!(member), "305003"),
    ] {
        let mut wrong = report.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        scene.check(Interface::SyncConnectorInfo, wrong, expect).await;
    }
    scene.check(Interface::SyncConnectorInfo, json!({ "baseInfo": {}, "extendInfo": {} }), "205004").await;
    scene.check(Interface::SyncConnectorInfo, json!([]), "205002").await;
    scene.check(Interface::SyncConnectorInfo, report.clone(), "005000").await;
    scene.check(Interface::SyncConnectorInfo, report, "305003").await;
    let found: Value = scene.world.platform.get(&format!("/identifiers/{foreign}")).await.unwrap();
    assert_eq!(
        (found["nodeId"].as_str(), found["address"].as_str()),
        (Some(scene.node.id.as_str()), Some(scene.node.address.as_str()))
    );

    let path = format!("/connectors/{member}/deregistration");
    let _: Value = scene.world.platform.post(&path, &json!({ "reason": "停用" })).await.unwrap();
    until(|| said("0").is_some()).await;
    assert!(said("0").unwrap().is_signed, "with the platform's certificate");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_3_3_whether_an_operator_may_act_is_asked_of_the_node() {
    let scene = scene(Vec::new()).await;
    let ask = async |code: &str| {
        let asked: anyhow::Result<Value> =
            scene.world.platform.post("/operators/status", &json!({ "identityCode": code })).await;
        asked.map(|answer| answer["status"].as_str().unwrap().to_owned())
    };
    for (code, expect) in [("x/1", "active"), ("x/0", "gone"), ("x/9", "unknown")] {
        assert_eq!(ask(code).await.unwrap(), expect);
    }
    for manner in [Manner::Down, Manner::Busy, Manner::Forged, Manner::Unsigned, Manner::Broken] {
        scene.node.behave(manner);
        assert!(ask("x/1").await.is_err(), "{manner:?}: what is not known is not said to be good");
    }
    scene.node.behave(Manner::Right);
    let _: Value = scene.world.platform.post("/operators/logoff", &json!({ "identityCode": "x/1" })).await.unwrap();
    assert_eq!(ask("x/1").await.unwrap(), "gone", "here it holds at once");
    assert!(ask("").await.is_err());
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_3_1_another_makers_connector_is_reported_like_ours() {
    let scene = scene(vec![MemberOptions::default()]).await;
    let foreign = Foreign::start().await.unwrap();
    let member = &scene.world.member(0).unwrap().seat;
    let enrolled: Value = member.post("/heterogeneousConnectors", &foreign.statement()).await.unwrap();
    let id = enrolled["connectorId"].as_str().unwrap();
    let said = |status: &str| {
        scene.node.heard().into_iter().any(|heard| {
            let base = &heard.body["baseInfo"];
            base["identityCode"] == id && base["identityStatus"] == status && heard.is_signed
        })
    };
    let path = format!("/heterogeneousConnectors/{id}");
    let verdict = json!({ "approve": true, "note": "" });
    let _: Value = scene.world.platform.post(&format!("{path}/decision"), &verdict).await.unwrap();
    until(|| said("1")).await;
    let standing = json!({ "action": "suspend", "reason": "审查" });
    let _: Value = scene.world.platform.post(&format!("{path}/standing"), &standing).await.unwrap();
    until(|| said("0")).await;
    scene.end().await;
}

impl Scene {
    /// A token for what a participant allows this scene's node: itself, or the operator of a delegation.
    async fn token(&self, connector: &str, delegation: Option<&str>) -> String {
        let path = format!("/participants/{connector}/identityGrants");
        let mut wanted = json!({ "nodeId": self.node.id });
        if let Some(delegation) = delegation {
            wanted["delegationId"] = json!(delegation);
        }
        let grant: Value = self.world.platform.post(&path, &wanted).await.unwrap();
        let data = self.check(Interface::GetToken, json!({ "authCode": grant["authCode"] }), "000000").await.unwrap();
        data["token"].as_str().unwrap().to_owned()
    }

    /// What a token opens: of its own kind it tells, of all others nobody is there.
    async fn opens(&self, token: &str, expect: [(Interface, &str); 6]) {
        for (interface, code) in expect {
            self.check(interface, json!({ "token": token }), code).await;
        }
    }

    async fn stand(&self, connector: &str, action: &str) {
        let path = format!("/participants/{connector}/standing");
        let body = json!({ "action": action, "reason": "审查" });
        let _: Value = self.world.platform.post(&path, &body).await.unwrap();
    }
}

const PERSON_NUMBER: &str = "11010519491231002X";

fn person() -> Value {
    json!({ "person": {
        "base": {
            "fullName": "李慧敏", "certType": "1", "certCode": PERSON_NUMBER, "certEffdate": "2020-01-01",
            "certExpdate": "2040-01-01", "phone": "13800000000", "authLevel": "2", "authType": "1",
        },
        "extend": { "nationality": "中国", "userEmail": "li@person.example" },
    }})
}

/// A scene with one member that says who it is before it is admitted.
async fn scene_of(identity: &Value) -> (Scene, String) {
    let (folder, stop) = (TempDir::new().unwrap(), CancellationToken::new());
    let node = StandIn::start(NODE, epoch(), stop.clone()).await.unwrap();
    let options = WorldOptions { nodes: vec![node.configured()], is_left_pending: true, ..WorldOptions::default() };
    let members = vec![MemberOptions::default()];
    let world = World::start_with(folder.path(), Engine::Memory, members, options).await.unwrap();
    let key = world.platform.node.certificate_keys.of(Suite::Sm).public();
    node.expect(key.clone());
    let seat = &world.member(0).unwrap().seat;
    let _: Value = seat.post("/identity", identity).await.unwrap();
    let _: Value = seat.post("/registration", &json!({})).await.unwrap();
    let id = world.member(0).unwrap().id().unwrap();
    let verdict = json!({ "approve": true, "note": "" });
    let _: Value = world.platform.post(&format!("/participants/{id}/decision"), &verdict).await.unwrap();
    seat.until("/registration", |info: &Value| info["state"] == "approved").await.unwrap();
    (Scene { world, node, key, _folder: folder, stop }, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_2_2_a_node_reads_the_person_that_allowed_it() {
    let (scene, id) = scene_of(&person()).await;
    let token = scene.token(&id, None).await;
    let whole = scene.check(Interface::GetPersonInfo, json!({ "token": token }), "001000").await.unwrap();
    let base = scene.check(Interface::GetPersonBaseInfo, json!({ "token": token }), "001000").await.unwrap();
    assert_eq!(whole["baseInfo"], base, "§8.3.2.5 has the base alone");
    for (name, value) in [
        ("fullName", "李慧敏"),
        ("certType", "1"),
        ("certCode", PERSON_NUMBER),
        ("certExpdate", "2040-01-01"),
        ("phone", "13800000000"),
        ("authLevel", "2"),
        ("authType", "1"),
        ("identityStatus", "1"),
    ] {
        assert_eq!(base[name], value, "{name}");
    }
    assert_eq!(base["authTime"].as_str().map(str::len), Some(10), "the day of its admission");
    assert_eq!(whole["extendInfo"], json!({ "nationality": "中国", "userEmail": "li@person.example" }));
    let of_others = |person: &'static str| {
        [
            (Interface::GetPersonInfo, person),
            (Interface::GetPersonBaseInfo, person),
            (Interface::GetEnterpriseInfo, "302001"),
            (Interface::GetEnterpriseBaseInfo, "302001"),
            (Interface::GetOperatorInfo, "303001"),
            (Interface::GetOperatorBaseInfo, "303001"),
        ]
    };
    scene.opens(&token, of_others("001000")).await;
    for (wrong, expect) in [("", "201001"), ("x", "101004")] {
        scene.check(Interface::GetPersonInfo, json!({ "token": wrong }), expect).await;
    }
    scene.check(Interface::GetPersonInfo, json!({ "token": 7 }), "201002").await;
    scene.check(Interface::GetPersonInfo, json!({}), "201001").await;
    // The same message again is a replay, whatever it would have said.
    let asked = json!({ "token": token });
    assert_eq!(scene.ask(Interface::GetPersonInfo, "person-1", &asked).await.code.to_string(), "001000");
    assert_eq!(scene.ask(Interface::GetPersonInfo, "person-1", &asked).await.code.to_string(), "101004");
    // What waits as a change does not count yet; who is barred is no good.
    let mut changed = person();
    changed["person"]["base"]["fullName"] = json!("另一人");
    let seat = &scene.world.member(0).unwrap().seat;
    let _: Value = seat.post("/identity", &changed).await.unwrap();
    let base = scene.check(Interface::GetPersonBaseInfo, json!({ "token": token }), "001000").await.unwrap();
    assert_eq!(base["fullName"], "李慧敏");
    scene.stand(&id, "suspend").await;
    scene.opens(&token, of_others("301002")).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_2_4_a_node_reads_the_operator_that_allowed_it() {
    let scene = scene(vec![MemberOptions::default()]).await;
    let member = scene.world.member(0).unwrap();
    let id = member.id().unwrap();
    let delegation = |key: &str, from: &str, until: &str| {
        json!({
            "delegationId": key, "userName": "admin", "operator": "李慧敏", "operatorId": PERSON_NUMBER, "operatorAuthLevel": "2",
            "operatorAuthType": "1", "authorizationType": "1", "validFrom": from, "validUntil": until,
        })
    };
    let (past, far) = ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    let later = delegation("later", "2098-01-01T00:00:00Z", far);
    for one in [delegation("now", past, far), later] {
        let _: Value = member.seat.post("/delegations", &one).await.unwrap();
    }
    let token = scene.token(&id, Some("now")).await;
    let whole = scene.check(Interface::GetOperatorInfo, json!({ "token": token }), "003000").await.unwrap();
    let base = scene.check(Interface::GetOperatorBaseInfo, json!({ "token": token }), "003000").await.unwrap();
    assert_eq!(whole["baseInfo"], base, "§8.3.2.7 has the base alone");
    let organisation = base["enterpriseCode"].as_str().unwrap();
    let code = format!("{organisation}/{PERSON_NUMBER}");
    for (name, value) in [
        ("identityCode", code.as_str()),
        ("operator", "李慧敏"),
        ("operatorIdType", "1"),
        ("operatorId", PERSON_NUMBER),
        ("operatorAuthLevel", "2"),
        ("operatorAuthType", "1"),
        ("authorizationType", "1"),
        ("authStatus", "1"),
    ] {
        assert_eq!(base[name], value, "{name}");
    }
    assert!(whole["extendInfo"]["enterpriseName"].as_str().is_some_and(|name| !name.is_empty()));
    let of_others = |operator: &'static str| {
        [
            (Interface::GetOperatorInfo, operator),
            (Interface::GetOperatorBaseInfo, operator),
            (Interface::GetPersonInfo, "301001"),
            (Interface::GetPersonBaseInfo, "301001"),
            (Interface::GetEnterpriseInfo, "302001"),
            (Interface::GetEnterpriseBaseInfo, "302001"),
        ]
    };
    scene.opens(&token, of_others("003000")).await;
    // One that is not good yet is no good; one that is not there, or another's, cannot be allowed.
    let early = scene.token(&id, Some("later")).await;
    scene.opens(&early, of_others("303002")).await;
    let wanted = json!({ "nodeId": scene.node.id, "delegationId": "nowhere" });
    let path = format!("/participants/{id}/identityGrants");
    assert!(scene.world.platform.post::<_, Value>(&path, &wanted).await.is_err());

    // Whether it may act is known here, until a node or its organisation says otherwise.
    let asked = json!({ "identityCode": code });
    let status = scene.check(Interface::GetOperatorStatus, asked.clone(), "003000").await.unwrap();
    assert_eq!(status["authStatus"], "1");
    let own: Value = scene.world.platform.post("/operators/status", &asked).await.unwrap();
    assert_eq!(own["status"], "active");
    let ended = format!("/participants/{id}/delegations/now/end");
    let _: Value = scene.world.platform.post(&ended, &json!({ "reason": "离职" })).await.unwrap();
    scene.opens(&token, of_others("303002")).await;
    let status = scene.check(Interface::GetOperatorStatus, asked.clone(), "003000").await.unwrap();
    assert_eq!(status["authStatus"], "0");
    // Nodes are told, as they are told of connectors.
    until(|| {
        scene
            .node
            .heard()
            .iter()
            .any(|heard| heard.interface == "SyncLogoffInfo" && heard.body["identityCode"] == code.as_str())
    })
    .await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_8_3_3_2_an_operator_that_a_node_logs_off_acts_no_more() {
    let scene = scene(vec![MemberOptions::default()]).await;
    let member = scene.world.member(0).unwrap();
    let id = member.id().unwrap();
    let new = json!({
        "delegationId": "d", "userName": "admin", "operator": "李慧敏", "operatorId": PERSON_NUMBER, "operatorAuthLevel": "1",
        "authorizationType": "1", "validFrom": "2020-01-01T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z",
    });
    let _: Value = member.seat.post("/delegations", &new).await.unwrap();
    let token = scene.token(&id, Some("d")).await;
    let base = scene.check(Interface::GetOperatorBaseInfo, json!({ "token": token }), "003000").await.unwrap();
    assert!(base.get("operatorAuthType").is_none(), "what is not known is left out");
    let code = json!({ "identityCode": base["identityCode"] });
    scene.check(Interface::SyncLogoffInfo, code.clone(), "003000").await;
    scene.check(Interface::SyncLogoffInfo, code.clone(), "303003").await;
    scene.check(Interface::GetOperatorBaseInfo, json!({ "token": token }), "303002").await;
    let status = scene.check(Interface::GetOperatorStatus, code, "003000").await.unwrap();
    assert_eq!(status["authStatus"], "0");
    let node = &member.seat.node;
    let asked = serde_json::to_vec(&json!({ "delegationId": "d" })).unwrap();
    let answer = xinyu_shell::peer::post(node, &node.platform_id(), "/tc609/operatorStatus", asked).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer.1).unwrap();
    assert_eq!(answer["authStatus"], "0", "the connector is told so before something is signed");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_7_1_5_the_platform_reads_at_a_node_who_somebody_is() {
    let scene = scene(Vec::new()).await;
    let path = format!("/nodes/{}/identity", scene.node.id);
    let read = async |code: &str, kind: &str, is_across: bool| {
        let body = json!({ "authCode": code, "kind": kind, "isAcross": is_across });
        scene.world.platform.post::<_, Value>(&path, &body).await
    };
    let whole = read("allowed-person", "person", false).await.unwrap();
    let base = read("allowed-person", "person", true).await.unwrap();
    assert_eq!(whole["identity"]["baseInfo"], base["identity"]);
    assert_eq!(base["identity"]["fullName"], "某某");
    let operator = read("allowed-operator", "operator", false).await.unwrap();
    assert_eq!(operator["identity"]["baseInfo"]["authStatus"], "1");
    for (code, kind, is_across, why) in [
        ("allowed-person", "operator", false, "303001"),
        ("allowed-operator", "person", false, "301001"),
        ("allowed-person", "enterprise", true, "302001"),
        ("allowed-nobody", "operator", true, "names nobody"),
        ("used up", "person", false, "100006"),
        (" ", "person", false, "authorisation"),
        ("allowed-person", "robot", false, "person's"),
    ] {
        let error = format!("{:#}", read(code, kind, is_across).await.unwrap_err());
        assert!(error.contains(why), "{code} {kind}: {error}");
    }
    for manner in [Manner::Down, Manner::Busy, Manner::Forged, Manner::Unsigned, Manner::Broken] {
        scene.node.behave(manner);
        assert!(read("allowed-person", "person", false).await.is_err(), "{manner:?}");
    }
    let nowhere: anyhow::Result<Value> =
        scene.world.platform.post("/nodes/x/identity", &json!({ "authCode": "a", "kind": "person" })).await;
    assert!(nowhere.is_err());
    scene.end().await;
}

async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}
