//! Verifiable credentials at their issuer: requests, and what was issued. DCP 1.0.1 §6.

use xinyu_core::issuance::{Issuance, Issued};

use crate::{StoreError, Tx, args, document};

/// Stores a request.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn insert(tx: &mut Tx, issuance: &Issuance) -> Result<(), StoreError> {
    let sql = "INSERT INTO issuance (pid, holder, requested_at, body) VALUES ($1, $2, $3, $4)";
    let args = args![&issuance.pid, &issuance.holder, issuance.requested_at, document::write(issuance)?];
    tx.execute(sql, args).await.map(drop)
}

/// A request by our name of it.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, pid: &str) -> Result<Option<Issuance>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM issuance WHERE pid = $1", args![pid]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The next free place in the status lists. Whoever takes one holds the counter until its transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn next_index(tx: &mut Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE counter SET value = value + 1 WHERE name = 'credential_status' RETURNING value";
    let next = tx.fetch_one(sql, args![]).await?.integer("value")?;
    u64::try_from(next - 1).map_err(|error| StoreError::column("value", error))
}

/// Stores a credential that was issued.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn keep(tx: &mut Tx, issued: &Issued) -> Result<(), StoreError> {
    let sql = "INSERT INTO issued_credential (status_index, credential_id, holder, issued_at, body) \
               VALUES ($1, $2, $3, $4, $5)";
    let index = place(issued.status_index)?;
    let args = args![index, &issued.credential_id, &issued.holder, issued.issued_at, document::write(issued)?];
    tx.execute(sql, args).await.map(drop)
}

/// A credential that was issued, held until the transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn lock(tx: &mut Tx, credential_id: &str) -> Result<Option<Issued>, StoreError> {
    let sql = "SELECT body FROM issued_credential WHERE credential_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![credential_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Those of a holder that are not revoked, held until the transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn lock_of(tx: &mut Tx, holder: &str) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM issued_credential WHERE holder = $1 AND revoked_at IS NULL ORDER BY status_index \
               {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![holder]).await?)
}

/// Those of a holder that are not revoked.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn of_holder(tx: &mut Tx, holder: &str) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM issued_credential WHERE holder = $1 AND revoked_at IS NULL ORDER BY status_index";
    document::read_all(&tx.fetch(sql, args![holder]).await?)
}

/// Stores a revocation.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn revoke(tx: &mut Tx, issued: &Issued) -> Result<(), StoreError> {
    let sql = "UPDATE issued_credential SET revoked_at = $2, body = $3 WHERE credential_id = $1";
    let at = issued.revoked.as_ref().map(|revoked| revoked.at);
    tx.execute(sql, args![&issued.credential_id, at, document::write(issued)?]).await.map(drop)
}

/// The places from `first` on, below `end`, at which a credential is revoked.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn revoked(tx: &mut Tx, first: u64, end: u64) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT status_index FROM issued_credential \
               WHERE revoked_at IS NOT NULL AND status_index >= $1 AND status_index < $2 ORDER BY status_index";
    let rows = tx.fetch(sql, args![place(first)?, place(end)?]).await?;
    let read = |index: i64| u64::try_from(index).map_err(|error| StoreError::column("status_index", error));
    rows.iter().map(|row| row.integer("status_index").and_then(read)).collect()
}

/// What was issued, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM issued_credential ORDER BY issued_at DESC, status_index DESC LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

fn place(index: u64) -> Result<i64, StoreError> {
    i64::try_from(index).map_err(|error| StoreError::column("status_index", error))
}
