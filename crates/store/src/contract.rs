//! Contracts, as the platform keeps them from application to settlement.

use std::collections::BTreeSet;

use jiff::Timestamp;
use xinyu_core::contract::Registered;
use xinyu_core::termination::register;
use xinyu_protocol::tc609::contract::ContractStatus;

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
    let sql = "UPDATE contract SET status = $2, ends_at = $3, clause_due_at = $4, body = $5 WHERE contract_id = $1";
    let (ends_at, clause_due_at) = (register::ends_at(contract), contract.next_moment().map(|(at, _)| at));
    let body = document::write(contract)?;
    let args = args![contract.contract_id.as_str(), contract.status.code(), ends_at, clause_due_at, body];
    tx.execute(sql, args).await?;
    crate::warning::touch(tx, contract.contract_id.as_str()).await
}

/// Filed contracts whose end has come, the earliest first; those of which the database does not say when they end are among them.
///
/// # Errors
/// If the database fails.
pub async fn ending(tx: &mut Tx, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE status = $1 AND (ends_at IS NULL OR ends_at <= $2) \
               ORDER BY ends_at, contract_id LIMIT $3";
    let performing = ContractStatus::Performing.code();
    let now = tx.now();
    document::read_all(&tx.fetch(sql, args![performing, now, i64::from(limit)]).await?)
}

/// When the next filed contract ends, of those that the database says it of.
///
/// # Errors
/// If the database fails.
pub async fn next_end(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT ends_at FROM contract WHERE status = $1 AND ends_at > $2 ORDER BY ends_at LIMIT 1";
    let now = tx.now();
    let row = tx.fetch_optional(sql, args![ContractStatus::Performing.code(), now]).await?;
    row.map(|row| row.timestamp("ends_at")).transpose()
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
    let sql = "SELECT body FROM contract WHERE ($1 = '' OR provider = $1 OR consumer = $1 \
               OR contract_id IN (SELECT contract_id FROM contract_party WHERE party = $1)) ORDER BY created_at DESC, contract_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![party, i64::from(limit)]).await?)
}

/// The contracts of the newest payment orders.
///
/// # Errors
/// If the database fails.
pub async fn with_payment(tx: &mut Tx, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT contract.body AS body FROM payment JOIN contract ON contract.contract_id = payment.contract_id \
               ORDER BY payment.stated_at DESC, payment.contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// Contracts of a party that have not ended, or are signed and not settled, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn open_of(tx: &mut Tx, party: &str, limit: u32) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT body FROM contract WHERE (provider = $1 OR consumer = $1) AND (status <> $2 OR ends_at IS NOT NULL) \
               ORDER BY created_at, contract_id LIMIT $3";
    document::read_all(&tx.fetch(sql, args![party, ContractStatus::Terminated.code(), i64::from(limit)]).await?)
}
