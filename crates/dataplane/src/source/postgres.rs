//! PostgreSQL. Every value is cast by the server to one of the kinds that we deliver; what has no kind of its own
//! (uuid, json, arrays, enumerations) comes as text, moments in UTC.

use futures::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};

use super::key::{self, Between, Keyed};
use super::table::{failed, in_time, quoted, writes};
use super::{Batch, Description, Piece, Rows, Sender, SourceError, channel, positions, received};

const CATALOGUE: &str = "
    SELECT column_name::text, data_type::text, table_schema::text, coalesce(numeric_precision, 99)::int8, coalesce(numeric_scale, 99)::int8
    FROM information_schema.columns
    WHERE table_schema = coalesce($1, current_schema()) AND table_name = $2
    ORDER BY ordinal_position";

/// What the account may do with a table beside reading it.
const PRIVILEGES: &str = "
    SELECT privilege FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege WHERE has_table_privilege($1, privilege)";

pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, SourceError> {
    in_time(options.connect()).await
}

/// A table as the server's catalogue has it.
pub(super) struct Catalogued {
    pub(super) schema: TableSchema,
    /// Quoted, with its schema.
    from: String,
    /// The type of each column.
    types: Vec<String>,
}

impl Catalogued {
    pub(super) async fn find(connection: &mut PgConnection, table: &str) -> Result<Self, SourceError> {
        let (space, name) = match table.split_once('.') {
            Some((space, name)) => (Some(space), name),
            None => (None, table),
        };
        let unknown = || SourceError::Table(table.replace('\0', "␀").chars().take(128).collect());
        if table.contains('\0') {
            return Err(unknown());
        }
        let rows = sqlx::query(CATALOGUE).bind(space).bind(name).fetch_all(connection).await;
        let rows = rows.map_err(|error| failed("names no columns", error))?;
        let mut found = Self {
            schema: TableSchema { name: table.to_owned(), columns: Vec::new() },
            from: String::new(),
            types: Vec::new(),
        };
        for row in &rows {
            let (column, declared, space, precision, scale) =
                catalogue_row(row).map_err(|error| failed("names no columns", error))?;
            found.from = format!("{}.{}", quoted(&space)?, quoted(name)?);
            if let Some(kind) = kind(&declared, precision, scale) {
                found.schema.columns.push(Column { name: column, kind });
                found.types.push(declared);
            }
        }
        if rows.is_empty() { Err(unknown()) } else { Ok(found) }
    }
}

fn catalogue_row(row: &PgRow) -> Result<(String, String, String, i64, i64), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?))
}

pub(super) async fn describe(options: &PgConnectOptions, table: &str) -> Result<Description, SourceError> {
    let mut connection = connect(options).await?;
    let found = Catalogued::find(&mut connection, table).await?;
    let count = format!("SELECT count(*) FROM {}", found.from);
    let count: Result<i64, _> = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut connection).await;
    let rows = u64::try_from(count.map_err(|error| failed("counts no rows", error))?).unwrap_or_default();
    let privileges = sqlx::query_scalar::<_, String>(PRIVILEGES).bind(&found.from).fetch_all(&mut connection).await;
    let privileges = privileges.map_err(|error| failed("tells no privileges", error))?;
    let notices = writes(&privileges).into_iter().collect();
    Ok(Description { notices, ..Description::new(found.schema, rows, "postgres") })
}

pub(super) async fn rows(
    options: &PgConnectOptions,
    schema: &TableSchema,
    columns: &[String],
    between: Option<&Between>,
) -> Result<Rows, SourceError> {
    let mut connection = connect(options).await?;
    let found = Catalogued::find(&mut connection, &schema.name).await?;
    let chosen = positions(&found.schema, columns)?;
    let pick = |index: &usize| Some((found.schema.columns.get(*index)?.clone(), found.types.get(*index)?.clone()));
    let picked: Vec<(Column, String)> = chosen.iter().filter_map(pick).collect();
    let values = picked.iter().map(|(column, declared)| expression(column, declared)).collect::<Result<Vec<_>, _>>()?;
    // PostgreSQL allows a selection of nothing, and gives rows for it.
    let sql = format!("SELECT {} FROM {}{}", values.join(", "), found.from, Between::sql(between));
    let kinds: Vec<ColumnKind> = picked.iter().map(|(column, _)| column.kind).collect();
    let (sender, receiver) = channel();
    tokio::spawn(async move {
        let last = send_rows(&mut connection, sql, &kinds, &sender).await.map(|()| Piece::End);
        // Nobody listens any more when this fails; and a connection that only read has nothing to lose.
        let _ = sender.send(last).await;
        let _ = connection.close().await;
    });
    Ok(received(receiver))
}

/// What the table says of a key.
pub(super) async fn keyed(
    options: &PgConnectOptions,
    schema: &TableSchema,
    column: &str,
    last: Option<i64>,
) -> Result<(Keyed, String), SourceError> {
    let column = quoted(column)?;
    let mut connection = connect(options).await?;
    let found = Catalogued::find(&mut connection, &schema.name).await?;
    let sql = key::question(&found.from, &column, last, |text| format!("({text})::int8"));
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
    let read = |row: PgRow| -> Result<Keyed, sqlx::Error> {
        let (rows, with_key, greatest, below) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Keyed { rows, with_key, greatest, below })
    };
    let keyed = row.and_then(read).map_err(|error| failed("tells no key", error))?;
    Ok((keyed, column))
}

async fn send_rows(
    connection: &mut PgConnection,
    sql: String,
    kinds: &[ColumnKind],
    sender: &Sender,
) -> Result<(), SourceError> {
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    let mut batch = Batch::default();
    while let Some(row) = rows.try_next().await.map_err(|error| failed("gives no rows", error))? {
        let cells = kinds.iter().enumerate().map(|(index, kind)| cell(&row, index, *kind));
        let cells = cells.collect::<Result<_, _>>().map_err(|error| failed("gives no value", error))?;
        if let Some(full) = batch.push(cells)
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

/// By the catalogue's name of the type; none for binary columns.
fn kind(declared: &str, precision: i64, scale: i64) -> Option<ColumnKind> {
    Some(match declared {
        "smallint" | "integer" | "bigint" => ColumnKind::Integer,
        "numeric" if scale == 0 && precision <= 18 => ColumnKind::Integer,
        "real" | "double precision" | "numeric" => ColumnKind::Real,
        "boolean" => ColumnKind::Boolean,
        "date" => ColumnKind::Date,
        "timestamp without time zone" | "timestamp with time zone" => ColumnKind::Timestamp,
        "bytea" => return None,
        _ => ColumnKind::Text,
    })
}

fn expression(column: &Column, declared: &str) -> Result<String, SourceError> {
    let name = quoted(&column.name)?;
    Ok(match column.kind {
        ColumnKind::Text => format!("{name}::text"),
        ColumnKind::Integer => format!("{name}::int8"),
        ColumnKind::Real => format!("{name}::float8"),
        ColumnKind::Boolean => name,
        ColumnKind::Date => format!("to_char({name}, 'YYYY-MM-DD')"),
        ColumnKind::Timestamp if declared == "timestamp with time zone" => {
            format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        ColumnKind::Timestamp => format!("to_char({name}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"),
    })
}

fn cell(row: &PgRow, index: usize, kind: ColumnKind) -> Result<Cell, sqlx::Error> {
    let cell = match kind {
        ColumnKind::Text | ColumnKind::Date | ColumnKind::Timestamp => {
            row.try_get::<Option<_>, _>(index)?.map(Cell::Text)
        }
        ColumnKind::Integer => row.try_get::<Option<_>, _>(index)?.map(Cell::Integer),
        ColumnKind::Real => row.try_get::<Option<_>, _>(index)?.map(Cell::Real),
        ColumnKind::Boolean => row.try_get::<Option<_>, _>(index)?.map(Cell::Boolean),
    };
    Ok(cell.unwrap_or(Cell::Null))
}
