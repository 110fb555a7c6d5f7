//! A named lease: who does a job that only one node may do at a time.
//!
//! A node that was paused may believe that it still holds what another one holds by now. So every change of hands raises the fence, and a change
//! that needs the lease checks [`holds`] in its own transaction.

use crate::{StoreError, Timestamp, Tx, args};
use jiff::SignedDuration;

/// A lease held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Rises with every change of hands.
    pub fence: u64,
    /// Until when, unless it is renewed.
    pub expires_at: Timestamp,
}

/// Take a free or expired lease, or renew one's own. None while another owner holds it.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn acquire(
    tx: &mut Tx,
    name: &str,
    owner: &str,
    duration: SignedDuration,
) -> Result<Option<Lease>, StoreError> {
    let now = tx.now();
    let expires_at = now.checked_add(duration).unwrap_or(Timestamp::MAX);
    let sql = "INSERT INTO lease (name, owner, fence, expires_at) VALUES ($1, $2, 1, $3)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
            fence = CASE WHEN lease.owner = excluded.owner AND lease.expires_at > $4
                THEN lease.fence ELSE lease.fence + 1 END
        WHERE lease.owner = excluded.owner OR lease.expires_at <= $4
        RETURNING fence";
    let Some(row) = tx.fetch_optional(sql, args![name, owner, expires_at, now]).await? else {
        return Ok(None);
    };
    let fence = row.unsigned("fence")?;
    Ok(Some(Lease { name: name.to_owned(), owner: owner.to_owned(), fence, expires_at }))
}

/// Whether a lease is still held as it was given. On PostgreSQL nobody can take it before this transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn holds(tx: &mut Tx, lease: &Lease) -> Result<bool, StoreError> {
    let sql = "SELECT fence, expires_at FROM lease WHERE name = $1 AND owner = $2 {FOR_UPDATE}";
    match tx.fetch_optional(sql, args![&lease.name, &lease.owner]).await? {
        Some(row) => Ok(row.unsigned("fence")? == lease.fence && row.timestamp("expires_at")? > tx.now()),
        None => Ok(false),
    }
}

/// Give a lease back. False when it is not held any more.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn release(tx: &mut Tx, lease: &Lease) -> Result<bool, StoreError> {
    if !holds(tx, lease).await? {
        return Ok(false);
    }
    let sql = "UPDATE lease SET expires_at = $2 WHERE name = $1";
    Ok(tx.execute(sql, args![&lease.name, tx.now()]).await? > 0)
}
