//! MySQL and MariaDB. Every value is cast by the server to one of the kinds that we deliver, moments in UTC; catalogue and rows are read in one
//! consistent snapshot. Binary and geometric columns are left out. `TINYINT(1)` is a whole number, since it may hold more than two values.

use futures::TryStreamExt as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, Row as _};
use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};

use super::key::{self, Between, Keyed};
use super::table::{failed, in_time, writes};
use super::{Batch, Description, Piece, Rows, Sender, SourceError, channel, kind, positions, received};

const CATALOGUE: &str = "
    SELECT CAST(column_name AS CHAR), LOWER(CAST(data_type AS CHAR)), LOWER(CAST(column_type AS CHAR)), CAST(table_schema AS CHAR),
        CAST(COALESCE(numeric_precision, 99) AS SIGNED), CAST(COALESCE(numeric_scale, 99) AS SIGNED)
    FROM information_schema.columns
    WHERE table_schema = COALESCE(?, DATABASE()) AND BINARY table_name = BINARY ?
    ORDER BY ordinal_position";

/// Only reading, and all of it of one moment.
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Privileges that change nothing.
const HARMLESS: &[&str] = &[
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "PROCESS",
    "LOCK TABLES",
    "REPLICATION CLIENT",
    "REPLICATION SLAVE",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
    "PROXY",
];

/// More digits than this no 64-bit floating-point number tells apart: such a decimal is text.
const EXACT_DIGITS: i64 = 15;

pub(super) async fn connect(options: &MySqlConnectOptions) -> Result<MySqlConnection, SourceError> {
    let mut connection = in_time(options.connect()).await?;
    connection.execute(BEGIN).await.map_err(|error| failed("begins no reading", error))?;
    Ok(connection)
}

/// A column as the server's catalogue has it.
struct Catalogued {
    column: Column,
    /// What is selected for it.
    expression: String,
    is_unsigned: bool,
}

/// A table as the server's catalogue has it.
pub(super) struct Table {
    pub(super) schema: TableSchema,
    columns: Vec<Catalogued>,
    /// Quoted, with its database.
    from: String,
}

impl Table {
    pub(super) async fn find(connection: &mut MySqlConnection, table: &str) -> Result<Self, SourceError> {
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
        let (mut columns, mut from) = (Vec::new(), String::new());
        for row in &rows {
            let (name_of, declared, whole, space, precision, scale) =
                catalogue_row(row).map_err(|error| failed("names no columns", error))?;
            from = format!("{}.{}", quoted(&space), quoted(name));
            let is_unsigned = whole.contains("unsigned") || matches!(declared.as_str(), "bit" | "year");
            if let Some(kind) = kind_of(&declared, &whole, precision, scale) {
                let expression = expression(&name_of, &declared, kind, is_unsigned);
                columns.push(Catalogued { column: Column { name: name_of, kind }, expression, is_unsigned });
            }
        }
        if rows.is_empty() {
            return Err(unknown());
        }
        let all = columns.iter().map(|found| found.column.clone()).collect();
        Ok(Self { schema: TableSchema { name: table.to_owned(), columns: all }, columns, from })
    }
}

type CatalogueRow = (String, String, String, String, i64, i64);

fn catalogue_row(row: &MySqlRow) -> Result<CatalogueRow, sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?, row.try_get(5)?))
}

pub(super) async fn describe(options: &MySqlConnectOptions, table: &str) -> Result<Description, SourceError> {
    let mut connection = connect(options).await?;
    let found = Table::find(&mut connection, table).await?;
    let count = format!("SELECT COUNT(*) FROM {}", found.from);
    let count: Result<i64, _> = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut connection).await;
    let rows = u64::try_from(count.map_err(|error| failed("counts no rows", error))?).unwrap_or_default();
    let grants = sqlx::query_scalar::<_, String>("SHOW GRANTS").fetch_all(&mut connection).await;
    let grants = grants.map_err(|error| failed("tells no privileges", error))?;
    let privileges: Vec<String> = grants.iter().flat_map(|grant| more_than_reading(grant)).collect();
    let _ = connection.close().await;
    Ok(Description {
        notices: writes(&privileges).into_iter().collect(),
        ..Description::new(found.schema, rows, "mysql")
    })
}

/// What a grant allows beside reading; a role may allow anything.
fn more_than_reading(grant: &str) -> Vec<String> {
    let Some(rest) = grant.strip_prefix("GRANT ") else { return Vec::new() };
    let Some((privileges, _)) = rest.split_once(" ON ") else {
        return rest.split_once(" TO ").map(|(role, _)| format!("ROLE {role}")).into_iter().collect();
    };
    // The columns that a privilege is for stand behind it in brackets.
    let mut depth = 0_u32;
    let plain: String = privileges
        .chars()
        .filter(|c| {
            depth = depth.saturating_add(u32::from(*c == '('));
            let is_outside = depth == 0;
            depth = depth.saturating_sub(u32::from(*c == ')'));
            is_outside
        })
        .collect();
    let found = plain.split(',').map(str::trim).filter(|privilege| !HARMLESS.contains(privilege));
    found.map(ToOwned::to_owned).collect()
}

pub(super) async fn rows(
    options: &MySqlConnectOptions,
    schema: &TableSchema,
    columns: &[String],
    between: Option<&Between>,
) -> Result<Rows, SourceError> {
    let mut connection = connect(options).await?;
    let mut found = Table::find(&mut connection, &schema.name).await?;
    let chosen = positions(&found.schema, columns)?;
    let values: Vec<&str> =
        chosen.iter().filter_map(|index| Some(found.columns.get(*index)?.expression.as_str())).collect();
    // A row without columns is still a row.
    let values = if values.is_empty() { "NULL".to_owned() } else { values.join(", ") };
    let sql = format!("SELECT {values} FROM {}{}", found.from, Between::sql(between));
    let (sender, receiver) = channel();
    tokio::spawn(async move {
        let picked: Vec<(Column, bool)> = chosen
            .iter()
            .filter_map(|index| found.columns.get_mut(*index).map(|one| (one.column.clone(), one.is_unsigned)))
            .collect();
        let last = send_rows(&mut connection, sql, &picked, &sender).await.map(|()| Piece::End);
        // Nobody listens any more when this fails; and a connection that only read has nothing to lose.
        let _ = sender.send(last).await;
        let _ = connection.close().await;
    });
    Ok(received(receiver))
}

/// What the table says of a key.
pub(super) async fn keyed(
    options: &MySqlConnectOptions,
    schema: &TableSchema,
    column: &str,
    last: Option<i64>,
) -> Result<(Keyed, String), SourceError> {
    let name = quoted(column);
    let mut connection = connect(options).await?;
    let found = Table::find(&mut connection, &schema.name).await?;
    let sql = key::question(&found.from, &name, last, |text| format!("CAST({text} AS SIGNED)"));
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
    let read = |row: MySqlRow| -> Result<Keyed, sqlx::Error> {
        let (rows, with_key, greatest, below) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Keyed { rows, with_key, greatest, below })
    };
    let keyed = row.and_then(read).map_err(|error| failed("tells no key", error))?;
    let _ = connection.close().await;
    // What is greater than a signed number can be, the server gives as a negative one.
    let is_unsigned = found.columns.iter().any(|one| one.column.name == column && one.is_unsigned);
    if is_unsigned && keyed.greatest.is_some_and(|greatest| greatest < 0) {
        return Err(SourceError::Value { column: column.to_owned(), kind: ColumnKind::Integer });
    }
    Ok((keyed, name))
}

async fn send_rows(
    connection: &mut MySqlConnection,
    sql: String,
    columns: &[(Column, bool)],
    sender: &Sender,
) -> Result<(), SourceError> {
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    let mut batch = Batch::default();
    while let Some(row) = rows.try_next().await.map_err(|error| failed("gives no rows", error))? {
        let cells = columns.iter().enumerate();
        let cells = cells.map(|(index, (column, is_unsigned))| cell(&row, index, column, *is_unsigned));
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

/// By the catalogue's names of the type; none for what is left out.
fn kind_of(declared: &str, whole: &str, precision: i64, scale: i64) -> Option<ColumnKind> {
    Some(match declared {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => ColumnKind::Integer,
        "bit" if whole == "bit(1)" => ColumnKind::Boolean,
        "bit" => ColumnKind::Integer,
        "decimal" if scale == 0 && precision <= 18 => ColumnKind::Integer,
        "decimal" if precision > EXACT_DIGITS => ColumnKind::Text,
        "decimal" | "float" | "double" => ColumnKind::Real,
        "date" => ColumnKind::Date,
        "datetime" | "timestamp" => ColumnKind::Timestamp,
        _ if declared.ends_with("blob") || declared.ends_with("binary") => return None,
        _ if GEOMETRIC.contains(&declared) => return None,
        _ => ColumnKind::Text,
    })
}

const GEOMETRIC: &[&str] = &[
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
    "vector",
];

fn expression(name: &str, declared: &str, kind: ColumnKind, is_unsigned: bool) -> String {
    let name = quoted(name);
    match (kind, declared) {
        (ColumnKind::Boolean, _) => format!("CAST({name} AS UNSIGNED)"),
        (ColumnKind::Integer, _) if is_unsigned => format!("CAST({name} AS UNSIGNED)"),
        (ColumnKind::Integer, _) => format!("CAST({name} AS SIGNED)"),
        (ColumnKind::Real, _) => format!("{name} + 0e0"),
        // The server's days without a value are no value.
        (ColumnKind::Date, _) => format!("NULLIF(DATE_FORMAT({name}, '%Y-%m-%d'), '0000-00-00')"),
        (ColumnKind::Timestamp, "timestamp") => {
            format!("NULLIF(DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%fZ'), '0000-00-00T00:00:00.000000Z')")
        }
        (ColumnKind::Timestamp, _) => {
            format!("NULLIF(DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%f'), '0000-00-00T00:00:00.000000')")
        }
        (ColumnKind::Text, _) => format!("CAST({name} AS CHAR)"),
    }
}

/// A name as MySQL has it, whatever its mode.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn cell(row: &MySqlRow, index: usize, column: &Column, is_unsigned: bool) -> Result<Cell, SourceError> {
    let misfit = || SourceError::Value { column: column.name.clone(), kind: column.kind };
    let failed = |error| failed("gives no value", error);
    let found = match column.kind {
        ColumnKind::Text | ColumnKind::Date | ColumnKind::Timestamp => {
            let text: Option<String> = row.try_get(index).map_err(failed)?;
            match (text, column.kind) {
                (Some(text), ColumnKind::Text) => Some(Cell::Text(text)),
                (Some(text), of) => Some(kind::cell(&text, of).ok_or_else(misfit)?),
                (None, _) => None,
            }
        }
        ColumnKind::Integer | ColumnKind::Boolean if is_unsigned => {
            let number: Option<u64> = row.try_get(index).map_err(failed)?;
            let number = number.map(i64::try_from).transpose().map_err(|_| misfit())?;
            number.map(|number| match column.kind {
                ColumnKind::Boolean => Cell::Boolean(number != 0),
                _ => Cell::Integer(number),
            })
        }
        ColumnKind::Integer | ColumnKind::Boolean => {
            row.try_get::<Option<_>, _>(index).map_err(failed)?.map(Cell::Integer)
        }
        ColumnKind::Real => row.try_get::<Option<_>, _>(index).map_err(failed)?.map(Cell::Real),
    };
    Ok(found.unwrap_or(Cell::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_grant_allows_beside_reading() {
        let check = |grant: &str, expect: &[&str]| assert_eq!(more_than_reading(grant), expect, "{grant}");
        check("GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*X'", &[]);
        check("GRANT SELECT, SHOW VIEW ON `shop`.* TO `r`@`%`", &[]);
        check("GRANT SELECT (`a`, `b`), UPDATE (`a`, `c`) ON `shop`.`t` TO `r`@`%`", &["UPDATE"]);
        check("GRANT ALL PRIVILEGES ON `shop`.* TO `r`@`%`", &["ALL PRIVILEGES"]);
        check("GRANT SELECT, INSERT, DELETE ON *.* TO `r`@`%`", &["INSERT", "DELETE"]);
        check("GRANT `writers`@`%` TO `r`@`%`", &["ROLE `writers`@`%`"]);
    }
}
