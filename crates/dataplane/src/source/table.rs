//! Tables of databases. A name reaches SQL only when the catalogue knows it, and then quoted.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use xinyu_core::data::TableSchema;
use xinyu_protocol::text::Text;

use super::{Description, Rows, SourceError, mysql, postgres, sqlite};

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

    pub(super) async fn rows(&self, schema: &TableSchema, columns: &[String]) -> Result<Rows, SourceError> {
        match self {
            Self::Sqlite(options) => sqlite::rows(options, schema, columns).await,
            Self::Postgres(options) => postgres::rows(options, schema, columns).await,
            Self::MySql(options) => mysql::rows(options, schema, columns).await,
        }
    }
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
