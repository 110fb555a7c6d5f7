//! The inbox: what was received and answered, so that the same message again gets the same answer and has no second effect.
//!
//! The receiver asks [`seen`] and calls [`remember`] in the transaction that carries the message's effect.

use crate::{StoreError, Timestamp, Tx, args};

/// The answer given to a message, if it was received before.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn seen(tx: &mut Tx, sender: &str, message_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT answer FROM inbox WHERE sender = $1 AND message_id = $2";
    let row = tx.fetch_optional(sql, args![sender, message_id]).await?;
    row.map(|row| row.bytes("answer")).transpose()
}

/// Keep the answer to a message. False when another transaction kept one first: then undo this one and give the answer of [`seen`].
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remember(tx: &mut Tx, sender: &str, message_id: &str, answer: &[u8]) -> Result<bool, StoreError> {
    let sql = "INSERT INTO inbox (sender, message_id, answer, received_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sender, message_id) DO NOTHING";
    Ok(tx.execute(sql, args![sender, message_id, answer, tx.now()]).await? > 0)
}

/// Forget what was received before an instant, the oldest first. How many: fewer than the limit when no more are left. A copy of what is forgotten is
/// a message that was never seen.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let sql = "WITH past AS MATERIALIZED (
            SELECT sender, message_id FROM inbox WHERE received_at < $1 ORDER BY received_at LIMIT $2 {FOR_UPDATE} {SKIP_LOCKED}
        )
        DELETE FROM inbox WHERE (sender, message_id) IN (SELECT sender, message_id FROM past)";
    tx.execute(sql, args![before, limit]).await
}
