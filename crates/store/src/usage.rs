//! Uses of delivered data, each asked for once.

use std::collections::BTreeSet;

use xinyu_core::usage::{Use, UseState};

use crate::{StoreError, Timestamp, Tx, Value, args, document};

/// Stores uses, or their changes: each use once.
///
/// # Errors
/// If the database fails.
pub async fn save_all(tx: &mut Tx, uses: &[Use]) -> Result<(), StoreError> {
    let sql = "INSERT INTO usage (use_id, contract_id, state, asked_at, body) VALUES {ROWS} \
               ON CONFLICT (use_id) DO UPDATE SET state = excluded.state, asked_at = excluded.asked_at, body = excluded.body";
    let row = |one: &Use| -> Result<Vec<Value>, StoreError> {
        Ok(args![&one.use_id, one.contract_id.as_str(), one.state.as_str(), one.asked_at, document::write(one)?])
    };
    let rows = uses.iter().map(row).collect::<Result<_, _>>()?;
    tx.execute_all(sql, rows).await?;
    Ok(())
}

/// Stores a use, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, one: &Use) -> Result<(), StoreError> {
    save_all(tx, std::slice::from_ref(one)).await
}

/// One use.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, use_id: &str) -> Result<Option<Use>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM usage WHERE use_id = $1", args![use_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Those of many uses that there are, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_all(tx: &mut Tx, use_ids: &BTreeSet<&str>) -> Result<Vec<Use>, StoreError> {
    // In one order for everybody.
    let sql = "SELECT body FROM usage WHERE use_id IN ({LIST}) ORDER BY use_id {FOR_UPDATE}";
    let keys = use_ids.iter().map(|&id| Value::from(id)).collect();
    document::read_all(&tx.fetch_among(sql, keys).await?)
}

/// One use, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, use_id: &str) -> Result<Option<Use>, StoreError> {
    Ok(lock_all(tx, &BTreeSet::from([use_id])).await?.pop())
}

/// Uses in a state.
///
/// # Errors
/// If the database fails.
pub async fn list_in(tx: &mut Tx, state: UseState) -> Result<Vec<Use>, StoreError> {
    let sql = "SELECT body FROM usage WHERE state = $1 ORDER BY asked_at, use_id";
    document::read_all(&tx.fetch(sql, args![state.as_str()]).await?)
}

/// Uses under a contract (or all), newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<Vec<Use>, StoreError> {
    let sql = "SELECT body FROM usage WHERE ($1 = '' OR contract_id = $1) ORDER BY asked_at DESC, use_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![contract_id, i64::from(limit)]).await?)
}

/// When the uses under a contract began, from a moment on, that were neither refused nor wait for something, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn begun(tx: &mut Tx, contract_id: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    let sql = "SELECT asked_at FROM usage WHERE contract_id = $1 AND asked_at >= $2 \
               AND state NOT IN ('refused', 'awaiting') ORDER BY asked_at";
    tx.fetch(sql, args![contract_id, since]).await?.iter().map(|row| row.timestamp("asked_at")).collect()
}

/// What uses under a contract keep, or were to keep, of their results: whether they came to it or not.
///
/// # Errors
/// If the database fails.
pub async fn kept(tx: &mut Tx, contract_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT body FROM usage WHERE contract_id = $1 AND body LIKE '%\"keep\":%' ORDER BY use_id";
    let uses: Vec<Use> = document::read_all(&tx.fetch(sql, args![contract_id]).await?)?;
    Ok(uses.into_iter().filter_map(|one| one.beyond.keep).collect())
}
