//! The short way of a fresh message: born with the driver's lease, handed over with its commit, followed by the next of its stream.

use jiff::SignedDuration;
use xinyu_store::outbox::{self, OutboxMessage};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{Fed, Store, StoreError};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn message(stream: &str, body: &str) -> OutboxMessage {
    OutboxMessage::new(stream, "did:web:peer.example", "test", "/inbox", body.as_bytes().to_vec())
}

async fn enqueue(store: &Store, stream: &'static str, body: &'static str) {
    let write = store.write("enqueue", move |tx| {
        Box::pin(async move { outbox::enqueue(tx, &message(stream, body)).await.map(drop) })
    });
    write.await.unwrap();
}

async fn claimed(store: &Store) -> usize {
    let claim = store.write("claim", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            outbox::claim(tx, "another", now, 10, LEASE).await
        })
    });
    claim.await.unwrap().len()
}

async fn next(fed: &mut Fed) -> (i64, String, u32) {
    let message = fed.next().await.unwrap();
    (message.id, String::from_utf8(message.body).unwrap(), message.attempts)
}

#[tokio::test]
async fn the_head_of_a_stream_is_handed_over_and_the_next_one_when_it_is_done() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut fed = store.feed().open("me", LEASE);
        enqueue(store, "a", "a1").await;
        enqueue(store, "a", "a2").await;
        let (first, body, attempts) = next(&mut fed).await;
        assert_eq!((body.as_str(), attempts), ("a1", 1));
        assert_eq!(claimed(store).await, 0, "both are spoken for: one is leased, one waits behind it");
        store.write("done", move |tx| Box::pin(outbox::done(tx, first))).await.unwrap();
        let (_, body, attempts) = next(&mut fed).await;
        assert_eq!((body.as_str(), attempts), ("a2", 1));
        assert_eq!(claimed(store).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_message_of_a_transaction_that_was_undone_is_not_handed_over() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut fed = store.feed().open("me", LEASE);
        let undone = store.write("undone", |tx| {
            Box::pin(async move {
                outbox::enqueue(tx, &message("a", "never")).await?;
                Err::<(), _>(StoreError::Closed)
            })
        });
        undone.await.unwrap_err();
        enqueue(store, "a", "ever").await;
        assert_eq!(next(&mut fed).await.1, "ever");
    })
    .await;
}

#[tokio::test]
async fn without_a_driver_a_message_waits_to_be_claimed() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        enqueue(store, "a", "a1").await;
        assert_eq!(claimed(store).await, 1);
        drop(store.feed().open("gone", LEASE));
        enqueue(store, "b", "b1").await;
        assert_eq!(claimed(store).await, 1, "a driver that is gone takes no lease");
    })
    .await;
}

#[tokio::test]
async fn a_lease_of_a_dead_process_is_ended_at_the_start_of_the_next() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let fed = store.feed().open("dead", LEASE);
        enqueue(store, "a", "a1").await;
        drop(fed);
        assert_eq!(claimed(store).await, 0);
        store.write("give back", |tx| Box::pin(outbox::give_back(tx))).await.unwrap();
        assert_eq!(claimed(store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_the_other_side_has_gone_on_from_is_acknowledged() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut fed = store.feed().open("me", LEASE);
        enqueue(store, "a", "asked").await;
        let (first, ..) = next(&mut fed).await;
        let write = store.write("heard", |tx| {
            Box::pin(async move {
                assert_eq!(outbox::acknowledge(tx, "a").await?, 1);
                outbox::enqueue(tx, &message("a", "answered")).await.map(drop)
            })
        });
        write.await.unwrap();
        assert_eq!(next(&mut fed).await.1, "answered");
        let late = store.write("done", move |tx| Box::pin(outbox::done(tx, first))).await.unwrap();
        assert!(!late, "its answer comes late and changes nothing");
    })
    .await;
}
