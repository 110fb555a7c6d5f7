//! Console sessions. The browser holds an opaque token of 256 bits; the database holds only its SHA-256, so that reading the database opens no
//! session.

use crate::{Row, StoreError, Timestamp, Tx, args};
use sha2::{Digest as _, Sha256};

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it; no secret.
    pub session_id: String,
    /// Whose it is.
    pub user_name: String,
    /// From which address it was opened.
    pub ip: String,
    /// Whether it was opened with a second factor.
    pub second_factor: bool,
    /// How the person logged in.
    pub method: String,
    /// The key that opened it; empty where there is none.
    pub login_key: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used; to the minute.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// How a session was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// From which address.
    pub ip: String,
    /// Whether with a second factor.
    pub second_factor: bool,
    /// The word of the method.
    pub method: String,
    /// The key; empty where there is none.
    pub login_key: String,
}

impl Default for Opening {
    fn default() -> Self {
        Self { ip: String::new(), second_factor: false, method: "password".to_owned(), login_key: String::new() }
    }
}

/// Begin a session of a person who exists. The token, in hexadecimal: given to the browser and kept nowhere.
///
/// # Errors
/// As [`Tx::execute`]; [`StoreError::Constraint`] when there is no such person.
pub async fn open(tx: &mut Tx, user_name: &str, expires_at: Timestamp) -> Result<String, StoreError> {
    open_as(tx, user_name, expires_at, &Opening::default()).await
}

/// The same, saying how it was opened.
///
/// # Errors
/// As [`open`].
pub async fn open_as(
    tx: &mut Tx,
    user_name: &str,
    expires_at: Timestamp,
    opening: &Opening,
) -> Result<String, StoreError> {
    let token = hex::encode(tx.entropy_bytes::<32>());
    let sql = "INSERT INTO session
        (token_digest, session_id, user_name, created_at, seen_at, expires_at, ip, second_factor, method, login_key)
        VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)";
    let session_id = tx.new_id().to_string();
    let Opening { ip, second_factor, method, login_key } = opening;
    let args =
        args![digest(&token), session_id, user_name, tx.now(), expires_at, ip, *second_factor, method, login_key];
    tx.execute(sql, args).await?;
    Ok(token)
}

/// The session of a token, unless it has expired.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, token: &str) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT * FROM session WHERE token_digest = $1 AND expires_at > $2";
    tx.fetch_optional(sql, args![digest(token), tx.now()]).await?.as_ref().map(read).transpose()
}

/// The sessions of a person that have not expired, the oldest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx, user_name: &str) -> Result<Vec<Session>, StoreError> {
    let sql = "SELECT * FROM session WHERE user_name = $1 AND expires_at > $2 ORDER BY created_at, session_id";
    tx.fetch(sql, args![user_name, tx.now()]).await?.iter().map(read).collect()
}

/// A session was used now. False when there is none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn touch(tx: &mut Tx, token: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE session SET seen_at = $2 WHERE token_digest = $1 AND seen_at < $2";
    Ok(tx.execute(sql, args![digest(token), tx.now()]).await? > 0)
}

/// The holder of a session has shown a second factor. False when there is none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn raise(tx: &mut Tx, token: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE session SET second_factor = 1 WHERE token_digest = $1";
    Ok(tx.execute(sql, args![digest(token)]).await? > 0)
}

/// End one session of a person, by its name. False when the person has none of that name.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn close_by_id(tx: &mut Tx, user_name: &str, session_id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM session WHERE user_name = $1 AND session_id = $2";
    Ok(tx.execute(sql, args![user_name, session_id]).await? > 0)
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

/// End every session that a key opened. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn close_by_key(tx: &mut Tx, login_key: &str) -> Result<u64, StoreError> {
    let sql = "DELETE FROM session WHERE login_key = $1 AND login_key <> ''";
    tx.execute(sql, args![login_key]).await
}

/// Forget the sessions that have expired. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM session WHERE expires_at <= $1", args![tx.now()]).await
}

fn read(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        session_id: row.text("session_id")?,
        user_name: row.text("user_name")?,
        ip: row.text("ip")?,
        second_factor: row.bool("second_factor")?,
        method: row.text("method")?,
        login_key: row.text("login_key")?,
        created_at: row.timestamp("created_at")?,
        seen_at: row.timestamp("seen_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
