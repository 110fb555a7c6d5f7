//! The versions of a contract that were replaced, and those that were proposed.

use xinyu_core::contract::version::Kept;
use xinyu_core::contract::version::proposal::Pending;

use crate::{StoreError, Tx, args, document};

/// Keeps a version that another one replaces; the same one again changes nothing.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, kept: &Kept) -> Result<(), StoreError> {
    let sql = "INSERT INTO contract_version (contract_id, number, replaced_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (contract_id, number) DO NOTHING";
    let contract = &kept.signed.contract;
    let args =
        args![contract.contract_id.as_str(), i64::from(contract.version()), kept.replaced_at, document::write(kept)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The versions of a contract that were replaced, the first one first.
///
/// # Errors
/// If the database fails.
pub async fn kept(tx: &mut Tx, contract_id: &str) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT body FROM contract_version WHERE contract_id = $1 ORDER BY number";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// Stores a proposal; false if its key is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, pending: &Pending) -> Result<bool, StoreError> {
    let sql = "INSERT INTO version_proposal (version_id, contract_id, state, proposed_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (version_id) DO NOTHING";
    let args = args![
        &pending.version_id,
        pending.signed.contract.contract_id.as_str(),
        pending.state.as_str(),
        pending.proposed_at,
        document::write(pending)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One proposal, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, version_id: &str) -> Result<Option<Pending>, StoreError> {
    let sql = "SELECT body FROM version_proposal WHERE version_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![version_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, pending: &Pending) -> Result<(), StoreError> {
    let sql = "UPDATE version_proposal SET state = $2, body = $3 WHERE version_id = $1";
    tx.execute(sql, args![&pending.version_id, pending.state.as_str(), document::write(pending)?]).await?;
    Ok(())
}

/// The proposals of a contract, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str) -> Result<Vec<Pending>, StoreError> {
    let sql =
        "SELECT body FROM version_proposal WHERE contract_id = $1 ORDER BY proposed_at DESC, version_id LIMIT 100";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}
