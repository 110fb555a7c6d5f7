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

/// Rendered statements by engine and text. Bounded, because every statement is a constant of the program.
type Rendered = HashMap<(Engine, &'static str), Arc<str>>;
static RENDERED: LazyLock<RwLock<Rendered>> = LazyLock::new(RwLock::default);

/// A statement in the words of an engine.
pub(crate) fn statement(engine: Engine, sql: &'static str) -> SqlStr {
    if !sql.contains('{') {
        return sql.into_sql_str();
    }
    let key = (engine, sql);
    if let Some(text) = RENDERED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return AssertSqlSafe(Arc::clone(text)).into_sql_str();
    }
    let text: Arc<str> = replace(engine, sql).into();
    RENDERED.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    AssertSqlSafe(text).into_sql_str()
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
