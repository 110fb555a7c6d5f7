//! The search of evidence: the same on a platform, over the logs of all its spaces, and on a connector, over what it recorded itself. One page is one query; what it
//! is led by is an index. TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d.

use jiff::SignedDuration;
use xinyu_core::contract::strategy_id;
use xinyu_core::evidence::Index;
use xinyu_protocol::id::ContractId;

use crate::{Row, StoreError, Timestamp, Tx, Value, args};

/// Where to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What this connector recorded.
    Own,
    /// The logs of this platform.
    Logs,
}

/// What to look for; what is none is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The policy.
    pub strategy_id: Option<String>,
    /// The contract.
    pub contract_id: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// Who recorded it.
    pub actor: Option<String>,
    /// Who used, by its pseudonym.
    pub person: Option<String>,
    /// The kind, or what it begins with: `usage` has `usage.done`.
    pub kind: Option<String>,
    /// The result.
    pub result: Option<String>,
    /// The space.
    pub space_id: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Only what stands after this in the list: the time and the id of a record.
    pub after: Option<(Timestamp, String)>,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The space.
    pub space_id: String,
    /// Position in its log, if it has one yet.
    pub position: Option<i64>,
    /// Its id.
    pub record_id: String,
    /// When, as the record says.
    pub at: Timestamp,
    /// The signed record.
    pub bytes: Vec<u8>,
    /// What it was found by.
    pub index: Index,
}

/// What to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By product.
    Product,
    /// By the person who used.
    Person,
    /// By contract.
    Contract,
    /// By who recorded.
    Actor,
    /// By kind.
    Kind,
}

impl By {
    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            ("product", Self::Product),
            ("user", Self::Person),
            ("contract", Self::Contract),
            ("actor", Self::Actor),
            ("kind", Self::Kind),
        ]
        .into_iter()
        .find_map(|(name, by)| (name == word).then_some(by))
    }
}

/// How often something came to a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The product, person, contract, actor or kind.
    pub key: String,
    /// The result.
    pub result: String,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
}

/// The results that nearly all records have: among the newest are enough of them, so that no index leads to them.
const COMMON: [&str; 4] = ["", "allowed", "done", "recorded"];

// What was disposed of has an empty result, and is not found.
macro_rules! filters {
    () => {
        "(CAST($1 AS TEXT) IS NULL OR strategy_id = $1) AND (CAST($2 AS TEXT) IS NULL OR contract_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR product_id = $4) \
         AND (CAST($5 AS TEXT) IS NULL OR actor = $5) AND (CAST($6 AS TEXT) IS NULL OR person = $6) \
         AND (CAST($7 AS TEXT) IS NULL OR kind = $7 OR substr(kind, 1, length($7) + 1) = $7 || '.') \
         AND (CAST($8 AS TEXT) IS NULL OR result = $8) AND (CAST($9 AS TEXT) IS NULL OR space_id = $9) \
         AND at >= $10 AND at < $11 AND (result IS NULL OR result <> '')"
    };
}

macro_rules! page {
    ($table:literal, $content:literal, $lead:literal) => {
        concat!(
            "SELECT space_id, position, record_id, at, ",
            $content,
            " AS content, subject, strategy_id, product_id, person, result FROM ",
            $table,
            " WHERE ",
            $lead,
            filters!(),
            " AND (at < $12 OR (at = $12 AND record_id < $13)) ORDER BY at DESC, record_id DESC LIMIT $14"
        )
    };
}

macro_rules! pages {
    ($search:expr, $table:literal, $content:literal) => {{
        let search = $search;
        // The most selective first: an engine that does not see through the optional filters follows the index of what leads.
        if search.subject.is_some() {
            page!($table, $content, "subject = $3 AND ")
        } else if search.strategy_id.is_some() {
            page!($table, $content, "strategy_id = $1 AND ")
        } else if search.contract_id.is_some() {
            page!($table, $content, "contract_id = $2 AND ")
        } else if search.person.is_some() {
            page!($table, $content, "person = $6 AND ")
        } else if search.product_id.is_some() {
            page!($table, $content, "product_id = $4 AND ")
        } else if search.result.as_deref().is_some_and(|result| !COMMON.contains(&result)) {
            // The index has these only, and is taken only where its condition stands.
            page!($table, $content, "result = $8 AND result NOT IN ('', 'allowed', 'done', 'recorded') AND ")
        } else {
            page!($table, $content, "")
        }
    }};
}

macro_rules! counts {
    ($table:literal, $key:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, COALESCE(result, '') AS result, COUNT(*) AS found, MIN(at) AS first_at, MAX(at) AS last_at FROM ",
            $table,
            " WHERE ",
            $key,
            " IS NOT NULL AND ",
            filters!(),
            " GROUP BY ",
            $key,
            ", result ORDER BY found DESC, key, result LIMIT $12"
        )
    };
}

macro_rules! counts_by {
    ($by:expr, $table:literal) => {
        match $by {
            By::Product => counts!($table, "product_id"),
            By::Person => counts!($table, "person"),
            By::Contract => counts!($table, "contract_id"),
            By::Actor => counts!($table, "actor"),
            By::Kind => counts!($table, "kind"),
        }
    };
}

/// What is found, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, place: Place, search: &Search, limit: u32) -> Result<Vec<Found>, StoreError> {
    let search = narrowed(search);
    let sql = match place {
        Place::Own => pages!(&search, "record", "body"),
        Place::Logs => pages!(&search, "entry", "leaf"),
    };
    let (at, id) = search.after.clone().unwrap_or((Timestamp::MAX, String::new()));
    let mut args = filters(&search);
    args.extend(args![at, id, i64::from(limit)]);
    tx.fetch(sql, args).await?.iter().map(|row| found(row, place)).collect()
}

/// How often each came to which result; of the most at most so many.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx, place: Place, search: &Search, by: By, limit: u32) -> Result<Vec<Count>, StoreError> {
    let sql = match place {
        Place::Own => counts_by!(by, "record"),
        Place::Logs => counts_by!(by, "entry"),
    };
    let mut args = filters(search);
    args.extend(args![i64::from(limit)]);
    let read = |row: &Row| {
        Ok(Count {
            key: row.text("key")?,
            result: row.text("result")?,
            count: row.unsigned("found")?,
            first_at: row.timestamp("first_at")?,
            last_at: row.timestamp("last_at")?,
        })
    };
    tx.fetch(sql, args).await?.iter().map(read).collect()
}

/// Rows that an earlier program wrote, which nothing is known of yet: space, position, id and content.
///
/// # Errors
/// If the database fails.
pub async fn unread(tx: &mut Tx, place: Place, limit: u32) -> Result<Vec<Found>, StoreError> {
    let sql = match place {
        Place::Own => {
            "SELECT space_id, position, record_id, at, body AS content, subject, strategy_id, product_id, person, result \
             FROM record WHERE result IS NULL LIMIT $1"
        }
        Place::Logs => {
            "SELECT space_id, position, record_id, at, leaf AS content, subject, strategy_id, product_id, person, result \
             FROM entry WHERE result IS NULL LIMIT $1"
        }
    };
    tx.fetch(sql, args![i64::from(limit)]).await?.iter().map(|row| found(row, place)).collect()
}

/// Notes what a row of an earlier program is found by.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &mut Tx, place: Place, id: &str, actor: &str, index: &Index) -> Result<(), StoreError> {
    let sql = match place {
        Place::Own => {
            "UPDATE record SET actor = $2, subject = $3, strategy_id = $4, product_id = $5, person = $6, result = $7 WHERE record_id = $1"
        }
        Place::Logs => {
            "UPDATE entry SET actor = $2, subject = $3, strategy_id = $4, product_id = $5, person = $6, result = $7 WHERE record_id = $1"
        }
    };
    let Index { subject, strategy_id, product_id, person, result } = index.clone();
    tx.execute(sql, args![id, actor, subject, strategy_id, product_id, person, result]).await?;
    Ok(())
}

/// The same search, said so that an index leads to it: a contract has one policy, by which a log is sorted by time, and a page begins where the last one ended.
fn narrowed(search: &Search) -> Search {
    let contract = search.contract_id.as_deref().and_then(|id| ContractId::parse(id).ok());
    let last = search.after.as_ref().and_then(|(at, _)| at.checked_add(SignedDuration::from_micros(1)).ok());
    Search {
        strategy_id: search.strategy_id.clone().or_else(|| contract.as_ref().map(strategy_id)),
        to: search.to.into_iter().chain(last).min(),
        ..search.clone()
    }
}

fn filters(search: &Search) -> Vec<Value> {
    let Search { strategy_id, contract_id, subject, product_id, actor, person, kind, result, space_id, .. } =
        search.clone();
    let (from, to) = (search.from.unwrap_or(Timestamp::MIN), search.to.unwrap_or(Timestamp::MAX));
    args![strategy_id, contract_id, subject, product_id, actor, person, kind, result, space_id, from, to]
}

fn found(row: &Row, place: Place) -> Result<Found, StoreError> {
    Ok(Found {
        space_id: row.text("space_id")?,
        position: row.optional_integer("position")?,
        record_id: row.text("record_id")?,
        at: row.timestamp("at")?,
        bytes: match place {
            Place::Own => row.text("content")?.into_bytes(),
            Place::Logs => row.bytes("content")?,
        },
        index: Index {
            subject: row.optional_text("subject")?,
            strategy_id: row.optional_text("strategy_id")?,
            product_id: row.optional_text("product_id")?,
            person: row.optional_text("person")?,
            result: row.optional_text("result")?.unwrap_or_default(),
        },
    })
}
