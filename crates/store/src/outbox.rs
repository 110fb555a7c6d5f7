//! The outbox: messages committed with the change that causes them and sent by a driver afterwards.
//!
//! Within a stream (one negotiation, one transfer) messages go out one after the other, in the order in which their transactions were committed;
//! streams go out side by side. A message is sent at least once: the receiver keeps an [`crate::inbox`]. A dead message is set aside, visible, and
//! does not block its stream. Nothing here sends.

pub mod bundle;

use crate::{Engine, Row, StoreError, Timestamp, Topic, Tx, Value, args};
use jiff::SignedDuration;

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its place in the order of all messages; 0 until it is enqueued.
    pub id: i64,
    /// What it must stay in order with.
    pub stream: String,
    /// To whom: an identifier that the driver resolves to an address when it sends.
    pub destination: String,
    /// What kind of message it is, for the driver and the logs.
    pub kind: String,
    /// The path below the destination's address.
    pub path: String,
    /// The exact bytes to send.
    pub body: Vec<u8>,
    /// A key under which the message exists only once, however often it is enqueued.
    pub dedup_key: Option<String>,
    /// When it was enqueued; set by [`enqueue`].
    pub created_at: Timestamp,
    /// Not to be sent before; `None` means at once. Always present in a message read back.
    pub due_at: Option<Timestamp>,
    /// How often it was claimed.
    pub attempts: u32,
    /// How often its receiver refused it.
    pub refusals: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Whether it may go in one request with others. Then it is not handed over but taken, see [`bundle::claim`].
    pub is_bundled: bool,
}

impl OutboxMessage {
    /// A message to be sent at once.
    pub fn new(stream: &str, destination: &str, kind: &str, path: &str, body: Vec<u8>) -> Self {
        Self {
            id: 0,
            stream: stream.to_owned(),
            destination: destination.to_owned(),
            kind: kind.to_owned(),
            path: path.to_owned(),
            body,
            dedup_key: None,
            created_at: Timestamp::UNIX_EPOCH,
            due_at: None,
            attempts: 0,
            refusals: 0,
            last_error: None,
            is_bundled: false,
        }
    }

    /// The same message, to exist only once under a key.
    #[must_use]
    pub fn with_dedup_key(self, key: &str) -> Self {
        Self { dedup_key: Some(key.to_owned()), ..self }
    }

    /// The same message, which may go in one request with others.
    #[must_use]
    pub fn bundled(self) -> Self {
        Self { is_bundled: true, ..self }
    }

    /// The same message, not to be sent before an instant.
    #[must_use]
    pub fn with_due_at(self, due_at: Timestamp) -> Self {
        Self { due_at: Some(due_at), ..self }
    }
}

/// Put a message into the outbox, to be sent when the transaction is committed. Its identifier; that of the first one when a message with the same
/// dedup key is there already.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn enqueue(tx: &mut Tx, message: &OutboxMessage) -> Result<i64, StoreError> {
    if tx.engine() == Engine::Postgres {
        // Identifiers are given out before the commit. Without this lock a transaction could take the lower one, commit later, and be overtaken.
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7026))", args![&message.stream]).await?;
    }
    let now = tx.now();
    let is_handed_over = !message.is_bundled && message.due_at.is_none_or(|due| due <= now);
    let lease = if is_handed_over { tx.lease() } else { None };
    let until = lease.as_ref().and_then(|(_, lease)| now.checked_add(*lease).ok());
    // Born with the driver's lease if it is the head of its stream.
    let sql = "INSERT INTO outbox (stream, destination, kind, path, body, dedup_key, created_at, due_at, is_bundled, attempts, lease_owner, lease_until)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $11,
            CASE WHEN is_head THEN 1 ELSE 0 END, CASE WHEN is_head THEN owner END, CASE WHEN is_head THEN until END
        FROM (SELECT CAST($9 AS TEXT) AS owner, CAST($10 AS BIGINT) AS until, CAST($9 AS TEXT) IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier WHERE earlier.stream = $1 AND earlier.done_at IS NULL AND earlier.dead_at IS NULL
        ) AS is_head) AS born
        WHERE true ON CONFLICT (dedup_key) DO NOTHING RETURNING id, lease_owner";
    let args = args![
        &message.stream,
        &message.destination,
        &message.kind,
        &message.path,
        &message.body,
        message.dedup_key.as_deref(),
        now,
        message.due_at.unwrap_or(now),
        lease.map(|(owner, _)| owner),
        until,
        message.is_bundled,
    ];
    let inserted = tx.fetch_optional(sql, args).await?;
    match inserted {
        Some(row) => {
            let id = row.integer("id")?;
            if row.optional_text("lease_owner")?.is_some() {
                let due_at = Some(message.due_at.unwrap_or(now));
                let born = OutboxMessage { id, created_at: now, due_at, attempts: 1, ..message.clone() };
                tx.born().push(born);
            } else {
                tx.signal(if message.is_bundled { Topic::Bundle } else { Topic::Outbox });
            }
            Ok(id)
        }
        None => {
            let sql = "SELECT id FROM outbox WHERE dedup_key = $1";
            tx.fetch_one(sql, args![message.dedup_key.as_deref()]).await?.integer("id")
        }
    }
}

/// Take messages to send, for as long as the lease lasts. Of each stream only the oldest open message is taken, and only when it is due and nobody
/// else holds it.
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
    let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let sql = "WITH head AS MATERIALIZED (
            SELECT id FROM outbox AS message
            WHERE is_bundled = 0 AND done_at IS NULL AND dead_at IS NULL AND due_at <= $1
                AND (lease_until IS NULL OR lease_until <= $1)
                AND NOT EXISTS (
                    SELECT 1 FROM outbox AS earlier
                    WHERE earlier.stream = message.stream AND earlier.id < message.id
                        AND earlier.done_at IS NULL AND earlier.dead_at IS NULL
                )
            ORDER BY due_at, id LIMIT $2 {FOR_UPDATE} {SKIP_LOCKED}
        )
        UPDATE outbox SET lease_owner = $3, lease_until = $4, attempts = attempts + 1
        WHERE id IN (SELECT id FROM head)
        RETURNING id, stream, destination, kind, path, body, dedup_key, created_at, due_at, attempts, refusals, last_error, is_bundled";
    let rows = tx.fetch(sql, args![now, limit, owner, until]).await?;
    let mut messages = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

/// Give back whatever anybody has claimed, so that it is sent at once and not when the lease runs out. Only for one who knows that whoever claimed is
/// dead. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn give_back(tx: &mut Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET lease_owner = NULL, lease_until = NULL
        WHERE done_at IS NULL AND dead_at IS NULL AND lease_owner IS NOT NULL";
    let given_back = tx.execute(sql, args![]).await?;
    tx.signal(Topic::Outbox);
    tx.signal(Topic::Bundle);
    Ok(given_back)
}

/// A message was sent and accepted. False when it was done or dead before.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn done(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET done_at = $2, lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL
        RETURNING stream, (
            SELECT MIN(next.id) FROM outbox AS next
            WHERE next.stream = outbox.stream AND next.id <> outbox.id AND next.done_at IS NULL AND next.dead_at IS NULL
        ) AS next";
    let Some(row) = tx.fetch_optional(sql, args![id, tx.now()]).await? else {
        return Ok(false);
    };
    if row.optional_integer("next")?.is_some() {
        follow(tx, &row.text("stream")?).await?;
    }
    Ok(true)
}

/// Hands the new head of a stream to this process's driver, if there is one and it is due; else it is claimed, as bundled ones are.
async fn follow(tx: &mut Tx, stream: &str) -> Result<(), StoreError> {
    let sql = "SELECT id, is_bundled FROM outbox WHERE stream = $1 AND done_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT 1";
    let Some(head) = tx.fetch_optional(sql, args![stream]).await? else {
        return Ok(());
    };
    if head.bool("is_bundled")? {
        tx.signal(Topic::Bundle);
        return Ok(());
    }
    let Some((owner, lease)) = tx.lease() else {
        tx.signal(Topic::Outbox);
        return Ok(());
    };
    let now = tx.now();
    let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let sql = "UPDATE outbox SET lease_owner = $2, lease_until = $3, attempts = attempts + 1
        WHERE id = $1 AND due_at <= $4 AND (lease_until IS NULL OR lease_until <= $4)
        RETURNING id, stream, destination, kind, path, body, dedup_key, created_at, due_at, attempts, refusals, last_error, is_bundled";
    if let Some(row) = tx.fetch_optional(sql, args![head.integer("id")?, owner, until, now]).await? {
        let next = read(&row)?;
        tx.born().push(next);
    }
    Ok(())
}

/// A message could not be sent: try again later. The stream waits for it. False when it was done or dead before.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn retry(tx: &mut Tx, id: i64, due_at: Timestamp, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET due_at = $2, last_error = $3, lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL";
    close(tx, sql, args![id, due_at, error]).await
}

/// Messages of a stream that the other side is known to have, since it has gone on from them: done, whether their answers came or not. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn acknowledge(tx: &mut Tx, stream: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET done_at = $2, lease_owner = NULL, lease_until = NULL
        WHERE stream = $1 AND attempts > 0 AND done_at IS NULL AND dead_at IS NULL";
    let acknowledged = tx.execute(sql, args![stream, tx.now()]).await?;
    if acknowledged > 0 {
        follow(tx, stream).await?;
    }
    Ok(acknowledged)
}

/// A message was refused, perhaps only for now: try it again later, and count. False when it was done or dead before.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn refused(tx: &mut Tx, id: i64, due_at: Timestamp, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET due_at = $2, last_error = $3, refusals = refusals + 1, lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL";
    close(tx, sql, args![id, due_at, error]).await
}

/// A message can never be sent: set it aside, where [`list_dead`] shows it. The stream goes on without it. False when it was done or dead before.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn bury(tx: &mut Tx, id: i64, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET dead_at = $2, last_error = $3, lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL";
    close(tx, sql, args![id, tx.now(), error]).await
}

/// Try a dead message again, now, as the head of its stream if nothing older is open. False when it is not dead.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn revive(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET dead_at = NULL, due_at = $2, refusals = 0 WHERE id = $1 AND dead_at IS NOT NULL";
    close(tx, sql, args![id, tx.now()]).await
}

/// When a driver has to look again: the earliest instant at which a message can be claimed, in the past when one can be now.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    next_due_of(tx, false).await
}

async fn next_due_of(tx: &mut Tx, is_bundled: bool) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS next_at
        FROM outbox AS message
        WHERE is_bundled = $1 AND done_at IS NULL AND dead_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier
            WHERE earlier.stream = message.stream AND earlier.id < message.id
                AND earlier.done_at IS NULL AND earlier.dead_at IS NULL
        )";
    tx.fetch_one(sql, args![is_bundled]).await?.optional_timestamp("next_at")
}

/// One message, whatever has become of it.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<OutboxMessage>, StoreError> {
    let sql = "SELECT id, stream, destination, kind, path, body, dedup_key, created_at, due_at, attempts, refusals, last_error, is_bundled
        FROM outbox WHERE id = $1";
    tx.fetch_optional(sql, args![id]).await?.as_ref().map(read).transpose()
}

/// The messages set aside that nobody has given up, the latest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_dead(tx: &mut Tx, limit: u32) -> Result<Vec<OutboxMessage>, StoreError> {
    let sql = "SELECT id, stream, destination, kind, path, body, dedup_key, created_at, due_at, attempts, refusals, last_error, is_bundled
        FROM outbox WHERE dead_at IS NOT NULL AND given_up_at IS NULL ORDER BY id DESC LIMIT $1";
    tx.fetch(sql, args![limit]).await?.iter().map(read).collect()
}

/// Forget messages that were done before an instant, the oldest first, and with them their dedup keys. How many: fewer than the limit when no more are
/// left. What is open or set aside stays.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let sql = "WITH past AS MATERIALIZED (
            SELECT id FROM outbox WHERE done_at < $1 ORDER BY done_at LIMIT $2 {FOR_UPDATE} {SKIP_LOCKED}
        )
        DELETE FROM outbox WHERE id IN (SELECT id FROM past)";
    tx.execute(sql, args![before, limit]).await
}

/// Change one message; the next one of its stream may be free now.
async fn close(tx: &mut Tx, sql: &'static str, args: Vec<Value>) -> Result<bool, StoreError> {
    let changed = tx.execute(sql, args).await? > 0;
    if changed {
        tx.signal(Topic::Outbox);
        tx.signal(Topic::Bundle);
    }
    Ok(changed)
}

fn read(row: &Row) -> Result<OutboxMessage, StoreError> {
    Ok(OutboxMessage {
        id: row.integer("id")?,
        stream: row.text("stream")?,
        destination: row.text("destination")?,
        kind: row.text("kind")?,
        path: row.text("path")?,
        body: row.bytes("body")?,
        dedup_key: row.optional_text("dedup_key")?,
        created_at: row.timestamp("created_at")?,
        due_at: Some(row.timestamp("due_at")?),
        attempts: row.count("attempts")?,
        refusals: row.count("refusals")?,
        last_error: row.optional_text("last_error")?,
        is_bundled: row.bool("is_bundled")?,
    })
}

/// How many messages to a destination wait.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn waiting(tx: &mut Tx, destination: &str) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS waiting FROM outbox WHERE destination = $1 AND done_at IS NULL AND dead_at IS NULL";
    tx.fetch_one(sql, args![destination]).await?.unsigned("waiting")
}
