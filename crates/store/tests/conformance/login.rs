//! Challenges of a login and the keys that open accounts.

use futures::future::join_all;
use jiff::SignedDuration;
use xinyu_store::session::Opening;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::user::{self, User};
use xinyu_store::{Store, StoreError, args, challenge, login_key, session};

async fn add(store: &Store, name: &'static str) {
    let user = User::new(name, "王芳", "viewer", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    assert!(store.write("add", |tx| Box::pin(async move { user::insert(tx, &user).await })).await.unwrap());
}

async fn give(store: &Store, purpose: &'static str, minutes: i64) -> Option<String> {
    let given = store.write("give", move |tx| {
        Box::pin(async move {
            let until = tx.now() + SignedDuration::from_mins(minutes);
            challenge::insert(tx, purpose, b"data", until).await
        })
    });
    given.await.unwrap()
}

async fn take(store: &Store, purpose: &'static str, id: &str) -> Option<Vec<u8>> {
    let id = id.to_owned();
    let taken = store.write("take", move |tx| Box::pin(async move { challenge::take(tx, purpose, &id).await }));
    taken.await.unwrap()
}

#[tokio::test]
async fn a_challenge_is_taken_once_for_its_purpose_and_in_time() {
    on_each_engine(async |fixture: Fixture| {
        let (store, clock) = (&fixture.store, &fixture.clock);
        let (id, other) = (give(store, "login", 5).await.unwrap(), give(store, "login", 5).await.unwrap());
        assert_ne!(id, other);
        assert_eq!(id.len(), 64);
        assert_eq!(take(store, "bind", &id).await, None, "another purpose");
        assert_eq!(take(store, "login", &id[1..]).await, None);
        assert_eq!(take(store, "login", &id).await.as_deref(), Some(b"data".as_slice()));
        assert_eq!(take(store, "login", &id).await, None, "taken");
        clock.set(clock.now() + SignedDuration::from_mins(5));
        assert_eq!(take(store, "login", &other).await, None, "expired");
        let late = give(store, "login", 5).await.unwrap();
        clock.set(clock.now() + SignedDuration::from_mins(5));
        assert_eq!(store.write("prune", |tx| Box::pin(challenge::prune(tx))).await, Ok(1));
        assert_eq!(take(store, "login", &late).await, None);
    })
    .await;
}

#[tokio::test]
async fn of_a_hundred_who_take_a_challenge_at_once_one_has_it() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let id = give(store, "login", 5).await.unwrap();
        let taken = join_all((0..100).map(|_| take(store, "login", &id))).await;
        assert_eq!(taken.iter().flatten().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_more_challenges_wait_than_there_may() {
    on_each_engine(async |fixture: Fixture| {
        let (store, clock) = (&fixture.store, &fixture.clock);
        let most = i64::try_from(challenge::MOST).unwrap();
        let until = clock.now() + SignedDuration::from_mins(5);
        let fill = store.write("fill", move |tx| {
            Box::pin(async move {
                let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
                    INSERT INTO login_challenge (challenge_id, purpose, data, expires_at)
                    SELECT 'c' || CAST(i AS TEXT), 'login', $2, $3 FROM n";
                tx.execute(sql, args![most, b"x".to_vec(), until]).await
            })
        });
        assert_eq!(fill.await, Ok(challenge::MOST));
        assert_eq!(give(store, "login", 5).await, None);
        assert!(take(store, "login", "c1").await.is_some());
        assert!(give(store, "login", 5).await.is_some(), "there is room again");
        assert_eq!(give(store, "login", 5).await, None);
        clock.set(until);
        assert!(give(store, "login", 5).await.is_some(), "those that expired make room");
    })
    .await;
}

async fn tie(store: &Store, name: &'static str, method: &'static str, subject: &'static str) -> Option<String> {
    let tied = store.write("tie", move |tx| Box::pin(login_key::insert(tx, name, method, subject, "label", b"data")));
    tied.await.unwrap()
}

#[tokio::test]
async fn a_key_opens_one_account_until_it_is_removed() {
    on_each_engine(async |fixture: Fixture| {
        let (store, clock) = (&fixture.store, &fixture.clock);
        add(store, "wang").await;
        add(store, "li").await;
        let id = tie(store, "wang", "did", "did:web:a.example").await.unwrap();
        assert_eq!(tie(store, "wang", "did", "did:web:a.example").await, None, "tied already");
        assert_eq!(tie(store, "li", "did", "did:web:a.example").await, None, "of whomever");
        let same_word = tie(store, "li", "certificate", "did:web:a.example").await;
        assert!(same_word.is_some(), "another method has other subjects");
        let find = || store.read("find", |tx| Box::pin(login_key::find(tx, "did", "did:web:a.example")));
        let found = find().await.unwrap().unwrap();
        assert_eq!((found.key_id.as_str(), found.user_name.as_str(), found.used_at), (id.as_str(), "wang", None));
        assert_eq!((found.added_at, found.label.as_str(), found.data.as_slice()), (clock.now(), "label", &b"data"[..]));
        let held = store.write("hold", |tx| Box::pin(login_key::hold(tx, "did", "did:web:a.example"))).await.unwrap();
        assert_eq!(held, Some(found));
        clock.set(clock.now() + SignedDuration::from_mins(1));
        let key = id.clone();
        let used = store.write("used", move |tx| Box::pin(async move { login_key::used(tx, &key, b"more").await }));
        assert_eq!(used.await, Ok(true));
        let found = find().await.unwrap().unwrap();
        assert_eq!((found.used_at, found.data.as_slice()), (Some(clock.now()), &b"more"[..]));
        let remove = |name: &'static str, key: &str| {
            let key = key.to_owned();
            store.write("remove", move |tx| Box::pin(async move { login_key::remove(tx, name, &key).await }))
        };
        assert_eq!(remove("li", &id).await, Ok(false), "another's");
        assert_eq!(remove("wang", &id).await, Ok(true));
        assert_eq!(remove("wang", &id).await, Ok(false));
        assert_eq!(find().await, Ok(None));
        let used = store.write("used", move |tx| Box::pin(async move { login_key::used(tx, &id, b"").await }));
        assert_eq!(used.await, Ok(false));
        let nobody = store.write("tie", |tx| Box::pin(login_key::insert(tx, "nobody", "did", "d", "l", b"")));
        assert!(matches!(nobody.await, Err(StoreError::Constraint { .. })));
    })
    .await;
}

#[tokio::test]
async fn keys_are_listed_by_person_and_by_method_and_go_with_the_person() {
    on_each_engine(async |fixture: Fixture| {
        let (store, clock) = (&fixture.store, &fixture.clock);
        add(store, "wang").await;
        add(store, "li").await;
        for (name, method, subject) in [
            ("wang", "did", "a"),
            ("wang", "certificate", "b"),
            ("wang", "certificate", "c"),
            ("li", "certificate", "d"),
        ] {
            tie(store, name, method, subject).await.unwrap();
            clock.set(clock.now() + SignedDuration::from_secs(1));
        }
        let list = |name: &'static str| store.read("list", move |tx| Box::pin(login_key::list(tx, name)));
        let of = |method: &'static str| store.read("list", move |tx| Box::pin(login_key::list_of_method(tx, method)));
        let (wang, certificates) = (list("wang").await.unwrap(), of("certificate").await.unwrap());
        assert_eq!(wang.iter().map(|key| key.subject.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(certificates.iter().map(|key| key.subject.as_str()).collect::<Vec<_>>(), ["b", "c", "d"]);
        let all = store.write("all", |tx| Box::pin(login_key::remove_all(tx, "wang", "certificate")));
        assert_eq!(all.await, Ok(2));
        assert_eq!(list("wang").await.unwrap().len(), 1);
        store.write("remove", |tx| Box::pin(user::remove(tx, "wang"))).await.unwrap();
        assert_eq!(list("wang").await, Ok(Vec::new()));
        assert_eq!(list("li").await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_key_opened_ends_with_it_and_nothing_else_does() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        add(store, "wang").await;
        let open = |login_key: &str| {
            let opening = Opening { login_key: login_key.to_owned(), method: "did".to_owned(), ..Opening::default() };
            store.write("open", move |tx| {
                Box::pin(async move {
                    let end = tx.now() + SignedDuration::from_hours(1);
                    session::open_as(tx, "wang", end, &opening).await
                })
            })
        };
        open("k-1").await.unwrap();
        open("k-1").await.unwrap();
        let other = open("k-2").await.unwrap();
        let by_password = open("").await.unwrap();
        let close = |key: &'static str| store.write("close", move |tx| Box::pin(session::close_by_key(tx, key)));
        assert_eq!(close("k-1").await, Ok(2));
        assert_eq!(close("").await, Ok(0), "what no key opened ends with none");
        for (token, expect) in [(other, "k-2"), (by_password, "")] {
            let found = store.read("find", move |tx| Box::pin(async move { session::find(tx, &token).await }));
            assert_eq!(found.await.unwrap().unwrap().login_key, expect);
        }
    })
    .await;
}
