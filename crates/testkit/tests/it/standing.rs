//! Who is barred is refused at the next request everywhere: at the platform by its own table, at every connector by what the platform pushes.
//! NDI-TR-2025-03 §8; TC609-6-2025-01 §5.2.2.2.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use xinyu_core::negotiation::Side;
use xinyu_http::{ApiError, PeerClient, SendOptions};
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::participant::ParticipantLife;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::participant::{MemberState, Standing};
use xinyu_shell::{Failure, Node, peer};
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::world::{Engine, Member, MemberOptions, World};

/// A provider, a consumer, and a third that looks on.
async fn world(folder: &std::path::Path, engine: Engine) -> World {
    let members = [0, 1, 2].map(|organisation| MemberOptions {
        organisation,
        is_consumer: organisation > 0,
        ..MemberOptions::default()
    });
    let world = World::start(folder, engine, members.into()).await.unwrap();
    for (to, whom) in [(0, 1), (1, 0), (2, 1), (0, 2)] {
        world.introduce(to, whom).await.unwrap();
    }
    world
}

/// The routes of a router that peers call, as they stand in its list.
fn routes(source: &str, lists: &[&str]) -> Vec<(Method, String)> {
    let mut found = Vec::new();
    for list in lists {
        let (_, rest) = source.split_once(&format!("let {list} = Router::new()")).unwrap();
        let (block, _) = rest.split_once(";\n").unwrap();
        for line in block.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")) {
            let (path, rest) = line.split_once('"').unwrap();
            let method = if rest.contains("post(") { Method::POST } else { Method::GET };
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            found.push((method, path.join("/")));
        }
    }
    assert!(found.len() > 5, "the list of the router is not where it is looked for");
    found
}

/// Calls another node as a member would, whatever the member itself knows of its standing: the status, and what was said.
async fn knock(from: &Arc<Node>, credential: Option<String>, to: &Node, method: &Method, path: &str) -> (u16, String) {
    let (_keep, credential) = watch::channel(credential);
    let party = from.party().unwrap();
    let ring = Arc::clone(&from.ring);
    let client = PeerClient::new(ring, from.suite, party, credential, from.egress.clone(), from.source()).unwrap();
    let address = peer::address(from, to.party().unwrap().as_str()).await.unwrap();
    let body = if *method == Method::GET { Vec::new() } else { b"{}".to_vec() };
    match client.send(&address, method.clone(), path, body, SendOptions::default()).await {
        Ok(reply) => (reply.status, String::from_utf8_lossy(&reply.body).into_owned()),
        Err(error) => (error.status().unwrap_or_default(), error.to_string()),
    }
}

async fn decide(world: &World, id: &str, action: &str, reason: &str) -> Result<Value, ApiError> {
    let body = json!({ "action": action, "reason": reason });
    world.platform.api.post(&format!("/api/v1/participants/{id}/standing"), &body).await
}

fn credential(member: &Member) -> Option<String> {
    member.seat.node.identity().unwrap().credential
}

/// Everybody's doors, and whether they open.
async fn check(world: &World, at: usize, credential: Option<String>, is_open: bool) {
    let from = &world.member(at).unwrap().seat.node;
    let platform = routes(include_str!("../../../platform/src/router.rs"), &["peers"]);
    let connector = routes(include_str!("../../../connector/src/router.rs"), &["dataspace", "peers"]);
    for (method, path) in &platform {
        let (status, told) = knock(from, credential.clone(), &world.platform.node, method, path).await;
        assert_eq!(status != 401, is_open, "platform {path}: {status} {told}");
    }
    for (method, path) in &connector {
        let (status, told) = knock(from, credential.clone(), &world.member(0).unwrap().seat.node, method, path).await;
        assert_eq!(status != 401, is_open, "connector {path}: {status} {told}");
    }
}

/// Waits until a member is refused by another; how long it took.
async fn until_refused(from: &Member, to: &Node, credential: Option<String>, since: Instant) -> Duration {
    loop {
        let (status, _) =
            knock(&from.seat.node, credential.clone(), to, &Method::POST, "/dsp/2025-1/catalog/request").await;
        let now = since.elapsed();
        if status == 401 {
            return now;
        }
        assert!(now < Duration::from_secs(20), "never refused, {status}");
    }
}

/// Waits until another has heard that a member is in good standing again.
async fn until_open(from: &Member, to: &Node) {
    let since = Instant::now();
    loop {
        let (status, told) =
            knock(&from.seat.node, credential(from), to, &Method::POST, "/dsp/2025-1/catalog/request").await;
        if status != 401 {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "still refused: {told}");
    }
}

async fn until_approved(member: &Member) {
    member.seat.until("/registration", |info: &RegistrationInfo| info.state == "approved").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_whoever_is_barred_is_refused_on_every_endpoint_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory).await;
    let (consumer, provider) = (world.member(1).unwrap(), world.member(0).unwrap());
    let id = consumer.id().unwrap();
    let first = credential(consumer);
    check(&world, 1, first.clone(), true).await;

    for (action, state) in [("suspend", "suspended"), ("revoke", "revoked")] {
        // Looked for before the decision, so that nothing is warmed up by it.
        let held = credential(consumer);
        let since = Instant::now();
        decide(&world, &id, action, "违反空间规则").await.unwrap();
        let decided = since.elapsed();
        let (status, told) =
            knock(&consumer.seat.node, held.clone(), &world.platform.node, &Method::POST, "/tc609/catalog").await;
        assert_eq!(status, 401, "the platform, at the next request: {told}");
        let at_provider = until_refused(consumer, &provider.seat.node, held.clone(), since).await;
        println!("{action}: decided in {decided:?}, refused by another connector after {at_provider:?}");
        assert!(at_provider < Duration::from_secs(1), "{action}: {at_provider:?}");
        check(&world, 1, held, false).await;
        // The member itself knows, with the reason.
        let info: RegistrationInfo =
            consumer.seat.until("/registration", |info: &RegistrationInfo| info.state == state).await.unwrap();
        assert_eq!(info.note, "违反空间规则");
        let refused = consumer.seat.get::<Value>("/contracts").await.unwrap_err();
        assert!(
            format!("{refused:#}").contains("违反空间规则") || format!("{refused:#}").contains("is "),
            "{refused:#}"
        );
        if action == "suspend" {
            decide(&world, &id, "resume", "").await.unwrap();
            until_approved(consumer).await;
            let renewed = credential(consumer);
            assert!(renewed != first, "a new credential");
            until_open(consumer, &provider.seat.node).await;
            check(&world, 1, renewed, true).await;
            check(&world, 1, first.clone(), false).await;
        }
    }

    // Departed, then pending: it registers again, and waits.
    let held = credential(consumer);
    decide(&world, &id, "leave", "").await.unwrap();
    check(&world, 1, held.clone(), false).await;
    let again: RegistrationInfo = consumer.seat.post("/registration", &json!({})).await.unwrap();
    assert_eq!(again.connector_id.as_deref(), Some(id.as_str()));
    check(&world, 1, held, false).await;
    check(&world, 1, None, false).await;
    let life: ParticipantLife = world.platform.get(&format!("/participants/{id}")).await.unwrap();
    assert_eq!((life.participant.state.as_str(), life.credentials.len()), ("pending", 2));
    assert!(life.credentials.iter().all(|one| one.revoked_at.is_some()), "{life:?}");
    assert_eq!(life.moves, ["approve", "refuse", "leave"]);

    // Admitted again, it is in good standing everywhere.
    let verdict = json!({ "approve": true, "note": "" });
    let _: Value = world.platform.post(&format!("/participants/{id}/decision"), &verdict).await.unwrap();
    until_approved(consumer).await;
    until_open(consumer, &provider.seat.node).await;
    check(&world, 1, credential(consumer), true).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_of_decisions_at_once_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory).await;
    let id = world.member(1).unwrap().id().unwrap();
    let tries = futures::future::join_all((0..8).map(|_| decide(&world, &id, "suspend", "缘由"))).await;
    let (made, refused): (Vec<_>, Vec<_>) = tries.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for one in refused {
        assert_eq!(one.unwrap_err().status(), Some(409));
    }
    let tries = futures::future::join_all((0..8).map(|_| decide(&world, &id, "resume", ""))).await;
    assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 1);
    let life: ParticipantLife = world.platform.get(&format!("/participants/{id}")).await.unwrap();
    assert_eq!(life.credentials.iter().filter(|one| one.revoked_at.is_none()).count(), 1, "{life:?}");
    for (action, reason, status) in [("suspend", " ", 400), ("admit", "x", 400), ("resume", "", 409)] {
        assert_eq!(decide(&world, &id, action, reason).await.unwrap_err().status(), Some(status), "{action}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_a_push_comes_after_a_crash_of_its_receiver_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path(), Engine::File).await;
    let id = world.member(1).unwrap().id().unwrap();
    let held = credential(world.member(1).unwrap());
    decide(&world, &id, "revoke", "缘由").await.unwrap();
    // Whether the push had come or not: what was learnt is remembered, what was not is sent again.
    world.crash(0).await.unwrap();
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    until_refused(consumer, &provider.seat.node, held.clone(), Instant::now()).await;
    world.crash(0).await.unwrap();
    let provider = world.member(0).unwrap();
    let (node, door) = (&world.member(1).unwrap().seat.node, &provider.seat.node);
    let (status, told) = knock(node, held, door, &Method::POST, "/dsp/2025-1/catalog/request").await;
    assert!(status == 401 || status == 503, "{status} {told}");
    world.stop().await;
}

/// What becomes of a push that a fault strikes: the platform crashes after its decision, and the push comes from the one that starts in its place.
async fn check_crash(fault: Fault) {
    let folder = tempfile::tempdir().unwrap();
    let line = Arc::new(Line::open().await.unwrap());
    let members = [0, 1].map(|organisation| MemberOptions {
        organisation,
        is_consumer: organisation > 0,
        line: (organisation == 0).then(|| Arc::clone(&line)),
        ..MemberOptions::default()
    });
    let mut world = World::start(folder.path(), Engine::File, members.into()).await.unwrap();
    world.introduce(1, 0).await.unwrap();
    let id = world.member(1).unwrap().id().unwrap();
    let held = credential(world.member(1).unwrap());
    let strike = line.strike("participantStatus", fault);
    decide(&world, &id, "revoke", "缘由").await.unwrap();
    strike.has_struck().await;
    world = world.crash_platform().await.unwrap();
    strike.lift();
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    until_refused(consumer, &provider.seat.node, held, Instant::now()).await;
    strike.has_passed().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_a_push_comes_after_a_crash_of_the_platform_and_twice_is_once() {
    check_crash(Fault::RequestLost).await;
    check_crash(Fault::AnswerLost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_of_two_standings_the_later_holds_in_whatever_order_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let at = |sequence: u64, state: MemberState| Standing {
        did: None,
        connector_id: ConnectorId::parse(&consumer.id().unwrap()).unwrap(),
        state,
        sequence,
        reason: String::new(),
        changed_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        card: None,
    };
    let told = [
        (5, MemberState::Suspended),
        (4, MemberState::Approved),
        (5, MemberState::Revoked),
        (6, MemberState::Approved),
    ];
    for ((sequence, state), expect) in told.into_iter().zip([true, false, false, true]) {
        let standing = at(sequence, state);
        provider.seat.node.standings.learn(standing.clone());
        let saved = provider.store().write("standing.save", move |tx| {
            Box::pin(async move { xinyu_store::standing::save(tx, &standing).await.map_err(Failure::from) })
        });
        assert_eq!(saved.await.unwrap(), expect, "{sequence} {state:?}");
        let is_barred = provider.seat.node.standings.bar(&consumer.id().unwrap()).is_some();
        assert_eq!(is_barred, sequence < 6, "{sequence} {state:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_partners_of_a_suspended_member_start_nothing_new_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let provider_id = provider.id().unwrap();
    let contract = consumer.seed_agreement("a", Side::Consumer, &provider_id, "p").await.unwrap();
    decide(&world, &provider_id, "suspend", "违反空间规则").await.unwrap();
    let start = json!({ "contractId": contract });
    let since = Instant::now();
    loop {
        // Until it is told, the transfer begins; asked again it is another one.
        let mut again = start.clone();
        again["again"] = json!(true);
        let answer = consumer.seat.api.post::<_, Value>("/api/v1/transfers", &again).await;
        if let Err(refused) = answer {
            assert!(refused.status() == Some(403) && refused.to_string().contains("违反空间规则"), "{refused}");
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "never refused");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_the_same_registration_again_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory).await;
    let consumer = world.member(1).unwrap();
    let id = consumer.id().unwrap();
    let _: RegistrationInfo = consumer.seat.post("/registration", &json!({})).await.unwrap();
    let life: ParticipantLife = world.platform.get(&format!("/participants/{id}")).await.unwrap();
    assert!(life.change.is_none() && life.participant.state == "approved", "{life:?}");
    // An empty message ends no membership.
    let refused = consumer.seat.api.post::<_, Value>("/api/v1/registration/departure", &json!({})).await.unwrap_err();
    assert_eq!(refused.status(), Some(400), "{refused}");
    let _: RegistrationInfo =
        consumer.seat.post("/registration/departure", &json!({ "reason": "停业" })).await.unwrap();
    let departed = |info: &RegistrationInfo| info.state == "departed";
    consumer.seat.until("/registration", departed).await.unwrap();
    world.stop().await;
}
