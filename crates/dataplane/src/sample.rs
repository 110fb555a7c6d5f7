//! Invented travellers, for demonstrations: personal data that is nobody's, as real data would look. The same for the same
//! seed, in every version. Not here: the airports, which are real (`samples/airports`).

use std::path::Path;

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use crate::source::{SourceError, failed, quoted};

mod person;
mod places;
#[cfg(test)]
mod tests;

pub use self::person::travellers;

/// Somebody who does not exist. Field names are column names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Traveller {
    /// `T00000001` and so on.
    pub traveller_id: String,
    /// Chinese name.
    pub name: String,
    /// Valid 公民身份号码 that fits the birth date.
    pub citizen_id: String,
    /// Mobile number, 11 digits.
    pub mobile: String,
    /// Electronic address, in a domain kept for examples.
    pub email: String,
    /// City of residence, Chinese.
    pub home_city: String,
    /// ICAO code of its airport.
    pub home_airport: String,
    /// Day of birth, `1986-05-12`.
    pub birth_date: String,
    /// Day of registration, at the age of 18 or later.
    pub registered_on: String,
    /// Journeys in the last year.
    pub trips_last_year: i64,
    /// Spent on them, in fen.
    pub spend_fen: i64,
}

const COLUMNS: &str = "traveller_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, citizen_id TEXT NOT NULL, mobile TEXT NOT NULL,
    email TEXT NOT NULL, home_city TEXT NOT NULL, home_airport TEXT NOT NULL, birth_date TEXT NOT NULL, registered_on TEXT NOT NULL,
    trips_last_year INTEGER NOT NULL, spend_fen INTEGER NOT NULL";

/// One parameter for a thousand rows: binding each value costs more than SQLite takes to store it.
const INSERT: &str = "SELECT value ->> 'traveller_id', value ->> 'name', value ->> 'citizen_id', value ->> 'mobile', value ->> 'email',
    value ->> 'home_city', value ->> 'home_airport', value ->> 'birth_date', value ->> 'registered_on', value ->> 'trips_last_year',
    value ->> 'spend_fen' FROM json_each(?1)";

const BATCH_ROWS: usize = 1_000;

/// Writes travellers into a new SQLite file, which takes the place of `path` when it is whole.
///
/// # Errors
/// If the table has no name or the file cannot be written.
pub async fn write_sqlite(path: &Path, table: &str, count: usize, seed: u64) -> Result<(), SourceError> {
    let table = quoted(table)?;
    let fail = |error| SourceError::Write { path: path.to_owned(), error };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    match tokio::fs::remove_file(beside).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fail(error)),
        _ => {}
    }
    let options =
        SqliteConnectOptions::new().filename(beside).create_if_missing(true).journal_mode(SqliteJournalMode::Off);
    let mut connection =
        options.disable_statement_logging().connect().await.map_err(|error| failed("does not open", error))?;
    let filled = fill(&mut connection, &table, count, seed).await;
    filled.map_err(|error| failed("takes no rows", error))?;
    connection.close().await.map_err(|error| failed("does not close", error))?;
    tokio::fs::File::open(beside).await.map_err(fail)?.sync_all().await.map_err(fail)?;
    tokio::fs::rename(beside, path).await.map_err(fail)
}

async fn fill(connection: &mut SqliteConnection, table: &str, count: usize, seed: u64) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let create = format!("CREATE TABLE {table} ({COLUMNS}) STRICT");
    sqlx::query(AssertSqlSafe(create)).execute(&mut *transaction).await?;
    let insert = format!("INSERT INTO {table} {INSERT}");
    let mut travellers = travellers(count, seed).peekable();
    while travellers.peek().is_some() {
        let batch: Vec<Traveller> = travellers.by_ref().take(BATCH_ROWS).collect();
        let batch = serde_json::to_string(&batch).map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(AssertSqlSafe(insert.clone())).bind(batch).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
