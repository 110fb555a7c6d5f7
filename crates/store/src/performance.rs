//! Performance reports, as platform and parties keep them: the chain of each reporter, and the reports.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use xinyu_core::performance::Chain;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Opens a chain; false if it is there.
///
/// # Errors
/// If the database fails.
pub async fn open(tx: &mut Tx, chain: &Chain, next_at: Option<Timestamp>) -> Result<bool, StoreError> {
    let sql = "INSERT INTO performance_chain (contract_id, reporter, next_at, changed_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (contract_id, reporter) DO NOTHING";
    let now = tx.now();
    let args = args![chain.contract_id.as_str(), chain.reporter.as_str(), next_at, now, document::write(chain)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores a change, with the time at which this node has to look again.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, chain: &Chain, next_at: Option<Timestamp>) -> Result<(), StoreError> {
    let sql = "UPDATE performance_chain SET next_at = $3, changed_at = $4, body = $5 WHERE contract_id = $1 AND reporter = $2";
    let now = tx.now();
    let args = args![chain.contract_id.as_str(), chain.reporter.as_str(), next_at, now, document::write(chain)?];
    tx.execute(sql, args).await?;
    crate::warning::touch(tx, chain.contract_id.as_str()).await
}

/// One chain, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str, reporter: &str) -> Result<Option<Chain>, StoreError> {
    let sql = "SELECT body FROM performance_chain WHERE contract_id = $1 AND reporter = $2 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id, reporter]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The chains of a contract.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<Chain>, StoreError> {
    let sql = "SELECT body FROM performance_chain WHERE contract_id = $1 ORDER BY reporter";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// The chains that this node has to look at, the earliest first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Chain>, StoreError> {
    let sql = "SELECT body FROM performance_chain WHERE next_at <= $1 ORDER BY next_at, contract_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![now, i64::from(limit)]).await?)
}

/// When this node has to look again.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(next_at) AS next_at FROM performance_chain WHERE next_at IS NOT NULL";
    tx.fetch_one(sql, args![]).await?.optional_timestamp("next_at")
}

/// Something about a contract has changed: its open chain of this reporter is to be looked at now.
///
/// # Errors
/// If the database fails.
pub async fn wake(tx: &mut Tx, contract_id: &str, reporter: &str) -> Result<(), StoreError> {
    let sql = "UPDATE performance_chain SET next_at = $3 WHERE contract_id = $1 AND reporter = $2 AND next_at > $3";
    let now = tx.now();
    tx.execute(sql, args![contract_id, reporter, now]).await.map(drop)
}

/// Filed contracts of a connector on which no reports have begun: those of before there were any.
///
/// # Errors
/// If the database fails.
pub async fn unopened(tx: &mut Tx, limit: u32) -> Result<Vec<xinyu_core::agreement::Agreement>, StoreError> {
    let sql = "SELECT agreement.body AS body FROM agreement WHERE NOT EXISTS ( \
               SELECT 1 FROM performance_chain AS chain WHERE chain.contract_id = agreement.contract_id) \
               ORDER BY agreement.created_at, agreement.contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// A page of chains that changed before a time, newest first, each with its latest report if it has one: one query.
///
/// # Errors
/// If the database fails.
pub async fn list<T: DeserializeOwned>(tx: &mut Tx, limit: u32) -> Result<Vec<(Chain, Option<T>)>, StoreError> {
    let sql = "SELECT chain.body AS body, ( \
                   SELECT report.body FROM performance AS report \
                   WHERE report.contract_id = chain.contract_id AND report.reporter = chain.reporter \
                   ORDER BY report.number DESC LIMIT 1 \
               ) AS latest FROM performance_chain AS chain ORDER BY chain.changed_at DESC, chain.contract_id, chain.reporter LIMIT $1";
    let mut all = Vec::new();
    for row in tx.fetch(sql, args![i64::from(limit)]).await? {
        let latest = row.optional_text("latest")?;
        let latest = latest.map(|text| serde_json::from_str(&text)).transpose();
        all.push((document::read(&row)?, latest.map_err(|error| StoreError::column("latest", error))?));
    }
    Ok(all)
}

/// Keeps a report, or what has become of it.
///
/// # Errors
/// If the database fails.
pub async fn keep<T: Serialize>(
    tx: &mut Tx,
    (contract_id, reporter, number): (&str, &str, u32),
    until: Timestamp,
    kept: &T,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO performance (contract_id, reporter, number, until_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (contract_id, reporter, number) DO UPDATE SET body = excluded.body";
    tx.execute(sql, args![contract_id, reporter, i64::from(number), until, document::write(kept)?]).await.map(drop)
}

/// One report.
///
/// # Errors
/// If the database fails.
pub async fn find<T: DeserializeOwned>(
    tx: &mut Tx,
    contract_id: &str,
    reporter: &str,
    number: u32,
) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM performance WHERE contract_id = $1 AND reporter = $2 AND number = $3";
    let row = tx.fetch_optional(sql, args![contract_id, reporter, i64::from(number)]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The reports on a contract by one reporter (by all for the empty word), newest first.
///
/// # Errors
/// If the database fails.
pub async fn reports<T: DeserializeOwned>(
    tx: &mut Tx,
    contract_id: &str,
    reporter: &str,
    limit: u32,
) -> Result<Vec<T>, StoreError> {
    let sql = "SELECT body FROM performance WHERE contract_id = $1 AND ($2 = '' OR reporter = $2) \
               ORDER BY until_at DESC, number DESC, reporter LIMIT $3";
    document::read_all(&tx.fetch(sql, args![contract_id, reporter, i64::from(limit)]).await?)
}

/// A connector's own records about deliveries and uses under a contract that no report has counted: their signed bodies, and the farthest place in the log of
/// any that is known. They are counted for this report from now on.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx, contract_id: &str, number: u32) -> Result<Vec<Json>, StoreError> {
    let sql = "UPDATE record SET reported = $2 WHERE contract_id = $1 AND reported IS NULL \
               AND (kind LIKE 'usage.%' OR kind LIKE 'transfer.%') RETURNING body";
    document::read_all(&tx.fetch(sql, args![contract_id, i64::from(number)]).await?)
}

/// The farthest place in the platform's log that a record about a contract is known to have.
///
/// # Errors
/// If the database fails.
pub async fn position(tx: &mut Tx, contract_id: &str) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT MAX(position) AS position FROM record WHERE contract_id = $1";
    let position = tx.fetch_one(sql, args![contract_id]).await?.optional_integer("position")?;
    Ok(position.and_then(|position| u64::try_from(position).ok()))
}

/// Messages about a contract that are tried again, and those that were set aside.
///
/// # Errors
/// If the database fails.
pub async fn backlog(tx: &mut Tx, contract_id: &str) -> Result<(u64, u64), StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL AND attempts > 1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS retrying, \
               CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS set_aside \
               FROM outbox WHERE done_at IS NULL AND stream LIKE $1";
    let row = tx.fetch_one(sql, args![format!("%/{contract_id}")]).await?;
    Ok((row.unsigned("retrying")?, row.unsigned("set_aside")?))
}

/// Alerts that the node itself has raised about something since a time.
///
/// # Errors
/// If the database fails.
pub async fn alerts(tx: &mut Tx, object: &str, since: Timestamp) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS alerts FROM audit WHERE object = $1 AND actor = '-' AND at > $2";
    tx.fetch_one(sql, args![object, since]).await?.unsigned("alerts")
}

/// Contracts of a platform that are performed and on which no reports have begun: those of before there were any.
///
/// # Errors
/// If the database fails.
pub async fn unreported(tx: &mut Tx) -> Result<Vec<xinyu_core::contract::Registered>, StoreError> {
    let sql = "SELECT contract.body AS body FROM contract WHERE contract.status = '05' AND NOT EXISTS ( \
               SELECT 1 FROM performance_chain AS chain WHERE chain.contract_id = contract.contract_id)";
    document::read_all(&tx.fetch(sql, args![]).await?)
}
