//! Everything but reading the tables is refused, before it runs and with its name.

use super::*;

/// Planning and running refuse alike, and the environment works afterwards.
async fn check_all(attacks: &[&str], is_expected: fn(&SandboxError) -> bool) {
    let mut environment = environment(ROOMY).await;
    for sql in attacks {
        let begun = Instant::now();
        let planned = environment.plan(sql).await.expect_err(sql);
        let run = environment.query(sql, &CancelToken::default()).await.expect_err(sql);
        assert!(is_expected(&planned), "planning {sql}: {planned}");
        assert_eq!(planned.to_string(), run.to_string(), "{sql}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{sql} took {:?}", begun.elapsed());
    }
    let result = environment.query("SELECT count(*) FROM people", &CancelToken::default()).await.unwrap();
    assert_eq!(result.rows, [[Cell::Integer(1000)]]);
    environment.close().await.unwrap();
}

#[tokio::test]
async fn tc609_15_10_nothing_outside_the_environment_is_reached() {
    let attacks = [
        "ATTACH DATABASE '/tmp/out.db' AS out",
        "ATTACH ':memory:' AS out",
        "DETACH main",
        "VACUUM INTO '/tmp/out.db'",
        "SELECT load_extension('/tmp/evil.so')",
        "SELECT writefile('/tmp/out', 姓名) FROM people",
        "SELECT readfile('/etc/passwd')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT edit('x')",
    ];
    check_all(&attacks, |error| {
        matches!(error, SandboxError::Refused(_) | SandboxError::Query(_) | SandboxError::NotOneSelect)
    })
    .await;
}

#[tokio::test]
async fn tc609_15_7_1_2_4_only_reading_is_possible() {
    let attacks = [
        "PRAGMA journal_mode = WAL",
        "PRAGMA hard_heap_limit",
        "PRAGMA table_info(people)",
        "SELECT * FROM pragma_table_info('people')",
        "SELECT count(*) FROM pragma_table_list",
        "SELECT sql FROM sqlite_schema",
        "SELECT count(*) FROM sqlite_master",
        "SELECT * FROM sqlite_temp_schema",
        "SELECT * FROM dbstat",
        "SELECT count(*) FROM dbstat",
        "SELECT * FROM json_each('[1]')",
        "SELECT 1 FROM json_each('[1]')",
        "SELECT name FROM pragma_module_list",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t AS SELECT * FROM people",
        "CREATE TEMP VIEW v AS SELECT * FROM people",
        "CREATE VIEW v AS SELECT * FROM people",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT 1; END",
        "CREATE INDEX i ON people (id)",
        "DROP TABLE people",
        "ALTER TABLE people RENAME TO p",
        "INSERT INTO people VALUES (1, 1, 1, 1, 1, 1)",
        "INSERT INTO people SELECT * FROM people RETURNING id",
        "UPDATE people SET id = 1",
        "DELETE FROM people RETURNING id",
        "REPLACE INTO people VALUES (1, 1, 1, 1, 1, 1)",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT s",
        "REINDEX",
        "ANALYZE",
        "SELECT randomblob(10)",
        "SELECT random()",
        "SELECT zeroblob(1000000000)",
        "SELECT printf('%.1000000000c', 'x')",
        "SELECT sqlite_version()",
        "SELECT changes()",
    ];
    check_all(&attacks, |error| matches!(error, SandboxError::Refused(_) | SandboxError::NotOneSelect)).await;
}

#[tokio::test]
async fn one_statement_and_no_other() {
    let attacks = [
        "",
        " ; ",
        "-- only a comment",
        "SELECT 1; SELECT 2",
        "SELECT id FROM people; SELECT 1 -- twice",
        "EXPLAIN SELECT id FROM people",
        "EXPLAIN QUERY PLAN SELECT id FROM people",
        "VACUUM",
    ];
    check_all(&attacks, |error| matches!(error, SandboxError::NotOneSelect | SandboxError::Refused(_))).await;
    let attacks = [
        "SELECT 1; nonsense",
        "SELECT 1\0",
        "SELECT FROM",
        "SELECT nothing FROM people",
        "SELECT id FROM other.people",
    ];
    check_all(&attacks, |error| matches!(error, SandboxError::Query(_))).await;
    let attacks = ["SELECT 1; DROP TABLE people", "SELECT id FROM people; PRAGMA temp_store = 1"];
    check_all(&attacks, |error| matches!(error, SandboxError::Refused(_))).await;
}

#[tokio::test]
async fn a_query_that_would_exhaust_the_engine_is_refused() {
    let many = |count: usize, one: &str, between: &str| vec![one; count].join(between);
    let joins = format!("SELECT 1 FROM {}", many(500, "people", ","));
    let nested = format!("SELECT 1 {}", many(300, "FROM (SELECT 1", " ") + &")".repeat(300));
    let not = format!("SELECT {} 1", many(3000, "NOT", " "));
    let plus = format!("SELECT {}", many(5000, "1", "+"));
    let unions = many(300, "SELECT 1", " UNION ALL ");
    let columns = format!("SELECT {}", many(600, "1", ","));
    let long = format!("SELECT '{}'", "x".repeat(20_000));
    let case = format!("SELECT {} 1 {}", many(1000, "CASE WHEN 1 THEN", " "), many(1000, "END", " "));
    let arguments = format!("SELECT max({})", many(100, "1", ","));
    let attacks = [&joins, &nested, &not, &plus, &unions, &columns, &long, &case, &arguments];
    let attacks: Vec<_> = attacks.iter().map(|attack| attack.as_str()).collect();
    check_all(&attacks, |error| matches!(error, SandboxError::Query(_) | SandboxError::TooComplex)).await;
}

#[tokio::test]
async fn the_deepest_query_that_is_read_does_not_exhaust_the_stack() {
    let nested =
        format!("{} 1 {}", "SELECT * FROM (SELECT".repeat(190), ")".repeat(190)).replace("SELECTSELECT", "SELECT");
    let with = (0..95).map(|n| format!("WITH a{n} AS (SELECT 1) SELECT * FROM (")).collect::<String>()
        + "SELECT 1"
        + &")".repeat(95);
    let exists = "SELECT EXISTS (".repeat(190) + "SELECT 1" + &")".repeat(190);
    for sql in [nested, with, exists] {
        // Refused or answered, but never a crash.
        let _ = run(&sql).await;
    }
}

#[tokio::test]
async fn large_values_are_not_made() {
    let mut environment = environment(ROOMY).await;
    for sql in [
        "SELECT replace(replace(replace(replace('aaaaaaaa', 'a', 'bbbbbbbbbb'), 'b', 'cccccccccc'), 'c', 'dddddddddd'), 'd', 'eeeeeeeeee')",
        "SELECT group_concat(a.city || b.city || a.born || b.born) FROM people a, people b",
        "WITH RECURSIVE n(t) AS (VALUES ('x') UNION ALL SELECT t || t FROM n) SELECT max(t) FROM n",
    ] {
        let error = environment.query(sql, &CancelToken::default()).await.expect_err(sql);
        assert!(
            matches!(&error, SandboxError::Query(message) if message == "string or blob too big"),
            "{sql}: {error}"
        );
    }
    let error = environment.query("SELECT x'00ff'", &CancelToken::default()).await.unwrap_err();
    assert!(matches!(error, SandboxError::Binary(_)), "{error}");
}
