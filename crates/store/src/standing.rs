//! Where others stand, as the platform told this connector, and the lists of revoked credentials.

use std::collections::BTreeMap;

use xinyu_protocol::tc609::participant::Standing;

use crate::{StoreError, Tx, args, document};

/// Stores a standing unless a later one is there; whether it was stored.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, standing: &Standing) -> Result<bool, StoreError> {
    let sql = "INSERT INTO standing (party_id, sequence, body) VALUES ($1, $2, $3) \
               ON CONFLICT (party_id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body WHERE standing.sequence < excluded.sequence";
    let sequence = i64::try_from(standing.sequence).map_err(|error| StoreError::column("sequence", error))?;
    let args = args![standing.party(), sequence, document::write(standing)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Where a party stands; none for one of which nothing was told.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, party_id: &str) -> Result<Option<Standing>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM standing WHERE party_id = $1", args![party_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All standings.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Standing>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM standing ORDER BY party_id", args![]).await?)
}

/// Stores an encoded list.
///
/// # Errors
/// If the database fails.
pub async fn save_list(tx: &mut Tx, url: &str, encoded: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO status_list (url, learnt_at, body) VALUES ($1, $2, $3) \
               ON CONFLICT (url) DO UPDATE SET learnt_at = excluded.learnt_at, body = excluded.body";
    let now = tx.now();
    tx.execute(sql, args![url, now, encoded]).await?;
    Ok(())
}

/// The encoded list of a URL, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_list(tx: &mut Tx, url: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM status_list WHERE url = $1 {FOR_UPDATE}", args![url]).await?;
    row.map(|row| row.text("body")).transpose()
}

/// All encoded lists, by URL.
///
/// # Errors
/// If the database fails.
pub async fn lists(tx: &mut Tx) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = tx.fetch("SELECT url, body FROM status_list ORDER BY url", args![]).await?;
    rows.iter().map(|row| Ok((row.text("url")?, row.text("body")?))).collect()
}
