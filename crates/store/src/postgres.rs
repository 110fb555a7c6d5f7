//! PostgreSQL: each transaction is its own, isolated as READ COMMITTED. What two nodes could change at once is read with `{FOR_UPDATE}`.
//!
//! Signals reach other processes by NOTIFY, sent after the commit by one task that gathers them: inside the transaction it would make all commits
//! wait for one lock. One that is lost with its process costs no message, since drivers also look on a timer.

use crate::error::{Fault, fault, opening};
use crate::feed::Feed;
use crate::migration::{self, Migration};
use crate::pooled::Pooled;
use crate::tx::Connection;
use crate::{BoxFuture, Clock, Ids, Signals, StoreError, StoreOptions, Topic, Tx, guard};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};
use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// PostgreSQL behind a store.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    limit: Duration,
    signals: Signals,
    feed: Feed,
    notices: mpsc::UnboundedSender<Topic>,
    _listener: Arc<Listener>,
}

/// The task that hears other processes; it ends with the last handle.
struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Postgres {
    /// Connect, bring the schema up to date and listen.
    pub(crate) async fn open(
        url: &str,
        options: &StoreOptions,
        signals: Signals,
        feed: Feed,
        migrations: &[Migration],
    ) -> Result<Self, StoreError> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Address { address: without_password(url), reason: error.to_string() })?
            .application_name("xinyu")
            .statement_cache_capacity(512)
            .options([
                ("statement_timeout", options.transaction_timeout.as_millis().to_string()),
                ("synchronous_commit", "on".to_owned()),
            ])
            .disable_statement_logging();
        let failed = |error: sqlx::Error| StoreError::Connect { reason: error.to_string() };
        let mut connection = connect.connect().await.map_err(failed)?;
        migration::postgres(&mut connection, migrations, options.clock.now()).await?;
        drop(connection);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.transaction_timeout)
            .connect_lazy_with(connect.clone());
        let mut listener = listener(connect).await.map_err(failed)?;
        listener.ignore_pool_close_event(true);
        let heard = signals.clone();
        let listener = tokio::spawn(async move { listen(listener, &heard).await });
        let (notices, waiting) = mpsc::unbounded_channel();
        tokio::spawn(notify(pool.clone(), waiting));
        let limit = options.transaction_timeout;
        Ok(Self { pool, limit, signals, feed, notices, _listener: Arc::new(Listener(listener)) })
    }

    /// Run a closure in a transaction and commit it.
    pub(crate) async fn write<T, E, F>(&self, name: &'static str, closure: F, clock: &Clock, ids: &Ids) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let pooled = Pooled::begin(&self.pool, "BEGIN").await.map_err(opening)?;
        let mut tx = Tx::new(Connection::Postgres(pooled), name, clock.now(), ids.clone(), self.feed.clone());
        let result = guard::run(&mut tx, self.limit, closure).await;
        self.end(tx, result, "COMMIT").await
    }

    /// Run a closure on a snapshot of its own.
    pub(crate) async fn read<T, E, F>(&self, name: &'static str, closure: F, clock: &Clock, ids: &Ids) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let pooled = Pooled::begin(&self.pool, begin).await.map_err(opening)?;
        let mut tx = Tx::new(Connection::Postgres(pooled), name, clock.now(), ids.clone(), Feed::default());
        let result = guard::run(&mut tx, self.limit, closure).await;
        tx.signals().clear();
        self.end(tx, result, "ROLLBACK").await
    }

    async fn end<T, E>(&self, mut tx: Tx, result: Result<T, E>, end: &'static str) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let name = tx.name();
        let is_abandoned = tx.is_abandoned();
        let born = std::mem::take(tx.born());
        let (Connection::Postgres(pooled), signals) = tx.into_parts() else {
            return result;
        };
        let value = match result {
            Ok(value) => value,
            Err(error) => {
                // A connection that is not rolled back is closed, which rolls back.
                if !is_abandoned {
                    let _ = tokio::time::timeout(self.limit, pooled.end("ROLLBACK")).await;
                }
                return Err(error);
            }
        };
        let commit = |error: sqlx::Error| match fault(&error) {
            Fault::Full => StoreError::Full { reason: error.to_string() },
            Fault::Contended => StoreError::Contended { reason: error.to_string() },
            _ => StoreError::Commit { name, reason: error.to_string() },
        };
        pooled.end(end).await.map_err(commit)?;
        self.signals.fire(&signals);
        self.feed.hand_over(born);
        for topic in signals {
            // The task ends only with the last sender.
            let _ = self.notices.send(topic);
        }
        Ok(value)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

const CHANNEL: &str = "xinyu_signal";

/// A listener on a connection of its own, which it opens again by itself.
async fn listener(connect: PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(connect);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Fire what other processes fire. After a lost connection everything is fired, since anything may have been missed.
async fn listen(mut listener: PgListener, signals: &Signals) {
    loop {
        match listener.try_recv().await {
            Ok(Some(notification)) => signals.fire(&[Topic::parse(notification.payload())]),
            Ok(None) => signals.fire_all(),
            Err(error) => {
                tracing::warn!("signals of other processes are not heard: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                signals.fire_all();
            }
        }
    }
}

/// Tell other processes, each topic once however often it was fired while the last telling was under way.
async fn notify(pool: PgPool, mut waiting: mpsc::UnboundedReceiver<Topic>) {
    while let Some(first) = waiting.recv().await {
        let mut topics = BTreeSet::from([first]);
        while let Ok(topic) = waiting.try_recv() {
            topics.insert(topic);
        }
        for topic in topics {
            let query = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(topic.name());
            match query.execute(&pool).await {
                Ok(_) | Err(sqlx::Error::PoolClosed) => {}
                Err(error) => tracing::warn!("other processes were not told of {}: {error}", topic.name()),
            }
        }
    }
}

/// An address as it may be shown.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "postgres".to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("{scheme}://{user}@{}", without_query(place))
        }
        None => format!("{scheme}://{}", without_query(rest)),
    }
}

/// The query part can hold a password too.
fn without_query(place: &str) -> &str {
    place.split_once('?').map_or(place, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_has_no_password() {
        let check = |url: &str, expect: &str| assert_eq!(without_password(url), expect);
        check("postgres://xinyu:se@cret@db.example:5432/x", "postgres://xinyu@db.example:5432/x");
        check("postgres://db.example/x?password=secret", "postgres://db.example/x");
        check("postgres:secret", "postgres");
    }
}
