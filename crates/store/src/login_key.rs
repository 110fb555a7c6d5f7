//! Keys that open an account besides its password: passkeys, certificates, DIDs, accounts at a provider of identities. What is kept of them is public.

use crate::{Row, StoreError, Timestamp, Tx, args};

/// A key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginKey {
    /// Names it.
    pub key_id: String,
    /// Whose.
    pub user_name: String,
    /// The word of the method.
    pub method: String,
    /// What the method knows it by, unique within it.
    pub subject: String,
    /// What the person calls it.
    pub label: String,
    /// What the method checks against.
    pub data: Vec<u8>,
    /// Since when.
    pub added_at: Timestamp,
    /// When it last opened the account.
    pub used_at: Option<Timestamp>,
}

/// Keep a new key of a person who exists; its times are now and never. None when the subject is known already, of whomever.
///
/// # Errors
/// As [`Tx::execute`]; [`StoreError::Constraint`] when there is no such person.
pub async fn insert(
    tx: &mut Tx,
    user_name: &str,
    method: &str,
    subject: &str,
    label: &str,
    data: &[u8],
) -> Result<Option<String>, StoreError> {
    let key_id = tx.new_id().to_string();
    let sql = "INSERT INTO login_key (key_id, user_name, method, subject, label, data, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (method, subject) DO NOTHING";
    let args = args![&key_id, user_name, method, subject, label, data.to_vec(), tx.now()];
    Ok((tx.execute(sql, args).await? > 0).then_some(key_id))
}

/// The key of a method that has a subject, held until the transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn hold(tx: &mut Tx, method: &str, subject: &str) -> Result<Option<LoginKey>, StoreError> {
    let sql = "SELECT * FROM login_key WHERE method = $1 AND subject = $2 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![method, subject]).await?.as_ref().map(read).transpose()
}

/// The key of a method that has a subject.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, method: &str, subject: &str) -> Result<Option<LoginKey>, StoreError> {
    let sql = "SELECT * FROM login_key WHERE method = $1 AND subject = $2";
    tx.fetch_optional(sql, args![method, subject]).await?.as_ref().map(read).transpose()
}

/// The keys of a person, the oldest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx, user_name: &str) -> Result<Vec<LoginKey>, StoreError> {
    let sql = "SELECT * FROM login_key WHERE user_name = $1 ORDER BY added_at, key_id";
    tx.fetch(sql, args![user_name]).await?.iter().map(read).collect()
}

/// The keys of a method, of everybody, the oldest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_of_method(tx: &mut Tx, method: &str) -> Result<Vec<LoginKey>, StoreError> {
    let sql = "SELECT * FROM login_key WHERE method = $1 ORDER BY added_at, key_id";
    tx.fetch(sql, args![method]).await?.iter().map(read).collect()
}

/// Who has keys that use a method.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn holders(tx: &mut Tx, method: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT user_name FROM login_key WHERE method = $1 ORDER BY user_name";
    tx.fetch(sql, args![method]).await?.iter().map(|row| row.text("user_name")).collect()
}

/// A key opened its account now; what is checked next time may have changed. False when there is none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn used(tx: &mut Tx, key_id: &str, data: &[u8]) -> Result<bool, StoreError> {
    let sql = "UPDATE login_key SET data = $2, used_at = $3 WHERE key_id = $1";
    Ok(tx.execute(sql, args![key_id, data.to_vec(), tx.now()]).await? > 0)
}

/// Forget one key of a person. False when the person has none of that name.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remove(tx: &mut Tx, user_name: &str, key_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM login_key WHERE user_name = $1 AND key_id = $2", args![user_name, key_id]).await? > 0)
}

/// Forget all keys of a person that use a method. How many.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remove_all(tx: &mut Tx, user_name: &str, method: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM login_key WHERE user_name = $1 AND method = $2", args![user_name, method]).await
}

fn read(row: &Row) -> Result<LoginKey, StoreError> {
    Ok(LoginKey {
        key_id: row.text("key_id")?,
        user_name: row.text("user_name")?,
        method: row.text("method")?,
        subject: row.text("subject")?,
        label: row.text("label")?,
        data: row.bytes("data")?,
        added_at: row.timestamp("added_at")?,
        used_at: row.optional_timestamp("used_at")?,
    })
}
