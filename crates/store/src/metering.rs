//! Metering period by period: the book or ledger that this node keeps on a contract, and the periods that were closed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use xinyu_protocol::tc609::metering::ClosedPeriod;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Opens the books on a contract; false if there are any.
///
/// # Errors
/// If the database fails.
pub async fn open<T: Serialize>(
    tx: &mut Tx,
    contract_id: &str,
    next_at: Option<Timestamp>,
    book: &T,
) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO metering (contract_id, next_at, body) VALUES ($1, $2, $3) ON CONFLICT (contract_id) DO NOTHING";
    Ok(tx.execute(sql, args![contract_id, next_at, document::write(book)?]).await? == 1)
}

/// The books on a contract, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock<T: DeserializeOwned>(tx: &mut Tx, contract_id: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM metering WHERE contract_id = $1 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![contract_id]).await?.as_ref().map(document::read).transpose()
}

/// The same, for looking at.
///
/// # Errors
/// If the database fails.
pub async fn find<T: DeserializeOwned>(tx: &mut Tx, contract_id: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM metering WHERE contract_id = $1";
    tx.fetch_optional(sql, args![contract_id]).await?.as_ref().map(document::read).transpose()
}

/// Stores a change, with the time at which this node has to look again.
///
/// # Errors
/// If the database fails.
pub async fn save<T: Serialize>(
    tx: &mut Tx,
    contract_id: &str,
    next_at: Option<Timestamp>,
    book: &T,
) -> Result<(), StoreError> {
    let sql = "UPDATE metering SET next_at = $2, body = $3 WHERE contract_id = $1";
    tx.execute(sql, args![contract_id, next_at, document::write(book)?]).await.map(drop)
}

/// Something about these contracts has changed: their books are to be looked at now.
///
/// # Errors
/// If the database fails.
pub async fn wake(tx: &mut Tx, contract_id: &str) -> Result<(), StoreError> {
    let now = tx.now();
    let sql = "UPDATE metering SET next_at = $2 WHERE contract_id = $1 AND (next_at IS NULL OR next_at > $2)";
    tx.execute(sql, args![contract_id, now]).await.map(drop)
}

/// The contracts whose books this node has to look at, the earliest first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT contract_id FROM metering WHERE next_at <= $1 ORDER BY next_at, contract_id LIMIT $2";
    let rows = tx.fetch(sql, args![now, i64::from(limit)]).await?;
    rows.iter().map(|row| row.text("contract_id")).collect()
}

/// When this node has to look again.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(next_at) AS next_at FROM metering WHERE next_at IS NOT NULL";
    tx.fetch_one(sql, args![]).await?.optional_timestamp("next_at")
}

/// The earliest of a connector's own records about deliveries and uses under a contract that no period has counted: their signed bodies, in no order. They are
/// counted with this period from now on.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx, contract_id: &str, period: u32, limit: u32) -> Result<Vec<Json>, StoreError> {
    let sql = "UPDATE record SET metered = $2 WHERE record_id IN ( \
                   SELECT record_id FROM record WHERE contract_id = $1 AND metered IS NULL \
                   AND (kind LIKE 'usage.%' OR kind LIKE 'transfer.%') ORDER BY at, record_id LIMIT $3 \
               ) RETURNING body";
    document::read_all(&tx.fetch(sql, args![contract_id, i64::from(period), i64::from(limit)]).await?)
}

/// Keeps a closed period; false if it is there.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, closed: &ClosedPeriod) -> Result<bool, StoreError> {
    let sql = "INSERT INTO metering_period (contract_id, period, body) VALUES ($1, $2, $3) ON CONFLICT (contract_id, period) DO NOTHING";
    let args = args![closed.contract_id.as_str(), i64::from(closed.platform.period), document::write(closed)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The closed periods of a contract, the latest first.
///
/// # Errors
/// If the database fails.
pub async fn periods(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<Vec<ClosedPeriod>, StoreError> {
    let sql = "SELECT body FROM metering_period WHERE contract_id = $1 ORDER BY period DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![contract_id, i64::from(limit)]).await?)
}
