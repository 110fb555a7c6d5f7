//! The outbox driver in a world: what is not taken is kept as long as it may still be taken, and no longer.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use serde_json::json;
use xinyu_core::effect::{Draft, Effect, Outgoing};
use xinyu_core::negotiation::Side;
use xinyu_protocol::api::connector::{NegotiationInfo, NewNegotiation, ProcessInfo};
use xinyu_shell::Failure;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_shell::effect;
use xinyu_shell::housekeeping::{Forgotten, Retention, sweep};
use xinyu_shell::node::Identity;
use xinyu_testkit::world::{Engine, MemberOptions, SPACE, Seat, World};

const PAUSE: Duration = Duration::from_millis(5);

/// Waits until what a node has still to say is so.
async fn until(seat: &Seat, is_so: impl Fn(&[String]) -> bool) {
    let waiting = async {
        while !is_so(&seat.unsent().await.unwrap()) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(waited.is_ok(), "{:#?}", seat.unsent().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_before_the_admission_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, vec![MemberOptions::default()]).await.unwrap();
    let member = world.member(0).unwrap();
    let node = &member.seat.node;
    let admitted = node.identity().unwrap();
    node.become_known(Identity { credential: None, ..admitted.clone() }).unwrap();
    member.seed_agreement("before", Side::Provider, "partner", "product").await.unwrap();
    until(&member.seat, |unsent| unsent.iter().any(|line| line.ends_with("this connector is not admitted yet"))).await;
    node.become_known(admitted).unwrap();
    until(&member.seat, <[_]>::is_empty).await;
    assert_eq!(member.seat.set_aside().await.unwrap(), [""; 0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_is_forgotten_and_what_waits_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, vec![MemberOptions::default()]).await.unwrap();
    let member = world.member(0).unwrap();
    member.seed_agreement("arrives", Side::Provider, "partner", "product").await.unwrap();
    until(&member.seat, <[_]>::is_empty).await;
    let node = &member.seat.node;
    let admitted = node.identity().unwrap();
    node.become_known(Identity { credential: None, ..admitted }).unwrap();
    member.seed_agreement("waits", Side::Provider, "partner", "product").await.unwrap();
    let kept = sweep(&node.store, Retention::default()).await.unwrap();
    assert_eq!(kept, Forgotten::default(), "what has just arrived is kept");
    let soon = Retention { sent_days: 0, ..Retention::default() };
    assert!(sweep(&node.store, soon).await.unwrap().sent > 0);
    assert_eq!(sweep(&node.store, soon).await.unwrap(), Forgotten::default());
    assert!(!member.seat.unsent().await.unwrap().is_empty());
    world.stop().await;
}

/// A partner that answers whatever it is told with 201 and what nobody can read; and how often it did.
async fn mumbler() -> (SocketAddr, Arc<AtomicU32>) {
    let count = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&count);
    let router = Router::new().fallback(move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        (axum::http::StatusCode::CREATED, "well, well")
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_can_read_is_a_refusal_and_not_asked_for_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let (address, count) = mumbler().await;
    let tokens = Tokens { shown_to_us: "theirs".to_owned(), shown_by_us: Some("ours".to_owned()) };
    let partner = Arranged::new(ArrangedKind::Partner, "mumbler", "Mumbler", &format!("http://{address}"), tokens);
    let options = MemberOptions { arranged: vec![partner.in_space(SPACE)], ..MemberOptions::default() };
    let world = World::start(folder.path(), Engine::Memory, vec![options]).await.unwrap();
    let seat = &world.member(0).unwrap().seat;
    let new = NewNegotiation {
        partner: Some("mumbler".to_owned()),
        dataset: Some("d".to_owned()),
        offer: Some(json!({"@type": "Offer", "@id": "o", "target": "d", "permission": [{"action": "use"}]})),
        ..NewNegotiation::default()
    };
    let begun: ProcessInfo = seat.post("/negotiations", &new).await.unwrap();
    until(seat, <[_]>::is_empty).await;
    assert_eq!((count.load(Ordering::SeqCst), seat.set_aside().await.unwrap().len()), (8, 1));
    let ended: NegotiationInfo = seat.get(&format!("/negotiations/{}", begun.pid)).await.unwrap();
    assert_eq!(ended.process.state, "TERMINATED");
    assert!(ended.process.reason.as_deref().unwrap().contains("does not parse"), "{ended:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bundle_cannot_carry_its_messages_tell_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Engine::Memory, vec![MemberOptions::default()]).await.unwrap();
    let seat = &world.member(0).unwrap().seat;
    let node = Arc::clone(&seat.node);
    let told = |subjects: &'static [&'static str]| {
        let node = Arc::clone(&node);
        seat.node.store.write("tell", move |tx| {
            Box::pin(async move {
                for subject in subjects {
                    let effect = if *subject == "nonsense" {
                        let nothing = json!({ "record": {} });
                        let to = node.platform_id();
                        Effect::Send(Outgoing::json(&to, "evidence/nonsense", "evidence", "/tc609/evidence", &nothing)?)
                    } else {
                        Effect::Record(Draft::new("resource.added", SPACE).subject(*subject))
                    };
                    effect::apply(&node, tx, vec![effect]).await?;
                }
                Ok::<_, Failure>(())
            })
        })
    };
    told(&["first", "second", "third"]).await.unwrap();
    until(seat, <[_]>::is_empty).await;
    told(&["fourth", "nonsense", "fifth"]).await.unwrap();
    until(seat, <[_]>::is_empty).await;
    assert_eq!(seat.set_aside().await.unwrap().len(), 1, "the nonsense alone");
    let logged = world.platform.node.store.read("logged", |tx| {
        Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, 100).await.map_err(Failure::from) })
    });
    let mut subjects = Vec::new();
    for entry in logged.await.unwrap() {
        let leaf: serde_json::Value = serde_json::from_slice(&entry.leaf).unwrap();
        if leaf["record"]["kind"] == "resource.added" {
            subjects.push(leaf["record"]["subject"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(subjects, ["first", "second", "third", "fourth", "fifth"]);
    world.stop().await;
}
