//! The signatures of service parties: as the platform gathers them, and as a service party was asked for its own.

use xinyu_core::countersigning::gathering::{Gathering, State};
use xinyu_core::countersigning::request::Request;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a gathering, or its change.
///
/// # Errors
/// If the database fails.
pub async fn gather(tx: &mut Tx, gathering: &Gathering) -> Result<(), StoreError> {
    let sql = "INSERT INTO gathering (contract_id, contract_hash, state, opened_at, answer_by, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (contract_id, contract_hash) DO UPDATE SET state = excluded.state, body = excluded.body";
    let args = args![
        gathering.contract_id.as_str(),
        &gathering.contract_hash,
        gathering.state.as_str(),
        gathering.opened_at,
        gathering.answer_by,
        document::write(gathering)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The gathering under one text, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_gathering(tx: &mut Tx, contract_id: &str, hash: &str) -> Result<Option<Gathering>, StoreError> {
    let sql = "SELECT body FROM gathering WHERE contract_id = $1 AND contract_hash = $2 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id, hash]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The gatherings of a contract, newest first.
///
/// # Errors
/// If the database fails.
pub async fn gatherings(tx: &mut Tx, contract_id: &str) -> Result<Vec<Gathering>, StoreError> {
    let sql = "SELECT body FROM gathering WHERE contract_id = $1 ORDER BY opened_at DESC, contract_hash LIMIT 100";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// The gatherings that are open, those whose time is over first.
///
/// # Errors
/// If the database fails.
pub async fn open(tx: &mut Tx, limit: u32) -> Result<Vec<Gathering>, StoreError> {
    let sql = "SELECT body FROM gathering WHERE state = $1 ORDER BY answer_by, contract_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![State::Open.as_str(), i64::from(limit)]).await?)
}

/// When the time of the next one is over.
///
/// # Errors
/// If the database fails.
pub async fn next_end(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT answer_by FROM gathering WHERE state = $1 ORDER BY answer_by LIMIT 1";
    let row = tx.fetch_optional(sql, args![State::Open.as_str()]).await?;
    row.map(|row| row.timestamp("answer_by")).transpose()
}

/// A service party was asked to sign a contract, and finds it among its own from now on.
///
/// # Errors
/// If the database fails.
pub async fn admit(tx: &mut Tx, contract_id: &str, party: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO contract_party (contract_id, party) VALUES ($1, $2) ON CONFLICT (contract_id, party) DO NOTHING";
    tx.execute(sql, args![contract_id, party]).await?;
    Ok(())
}

/// Stores what we were asked to sign, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, request: &Request) -> Result<(), StoreError> {
    let sql = "INSERT INTO countersigning (contract_id, contract_hash, state, asked_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (contract_id, contract_hash) DO UPDATE SET state = excluded.state, body = excluded.body";
    let args = args![
        request.contract_id.as_str(),
        &request.contract_hash,
        request.state.as_str(),
        request.asked_at,
        document::write(request)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// What we were asked to sign under one text, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str, hash: &str) -> Result<Option<Request>, StoreError> {
    let sql = "SELECT body FROM countersigning WHERE contract_id = $1 AND contract_hash = $2 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id, hash]).await?;
    row.as_ref().map(document::read).transpose()
}

/// What we were asked to sign of a contract, newest first.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<Request>, StoreError> {
    let sql = "SELECT body FROM countersigning WHERE contract_id = $1 ORDER BY asked_at DESC, contract_hash LIMIT 200";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// All that we were asked to sign, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Request>, StoreError> {
    let sql = "SELECT body FROM countersigning ORDER BY asked_at DESC, contract_id, contract_hash LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
