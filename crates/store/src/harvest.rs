//! Other catalogues that a node reads, and the records of them. NDI-TR-2025-06 §6.3 c.

use std::collections::BTreeMap;

use jiff::Timestamp;
use xinyu_core::harvest::{HarvestSource, HarvestedRecord};

use crate::{Row, StoreError, Tx, Value, args, document};

/// Stores a source, or what has become of it.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, source: &HarvestSource) -> Result<(), StoreError> {
    let sql = "INSERT INTO harvest (harvest_id, due_at, body, kept) VALUES ($1, $2, $3, '') \
               ON CONFLICT (harvest_id) DO UPDATE SET due_at = excluded.due_at, body = excluded.body";
    tx.execute(sql, args![&source.harvest_id, source.due_at, document::write(source)?]).await.map(drop)
}

/// One source, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, harvest_id: &str) -> Result<Option<HarvestSource>, StoreError> {
    let row =
        tx.fetch_optional("SELECT body FROM harvest WHERE harvest_id = $1 {FOR_UPDATE}", args![harvest_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All sources.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<HarvestSource>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM harvest ORDER BY harvest_id", args![]).await?)
}

/// How many records are kept of each source.
///
/// # Errors
/// If the database fails.
pub async fn counts(tx: &mut Tx) -> Result<BTreeMap<String, u64>, StoreError> {
    let sql = "SELECT harvest_id, COUNT(*) AS records FROM harvested WHERE digest <> '' GROUP BY harvest_id";
    let rows = tx.fetch(sql, args![]).await?;
    rows.iter().map(|row| Ok((row.text("harvest_id")?, row.unsigned("records")?))).collect()
}

/// Sources that are due by a time, the earliest first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<HarvestSource>, StoreError> {
    let sql = "SELECT body FROM harvest WHERE due_at <= $1 ORDER BY due_at, harvest_id";
    document::read_all(&tx.fetch(sql, args![by]).await?)
}

/// When the next source is due after a time.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT due_at FROM harvest WHERE due_at > $1 ORDER BY due_at LIMIT 1";
    tx.fetch_optional(sql, args![after]).await?.as_ref().map(|row| row.timestamp("due_at")).transpose()
}

/// Removes a source; its records are to be removed before.
///
/// # Errors
/// If the database fails.
pub async fn remove(tx: &mut Tx, harvest_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM harvest WHERE harvest_id = $1", args![harvest_id]).await? == 1)
}

/// What was kept for the next read of a source, beside the digests of its records; empty at first.
///
/// # Errors
/// If the database fails.
pub async fn kept(tx: &mut Tx, harvest_id: &str) -> Result<String, StoreError> {
    let row = tx.fetch_optional("SELECT kept FROM harvest WHERE harvest_id = $1", args![harvest_id]).await?;
    row.map_or_else(|| Ok(String::new()), |row| row.text("kept"))
}

/// Keeps that.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, harvest_id: &str, kept: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE harvest SET kept = $2 WHERE harvest_id = $1", args![harvest_id, kept]).await.map(drop)
}

/// A record's digest, and when its source last changed it.
pub type Mark = (String, Option<Timestamp>);

/// What is known of the records of a source, by the source's identifiers.
///
/// # Errors
/// If the database fails.
pub async fn marks(tx: &mut Tx, harvest_id: &str) -> Result<BTreeMap<String, Mark>, StoreError> {
    let sql = "SELECT record_key, digest, modified_at FROM harvested WHERE harvest_id = $1 AND digest <> ''";
    let rows = tx.fetch(sql, args![harvest_id]).await?;
    let mark = |row: &Row| Ok((row.text("record_key")?, (row.text("digest")?, row.optional_timestamp("modified_at")?)));
    rows.iter().map(mark).collect()
}

/// Stores records, each in the place of what was known under its identifier.
///
/// # Errors
/// If the database fails.
pub async fn put(tx: &mut Tx, records: &[HarvestedRecord]) -> Result<(), StoreError> {
    let mut changed = next_changes(tx, records.len()).await?;
    let sql = "INSERT INTO harvested (record_id, harvest_id, record_key, digest, modified_at, changed, body) \
               VALUES {ROWS} ON CONFLICT (record_id) DO UPDATE SET \
               digest = excluded.digest, modified_at = excluded.modified_at, changed = excluded.changed, body = excluded.body";
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        changed += 1;
        let info = &record.info;
        rows.push(args![
            &info.record_id,
            &info.harvest_id,
            &record.key,
            &record.digest,
            info.modified,
            Value::unsigned(changed)?,
            document::write(record)?
        ]);
    }
    tx.execute_all(sql, rows).await.map(drop)
}

/// Removes records by their source's identifiers.
///
/// # Errors
/// If the database fails.
pub async fn take_away(tx: &mut Tx, harvest_id: &str, keys: &[String]) -> Result<(), StoreError> {
    let mut changed = next_changes(tx, keys.len()).await?;
    let sql = "UPDATE harvested SET body = '', digest = '', modified_at = NULL, changed = $3 WHERE harvest_id = $1 AND record_key = $2";
    for key in keys {
        changed += 1;
        tx.execute(sql, args![harvest_id, key, Value::unsigned(changed)?]).await?;
    }
    Ok(())
}

/// These records, in no order; those that are gone are not among them.
///
/// # Errors
/// If the database fails.
pub async fn of(tx: &mut Tx, record_ids: &[String]) -> Result<Vec<HarvestedRecord>, StoreError> {
    let sql = "SELECT body FROM harvested WHERE digest <> '' AND record_id IN ({LIST})";
    document::read_all(&tx.fetch_among(sql, record_ids.iter().map(Value::from).collect()).await?)
}

/// The number of the latest change of any record.
///
/// # Errors
/// If the database fails.
pub async fn latest_change(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT latest FROM harvested_change WHERE one = 1", args![]).await?.unsigned("latest")
}

/// A change: its number, the key of the record, and the record as it is now, if it is still there.
pub type Changed = (u64, String, Option<HarvestedRecord>);

/// Records that changed after a number, in the order of their changes.
///
/// # Errors
/// If the database fails.
pub async fn changed(tx: &mut Tx, after: u64, limit: u32) -> Result<Vec<Changed>, StoreError> {
    let sql = "SELECT changed, record_id, digest, body FROM harvested WHERE changed > $1 ORDER BY changed LIMIT $2";
    let rows = tx.fetch(sql, args![Value::unsigned(after)?, limit]).await?;
    let one = |row: &Row| {
        let is_gone = row.text("digest")?.is_empty();
        let record = if is_gone { None } else { Some(document::read(row)?) };
        Ok((row.unsigned("changed")?, row.text("record_id")?, record))
    };
    rows.iter().map(one).collect()
}

/// The number before so many changes that are being made. Others wait until they are committed, so that no number shows before a smaller one.
async fn next_changes(tx: &mut Tx, count: usize) -> Result<u64, StoreError> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let sql = "UPDATE harvested_change SET latest = latest + $1 WHERE one = 1 RETURNING latest";
    let latest = tx.fetch_one(sql, args![Value::unsigned(count)?]).await?.unsigned("latest")?;
    Ok(latest.saturating_sub(count))
}
