//! Drafts of contracts: as the platform makes them, and as they were put before us.

use xinyu_core::draft::ContractDraft;
use xinyu_core::draft::held::Held;
use xinyu_protocol::tc609::draft::DraftState;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a new draft; false if its key is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, draft: &ContractDraft) -> Result<bool, StoreError> {
    let sql = "INSERT INTO draft (contract_id, draft_id, state, created_at, answer_by, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (draft_id) DO NOTHING";
    let there = &draft.document;
    let args = args![
        there.contract_id.as_str(),
        &there.draft_id,
        there.state.as_str(),
        there.created_at,
        there.answer_by,
        document::write(draft)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, draft: &ContractDraft) -> Result<(), StoreError> {
    let sql = "UPDATE draft SET state = $2, body = $3 WHERE contract_id = $1";
    let there = &draft.document;
    tx.execute(sql, args![there.contract_id.as_str(), there.state.as_str(), document::write(draft)?]).await?;
    Ok(())
}

/// The draft of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<ContractDraft>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM draft WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The draft of a contract, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<ContractDraft>, StoreError> {
    let row =
        tx.fetch_optional("SELECT body FROM draft WHERE contract_id = $1 {FOR_UPDATE}", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// A draft by its maker's key.
///
/// # Errors
/// If the database fails.
pub async fn find_by_key(tx: &mut Tx, draft_id: &str) -> Result<Option<ContractDraft>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM draft WHERE draft_id = $1", args![draft_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All drafts, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<ContractDraft>, StoreError> {
    let sql = "SELECT body FROM draft ORDER BY created_at DESC, contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// The drafts of which nothing has come yet, those whose time is over first.
///
/// # Errors
/// If the database fails.
pub async fn open(tx: &mut Tx, limit: u32) -> Result<Vec<ContractDraft>, StoreError> {
    let sql = "SELECT body FROM draft WHERE state IN ($1, $2) ORDER BY answer_by, contract_id LIMIT $3";
    let args = args![DraftState::Open.as_str(), DraftState::Signing.as_str(), i64::from(limit)];
    document::read_all(&tx.fetch(sql, args).await?)
}

/// When the time of the next one is over.
///
/// # Errors
/// If the database fails.
pub async fn next_end(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT answer_by FROM draft WHERE state IN ($1, $2) ORDER BY answer_by LIMIT 1";
    let row = tx.fetch_optional(sql, args![DraftState::Open.as_str(), DraftState::Signing.as_str()]).await?;
    row.map(|row| row.timestamp("answer_by")).transpose()
}

/// Stores what was put before us, or its change.
///
/// # Errors
/// If the database fails.
pub async fn hold(tx: &mut Tx, held: &Held) -> Result<(), StoreError> {
    let sql = "INSERT INTO draft_held (contract_id, state, created_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (contract_id) DO UPDATE SET state = excluded.state, body = excluded.body";
    let there = &held.document;
    let args = args![there.contract_id.as_str(), there.state.as_str(), there.created_at, document::write(held)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// What was put before us of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find_held(tx: &mut Tx, contract_id: &str) -> Result<Option<Held>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM draft_held WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The same, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_held(tx: &mut Tx, contract_id: &str) -> Result<Option<Held>, StoreError> {
    let sql = "SELECT body FROM draft_held WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All that was put before us, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list_held(tx: &mut Tx, limit: u32) -> Result<Vec<Held>, StoreError> {
    let sql = "SELECT body FROM draft_held ORDER BY created_at DESC, contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
