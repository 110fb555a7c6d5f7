//! What a use may cost.

/// Limits of one environment, for every query in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows that may leave; what is more is cut off and the result says so.
    pub max_rows_out: u64,
    /// Bytes of values that may leave; likewise.
    pub max_result_bytes: u64,
    /// How long a query may run.
    pub max_millis: u64,
    /// What the tables may take, and again what a query may take beside them.
    pub max_memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_rows_out: 10_000, max_result_bytes: 8 << 20, max_millis: 30_000, max_memory_bytes: 256 << 20 }
    }
}

/// Longest query, in bytes.
pub(crate) const QUERY_BYTES_MAX: usize = 16 << 10;

/// Most opening parentheses of a query. The engine's parser recurses on its thread's stack, and no limit of its own
/// covers nested subqueries in FROM; counting the character also inside of texts cannot be fooled.
pub(crate) const PARENTHESES_MAX: usize = 200;

/// Longest value or row that a query may touch or make. A function call cannot be interrupted, and some are quadratic:
/// with values of this size the slowest takes tens of milliseconds.
pub(crate) const QUERY_VALUE_BYTES_MAX: i32 = 64 << 10;

/// Longest row that may be loaded: a line of a package.
pub(crate) const LOAD_VALUE_BYTES_MAX: i32 = 1 << 20;

/// Widest result.
pub(crate) const COLUMNS_MAX: i32 = 500;
