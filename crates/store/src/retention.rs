//! How long what belongs to a contract is kept after its end, and what is left of it then. An entry of a log keeps its place and its two leaf hashes, so that every
//! proof of every other entry stays what it was; everything else of the contract goes.

use std::collections::BTreeSet;

use xinyu_core::agreement::Agreement;
use xinyu_core::contract::Registered;
use xinyu_crypto::Digest;
use xinyu_evidence::disposal::Kept;
use xinyu_protocol::tc609::contract::ContractStatus;

use crate::{Row, StoreError, Timestamp, Topic, Tx, Value, args, document};

/// Bytes of a leaf hash.
const HASH: usize = 32;
/// Entries of a bundle.
const WIDTH: u64 = 256;

/// A contract that has ended, and what is decided about its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The contract.
    pub contract_id: String,
    /// Its space.
    pub space_id: String,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Since when they are kept longer, by whose decision, and why.
    pub held: Option<(Timestamp, String, String)>,
    /// When a person, or `-` for the node itself, said that they are to be disposed of.
    pub ordered: Option<(Timestamp, String)>,
    /// Records of evidence disposed of so far.
    pub records: u64,
    /// When all were.
    pub disposed_at: Option<Timestamp>,
}

/// Contracts of a platform that have ended and are not noted yet: the contract, its space, its end.
///
/// # Errors
/// If the database fails.
pub async fn ended_contracts(tx: &mut Tx, limit: u32) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
    let sql = "SELECT body FROM contract WHERE status = $1 \
               AND NOT EXISTS (SELECT 1 FROM retention WHERE retention.contract_id = contract.contract_id) LIMIT $2";
    let rows = tx.fetch(sql, args![ContractStatus::Terminated.code(), limit]).await?;
    let found: Vec<Registered> = document::read_all(&rows)?;
    let ended = |contract: Registered| {
        let at = contract.ended_at.unwrap_or(contract.created_at);
        (contract.contract_id.to_string(), contract.space_id, at)
    };
    Ok(found.into_iter().map(ended).collect())
}

/// Agreements of a connector after this one that are not noted yet, in the order of their identifiers: the last of them, and those that have ended.
///
/// # Errors
/// If the database fails.
pub async fn ended_agreements(
    tx: &mut Tx,
    after: &str,
    limit: u32,
) -> Result<(Option<String>, Vec<(String, String, Timestamp)>), StoreError> {
    let sql = "SELECT body FROM agreement WHERE contract_id > $1 \
               AND NOT EXISTS (SELECT 1 FROM retention WHERE retention.contract_id = agreement.contract_id) \
               ORDER BY contract_id LIMIT $2";
    let found: Vec<Agreement> = document::read_all(&tx.fetch(sql, args![after, limit]).await?)?;
    let last = found.last().map(|agreement| agreement.contract_id.to_string());
    let ended = |agreement: Agreement| {
        let at = agreement.ended_at.or(agreement.statement.as_ref().map(|statement| statement.at))?;
        Some((agreement.contract_id.to_string(), agreement.space_id, at))
    };
    Ok((last, found.into_iter().filter_map(ended).collect()))
}

/// Notes that a contract has ended; false if that is noted.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &mut Tx, contract_id: &str, space_id: &str, ended_at: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO retention (contract_id, space_id, ended_at, records) VALUES ($1, $2, $3, 0) \
               ON CONFLICT (contract_id) DO NOTHING";
    Ok(tx.execute(sql, args![contract_id, space_id, ended_at]).await? == 1)
}

/// What is noted of a contract.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Ended>, StoreError> {
    tx.fetch_optional("SELECT * FROM retention WHERE contract_id = $1", args![contract_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The same, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Ended>, StoreError> {
    tx.fetch_optional("SELECT * FROM retention WHERE contract_id = $1 {FOR_UPDATE}", args![contract_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Contracts whose records are kept, those that ended first first; or those disposed of, the latest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, is_disposed: bool, limit: u32) -> Result<Vec<Ended>, StoreError> {
    let sql = if is_disposed {
        "SELECT * FROM retention WHERE disposed_at IS NOT NULL ORDER BY disposed_at DESC, contract_id LIMIT $1"
    } else {
        "SELECT * FROM retention WHERE disposed_at IS NULL ORDER BY ended_at, contract_id LIMIT $1"
    };
    tx.fetch(sql, args![limit]).await?.iter().map(read).collect()
}

/// Contracts that ended before then, after this one in the order of end and identifier, of which nobody has said that they are kept longer or disposed of.
///
/// # Errors
/// If the database fails.
pub async fn past(
    tx: &mut Tx,
    before: Timestamp,
    after: (Timestamp, &str),
    limit: u32,
) -> Result<Vec<Ended>, StoreError> {
    let sql = "SELECT * FROM retention WHERE disposed_at IS NULL AND held_at IS NULL AND ordered_at IS NULL AND ended_at < $1 \
               AND (ended_at > $2 OR (ended_at = $2 AND contract_id > $3)) ORDER BY ended_at, contract_id LIMIT $4";
    tx.fetch(sql, args![before, after.0, after.1, limit]).await?.iter().map(read).collect()
}

/// Contracts whose records are to be disposed of.
///
/// # Errors
/// If the database fails.
pub async fn ordered(tx: &mut Tx, limit: u32) -> Result<Vec<Ended>, StoreError> {
    let sql = "SELECT * FROM retention WHERE disposed_at IS NULL AND ordered_at IS NOT NULL ORDER BY ordered_at, contract_id LIMIT $1";
    tx.fetch(sql, args![limit]).await?.iter().map(read).collect()
}

/// The records of a contract are to be disposed of, says this person.
///
/// # Errors
/// If the database fails.
pub async fn order(tx: &mut Tx, contract_id: &str, by: &str) -> Result<(), StoreError> {
    let now = tx.now();
    let sql = "UPDATE retention SET ordered_at = $2, ordered_by = $3 WHERE contract_id = $1";
    tx.execute(sql, args![contract_id, now, by]).await?;
    tx.signal(Topic::Evidence);
    Ok(())
}

/// The records of a contract are kept longer, or no longer so.
///
/// # Errors
/// If the database fails.
pub async fn hold(tx: &mut Tx, contract_id: &str, why: Option<(&str, &str)>) -> Result<(), StoreError> {
    let now = tx.now();
    let sql = "UPDATE retention SET held_at = $2, held_by = $3, held_why = $4, ordered_at = NULL, ordered_by = NULL WHERE contract_id = $1";
    let (by, why) = why.unzip();
    tx.execute(sql, args![contract_id, by.map(|_| now), by, why]).await?;
    Ok(())
}

/// So many records of a contract were disposed of; the last of them, if that is said.
///
/// # Errors
/// If the database fails.
pub async fn advance(tx: &mut Tx, contract_id: &str, records: u64, is_all: bool) -> Result<(), StoreError> {
    let now = tx.now();
    let sql = "UPDATE retention SET records = records + $2, disposed_at = $3 WHERE contract_id = $1";
    tx.execute(sql, args![contract_id, Value::unsigned(records)?, is_all.then_some(now)]).await?;
    Ok(())
}

/// Entries of a contract with their bytes, in order, at most so many, but none of a disposal: those in bundles that are full and published, and how many there are
/// in the newest one.
///
/// # Errors
/// If the database fails.
pub async fn entries(
    tx: &mut Tx,
    contract_id: &str,
    space_id: &str,
    limit: u32,
) -> Result<(Vec<(u64, Vec<u8>)>, u64), StoreError> {
    let log = crate::log::find(tx, space_id).await?;
    let full = log.map_or(0, |log| log.published / WIDTH * WIDTH);
    let sql = "SELECT position, leaf FROM entry WHERE contract_id = $1 AND space_id = $2 AND kind <> $3 AND position < $4 \
               ORDER BY position LIMIT $5";
    let kind = xinyu_evidence::disposal::DISPOSED;
    let rows = tx.fetch(sql, args![contract_id, space_id, kind, Value::unsigned(full)?, limit]).await?;
    let found = rows
        .iter()
        .map(|row| Ok((row.unsigned("position")?, row.bytes("leaf")?)))
        .collect::<Result<_, StoreError>>()?;
    let sql = "SELECT COUNT(*) AS later FROM entry WHERE contract_id = $1 AND space_id = $2 AND kind <> $3 AND position >= $4";
    let later =
        tx.fetch_one(sql, args![contract_id, space_id, kind, Value::unsigned(full)?]).await?.unsigned("later")?;
    Ok((found, later))
}

/// Takes entries away but for their leaf hashes (SHA-256, then SM3), and notes the bundles that have to be written anew.
///
/// # Errors
/// If the database fails.
pub async fn dispose(tx: &mut Tx, space_id: &str, entries: Vec<(u64, [Digest; 2])>) -> Result<(), StoreError> {
    let sql = "UPDATE entry SET leaf = $3, remains = $4, contract_id = NULL, kind = '', actor = '', at = 0, subject = NULL, \
               strategy_id = NULL, product_id = NULL, person = NULL, result = '' WHERE space_id = $1 AND position = $2";
    let mut bundles = BTreeSet::new();
    for (position, [sha256, sm3]) in entries {
        bundles.insert(position / WIDTH);
        let remains = [*sha256.as_bytes(), *sm3.as_bytes()].concat();
        tx.execute(sql, args![space_id, Value::unsigned(position)?, Vec::new(), remains]).await?;
    }
    for bundle in bundles {
        let sql = "INSERT INTO bundle_due (space_id, bundle) VALUES ($1, $2) ON CONFLICT (space_id, bundle) DO NOTHING";
        tx.execute(sql, args![space_id, Value::unsigned(bundle)?]).await?;
    }
    Ok(())
}

/// Bundles that have to be written anew: the space, and which.
///
/// # Errors
/// If the database fails.
pub async fn bundles_due(tx: &mut Tx, limit: u32) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT space_id, bundle FROM bundle_due ORDER BY space_id, bundle LIMIT $1";
    let rows = tx.fetch(sql, args![limit]).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.unsigned("bundle")?))).collect()
}

/// A bundle was written as it is stored.
///
/// # Errors
/// If the database fails.
pub async fn bundle_written(tx: &mut Tx, space_id: &str, bundle: u64) -> Result<(), StoreError> {
    let sql = "DELETE FROM bundle_due WHERE space_id = $1 AND bundle = $2";
    tx.execute(sql, args![space_id, Value::unsigned(bundle)?]).await?;
    Ok(())
}

/// The entries from a position on, as they are kept: without bytes where they were disposed of.
///
/// # Errors
/// If the database fails.
pub async fn kept(tx: &mut Tx, space_id: &str, from: u64, limit: u32) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT leaf, remains FROM entry WHERE space_id = $1 AND position >= $2 ORDER BY position LIMIT $3";
    let rows = tx.fetch(sql, args![space_id, Value::unsigned(from)?, limit]).await?;
    let kept = |row: &Row| match row.optional_bytes("remains")? {
        None => Ok(Kept::Whole(row.bytes("leaf")?)),
        Some(remains) => Ok(Kept::Disposed([hash(&remains, 0)?, hash(&remains, HASH)?])),
    };
    rows.iter().map(kept).collect()
}

fn hash(remains: &[u8], from: usize) -> Result<Digest, StoreError> {
    let bytes = remains.get(from..from.saturating_add(HASH)).and_then(|bytes| <[u8; HASH]>::try_from(bytes).ok());
    bytes.map(Digest::from_bytes).ok_or_else(|| StoreError::column("remains", "not two hashes"))
}

/// What is kept of a contract in tables in which it may have many rows: at most so many of them go at once.
pub const LONG: &[&str] = &[
    "DELETE FROM record WHERE record_id IN (SELECT record_id FROM record WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM usage WHERE use_id IN (SELECT use_id FROM usage WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM transfer WHERE pid IN (SELECT pid FROM transfer WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM onward WHERE onward_id IN (SELECT onward_id FROM onward WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM derived WHERE derived_id IN (SELECT derived_id FROM derived WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM warning WHERE warning_id IN (SELECT warning_id FROM warning WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM warning_look WHERE look_id IN (SELECT look_id FROM warning_look WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM metering_period WHERE contract_id = $1 AND period IN (SELECT period FROM metering_period WHERE contract_id = $1 LIMIT $2)",
    "DELETE FROM performance WHERE contract_id = $1 AND number IN (SELECT number FROM performance WHERE contract_id = $1 LIMIT $2)",
];

/// What is kept of it in the others, itself last. A table with a `contract_id` that is in neither list is one of [`OTHERS`].
pub const SHORT: &[&str] = &[
    "DELETE FROM performance_chain WHERE contract_id = $1",
    "DELETE FROM metering WHERE contract_id = $1",
    "DELETE FROM meter WHERE contract_id = $1",
    "DELETE FROM holding WHERE contract_id = $1",
    "DELETE FROM payment WHERE contract_id = $1",
    "DELETE FROM dispute WHERE contract_id = $1",
    "DELETE FROM breach WHERE contract_id = $1",
    "DELETE FROM termination_proposal WHERE contract_id = $1",
    "DELETE FROM version_proposal WHERE contract_id = $1",
    "DELETE FROM contract_version WHERE contract_id = $1",
    "DELETE FROM countersigning WHERE contract_id = $1",
    "DELETE FROM gathering WHERE contract_id = $1",
    "DELETE FROM draft WHERE contract_id = $1",
    "DELETE FROM draft_held WHERE contract_id = $1",
    "DELETE FROM negotiation_round WHERE contract_id = $1",
    "DELETE FROM negotiation WHERE contract_id = $1",
    "DELETE FROM contract_product WHERE contract_id = $1",
    "DELETE FROM application_notice WHERE contract_id = $1",
    "DELETE FROM application WHERE contract_id = $1",
    "DELETE FROM contract_party WHERE contract_id = $1",
    "DELETE FROM lineage_digest WHERE contract_id = $1",
    "DELETE FROM lineage_event WHERE contract_id = $1",
    "DELETE FROM lineage_edge WHERE from_id IN (SELECT node_id FROM lineage_node WHERE contract_id = $1)",
    "DELETE FROM lineage_edge WHERE to_id IN (SELECT node_id FROM lineage_node WHERE contract_id = $1)",
    "DELETE FROM lineage_node WHERE contract_id = $1",
    "DELETE FROM agreement WHERE contract_id = $1",
    "DELETE FROM contract WHERE contract_id = $1",
];

/// Tables with a `contract_id` that are dealt with elsewhere: the log, what arrived and is pruned by its age, and what is noted here.
pub const OTHERS: [&str; 3] = ["entry", "outbox", "retention"];

/// Takes away what is kept of a contract, at most so many rows of each of its long tables; how many rows went.
///
/// # Errors
/// If the database fails.
pub async fn forget(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<u64, StoreError> {
    let mut gone = 0_u64;
    for sql in LONG {
        gone = gone.saturating_add(tx.execute(sql, args![contract_id, limit]).await?);
    }
    if gone > 0 {
        return Ok(gone);
    }
    for sql in SHORT {
        gone = gone.saturating_add(tx.execute(sql, args![contract_id]).await?);
    }
    Ok(gone)
}

fn read(row: &Row) -> Result<Ended, StoreError> {
    let held_at = row.optional_timestamp("held_at")?;
    let held = held_at.map(|at| Ok::<_, StoreError>((at, row.text("held_by")?, row.text("held_why")?)));
    let ordered_at = row.optional_timestamp("ordered_at")?;
    Ok(Ended {
        contract_id: row.text("contract_id")?,
        space_id: row.text("space_id")?,
        ended_at: row.timestamp("ended_at")?,
        held: held.transpose()?,
        ordered: ordered_at.map(|at| Ok::<_, StoreError>((at, row.text("ordered_by")?))).transpose()?,
        records: row.unsigned("records")?,
        disposed_at: row.optional_timestamp("disposed_at")?,
    })
}
