//! What authorities are asked, and what they answered.

use jiff::Timestamp;
use xinyu_core::verification::Verification;

use crate::{StoreError, Tx, args, document};

/// Stores a verification that is to be asked at once.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, verification: &Verification) -> Result<(), StoreError> {
    let sql = "INSERT INTO verification (verification_id, connector_id, state, asked_at, due_at, body) VALUES ($1, $2, $3, $4, $5, $6)";
    let args = args![
        &verification.verification_id,
        &verification.connector_id,
        verification.state.as_str(),
        verification.asked_at,
        verification.asked_at,
        document::write(verification)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// Stores a change, and when to ask again.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, verification: &Verification, due_at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE verification SET state = $2, due_at = $3, body = $4 WHERE verification_id = $1";
    let args =
        args![&verification.verification_id, verification.state.as_str(), due_at, document::write(verification)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// One verification, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, verification_id: &str) -> Result<Option<Verification>, StoreError> {
    let sql = "SELECT body FROM verification WHERE verification_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![verification_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The verifications of a connector's participant, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, connector_id: &str) -> Result<Vec<Verification>, StoreError> {
    let sql = "SELECT body FROM verification WHERE connector_id = $1 ORDER BY asked_at, verification_id";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}

/// Takes what is due, until `until`: whoever crashes with it leaves it to be taken again then.
///
/// # Errors
/// If the database fails.
pub async fn claim(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Verification>, StoreError> {
    let sql = "WITH due AS MATERIALIZED (SELECT verification_id FROM verification WHERE state = 'asking' AND due_at <= $1 \
               ORDER BY due_at, verification_id LIMIT $3 {FOR_UPDATE} {SKIP_LOCKED}) \
               UPDATE verification SET due_at = $2 WHERE verification_id IN (SELECT verification_id FROM due) RETURNING body";
    document::read_all(&tx.fetch(sql, args![now, until, limit]).await?)
}

/// When the next one is due.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let row = tx.fetch_one("SELECT MIN(due_at) AS due_at FROM verification WHERE state = 'asking'", args![]).await?;
    row.optional_timestamp("due_at")
}
