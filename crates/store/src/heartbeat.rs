//! The pulses of connectors.

use xinyu_core::heartbeat::Pulse;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a pulse, new or changed.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, pulse: &Pulse) -> Result<(), StoreError> {
    let sql = "INSERT INTO heartbeat (connector_id, liveness, seen_at, due_at, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (connector_id) DO UPDATE SET liveness = excluded.liveness, seen_at = excluded.seen_at, due_at = excluded.due_at, body = excluded.body";
    let (id, liveness) = (pulse.connector_id.as_str(), pulse.liveness.as_str());
    tx.execute(sql, args![id, liveness, pulse.seen_at, pulse.due_at, document::write(pulse)?]).await.map(drop)
}

/// The pulse of a connector, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Pulse>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM heartbeat WHERE connector_id = $1 {FOR_UPDATE}", args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The pulse of a connector.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Pulse>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM heartbeat WHERE connector_id = $1", args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All pulses.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Pulse>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM heartbeat ORDER BY connector_id", args![]).await?)
}

/// When the next silence means something.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let row = tx.fetch_optional("SELECT MIN(due_at) AS due FROM heartbeat WHERE due_at IS NOT NULL", args![]).await?;
    row.map(|row| row.optional_timestamp("due")).transpose().map(Option::flatten)
}

/// The pulses whose silence means something by now, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, most: u32) -> Result<Vec<Pulse>, StoreError> {
    let sql = "SELECT body FROM heartbeat WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2 {FOR_UPDATE} {SKIP_LOCKED}";
    document::read_all(&tx.fetch(sql, args![now, i64::from(most)]).await?)
}
