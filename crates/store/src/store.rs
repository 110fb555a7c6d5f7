//! The store itself: opens a database by its address and runs named transactions on it.

use crate::feed::Feed;
use crate::migration::{MIGRATIONS, Migration};
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{BoxFuture, Clock, Engine, Ids, Signals, StoreError, Tx, guard};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A database, opened. Cloning is cheap; the last clone to be dropped closes it.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Clock,
    ids: Ids,
    signals: Signals,
    feed: Feed,
}

#[derive(Clone)]
enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What varies from store to store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The source of time.
    pub clock: Clock,
    /// The source of identifiers and entropy.
    pub ids: Ids,
    /// How long a transaction's closure, or one statement of it, may take before it is undone.
    pub transaction_timeout: Duration,
    /// SQLite: how long to wait for another process that writes to the same file.
    pub busy_timeout: Duration,
    /// SQLite: how many reads may run at once.
    pub readers: u32,
    /// SQLite: how many transactions one commit may carry.
    pub group_max: usize,
    /// SQLite: how long a group may gather before it is committed.
    pub group_time: Duration,
    /// PostgreSQL: how many transactions may run at once.
    pub connections: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            ids: Ids::system(),
            transaction_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            group_max: 512,
            group_time: Duration::from_millis(45),
            connections: 10,
        }
    }
}

/// How well commits are shared, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitCount {
    /// Transactions committed since the store was opened.
    pub transactions: u64,
    /// Commits, each with an fsync, that carried them.
    pub commits: u64,
}

impl Store {
    /// Open a database and bring its schema up to date. `sqlite:///path/x.db` (created when missing; its folder must be there),
    /// `sqlite::memory:` (for tests: gone with the store) or `postgres://user@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::Connect`]; [`StoreError::Schema`] for a schema newer than this program or altered.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        Self::open_with(url, options, MIGRATIONS).await
    }

    pub(crate) async fn open_with(
        url: &str,
        options: StoreOptions,
        migrations: &[Migration],
    ) -> Result<Self, StoreError> {
        let signals = Signals::default();
        let feed = Feed::default();
        let database = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => {
                Database::Sqlite(Sqlite::open(url, &options, signals.clone(), feed.clone(), migrations).await?)
            }
            Some("postgres" | "postgresql") => {
                Database::Postgres(Postgres::open(url, &options, signals.clone(), feed.clone(), migrations).await?)
            }
            scheme => {
                return Err(StoreError::Address {
                    address: scheme.unwrap_or_default().to_owned(),
                    reason: "it begins with neither sqlite: nor postgres:".to_owned(),
                });
            }
        };
        Ok(Self { database, clock: options.clock, ids: options.ids, signals, feed })
    }

    /// Run one named transaction: committed, durably, when the closure answers and this returns its answer; undone when the closure fails.
    ///
    /// The closure awaits nothing but its transaction: no network, no channel, no other transaction (refused as [`StoreError::Nested`]). On SQLite
    /// all writes wait while it runs. Once started there it runs to its end even when the caller is cancelled; cancelled earlier it does not run.
    ///
    /// # Errors
    /// The closure's own, and [`StoreError`] in the closure's error type.
    pub async fn write<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        guard::refuse_nesting(name)?;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write(name, closure, false).await,
            Database::Postgres(postgres) => postgres.write(name, closure, &self.clock, &self.ids).await,
        }
    }

    /// The same for the few small ones that must not wait behind a thousand others: a head of a log. On SQLite it runs before all that waits; on PostgreSQL nothing
    /// waits behind others anyway.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_ahead<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        guard::refuse_nesting(name)?;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write_ahead(name, closure).await,
            Database::Postgres(postgres) => postgres.write(name, closure, &self.clock, &self.ids).await,
        }
    }

    /// The same for what can be made again from the rest and may be behind it: a view of a log. On SQLite, where all writes wait for each other, it runs when nobody
    /// has written for a tenth of a second, and after a second whatever others write; on PostgreSQL nobody waits for it anyway.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_behind<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        guard::refuse_nesting(name)?;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write_behind(name, closure).await,
            Database::Postgres(postgres) => postgres.write(name, closure, &self.clock, &self.ids).await,
        }
    }

    /// Run one named transaction that only reads, on a snapshot that holds everything acknowledged before it began.
    ///
    /// # Errors
    /// As [`Store::write`]; [`StoreError::ReadOnly`] when it tries to write.
    pub async fn read<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        guard::refuse_nesting(name)?;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.read(name, closure, &self.clock, &self.ids).await,
            Database::Postgres(postgres) => postgres.read(name, closure, &self.clock, &self.ids).await,
        }
    }

    /// The clock that gives transactions their time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of identifiers.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The short way of fresh messages to this process's driver.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The wake-ups.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Which engine stands behind it.
    pub fn engine(&self) -> Engine {
        match self.database {
            Database::Sqlite(_) => Engine::Sqlite,
            Database::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many transactions shared how many commits; none on PostgreSQL, where each has its own.
    pub fn commit_count(&self) -> Option<CommitCount> {
        match &self.database {
            Database::Sqlite(sqlite) => Some(CommitCount {
                transactions: sqlite.counters().transactions.load(Ordering::Relaxed),
                commits: sqlite.counters().commits.load(Ordering::Relaxed),
            }),
            Database::Postgres(_) => None,
        }
    }

    /// Waits until the disk has failed under the store, and says how: nothing is acknowledged any more, and the process had better end, so that the next one
    /// begins with what is really stored. Never on PostgreSQL, which ends itself.
    pub async fn failed(&self) -> String {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.failed().await,
            Database::Postgres(_) => std::future::pending().await,
        }
    }

    /// Becomes ready once nothing of this process writes into the database any more, closed in order or with its last handle dropped: this one holds none.
    /// On PostgreSQL, which sees to that itself, at once.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let writer = match &self.database {
            Database::Sqlite(sqlite) => Some(sqlite.writer()),
            Database::Postgres(_) => None,
        };
        async move {
            if let Some(mut writer) = writer {
                while writer.changed().await.is_ok() {}
            }
        }
    }

    /// Finish what waits and close the database for all clones. Later transactions are refused as [`StoreError::Closed`].
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.close().await,
            Database::Postgres(postgres) => postgres.close().await,
        }
    }
}
