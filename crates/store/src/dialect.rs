//! The two engines, and the few words in which their SQL differs. A statement is written once; its tokens are replaced once and kept.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Which database stands behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite in this process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Token, SQLite's word, PostgreSQL's word. In statements: the locks (SQLite has one writer and needs none). In tables: the rest.
const TOKENS: [(&str, &str, &str); 4] = [
    ("{FOR_UPDATE}", "", "FOR UPDATE"),
    ("{SKIP_LOCKED}", "", "SKIP LOCKED"),
    ("{BYTES}", "BLOB", "BYTEA"),
    ("{SEQUENCE}", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
];

/// What stands for the rows of an insertion, and for the members of a list. How many there are is known when the statement is run.
const ROWS: &str = "{ROWS}";
const LIST: &str = "{LIST}";
/// How many rows or members one statement takes at most: as many as a bundle has records, and far below what either engine binds.
pub(crate) const MOST_ROWS: usize = 256;

/// Rendered statements by engine, text, and how many rows of how many columns. Bounded, because every statement is a constant of the program and the numbers
/// of rows are few.
type Rendered = HashMap<(Engine, &'static str, usize, usize), Arc<str>>;
static RENDERED: LazyLock<RwLock<Rendered>> = LazyLock::new(RwLock::default);

/// A statement in the words of an engine.
pub(crate) fn statement(engine: Engine, sql: &'static str) -> SqlStr {
    spread(engine, sql, 0, 0)
}

/// The same for so many rows of so many columns: `{ROWS}` becomes `($1, $2), ($3, $4)`, `{LIST}` becomes `$1, $2, $3, $4`, and on SQLite as many question
/// marks: it finds a parameter by its name only by looking through all of them.
pub(crate) fn spread(engine: Engine, sql: &'static str, rows: usize, columns: usize) -> SqlStr {
    if !sql.contains('{') {
        return sql.into_sql_str();
    }
    let key = (engine, sql, rows, columns);
    if let Some(text) = RENDERED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return AssertSqlSafe(Arc::clone(text)).into_sql_str();
    }
    let row = |row: usize| join(engine, row.saturating_mul(columns), columns);
    let values = || (0..rows).map(|at| format!("({})", row(at))).collect::<Vec<_>>().join(", ");
    let text = replace(engine, sql).replace(LIST, &join(engine, 0, rows.saturating_mul(columns)));
    let text: Arc<str> = if text.contains(ROWS) { text.replace(ROWS, &values()) } else { text }.into();
    RENDERED.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    AssertSqlSafe(text).into_sql_str()
}

/// So many parameters after the first so many.
fn join(engine: Engine, before: usize, count: usize) -> String {
    let parameter = |at: usize| match engine {
        Engine::Sqlite => "?".to_owned(),
        Engine::Postgres => format!("${}", before.saturating_add(at).saturating_add(1)),
    };
    (0..count).map(parameter).collect::<Vec<_>>().join(", ")
}

/// How many rows go into the next statement when so many are left: a power of two, so that few different statements are prepared.
pub(crate) fn portion(left: usize) -> usize {
    let whole = left.min(MOST_ROWS);
    1 << whole.max(1).ilog2()
}

/// A migration in the words of an engine. On SQLite every table is strict, whose definition ends as ours do in a line `);`, and strict tables know
/// 64-bit integers only by the name INTEGER.
pub(crate) fn definition(engine: Engine, sql: &str) -> String {
    let text = replace(engine, sql);
    match engine {
        Engine::Sqlite => text.replace("\n);", "\n) STRICT;").replace("BIGINT", "INTEGER"),
        Engine::Postgres => text,
    }
}

fn replace(engine: Engine, sql: &str) -> String {
    TOKENS.iter().fold(sql.to_owned(), |text, (token, sqlite, postgres)| {
        text.replace(token, if engine == Engine::Sqlite { sqlite } else { postgres })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_become_the_engines_words() {
        let check = |engine, sql, expect: &str| {
            assert_eq!(statement(engine, sql).as_str(), expect);
            assert_eq!(statement(engine, sql).as_str(), expect, "from the kept ones");
        };
        let claim = "SELECT 1 {FOR_UPDATE} {SKIP_LOCKED}";
        check(Engine::Postgres, claim, "SELECT 1 FOR UPDATE SKIP LOCKED");
        check(Engine::Sqlite, claim, "SELECT 1  ");
        check(Engine::Sqlite, "SELECT '{}'", "SELECT '{}'");
    }

    #[test]
    fn rows_and_lists_are_spread() {
        let insertion = "INSERT INTO t (a, b) VALUES {ROWS}";
        let rows = [Engine::Sqlite, Engine::Postgres].map(|engine| spread(engine, insertion, 2, 2));
        let [sqlite, postgres] = rows.each_ref().map(|text| text.as_str());
        assert_eq!(sqlite, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
        assert_eq!(postgres, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
        let list = spread(Engine::Postgres, "SELECT a FROM t WHERE a IN ({LIST}) {FOR_UPDATE}", 3, 1);
        assert_eq!(list.as_str(), "SELECT a FROM t WHERE a IN ($1, $2, $3) FOR UPDATE");
        let portions = [1, 2, 3, 5, 63, 64, 65, 1_000].map(portion);
        assert_eq!(portions, [1, 2, 2, 4, 32, 64, 64, 256]);
    }

    #[test]
    fn definitions_are_strict_on_sqlite() {
        let sql = "CREATE TABLE t (\n id {SEQUENCE},\n at BIGINT CHECK (at > 0),\n body {BYTES}\n);";
        assert_eq!(
            definition(Engine::Sqlite, sql),
            "CREATE TABLE t (\n id INTEGER PRIMARY KEY AUTOINCREMENT,\n at INTEGER CHECK (at > 0),\n body BLOB\n) STRICT;"
        );
        assert_eq!(
            definition(Engine::Postgres, sql),
            "CREATE TABLE t (\n id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n at BIGINT CHECK (at > 0),\n body BYTEA\n);"
        );
    }
}
