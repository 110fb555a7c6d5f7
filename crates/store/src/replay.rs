//! Tokens that may be used once (RFC 7519 §4.1.7, DCP 1.0 §4.3.3): their identifiers are kept until they expire.

use crate::{StoreError, Timestamp, Tx, args};

/// Use a token's identifier. False when it was used before: the token is a replay.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn insert(tx: &mut Tx, issuer: &str, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO replay (issuer, jti, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (issuer, jti) DO NOTHING";
    Ok(tx.execute(sql, args![issuer, jti, expires_at]).await? > 0)
}

/// Forget the tokens that expired before an instant. How many. Leave the clock skew that the token check tolerates.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM replay WHERE expires_at < $1", args![before]).await
}
