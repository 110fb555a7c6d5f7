//! Credentials that a platform issued, and where they stand.

use uuid::Uuid;
use xinyu_core::credential::Issued;

use crate::{Row, StoreError, Tx, args, document};

/// Stores a credential; false if its place is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, issued: &Issued) -> Result<bool, StoreError> {
    let sql = "INSERT INTO credential (credential_id, connector_id, list, place, state, issued_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT DO NOTHING";
    let args = args![
        issued.credential_id.to_string(),
        issued.connector_id.as_str(),
        number(issued.list)?,
        number(issued.index)?,
        issued.state(),
        issued.issued_at,
        document::write(issued)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// How many credentials have a place.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx) -> Result<u64, StoreError> {
    let row = tx.fetch_one("SELECT COUNT(*) AS found FROM credential", args![]).await?;
    Ok(u64::try_from(row.integer("found")?).unwrap_or_default())
}

/// One credential.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, credential_id: &Uuid) -> Result<Option<Issued>, StoreError> {
    let sql = "SELECT body FROM credential WHERE credential_id = $1";
    let row = tx.fetch_optional(sql, args![credential_id.to_string()]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The credentials of a connector that are not revoked, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_active(tx: &mut Tx, connector_id: &str) -> Result<Vec<Issued>, StoreError> {
    let sql =
        "SELECT body FROM credential WHERE connector_id = $1 AND state = 'active' ORDER BY issued_at {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}

/// All credentials of a connector, newest first.
///
/// # Errors
/// If the database fails.
pub async fn history(tx: &mut Tx, connector_id: &str) -> Result<Vec<Issued>, StoreError> {
    let sql = "SELECT body FROM credential WHERE connector_id = $1 ORDER BY issued_at DESC, credential_id";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, issued: &Issued) -> Result<(), StoreError> {
    let sql = "UPDATE credential SET state = $2, body = $3 WHERE credential_id = $1";
    tx.execute(sql, args![issued.credential_id.to_string(), issued.state(), document::write(issued)?]).await?;
    Ok(())
}

/// The lists with revoked places, and these places.
///
/// # Errors
/// If the database fails.
pub async fn revoked(tx: &mut Tx) -> Result<Vec<(u64, u64)>, StoreError> {
    let sql = "SELECT list, place FROM credential WHERE state = 'revoked' ORDER BY list, place";
    let read = |row: &Row| Ok((unsigned(row, "list")?, unsigned(row, "place")?));
    tx.fetch(sql, args![]).await?.iter().map(read).collect()
}

/// Whether a credential is one of ours that is not revoked, and its holder admitted: what is asked of every request, so in one query.
///
/// # Errors
/// If the database fails.
pub async fn is_good(tx: &mut Tx, credential_id: &Uuid) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS good FROM credential JOIN member ON member.connector_id = credential.connector_id \
               WHERE credential.credential_id = $1 AND credential.state = 'active' AND member.state = 'approved'";
    Ok(tx.fetch_optional(sql, args![credential_id.to_string()]).await?.is_some())
}

/// Whether a credential is the last one of a member that is suspended.
///
/// # Errors
/// If the database fails.
pub async fn is_suspended(tx: &mut Tx, credential_id: &Uuid) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS found FROM credential JOIN member ON member.connector_id = credential.connector_id \
               WHERE credential.credential_id = $1 AND member.state = 'suspended' AND NOT EXISTS ( \
                   SELECT 1 FROM credential AS later WHERE later.connector_id = credential.connector_id \
                   AND later.issued_at > credential.issued_at \
               )";
    Ok(tx.fetch_optional(sql, args![credential_id.to_string()]).await?.is_some())
}

fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|error| StoreError::column("place", error))
}

fn unsigned(row: &Row, name: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.integer(name)?).map_err(|error| StoreError::column(name, error))
}
