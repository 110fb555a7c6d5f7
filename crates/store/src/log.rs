//! The log of evidence of a space: entries numbered without gaps, heads signed once for a size. ARCHITECTURE, invariant 2 and 6.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::evidence::Index;
use xinyu_evidence::entry::Record;

use crate::{Row, StoreError, Tx, Value, args};

/// What is stored of a log beside its entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// The space.
    pub space_id: String,
    /// Entries committed.
    pub size: u64,
    /// The evidence crate's state for the published size, as JSON.
    pub state: String,
    /// Entries that are in the published tree.
    pub published: u64,
}

/// An entry to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The space.
    pub space_id: String,
    /// Unique in the log.
    pub record_id: String,
    /// The contract it belongs to.
    pub contract_id: Option<String>,
    /// Dotted.
    pub kind: String,
    /// Who recorded it.
    pub actor: String,
    /// When it happened.
    pub at: Timestamp,
    /// The exact bytes of the signed record.
    pub leaf: Vec<u8>,
    /// What it is found by.
    pub index: Index,
}

impl NewEntry {
    /// The entry of a record, whose signed bytes and index these are.
    #[must_use]
    pub fn of(record: &Record, leaf: Vec<u8>, index: Index) -> Self {
        Self {
            space_id: record.space.clone(),
            record_id: record.id.clone(),
            contract_id: record.contract.clone(),
            kind: record.kind.clone(),
            actor: record.actor.clone(),
            at: record.at,
            leaf,
            index,
        }
    }
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The space.
    pub space_id: String,
    /// Position from 0.
    pub position: u64,
    /// Unique in the log.
    pub record_id: String,
    /// The exact bytes of the signed record.
    pub leaf: Vec<u8>,
}

/// Creates the log of a space, empty.
///
/// # Errors
/// If the database fails.
pub async fn create(tx: &mut Tx, space_id: &str, state: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO log (space_id, size, state, published) VALUES ($1, 0, $2, 0) ON CONFLICT (space_id) DO NOTHING";
    tx.execute(sql, args![space_id, state]).await?;
    Ok(())
}

/// Where an entry stands in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Here, from 0.
    At(u64),
    /// Nowhere: its identifier belongs to a record with other bytes.
    Taken,
}

/// Appends entries in their order, and gives the place of each; a record that is there already keeps the place it has.
///
/// # Errors
/// If a space has no log, or the database fails.
pub async fn append(tx: &mut Tx, entries: Vec<NewEntry>) -> Result<Vec<Place>, StoreError> {
    // The logs first, in one order for all: what is there already is known for certain while they are held.
    let spaces: BTreeSet<String> = entries.iter().map(|entry| entry.space_id.clone()).collect();
    let mut sizes = BTreeMap::new();
    for space in spaces {
        let sql = "SELECT size FROM log WHERE space_id = $1 {FOR_UPDATE}";
        let size = tx.fetch_one(sql, args![&space]).await?.unsigned("size")?;
        sizes.insert(space, (size, size));
    }
    let known = standing(tx, &entries).await?;
    let (mut places, mut fresh) = (Vec::with_capacity(entries.len()), Vec::<(u64, NewEntry)>::new());
    let mut among: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let before = match known.get(&entry.record_id) {
            Some((position, space_id, leaf)) => Some((*position, space_id, leaf)),
            // The same may come twice at once, too.
            None => among
                .get(&entry.record_id)
                .and_then(|at| fresh.get(*at))
                .map(|(position, other)| (*position, &other.space_id, &other.leaf)),
        };
        if let Some((position, space_id, leaf)) = before {
            let is_it = *space_id == entry.space_id && *leaf == entry.leaf;
            places.push(if is_it { Place::At(position) } else { Place::Taken });
            continue;
        }
        let Some((_, next)) = sizes.get_mut(&entry.space_id) else { continue };
        let position = *next;
        *next = next.saturating_add(1);
        places.push(Place::At(position));
        among.insert(entry.record_id.clone(), fresh.len());
        fresh.push((position, entry));
    }
    let rows = fresh.into_iter().map(|(position, entry)| row(entry, position)).collect::<Result<_, _>>()?;
    for (space, (_, size)) in sizes.into_iter().filter(|(_, (before, size))| size > before) {
        tx.execute("UPDATE log SET size = $2 WHERE space_id = $1", args![space, Value::unsigned(size)?]).await?;
    }
    let sql = "INSERT INTO entry (space_id, position, record_id, contract_id, kind, actor, at, leaf, subject, strategy_id, product_id, \
               person, result) VALUES {ROWS}";
    tx.execute_all(sql, rows).await?;
    Ok(places)
}

/// What stands under the identifiers of these entries: position, space and bytes.
async fn standing(tx: &mut Tx, entries: &[NewEntry]) -> Result<BTreeMap<String, (u64, String, Vec<u8>)>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE record_id IN ({LIST})";
    let rows = tx.fetch_among(sql, entries.iter().map(|entry| Value::from(&entry.record_id)).collect()).await?;
    let there = rows.iter().map(|row| {
        let there = entry_row(row)?;
        Ok((there.record_id, (there.position, there.space_id, there.leaf)))
    });
    there.collect()
}

fn row(entry: NewEntry, position: u64) -> Result<Vec<Value>, StoreError> {
    let Index { subject, strategy_id, product_id, person, result } = entry.index;
    Ok(args![
        entry.space_id,
        Value::unsigned(position)?,
        entry.record_id,
        entry.contract_id,
        entry.kind,
        entry.actor,
        entry.at,
        entry.leaf,
        subject,
        strategy_id,
        product_id,
        person,
        result
    ])
}

/// The log of a space, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, space_id: &str) -> Result<Option<LogRow>, StoreError> {
    let sql = "SELECT space_id, size, state, published FROM log WHERE space_id = $1 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![space_id]).await?.as_ref().map(log_row).transpose()
}

/// The log of a space.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, space_id: &str) -> Result<Option<LogRow>, StoreError> {
    let sql = "SELECT space_id, size, state, published FROM log WHERE space_id = $1";
    tx.fetch_optional(sql, args![space_id]).await?.as_ref().map(log_row).transpose()
}

/// All logs.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<LogRow>, StoreError> {
    let rows = tx.fetch("SELECT space_id, size, state, published FROM log ORDER BY space_id", args![]).await?;
    rows.iter().map(log_row).collect()
}

/// The entries from a position on, without those that were disposed of: [`crate::retention::kept`] has what is left of them.
///
/// # Errors
/// If the database fails.
pub async fn entries(tx: &mut Tx, space_id: &str, from: u64, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE space_id = $1 AND position >= $2 AND remains IS NULL ORDER BY position LIMIT $3";
    tx.fetch(sql, args![space_id, Value::unsigned(from)?, i64::from(limit)]).await?.iter().map(entry_row).collect()
}

/// The bytes of the entries from a position on, of which none was disposed of.
///
/// # Errors
/// If the database fails.
pub async fn leaves(tx: &mut Tx, space_id: &str, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT leaf FROM entry WHERE space_id = $1 AND position >= $2 ORDER BY position LIMIT $3";
    let rows = tx.fetch(sql, args![space_id, Value::unsigned(from)?, i64::from(limit)]).await?;
    rows.iter().map(|row| row.bytes("leaf")).collect()
}

/// The newest entries of a space and kind (all for the empty words), newest first, older than a position: of one space in the order of its log, of all
/// by time.
///
/// # Errors
/// If the database fails.
pub async fn newest(
    tx: &mut Tx,
    space_id: &str,
    kind: &str,
    before: u64,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry \
               WHERE ($1 = '' OR space_id = $1) AND ($2 = '' OR kind = $2) AND position < $3 AND remains IS NULL ORDER BY CASE WHEN $1 = '' THEN at END DESC, position DESC LIMIT $4";
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    tx.fetch(sql, args![space_id, kind, before, i64::from(limit)]).await?.iter().map(entry_row).collect()
}

/// The entries of one contract, in the order of the log.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE contract_id = $1 ORDER BY position";
    tx.fetch(sql, args![contract_id]).await?.iter().map(entry_row).collect()
}

/// What came of a contract after a position, in order, at most so many entries; from the beginning where there is none.
///
/// # Errors
/// If the database fails.
pub async fn of_contract_after(
    tx: &mut Tx,
    contract_id: &str,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE contract_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    let after = after.map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX));
    tx.fetch(sql, args![contract_id, after, i64::from(limit)]).await?.iter().map(entry_row).collect()
}

/// The entries of a kind in a space before a position, in order.
///
/// # Errors
/// If the database fails.
pub async fn of_kind(tx: &mut Tx, space_id: &str, kind: &str, before: u64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry \
               WHERE kind = $2 AND space_id = $1 AND position < $3 ORDER BY position";
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    tx.fetch(sql, args![space_id, kind, before]).await?.iter().map(entry_row).collect()
}

/// How many entries of a kind belong to each contract; contracts without one are left out.
///
/// # Errors
/// If the database fails.
pub async fn tally(tx: &mut Tx, kind: &str) -> Result<BTreeMap<String, u64>, StoreError> {
    let sql = "SELECT contract_id, COUNT(*) AS entries FROM entry WHERE kind = $1 AND contract_id IS NOT NULL GROUP BY contract_id";
    let rows = tx.fetch(sql, args![kind]).await?;
    rows.iter().map(|row| Ok((row.text("contract_id")?, row.unsigned("entries")?))).collect()
}

/// One entry, by the id of its record; without bytes if it was disposed of.
///
/// # Errors
/// If the database fails.
pub async fn find_record(tx: &mut Tx, record_id: &str) -> Result<Option<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry WHERE record_id = $1";
    tx.fetch_optional(sql, args![record_id]).await?.as_ref().map(entry_row).transpose()
}

/// Publishes a size with its signed heads. False if heads for that size were signed before: then those stand.
///
/// # Errors
/// If the database fails.
pub async fn publish(
    tx: &mut Tx,
    space_id: &str,
    size: u64,
    state: &str,
    sha256: &str,
    sm3: &str,
) -> Result<bool, StoreError> {
    let size = Value::unsigned(size)?;
    let now = tx.now();
    let sql = "INSERT INTO head (space_id, size, sha256, sm3, signed_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space_id, size) DO NOTHING";
    if tx.execute(sql, args![space_id, size.clone(), sha256, sm3, now]).await? == 0 {
        return Ok(false);
    }
    tx.execute("UPDATE log SET state = $2, published = $3 WHERE space_id = $1", args![space_id, state, size]).await?;
    Ok(true)
}

/// The signed heads of a size: the SHA-256 note and the SM3 note.
///
/// # Errors
/// If the database fails.
pub async fn head(tx: &mut Tx, space_id: &str, size: u64) -> Result<Option<(String, String)>, StoreError> {
    let size = Value::unsigned(size)?;
    let row = tx
        .fetch_optional("SELECT sha256, sm3 FROM head WHERE space_id = $1 AND size = $2", args![space_id, size])
        .await?;
    row.as_ref().map(|row| Ok((row.text("sha256")?, row.text("sm3")?))).transpose()
}

fn log_row(row: &Row) -> Result<LogRow, StoreError> {
    Ok(LogRow {
        space_id: row.text("space_id")?,
        size: row.unsigned("size")?,
        state: row.text("state")?,
        published: row.unsigned("published")?,
    })
}

pub(crate) fn entry_row(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        space_id: row.text("space_id")?,
        position: row.unsigned("position")?,
        record_id: row.text("record_id")?,
        leaf: row.bytes("leaf")?,
    })
}
