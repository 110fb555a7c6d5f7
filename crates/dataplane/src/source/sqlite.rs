//! SQLite files. Their values have kinds of their own, whatever the column says: one that does not fit is refused.

use futures::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _,
};
use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};

use super::key::{self, Between, Keyed};
use super::table::{failed, in_time, quoted};
use super::{Batch, Description, Piece, Rows, Sender, SourceError, channel, positions, received};

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, SourceError> {
    in_time(options.connect()).await
}

pub(super) async fn schema(connection: &mut SqliteConnection, table: &str) -> Result<TableSchema, SourceError> {
    let known = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let found = sqlx::query(known).bind(table).fetch_optional(&mut *connection).await;
    if found.map_err(|error| failed("names no tables", error))?.is_none() {
        return Err(SourceError::Table(table.chars().take(128).collect()));
    }
    let rows = sqlx::query("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid").bind(table);
    let rows: Vec<SqliteRow> = rows.fetch_all(connection).await.map_err(|error| failed("names no columns", error))?;
    let mut columns = Vec::new();
    for row in rows {
        let name: String = row.try_get(0).map_err(|error| failed("names no columns", error))?;
        let declared: String = row.try_get(1).map_err(|error| failed("names no columns", error))?;
        columns.extend(kind(&declared).map(|kind| Column { name, kind }));
    }
    Ok(TableSchema { name: table.to_owned(), columns })
}

pub(super) async fn describe(options: &SqliteConnectOptions, table: &str) -> Result<Description, SourceError> {
    let mut connection = connect(options).await?;
    let schema = schema(&mut connection, table).await?;
    let count = format!("SELECT count(*) FROM {}", quoted(&schema.name)?);
    let count: Result<i64, _> = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut connection).await;
    let rows = u64::try_from(count.map_err(|error| failed("counts no rows", error))?).unwrap_or_default();
    Ok(Description::new(schema, rows, "sqlite"))
}

pub(super) async fn rows(
    options: &SqliteConnectOptions,
    schema: &TableSchema,
    columns: &[String],
    between: Option<&Between>,
) -> Result<Rows, SourceError> {
    let chosen: Vec<Column> =
        positions(schema, columns)?.into_iter().filter_map(|index| schema.columns.get(index).cloned()).collect();
    let names = chosen.iter().map(|column| quoted(&column.name)).collect::<Result<Vec<_>, _>>()?;
    let sql = format!("SELECT {} FROM {}{}", select(&names), quoted(&schema.name)?, Between::sql(between));
    let mut connection = connect(options).await?;
    let (sender, receiver) = channel();
    tokio::spawn(async move {
        let last = send_rows(&mut connection, sql, &chosen, &sender).await.map(|()| Piece::End);
        // Nobody listens any more when this fails; and a connection that only read has nothing to lose.
        let _ = sender.send(last).await;
        let _ = connection.close().await;
    });
    Ok(received(receiver))
}

/// What the table says of a key.
pub(super) async fn keyed(
    options: &SqliteConnectOptions,
    schema: &TableSchema,
    column: &str,
    last: Option<i64>,
) -> Result<(Keyed, String), SourceError> {
    let column = quoted(column)?;
    let mut connection = connect(options).await?;
    let sql = key::question(&quoted(&schema.name)?, &column, last, |text| text);
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
    let read = |row: SqliteRow| -> Result<Keyed, sqlx::Error> {
        let (rows, with_key, greatest, below) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Keyed { rows, with_key, greatest, below })
    };
    let keyed = row.and_then(read).map_err(|error| failed("tells no key", error))?;
    Ok((keyed, column))
}

/// A row without columns is still a row.
fn select(names: &[String]) -> String {
    if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
}

async fn send_rows(
    connection: &mut SqliteConnection,
    sql: String,
    columns: &[Column],
    sender: &Sender,
) -> Result<(), SourceError> {
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    let mut batch = Batch::default();
    while let Some(row) = rows.try_next().await.map_err(|error| failed("gives no rows", error))? {
        let cells = columns.iter().enumerate().map(|(index, column)| cell(&row, index, column));
        if let Some(full) = batch.push(cells.collect::<Result<_, _>>()?)
            && sender.send(Ok(Piece::Batch(full))).await.is_err()
        {
            return Ok(());
        }
    }
    if let Some(rest) = batch.take() {
        let _ = sender.send(Ok(Piece::Batch(rest))).await;
    }
    Ok(())
}

/// By SQLite's rules of affinity, and the names that people use; none for binary columns.
fn kind(declared: &str) -> Option<ColumnKind> {
    let declared = declared.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    Some(match () {
        () if has("BOOL") => ColumnKind::Boolean,
        () if has("DATETIME") || has("TIMESTAMP") => ColumnKind::Timestamp,
        () if has("DATE") => ColumnKind::Date,
        () if has("INT") => ColumnKind::Integer,
        () if has("BLOB") => return None,
        () if has("REAL") || has("FLOA") || has("DOUB") || has("NUMERIC") || has("DECIMAL") => ColumnKind::Real,
        () => ColumnKind::Text,
    })
}

fn cell(row: &SqliteRow, index: usize, column: &Column) -> Result<Cell, SourceError> {
    let misfit = || SourceError::Value { column: column.name.clone(), kind: column.kind };
    let value = row.try_get_raw(index).map_err(|error| failed("gives no value", error))?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    // Unchecked: the class of the value decides, and the kind of the column is compared with it here.
    match (value.type_info().name(), column.kind) {
        ("TEXT", ColumnKind::Text | ColumnKind::Date | ColumnKind::Timestamp) => {
            row.try_get_unchecked(index).map(Cell::Text)
        }
        ("INTEGER" | "BOOLEAN", ColumnKind::Integer) => row.try_get_unchecked(index).map(Cell::Integer),
        ("INTEGER" | "BOOLEAN", ColumnKind::Boolean) => {
            return match row.try_get_unchecked::<i64, _>(index) {
                Ok(0) => Ok(Cell::Boolean(false)),
                Ok(1) => Ok(Cell::Boolean(true)),
                _ => Err(misfit()),
            };
        }
        ("REAL" | "INTEGER", ColumnKind::Real) => row.try_get_unchecked(index).map(Cell::Real),
        ("REAL", ColumnKind::Text) => row.try_get_unchecked(index).map(|number: f64| Cell::Text(number.to_string())),
        ("INTEGER", ColumnKind::Text) => row.try_get_unchecked(index).map(|number: i64| Cell::Text(number.to_string())),
        _ => return Err(misfit()),
    }
    .map_err(|_| misfit())
}
