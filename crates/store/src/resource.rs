//! Data resources connected to this connector. The document holds the configuration of the source; its type is the data plane's.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, Tx, args, document};

/// Stores a resource under its name, or its new configuration.
///
/// # Errors
/// If the database fails.
pub async fn save<T: Serialize + Sync>(
    tx: &mut Tx,
    resource_id: &str,
    name: &str,
    resource: &T,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO resource (resource_id, name, body) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET body = excluded.body";
    tx.execute(sql, args![resource_id, name, document::write(resource)?]).await?;
    Ok(())
}

/// One resource, by name.
///
/// # Errors
/// If the database fails.
pub async fn find<T: DeserializeOwned>(tx: &mut Tx, name: &str) -> Result<Option<T>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM resource WHERE name = $1", args![name]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One resource, by name, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock<T: DeserializeOwned>(tx: &mut Tx, name: &str) -> Result<Option<T>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM resource WHERE name = $1 {FOR_UPDATE}", args![name]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Forgets a resource.
///
/// # Errors
/// If the database fails.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM resource_reading WHERE name = $1", args![name]).await?;
    tx.execute("DELETE FROM resource WHERE name = $1", args![name]).await?;
    Ok(())
}

/// Keeps how far a resource was read, sealed.
///
/// # Errors
/// If the database fails.
pub async fn keep_reading(tx: &mut Tx, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
    let sql = "INSERT INTO resource_reading (name, kept_at, body) VALUES ($1, $2, $3) \
               ON CONFLICT (name) DO UPDATE SET kept_at = excluded.kept_at, body = excluded.body";
    let now = tx.now();
    tx.execute(sql, args![name, now, sealed]).await?;
    Ok(())
}

/// How far a resource was read, sealed.
///
/// # Errors
/// If the database fails.
pub async fn reading(tx: &mut Tx, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM resource_reading WHERE name = $1", args![name]).await?;
    row.map(|row| row.bytes("body")).transpose()
}

/// All resources, by name.
///
/// # Errors
/// If the database fails.
pub async fn list<T: DeserializeOwned>(tx: &mut Tx) -> Result<Vec<T>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM resource ORDER BY name", args![]).await?)
}
