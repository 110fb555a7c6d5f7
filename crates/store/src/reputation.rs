//! Reputation statements as they were made, and the counts that they are made of.

use jiff::Timestamp;
use xinyu_protocol::tc609::reputation::SignedStatement;

use crate::log::EntryRow;
use crate::{Row, StoreError, Tx, args, document};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Stores a statement.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, signed: &SignedStatement) -> Result<(), StoreError> {
    let sql = "INSERT INTO reputation (connector_id, computed_at, body) VALUES ($1, $2, $3) \
               ON CONFLICT (connector_id, computed_at) DO UPDATE SET body = excluded.body";
    let statement = &signed.statement;
    tx.execute(sql, args![&statement.connector_id, statement.as_of, document::write(signed)?]).await.map(drop)
}

/// The newest statement on a member.
///
/// # Errors
/// If the database fails.
pub async fn latest(tx: &mut Tx, connector_id: &str) -> Result<Option<SignedStatement>, StoreError> {
    let sql = "SELECT body FROM reputation WHERE connector_id = $1 ORDER BY computed_at DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![connector_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// What was counted: a kind, the day since 1970, how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The kind of the record.
    pub kind: String,
    /// The day since 1970.
    pub day: i64,
    /// How often.
    pub count: u64,
}

/// How often a party recorded something of the kinds on which day, since a time. Of a kind that several spaces hold each is counted.
///
/// # Errors
/// If the database fails.
pub async fn recorded(tx: &mut Tx, actor: &str, kinds: &[&str], since: Timestamp) -> Result<Vec<DayCount>, StoreError> {
    let sql = "SELECT kind, at / $4 AS day, COUNT(*) AS entries FROM entry WHERE actor = $1 AND kind = $2 AND at >= $3 \
               GROUP BY kind, day ORDER BY day";
    let mut all = Vec::new();
    for kind in kinds {
        let rows = tx.fetch(sql, args![actor, *kind, since, DAY]).await?;
        let read = |row: &Row| {
            Ok(DayCount { kind: row.text("kind")?, day: row.integer("day")?, count: row.unsigned("entries")? })
        };
        all.extend(rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?);
    }
    Ok(all)
}

/// Entries of a kind since a time, oldest first: for kinds of which there are few.
///
/// # Errors
/// If the database fails.
pub async fn entries(tx: &mut Tx, kind: &str, since: Timestamp) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE kind = $1 AND at >= $2 ORDER BY at, space_id, position";
    let rows = tx.fetch(sql, args![kind, since]).await?;
    rows.iter().map(crate::log::entry_row).collect()
}

/// When a connector stopped and came back since a time, oldest first: `connector.stopped`, `connector.back`.
///
/// # Errors
/// If the database fails.
pub async fn stops(tx: &mut Tx, connector_id: &str, since: Timestamp) -> Result<Vec<(Timestamp, bool)>, StoreError> {
    let sql = "SELECT at, kind FROM connector_event WHERE connector_id = $1 AND kind IN ('connector.stopped', 'connector.back') \
               AND at >= $2 ORDER BY id";
    let rows = tx.fetch(sql, args![connector_id, since]).await?;
    rows.iter().map(|row| Ok((row.timestamp("at")?, row.text("kind")? == "connector.stopped"))).collect()
}

/// Admitted members without a statement that is newer than a time.
///
/// # Errors
/// If the database fails.
pub async fn stale(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT connector_id FROM member WHERE state = 'approved' AND NOT EXISTS \
               (SELECT 1 FROM reputation WHERE reputation.connector_id = member.connector_id AND computed_at > $1) \
               ORDER BY connector_id LIMIT $2";
    tx.fetch(sql, args![before, i64::from(limit)]).await?.iter().map(|row| row.text("connector_id")).collect()
}
