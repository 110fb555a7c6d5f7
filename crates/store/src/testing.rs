//! A fresh store on each engine, for tests: `on_each_engine(async |fixture| { … }).await`.
//!
//! SQLite stands in a temporary folder. PostgreSQL is the server named by `XINYU_TEST_POSTGRES` (an address whose user may create databases), or a
//! private one started from the binaries under /usr/lib/postgresql, which ends with the test process. Where there is neither, the tests run on
//! SQLite alone and say so. Time stands still and identifiers repeat themselves.

mod server;

use crate::{Clock, Engine, Ids, Store, StoreError, StoreOptions, Timestamp};
use futures::FutureExt as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use tempfile::TempDir;

/// A store with nothing in it.
pub struct Fixture {
    /// The store.
    pub store: Store,
    /// Its clock, which the test moves.
    pub clock: Clock,
    options: StoreOptions,
    url: String,
    folder: Option<TempDir>,
}

impl Fixture {
    /// The engine under test.
    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// The address of the database, to open it in another process.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of the SQLite file.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Another store on the same database, as another node would have it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn another(&self) -> Result<Store, StoreError> {
        Store::open(&self.url, self.options.clone()).await
    }

    async fn new(url: String, folder: Option<TempDir>, options: StoreOptions) -> Result<Self, StoreError> {
        let store = Store::open(&url, options.clone()).await?;
        Ok(Self { store, clock: options.clock.clone(), options, url, folder })
    }
}

/// The options of a test: a clock that stands at 2027-01-01T00:00:00Z, and seeded identifiers.
pub fn options() -> StoreOptions {
    let start = Timestamp::from_second(1_798_761_600).unwrap_or(Timestamp::UNIX_EPOCH);
    StoreOptions { clock: Clock::manual(start), ids: Ids::seeded(1), connections: 8, ..StoreOptions::default() }
}

/// Run a test on SQLite and on PostgreSQL, each with a store of its own.
///
/// # Panics
/// When the test does, or when a store cannot be set up.
pub async fn on_each_engine(test: impl AsyncFn(Fixture)) {
    on_each_engine_with(options, test).await;
}

/// As [`on_each_engine`], with other options.
///
/// # Panics
/// When the test does, or when a store cannot be set up.
pub async fn on_each_engine_with(options: impl Fn() -> StoreOptions, test: impl AsyncFn(Fixture)) {
    on_sqlite_with(&options, &test).await;
    on_postgres_with(&options, &test).await;
}

/// Run a test on SQLite only.
///
/// # Panics
/// When the test does, or when the store cannot be set up.
#[expect(clippy::expect_used, reason = "a test ends here when its store cannot be set up")]
pub async fn on_sqlite_with(options: impl Fn() -> StoreOptions, test: impl AsyncFn(Fixture)) {
    let folder = TempDir::new().expect("a temporary folder");
    let url = sqlite_url(&folder.path().join("store.db"));
    test(Fixture::new(url, Some(folder), options()).await.expect("a store on SQLite")).await;
}

/// Run a test on PostgreSQL only, when there is one.
///
/// # Panics
/// When the test does, or when the store cannot be set up.
#[expect(clippy::expect_used, reason = "a test ends here when its store cannot be set up")]
pub async fn on_postgres_with(options: impl Fn() -> StoreOptions, test: impl AsyncFn(Fixture)) {
    let Some(server) = server::find() else { return };
    let database = server.create(server.name()).await.expect("a database on PostgreSQL");
    let fixture = Fixture::new(database.url.clone(), None, options()).await.expect("a store on PostgreSQL");
    let store = fixture.store.clone();
    let outcome = AssertUnwindSafe(test(fixture)).catch_unwind().await;
    store.close().await;
    server.remove(&database).await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Run a test of a program whose nodes have a database each, on PostgreSQL, when there is one. The test gets their address, with `{node}` in the place
/// of the node's name.
///
/// # Panics
/// When the test does, or when a database cannot be made.
#[expect(clippy::expect_used, reason = "a test ends here when its store cannot be set up")]
pub async fn on_databases_of_postgres(nodes: &[&str], test: impl AsyncFnOnce(&str)) {
    let Some(server) = server::find() else { return };
    let prefix = server.name();
    let mut databases = Vec::new();
    for node in nodes {
        databases.push(server.create(format!("{prefix}_{node}")).await.expect("a database on PostgreSQL"));
    }
    let url = server.url(&format!("{prefix}_{{node}}"));
    let outcome = AssertUnwindSafe(test(&url)).catch_unwind().await;
    for database in &databases {
        server.remove(database).await;
    }
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The address of a SQLite file.
pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
