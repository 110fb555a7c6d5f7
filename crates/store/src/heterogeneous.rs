//! Connectors of other makers that members have enrolled, as the platform keeps them.

use xinyu_core::heterogeneous::Heterogeneous;

use crate::{StoreError, Tx, args, document};

/// Stores one, new or changed.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, one: &Heterogeneous) -> Result<(), StoreError> {
    let sql = "INSERT INTO heterogeneous_connector (connector_id, did, participant_id, owner, state, registered_at, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (connector_id) DO UPDATE SET did = excluded.did, owner = excluded.owner, \
        state = excluded.state, registered_at = excluded.registered_at, body = excluded.body";
    let args = args![
        one.connector_id.as_str(),
        one.statement.did.as_str(),
        one.participant_id.as_str(),
        one.owner.as_str(),
        one.state.as_str(),
        one.registered_at,
        document::write(one)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// One of them.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector WHERE connector_id = $1";
    let row = tx.fetch_optional(sql, args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One of them, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector WHERE connector_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The one of a DID, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_did(tx: &mut Tx, did: &str) -> Result<Option<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector WHERE did = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![did]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Those of an owner, oldest first, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_of(tx: &mut Tx, owner: &str) -> Result<Vec<Heterogeneous>, StoreError> {
    let sql =
        "SELECT body FROM heterogeneous_connector WHERE owner = $1 ORDER BY registered_at, connector_id {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![owner]).await?)
}

/// All of them, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector ORDER BY registered_at, connector_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// Those that were admitted once and are barred now.
///
/// # Errors
/// If the database fails.
pub async fn barred(tx: &mut Tx) -> Result<Vec<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector WHERE state IN ('suspended', 'revoked', 'departed') ORDER BY connector_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// Those that are admitted.
///
/// # Errors
/// If the database fails.
pub async fn admitted(tx: &mut Tx) -> Result<Vec<Heterogeneous>, StoreError> {
    let sql = "SELECT body FROM heterogeneous_connector WHERE state = 'approved' ORDER BY connector_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}
