//! The functions a query may call: built into SQLite, without effect, and with the same result for the same values
//! (days and hours included, although they read `'now'` as the time of the query).
//!
//! Left out on purpose: `load_extension`, `readfile`, `writefile`, `randomblob`, `zeroblob`, `printf` and `format` (they
//! make large values of small ones), `sqlite_*` (they tell of the engine), `json_*` and `fts*` (large, and not needed).

/// Whether the function of this name, in lower case, is on the list.
pub(super) fn is_allowed(name: &str) -> bool {
    ALLOWED.iter().any(|group| group.contains(&name))
}

const ALLOWED: [&[&str]; 6] = [AGGREGATES, WINDOWS, TEXTS, NUMBERS, CHOICES, TIMES];

const AGGREGATES: &[&str] = &["avg", "count", "group_concat", "max", "min", "string_agg", "sum", "total"];

const WINDOWS: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

const TEXTS: &[&str] = &[
    "char",
    "concat",
    "concat_ws",
    "glob",
    "hex",
    "instr",
    "length",
    "like",
    "lower",
    "ltrim",
    "octet_length",
    "quote",
    "replace",
    "rtrim",
    "substr",
    "substring",
    "trim",
    "unicode",
    "upper",
];

const NUMBERS: &[&str] = &[
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees",
    "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "round", "sign", "sin",
    "sinh", "sqrt", "tan", "tanh", "trunc",
];

const CHOICES: &[&str] = &["coalesce", "if", "ifnull", "iif", "likelihood", "likely", "nullif", "typeof", "unlikely"];

const TIMES: &[&str] = &["date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch"];
