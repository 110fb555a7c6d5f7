//! Disputes, as platform and parties keep them.

use xinyu_core::dispute::Dispute;

use crate::{StoreError, Tx, args, document};

/// Stores a new dispute; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, dispute: &Dispute) -> Result<bool, StoreError> {
    let sql = "INSERT INTO dispute (dispute_id, contract_id, subject, state, opened_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (dispute_id) DO NOTHING";
    let args = args![
        &dispute.dispute_id,
        dispute.place.contract_id.as_str(),
        dispute.subject.as_str(),
        dispute.state.as_str(),
        dispute.opened_at,
        document::write(dispute)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, dispute: &Dispute) -> Result<(), StoreError> {
    let sql = "UPDATE dispute SET state = $2, body = $3 WHERE dispute_id = $1";
    tx.execute(sql, args![&dispute.dispute_id, dispute.state.as_str(), document::write(dispute)?]).await.map(drop)
}

/// One dispute.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, dispute_id: &str) -> Result<Option<Dispute>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM dispute WHERE dispute_id = $1", args![dispute_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One dispute, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, dispute_id: &str) -> Result<Option<Dispute>, StoreError> {
    let sql = "SELECT body FROM dispute WHERE dispute_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![dispute_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The disputes over a contract, newest first.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<Dispute>, StoreError> {
    let sql = "SELECT body FROM dispute WHERE contract_id = $1 ORDER BY opened_at DESC, dispute_id";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// Disputes, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Dispute>, StoreError> {
    let sql = "SELECT body FROM dispute ORDER BY opened_at DESC, dispute_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
