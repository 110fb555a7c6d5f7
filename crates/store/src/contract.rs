//! Contracts, as the platform keeps them from application to settlement.

use std::collections::BTreeSet;

use jiff::Timestamp;
use xinyu_core::contract::Registered;

use crate::{Engine, StoreError, Tx, args, document};

/// Stores a contract that an application initiates.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, contract: &Registered) -> Result<(), StoreError> {
    let sql = "INSERT INTO contract (contract_id, space_id, provider, consumer, status, created_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![
        contract.contract_id.as_str(),
        &contract.space_id,
        contract.provider.as_str(),
        contract.consumer.as_str(),
        contract.status.code(),
        contract.created_at,
        document::write(contract)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// One contract.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Registered>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM contract WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One contract, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Holds contracts until the transaction ends, in one order for all who do so. On SQLite a transaction that writes holds everything anyway.
///
/// # Errors
/// If the database fails.
pub async fn hold(tx: &mut Tx, contract_ids: BTreeSet<String>) -> Result<(), StoreError> {
    if tx.engine() == Engine::Postgres {
        for id in contract_ids {
            tx.fetch_optional("SELECT 1 AS held FROM contract WHERE contract_id = $1 {FOR_UPDATE}", args![id]).await?;
        }
    }
    Ok(())
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, contract: &Registered) -> Result<(), StoreError> {
    let sql = "UPDATE contract SET status = $2, clause_due_at = $3, body = $4 WHERE contract_id = $1";
    let due_at = contract.next_moment().map(|(at, _)| at);
    let args = args![contract.contract_id.as_str(), contract.status.code(), due_at, document::write(contract)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// When the next moment of a smart clause comes.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let row = tx
        .fetch_optional("SELECT MIN(clause_due_at) AS due FROM contract WHERE clause_due_at IS NOT NULL", args![])
        .await?;
    row.map(|row| row.optional_timestamp("due")).transpose().map(Option::flatten)
}

/// Contracts of which a moment has come, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE clause_due_at IS NOT NULL AND clause_due_at <= $1 ORDER BY clause_due_at LIMIT $2 {FOR_UPDATE} {SKIP_LOCKED}";
    document::read_all(&tx.fetch(sql, args![now, i64::from(limit)]).await?)
}

/// Contracts in which a party takes part (all for the empty party), newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, party: &str, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE ($1 = '' OR provider = $1 OR consumer = $1) ORDER BY created_at DESC, contract_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![party, i64::from(limit)]).await?)
}

/// Contracts of a party that have not ended, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn open_of(tx: &mut Tx, party: &str, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE (provider = $1 OR consumer = $1) AND status <> $2 ORDER BY created_at, contract_id LIMIT $3";
    let ended = xinyu_protocol::tc609::contract::ContractStatus::Terminated.code();
    document::read_all(&tx.fetch(sql, args![party, ended, i64::from(limit)]).await?)
}
