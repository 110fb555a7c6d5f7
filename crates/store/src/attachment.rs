//! Attachments of participants: what they are, and their bytes, sealed.

use xinyu_core::identity::Attachment;

use crate::{Row, StoreError, Tx, args};

/// Stores an attachment; false if its key is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, attachment: &Attachment, sealed: &[u8]) -> Result<bool, StoreError> {
    let sql = "INSERT INTO attachment (attachment_id, connector_id, uploaded_at, card, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (attachment_id) DO NOTHING";
    let now = tx.now();
    let card = serde_json::to_string(attachment).map_err(|error| StoreError::column("card", error))?;
    let args = args![&attachment.attachment_id, &attachment.connector_id, now, card, sealed.to_vec()];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The attachments of a connector's participant, oldest first, without their bytes.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, connector_id: &str) -> Result<Vec<Attachment>, StoreError> {
    let sql = "SELECT card FROM attachment WHERE connector_id = $1 ORDER BY uploaded_at, attachment_id";
    tx.fetch(sql, args![connector_id]).await?.iter().map(card).collect()
}

/// One attachment with its sealed bytes.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, attachment_id: &str) -> Result<Option<(Attachment, Vec<u8>)>, StoreError> {
    let sql = "SELECT card, body FROM attachment WHERE attachment_id = $1";
    let row = tx.fetch_optional(sql, args![attachment_id]).await?;
    row.map(|row| Ok((card(&row)?, row.bytes("body")?))).transpose()
}

fn card(row: &Row) -> Result<Attachment, StoreError> {
    serde_json::from_str(&row.text("card")?).map_err(|error| StoreError::column("card", error))
}
