//! A connector of another maker as a registered connector of a member: enrolled, looked at, reviewed, adapted, given credentials, barred.
//! TC609-6-2025-16 6.2 d.

use serde_json::{Value, json};
use tempfile::TempDir;
use xinyu_protocol::api::device::{ConnectorInfo, ConnectorLife, Deregistration, HeterogeneousInfo, NewHeterogeneous};
use xinyu_protocol::api::participant::NewStanding;
use xinyu_protocol::api::{List, Verdict};
use xinyu_protocol::tc609::heterogeneous::Statement;
use xinyu_testkit::foreign::{Foreign, Versions};
use xinyu_testkit::world::{Engine, MemberOptions, ProductOptions, Seat, World, WorldOptions};

/// A provider (0), and a member (1) whose connector is another maker's.
async fn start(options: WorldOptions) -> (World, Foreign, TempDir) {
    let folder = TempDir::new().unwrap();
    let member =
        |organisation| MemberOptions { organisation, is_consumer: organisation == 1, ..MemberOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, vec![member(0), member(1)], options).await.unwrap();
    (world, Foreign::start().await.unwrap(), folder)
}

async fn enrol(world: &World, statement: &Statement) -> anyhow::Result<ConnectorInfo> {
    world.member(1).unwrap().seat.post("/heterogeneousConnectors", statement).await
}

async fn decide(world: &World, id: &str, approve: bool, note: &str) -> anyhow::Result<ConnectorInfo> {
    let verdict = Verdict { approve, note: note.to_owned() };
    world.platform.post(&format!("/heterogeneousConnectors/{id}/decision"), &verdict).await
}

async fn stand(world: &World, id: &str, action: &str, reason: &str) -> anyhow::Result<ConnectorInfo> {
    let standing = NewStanding { action: action.to_owned(), reason: reason.to_owned() };
    world.platform.post(&format!("/heterogeneousConnectors/{id}/standing"), &standing).await
}

fn of(info: &ConnectorInfo) -> &HeterogeneousInfo {
    info.heterogeneous.as_deref().unwrap()
}

/// Enrolled, admitted, and in possession of its credentials.
async fn admitted(world: &World, foreign: &Foreign) -> String {
    let id = enrol(world, &foreign.statement()).await.unwrap().connector_id;
    decide(world, &id, true, "").await.unwrap();
    for kind in ["MembershipCredential", "ConnectorCapabilityCredential"] {
        foreign.holds(kind).await.unwrap();
    }
    id
}

fn has(list: &List<ConnectorInfo>, id: &str, is_so: impl Fn(&ConnectorInfo) -> bool) -> bool {
    list.items.iter().any(|one| one.connector_id == id && is_so(one))
}

async fn history(world: &World, id: &str) -> Vec<String> {
    let life: ConnectorLife = world.platform.get(&format!("/connectors/{id}")).await.unwrap();
    life.history.into_iter().map(|event| event.kind).collect()
}

fn refused<T: std::fmt::Debug>(outcome: anyhow::Result<T>, why: &str) {
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains(why), "{error} does not say {why}");
}

async fn events(seat: &Seat, kind: &str) -> usize {
    let path = format!("/evidence/testing/events?kind={kind}");
    let found: Value = seat.get(&path).await.unwrap();
    found["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_another_makers_connector_is_enrolled_adapted_and_does_business() {
    let (world, foreign, _folder) = start(WorldOptions::default()).await;
    let provider = world.member(0).unwrap();
    provider.bring_table().await.unwrap();
    let open = provider.seed_product("open", ProductOptions { auto_agree: true, ..ProductOptions::default() });
    let open = open.await.unwrap();

    // Before it is admitted it is nobody, whatever it holds.
    let enrolled = enrol(&world, &foreign.statement()).await.unwrap();
    assert_eq!(enrolled.membership, "pending");
    assert_eq!(foreign.catalog(&provider.seat).await.unwrap().0, 403);
    let told = of(&enrolled);
    let versions: Vec<&str> = told.probed.versions.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["2025-1", "2024-1"]);
    assert_eq!(told.probed.endpoint, format!("{}/dsp/2025-1", foreign.address));
    assert!(told.adaptation.iter().any(|one| one.ability == "status_report" && one.by.as_str() == "platform"));
    let id = admitted(&world, &foreign).await;
    assert_eq!(id, enrolled.connector_id, "said again it is the same one");
    assert_eq!(id.get(..1), enrolled.connector_id.get(..1));

    // Everybody sees it in the one list: with its kind, and running though it never beats.
    let is_online = |list: &List<ConnectorInfo>| has(list, &id, |one| one.liveness == "online");
    let list: List<ConnectorInfo> = world.platform.until("/connectors", is_online).await.unwrap();
    let credentials = ["ConnectorCapabilityCredential", "MembershipCredential", "RoleCredential"];
    assert!(has(&list, &id, |one| of(one).credentials == credentials && one.lacking.is_empty()));
    let own: List<ConnectorInfo> = world.member(1).unwrap().seat.get("/heterogeneousConnectors").await.unwrap();
    assert!(has(&own, &id, |one| one.membership == "approved"));
    let others: List<ConnectorInfo> = provider.seat.get("/heterogeneousConnectors").await.unwrap();
    assert!(others.items.is_empty(), "a member sees its own");
    let resolved: Value = provider.seat.get(&format!("/identifiers/{id}")).await.unwrap();
    assert_eq!(resolved["address"], format!("{}/dsp/2025-1", foreign.address));

    // It does business: a negotiation to the end, and data.
    let (status, catalog) = foreign.catalog(&provider.seat).await.unwrap();
    assert!(status == 200 && catalog.to_string().contains(open.as_str()), "{catalog}");
    let agreed = foreign.negotiate(&provider.seat, open.as_str()).await.unwrap();
    let (url, token) = foreign.transfer(&provider.seat, &agreed.agreement_id).await.unwrap();
    let (status, data) = foreign.pull(&url, &token).await.unwrap();
    assert!(status == 200 && data.contains("虹桥"), "{status} {data}");
    // Our side records both: what it asked, and what we agreed.
    let recorded = |found: &Value| !found["items"].as_array().unwrap().is_empty();
    for kind in ["negotiation.requested", "negotiation.verified", "negotiation.finalized"] {
        let path = format!("/evidence/testing/events?kind={kind}");
        let _: Value = world.platform.until(&path, recorded).await.unwrap();
    }
    // Enrolled again while it waited, then admitted.
    let expected = ["connector.enrolled", "connector.enrolled", "connector.admitted"];
    assert_eq!(history(&world, &id).await, expected);
    assert_eq!(events(&world.platform, "connector.admitted").await, 1);

    // Suspended: refused at its next request, and data that was started does not flow any more.
    stand(&world, &id, "suspend", "审查").await.unwrap();
    let (status, said) = foreign.catalog(&provider.seat).await.unwrap();
    assert!(matches!(status, 401 | 403), "{status} {said}");
    // The word of it is on its way to the provider.
    let waiting = async { while foreign.pull(&url, &token).await.unwrap().0 == 200 {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.unwrap();
    stand(&world, &id, "resume", "").await.unwrap();
    let list: List<ConnectorInfo> =
        world.platform.until("/connectors", |list| has(list, &id, |one| of(one).credentials.len() == 3)).await.unwrap();
    assert!(has(&list, &id, |one| one.membership == "approved"));
    foreign.holds("MembershipCredential").await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_what_a_connector_cannot_keep_is_not_offered_to_it() {
    let (world, foreign, _folder) = start(WorldOptions::default()).await;
    let provider = world.member(0).unwrap();
    let counted = json!({ "permissionPolicies": [{ "actions": ["use"], "constraints": [
        { "constraintName": "count", "constraintOperator": "lteq", "constraintValue": "3" },
    ] }] });
    let limited = ProductOptions { auto_agree: true, policies: Some(vec![counted]), ..ProductOptions::default() };
    let limited = provider.seed_product("limited", limited).await.unwrap();
    let open = provider.seed_product("open", ProductOptions::default()).await.unwrap();
    let id = admitted(&world, &foreign).await;
    let (_, catalog) = foreign.catalog(&provider.seat).await.unwrap();
    assert!(catalog.to_string().contains(open.as_str()) && !catalog.to_string().contains(limited.as_str()));
    let any = json!({ "permission": [{ "action": "use" }] });
    let (status, said) = foreign.ask_for(&provider.seat, "urn:uuid:1", limited.as_str(), any.clone()).await.unwrap();
    assert!(status == 403 && said.to_string().contains("cannot keep"), "{status} {said}");
    // Nor by terms of its own over what it may have.
    let more = json!({ "permission": [{ "action": "use" }], "prohibition": [{ "action": "distribute" }] });
    let (status, said) = foreign.ask_for(&provider.seat, "urn:uuid:2", open.as_str(), more).await.unwrap();
    assert!(status == 403 && said.to_string().contains("prohibition"), "{status} {said}");

    // Its maker says that it counts uses, and the operator has looked into it: then it is offered.
    let path = format!("/connectors/{id}/deregistration");
    let reason = Deregistration { reason: "升级".to_owned() };
    let gone: ConnectorInfo = world.platform.post(&path, &reason).await.unwrap();
    assert_eq!((gone.state.as_str(), gone.membership.as_str()), ("deregistered", "departed"));
    refused(world.platform.post::<_, Value>(&path, &reason).await, "departed");
    assert!(matches!(foreign.catalog(&provider.seat).await.unwrap().0, 401 | 403));
    let abler = Statement {
        abilities: vec!["usage_control".to_owned()],
        enforces: vec!["count".to_owned()],
        ..foreign.statement()
    };
    let again = enrol(&world, &abler).await.unwrap();
    assert_eq!(again.connector_id, id, "a connector keeps its identifier");
    let before = events(&world.platform, "credential.issued").await;
    decide(&world, &id, true, "").await.unwrap();
    let is_issued = |found: &Value| found["items"].as_array().unwrap().len() == before + 3;
    let _: Value = world.platform.until("/evidence/testing/events?kind=credential.issued", is_issued).await.unwrap();
    let is_hidden = async || {
        let (status, catalog) = foreign.catalog(&provider.seat).await.unwrap();
        status != 200 || !catalog.to_string().contains(limited.as_str())
    };
    // Its credentials and the word that it stands well again are on their way.
    let waiting = async { while is_hidden().await {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.unwrap();
    let mut kinds = history(&world, &id).await;
    kinds.retain(|kind| kind != "connector.back");
    let expected =
        ["enrolled", "admitted", "deregistered", "enrolled", "admitted"].map(|kind| format!("connector.{kind}"));
    assert_eq!(kinds, expected);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_a_look_at_a_connector_finds_what_is_not_in_order() {
    let (world, foreign, _folder) = start(WorldOptions::default()).await;
    let good = foreign.statement();
    for (versions, why) in [
        (Versions::Old, "2025-1 is what is spoken here"),
        (Versions::NoJson, "does not answer with a version document"),
        (Versions::Endless, "more than 65536 bytes"),
        (Versions::Slow, "did not come in time"),
        (Versions::Redirect, "is redirected (307)"),
        (Versions::Elsewhere, "does not answer with a version document"),
        (Versions::Missing, "is refused with 404"),
    ] {
        foreign.serve(versions);
        refused(enrol(&world, &good).await, why);
    }
    foreign.serve(Versions::Good);
    let other = Foreign::start().await.unwrap();
    let said = |change: fn(&mut Statement)| {
        let mut said = good.clone();
        change(&mut said);
        said
    };
    let elsewhere = Statement { address: format!("{}/dsp", other.address), ..good.clone() };
    refused(enrol(&world, &elsewhere).await, "offers nothing at");
    // Nobody speaks for another's address by naming it in passing: the DID's own document must.
    foreign.speak_at(&format!("{}/dsp", other.address));
    assert_eq!(enrol(&world, &elsewhere).await.unwrap().membership, "pending");
    for (statement, why) in [
        (said(|one| one.address = "http://10.0.0.1/dsp".to_owned()), "private address"),
        (said(|one| one.address = "http://169.254.169.254/latest".to_owned()), "metadata"),
        (said(|one| one.address = "file:///etc/passwd".to_owned()), "scheme"),
        (said(|one| one.did = "did:web:10.0.0.1".to_owned()), "private address"),
        (said(|one| one.did = "did:key:z6Mk".to_owned()), "did"),
        (said(|one| one.did = "did:web:127.0.0.1%3A1".to_owned()), "cannot be reached"),
        (said(|one| one.spaces = vec!["other".to_owned()]), "not in space"),
        (said(|one| one.authentication = "none".to_owned()), "only dcp"),
        (said(|one| one.enforces = vec!["magic".to_owned()]), "unknown constraint"),
    ] {
        refused(enrol(&world, &statement).await, why);
    }
    // A member's own connector is none of another maker, and another's is not ours.
    let provider = &world.member(0).unwrap().seat;
    let ours = Statement { did: provider.node.dcp.did.to_string(), address: provider.address.clone(), ..good.clone() };
    refused(enrol(&world, &ours).await, "is a member's own connector");
    refused(provider.post::<_, Value>("/heterogeneousConnectors", &elsewhere).await, "another participant");
    let list: List<ConnectorInfo> = world.platform.get("/connectors").await.unwrap();
    assert_eq!(list.items.iter().filter(|one| one.heterogeneous.is_some()).count(), 1, "nothing was kept of the rest");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_a_connector_that_lacks_what_a_space_asks_for_is_not_admitted() {
    let options = WorldOptions {
        requires: vec!["usage_control".to_owned(), "status_report".to_owned()],
        trusted_suppliers: vec!["91310000MA7XYU103F".to_owned()],
        ..WorldOptions::default()
    };
    let folder = TempDir::new().unwrap();
    let device = xinyu_protocol::tc609::connector::Device {
        supplier_code: "91310000MA7XYU103F".to_owned(),
        ..Default::default()
    };
    let member = |organisation| MemberOptions { organisation, device: device.clone(), ..MemberOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, vec![member(0), member(1)], options).await.unwrap();
    let foreign = Foreign::start().await.unwrap();
    let id = enrol(&world, &foreign.statement()).await.unwrap();
    assert_eq!(id.lacking[0].what, ["usage_control"], "the platform sees to its status, nobody to its usage control");
    assert_eq!(id.is_supplier_trusted, Some(false));
    refused(decide(&world, &id.connector_id, true, "all the same").await, "usage_control");
    refused(decide(&world, &id.connector_id, false, "").await, "reason");
    assert_eq!(decide(&world, &id.connector_id, false, "无使用控制").await.unwrap().membership, "refused");
    // On behalf of the member, with more to say; its supplier is not trusted, so the reviewer says why.
    let abler = Statement { abilities: vec!["usage_control".to_owned()], ..foreign.statement() };
    let owner = world.member(1).unwrap().id().unwrap();
    let new = NewHeterogeneous { owner, statement: abler };
    let enrolled: ConnectorInfo = world.platform.post("/heterogeneousConnectors", &new).await.unwrap();
    assert!(enrolled.lacking.is_empty());
    refused(decide(&world, &enrolled.connector_id, true, "").await, "supplier");
    let decided = decide(&world, &enrolled.connector_id, true, "检测报告合格").await.unwrap();
    assert_eq!(decided.membership, "approved");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_a_connector_that_falls_silent_is_late_then_stopped_and_comes_back() {
    let (world, foreign, _folder) = start(WorldOptions::default()).await;
    let id = admitted(&world, &foreign).await;
    let path = format!("/connectors/{id}");
    let is = |liveness: &'static str| move |life: &ConnectorLife| life.connector.liveness == liveness;
    let _: ConnectorLife = world.platform.until(&path, is("online")).await.unwrap();
    foreign.serve(Versions::Missing);
    // As if it had been silent for a minute.
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
    let _: ConnectorLife = world.platform.until(&path, is("stopped")).await.unwrap();
    let of_it = |found: &Value| {
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["facts"].get("seen_at").is_some() && one["subject"] == id.as_str())
    };
    let _: Value = world.platform.until("/evidence/testing/events?kind=connector.stopped", of_it).await.unwrap();
    foreign.serve(Versions::Good);
    let _: ConnectorLife = world.platform.until(&path, is("online")).await.unwrap();
    let kinds = history(&world, &id).await;
    assert!(kinds.ends_with(&["connector.stopped".to_owned(), "connector.back".to_owned()]), "{kinds:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tc609_16_6_2_d_a_connector_goes_where_its_member_goes() {
    let (world, foreign, _folder) = start(WorldOptions::default()).await;
    let id = admitted(&world, &foreign).await;
    let provider = &world.member(0).unwrap().seat;
    assert_eq!(foreign.catalog(provider).await.unwrap().0, 200);
    let owner = world.member(1).unwrap().id().unwrap();
    let member = async |action: &str, reason: &str| {
        let standing = NewStanding { action: action.to_owned(), reason: reason.to_owned() };
        let _: Value = world.platform.post(&format!("/participants/{owner}/standing"), &standing).await.unwrap();
        let life: ConnectorLife = world.platform.get(&format!("/connectors/{id}")).await.unwrap();
        life.connector.membership
    };
    assert_eq!(member("suspend", "审查").await, "suspended");
    assert!(matches!(foreign.catalog(provider).await.unwrap().0, 401 | 403));
    refused(stand(&world, &id, "resume", "").await, "only an admitted member");
    refused(enrol(&world, &foreign.statement()).await, "");
    assert_eq!(member("resume", "").await, "approved");
    assert_eq!(member("revoke", "违规").await, "revoked");
    refused(stand(&world, &id, "resume", "").await, "");
    refused(stand(&world, &id, "fly", "").await, "unknown move");
    refused(stand(&world, "x", "suspend", "a").await, "does not exist");
    world.stop().await;
}
