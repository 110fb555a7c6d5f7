//! Certifications at the platform, and the schemes that its operator has saved.

use xinyu_core::certification::{Certification, State};
use xinyu_protocol::tc609::certification::Scheme;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a version of a scheme; false if that version is there.
///
/// # Errors
/// If the database fails.
pub async fn save_scheme(tx: &mut Tx, scheme: &Scheme) -> Result<bool, StoreError> {
    let sql = "INSERT INTO certification_scheme (scheme_id, version, saved_at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (scheme_id, version) DO NOTHING";
    let args = args![&scheme.definition.scheme_id, i64::from(scheme.version), tx.now(), document::write(scheme)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The schemes that were saved, each in its newest version.
///
/// # Errors
/// If the database fails.
pub async fn schemes(tx: &mut Tx) -> Result<Vec<Scheme>, StoreError> {
    let sql = "SELECT body FROM certification_scheme AS one WHERE version = \
               (SELECT MAX(version) FROM certification_scheme AS all_of_it WHERE all_of_it.scheme_id = one.scheme_id) \
               ORDER BY scheme_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// The next number of a certification. Whoever takes one holds the counter until its transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn next_number(tx: &mut Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE counter SET value = value + 1 WHERE name = 'certification' RETURNING value";
    tx.fetch_one(sql, args![]).await?.unsigned("value")
}

/// Stores a certification, new or changed.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, one: &Certification) -> Result<(), StoreError> {
    let sql = "INSERT INTO certification \
               (certification_id, scheme_id, subject_id, connector_id, state, applied_at, changed_at, valid_until, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (certification_id) DO UPDATE SET \
               state = excluded.state, changed_at = excluded.changed_at, valid_until = excluded.valid_until, body = excluded.body";
    let args = args![
        &one.certification_id,
        &one.scheme.definition.scheme_id,
        &one.subject.id,
        &one.subject.connector_id,
        one.state.as_str(),
        one.applied_at,
        one.changed_at,
        one.valid_until(),
        document::write(one)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// One certification.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, certification_id: &str) -> Result<Option<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE certification_id = $1";
    let row = tx.fetch_optional(sql, args![certification_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One certification, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, certification_id: &str) -> Result<Option<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE certification_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![certification_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Certifications of a member (of all for the empty connector), newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, connector_id: &str, limit: u32) -> Result<Vec<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE ($1 = '' OR connector_id = $1) ORDER BY applied_at DESC, certification_id DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![connector_id, i64::from(limit)]).await?)
}

/// Certifications of one subject by one scheme, newest first.
///
/// # Errors
/// If the database fails.
pub async fn of_subject(tx: &mut Tx, scheme_id: &str, subject_id: &str) -> Result<Vec<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE scheme_id = $1 AND subject_id = $2 ORDER BY applied_at DESC, certification_id DESC";
    document::read_all(&tx.fetch(sql, args![scheme_id, subject_id]).await?)
}

/// What is certified and not over, held until the transaction ends: of a member, or of all for the empty connector.
///
/// # Errors
/// If the database fails.
pub async fn lock_in_force(tx: &mut Tx, connector_id: &str) -> Result<Vec<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE state IN ('certified', 'suspended') AND ($1 = '' OR connector_id = $1) \
               ORDER BY certification_id {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}

/// What is good at a time, for strangers, newest first.
///
/// # Errors
/// If the database fails.
pub async fn valid(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE state = $1 AND valid_until > $2 ORDER BY changed_at DESC, certification_id DESC LIMIT $3";
    document::read_all(&tx.fetch(sql, args![State::Certified.as_str(), now, i64::from(limit)]).await?)
}

/// What is over by the clock and not yet written down as over, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Certification>, StoreError> {
    let sql = "SELECT body FROM certification WHERE state IN ('certified', 'suspended') AND valid_until <= $1 \
               ORDER BY valid_until, certification_id LIMIT $2 {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![now, i64::from(limit)]).await?)
}

/// Whether anything is over by the clock and not yet written down as over.
///
/// # Errors
/// If the database fails.
pub async fn is_due(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let sql =
        "SELECT 1 AS due FROM certification WHERE state IN ('certified', 'suspended') AND valid_until <= $1 LIMIT 1";
    Ok(tx.fetch_optional(sql, args![now]).await?.is_some())
}
