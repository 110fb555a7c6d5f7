//! Logical spaces.

use xinyu_core::space::Space;

use crate::{StoreError, Tx, args, document};

/// Stores a space; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, space: &Space) -> Result<bool, StoreError> {
    let body = document::write(space)?;
    let sql = "INSERT INTO space (space_id, body) VALUES ($1, $2) ON CONFLICT (space_id) DO NOTHING";
    Ok(tx.execute(sql, args![&space.space_id, body]).await? == 1)
}

/// One space.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, space_id: &str) -> Result<Option<Space>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM space WHERE space_id = $1", args![space_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All spaces, by id.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Space>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM space ORDER BY space_id", args![]).await?)
}
