//! Run logs: a node's own, and on a platform those of its connectors. What is written waits without a place in the transaction of what it tells of, where it holds
//! up nobody; whoever puts it into the chain holds the head. NDI-TR-2025-05 §6.2.5.

use xinyu_core::chain::BEGINNING;
use xinyu_core::run_log::{self, digests};
use xinyu_protocol::tc609::run_log::{Category, Level, RunLogEntry};

use crate::{Row, StoreError, Timestamp, Topic, Tx, Value, args};

/// Who a node's own log belongs to here, and which telling of it this is.
pub const OWN: (&str, u32) = ("", 1);

/// How far one telling of a log goes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose log: a connector, or nobody for this node's own.
    pub party: String,
    /// Which telling.
    pub epoch: u32,
    /// The place at which it began.
    pub begin: u64,
    /// The last place.
    pub sequence: u64,
    /// The digest there.
    pub digest: [u8; 32],
    /// The last place that was removed again, or the one before the beginning.
    pub kept: u64,
    /// The digest there.
    pub kept_digest: [u8; 32],
    /// When the last entry was written.
    pub last_at: Option<Timestamp>,
    /// When something was heard of it last.
    pub heard_at: Option<Timestamp>,
    /// The last place that its owner said it has.
    pub told: u64,
    /// Up to where it is safe elsewhere too: taken by the platform, or named by a record of evidence.
    pub settled: u64,
    /// Since when; at first, when it began.
    pub settled_at: Timestamp,
    /// Up to where function nodes were told of it.
    pub reported: u64,
    /// When another chain was told than the one held.
    pub diverged_at: Option<Timestamp>,
}

impl Head {
    /// A telling that begins at a place, after an entry of this digest.
    #[must_use]
    pub fn begin(party: &str, epoch: u32, begin: u64, before: [u8; 32], now: Timestamp) -> Self {
        let last = begin.saturating_sub(1);
        Self {
            party: party.to_owned(),
            epoch,
            begin,
            sequence: last,
            digest: before,
            kept: last,
            kept_digest: before,
            last_at: None,
            heard_at: None,
            told: last,
            settled: last,
            settled_at: now,
            reported: last,
            diverged_at: None,
        }
    }
}

/// An entry at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it stands among all that are kept here.
    pub id: i64,
    /// Whose log.
    pub party: String,
    /// Which telling.
    pub epoch: u32,
    /// Its place.
    pub sequence: u64,
    /// What it says.
    pub entry: RunLogEntry,
    /// Its digest.
    pub digest: Vec<u8>,
}

/// What to look for; what is none is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Whose log; empty for this node's own.
    pub party: Option<String>,
    /// Only of this category.
    pub category: Option<Category>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only of this code.
    pub code: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Only what stands after this in the list.
    pub before: Option<(Timestamp, i64)>,
}

macro_rules! insert {
    ($or:literal) => {
        concat!(
            "INSERT INTO run_log_head (party, epoch, begin_at, sequence, digest, kept, kept_digest, last_at, heard_at, told, settled, \
             settled_at, reported, diverged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             ON CONFLICT (party, epoch) DO ",
            $or
        )
    };
}

/// Writes entries, which get their places soon.
///
/// # Errors
/// If the database fails.
pub async fn note_all(tx: &mut Tx, entries: Vec<RunLogEntry>) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO run_log_pending (at, level, category, code, object, detail) VALUES {ROWS}";
    let row = |entry: RunLogEntry| {
        let RunLogEntry { at, level, category, code, object, detail } = entry;
        args![at, level.as_str(), category.as_str(), code, object, detail]
    };
    tx.execute_all(sql, entries.into_iter().map(row).collect()).await?;
    tx.signal(Topic::RunLog);
    Ok(())
}

/// Writes one entry of the system log.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &mut Tx, level: Level, code: &str, object: &str, detail: &str) -> Result<(), StoreError> {
    let entry = run_log::entry(tx.now(), level, Category::System, code, object, detail);
    note_all(tx, vec![entry]).await
}

/// Whether something was written that has no place yet.
///
/// # Errors
/// If the database fails.
pub async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT id FROM run_log_pending LIMIT 1", args![]).await?.is_some())
}

/// Puts what was written into this node's own chain, the earliest first. How many: fewer than the limit when nothing is left.
///
/// # Errors
/// If the database fails.
pub async fn seal(tx: &mut Tx, limit: u32) -> Result<u32, StoreError> {
    let mut head = match lock(tx, OWN.0, OWN.1).await? {
        Some(head) => head,
        None => {
            // Of several that begin at once one does, and the others go on from there.
            let first = Head::begin(OWN.0, OWN.1, 1, BEGINNING, tx.now());
            write(tx, insert!("NOTHING"), &first).await?;
            lock(tx, OWN.0, OWN.1).await?.ok_or_else(|| StoreError::NoRow { sql: "run_log_head".to_owned() })?
        }
    };
    let sql = "DELETE FROM run_log_pending WHERE id IN (SELECT id FROM run_log_pending ORDER BY id LIMIT $1)
        RETURNING id, at, level, category, code, object, detail";
    let rows = tx.fetch(sql, args![i64::from(limit)]).await?;
    let read = |row: &Row| Ok::<_, StoreError>((row.integer("id")?, entry(row)?));
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|(id, _)| *id);
    let entries: Vec<RunLogEntry> = found.into_iter().map(|(_, entry)| entry).collect();
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    if count > 0 {
        let chain = digests(head.sequence.saturating_add(1), head.digest, &entries);
        extend(tx, &mut head, entries.into_iter().zip(chain).collect()).await?;
        head.told = head.sequence;
        save(tx, &head).await?;
        tx.signal(Topic::RunLog);
    }
    Ok(count)
}

/// Adds entries behind the last of a chain, whose head the caller holds, and saves after that.
///
/// # Errors
/// If the database fails.
pub async fn extend(tx: &mut Tx, head: &mut Head, entries: Vec<(RunLogEntry, [u8; 32])>) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO run_log (party, epoch, sequence, at, level, category, code, object, detail, digest) VALUES {ROWS}";
    let mut rows = Vec::with_capacity(entries.len());
    for (entry, digest) in entries {
        head.sequence = head.sequence.saturating_add(1);
        head.digest = digest;
        head.last_at = Some(entry.at);
        let RunLogEntry { at, level, category, code, object, detail } = entry;
        rows.push(args![
            head.party.as_str(),
            i64::from(head.epoch),
            Value::unsigned(head.sequence)?,
            at,
            level.as_str(),
            category.as_str(),
            code,
            object,
            detail,
            digest.to_vec()
        ]);
    }
    tx.execute_all(sql, rows).await.map(drop)
}

/// Stores a head, new or changed.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, head: &Head) -> Result<(), StoreError> {
    let sql = insert!(
        "UPDATE SET sequence = excluded.sequence, digest = excluded.digest, kept = excluded.kept,
            kept_digest = excluded.kept_digest, last_at = excluded.last_at, heard_at = excluded.heard_at, told = excluded.told,
            settled = excluded.settled, settled_at = excluded.settled_at, reported = excluded.reported, diverged_at = excluded.diverged_at"
    );
    write(tx, sql, head).await
}

async fn write(tx: &mut Tx, sql: &'static str, head: &Head) -> Result<(), StoreError> {
    let args = args![
        head.party.as_str(),
        i64::from(head.epoch),
        Value::unsigned(head.begin)?,
        Value::unsigned(head.sequence)?,
        head.digest.to_vec(),
        Value::unsigned(head.kept)?,
        head.kept_digest.to_vec(),
        head.last_at,
        head.heard_at,
        Value::unsigned(head.told)?,
        Value::unsigned(head.settled)?,
        head.settled_at,
        Value::unsigned(head.reported)?,
        head.diverged_at
    ];
    tx.execute(sql, args).await.map(drop)
}

/// The head of one telling, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, party: &str, epoch: u32) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT * FROM run_log_head WHERE party = $1 AND epoch = $2 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![party, i64::from(epoch)]).await?.as_ref().map(read_head).transpose()
}

/// The head of the latest telling of a log, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_latest(tx: &mut Tx, party: &str) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT * FROM run_log_head WHERE party = $1 ORDER BY epoch DESC LIMIT 1 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![party]).await?.as_ref().map(read_head).transpose()
}

/// The head of this node's own log, if anything was ever put into it.
///
/// # Errors
/// If the database fails.
pub async fn own(tx: &mut Tx) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT * FROM run_log_head WHERE party = $1 AND epoch = $2";
    tx.fetch_optional(sql, args![OWN.0, i64::from(OWN.1)]).await?.as_ref().map(read_head).transpose()
}

/// The heads after one, by party and telling.
///
/// # Errors
/// If the database fails.
pub async fn heads(tx: &mut Tx, after: Option<(&str, u32)>, limit: u32) -> Result<Vec<Head>, StoreError> {
    let (party, epoch) = after.unwrap_or(("", 0));
    let sql =
        "SELECT * FROM run_log_head WHERE party > $1 OR (party = $1 AND epoch > $2) ORDER BY party, epoch LIMIT $3";
    tx.fetch(sql, args![party, i64::from(epoch), i64::from(limit)]).await?.iter().map(read_head).collect()
}

/// The tellings of one log, the earliest first.
///
/// # Errors
/// If the database fails.
pub async fn heads_of(tx: &mut Tx, party: &str, limit: u32) -> Result<Vec<Head>, StoreError> {
    let sql = "SELECT * FROM run_log_head WHERE party = $1 ORDER BY epoch LIMIT $2";
    tx.fetch(sql, args![party, i64::from(limit)]).await?.iter().map(read_head).collect()
}

/// The entries of a telling behind a place, in their order.
///
/// # Errors
/// If the database fails.
pub async fn after(
    tx: &mut Tx,
    (party, epoch): (&str, u32),
    sequence: u64,
    limit: u32,
) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT * FROM run_log WHERE party = $1 AND epoch = $2 AND sequence > $3 ORDER BY sequence LIMIT $4";
    let args = args![party, i64::from(epoch), Value::unsigned(sequence)?, i64::from(limit)];
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// The digest at a place of a telling, if it is kept.
///
/// # Errors
/// If the database fails.
pub async fn digest_at(tx: &mut Tx, head: &Head, sequence: u64) -> Result<Option<[u8; 32]>, StoreError> {
    if sequence == head.kept {
        return Ok(Some(head.kept_digest));
    }
    let sql = "SELECT digest FROM run_log WHERE party = $1 AND epoch = $2 AND sequence = $3";
    let args = args![head.party.as_str(), i64::from(head.epoch), Value::unsigned(sequence)?];
    tx.fetch_optional(sql, args).await?.map(|row| digest(&row, "digest")).transpose()
}

macro_rules! page {
    ($lead:literal) => {
        concat!(
            "SELECT * FROM run_log WHERE ",
            $lead,
            "(CAST($1 AS TEXT) IS NULL OR party = $1) AND (CAST($2 AS TEXT) IS NULL OR category = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR level = $3) AND (CAST($4 AS TEXT) IS NULL OR code = $4) \
             AND at >= $5 AND at < $6 AND (at < $7 OR (at = $7 AND id < $8)) ORDER BY at DESC, id DESC LIMIT $9"
        )
    };
}

/// A page, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, search: &Search, limit: u32) -> Result<Vec<Kept>, StoreError> {
    // The most selective first: an engine that does not see through the optional filters follows the index of what leads. Most entries are business as usual,
    // and in no index of levels and categories.
    let sql = if search.level.is_some_and(|level| level != Level::Info) {
        page!("level <> 'info' AND level = $3 AND ")
    } else if search.code.is_some() {
        page!("code = $4 AND ")
    } else if search.category.is_some_and(|category| category != Category::Business) {
        page!("category <> 'business' AND category = $2 AND ")
    } else if search.party.is_some() {
        page!("party = $1 AND ")
    } else {
        page!("")
    };
    let (at, id) = search.before.unwrap_or((Timestamp::MAX, i64::MAX));
    let args = args![
        search.party.as_deref(),
        search.category.map(Category::as_str),
        search.level.map(Level::as_str),
        search.code.as_deref(),
        search.since.unwrap_or(Timestamp::MIN),
        search.until.unwrap_or(Timestamp::MAX),
        at,
        id,
        i64::from(limit)
    ];
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// How many entries of each category and level stand between two places of a telling, the first not included.
///
/// # Errors
/// If the database fails.
pub async fn counts(
    tx: &mut Tx,
    (party, epoch): (&str, u32),
    after: u64,
    to: u64,
) -> Result<Vec<(String, String, u64)>, StoreError> {
    let sql = "SELECT category, level, COUNT(*) AS found FROM run_log
        WHERE party = $1 AND epoch = $2 AND sequence > $3 AND sequence <= $4 GROUP BY category, level ORDER BY category, level";
    let args = args![party, i64::from(epoch), Value::unsigned(after)?, Value::unsigned(to)?];
    let read = |row: &Row| Ok((row.text("category")?, row.text("level")?, row.unsigned("found")?));
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// The entries above `info` between two places of a telling, the first not included, in their order.
///
/// # Errors
/// If the database fails.
pub async fn troubles(
    tx: &mut Tx,
    (party, epoch): (&str, u32),
    after: u64,
    to: u64,
    limit: u32,
) -> Result<Vec<Kept>, StoreError> {
    let sql =
        "SELECT * FROM run_log WHERE party = $1 AND epoch = $2 AND sequence > $3 AND sequence <= $4 AND level <> 'info'
        ORDER BY sequence LIMIT $5";
    let args = args![party, i64::from(epoch), Value::unsigned(after)?, Value::unsigned(to)?, i64::from(limit)];
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// Removes the first entries of a telling that were written before an instant and are safe elsewhere too; what follows them stays verifiable. How many: fewer
/// than the limit when nothing is left to remove.
///
/// # Errors
/// If the database fails.
pub async fn prune(tx: &mut Tx, party: &str, epoch: u32, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let Some(mut head) = lock(tx, party, epoch).await? else { return Ok(0) };
    let settled = head.settled;
    let found = after(tx, (party, epoch), head.kept, limit).await?;
    let old = found.iter().take_while(|one| one.entry.at < before && one.sequence <= settled);
    let Some(last) = old.last() else { return Ok(0) };
    let sql = "DELETE FROM run_log WHERE party = $1 AND epoch = $2 AND sequence <= $3";
    let gone = tx.execute(sql, args![party, i64::from(epoch), Value::unsigned(last.sequence)?]).await?;
    head.kept = last.sequence;
    head.kept_digest = bytes(&last.digest)?;
    save(tx, &head).await?;
    Ok(gone)
}

fn read(row: &Row) -> Result<Kept, StoreError> {
    Ok(Kept {
        id: row.integer("id")?,
        party: row.text("party")?,
        epoch: row.count("epoch")?,
        sequence: row.unsigned("sequence")?,
        entry: entry(row)?,
        digest: row.bytes("digest")?,
    })
}

fn entry(row: &Row) -> Result<RunLogEntry, StoreError> {
    let (level, category) = (row.text("level")?, row.text("category")?);
    Ok(RunLogEntry {
        at: row.timestamp("at")?,
        level: Level::parse(&level).ok_or_else(|| StoreError::column("level", level))?,
        category: Category::parse(&category).ok_or_else(|| StoreError::column("category", category))?,
        code: row.text("code")?,
        object: row.text("object")?,
        detail: row.text("detail")?,
    })
}

fn read_head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head {
        party: row.text("party")?,
        epoch: row.count("epoch")?,
        begin: row.unsigned("begin_at")?,
        sequence: row.unsigned("sequence")?,
        digest: digest(row, "digest")?,
        kept: row.unsigned("kept")?,
        kept_digest: digest(row, "kept_digest")?,
        last_at: row.optional_timestamp("last_at")?,
        heard_at: row.optional_timestamp("heard_at")?,
        told: row.unsigned("told")?,
        settled: row.unsigned("settled")?,
        settled_at: row.timestamp("settled_at")?,
        reported: row.unsigned("reported")?,
        diverged_at: row.optional_timestamp("diverged_at")?,
    })
}

fn digest(row: &Row, column: &str) -> Result<[u8; 32], StoreError> {
    bytes(&row.bytes(column)?)
}

fn bytes(digest: &[u8]) -> Result<[u8; 32], StoreError> {
    <[u8; 32]>::try_from(digest).map_err(|_| StoreError::column("digest", "not 32 bytes"))
}
