//! Policy records: at a platform every version with what was decided on it, and the set of those that are enabled; at a connector the set that it was sent last.

use std::collections::BTreeMap;

use xinyu_core::policy_record::Version;
use xinyu_protocol::tc609::policy_record::PolicySet;

use crate::{StoreError, Tx, args, document};

/// Stores a version; false if that version is there.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, version: &Version) -> Result<bool, StoreError> {
    let sql = "INSERT INTO policy_record (record_id, version, space_id, layer, product_id, author_id, state, saved_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (record_id, version) DO NOTHING";
    let (standing, record) = (&version.standing, version.record());
    let args = args![
        &standing.record_id,
        i64::from(standing.version),
        &record.space_id,
        record.layer.as_str(),
        record.product_id.as_deref().unwrap_or_default(),
        &version.statement().author_id,
        standing.state.as_str(),
        tx.now(),
        document::write(version)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores what was done with a version.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, version: &Version) -> Result<(), StoreError> {
    let sql = "UPDATE policy_record SET state = $3, body = $4 WHERE record_id = $1 AND version = $2";
    let standing = &version.standing;
    let number = i64::from(standing.version);
    tx.execute(sql, args![&standing.record_id, number, standing.state.as_str(), document::write(version)?])
        .await
        .map(drop)
}

/// All versions of a record, newest first, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, record_id: &str) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT body FROM policy_record WHERE record_id = $1 ORDER BY version DESC {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![record_id]).await?)
}

/// All versions of a record, newest first.
///
/// # Errors
/// If the database fails.
pub async fn versions(tx: &mut Tx, record_id: &str) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT body FROM policy_record WHERE record_id = $1 ORDER BY version DESC";
    document::read_all(&tx.fetch(sql, args![record_id]).await?)
}

/// All versions of all records, by id, newest first; with a space only those of it.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, space_id: &str, limit: u32) -> Result<Vec<Version>, StoreError> {
    let sql =
        "SELECT body FROM policy_record WHERE ($1 = '' OR space_id = $1) ORDER BY record_id, version DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![space_id, i64::from(limit)]).await?)
}

/// The versions that are enabled in a space, by id.
///
/// # Errors
/// If the database fails.
pub async fn enabled(tx: &mut Tx, space_id: &str) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT body FROM policy_record WHERE space_id = $1 AND state = 'enabled' ORDER BY record_id, version";
    document::read_all(&tx.fetch(sql, args![space_id]).await?)
}

/// The sequence of the set of a space that is kept, and the least that is needed; none where nothing was ever said of it.
///
/// # Errors
/// If the database fails.
pub async fn sequence(tx: &mut Tx, space_id: &str) -> Result<Option<(u64, u64)>, StoreError> {
    let sql = "SELECT sequence, required FROM policy_set WHERE space_id = $1";
    let row = tx.fetch_optional(sql, args![space_id]).await?;
    row.map(|row| Ok((row.unsigned("sequence")?, row.unsigned("required")?))).transpose()
}

/// The sequences of all sets that are kept, by space.
///
/// # Errors
/// If the database fails.
pub async fn sequences(tx: &mut Tx) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = tx.fetch("SELECT space_id, sequence FROM policy_set WHERE sequence > 0", args![]).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.unsigned("sequence")?))).collect()
}

/// The set of a space that is kept.
///
/// # Errors
/// If the database fails.
pub async fn set(tx: &mut Tx, space_id: &str) -> Result<Option<PolicySet>, StoreError> {
    let sql = "SELECT body FROM policy_set WHERE space_id = $1 AND body IS NOT NULL";
    tx.fetch_optional(sql, args![space_id]).await?.as_ref().map(document::read).transpose()
}

/// The sequence of the set of a space, held until the transaction ends: whoever makes the next one waits.
///
/// # Errors
/// If the database fails.
pub async fn lock_sequence(tx: &mut Tx, space_id: &str) -> Result<u64, StoreError> {
    require(tx, space_id, 0).await?;
    let sql = "SELECT sequence FROM policy_set WHERE space_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![space_id]).await?;
    row.map_or(Ok(0), |row| row.unsigned("sequence"))
}

/// Keeps a set in the place of an older one; false if one that is as new is there.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, space_id: &str, sequence: u64, set: &PolicySet) -> Result<bool, StoreError> {
    let sql = "INSERT INTO policy_set (space_id, sequence, required, kept_at, body) VALUES ($1, $2, 0, $3, $4) \
               ON CONFLICT (space_id) DO UPDATE SET sequence = excluded.sequence, kept_at = excluded.kept_at, body = excluded.body \
               WHERE policy_set.sequence < excluded.sequence";
    let number = i64::try_from(sequence).unwrap_or(i64::MAX);
    Ok(tx.execute(sql, args![space_id, number, tx.now(), document::write(set)?]).await? == 1)
}

/// From now on decisions need a set that is at least as new as this; what was needed before is never needed less.
///
/// # Errors
/// If the database fails.
pub async fn require(tx: &mut Tx, space_id: &str, sequence: u64) -> Result<(), StoreError> {
    let sql = "INSERT INTO policy_set (space_id, sequence, required, kept_at, body) VALUES ($1, 0, $2, $3, NULL) \
               ON CONFLICT (space_id) DO UPDATE SET required = excluded.required \
               WHERE policy_set.required < excluded.required";
    let number = i64::try_from(sequence).unwrap_or(i64::MAX);
    tx.execute(sql, args![space_id, number, tx.now()]).await.map(drop)
}
