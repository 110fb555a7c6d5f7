//! SQLite in the process: one writer that commits many transactions at once, and a pool of readers.
//!
//! An fsync costs some 4 ms, so one commit a transaction would be 250 a second. The writer opens one database transaction, runs every closure that
//! waits in it, from the second on as a savepoint, commits once and only then answers them all. A closure that fails is rolled back by itself. When the
//! commit fails, every member of the group fails, those that refused too, since what they saw is undone. After an input/output error nothing more
//! is written until the store is opened again: a second fsync may report as written what the first one lost.

mod deadline;
mod job;
mod writer;

use crate::error::opening;
use crate::feed::Feed;
use crate::migration::{self, Migration};
use crate::pooled::Pooled;
use crate::tx::Connection;
use crate::{BoxFuture, Clock, Ids, Signals, StoreError, StoreOptions, Tx, guard};
use deadline::Deadline;
use job::Message;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection, SqlitePool};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use writer::Writer;

/// How many may wait to go ahead of all others, and how many behind them.
const ASIDE: usize = 16;

/// SQLite behind a store.
#[derive(Clone)]
pub(crate) struct Sqlite {
    queue: mpsc::Sender<Message>,
    ahead: mpsc::Sender<Message>,
    behind: mpsc::Sender<Message>,
    /// None in memory, where only the writer's connection sees the database.
    readers: Option<SqlitePool>,
    limit: Duration,
    counters: Arc<Counters>,
    failed: watch::Receiver<Option<String>>,
}

/// What the writer did since it was opened.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) transactions: AtomicU64,
    pub(crate) commits: AtomicU64,
}

impl Sqlite {
    /// Open or create the database, bring its schema up to date and start the writer.
    pub(crate) async fn open(
        url: &str,
        options: &StoreOptions,
        signals: Signals,
        feed: Feed,
        migrations: &[Migration],
    ) -> Result<Self, StoreError> {
        let address = |error: sqlx::Error| StoreError::Address { address: url.to_owned(), reason: error.to_string() };
        let in_memory = url.contains(":memory:");
        let connect = SqliteConnectOptions::from_str(url)
            .map_err(address)?
            .create_if_missing(true)
            .shared_cache(false)
            .journal_mode(if in_memory { SqliteJournalMode::Memory } else { SqliteJournalMode::Wal })
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(options.busy_timeout)
            .foreign_keys(true)
            .statement_cache_capacity(512)
            .thread_name(|n| format!("sqlite-{n}"))
            .disable_statement_logging();
        if !in_memory {
            create_private(connect.get_filename());
        }
        let failed = |error: sqlx::Error| StoreError::Connect { reason: format!("{url}: {error}") };
        let mut connection = writing(&connect).connect().await.map_err(failed)?;
        if !in_memory {
            settle(&mut connection).await.map_err(failed)?;
        }
        migration::sqlite(&mut connection, migrations, options.clock.now()).await?;

        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .acquire_timeout(options.busy_timeout)
            // A connection within the process does not break while it rests: a look at it is a trip to its thread for nothing.
            .test_before_acquire(false)
            .connect_lazy_with(connect.pragma("query_only", "ON"));
        let counters = Arc::new(Counters::default());
        let (queue, jobs) = mpsc::channel(1_024);
        let (ahead, first) = mpsc::channel(ASIDE);
        let (behind, last) = mpsc::channel(ASIDE);
        let deadline = Deadline::watch(&mut connection).await.map_err(failed)?;
        let tx =
            Tx::new(Connection::Writer(connection), "open", options.clock.now(), options.ids.clone(), feed.clone());
        let (failure, failed) = watch::channel(None);
        let writer = Writer::new([first, jobs, last], options, signals, feed, deadline, Arc::clone(&counters), failure);
        writer.start(tx).map_err(|error| StoreError::Connect { reason: format!("{url}: {error}") })?;
        let limit = options.transaction_timeout;
        Ok(Self { queue, ahead, behind, readers: (!in_memory).then_some(readers), limit, counters, failed })
    }

    /// Hand a closure to the writer and wait until its group is committed.
    pub(crate) async fn write<T, E, F>(&self, name: &'static str, closure: F, reads: bool) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.hand(&self.queue, name, closure, reads).await
    }

    /// The same, before all that waits.
    pub(crate) async fn write_ahead<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.hand(&self.ahead, name, closure, false).await
    }

    /// The same, once nothing else has been written for a while.
    pub(crate) async fn write_behind<T, E, F>(&self, name: &'static str, closure: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.hand(&self.behind, name, closure, false).await
    }

    async fn hand<T, E, F>(
        &self,
        queue: &mpsc::Sender<Message>,
        name: &'static str,
        closure: F,
        reads: bool,
    ) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, verdict) = oneshot::channel();
        let job = job::Member::new(name, reads, self.limit, closure, answer);
        queue.send(Message::Job(Box::new(job))).await.map_err(|_| StoreError::Closed)?;
        verdict.await.map_err(|_| StoreError::Closed)?
    }

    /// Run a closure on a snapshot of its own.
    pub(crate) async fn read<T, E, F>(&self, name: &'static str, closure: F, clock: &Clock, ids: &Ids) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Some(readers) = &self.readers else {
            return self.write(name, closure, true).await;
        };
        let mut pooled = Pooled::begin(readers, "BEGIN").await.map_err(opening)?;
        let connection = pooled.connection().map_err(opening)?;
        Deadline::watch(connection).await.map_err(opening)?.set(self.limit);
        let mut tx = Tx::new(Connection::Reader(pooled), name, clock.now(), ids.clone(), Feed::default());
        let result = guard::run(&mut tx, self.limit, closure).await;
        let is_abandoned = tx.is_abandoned();
        if let (Connection::Reader(pooled), _) = tx.into_parts()
            && !is_abandoned
            && let Err(error) = pooled.end("ROLLBACK").await
        {
            tracing::warn!(transaction = name, "read {name} could not be ended: {error}");
        }
        result
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Waits until the disk has failed under it, and says how.
    pub(crate) async fn failed(&self) -> String {
        let mut failed = self.failed.clone();
        match failed.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone()) {
            Some(reason) => reason,
            // Closed in order.
            None => std::future::pending().await,
        }
    }

    /// What the writer tells of itself; it has ended when nobody tells any more.
    pub(crate) fn writer(&self) -> watch::Receiver<Option<String>> {
        self.failed.clone()
    }

    /// Finish what waits, then close the file.
    pub(crate) async fn close(&self) {
        let (answer, closed) = oneshot::channel();
        if self.queue.send(Message::Close(answer)).await.is_ok() {
            let _ = closed.await;
        }
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
    }
}

/// How the one writer works. What it changes again and again, the edges of a dozen indexes, stays in its memory, and is carried over from the write-ahead log
/// to the database once for many commits instead of once for each few. What a savepoint keeps of the pages before stays in memory too: in files, which SQLite
/// would make for each group, it would cost a tenth of all writing.
fn writing(connect: &SqliteConnectOptions) -> SqliteConnectOptions {
    let pragmas = [("cache_size", "-65536"), ("wal_autocheckpoint", "8000"), ("temp_store", "MEMORY")];
    pragmas.into_iter().fold(connect.clone(), |connect, (name, value)| connect.pragma(name, value))
}

/// Bring what the last process left in the write-ahead log into the database, written anew and synced. After a failed fsync the system may hold in memory, as if it
/// were stored, what never reached the disk: it can be read here, but nothing may be acknowledged on top of it.
async fn settle(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")).await.map(drop)
}

/// Create a missing file so that only its owner reads it, since it holds what people may not see; SQLite gives the same rights to the files beside it.
/// What stands in the way of it SQLite tells better.
fn create_private(file: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(file);
}
