//! One environment: its database in memory, and the tables in it.
//!
//! SQLite on its `memdb` file system: the database, and whatever a sort or a recursion puts aside, is memory and never
//! a file. An ordinary `:memory:` database would sort all of a large intermediate result in one step that nothing can
//! interrupt, and one on disk would leave plaintext there.

use std::collections::BTreeMap;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use libsqlite3_sys::sqlite3;
use sqlx::sqlite::{LockedSqliteHandle, SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use xinyu_core::data::{Cell, ColumnKind, TableSchema};

use crate::authorizer::{self, Fence, Limit};
use crate::bytecode::Pages;
use crate::limits::{COLUMNS_MAX, LOAD_VALUE_BYTES_MAX, QUERY_BYTES_MAX};
use crate::{Limits, SandboxError};

/// The use environment of one contract.
pub struct Environment {
    pub(crate) connection: SqliteConnection,
    pub(crate) fence: Arc<Fence>,
    pub(crate) limits: Limits,
    pub(crate) pages: Pages,
    /// Number of columns by table.
    widths: BTreeMap<String, usize>,
}

impl Environment {
    /// An empty environment.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] only.
    pub async fn open(limits: Limits) -> Result<Self, SandboxError> {
        let mut connection = SqliteConnectOptions::new()
            .filename("environment")
            .vfs("memdb")
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Memory)
            .page_size(PAGE_BYTES)
            .pragma("temp_store", "FILE")
            .pragma("cache_size", "-2000")
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("max_page_count", (limits.max_memory_bytes / u64::from(PAGE_BYTES)).max(16).to_string())
            .row_buffer_size(4)
            .disable_statement_logging()
            .connect()
            .await?;
        let fence = Arc::new(Fence::default());
        let modules = connection.fetch_all("SELECT name FROM pragma_module_list").await?;
        for module in modules {
            fence.add_module(module.try_get(0)?);
        }
        with_handle(&mut connection, |locked| fence_in(locked.as_raw_handle(), &fence)).await??;
        Ok(Self { connection, fence, limits, pages: Pages::default(), widths: BTreeMap::new() })
    }

    /// Makes an empty table.
    ///
    /// # Errors
    /// A name that is taken or that the engine cannot hold.
    pub async fn create_table(&mut self, schema: &TableSchema) -> Result<(), SandboxError> {
        let columns = schema
            .columns
            .iter()
            .map(|column| Ok(format!("{} {}", quoted(&column.name)?, affinity(column.kind))))
            .collect::<Result<Vec<_>, SandboxError>>()?;
        if columns.is_empty() || schema.name.to_lowercase().starts_with("sqlite_") {
            return Err(SandboxError::Name(schema.name.clone()));
        }
        let sql = format!("CREATE TABLE {} ({})", quoted(&schema.name)?, columns.join(", "));
        let opening = self.fence.open();
        self.connection.execute(AssertSqlSafe(sql)).await.map_err(|error| match error {
            // The only thing left that can be wrong: a name that stands twice.
            sqlx::Error::Database(_) => SandboxError::Name(schema.name.clone()),
            other => SandboxError::Engine(other),
        })?;
        let columns = schema.columns.iter().map(|column| column.name.clone()).collect();
        self.pages.add(&mut self.connection, &schema.name, columns).await?;
        drop(opening);
        self.fence.add_table(&schema.name);
        self.widths.insert(schema.name.clone(), schema.columns.len());
        Ok(())
    }

    /// Adds rows to a table, all or none.
    ///
    /// # Errors
    /// A row that does not fit its table, or tables that grow beyond the limit.
    pub async fn insert(&mut self, table: &str, rows: Vec<Vec<Cell>>) -> Result<(), SandboxError> {
        let width = self.widths.get(table).copied().unwrap_or_default();
        if let Some(row) = rows.iter().position(|row| row.len() != width || width == 0) {
            return Err(SandboxError::Row { table: table.to_owned(), row });
        }
        with_handle(&mut self.connection, |locked| {
            authorizer::set_limit(locked.as_raw_handle(), Limit::ValueBytes, LOAD_VALUE_BYTES_MAX);
        })
        .await?;
        let opening = self.fence.open();
        let outcome = insert_all(&mut self.connection, table, width, rows).await;
        drop(opening);
        let limit = self.limits.max_memory_bytes;
        outcome.map_err(|error| match error.as_database_error().and_then(|error| error.code()).as_deref() {
            Some(FULL) => SandboxError::TablesTooLarge(limit),
            Some(TOO_BIG) => SandboxError::RowTooLong(table.to_owned()),
            _ => SandboxError::Engine(error),
        })
    }

    /// Overwrites all that was loaded, and ends the environment. Merely dropping it frees the memory as it is.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] only.
    pub async fn close(mut self) -> Result<(), SandboxError> {
        let opening = self.fence.open();
        for table in self.widths.keys() {
            let sql = format!("DROP TABLE {}", quoted(table)?);
            self.connection.execute(AssertSqlSafe(sql)).await?;
        }
        drop(opening);
        self.connection.close().await?;
        Ok(())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("limits", &self.limits)
            .field("widths", &self.widths)
            .finish_non_exhaustive()
    }
}

/// All rows or none. The way back is walked to its end while the fence is open, not left to the transaction's drop.
async fn insert_all(
    connection: &mut SqliteConnection,
    table: &str,
    width: usize,
    rows: Vec<Vec<Cell>>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    match insert_rows(&mut transaction, table, width, rows).await {
        Ok(()) => transaction.commit().await,
        Err(error) => {
            // A full database may already have gone back by itself; the first error is the one to tell.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

async fn insert_rows(
    connection: &mut SqliteConnection,
    table: &str,
    width: usize,
    rows: Vec<Vec<Cell>>,
) -> Result<(), sqlx::Error> {
    let per_statement = (VARIABLES_MAX / width.max(1)).clamp(1, ROWS_MAX);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<_> = rows.by_ref().take(per_statement).collect();
        let one = format!("({})", vec!["?"; width].join(","));
        let all = vec![one; batch.len()].join(",");
        let sql = format!("INSERT INTO {} VALUES {all}", escaped(table));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(batch.len() == per_statement);
        for cell in batch.into_iter().flatten() {
            query = match cell {
                Cell::Null => query.bind(None::<i64>),
                Cell::Text(text) => query.bind(text),
                Cell::Integer(number) => query.bind(number),
                Cell::Real(number) => query.bind(number),
                Cell::Boolean(truth) => query.bind(truth),
            };
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Limits and fence of a fresh connection.
fn fence_in(handle: NonNull<sqlite3>, fence: &Arc<Fence>) -> Result<(), SandboxError> {
    for (limit, value) in [
        (Limit::QueryBytes, LOAD_VALUE_BYTES_MAX),
        (Limit::Columns, COLUMNS_MAX),
        (Limit::ExpressionDepth, 100),
        (Limit::CompoundSelects, 50),
        (Limit::Instructions, 100_000),
        (Limit::FunctionArguments, 32),
        (Limit::AttachedDatabases, 0),
        (Limit::LikePatternBytes, 200),
        (Limit::WorkerThreads, 0),
    ] {
        authorizer::set_limit(handle, limit, value);
    }
    // Of values as long as are allowed here they take seconds, and nothing interrupts a function.
    for function in [c"trim", c"ltrim", c"rtrim"] {
        authorizer::remove_binary_function(handle, function)?;
    }
    authorizer::install(handle, fence)
}

/// Does something with the connection's handle.
///
/// The round trip at the end is needed: sqlx sends its thread a message for each lock, but may get the lock without the
/// message being read. With 50 unread ones it waits for ever, holding the lock that its thread waits for.
pub(crate) async fn with_handle<T>(
    connection: &mut SqliteConnection,
    act: impl FnOnce(&mut LockedSqliteHandle<'_>) -> T,
) -> Result<T, sqlx::Error> {
    let mut locked = connection.lock_handle().await?;
    let outcome = act(&mut locked);
    drop(locked);
    connection.ping().await?;
    Ok(outcome)
}

const PAGE_BYTES: u32 = 4096;

/// Rows and variables of one INSERT.
const ROWS_MAX: usize = 64;
const VARIABLES_MAX: usize = 2_000;

/// SQLite's result codes SQLITE_FULL and SQLITE_TOOBIG.
const FULL: &str = "13";
const TOO_BIG: &str = "18";

/// A day or moment is text: the affinity that SQLite would give to `DATE` turns `2026` into a number.
fn affinity(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Date | ColumnKind::Timestamp => "TEXT",
        ColumnKind::Integer => "INTEGER",
        ColumnKind::Real => "REAL",
        ColumnKind::Boolean => "BOOLEAN",
    }
}

fn quoted(name: &str) -> Result<String, SandboxError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err(SandboxError::Name(name.chars().take(64).collect()));
    }
    Ok(escaped(name))
}

fn escaped(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

const NAME_BYTES_MAX: usize = 256;

// A longest query must pass the engine's own limit for our own longest statement.
const _: () = assert!(QUERY_BYTES_MAX < 1 << 20);
