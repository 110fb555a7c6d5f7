//! Connectors as devices, what became of them, and the documents they show.

use xinyu_core::connector::{Connector, Happened};
use xinyu_protocol::api::device::AttachmentInfo;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a connector, new or changed.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, connector: &Connector) -> Result<(), StoreError> {
    let sql = "INSERT INTO connector (connector_id, state, changed_at, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connector_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at, body = excluded.body";
    let (id, state) = (connector.connector_id.as_str(), connector.state.as_str());
    tx.execute(sql, args![id, state, connector.changed_at, document::write(connector)?]).await.map(drop)
}

/// One connector.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Connector>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM connector WHERE connector_id = $1", args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One connector, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Connector>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM connector WHERE connector_id = $1 {FOR_UPDATE}", args![id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All connectors.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Connector>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM connector ORDER BY connector_id", args![]).await?)
}

/// Notes what became of a connector.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &mut Tx, id: &str, happened: &Happened) -> Result<(), StoreError> {
    let sql = "INSERT INTO connector_event (connector_id, kind, at, body) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![id, happened.kind.as_str(), tx.now(), document::write(happened)?]).await.map(drop)
}

/// What became of a connector, the newest events, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn history(tx: &mut Tx, id: &str, most: u32) -> Result<Vec<(Timestamp, Happened)>, StoreError> {
    let sql = "SELECT at, body FROM connector_event WHERE connector_id = $1 ORDER BY id DESC LIMIT $2";
    let rows = tx.fetch(sql, args![id, i64::from(most)]).await?;
    rows.iter().rev().map(|row| Ok((row.timestamp("at")?, document::read(row)?))).collect()
}

/// Keeps a document; false if the same is kept already.
///
/// # Errors
/// If the database fails.
pub async fn attach(tx: &mut Tx, id: &str, info: &AttachmentInfo, content: &[u8]) -> Result<bool, StoreError> {
    let there = "SELECT 1 AS there FROM connector_attachment WHERE connector_id = $1 AND digest = $2";
    if tx.fetch_optional(there, args![id, info.digest.as_str()]).await?.is_some() {
        return Ok(false);
    }
    let sql = "INSERT INTO connector_attachment (attachment_id, connector_id, digest, uploaded_at, body, content) VALUES ($1, $2, $3, $4, $5, $6)";
    let (key, digest) = (info.attachment_id.as_str(), info.digest.as_str());
    tx.execute(sql, args![key, id, digest, info.uploaded_at, document::write(info)?, content]).await?;
    Ok(true)
}

/// The documents of a connector, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn attachments(tx: &mut Tx, id: &str) -> Result<Vec<AttachmentInfo>, StoreError> {
    let sql = "SELECT body FROM connector_attachment WHERE connector_id = $1 ORDER BY uploaded_at, attachment_id";
    document::read_all(&tx.fetch(sql, args![id]).await?)
}

/// One document of a connector with its content.
///
/// # Errors
/// If the database fails.
pub async fn attachment(tx: &mut Tx, id: &str, key: &str) -> Result<Option<(AttachmentInfo, Vec<u8>)>, StoreError> {
    let sql = "SELECT body, content FROM connector_attachment WHERE connector_id = $1 AND attachment_id = $2";
    let row = tx.fetch_optional(sql, args![id, key]).await?;
    row.map(|row| Ok((document::read(&row)?, row.bytes("content")?))).transpose()
}
