//! Messages that go together: taken in stretches of their streams, never before what stands in front of them.

use jiff::SignedDuration;
use xinyu_store::outbox::{self, OutboxMessage, bundle};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{Store, StoreError};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Enqueues messages in one transaction: stream and body, which begins with `!` if it goes by itself.
async fn enqueue(store: &Store, messages: &'static [(&'static str, &'static str)]) {
    let write = store.write("enqueue", move |tx| {
        Box::pin(async move {
            for (stream, body) in messages {
                let message =
                    OutboxMessage::new(stream, "did:web:peer.example", "test", "/inbox", body.as_bytes().to_vec());
                let message = if body.starts_with('!') { message } else { message.bundled() };
                outbox::enqueue(tx, &message).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    write.await.unwrap();
}

async fn claim(store: &Store, owner: &'static str, limit: u32) -> Vec<OutboxMessage> {
    let claim = store.write("claim", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            bundle::claim(tx, owner, now, limit, LEASE).await
        })
    });
    claim.await.unwrap()
}

async fn claim_alone(store: &Store) -> Vec<OutboxMessage> {
    let claim = store.write("claim", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            outbox::claim(tx, "alone", now, 10, LEASE).await
        })
    });
    claim.await.unwrap()
}

fn bodies(messages: &[OutboxMessage]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.body).unwrap()).collect()
}

#[tokio::test]
async fn a_bundle_takes_what_waits_behind_each_other_up_to_what_goes_by_itself() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        enqueue(store, &[("a", "a1"), ("a", "a2"), ("b", "!b1"), ("b", "b2"), ("a", "!a3"), ("a", "a4")]).await;
        assert_eq!(bodies(&claim_alone(store).await), ["!b1"]);
        let first = claim(store, "me", 10).await;
        assert_eq!(bodies(&first), ["a1", "a2"]);
        assert_eq!(bodies(&claim(store, "another", 10).await), [""; 0], "all are spoken for, or wait");
        let were_open = store.write("done", move |tx| Box::pin(async move { bundle::done(tx, &first).await }));
        assert_eq!(were_open.await.unwrap(), [true, true]);
        assert_eq!(bodies(&claim_alone(store).await), ["!a3"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_limit_cuts_off_and_what_is_not_due_holds_back_what_stands_behind_it() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        enqueue(store, &[("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")]).await;
        let first = claim(store, "me", 2).await;
        assert_eq!(bodies(&first), ["a1", "a2"]);
        assert_eq!(bodies(&claim(store, "me", 10).await), ["b1"], "a3 waits: another round has what stands before it");
        let (a1, a2) = (first[0].id, first[1].id);
        let later = fixture.clock.now() + LEASE;
        let put_back = store.write("put back", move |tx| {
            Box::pin(async move {
                outbox::retry(tx, a1, later, "not now").await?;
                bundle::give_back(tx, a2).await
            })
        });
        put_back.await.unwrap();
        assert_eq!(bodies(&claim(store, "me", 10).await), [""; 0], "a1 is not due");
        let due = store.read("due", |tx| Box::pin(bundle::next_due(tx))).await.unwrap();
        assert_eq!(due, Some(later));
        fixture.clock.set(later);
        let again = claim(store, "me", 10).await;
        assert_eq!(again.iter().map(|one| one.attempts).collect::<Vec<_>>(), [2, 1, 1, 2]);
        assert_eq!(bodies(&again), ["a1", "a2", "a3", "b1"]);
    })
    .await;
}

#[tokio::test]
async fn a_bundled_message_is_not_handed_over() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut fed = store.feed().open("me", LEASE);
        enqueue(store, &[("a", "a1"), ("a", "!a2"), ("b", "!b1")]).await;
        assert_eq!(fed.next().await.unwrap().body, b"!b1");
        let first = claim(store, "me", 10).await;
        assert_eq!(bodies(&first), ["a1"]);
        store.write("done", move |tx| Box::pin(async move { bundle::done(tx, &first).await })).await.unwrap();
        assert_eq!(fed.next().await.unwrap().body, b"!a2", "what goes by itself follows when its turn has come");
    })
    .await;
}
