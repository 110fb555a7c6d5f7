//! Payment orders, as every node that takes part keeps them.

use xinyu_core::payment::Order;

use crate::{StoreError, Tx, args, document};

/// Stores an order that a statement makes; one that is there stays as it is.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    let sql = "INSERT INTO payment (contract_id, state, stated_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (contract_id) DO NOTHING";
    let args = args![order.contract_id.as_str(), order.state.as_str(), order.stated_at, document::write(order)?];
    tx.execute(sql, args).await?;
    crate::warning::touch(tx, order.contract_id.as_str()).await
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET state = $2, stated_at = $3, body = $4 WHERE contract_id = $1";
    let args = args![order.contract_id.as_str(), order.state.as_str(), order.stated_at, document::write(order)?];
    tx.execute(sql, args).await?;
    crate::warning::touch(tx, order.contract_id.as_str()).await
}

/// The order of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Order>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM payment WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The order of a contract, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Order>, StoreError> {
    let sql = "SELECT body FROM payment WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Orders, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Order>, StoreError> {
    let sql = "SELECT body FROM payment ORDER BY stated_at DESC, contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// Orders of the contracts of a party that are not confirmed, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn open_of(tx: &mut Tx, party: &str, limit: u32) -> Result<Vec<Order>, StoreError> {
    let sql = "SELECT payment.body AS body FROM payment JOIN contract ON contract.contract_id = payment.contract_id \
               WHERE (contract.provider = $1 OR contract.consumer = $1) AND payment.state <> 'confirmed' \
               ORDER BY payment.stated_at, payment.contract_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![party, i64::from(limit)]).await?)
}
