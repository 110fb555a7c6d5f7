//! Replay, inbox, lease, setting.

use futures::future::join_all;
use jiff::SignedDuration;
use xinyu_store::lease::{self, Lease};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{Store, StoreError, inbox, replay, setting};

#[tokio::test]
async fn a_token_is_used_once() {
    on_each_engine(async |fixture: Fixture| {
        let (store, now) = (&fixture.store, fixture.clock.now());
        let expires = now + SignedDuration::from_secs(60);
        let insert = |issuer, jti| store.write("use", move |tx| Box::pin(replay::insert(tx, issuer, jti, expires)));
        let at_once = join_all((0..16).map(|_| insert("did:web:a", "1"))).await;
        assert_eq!(at_once.iter().filter(|used| **used == Ok(true)).count(), 1);
        assert_eq!(at_once.iter().filter(|used| **used == Ok(false)).count(), 15);
        assert_eq!(insert("did:web:b", "1").await, Ok(true), "another issuer's identifiers are its own");
        let prune = |before| store.write("prune", move |tx| Box::pin(replay::prune(tx, before)));
        assert_eq!(prune(expires).await, Ok(0));
        assert_eq!(insert("did:web:a", "1").await, Ok(false));
        assert_eq!(prune(expires + SignedDuration::from_micros(1)).await, Ok(2));
    })
    .await;
}

#[tokio::test]
async fn a_message_is_answered_once_and_the_same_again() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let seen = |id| store.read("seen", move |tx| Box::pin(inbox::seen(tx, "did:web:a", id)));
        let remember = |answer: &'static [u8]| {
            store.write("remember", move |tx| Box::pin(inbox::remember(tx, "did:web:a", "m1", answer)))
        };
        assert_eq!(seen("m1").await, Ok(None));
        assert_eq!(remember(b"first").await, Ok(true));
        assert_eq!(remember(b"second").await, Ok(false));
        assert_eq!(seen("m1").await, Ok(Some(b"first".to_vec())));
        assert_eq!(seen("m2").await, Ok(None));
        let later = fixture.clock.now() + SignedDuration::from_secs(1);
        assert_eq!(store.write("prune", move |tx| Box::pin(inbox::prune(tx, later, 10))).await, Ok(1));
        assert_eq!(seen("m1").await, Ok(None));
        assert_eq!(remember(b"third").await, Ok(true), "what is forgotten is new");
    })
    .await;
}

#[tokio::test]
async fn the_inbox_forgets_the_oldest_first_and_no_more_than_it_may() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        for id in ["m1", "m2", "m3", "m4"] {
            let remember = store.write("remember", move |tx| Box::pin(inbox::remember(tx, "did:web:a", id, b"answer")));
            assert_eq!(remember.await, Ok(true));
            fixture.clock.advance(SignedDuration::from_secs(1));
        }
        let seen = |id| store.read("seen", move |tx| Box::pin(inbox::seen(tx, "did:web:a", id)));
        // The fourth was received at that very instant.
        let before = fixture.clock.now() - SignedDuration::from_secs(1);
        let prune = || store.write("prune", move |tx| Box::pin(inbox::prune(tx, before, 2)));
        assert_eq!(prune().await, Ok(2));
        assert_eq!((seen("m2").await, seen("m3").await), (Ok(None), Ok(Some(b"answer".to_vec()))));
        assert_eq!((prune().await, prune().await), (Ok(1), Ok(0)));
        assert_eq!(seen("m4").await, Ok(Some(b"answer".to_vec())));
    })
    .await;
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn acquire(store: &Store, owner: &'static str) -> Option<Lease> {
    store.write("acquire", move |tx| Box::pin(lease::acquire(tx, "checkpoint", owner, MINUTE))).await.unwrap()
}

async fn holds(store: &Store, lease: &Lease) -> bool {
    let lease = lease.clone();
    store.write("holds", |tx| Box::pin(async move { lease::holds(tx, &lease).await })).await.unwrap()
}

#[tokio::test]
async fn a_lease_has_one_holder_and_a_rising_fence() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let first = acquire(store, "a").await.unwrap();
        assert_eq!((first.fence, first.expires_at), (1, fixture.clock.now() + MINUTE));
        assert_eq!(acquire(store, "b").await, None);
        fixture.clock.advance(SignedDuration::from_secs(30));
        assert_eq!(acquire(store, "a").await.map(|lease| lease.fence), Some(1), "renewed");
        fixture.clock.advance(SignedDuration::from_secs(59));
        assert_eq!(acquire(store, "b").await, None, "renewed until then");
        fixture.clock.advance(SignedDuration::from_secs(1));
        assert!(!holds(store, &first).await, "expired, though nobody took it");
        let second = acquire(store, "b").await.unwrap();
        assert_eq!(second.fence, 2);
        assert!(holds(store, &second).await && !holds(store, &first).await);
        fixture.clock.advance(MINUTE);
        assert_eq!(acquire(store, "b").await.unwrap().fence, 3, "its own, but it was free in between");
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_given_back() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let lease = acquire(store, "a").await.unwrap();
        let release =
            |lease: Lease| store.write("release", |tx| Box::pin(async move { lease::release(tx, &lease).await }));
        assert_eq!(release(lease.clone()).await, Ok(true));
        assert_eq!(release(lease.clone()).await, Ok(false));
        let next = acquire(store, "b").await.unwrap();
        assert_eq!(next.fence, 2);
        assert_eq!(release(lease).await, Ok(false), "not by who held it before");
        assert!(holds(store, &next).await);
    })
    .await;
}

#[tokio::test]
async fn one_of_many_takes_a_free_lease() {
    on_each_engine(async |fixture: Fixture| {
        let owners = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let taken = join_all(owners.iter().map(|owner| acquire(&fixture.store, owner))).await;
        assert_eq!(taken.iter().flatten().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn settings_are_kept() {
    on_each_engine(async |fixture: Fixture| {
        let written = fixture.store.write("settings", |tx| {
            Box::pin(async move {
                assert_eq!(setting::find(tx, "name").await?, None);
                setting::set(tx, "name", "一").await?;
                setting::set(tx, "name", "二").await?;
                assert_eq!(setting::find_or_set(tx, "name", "三").await?, "二");
                assert_eq!(setting::find_or_set(tx, "key", "made up").await?, "made up");
                assert!(setting::remove(tx, "name").await? && !setting::remove(tx, "name").await?);
                Ok::<_, StoreError>(())
            })
        });
        written.await.unwrap();
        let list = fixture.store.read("list", |tx| Box::pin(setting::list(tx))).await;
        assert_eq!(list, Ok(vec![("key".to_owned(), "made up".to_owned())]));
    })
    .await;
}
