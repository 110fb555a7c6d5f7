//! Why a use did not come to its end.

use xinyu_core::data::pack::LINE_BYTES_MAX;

use crate::limits::{PARENTHESES_MAX, QUERY_BYTES_MAX};

/// A query that is not run, does not run, or was stopped; or a table that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The query asks for what an environment does not do.
    #[error("query is refused: {0} is not possible in a use environment")]
    Refused(String),
    /// Not exactly one statement.
    #[error("query is refused: it must be one single SELECT statement")]
    NotOneSelect,
    /// Longer or deeper than is read.
    #[error("query is refused: it has more than {QUERY_BYTES_MAX} bytes or {PARENTHESES_MAX} parentheses")]
    TooComplex,
    /// The engine does not understand the query, or its limits do not suffice for it.
    #[error("query fails: {0}")]
    Query(String),
    /// The result has a value that is neither text nor number.
    #[error("column {0} of the result is binary")]
    Binary(String),
    /// The order to stop came.
    #[error("query was cancelled")]
    Cancelled,
    /// It took too long.
    #[error("query ran longer than {0} ms")]
    TimedOut(u64),
    /// It took too much.
    #[error("query took more than {0} bytes of memory")]
    OutOfMemory(u64),
    /// The tables are too large.
    #[error("tables take more than {0} bytes of memory")]
    TablesTooLarge(u64),
    /// A name that the engine keeps for itself or cannot hold, or a table without columns.
    #[error("table or column name `{0}` cannot be used")]
    Name(String),
    /// A row that does not fit its table, or a table that was not created.
    #[error("row {row} does not fit into table {table}")]
    Row {
        /// The table.
        table: String,
        /// Which row of the batch, from 0.
        row: usize,
    },
    /// A row that a package could not have carried.
    #[error("row of table {0} is longer than {LINE_BYTES_MAX} bytes")]
    RowTooLong(String),
    /// The engine itself failed.
    #[error("use environment failed")]
    Engine(#[from] sqlx::Error),
}
