//! Files, databases, and what must not be read.

use std::fs;
use std::os::unix::fs::symlink;

use sqlx::{ConnectOptions as _, Executor as _};
use xinyu_core::data::ColumnKind;

use super::*;

mod api;
mod folder;
mod forms;
mod growing;
mod kafka;
mod mqtt;
mod mysql;
mod object;
mod postgres;
mod suite;

fn csv(content: &str) -> (tempfile::TempDir, Source) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table.csv");
    fs::write(&path, content).unwrap();
    (dir, Source::File { path })
}

async fn all(source: &Source, columns: &[&str]) -> Result<Vec<Vec<Cell>>, SourceError> {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let mut batches = source.rows(&columns).await?;
    let mut rows = Vec::new();
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        assert!(batch.len() <= BATCH_ROWS, "{} rows in a batch", batch.len());
        rows.extend(batch);
    }
    Ok(rows)
}

fn kinds(schema: &TableSchema) -> Vec<(&str, &str)> {
    schema.columns.iter().map(|column| (column.name.as_str(), column.kind.as_str())).collect()
}

#[tokio::test]
async fn columns_are_what_all_their_values_are() {
    let check = async |values: &[&str], expect: ColumnKind| {
        let lines: String = values.iter().map(|value| format!("{value},\n")).collect();
        let (_dir, source) = csv(&format!("value,rest\n{lines}"));
        let found = source.describe().await.unwrap();
        assert_eq!(found.schema.columns[0].kind, expect, "{values:?}");
        assert_eq!(found.rows, u64::try_from(values.len()).unwrap());
        let rows = all(&source, &["value"]).await.unwrap();
        assert_eq!(rows.len(), values.len());
    };
    check(&["1", "-20", "0"], ColumnKind::Integer).await;
    check(&["1", "", "3"], ColumnKind::Integer).await;
    check(&["1", "2.5"], ColumnKind::Real).await;
    check(&["2.5", "1e-3", "-0.0"], ColumnKind::Real).await;
    check(&["1", "x"], ColumnKind::Text).await;
    check(&["x", "1"], ColumnKind::Text).await;
    check(&["1", "true"], ColumnKind::Text).await;
    check(&["true", "FALSE"], ColumnKind::Boolean).await;
    check(&["2026-11-23", "2024-02-29"], ColumnKind::Date).await;
    check(&["2026-11-23", "2026-02-30"], ColumnKind::Text).await;
    check(&["2026-11-23T08:00:00Z", "2026-11-23T08:00:00"], ColumnKind::Timestamp).await;
    check(&["2026-11-23T08:00:00+08:00"], ColumnKind::Timestamp).await;
    check(&["2026-11-23T25:00:00Z"], ColumnKind::Text).await;
    check(&["2026-11-23", "2026-11-23T08:00:00Z"], ColumnKind::Text).await;
    check(&["", ""], ColumnKind::Text).await;
    // What names something is no number.
    check(&["007"], ColumnKind::Text).await;
    check(&["00.5"], ColumnKind::Text).await;
    check(&["+8613812345678"], ColumnKind::Text).await;
    check(&["13812345678", "19912345678"], ColumnKind::Text).await;
    check(&["110105194912310021"], ColumnKind::Text).await;
    check(&["6222021234567890123", "1"], ColumnKind::Text).await;
    check(&["12345678901", "5"], ColumnKind::Integer).await;
    check(&["1.", ".5", "1e999", "NaN", "inf", "0x10", "1_000", "-"], ColumnKind::Text).await;
    check(&["1."], ColumnKind::Text).await;
    check(&["1e999"], ColumnKind::Text).await;
}

#[tokio::test]
async fn rows_come_in_the_order_asked_for() {
    let (_dir, source) = csv("\u{feff}id,name,note\n1,\"张, 三\",\n2,\"a\"\"b\",x\n");
    let rows = all(&source, &["name", "id", "note"]).await.unwrap();
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(
        rows,
        [vec![text("张, 三"), Cell::Integer(1), Cell::Null], vec![text("a\"b"), Cell::Integer(2), text("x")]]
    );
    assert_eq!(all(&source, &["nmae"]).await.unwrap_err().to_string(), "there is no column nmae that can be delivered");
}

#[tokio::test]
async fn bad_files_are_refused_without_repeating_a_value() {
    let check = async |content: &[u8], expect: &str| {
        let (_dir, source) = csv("");
        fs::write(source.path().unwrap(), content).unwrap();
        assert_eq!(source.describe().await.unwrap_err().to_string(), expect);
    };
    let header = "first line names no columns, or one twice or without a name";
    check(b"", header).await;
    check(b"a,a\n1,2\n", header).await;
    check(b"a,\n1,2\n", header).await;
    check(b"a,b\n1,2\n13812345678\n", "line 3: another number of values than the first line has names").await;
    check(b"a,b\n1,\xff\n", "line 2: neither UTF-8 nor GBK, GB18030, or UTF-16 with its mark").await;
    let mut endless = b"a,b\n1,\"".to_vec();
    endless.resize(17 << 20, b'x');
    check(&endless, "line 1: longer than a row may be").await;
}

#[tokio::test]
async fn only_files_of_a_known_form() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table.docx");
    fs::write(&path, "a\n1\n").unwrap();
    let error = Source::File { path }.describe().await.unwrap_err();
    assert!(matches!(error, SourceError::Format(_)), "{error}");
}

#[tokio::test]
async fn a_source_of_which_nobody_reads_on_stops() {
    let many: String = (0..50_000).map(|number| format!("{number}\n")).collect();
    let (_dir, source) = csv(&format!("id\n{many}"));
    let mut rows = source.rows(&["id".to_owned()]).await.unwrap();
    assert_eq!(rows.next().await.unwrap().unwrap().len(), BATCH_ROWS);
    drop(rows);
    assert_eq!(all(&source, &["id"]).await.unwrap().len(), 50_000);
}

#[tokio::test]
async fn a_reader_that_breaks_down_is_no_end() {
    let (sender, receiver) = channel();
    sender.send(Ok(Piece::Batch(vec![vec![Cell::Null]]))).await.unwrap();
    drop(sender);
    let rows: Vec<_> = received(receiver).collect().await;
    assert!(matches!(rows[..], [Ok(_), Err(SourceError::Interrupted)]));
}

#[tokio::test]
async fn the_airports() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/airports/airports.csv");
    let source = Source::File { path };
    let found = source.describe().await.unwrap();
    assert_eq!((found.schema.name.as_str(), found.rows), ("airports", 28_298));
    let expect = [
        ("icao", "text"),
        ("iata", "text"),
        ("name", "text"),
        ("city", "text"),
        ("subd", "text"),
        ("country", "text"),
        ("elevation", "real"),
        ("lat", "real"),
        ("lon", "real"),
        ("tz", "text"),
        ("lid", "text"),
    ];
    assert_eq!(kinds(&found.schema), expect);
    let rows = all(&source, &["icao", "iata"]).await.unwrap();
    assert_eq!(rows.len(), 28_298);
    assert_eq!(rows.iter().filter(|row| !row[1].is_null()).count(), 7_884);
}

#[test]
fn files_outside_the_roots_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (open, shut) = (dir.path().join("open"), dir.path().join("open-not"));
    fs::create_dir_all(open.join("deep")).unwrap();
    fs::create_dir(&shut).unwrap();
    fs::write(open.join("deep/a.csv"), "").unwrap();
    fs::write(shut.join("b.csv"), "").unwrap();
    symlink(shut.join("b.csv"), open.join("link.csv")).unwrap();
    symlink(&shut, open.join("folder")).unwrap();
    symlink(open.join("deep/a.csv"), open.join("inner.csv")).unwrap();
    let roots = [open.clone(), dir.path().join("not-there")];
    let check = |path: &str, expect: Option<&str>| {
        let found = confine(&open.join(path), &roots).ok();
        let expect = expect.map(|path| open.canonicalize().unwrap().join(path));
        assert_eq!(found, expect, "{path}");
        let source = Source::File { path: open.join(path) }.confined(&roots).ok();
        assert_eq!(source.and_then(|source| source.path()), expect, "{path}");
        let url = format!("sqlite://{}", open.join(path).display());
        let source = Source::Table { url, table: "t".to_owned() }.confined(&roots).ok();
        assert_eq!(source.and_then(|source| source.path()), expect, "{path}");
    };
    check("deep/a.csv", Some("deep/a.csv"));
    check("deep/../deep/a.csv", Some("deep/a.csv"));
    check("inner.csv", Some("deep/a.csv"));
    check("../open-not/b.csv", None);
    check("link.csv", None);
    check("folder/b.csv", None);
    check("deep", None);
    check("none.csv", None);
    assert!(confine(&open.join("deep/a.csv"), &[]).is_err());
}

#[test]
fn addresses_are_shown_without_secrets() {
    let check = |url: &str, expect: &str| {
        let source = Source::Table { url: url.to_owned(), table: "t".to_owned() };
        assert_eq!(source.display(), expect);
        assert_eq!(format!("{source:?}"), format!("Source({expect:?})"));
    };
    check("postgres://me:secret@db.example:5432/shop?password=secret", "postgres://db.example:5432/shop t");
    check("postgres:///shop?host=/run&user=me", "postgres:///shop t");
    check("mysql://me:secret@db.example/shop?ssl-mode=REQUIRED", "mysql://db.example/shop t");
    let url = "s3://me:secret@bucket/key.csv?endpoint=https://s3.example".to_owned();
    let object = Source::Object { url, egress: EgressPolicy::default() };
    assert_eq!(format!("{object:?}"), r#"Source("s3://bucket/key.csv")"#);
    check("sqlite:///data/shop.db?mode=ro", "sqlite:///data/shop.db t");
    check("me:secret@db", "unreadable address t");
    check("no address", "unreadable address t");
}

#[tokio::test]
async fn addresses_that_are_none() {
    for url in [
        "",
        "shop.db",
        "oracle://h/d",
        "mysql://[/d",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite://x?mode=memory",
        "sqlite://file:x",
        "postgres://[/d",
    ] {
        let error = Source::Table { url: url.to_owned(), table: "t".to_owned() }.describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Address), "{url}: {error}");
    }
}

async fn sqlite(sql: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my shop#1.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let url = sqlite_url(&path).unwrap();
    (dir, url)
}

#[tokio::test]
async fn sqlite_tables_and_views() {
    let (_dir, url) = sqlite(
        "CREATE TABLE t (id INTEGER, paid BOOLEAN, price DECIMAL(10,2), born DATE, seen DATETIME, name VARCHAR(9), photo BLOB, free);
         INSERT INTO t VALUES (1, 1, 2.5, '2026-11-23', '2026-11-23T08:00:00Z', '张三', x'00', 5), (NULL, 0, 3, NULL, NULL, NULL, NULL, 1.5);
         CREATE VIEW v AS SELECT id FROM t;",
    )
    .await;
    let source = Source::Table { url: url.clone(), table: "t".to_owned() };
    let found = source.describe().await.unwrap();
    let expect = [
        ("id", "integer"),
        ("paid", "boolean"),
        ("price", "real"),
        ("born", "date"),
        ("seen", "timestamp"),
        ("name", "text"),
        ("free", "text"),
    ];
    assert_eq!(kinds(&found.schema), expect);
    assert_eq!(found.rows, 2);
    let rows = all(&source, &["free", "price", "paid", "name", "seen", "id"]).await.unwrap();
    let shown = |row: &[Cell]| serde_json::to_string(row).unwrap();
    assert_eq!(shown(&rows[0]), r#"["5",2.5,true,"张三","2026-11-23T08:00:00Z",1]"#);
    assert_eq!(shown(&rows[1]), r#"["1.5",3.0,false,null,null,null]"#);
    assert!(matches!(all(&source, &["photo"]).await, Err(SourceError::Column(_))));
    let view = Source::Table { url, table: "v".to_owned() };
    assert_eq!(view.describe().await.unwrap().rows, 2);
}

#[tokio::test]
async fn sqlite_values_that_do_not_fit_their_column() {
    let (_dir, url) =
        sqlite("CREATE TABLE t (n INTEGER, b BOOLEAN, x TEXT); INSERT INTO t VALUES ('13812345678x', 2, x'ff');").await;
    let source = Source::Table { url, table: "t".to_owned() };
    for (column, expect) in [
        ("n", "column n has a value that is not integer"),
        ("b", "column b has a value that is not boolean"),
        ("x", "column x has a value that is not text"),
    ] {
        assert_eq!(all(&source, &[column]).await.unwrap_err().to_string(), expect);
    }
}

#[tokio::test]
async fn names_are_never_read_as_sql() {
    let (_dir, url) = sqlite(
        r#"CREATE TABLE "a ""b; --" ("x"" FROM t; --" TEXT); INSERT INTO "a ""b; --" VALUES ('odd');
           CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1);"#,
    )
    .await;
    let odd = Source::Table { url: url.clone(), table: "a \"b; --".to_owned() };
    assert_eq!(odd.describe().await.unwrap().rows, 1);
    assert_eq!(all(&odd, &["x\" FROM t; --"]).await.unwrap(), [[Cell::Text("odd".to_owned())]]);
    let long = "t".repeat(300);
    for table in ["T", "t; DROP TABLE t", "t\"", "t--", "(SELECT 1)", "main.t", "sqlite_schema", "", "t\0", &long] {
        let source = Source::Table { url: url.clone(), table: table.to_owned() };
        let error = source.describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Table(_)), "{table:?}: {error}");
    }
    let source = Source::Table { url, table: "t".to_owned() };
    for column in ["id, id", "*", "count(*)", "\"id\"", "ID", "rowid", ""] {
        let error = all(&source, &[column]).await.unwrap_err();
        assert!(matches!(error, SourceError::Column(_)), "{column:?}: {error}");
    }
    assert_eq!(source.describe().await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    for query in ["", "?mode=rwc"] {
        let url = format!("sqlite://{}{query}", path.display());
        let error = Source::Table { url, table: "t".to_owned() }.describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Database(..)), "{error}");
        assert!(!path.exists());
    }
}

#[test]
fn sources_keep_their_form() {
    let check = |source: Source, expect: &str| {
        assert_eq!(serde_json::to_string(&source).unwrap(), expect);
        assert_eq!(serde_json::from_str::<Source>(expect).unwrap(), source);
    };
    check(Source::File { path: "/a.csv".into() }, r#"{"file":{"path":"/a.csv"}}"#);
    check(Source::Folder { path: "/a".into() }, r#"{"folder":{"path":"/a"}}"#);
    let object = Source::Object { url: "s3://a/b.csv".to_owned(), egress: EgressPolicy::default() };
    check(object, r#"{"object":{"url":"s3://a/b.csv"}}"#);
    let egress = EgressPolicy::default();
    let api = Source::named("api", "https://k:s@a.example/b#/c", None, &egress).unwrap();
    check(api, r#"{"api":{"url":"https://k:s@a.example/b#/c"}}"#);
    let stream = Source::named("stream", "kafka://h/t", None, &egress).unwrap();
    check(stream, r#"{"stream":{"url":"kafka://h/t"}}"#);
    check(
        Source::Table { url: "sqlite:///a.db".to_owned(), table: "t".to_owned() },
        r#"{"table":{"url":"sqlite:///a.db","table":"t"}}"#,
    );
}

#[test]
fn kinds_are_told_by_where_it_lies() {
    let check = |location: &str, has_table: bool, expect: &str| {
        assert_eq!(kind_of(location, has_table), expect, "{location}");
        assert!(KINDS.contains(&expect));
        let table = has_table.then_some("t");
        assert!(Source::named(expect, location, table, &EgressPolicy::default()).is_some(), "{location}");
    };
    check("/a.csv", false, "file");
    check("/a/", false, "folder");
    check("/a/*.csv", false, "folder");
    check("s3://b/k", false, "object");
    check("mysql://h/d", true, "table");
    check("sqlite:///a.db", true, "table");
    check("https://a.example/b", false, "api");
    check("HTTP://a.example/b", false, "api");
    check("kafka://h/t", false, "stream");
    check("mqtts://h/t/#", false, "stream");
    assert!(Source::named("table", "sqlite:///a.db", None, &EgressPolicy::default()).is_none());
    assert!(Source::named("api", "https://a.example/b", Some("t"), &EgressPolicy::default()).is_none());
    assert!(Source::named("magic", "x", None, &EgressPolicy::default()).is_none());
}
