//! The schema's history: taken once, checked at every opening, refused when unknown.

use futures::future::join_all;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use xinyu_store::migration::MIGRATIONS;
use xinyu_store::testing::{Fixture, on_each_engine, on_sqlite_with, options, sqlite_url};
use xinyu_store::{Store, StoreError, args};

/// Change the recorded history, then open the database again.
async fn reopened(fixture: &Fixture, change: &'static str) -> Result<Store, StoreError> {
    fixture.store.write("change", move |tx| Box::pin(tx.execute(change, args![]))).await?;
    fixture.another().await
}

fn check(outcome: Result<Store, StoreError>, expect: &[&str]) {
    let error = outcome.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Schema { .. }), "{error}");
    let message = error.to_string();
    for part in expect {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    on_each_engine(async |fixture: Fixture| {
        let newer = "INSERT INTO schema_version (version, name, digest, applied_at) VALUES (9001, 'future', 'abc', 0)";
        let known = format!("this program knows version {}", MIGRATIONS.last().unwrap().version);
        check(reopened(&fixture, newer).await, &["found version 9001 (future", &known, "at least as new"]);
    })
    .await;
}

#[tokio::test]
async fn an_altered_schema_is_refused() {
    on_each_engine(async |fixture: Fixture| {
        let altered = "UPDATE schema_version SET digest = '00000000000000000000' WHERE version = 1";
        let digest = MIGRATIONS[0].digest();
        check(reopened(&fixture, altered).await, &["digest 000000000000", &digest[..12], "altered"]);
    })
    .await;
}

#[tokio::test]
async fn a_step_missing_in_the_database_is_refused() {
    on_each_engine(async |fixture: Fixture| {
        let missing = "UPDATE schema_version SET version = 7777 WHERE version = 1";
        check(reopened(&fixture, missing).await, &["a step is missing", "restore it from a backup"]);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(&folder.path().join("other.db"));
    let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    connection.execute(sqlx::raw_sql("CREATE TABLE theirs (a)")).await.unwrap();
    connection.close().await.unwrap();
    check(Store::open(&url, options()).await, &["1 tables of another program", "choose another file"]);
}

#[tokio::test]
async fn many_nodes_may_start_at_once() {
    on_each_engine(async |fixture: Fixture| {
        let stores = join_all((0..6).map(|_| fixture.another())).await;
        assert!(stores.iter().all(Result::is_ok));
        let sql = "SELECT version, digest FROM schema_version ORDER BY version";
        let rows = fixture.store.read("history", move |tx| Box::pin(tx.fetch(sql, args![]))).await.unwrap();
        let taken: Vec<_> =
            rows.iter().map(|row| (row.integer("version").unwrap(), row.text("digest").unwrap())).collect();
        assert_eq!(taken, MIGRATIONS.iter().map(|step| (step.version, step.digest())).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn every_table_is_strict() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let sql = "SELECT name FROM pragma_table_list
            WHERE type = 'table' AND schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
        let loose = fixture.store.read("strict", move |tx| Box::pin(tx.fetch(sql, args![]))).await.unwrap();
        assert_eq!(loose, []);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_is_named() {
    let check = async |url: &str, expect: &str| {
        let error = Store::open(url, options()).await.map(drop).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert!(!error.contains("secret"), "{error}");
    };
    check("mysql://u:secret@h/x", "mysql").await;
    check("sqlite:///nowhere/at/all/x.db", "/nowhere/at/all/x.db").await;
    check("postgres://u:secret@127.0.0.1:1/x", "cannot be opened").await;
    check("postgres://u:secret@127.0.0.1:port/x", "postgres://u@127.0.0.1:port/x").await;
}
