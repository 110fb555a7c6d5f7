//! Single values that a node keeps about itself, as text.

use crate::{StoreError, Tx, args};

/// A value, if it is set.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional("SELECT value FROM setting WHERE name = $1", args![name]).await?;
    row.map(|row| row.text("value")).transpose()
}

/// Set a value, whatever it was.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    tx.execute(sql, args![name, value, tx.now()]).await.map(drop)
}

/// Set a value unless there is one, and take the one that is there then: the way to agree on a value made up at the first start.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find_or_set(tx: &mut Tx, name: &str, value: &str) -> Result<String, StoreError> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    tx.execute(sql, args![name, value, tx.now()]).await?;
    tx.fetch_one("SELECT value FROM setting WHERE name = $1", args![name]).await?.text("value")
}

/// Every value, by name.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.fetch("SELECT name, value FROM setting ORDER BY name", args![]).await?;
    rows.iter().map(|row| Ok((row.text("name")?, row.text("value")?))).collect()
}

/// Remove a value. False when there was none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remove(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM setting WHERE name = $1", args![name]).await? > 0)
}
