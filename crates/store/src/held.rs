//! Verifiable credentials at their holder. DCP 1.0.1 §5, §6.5.

use xinyu_core::issuance::Held;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a credential, or it anew.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn save(tx: &mut Tx, held: &Held, kind: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO held_credential (credential_id, kind, received_at, expires_at, body) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (credential_id) DO UPDATE SET \
               kind = excluded.kind, received_at = excluded.received_at, expires_at = excluded.expires_at, \
               body = excluded.body";
    let args = args![&held.credential_id, kind, held.received_at, held.expires_at, document::write(held)?];
    tx.execute(sql, args).await.map(drop)
}

/// Those that are valid at a time, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn valid(tx: &mut Tx, now: Timestamp) -> Result<Vec<Held>, StoreError> {
    let sql = "SELECT body FROM held_credential WHERE expires_at IS NULL OR expires_at > $1 \
               ORDER BY received_at DESC, credential_id";
    document::read_all(&tx.fetch(sql, args![now]).await?)
}

/// All, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Held>, StoreError> {
    document::read_all(
        &tx.fetch("SELECT body FROM held_credential ORDER BY received_at DESC, credential_id", args![]).await?,
    )
}

/// Throws one away. False if it was not there.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remove(tx: &mut Tx, credential_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM held_credential WHERE credential_id = $1", args![credential_id]).await? > 0)
}
