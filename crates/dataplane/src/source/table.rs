//! Tables of databases. A name reaches SQL only when the catalogue knows it, and then quoted.

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions as _;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use xinyu_core::data::{ColumnKind, TableSchema};
use xinyu_protocol::text::Text;

use super::file::Stamp;
use super::key::{Between, KeyMark, Keyed};
use super::reading::{Before, How, Mark as Whole, Part, Reading, all};
use super::{Description, Pulse, Rows, SourceError, mysql, postgres, sqlite};

/// How long a database may take to answer that it is there.
const CONNECT_SECONDS: u64 = 10;

/// A database, to be opened for reading only.
pub(super) enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, SourceError> {
        let (scheme, rest) = url.split_once("://").ok_or(SourceError::Address)?;
        match scheme {
            // A memory of this process is no source, and a name with a scheme of its own could be anything.
            "sqlite" if rest.contains(":memory:") || rest.contains("mode=memory") => Err(SourceError::Address),
            "sqlite" => {
                let options = SqliteConnectOptions::from_str(url).map_err(|_| SourceError::Address)?;
                let options = options.read_only(true).create_if_missing(false).disable_statement_logging();
                match options.get_filename().to_str() {
                    Some(name) if !name.is_empty() && !name.starts_with("file:") => Ok(Self::Sqlite(Box::new(options))),
                    _ => Err(SourceError::Address),
                }
            }
            "postgres" | "postgresql" => {
                let options = PgConnectOptions::from_str(url).map_err(|_| SourceError::Address)?;
                let options = options.options([("default_transaction_read_only", "on"), ("TimeZone", "UTC")]);
                Ok(Self::Postgres(Box::new(options.disable_statement_logging())))
            }
            // The driver knows the one name only.
            "mysql" | "mariadb" => {
                let options = MySqlConnectOptions::from_str(&format!("mysql://{rest}"));
                let options = options.map_err(|_| SourceError::Address)?.timezone("+00:00".to_owned());
                Ok(Self::MySql(Box::new(options.disable_statement_logging())))
            }
            _ => Err(SourceError::Address),
        }
    }

    pub(super) async fn schema(&self, table: &str) -> Result<TableSchema, SourceError> {
        match self {
            Self::Sqlite(options) => sqlite::schema(&mut sqlite::connect(options).await?, table).await,
            Self::Postgres(options) => postgres::Catalogued::find(&mut postgres::connect(options).await?, table)
                .await
                .map(|found| found.schema),
            Self::MySql(options) => {
                mysql::Table::find(&mut mysql::connect(options).await?, table).await.map(|found| found.schema)
            }
        }
    }

    pub(super) async fn describe(&self, table: &str) -> Result<Description, SourceError> {
        match self {
            Self::Sqlite(options) => sqlite::describe(options, table).await,
            Self::Postgres(options) => postgres::describe(options, table).await,
            Self::MySql(options) => mysql::describe(options, table).await,
        }
    }

    pub(super) async fn rows(
        &self,
        schema: &TableSchema,
        columns: &[String],
        between: Option<&Between>,
    ) -> Result<Rows, SourceError> {
        match self {
            Self::Sqlite(options) => sqlite::rows(options, schema, columns, between).await,
            Self::Postgres(options) => postgres::rows(options, schema, columns, between).await,
            Self::MySql(options) => mysql::rows(options, schema, columns, between).await,
        }
    }

    async fn keyed(&self, schema: &TableSchema, key: &str, last: Option<i64>) -> Result<(Keyed, String), SourceError> {
        let is_whole = |name| schema.columns.iter().any(|one| one.name == name && one.kind == ColumnKind::Integer);
        if !is_whole(key) {
            return Err(SourceError::Key(key.to_owned()));
        }
        match self {
            Self::Sqlite(options) => sqlite::keyed(options, schema, key, last).await,
            Self::Postgres(options) => postgres::keyed(options, schema, key, last).await,
            Self::MySql(options) => mysql::keyed(options, schema, key, last).await,
        }
    }

    /// What tells the file of a database from itself after it was written to; none of a server.
    fn stamps(&self) -> Option<Stamps> {
        let Self::Sqlite(options) = self else { return None };
        let path = options.get_filename();
        let beside = |ending: &str| std::path::PathBuf::from(format!("{}{ending}", path.display()));
        let stamp = |path: &Path| std::fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata));
        // What was written lately stands beside it.
        let (file, log) = (stamp(path)?, stamp(&beside("-wal")));
        Some(Stamps { file, log: log.filter(|log| log.bytes > 0), changes: changes(path)? })
    }
}

/// How far a table was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    stamps: Option<Stamps>,
    key: Option<KeyMark>,
    rows: u64,
}

/// The file of a database, and the log beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamps {
    file: Stamp,
    log: Option<Stamp>,
    /// Its own count of changes, for those that come faster than the clock of the file system.
    changes: u32,
}

/// The file change counter in the header of a database of SQLite.
fn changes(path: &Path) -> Option<u32> {
    let mut counter = [0_u8; 4];
    std::fs::File::open(path).ok()?.read_exact_at(&mut counter, 24).ok()?;
    Some(u32::from_be_bytes(counter))
}

impl Stamps {
    fn written_at(&self) -> Option<jiff::Timestamp> {
        self.log.as_ref().unwrap_or(&self.file).written_at()
    }
}

/// Reads what of a table was not read before.
pub(super) async fn read_on(
    address: &Address,
    table: &str,
    before: Option<Before<'_>>,
    key: Option<&str>,
    pulse: &Pulse,
) -> Result<Reading, SourceError> {
    // Before anything is read, so that what is written meanwhile is seen the next time.
    let stamps = address.stamps();
    let schema = address.schema(table).await?;
    pulse.answers();
    let before = before.and_then(|before| match &before.mark.0 {
        How::Table(mark) if *before.schema == schema => Some(Ok(mark)),
        How::Table(_) => Some(Err(all("表结构已变化", "the columns of the table are others now"))),
        How::Files(_) => None,
    });
    let written_at = stamps.as_ref().and_then(Stamps::written_at);
    let mut description = address.describe(table).await?;
    if let Some(Ok(mark)) = &before
        && stamps.is_some()
        && mark.stamps == stamps
        && mark.key.as_ref().map(|mark| mark.column.as_str()) == key
    {
        description.rows = mark.rows;
        let mark = Some(Whole(How::Table((*mark).clone())));
        let rows = stream::empty().boxed();
        return Ok(Reading { description, part: Part::Nothing, rows, expected: 0, mark, written_at });
    }
    let earlier_rows = if let Some(Ok(mark)) = &before { mark.rows } else { 0 };
    let (part, between, key) = match key {
        None => (without_key(before, stamps.is_some()), None, None),
        Some(key) => {
            let (part, between, key) = by_key(address, &schema, before, key).await?;
            description.rows = key.rows;
            (part, between, Some(key))
        }
    };
    let columns: Vec<String> = schema.columns.iter().map(|column| column.name.clone()).collect();
    let is_empty = key.as_ref().is_some_and(|key| key.rows == 0);
    let rows = match part {
        Part::Nothing => stream::empty().boxed(),
        _ if is_empty => stream::empty().boxed(),
        Part::Rest(_) | Part::All(_) => address.rows(&schema, &columns, between.as_ref()).await?,
    };
    let read = if matches!(part, Part::All(_)) { 0 } else { earlier_rows };
    let expected = description.rows.saturating_sub(read);
    let is_known = stamps.is_some() || key.is_some();
    let mark = Mark { stamps, key, rows: description.rows };
    let mark = is_known.then_some(Whole(How::Table(mark)));
    Ok(Reading { description, part, rows, expected, mark, written_at })
}

fn without_key(before: Option<Result<&Mark, Part>>, has_stamps: bool) -> Part {
    match before {
        Some(Err(why)) => why,
        Some(Ok(_)) => all("数据库文件已被写入", "the file of the database was written to"),
        None if has_stamps => nothing_before(),
        None => all(
            "数据库不说明数据表是否变化；可指定递增的整数主键，只读取新增的行",
            "the database does not say whether a table has changed; name a column of whole numbers by which it grows",
        ),
    }
}

fn nothing_before() -> Part {
    all("此前没有可用的读取状态", "nothing that was read before can be gone on from")
}

/// What was added by a key.
async fn by_key(
    address: &Address,
    schema: &TableSchema,
    before: Option<Result<&Mark, Part>>,
    key: &str,
) -> Result<(Part, Option<Between>, KeyMark), SourceError> {
    let (earlier, why) = match before {
        Some(Ok(mark)) => (mark.key.as_ref().filter(|mark| mark.column == key), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    let last = earlier.and_then(|earlier| earlier.last);
    let (found, column) = address.keyed(schema, key, last).await?;
    if found.with_key != found.rows {
        return Err(SourceError::Key(key.to_owned()));
    }
    let rows = u64::try_from(found.rows).unwrap_or(0);
    let mark = KeyMark { column: key.to_owned(), last: found.greatest, rows };
    let between = |above| found.greatest.map(|to| Between { column: column.clone(), above, to });
    let Some(earlier) = earlier else {
        return Ok((why.unwrap_or_else(nothing_before), between(None), mark));
    };
    let below = u64::try_from(found.below).unwrap_or(0);
    Ok(if below != earlier.rows {
        let why = all("已读范围内的行数已变化", "rows were added or removed among those that were read");
        (why, between(None), mark)
    } else if found.greatest == earlier.last {
        (Part::Nothing, None, mark)
    } else {
        let by = Text::new(
            format!("按递增列 {key} 只读取新增的行；已读行按接入声明视为不变，仅核对其行数"),
            format!(
                "by the growing column {key} only new rows are read; those read before are taken as unaltered, as was declared, and only counted"
            ),
        );
        (Part::Rest(by), between(last), mark)
    })
}

/// Waits for a database, but not for ever.
pub(super) async fn in_time<T>(connecting: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, SourceError> {
    tokio::time::timeout(Duration::from_secs(CONNECT_SECONDS), connecting)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(|error| failed("does not open", error))
}

/// What whoever connects a database should know, if its account has these privileges beside reading.
pub(super) fn writes(privileges: &[String]) -> Option<Text> {
    let mut named = privileges.to_vec();
    named.sort();
    named.dedup();
    let text = || {
        Text::new(
            format!("该数据库账号除读取外还有权限 {}，请改用只读账号", named.join("、")),
            format!("the account may do more than read ({}): use one that may only read", named.join(", ")),
        )
    };
    (!named.is_empty()).then(text)
}

/// What went wrong when.
pub(crate) fn failed(doing: &str, error: sqlx::Error) -> SourceError {
    SourceError::Database(doing.to_owned(), error)
}

/// A name as SQL has it.
pub(crate) fn quoted(name: &str) -> Result<String, SourceError> {
    if name.is_empty() || name.contains('\0') {
        return Err(SourceError::Table(name.replace('\0', "␀")));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}
