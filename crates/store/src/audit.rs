//! What people did, as a chain of digests. Nothing here changes a row. The oldest are removed when their time is over, and the chain then begins at the digest of the
//! last one removed.

use xinyu_core::audit::{BEGINNING, Entry, is_alert};
use xinyu_core::pseudonym::SECRET;
use xinyu_core::run_log::of_audit;

use crate::{Row, StoreError, Timestamp, Topic, Tx, Value, args};

/// What happened, without place and time, which the chain gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Happened {
    /// Who: a login name, or `-` for the node itself.
    pub actor: String,
    /// What.
    pub action: String,
    /// On what.
    pub object: String,
    /// `done`, or the code of the refusal.
    pub result: String,
    /// From which address.
    pub ip: String,
    /// More of it, in codes.
    pub detail: String,
}

/// Which entries to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only what was before this one.
    pub before: Option<u64>,
    /// Only of this person.
    pub actor: Option<String>,
    /// Only of this action, or of those below it: `login` has `login.locked`.
    pub action: Option<String>,
}

/// Add an entry at the end of the chain, and what may be told of it to the run log. Whoever adds waits for whoever adds at the same time.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn append(tx: &mut Tx, happened: &Happened) -> Result<u64, StoreError> {
    let (sequence, last) = head_with(tx, "SELECT sequence, digest FROM audit_head WHERE id = 1 {FOR_UPDATE}").await?;
    let entry = Entry {
        sequence: sequence.saturating_add(1),
        at: tx.now(),
        actor: happened.actor.clone(),
        action: happened.action.clone(),
        object: happened.object.clone(),
        result: happened.result.clone(),
        ip: happened.ip.clone(),
        detail: happened.detail.clone(),
    };
    let digest = entry.digest(&last).to_vec();
    let fresh = hex::encode(tx.entropy_bytes::<32>());
    let secret = crate::setting::find_or_set(tx, SECRET, &fresh).await?;
    crate::run_log::note_all(tx, vec![of_audit(&secret, &entry)]).await?;
    let number = Value::unsigned(entry.sequence)?;
    let sql = "INSERT INTO audit (sequence, at, actor, action, object, result, ip, detail, digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let args = args![
        number.clone(),
        entry.at,
        entry.actor,
        entry.action,
        entry.object,
        entry.result,
        entry.ip,
        entry.detail,
        digest.clone(),
    ];
    tx.execute(sql, args).await?;
    if is_alert(&happened.action) {
        tx.signal(Topic::Alert);
    }
    tx.execute("UPDATE audit_head SET sequence = $1, digest = $2 WHERE id = 1", args![number, digest]).await?;
    Ok(entry.sequence)
}

/// The last entry that is no longer kept, and its digest: the first that is kept follows from it.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn base(tx: &mut Tx) -> Result<(u64, [u8; 32]), StoreError> {
    let sql = "SELECT COALESCE(base_sequence, 0) AS sequence, base_digest AS digest FROM audit_head WHERE id = 1";
    head_with(tx, sql).await
}

/// Removes the oldest entries, at most so many, as long as they are from before: the last of them and its digest; none if there are none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Option<(u64, [u8; 32])>, StoreError> {
    // Whoever adds waits: nobody adds in between.
    head_with(tx, "SELECT sequence, digest FROM audit_head WHERE id = 1 {FOR_UPDATE}").await?;
    let (base, _) = base(tx).await?;
    let oldest = list_after(tx, base, limit).await?;
    let Some((last, digest)) = oldest.into_iter().take_while(|(entry, _)| entry.at < before).last() else {
        return Ok(None);
    };
    let digest = <[u8; 32]>::try_from(digest.as_slice()).map_err(|_| StoreError::column("digest", "not 32 bytes"))?;
    let sequence = Value::unsigned(last.sequence)?;
    tx.execute("DELETE FROM audit WHERE sequence <= $1", args![sequence.clone()]).await?;
    let sql = "UPDATE audit_head SET base_sequence = $1, base_digest = $2 WHERE id = 1";
    tx.execute(sql, args![sequence, digest.to_vec()]).await?;
    Ok(Some((last.sequence, digest)))
}

/// How many entries there are, and the digest of the last.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn head(tx: &mut Tx) -> Result<(u64, [u8; 32]), StoreError> {
    head_with(tx, "SELECT sequence, digest FROM audit_head WHERE id = 1").await
}

/// A page, newest first, each with its digest.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Vec<(Entry, Vec<u8>)>, StoreError> {
    let sql = "SELECT * FROM audit
        WHERE (CAST($1 AS BIGINT) IS NULL OR sequence < $1) AND (CAST($2 AS TEXT) IS NULL OR actor = $2)
        AND (CAST($3 AS TEXT) IS NULL OR action = $3 OR substr(action, 1, length($3) + 1) = $3 || '.')
        ORDER BY sequence DESC LIMIT $4";
    let before = filter.before.map(Value::unsigned).transpose()?.unwrap_or(Value::Null);
    let args = args![before, filter.actor.as_deref(), filter.action.as_deref(), limit];
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// A page in the order of the chain.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_after(tx: &mut Tx, sequence: u64, limit: u32) -> Result<Vec<(Entry, Vec<u8>)>, StoreError> {
    let sql = "SELECT * FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    tx.fetch(sql, args![Value::unsigned(sequence)?, limit]).await?.iter().map(read).collect()
}

async fn head_with(tx: &mut Tx, sql: &'static str) -> Result<(u64, [u8; 32]), StoreError> {
    let row = tx.fetch_one(sql, args![]).await?;
    let digest = row.optional_bytes("digest")?.map_or(Ok(BEGINNING), |bytes| {
        <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| StoreError::Statement {
            sql: "audit_head.digest".to_owned(),
            reason: "not 32 bytes".to_owned(),
        })
    })?;
    Ok((row.unsigned("sequence")?, digest))
}

fn read(row: &Row) -> Result<(Entry, Vec<u8>), StoreError> {
    let entry = Entry {
        sequence: row.unsigned("sequence")?,
        at: row.timestamp("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        object: row.text("object")?,
        result: row.text("result")?,
        ip: row.text("ip")?,
        detail: row.text("detail")?,
    };
    Ok((entry, row.bytes("digest")?))
}
