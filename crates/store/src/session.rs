//! Console sessions. The browser holds an opaque token of 256 bits; the database holds only its SHA-256, so that reading the database opens no
//! session.

use crate::{StoreError, Timestamp, Tx, args};
use sha2::{Digest as _, Sha256};

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user_name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Begin a session of a person who exists. The token, in hexadecimal: given to the browser and kept nowhere.
///
/// # Errors
/// As [`Tx::execute`]; [`StoreError::Constraint`] when there is no such person.
pub async fn open(tx: &mut Tx, user_name: &str, expires_at: Timestamp) -> Result<String, StoreError> {
    let token = hex::encode(tx.entropy_bytes::<32>());
    let sql = "INSERT INTO session (token_digest, user_name, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![digest(&token), user_name, tx.now(), expires_at]).await?;
    Ok(token)
}

/// The session of a token, unless it has expired.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, token: &str) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT user_name, created_at, expires_at FROM session WHERE token_digest = $1 AND expires_at > $2";
    let Some(row) = tx.fetch_optional(sql, args![digest(token), tx.now()]).await? else {
        return Ok(None);
    };
    Ok(Some(Session {
        user_name: row.text("user_name")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
    }))
}

/// Let a session that has not expired end at another time. False when there is none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn extend(tx: &mut Tx, token: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE session SET expires_at = $2 WHERE token_digest = $1 AND expires_at > $3";
    Ok(tx.execute(sql, args![digest(token), expires_at, tx.now()]).await? > 0)
}

/// End a session. False when there is none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn close(tx: &mut Tx, token: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM session WHERE token_digest = $1", args![digest(token)]).await? > 0)
}

/// End every session of a person. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn close_all(tx: &mut Tx, user_name: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM session WHERE user_name = $1", args![user_name]).await
}

/// Forget the sessions that have expired. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM session WHERE expires_at <= $1", args![tx.now()]).await
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
