//! The outbox: order within a stream, leases, dead letters, and many drivers at once.

use futures::future::join_all;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use xinyu_store::outbox::{self, OutboxMessage};
use xinyu_store::testing::{Fixture, on_each_engine, on_postgres_with, options};
use xinyu_store::{Store, StoreError, Timestamp, Topic, args};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn message(stream: &str, body: &str) -> OutboxMessage {
    OutboxMessage::new(stream, "did:web:peer.example", "test", "/inbox", body.as_bytes().to_vec())
}

async fn enqueue(store: &Store, message: OutboxMessage) -> i64 {
    store.write("enqueue", |tx| Box::pin(async move { outbox::enqueue(tx, &message).await })).await.unwrap()
}

/// Claim as an owner; the bodies.
async fn claim(store: &Store, owner: &'static str, limit: u32) -> Vec<OutboxMessage> {
    let claim = store.write("claim", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            outbox::claim(tx, owner, now, limit, LEASE).await
        })
    });
    claim.await.unwrap()
}

fn bodies(messages: &[OutboxMessage]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.body).unwrap()).collect()
}

async fn done(store: &Store, id: i64) -> bool {
    store.write("done", move |tx| Box::pin(outbox::done(tx, id))).await.unwrap()
}

async fn next_due(store: &Store) -> Option<Timestamp> {
    store.read("next", |tx| Box::pin(outbox::next_due(tx))).await.unwrap()
}

#[tokio::test]
async fn a_message_comes_back_as_it_was_enqueued() {
    on_each_engine(async |fixture: Fixture| {
        let start = fixture.clock.now();
        let sent = message("s", "信域").with_dedup_key("k");
        let id = enqueue(&fixture.store, sent.clone()).await;
        let claimed = claim(&fixture.store, "a", 10).await;
        let expect = OutboxMessage { id, created_at: start, due_at: Some(start), attempts: 1, ..sent };
        assert_eq!(claimed, [expect]);
    })
    .await;
}

#[tokio::test]
async fn within_a_stream_only_the_oldest_is_claimed() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        for (stream, body) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3"), ("b", "b2")] {
            enqueue(store, message(stream, body)).await;
        }
        let first = claim(store, "one", 10).await;
        assert_eq!(bodies(&first), ["a1", "b1"]);
        assert_eq!(bodies(&claim(store, "two", 10).await), [""; 0]);
        assert!(done(store, first[0].id).await);
        assert!(!done(store, first[0].id).await, "done twice");
        assert_eq!(bodies(&claim(store, "two", 10).await), ["a2"]);
    })
    .await;
}

#[tokio::test]
async fn a_claim_takes_no_more_than_its_limit() {
    on_each_engine(async |fixture: Fixture| {
        for stream in ["a", "b", "c", "d"] {
            enqueue(&fixture.store, message(stream, stream)).await;
        }
        assert_eq!(bodies(&claim(&fixture.store, "one", 3).await), ["a", "b", "c"]);
        assert_eq!(bodies(&claim(&fixture.store, "one", 3).await), ["d"]);
    })
    .await;
}

#[tokio::test]
async fn an_expired_lease_is_claimed_again() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let id = enqueue(store, message("a", "a1")).await;
        let start = fixture.clock.now();
        assert_eq!(claim(store, "one", 1).await.len(), 1);
        assert_eq!(next_due(store).await, Some(start + LEASE));
        fixture.clock.set(start + LEASE - SignedDuration::from_micros(1));
        assert_eq!(claim(store, "two", 1).await, []);
        fixture.clock.set(start + LEASE);
        let again = claim(store, "two", 1).await;
        assert_eq!((again[0].id, again[0].attempts), (id, 2));
        assert!(done(store, id).await);
        assert_eq!(next_due(store).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_process_had_claimed_can_be_given_back() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let done_before = enqueue(store, message("a", "a1")).await;
        enqueue(store, message("b", "b1")).await;
        claim(store, "dead", 10).await;
        assert!(done(store, done_before).await);
        let given_back = store.write("give_back", |tx| Box::pin(outbox::give_back(tx)));
        assert_eq!(given_back.await.unwrap(), 1);
        let again = claim(store, "alive", 10).await;
        assert_eq!((bodies(&again), again[0].attempts), (vec!["b1"], 2));
    })
    .await;
}

#[tokio::test]
async fn a_retry_waits_and_its_stream_waits_with_it() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let first = enqueue(store, message("a", "a1")).await;
        enqueue(store, message("a", "a2")).await;
        enqueue(store, message("b", "b1").with_due_at(fixture.clock.now() + SignedDuration::from_hours(1))).await;
        claim(store, "one", 1).await;
        let later = fixture.clock.now() + SignedDuration::from_secs(60);
        let retry = store.write("retry", move |tx| Box::pin(outbox::retry(tx, first, later, "503 from the peer")));
        assert!(retry.await.unwrap());
        assert_eq!(claim(store, "one", 10).await, []);
        assert_eq!(next_due(store).await, Some(later));
        fixture.clock.set(later);
        let again = claim(store, "one", 10).await;
        assert_eq!(bodies(&again), ["a1"]);
        assert_eq!(again[0].last_error.as_deref(), Some("503 from the peer"));
    })
    .await;
}

#[tokio::test]
async fn refusals_are_counted_and_failures_to_arrive_are_not() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let id = enqueue(store, message("a", "a1")).await;
        let due = fixture.clock.now();
        for (is_refused, expect) in [(false, (1, 0)), (true, (2, 0)), (false, (3, 1)), (true, (4, 1)), (false, (5, 2))]
        {
            let claimed = claim(store, "one", 1).await;
            assert_eq!((claimed[0].attempts, claimed[0].refusals), expect);
            let put_back = store.write("put back", move |tx| {
                Box::pin(async move {
                    if is_refused {
                        outbox::refused(tx, id, due, "404").await
                    } else {
                        outbox::retry(tx, id, due, "no answer").await
                    }
                })
            });
            assert!(put_back.await.unwrap());
        }
        assert!(store.write("bury", move |tx| Box::pin(outbox::bury(tx, id, "404"))).await.unwrap());
        assert!(store.write("revive", move |tx| Box::pin(outbox::revive(tx, id))).await.unwrap());
        assert_eq!(claim(store, "one", 1).await[0].refusals, 0);
    })
    .await;
}

#[tokio::test]
async fn a_dead_message_is_set_aside_and_can_be_revived() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let first = enqueue(store, message("a", "a1")).await;
        let second = enqueue(store, message("a", "a2")).await;
        claim(store, "one", 1).await;
        assert!(store.write("bury", move |tx| Box::pin(outbox::bury(tx, first, "400 bad request"))).await.unwrap());
        let dead = store.read("dead", |tx| Box::pin(outbox::list_dead(tx, 10))).await.unwrap();
        assert_eq!((dead[0].id, dead[0].last_error.as_deref()), (first, Some("400 bad request")));
        assert_eq!(bodies(&claim(store, "one", 10).await), ["a2"]);
        assert!(done(store, second).await);
        assert!(!done(store, first).await, "a dead message was done");
        assert!(store.write("revive", move |tx| Box::pin(outbox::revive(tx, first))).await.unwrap());
        assert_eq!(bodies(&claim(store, "one", 10).await), ["a1"]);
        assert_eq!(store.read("dead", |tx| Box::pin(outbox::list_dead(tx, 10))).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_dedup_key_makes_one_message_of_many() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let once = || enqueue(store, message("a", "a1").with_dedup_key("contract-1/filed"));
        let ids: BTreeSet<i64> = join_all((0..8).map(|_| once())).await.into_iter().collect();
        assert_eq!(ids.len(), 1);
        let id = *ids.first().unwrap();
        assert_eq!(claim(store, "one", 10).await.len(), 1);
        assert!(done(store, id).await);
        assert_eq!(once().await, id, "done, and still the same message");
        assert_eq!(claim(store, "one", 10).await, []);
        let later = fixture.clock.now() + SignedDuration::from_secs(1);
        assert_eq!(store.write("prune", move |tx| Box::pin(outbox::prune(tx, later, 10))).await, Ok(1));
        assert_ne!(once().await, id);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_done_is_forgotten_the_oldest_first_and_no_more_than_may_be() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut ids = Vec::new();
        for stream in ["a", "b", "c", "d", "open", "dead"] {
            ids.push(enqueue(store, message(stream, stream)).await);
        }
        assert_eq!(claim(store, "one", 10).await.len(), 6);
        for &id in &ids[..4] {
            assert!(done(store, id).await);
            fixture.clock.advance(SignedDuration::from_secs(1));
        }
        let dead = ids[5];
        assert!(store.write("bury", move |tx| Box::pin(outbox::bury(tx, dead, "never"))).await.unwrap());
        // The fourth was done at that very instant.
        let before = fixture.clock.now() - SignedDuration::from_secs(1);
        let prune = || store.write("prune", move |tx| Box::pin(outbox::prune(tx, before, 2)));
        assert_eq!((prune().await, prune().await, prune().await), (Ok(2), Ok(1), Ok(0)));
        let left = store.read("left", |tx| {
            Box::pin(async move {
                let rows = tx.fetch("SELECT stream FROM outbox ORDER BY id", Vec::new()).await?;
                rows.iter().map(|row| row.text("stream")).collect::<Result<Vec<_>, _>>()
            })
        });
        assert_eq!(left.await.unwrap(), ["d", "open", "dead"]);
        let next = enqueue(store, message("e", "e")).await;
        assert!(next > dead, "a number is never given twice");
    })
    .await;
}

#[tokio::test]
async fn a_driver_is_woken() {
    on_each_engine(async |fixture: Fixture| {
        let mut outbox = fixture.store.signals().subscribe(Topic::Outbox);
        outbox.wait().await.unwrap();
        let id = enqueue(&fixture.store, message("a", "a1")).await;
        outbox.wait().await.unwrap();
        enqueue(&fixture.store, message("a", "a2")).await;
        outbox.wait().await.unwrap();
        done(&fixture.store, id).await;
        outbox.wait().await.unwrap();
    })
    .await;
}

/// Many drivers on several stores of one database: every message is taken once, and each stream in its order.
#[tokio::test(flavor = "multi_thread")]
async fn two_stores_never_claim_the_same_message() {
    on_each_engine(async |fixture: Fixture| {
        let (streams, each) = (12, 10);
        let fill = fixture.store.write("fill", move |tx| {
            Box::pin(async move {
                for number in 0..each {
                    for stream in 0..streams {
                        outbox::enqueue(tx, &message(&format!("s{stream}"), &format!("{number}"))).await?;
                    }
                }
                Ok::<_, StoreError>(())
            })
        });
        fill.await.unwrap();
        let taken = Arc::new(Mutex::new(BTreeMap::<String, Vec<String>>::new()));
        let stores = [fixture.store.clone(), fixture.another().await.unwrap(), fixture.another().await.unwrap()];
        let drive = async |store: Store, owner: &'static str| {
            while next_due(&store).await.is_some() {
                for message in claim(&store, owner, 5).await {
                    let body = String::from_utf8(message.body.clone()).unwrap();
                    taken.lock().unwrap().entry(message.stream.clone()).or_default().push(body);
                    assert!(done(&store, message.id).await);
                }
            }
        };
        let owners = ["a", "b", "c", "d", "e", "f"];
        join_all(owners.iter().enumerate().map(|(n, owner)| drive(stores[n % 3].clone(), owner))).await;
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), streams);
        let order: Vec<String> = (0..each).map(|number| number.to_string()).collect();
        for (stream, bodies) in taken.iter() {
            assert_eq!(*bodies, order, "stream {stream}");
        }
    })
    .await;
}

/// A transaction that took its place in a stream first is committed first, so that nothing overtakes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_ordered_by_commit() {
    on_postgres_with(options, async |fixture: Fixture| {
        let store = fixture.store.clone();
        let (begun, has_begun) = oneshot::channel();
        let slow = tokio::spawn(async move {
            let write = store.write("slow", move |tx| {
                Box::pin(async move {
                    let id = outbox::enqueue(tx, &message("a", "a1")).await?;
                    begun.send(()).unwrap();
                    // Until the other one waits for the stream.
                    let waiting = "SELECT COUNT(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
                    while tx.fetch_one(waiting, args![]).await?.integer("n")? == 0 {}
                    Ok::<_, StoreError>(id)
                })
            });
            write.await
        });
        has_begun.await.unwrap();
        let fast = enqueue(&fixture.store, message("a", "a2")).await;
        let slow = slow.await.unwrap().unwrap();
        assert!(slow < fast);
        assert_eq!(bodies(&claim(&fixture.store, "one", 10).await), ["a1"]);
    })
    .await;
}
