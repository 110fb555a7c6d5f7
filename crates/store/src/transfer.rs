//! Transfers, each side's own.

use xinyu_core::transfer::Transfer;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a new transfer.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, transfer: &Transfer) -> Result<(), StoreError> {
    let sql = "INSERT INTO transfer (pid, peer, peer_pid, contract_id, state, created_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let now = tx.now();
    let args = args![
        transfer.pid(),
        &transfer.peer,
        transfer.peer_pid(),
        transfer.contract_id.as_str(),
        transfer.state.as_str(),
        now,
        document::write(transfer)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The transfer under our process id, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, pid: &str) -> Result<Option<Transfer>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM transfer WHERE pid = $1 {FOR_UPDATE}", args![pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The transfer under our process id.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, pid: &str) -> Result<Option<Transfer>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM transfer WHERE pid = $1", args![pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The transfer a peer knows under its own process id.
///
/// # Errors
/// If the database fails.
pub async fn find_by_peer(tx: &mut Tx, peer: &str, peer_pid: &str) -> Result<Option<Transfer>, StoreError> {
    let sql = "SELECT body FROM transfer WHERE peer = $1 AND peer_pid = $2";
    let row = tx.fetch_optional(sql, args![peer, peer_pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The newest transfer of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find_by_contract(tx: &mut Tx, contract_id: &str) -> Result<Option<Transfer>, StoreError> {
    let sql = "SELECT body FROM transfer WHERE contract_id = $1 ORDER BY created_at DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The transfers of a contract that are not over, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_open(tx: &mut Tx, contract_id: &str) -> Result<Vec<Transfer>, StoreError> {
    let sql = "SELECT body FROM transfer WHERE contract_id = $1 AND state NOT IN ('COMPLETED', 'TERMINATED') ORDER BY pid {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, transfer: &Transfer) -> Result<(), StoreError> {
    let sql = "UPDATE transfer SET peer_pid = $2, state = $3, body = $4 WHERE pid = $1";
    tx.execute(sql, args![transfer.pid(), transfer.peer_pid(), transfer.state.as_str(), document::write(transfer)?])
        .await?;
    Ok(())
}

/// Our process ids of those that are in a state and began at an instant or later.
///
/// # Errors
/// If the database fails.
pub async fn list_in(tx: &mut Tx, state: &str, since: Timestamp) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT pid FROM transfer WHERE state = $1 AND created_at >= $2";
    tx.fetch(sql, args![state, since]).await?.iter().map(|row| row.text("pid")).collect()
}

/// All transfers, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Transfer>, StoreError> {
    let sql = "SELECT body FROM transfer ORDER BY created_at DESC, pid LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
