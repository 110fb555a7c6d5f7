//! Data held under a contract.

use xinyu_core::usage::{Holding, HoldingState};

use crate::{StoreError, Tx, args, document};

/// Stores a holding, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, holding: &Holding) -> Result<(), StoreError> {
    let sql = "INSERT INTO holding (contract_id, state, body) VALUES ($1, $2, $3) \
               ON CONFLICT (contract_id) DO UPDATE SET state = excluded.state, body = excluded.body";
    tx.execute(sql, args![holding.contract_id.as_str(), holding.state.as_str(), document::write(holding)?]).await?;
    // What is counted of data that is held is no reason to look; whoever counts knows when it is.
    if holding.state == HoldingState::Held {
        return Ok(());
    }
    crate::warning::touch(tx, holding.contract_id.as_str()).await
}

/// One holding, held until the transaction ends: this is what makes its counters atomic.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Holding>, StoreError> {
    let sql = "SELECT body FROM holding WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One holding.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Holding>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM holding WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Holdings in a state, or all.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, state: Option<HoldingState>) -> Result<Vec<Holding>, StoreError> {
    let sql = "SELECT body FROM holding WHERE ($1 = '' OR state = $1) ORDER BY contract_id";
    document::read_all(&tx.fetch(sql, args![state.map_or("", HoldingState::as_str)]).await?)
}
