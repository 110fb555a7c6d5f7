//! Hops by which data went on to third members, as every node that takes part keeps them.

use xinyu_core::onward::Onward;

use crate::{StoreError, Tx, args, document};

/// Stores a new hop; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, onward: &Onward) -> Result<bool, StoreError> {
    let sql = "INSERT INTO onward (onward_id, contract_id, sender, receiver, state, offered_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (onward_id) DO NOTHING";
    let args = args![
        &onward.onward_id,
        onward.place.contract_id.as_str(),
        onward.grant.sender.as_str(),
        onward.grant.receiver.as_str(),
        onward.state.as_str(),
        onward.offered_at,
        document::write(onward)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, onward: &Onward) -> Result<(), StoreError> {
    let sql = "UPDATE onward SET state = $2, body = $3 WHERE onward_id = $1";
    tx.execute(sql, args![&onward.onward_id, onward.state.as_str(), document::write(onward)?]).await.map(drop)
}

/// One hop.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, onward_id: &str) -> Result<Option<Onward>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM onward WHERE onward_id = $1", args![onward_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One hop, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, onward_id: &str) -> Result<Option<Onward>, StoreError> {
    let sql = "SELECT body FROM onward WHERE onward_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![onward_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The hops under a contract, in the order in which they were made.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<Onward>, StoreError> {
    let sql = "SELECT body FROM onward WHERE contract_id = $1 ORDER BY offered_at, onward_id";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// The hops to a receiver whose data is, or will be, there.
///
/// # Errors
/// If the database fails.
pub async fn live_at(tx: &mut Tx, receiver: &str) -> Result<Vec<Onward>, StoreError> {
    let sql = "SELECT body FROM onward WHERE receiver = $1 AND state IN ('taken', 'received', 'revoked') \
               ORDER BY offered_at, onward_id";
    document::read_all(&tx.fetch(sql, args![receiver]).await?)
}

/// Hops, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Onward>, StoreError> {
    let sql = "SELECT body FROM onward ORDER BY offered_at DESC, onward_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
