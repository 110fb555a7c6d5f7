//! Control planes and data planes of other makers, as they registered. Their tokens are in the configuration, never here.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, Tx, args, document};

/// Stores a registration, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save<T: Serialize>(tx: &mut Tx, kind: &str, name: &str, registration: &T) -> Result<(), StoreError> {
    let sql = "INSERT INTO plane (kind, name, registered_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (kind, name) DO UPDATE SET registered_at = excluded.registered_at, body = excluded.body";
    let now = tx.now();
    tx.execute(sql, args![kind, name, now, document::write(registration)?]).await?;
    Ok(())
}

/// Forgets a registration; false if there was none.
///
/// # Errors
/// If the database fails.
pub async fn remove(tx: &mut Tx, kind: &str, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM plane WHERE kind = $1 AND name = $2", args![kind, name]).await? == 1)
}

/// One registration.
///
/// # Errors
/// If the database fails.
pub async fn find<T: DeserializeOwned>(tx: &mut Tx, kind: &str, name: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM plane WHERE kind = $1 AND name = $2";
    let row = tx.fetch_optional(sql, args![kind, name]).await?;
    row.as_ref().map(document::read).transpose()
}
