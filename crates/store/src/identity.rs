//! What participants say of themselves, sealed: nothing of it can be read or searched for here.

use crate::{StoreError, Tx, args};

/// Stores the sealed identity information of a connector's participant, in place of what was there.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, connector_id: &str, sealed: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO identity (connector_id, changed_at, body) VALUES ($1, $2, $3) \
               ON CONFLICT (connector_id) DO UPDATE SET changed_at = excluded.changed_at, body = excluded.body";
    let now = tx.now();
    tx.execute(sql, args![connector_id, now, sealed.to_vec()]).await?;
    Ok(())
}

/// The sealed identity information of a connector's participant.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, connector_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM identity WHERE connector_id = $1", args![connector_id]).await?;
    row.map(|row| row.bytes("body")).transpose()
}

/// Takes the sealed information away.
///
/// # Errors
/// If the database fails.
pub async fn remove(tx: &mut Tx, connector_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM identity WHERE connector_id = $1", args![connector_id]).await?;
    Ok(())
}
