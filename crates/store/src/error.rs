//! What can go wrong in the store, told by what the caller can do about it. These are our own errors (answered with a 5xx), never a peer's.

use std::borrow::Cow;
use std::time::Duration;

/// An error of the store. It can be cloned because one failed commit fails every transaction of its group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The address of the store is not one that we can open.
    #[error("store address {address} cannot be used: {reason}")]
    Address {
        /// The address, without its password.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database cannot be reached or opened.
    #[error("database cannot be opened: {reason}")]
    Connect {
        /// What the driver said.
        reason: String,
    },
    /// The database's schema is not the one that this program knows.
    #[error("database schema does not fit: found {found}, this program knows {known}: {remedy}")]
    Schema {
        /// What the database holds.
        found: String,
        /// What this program knows.
        known: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A statement was refused. Its transaction is undone.
    #[error("statement failed: {reason} (in: {sql})")]
    Statement {
        /// The beginning of the statement; never its arguments.
        sql: String,
        /// What the engine said.
        reason: String,
    },
    /// A statement broke a constraint (unique, foreign key, not null, check). Its transaction is undone.
    #[error("constraint violated: {reason} (in: {sql})")]
    Constraint {
        /// The beginning of the statement; never its arguments.
        sql: String,
        /// What the engine said.
        reason: String,
    },
    /// A statement that writes was sent in a read.
    #[error("transaction {name} only reads, but was asked to write")]
    ReadOnly {
        /// The transaction.
        name: &'static str,
    },
    /// The transaction stood in the way of another one, or waited too long for it: trying again may help.
    #[error("store is contended: {reason}")]
    Contended {
        /// What the engine said.
        reason: String,
    },
    /// The disk is full. Nothing is lost; writes succeed again after room was made.
    #[error("no room left for the database: {reason}")]
    Full {
        /// What the engine said.
        reason: String,
    },
    /// The commit failed, so that nothing of the transaction is acknowledged. On SQLite nothing of it is stored either; on PostgreSQL a connection
    /// that broke during the commit leaves that open.
    #[error("transaction {name} was not committed: {reason}")]
    Commit {
        /// The transaction.
        name: &'static str,
        /// Why the commit failed.
        reason: String,
    },
    /// An earlier statement of the transaction failed, and the closure went on as if it had not.
    #[error("transaction {name} is undone by an earlier error: {reason}")]
    Spoiled {
        /// The transaction.
        name: &'static str,
        /// The earlier error.
        reason: String,
    },
    /// The closure panicked. Its transaction is undone; others are not touched.
    #[error("transaction {name} panicked: {message}")]
    Panicked {
        /// The transaction.
        name: &'static str,
        /// The panic's message.
        message: String,
    },
    /// The closure took longer than a transaction may. Its transaction is undone.
    #[error("transaction {name} took longer than {} ms", limit.as_millis())]
    TimedOut {
        /// The transaction.
        name: &'static str,
        /// How long it may take.
        limit: Duration,
    },
    /// A transaction was started inside another one, which would wait for itself.
    #[error("transaction {inner} was started inside transaction {outer}")]
    Nested {
        /// The transaction already running.
        outer: &'static str,
        /// The one refused.
        inner: &'static str,
    },
    /// The disk failed under the database. What was acknowledged is stored; nothing more is accepted until the store is opened again, because after
    /// a failed fsync the system may have dropped what a second fsync would report as written.
    #[error("store accepts no more writes until it is opened again: {reason}")]
    Failed {
        /// What failed.
        reason: String,
    },
    /// The store was closed.
    #[error("store is closed")]
    Closed,
    /// A query that must find a row found none.
    #[error("no row found (in: {sql})")]
    NoRow {
        /// The beginning of the statement.
        sql: String,
    },
    /// A column is missing or does not hold what the reader expects.
    #[error("column {column} cannot be read: {reason}")]
    Column {
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value is out of the range that a column can hold.
    #[error("value {value} does not fit a column of 64 bits with sign")]
    Range {
        /// The value, in decimal.
        value: String,
    },
}

impl StoreError {
    /// Whether the same transaction may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Contended { .. } | Self::Full { .. } | Self::TimedOut { .. })
    }

    /// An error of a noun whose stored text does not parse.
    pub fn column(column: &str, reason: impl ToString) -> Self {
        Self::Column { column: column.to_owned(), reason: reason.to_string() }
    }
}

/// What an engine's error means for the transaction and for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Statement,
    Constraint,
    ReadOnly,
    Contended,
    Full,
    /// The disk or the file failed: the store must not go on writing.
    Io,
}

/// Sort an engine's error by its code: SQLite's result codes (<https://www.sqlite.org/rescode.html>) or PostgreSQL's SQLSTATE.
pub(crate) fn fault(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::PoolTimedOut => Fault::Contended,
        sqlx::Error::Database(error) => fault_of_code(&error.code().unwrap_or(Cow::Borrowed(""))),
        _ => Fault::Statement,
    }
}

fn fault_of_code(code: &str) -> Fault {
    // A SQLSTATE has five characters; SQLite's extended codes are decimal numbers of at most four digits, the low byte being the primary code.
    if code.len() == 5 {
        return match code {
            "40001" | "40P01" | "55P03" => Fault::Contended,
            "25006" => Fault::ReadOnly,
            "53100" => Fault::Full,
            _ if code.starts_with("23") => Fault::Constraint,
            _ => Fault::Statement,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Fault::Contended,
        Ok(8) => Fault::ReadOnly,
        Ok(13) => Fault::Full,
        Ok(19) => Fault::Constraint,
        // no memory, input or output, corrupt, cannot open, locking protocol, not a database
        Ok(7 | 10 | 11 | 14 | 15 | 26) => Fault::Io,
        _ => Fault::Statement,
    }
}

/// The error of a connection that could not be taken or of a transaction that could not begin.
pub(crate) fn opening(error: sqlx::Error) -> StoreError {
    let reason = error.to_string();
    match fault(&error) {
        _ if matches!(error, sqlx::Error::PoolClosed) => StoreError::Closed,
        Fault::Contended => StoreError::Contended { reason },
        Fault::Full => StoreError::Full { reason },
        _ => StoreError::Connect { reason },
    }
}

/// The beginning of a statement, enough to find it.
pub(crate) fn excerpt(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_sorted() {
        let check = |code: &str, expect: Fault| assert_eq!(fault_of_code(code), expect, "{code}");
        check("2067", Fault::Constraint); // SQLITE_CONSTRAINT_UNIQUE
        check("13", Fault::Full);
        check("5", Fault::Contended);
        check("517", Fault::Contended); // SQLITE_BUSY_SNAPSHOT
        check("1034", Fault::Io); // SQLITE_IOERR_FSYNC
        check("8", Fault::ReadOnly);
        check("1", Fault::Statement);
        check("23505", Fault::Constraint);
        check("40P01", Fault::Contended);
        check("53100", Fault::Full);
        check("25006", Fault::ReadOnly);
        check("42601", Fault::Statement);
        check("", Fault::Statement);
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("SELECT a\n   FROM b"), "SELECT a FROM b");
        assert_eq!(excerpt(&"信".repeat(90)).chars().count(), 81);
    }
}
