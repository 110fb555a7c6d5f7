//! Trusted time: the time-stamps of the heads of logs (RFC 3161).

use crate::{Row, StoreError, Timestamp, Tx, Value, args};

/// A head of a log with the time that an authority put on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampRow {
    /// The log's space.
    pub space_id: String,
    /// Entries under the head.
    pub size: u64,
    /// When, by the clock of the authority.
    pub stamped_at: Timestamp,
    /// Who stamped: the subject of its certificate.
    pub authority: String,
    /// The token, in DER.
    pub token: Vec<u8>,
}

/// Keeps a time-stamp. False if the head has one.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, one: &StampRow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO stamp (space_id, size, stamped_at, authority, token) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space_id, size) DO NOTHING";
    let args = args![&one.space_id, Value::unsigned(one.size)?, one.stamped_at, &one.authority, one.token.clone()];
    Ok(tx.execute(sql, args).await? > 0)
}

/// The newest time-stamps of a log, the newest head first.
///
/// # Errors
/// If the database fails.
pub async fn newest(tx: &mut Tx, space_id: &str, limit: u32) -> Result<Vec<StampRow>, StoreError> {
    let sql = "SELECT space_id, size, stamped_at, authority, token FROM stamp WHERE space_id = $1 ORDER BY size DESC LIMIT $2";
    tx.fetch(sql, args![space_id, i64::from(limit)]).await?.iter().map(read).collect()
}

/// Since when the oldest head of any log waits for a time-stamp that covers it: one of this size or a larger one.
///
/// # Errors
/// If the database fails.
pub async fn waiting_since(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    // Of each log the first head after the last stamped one: a step into an index, however many heads there are.
    let sql = "SELECT MIN((SELECT head.signed_at FROM head WHERE head.space_id = log.space_id AND head.size > \
               COALESCE((SELECT MAX(stamp.size) FROM stamp WHERE stamp.space_id = log.space_id), 0) \
               ORDER BY head.size LIMIT 1)) AS since FROM log";
    tx.fetch_one(sql, args![]).await?.optional_timestamp("since")
}

fn read(row: &Row) -> Result<StampRow, StoreError> {
    Ok(StampRow {
        space_id: row.text("space_id")?,
        size: row.unsigned("size")?,
        stamped_at: row.timestamp("stamped_at")?,
        authority: row.text("authority")?,
        token: row.bytes("token")?,
    })
}
