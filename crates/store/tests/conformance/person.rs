//! Console users and their sessions.

use futures::future::join_all;
use jiff::SignedDuration;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::user::{self, User};
use xinyu_store::{Store, StoreError, args, session};

async fn add(store: &Store, name: &'static str) -> bool {
    let user = User::new(name, "王芳", "operator", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    store.write("add", |tx| Box::pin(async move { user::insert(tx, &user).await })).await.unwrap()
}

async fn find(store: &Store, name: &'static str) -> Option<User> {
    store.read("find", move |tx| Box::pin(user::find(tx, name))).await.unwrap()
}

#[tokio::test]
async fn a_person_is_added_changed_and_removed() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        assert!(add(store, "wang").await);
        assert!(!add(store, "wang").await, "the name is taken");
        let user = find(store, "wang").await.unwrap();
        assert_eq!((user.display_name.as_str(), user.role.as_str()), ("王芳", "operator"));
        assert_eq!(user.created_at, fixture.clock.now());
        assert!(!format!("{user:?}").contains("argon2"));
        let update = |name| store.write("update", move |tx| Box::pin(user::update(tx, name, "王", "auditor")));
        assert_eq!((update("wang").await, update("li").await), (Ok(true), Ok(false)));
        let list = store.read("list", |tx| Box::pin(user::list(tx))).await.unwrap();
        assert_eq!(list.iter().map(|user| user.role.as_str()).collect::<Vec<_>>(), ["auditor"]);
        let remove = |name| store.write("remove", move |tx| Box::pin(user::remove(tx, name)));
        assert_eq!((remove("wang").await, remove("wang").await), (Ok(true), Ok(false)));
        assert_eq!(find(store, "wang").await, None);
    })
    .await;
}

#[tokio::test]
async fn failed_attempts_at_once_are_all_counted() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        add(store, "wang").await;
        let fail = |name| store.write("fail", move |tx| Box::pin(user::count_failure(tx, name)));
        join_all((0..10).map(|_| fail("wang"))).await;
        assert_eq!(fail("wang").await, Ok(Some(11)));
        assert_eq!(fail("li").await, Ok(None));
        let until = fixture.clock.now() + SignedDuration::from_mins(15);
        assert_eq!(store.write("lock", move |tx| Box::pin(user::lock(tx, "wang", until))).await, Ok(true));
        let user = find(store, "wang").await.unwrap();
        assert_eq!((user.failed_count, user.locked_until), (11, Some(until)));
        assert_eq!(store.write("unlock", |tx| Box::pin(user::unlock(tx, "wang"))).await, Ok(true));
        let user = find(store, "wang").await.unwrap();
        assert_eq!((user.failed_count, user.locked_until), (0, None));
    })
    .await;
}

#[tokio::test]
async fn a_session_lives_until_it_ends() {
    on_each_engine(async |fixture: Fixture| {
        let (store, clock) = (&fixture.store, &fixture.clock);
        add(store, "wang").await;
        let hour = SignedDuration::from_hours(1);
        let end = clock.now() + hour;
        let open = || store.write("open", move |tx| Box::pin(session::open(tx, "wang", end)));
        let find = |token: &str| {
            let token = token.to_owned();
            store.read("find", |tx| Box::pin(async move { session::find(tx, &token).await }))
        };
        let (token, other) = (open().await.unwrap(), open().await.unwrap());
        assert_ne!(token, other);
        assert_eq!(token.len(), 64);
        let found = find(&token).await.unwrap().unwrap();
        assert_eq!((found.user_name.as_str(), found.expires_at), ("wang", end));
        assert_eq!(find(&token.to_uppercase()).await, Ok(None));
        clock.set(end);
        assert_eq!(find(&token).await, Ok(None), "expired");
        let late = token.clone();
        let extend =
            store.write("extend", move |tx| Box::pin(async move { session::extend(tx, &late, end + hour).await }));
        assert_eq!(extend.await, Ok(false), "too late");
        clock.set(end - SignedDuration::from_micros(1));
        let extend =
            store.write("extend", move |tx| Box::pin(async move { session::extend(tx, &other, end + hour).await }));
        assert_eq!(extend.await, Ok(true));
        clock.set(end);
        assert_eq!(store.write("prune", |tx| Box::pin(session::prune(tx))).await, Ok(1));
    })
    .await;
}

#[tokio::test]
async fn sessions_end_with_the_password_and_with_the_person() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        add(store, "wang").await;
        let end = fixture.clock.now() + SignedDuration::from_hours(1);
        let open = || store.write("open", move |tx| Box::pin(session::open(tx, "wang", end)));
        let count = || async {
            let rows = store.read("count", |tx| Box::pin(tx.fetch_one("SELECT COUNT(*) AS n FROM session", args![])));
            rows.await.unwrap().integer("n").unwrap()
        };
        open().await.unwrap();
        open().await.unwrap();
        let set = store.write("password", |tx| Box::pin(user::set_password(tx, "wang", "$argon2id$new")));
        assert_eq!((set.await, count().await), (Ok(true), 0));
        let token = open().await.unwrap();
        let close = store.write("close", |tx| Box::pin(async move { session::close(tx, &token).await }));
        assert_eq!((close.await, count().await), (Ok(true), 0));
        open().await.unwrap();
        assert_eq!(store.write("all", |tx| Box::pin(session::close_all(tx, "wang"))).await, Ok(1));
        open().await.unwrap();
        store.write("remove", |tx| Box::pin(user::remove(tx, "wang"))).await.unwrap();
        assert_eq!(count().await, 0);
        let error = open().await.unwrap_err();
        assert!(matches!(error, StoreError::Constraint { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn the_database_holds_no_token() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        add(store, "wang").await;
        let end = fixture.clock.now() + SignedDuration::from_hours(1);
        let token = store.write("open", move |tx| Box::pin(session::open(tx, "wang", end))).await.unwrap();
        let row =
            store.read("row", |tx| Box::pin(tx.fetch_one("SELECT token_digest FROM session", args![]))).await.unwrap();
        let digest = row.bytes("token_digest").unwrap();
        assert_eq!(digest.len(), 32);
        assert_ne!(digest, token.as_bytes());
        assert_ne!(hex::encode(digest), token);
    })
    .await;
}
