//! Heads of logs under the eyes of others (C2SP tlog-witness): what this node cosigned as a witness, and at a platform what the witnesses of its logs have cosigned.

use crate::{Row, StoreError, Timestamp, Tx, Value, args};

/// The newest head of a log that this node has cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Whose log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the SHA-256 tree, hexadecimal.
    pub root: String,
    /// When it was cosigned.
    pub cosigned_at: Timestamp,
}

/// What a witness said last of a log of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The log's space.
    pub space_id: String,
    /// The witness's verifier key: name, id and key.
    pub witness: String,
    /// The size of the newest head that it cosigned; 0 if it has cosigned none.
    pub size: u64,
    /// Its signature line under that head.
    pub line: String,
    /// When it cosigned.
    pub cosigned_at: Option<Timestamp>,
    /// When it was asked last.
    pub asked_at: Timestamp,
    /// Why it did not cosign what it was asked last; none if it did.
    pub trouble: Option<String>,
}

/// What this node cosigned last of a log, held until the transaction ends; the row is there from the first look on, so that two first requests cannot both find
/// none.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, origin: &str) -> Result<Option<Witnessed>, StoreError> {
    let now = tx.now();
    let sql = "INSERT INTO witnessed (origin, size, root, cosigned_at) VALUES ($1, 0, '', $2) ON CONFLICT (origin) DO NOTHING";
    tx.execute(sql, args![origin, now]).await?;
    let sql = "SELECT origin, size, root, cosigned_at FROM witnessed WHERE origin = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![origin]).await?;
    Ok(row.as_ref().map(witnessed).transpose()?.filter(|one| !one.root.is_empty()))
}

/// Keeps what this node cosigns now.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, one: &Witnessed) -> Result<(), StoreError> {
    let sql = "INSERT INTO witnessed (origin, size, root, cosigned_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, cosigned_at = excluded.cosigned_at";
    tx.execute(sql, args![&one.origin, Value::unsigned(one.size)?, &one.root, one.cosigned_at]).await.map(drop)
}

/// All that this node has cosigned.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Witnessed>, StoreError> {
    let sql = "SELECT origin, size, root, cosigned_at FROM witnessed WHERE root <> '' ORDER BY origin";
    tx.fetch(sql, args![]).await?.iter().map(witnessed).collect()
}

/// What the witnesses of a log said last.
///
/// # Errors
/// If the database fails.
pub async fn of_log(tx: &mut Tx, space_id: &str) -> Result<Vec<Cosigned>, StoreError> {
    let sql = "SELECT space_id, witness, size, line, cosigned_at, asked_at, trouble FROM cosignature WHERE space_id = $1 ORDER BY witness";
    tx.fetch(sql, args![space_id]).await?.iter().map(cosigned).collect()
}

/// Keeps what a witness said. An answer that is late does not take the place of a newer one.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, one: &Cosigned) -> Result<(), StoreError> {
    let sql = "INSERT INTO cosignature (space_id, witness, size, line, cosigned_at, asked_at, trouble) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (space_id, witness) DO UPDATE SET size = excluded.size, line = excluded.line, \
               cosigned_at = excluded.cosigned_at, asked_at = excluded.asked_at, trouble = excluded.trouble \
               WHERE cosignature.size <= excluded.size";
    let size = Value::unsigned(one.size)?;
    let args =
        args![&one.space_id, &one.witness, size, &one.line, one.cosigned_at, one.asked_at, one.trouble.as_deref()];
    tx.execute(sql, args).await.map(drop)
}

fn witnessed(row: &Row) -> Result<Witnessed, StoreError> {
    Ok(Witnessed {
        origin: row.text("origin")?,
        size: row.unsigned("size")?,
        root: row.text("root")?,
        cosigned_at: row.timestamp("cosigned_at")?,
    })
}

fn cosigned(row: &Row) -> Result<Cosigned, StoreError> {
    Ok(Cosigned {
        space_id: row.text("space_id")?,
        witness: row.text("witness")?,
        size: row.unsigned("size")?,
        line: row.text("line")?,
        cosigned_at: row.optional_timestamp("cosigned_at")?,
        asked_at: row.timestamp("asked_at")?,
        trouble: row.optional_text("trouble")?,
    })
}
