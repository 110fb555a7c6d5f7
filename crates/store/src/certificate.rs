//! Certificates that the platform issued.

use xinyu_core::certificate::Issued;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a certificate that was just issued.
///
/// # Errors
/// If the database fails, or the serial number is there already.
pub async fn insert(tx: &mut Tx, issued: &Issued) -> Result<(), StoreError> {
    let sql = "INSERT INTO certificate (serial, connector_id, suite, state, issued_at, not_after, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![
        issued.serial.as_str(),
        issued.holder.as_str(),
        issued.suite.as_str(),
        issued.state.as_str(),
        issued.issued_at,
        issued.not_after,
        document::write(issued)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, issued: &Issued) -> Result<(), StoreError> {
    let sql = "UPDATE certificate SET state = $2, body = $3 WHERE serial = $1";
    tx.execute(sql, args![issued.serial.as_str(), issued.state.as_str(), document::write(issued)?]).await.map(drop)
}

/// One certificate.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, serial: &str) -> Result<Option<Issued>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM certificate WHERE serial = $1", args![serial]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One certificate, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, serial: &str) -> Result<Option<Issued>, StoreError> {
    let sql = "SELECT body FROM certificate WHERE serial = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![serial]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All certificates of a holder, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn of_holder(tx: &mut Tx, holder: &str) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM certificate WHERE connector_id = $1 ORDER BY issued_at, serial";
    document::read_all(&tx.fetch(sql, args![holder]).await?)
}

/// The newest certificates.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, most: u32) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM certificate ORDER BY issued_at DESC, serial LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(most)]).await?)
}

/// The certificates of a suite that were taken back before they expired: what a revocation list names.
///
/// # Errors
/// If the database fails.
pub async fn revoked(tx: &mut Tx, suite: &str, now: Timestamp) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM certificate WHERE state = 'revoked' AND suite = $1 AND not_after >= $2 ORDER BY serial";
    document::read_all(&tx.fetch(sql, args![suite, now]).await?)
}
