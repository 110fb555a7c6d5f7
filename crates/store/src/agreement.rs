//! Contracts on the side of a party.

use xinyu_core::agreement::Agreement;

use crate::notice::side_word;
use crate::{StoreError, Tx, args, document};

/// Stores an agreement, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, agreement: &Agreement) -> Result<(), StoreError> {
    let sql = "INSERT INTO agreement (contract_id, side, created_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (contract_id) DO UPDATE SET body = excluded.body";
    let now = tx.now();
    tx.execute(sql, args![agreement.contract_id.as_str(), side_word(agreement.side), now, document::write(agreement)?])
        .await?;
    Ok(())
}

/// One agreement, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One agreement.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Agreement>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM agreement WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All agreements, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement ORDER BY created_at DESC, contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
