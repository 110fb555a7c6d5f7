//! Tables that grow by a key: a whole number, above all others in each new row, as somebody says who knows the table. What lies under the last key that was read is
//! counted again: rows that were added or removed there are noticed, values that were altered in place are not.

use serde::{Deserialize, Serialize};

/// Which rows of a table: those above one key up to another.
#[derive(Clone, Debug)]
pub(super) struct Between {
    /// The column, quoted.
    pub(super) column: String,
    pub(super) above: Option<i64>,
    pub(super) to: i64,
}

/// How far a table was read by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyMark {
    pub(super) column: String,
    /// The greatest; none of an empty table.
    pub(super) last: Option<i64>,
    /// Rows up to it.
    pub(super) rows: u64,
}

/// What a table says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyed {
    pub(super) rows: i64,
    pub(super) with_key: i64,
    pub(super) greatest: Option<i64>,
    /// Rows up to the last that was read.
    pub(super) below: i64,
}

impl Between {
    /// The condition, to be put behind the name of the table.
    pub(super) fn sql(between: Option<&Self>) -> String {
        let Some(Self { column, above, to }) = between else { return String::new() };
        let above = above.map(|above| format!("{column} > {above} AND ")).unwrap_or_default();
        format!(" WHERE {above}{column} <= {to}")
    }
}

/// The question for [`Keyed`]; `whole` says a whole number as the engine has it.
pub(super) fn question(from: &str, column: &str, last: Option<i64>, whole: impl Fn(String) -> String) -> String {
    let below = last.map_or_else(|| "0".to_owned(), |last| format!("COUNT(CASE WHEN {column} <= {last} THEN 1 END)"));
    let [rows, with_key, greatest, below] =
        ["COUNT(*)".to_owned(), format!("COUNT({column})"), format!("MAX({column})"), below].map(whole);
    format!("SELECT {rows}, {with_key}, {greatest}, {below} FROM {from}")
}
