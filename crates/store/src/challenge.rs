//! Challenges of a login that were given out and wait for their answer. Each is taken once, by whoever comes first.

use crate::{Row, StoreError, Timestamp, Tx, args};

/// So many wait at the most: strangers ask for them.
pub const MOST: u64 = 10_000;

/// Give one out under an id that nobody guesses. None while too many wait.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn insert(
    tx: &mut Tx,
    purpose: &str,
    data: &[u8],
    expires_at: Timestamp,
) -> Result<Option<String>, StoreError> {
    prune(tx).await?;
    if tx.fetch_one("SELECT COUNT(*) AS n FROM login_challenge", args![]).await?.unsigned("n")? >= MOST {
        return Ok(None);
    }
    let id = hex::encode(tx.entropy_bytes::<32>());
    let sql = "INSERT INTO login_challenge (challenge_id, purpose, data, expires_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![&id, purpose, data.to_vec(), expires_at]).await?;
    Ok(Some(id))
}

/// Take one. None when there is none of this id and purpose, it was taken, or it has expired.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn take(tx: &mut Tx, purpose: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "DELETE FROM login_challenge WHERE challenge_id = $1 AND purpose = $2 RETURNING data, expires_at";
    let Some(row) = tx.fetch_optional(sql, args![id, purpose]).await? else {
        return Ok(None);
    };
    let read = |row: &Row| Ok::<_, StoreError>((row.bytes("data")?, row.timestamp("expires_at")?));
    let (data, expires_at) = read(&row)?;
    Ok((expires_at > tx.now()).then_some(data))
}

/// Forget those that have expired. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM login_challenge WHERE expires_at <= $1", args![tx.now()]).await
}
