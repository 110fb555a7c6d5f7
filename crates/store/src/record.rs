//! A connector's own records of evidence, and where the platform's log holds them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_core::evidence::Index;

use crate::{Row, StoreError, Tx, args, document};

/// One record, as a connector keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnRecord {
    /// Its id.
    pub record_id: String,
    /// The space whose log it belongs to.
    pub space_id: String,
    /// The contract it belongs to.
    pub contract_id: Option<String>,
    /// Dotted.
    pub kind: String,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// Where the log holds it, once the platform acknowledged it.
    pub position: Option<i64>,
    /// The signed record.
    pub body: Value,
}

/// Stores records of their actors, with what they are found by.
///
/// # Errors
/// If the database fails.
pub async fn insert_all(tx: &mut Tx, records: Vec<(OwnRecord, String, Index)>) -> Result<(), StoreError> {
    let sql = "INSERT INTO record (record_id, space_id, contract_id, kind, at, body, actor, subject, strategy_id, product_id, \
               person, result) VALUES {ROWS}";
    let row = |(record, actor, index): (OwnRecord, String, Index)| -> Result<Vec<crate::Value>, StoreError> {
        let body = document::write(&record.body)?;
        let OwnRecord { record_id, space_id, contract_id, kind, at_micros, .. } = record;
        let Index { subject, strategy_id, product_id, person, result } = index;
        Ok(args![
            record_id,
            space_id,
            contract_id,
            kind,
            at_micros,
            body,
            actor,
            subject,
            strategy_id,
            product_id,
            person,
            result
        ])
    };
    let rows = records.into_iter().map(row).collect::<Result<_, _>>()?;
    tx.execute_all(sql, rows).await?;
    Ok(())
}

/// The platform's log holds it.
///
/// # Errors
/// If the database fails.
pub async fn acknowledge(tx: &mut Tx, record_id: &str, position: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE record SET position = $2 WHERE record_id = $1", args![record_id, position]).await?;
    Ok(())
}

/// The newest records, of one contract or of all.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<Vec<OwnRecord>, StoreError> {
    let sql = "SELECT record_id, space_id, contract_id, kind, at, position, body FROM record \
               WHERE ($1 = '' OR contract_id = $1) ORDER BY at DESC, record_id LIMIT $2";
    tx.fetch(sql, args![contract_id, i64::from(limit)]).await?.iter().map(read).collect()
}

/// The newest records of a contract that tell of its data: what was given, taken, made, handed on and destroyed, and that it was signed.
///
/// # Errors
/// If the database fails.
pub async fn of_lineage(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<Vec<OwnRecord>, StoreError> {
    let sql = "SELECT record_id, space_id, contract_id, kind, at, position, body FROM record WHERE contract_id = $1 AND (kind IN                ('contract.signed', 'transfer.delivered', 'transfer.completed', 'usage.done', 'usage.kept', 'usage.destroyed')                OR kind LIKE 'onward.%') ORDER BY at DESC, record_id LIMIT $2";
    tx.fetch(sql, args![contract_id, i64::from(limit)]).await?.iter().map(read).collect()
}

/// How many records of a kind this connector made.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx, kind: &str) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT COUNT(*) AS records FROM record WHERE kind = $1", args![kind]).await?.unsigned("records")
}

/// Whether this connector keeps a record.
///
/// # Errors
/// If the database fails.
pub async fn is_kept(tx: &mut Tx, record_id: &str) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT record_id FROM record WHERE record_id = $1", args![record_id]).await?.is_some())
}

/// How many records the platform has not acknowledged yet.
///
/// # Errors
/// If the database fails.
pub async fn pending(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT COUNT(*) AS pending FROM record WHERE position IS NULL", args![]).await?.unsigned("pending")
}

fn read(row: &Row) -> Result<OwnRecord, StoreError> {
    Ok(OwnRecord {
        record_id: row.text("record_id")?,
        space_id: row.text("space_id")?,
        contract_id: row.optional_text("contract_id")?,
        kind: row.text("kind")?,
        at_micros: row.integer("at")?,
        position: row.optional_integer("position")?,
        body: document::read(row)?,
    })
}
