//! The outbox driver in a world: what is not taken is kept as long as it may still be taken, and no longer.

use std::time::Duration;

use xinyu_core::negotiation::Side;
use xinyu_shell::node::Identity;
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World};

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
