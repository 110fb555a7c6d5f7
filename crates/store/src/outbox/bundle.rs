//! Messages that may go in one request with others: taken together, in their order, whole stretches of their streams at a time.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{OutboxMessage, follow, read};
use crate::{Engine, StoreError, Timestamp, Topic, Tx, args};

/// Put many messages into the outbox that may go in one request with others, in their order; none has a key under which it exists only once.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn enqueue_all(tx: &mut Tx, messages: Vec<OutboxMessage>) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    if tx.engine() == Engine::Postgres {
        // As for one; in one order, so that two who have streams in common wait for each other and not in a circle.
        let streams: BTreeSet<&str> = messages.iter().map(|message| message.stream.as_str()).collect();
        for stream in streams {
            tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7026))", args![stream]).await?;
        }
    }
    let now = tx.now();
    let sql = "INSERT INTO outbox (stream, destination, kind, path, body, created_at, due_at, is_bundled, attempts) VALUES {ROWS}";
    let row = |message: OutboxMessage| {
        let OutboxMessage { stream, destination, kind, path, body, due_at, .. } = message;
        args![stream, destination, kind, path, body, now, due_at.unwrap_or(now), true, 0]
    };
    tx.execute_all(sql, messages.into_iter().map(row).collect()).await?;
    tx.signal(Topic::Bundle);
    Ok(())
}

/// Take bundled messages to send, as [`super::claim`] takes the others; but of a stream all are taken that wait behind each other, up to the first that
/// is not bundled, not due or held by somebody else. In the order in which they are to be sent.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn claim(
    tx: &mut Tx,
    owner: &str,
    now: Timestamp,
    limit: u32,
    lease: SignedDuration,
) -> Result<Vec<OutboxMessage>, StoreError> {
    if tx.engine() == Engine::Postgres {
        // Two that claim at once could otherwise share a stream, and one overtake the other.
        tx.execute("SELECT pg_advisory_xact_lock(7027)", args![]).await?;
    }
    let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let sql = "WITH barred AS MATERIALIZED (
            SELECT stream, MIN(id) AS id FROM outbox
            WHERE done_at IS NULL AND dead_at IS NULL AND (is_bundled = 0 OR due_at > $1 OR lease_until > $1)
            GROUP BY stream
        ), ready AS MATERIALIZED (
            SELECT message.id FROM outbox AS message LEFT JOIN barred ON barred.stream = message.stream
            WHERE is_bundled = 1 AND done_at IS NULL AND dead_at IS NULL AND (barred.id IS NULL OR message.id < barred.id)
            ORDER BY message.id LIMIT $2
        )
        UPDATE outbox SET lease_owner = $3, lease_until = $4, attempts = attempts + 1
        WHERE id IN (SELECT id FROM ready)
        RETURNING id, stream, destination, kind, path, body, dedup_key, created_at, due_at, attempts, refusals, last_error, is_bundled";
    let rows = tx.fetch(sql, args![now, limit, owner, until]).await?;
    let mut messages = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

/// When to look again for bundled messages, as [`super::next_due`] says for the others.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    super::next_due_of(tx, true).await
}

/// Messages were sent and accepted. Which of them were open until now.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn done(tx: &mut Tx, messages: &[OutboxMessage]) -> Result<Vec<bool>, StoreError> {
    let sql = "UPDATE outbox SET done_at = $2, lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL";
    let mut were_open = Vec::new();
    for message in messages {
        were_open.push(tx.execute(sql, args![message.id, tx.now()]).await? > 0);
    }
    let mut streams: Vec<&str> = messages.iter().map(|message| message.stream.as_str()).collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in streams {
        follow(tx, stream).await?;
    }
    Ok(were_open)
}

/// Give a message back that was claimed and not sent, since one before it was not taken.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn give_back(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET lease_owner = NULL, lease_until = NULL, attempts = attempts - 1
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL";
    tx.execute(sql, args![id]).await.map(drop)
}
