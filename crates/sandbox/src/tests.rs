//! What an environment answers, and what it says a query reads.

use std::task::Poll;
use std::time::{Duration, Instant};

use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};

use super::*;

mod attacks;
mod budget;
mod stopping;

/// Enough memory not to notice what the tests beside this one take: the engine counts for the whole process.
const ROOMY: Limits =
    Limits { max_rows_out: 10_000, max_result_bytes: 8 << 20, max_millis: 30_000, max_memory_bytes: 8 << 30 };

/// Held by tests that take much memory, or notice when others do.
static MEMORY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn schema(name: &str, columns: &[(&str, ColumnKind)]) -> TableSchema {
    let columns = columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
    TableSchema { name: name.to_owned(), columns }
}

async fn environment(limits: Limits) -> Environment {
    let mut environment = Environment::open(limits).await.unwrap();
    let people = schema(
        "people",
        &[
            ("id", ColumnKind::Integer),
            ("姓名", ColumnKind::Text),
            ("city", ColumnKind::Text),
            ("born", ColumnKind::Date),
            ("spent", ColumnKind::Real),
            ("is_member", ColumnKind::Boolean),
        ],
    );
    environment.create_table(&people).await.unwrap();
    environment
        .create_table(&schema("Cities", &[("name", ColumnKind::Text), ("code", ColumnKind::Text)]))
        .await
        .unwrap();
    let cities = [("Shanghai", "SHA"), ("Beijing", "PEK"), ("Chengdu", "CTU")];
    let rows = cities.iter().map(|(name, code)| vec![text(name), text(code)]).collect();
    environment.insert("Cities", rows).await.unwrap();
    let row = |id: i64| {
        let (city, _) = cities[usize::try_from(id).unwrap() % 3];
        vec![
            Cell::Integer(id),
            text("张三"),
            text(city),
            text("1990-01-02"),
            if id % 10 == 0 { Cell::Null } else { Cell::Real(0.5) },
            Cell::Boolean(id % 2 == 0),
        ]
    };
    environment.insert("people", (0..1000).map(row).collect()).await.unwrap();
    environment
}

async fn run(sql: &str) -> Result<ResultSet, SandboxError> {
    environment(ROOMY).await.query(sql, &CancelToken::default()).await
}

#[tokio::test]
async fn answers_have_names_kinds_and_no_values() {
    let result = run("SELECT p.city AS c, count(*), sum(spent), max(姓名), is_member, born, NULL, 1 = 1
         FROM people p JOIN cities ON cities.name = p.city WHERE is_member GROUP BY p.city ORDER BY 1 LIMIT 1;")
    .await
    .unwrap();
    assert_eq!(result.columns, ["c", "count(*)", "sum(spent)", "max(姓名)", "is_member", "born", "NULL", "1 = 1"]);
    let expect = vec![
        text("Beijing"),
        Cell::Integer(166),
        Cell::Real(66.5),
        text("张三"),
        Cell::Boolean(true),
        text("1990-01-02"),
        Cell::Null,
        Cell::Integer(1),
    ];
    assert_eq!(result.rows, [expect]);
    assert!(!result.truncated);
}

#[track_caller]
fn check_plan(plan: Result<QueryPlan, SandboxError>, fields: &[&str], tables: &[&str], functions: &[&str], sql: &str) {
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(plan.fields, fields, "fields of {sql}");
    assert_eq!(plan.tables, tables, "tables of {sql}");
    assert_eq!(plan.functions, functions, "functions of {sql}");
    assert!(!plan.columns.is_empty(), "columns of {sql}");
}

#[tokio::test]
async fn tc609_15_7_1_2_3_every_field_that_is_read_is_named() {
    const ALL: &[&str] =
        &["people.born", "people.city", "people.id", "people.is_member", "people.spent", "people.姓名"];
    let mut environment = environment(ROOMY).await;
    for (sql, fields, tables, functions) in [
        ("SELECT city FROM people", &["people.city"][..], &["people"][..], &[][..]),
        ("SELECT * FROM people", ALL, &["people"], &[]),
        ("SELECT count(*) FROM people", &[], &["people"], &["count"]),
        ("SELECT 1 FROM people", &[], &["people"], &[]),
        ("SELECT 1", &[], &[], &[]),
        ("VALUES (1), (2)", &[], &[], &[]),
        ("SELECT count(*) FROM people WHERE spent > 1", &["people.spent"], &["people"], &["count"]),
        ("SELECT 1 FROM people ORDER BY born", &["people.born"], &["people"], &[]),
        ("SELECT 1 FROM people GROUP BY CITY HAVING MAX(id) > 1", &["people.city", "people.id"], &["people"], &["max"]),
        (
            "SELECT 1 FROM PEOPLE AS x JOIN cities y ON x.city = y.name",
            &["Cities.name", "people.city"],
            &["Cities", "people"],
            &[],
        ),
        (
            "SELECT 1 FROM people NATURAL JOIN (SELECT code AS city FROM cities)",
            &["Cities.code", "people.city"],
            &["Cities", "people"],
            &[],
        ),
        (
            "SELECT count(*) FROM people JOIN (SELECT '张三' AS 姓名) USING (姓名)",
            &["people.姓名"],
            &["people"],
            &["count"],
        ),
        (
            "SELECT count(*) FROM people JOIN cities c ON true LEFT JOIN (SELECT 'SHA' AS code) USING (code)",
            &["Cities.code"],
            &["Cities", "people"],
            &["count"],
        ),
        ("SELECT id FROM people WHERE 姓名 LIKE '张%'", &["people.id", "people.姓名"], &["people"], &["like"]),
        (
            "WITH c AS (SELECT * FROM cities) SELECT count(*) FROM c",
            &["Cities.code", "Cities.name"],
            &["Cities"],
            &["count"],
        ),
        (
            "SELECT (SELECT max(code) FROM cities WHERE name = city) FROM people",
            &["Cities.code", "Cities.name", "people.city"],
            &["Cities", "people"],
            &["max"],
        ),
        ("SELECT rank() OVER (ORDER BY spent) FROM people", &["people.spent"], &["people"], &["rank"]),
        ("SELECT rowid FROM people", &["people.ROWID"], &["people"], &[]),
        (
            "SELECT id FROM people UNION SELECT code FROM cities",
            &["Cities.code", "people.id"],
            &["Cities", "people"],
            &[],
        ),
        (
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT sum(i) FROM n",
            &[],
            &[],
            &["sum"],
        ),
        ("-- a comment\nSELECT id /* and */ FROM people; -- the end", &["people.id"], &["people"], &[]),
    ] {
        check_plan(environment.plan(sql).await, fields, tables, functions, sql);
        // What is planned also runs, and reads no more.
        environment.query(sql, &CancelToken::default()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[tokio::test]
async fn output_is_cut_at_its_limits_and_says_so() {
    for (max_rows_out, max_result_bytes, rows, truncated) in
        [(10, 1 << 20, 10, true), (1000, 1 << 20, 1000, false), (2000, 800, 100, true), (0, 800, 0, true)]
    {
        let limits = Limits { max_rows_out, max_result_bytes, ..ROOMY };
        let result = environment(limits).await.query("SELECT id FROM people", &CancelToken::default()).await.unwrap();
        assert_eq!((result.rows.len(), result.truncated), (rows, truncated), "{limits:?}");
    }
}

#[tokio::test]
async fn tables_stay_within_their_memory() {
    let limits = Limits { max_memory_bytes: 1 << 20, ..ROOMY };
    let mut environment = environment(limits).await;
    let row = vec![text(&"x".repeat(1000)), text("code")];
    let error = environment.insert("Cities", vec![row.clone(); 2000]).await.unwrap_err();
    assert!(matches!(error, SandboxError::TablesTooLarge(1_048_576)), "{error}");
    // All or none; and a smaller batch still finds room.
    environment.insert("Cities", vec![row; 100]).await.unwrap();
    let result = environment.query("SELECT count(*) FROM cities", &CancelToken::default()).await.unwrap();
    assert_eq!(result.rows, [[Cell::Integer(103)]]);
}

#[tokio::test]
async fn names_and_rows_that_do_not_fit_are_refused() {
    let mut environment = environment(ROOMY).await;
    let column = [("a", ColumnKind::Text)];
    let long = "n".repeat(257);
    for bad in [
        schema("people", &column),
        schema("PEOPLE", &column),
        schema("sqlite_x", &column),
        schema("", &column),
        schema("zero\0", &column),
        schema(&long, &column),
        schema("t", &[]),
        schema("t", &[("a", ColumnKind::Text), ("A", ColumnKind::Text)]),
    ] {
        let error = environment.create_table(&bad).await.unwrap_err();
        assert!(matches!(error, SandboxError::Name(_)), "{bad:?}: {error}");
    }
    let odd = schema("a\"; DROP TABLE people; --", &[("b\"", ColumnKind::Text)]);
    environment.create_table(&odd).await.unwrap();
    environment.insert(&odd.name, vec![vec![text("'; DROP TABLE people; --")]]).await.unwrap();
    for (table, row) in
        [("people", vec![Cell::Null]), ("Cities", vec![]), ("nowhere", vec![Cell::Null]), ("nowhere", vec![])]
    {
        let error = environment.insert(table, vec![row]).await.unwrap_err();
        assert!(matches!(error, SandboxError::Row { row: 0, .. }), "{table}: {error}");
    }
    assert_eq!(environment.plan("SELECT id FROM people").await.unwrap().fields, ["people.id"]);
}

#[tokio::test]
async fn an_interrupted_load_leaves_nothing_behind() {
    let mut environment = environment(ROOMY).await;
    let mut expect = 3;
    for polls in [1, 2, 3, 5, 8, 13, 21] {
        let rows = vec![vec![text("Wuhan"), text("WUH")]; 5000];
        let mut loading = Box::pin(environment.insert("Cities", rows));
        for _ in 0..polls {
            tokio::task::yield_now().await;
            // On a busy machine the engine may be through with all of it within one poll.
            if let Poll::Ready(outcome) = futures::poll!(&mut loading) {
                outcome.unwrap();
                expect += 5000;
                break;
            }
        }
        drop(loading);
        let count = environment.query("SELECT count(*) FROM cities", &CancelToken::default()).await.unwrap();
        assert_eq!(count.rows, [[Cell::Integer(expect)]], "after {polls} polls");
    }
    environment.insert("Cities", vec![vec![text("Wuhan"), text("WUH")]]).await.unwrap();
    assert!(environment.plan("DELETE FROM cities RETURNING name").await.is_err());
}

#[tokio::test]
async fn a_result_without_rows_has_columns() {
    let result = run("SELECT code, 1 AS one FROM cities WHERE name = 'Nowhere'").await.unwrap();
    assert_eq!(result.columns, ["code", "one"]);
    assert!(result.rows.is_empty() && !result.truncated);
}

#[tokio::test]
async fn two_environments_share_nothing() {
    let (one, mut other) = (environment(ROOMY).await, Environment::open(ROOMY).await.unwrap());
    let error = other.plan("SELECT id FROM people").await.unwrap_err();
    assert!(matches!(&error, SandboxError::Query(message) if message == "no such table: people"), "{error}");
    one.close().await.unwrap();
    other.close().await.unwrap();
}

#[tokio::test]
async fn nothing_of_an_environment_is_a_file() {
    let mut environment = environment(ROOMY).await;
    environment
        .query("SELECT * FROM people a, people b ORDER BY a.born, b.id LIMIT 5", &CancelToken::default())
        .await
        .unwrap();
    let files: Vec<_> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|file| std::fs::read_link(file.unwrap().path()).ok())
        .filter(|path| path.is_absolute() && path.to_string_lossy().contains("etilqs"))
        .collect();
    assert!(files.is_empty(), "{files:?}");
    assert!(!std::path::Path::new("environment").exists());
}
