//! CREATE TABLE of PostgreSQL, MySQL and SQLite. Comments carry titles and descriptions: the first line is the title. Nothing is ever executed, and no text of a
//! statement comes into a report, since it may hold data.

mod read;
mod write;

use xinyu_core::data::ColumnKind;

use super::recognise::{Guess, Sample};
use super::{Carried, Format};

pub(super) const FORMAT: Format = Format {
    name: "sql",
    title: "SQL DDL",
    extension: ".sql",
    media_type: "application/sql",
    carries: CARRIES,
    recognise,
    read: read::read,
    write: Some(write::write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/tables/*/name", place: "CREATE TABLE" },
    Carried { member: "/tables/*/title", place: "COMMENT ON TABLE, first line" },
    Carried { member: "/tables/*/description", place: "COMMENT ON TABLE, further lines" },
    Carried { member: "/tables/*/fields/*/name", place: "column" },
    Carried { member: "/tables/*/fields/*/title", place: "COMMENT ON COLUMN, first line" },
    Carried { member: "/tables/*/fields/*/description", place: "COMMENT ON COLUMN, further lines" },
    Carried { member: "/tables/*/fields/*/kind", place: "type" },
    Carried { member: "/tables/*/fields/*/required", place: "NOT NULL" },
    Carried { member: "/tables/*/fields/*/constraints/unique", place: "UNIQUE" },
    Carried { member: "/tables/*/fields/*/constraints/minimum", place: "CHECK (column >= …)" },
    Carried { member: "/tables/*/fields/*/constraints/maximum", place: "CHECK (column <= …)" },
    Carried { member: "/tables/*/fields/*/constraints/maxLength", place: "VARCHAR(n)" },
    Carried { member: "/tables/*/fields/*/constraints/allowed", place: "CHECK (column IN (…))" },
    Carried { member: "/tables/*/primaryKey", place: "PRIMARY KEY" },
    Carried { member: "/tables/*/foreignKeys", place: "FOREIGN KEY" },
];

/// Our kinds by their type in PostgreSQL.
const KINDS: &[(ColumnKind, &str)] = &[
    (ColumnKind::Text, "TEXT"),
    (ColumnKind::Integer, "BIGINT"),
    (ColumnKind::Real, "DOUBLE PRECISION"),
    (ColumnKind::Boolean, "BOOLEAN"),
    (ColumnKind::Date, "DATE"),
    (ColumnKind::Timestamp, "TIMESTAMP"),
];

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let text = sample.text.as_deref().filter(|_| sample.json.is_none())?.to_uppercase();
    let words: Vec<&str> = text.split_whitespace().take(20_000).collect();
    let creates = words.windows(2).any(|pair| matches!(pair, ["CREATE", "TABLE"]));
    let qualified = words
        .windows(3)
        .any(|three| matches!(three, ["CREATE", "TEMP" | "TEMPORARY" | "UNLOGGED" | "EXTERNAL", "TABLE"]));
    match (creates || qualified, sample.name.ends_with(".sql")) {
        (true, true) => Some(Guess::of(&FORMAT, 970, "有 CREATE TABLE 语句", "it has statements CREATE TABLE")),
        (true, false) => Some(Guess::of(&FORMAT, 800, "有 CREATE TABLE 字样", "it has the words CREATE TABLE")),
        (false, true) => Some(Guess::of(&FORMAT, 200, "文件名以 .sql 结尾", "its name ends with .sql")),
        (false, false) => None,
    }
}
