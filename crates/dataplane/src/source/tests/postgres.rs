//! PostgreSQL: the server named by `XINYU_TEST_POSTGRES` (an address whose user may create schemas); without it, this is
//! left out and says so.

use std::io::Write as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use super::*;

#[tokio::test]
async fn postgres_tables() {
    let Ok(url) = std::env::var("XINYU_TEST_POSTGRES") else {
        writeln!(std::io::stderr(), "source on PostgreSQL is left out: XINYU_TEST_POSTGRES is not set").unwrap();
        return;
    };
    let options: PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let space = format!("xinyu_source_{}", std::process::id());
    let sql = format!(
        r#"DROP SCHEMA IF EXISTS {space} CASCADE; CREATE SCHEMA {space};
        CREATE TYPE {space}.mood AS ENUM ('good');
        CREATE TABLE {space}."a ""b" (id int, big numeric(18,0), price numeric(10,2), ok boolean, born date, seen timestamptz,
            local timestamp, name varchar(9), photo bytea, id2 uuid, doc jsonb, "mood;" {space}.mood);
        INSERT INTO {space}."a ""b" VALUES (1, 7, 2.5, true, '2026-11-23', '2026-11-23 08:00:00+08', '2026-11-23 08:00:00', '张三',
            '\x00', '00000000-0000-0000-0000-000000000001', '{{"a":1}}', 'good');
        INSERT INTO {space}."a ""b" DEFAULT VALUES;"#
    );
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    let source = Source::Table { url: url.clone(), table: format!("{space}.a \"b") };
    let found = source.describe().await.unwrap();
    let expect = [
        ("id", "integer"),
        ("big", "integer"),
        ("price", "real"),
        ("ok", "boolean"),
        ("born", "date"),
        ("seen", "timestamp"),
        ("local", "timestamp"),
        ("name", "text"),
        ("id2", "text"),
        ("doc", "text"),
        ("mood;", "text"),
    ];
    assert_eq!(kinds(&found.schema), expect);
    assert_eq!(found.rows, 2);
    let columns: Vec<_> = expect.iter().map(|(name, _)| *name).collect();
    let rows = all(&source, &columns).await.unwrap();
    assert_eq!(
        serde_json::to_string(&rows[0]).unwrap(),
        r#"[1,7,2.5,true,"2026-11-23","2026-11-23T00:00:00.000000Z","2026-11-23T08:00:00.000000","张三","00000000-0000-0000-0000-000000000001","{\"a\": 1}","good"]"#
    );
    assert!(rows[1].iter().all(Cell::is_null));
    for table in
        [format!("{space}.none"), "x; DROP SCHEMA public".to_owned(), format!("{space}.a\"b"), "x\0".to_owned()]
    {
        let source = Source::Table { url: url.clone(), table };
        assert!(matches!(source.describe().await, Err(SourceError::Table(_))));
    }
    let sql = format!("CREATE TABLE {space}.t (id int, name text); {}", suite::inserts(&format!("{space}.t")));
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    let plain = Source::Table { url: url.clone(), table: format!("{space}.t") };
    suite::suite(&plain).await;
    // Who made a table may write it, and that is told.
    let notices = plain.describe().await.unwrap().notices;
    assert!(matches!(&notices[..], [notice] if notice.en.contains("INSERT")), "{notices:?}");
    for (number, (kind, from)) in [("int", -5), ("bigint", -5), ("numeric(18,0)", 1)].into_iter().enumerate() {
        let growing = growing::Growing {
            source: Source::Table { url: url.clone(), table: format!("{space}.流\"水;{number}") },
            table: format!("{space}.\"流\"\"水;{number}\""),
            key: "主\"键 `",
            column: "\"主\"\"键 `\"".to_owned(),
            from,
        };
        let sql = format!("CREATE TABLE {} ({} {kind}, note text, seen timestamptz)", growing.table, growing.column);
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        let run = async |sql: String| {
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
        };
        growing.check(run).await;
    }
    connection.execute(AssertSqlSafe(format!("DROP SCHEMA {space} CASCADE"))).await.unwrap();
}
