//! Negotiations, each side's own.

use xinyu_core::negotiation::Negotiation;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a new negotiation.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, negotiation: &Negotiation) -> Result<(), StoreError> {
    let sql = "INSERT INTO negotiation (pid, peer, peer_pid, contract_id, state, created_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let now = tx.now();
    let args = args![
        negotiation.pid(),
        &negotiation.peer,
        negotiation.peer_pid(),
        negotiation.contract_id.as_str(),
        negotiation.state.as_str(),
        now,
        document::write(negotiation)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The negotiation under our process id, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, pid: &str) -> Result<Option<Negotiation>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM negotiation WHERE pid = $1 {FOR_UPDATE}", args![pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The negotiation under our process id.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, pid: &str) -> Result<Option<Negotiation>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM negotiation WHERE pid = $1", args![pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The negotiation a peer knows under its own process id.
///
/// # Errors
/// If the database fails.
pub async fn find_by_peer(tx: &mut Tx, peer: &str, peer_pid: &str) -> Result<Option<Negotiation>, StoreError> {
    let sql = "SELECT body FROM negotiation WHERE peer = $1 AND peer_pid = $2";
    let row = tx.fetch_optional(sql, args![peer, peer_pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The newest negotiation of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find_by_contract(tx: &mut Tx, contract_id: &str) -> Result<Option<Negotiation>, StoreError> {
    let sql = "SELECT body FROM negotiation WHERE contract_id = $1 ORDER BY created_at DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, negotiation: &Negotiation) -> Result<(), StoreError> {
    let sql = "UPDATE negotiation SET peer_pid = $2, state = $3, body = $4 WHERE pid = $1";
    tx.execute(
        sql,
        args![negotiation.pid(), negotiation.peer_pid(), negotiation.state.as_str(), document::write(negotiation)?],
    )
    .await?;
    Ok(())
}

/// Our process ids of those that are in a state and began at an instant or later.
///
/// # Errors
/// If the database fails.
pub async fn list_in(tx: &mut Tx, state: &str, since: Timestamp) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT pid FROM negotiation WHERE state = $1 AND created_at >= $2";
    tx.fetch(sql, args![state, since]).await?.iter().map(|row| row.text("pid")).collect()
}

/// All negotiations, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Negotiation>, StoreError> {
    let sql = "SELECT body FROM negotiation ORDER BY created_at DESC, pid LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
