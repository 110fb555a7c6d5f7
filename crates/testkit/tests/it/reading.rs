//! Readings of resources: what has not changed is not read again, what has grown is read from where it ended, across a restart, with progress, and cancelled.
//! TC609-6-2025-01 §5.2.3; GB/T 36344-2018 时效性.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};
use xinyu_shell::Failure;
use xinyu_testkit::world::Engine;

use crate::termination::stage::{Stage, refused};

fn rows(from: u32, to: u32) -> String {
    (from..to).fold(String::new(), |mut text, n| {
        writeln!(text, "{n},2026-11-{:02},{}.5", n % 28 + 1, n * 3).unwrap();
        text
    })
}

fn append(path: &Path, text: &str) {
    std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

async fn execute(database: &mut SqliteConnection, sql: impl Into<String>) {
    sqlx::query(AssertSqlSafe(sql.into())).execute(database).await.unwrap();
}

/// What was read, how many rows of it, and how many there are.
fn read(info: &Value) -> (&str, u64, u64) {
    let read = &info["read"];
    (read["part"].as_str().unwrap(), read["rows"].as_u64().unwrap(), info["rows"].as_u64().unwrap())
}

fn why(info: &Value) -> &str {
    info["read"]["why"]["en"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let seat = &stage.provider().seat;
    let path = stage.provider().folder.join("readings.csv");
    std::fs::write(&path, format!("id,day,value\n{}", rows(1, 401))).unwrap();
    let new = json!({ "name": "读数", "kind": "file", "location": path, "updateFrequency": "002" });
    let made: Value = seat.post("/resources", &new).await.unwrap();
    assert_eq!(read(&made), ("all", 400, 400));
    assert_eq!(made["read"]["goesOn"], true);

    let again = async || -> Value { seat.post("/resources/读数/refresh", &Value::Null).await.unwrap() };
    assert_eq!(read(&again().await), ("nothing", 0, 400));
    append(&path, &rows(401, 501));
    let grown = again().await;
    assert_eq!(read(&grown), ("rest", 100, 500));

    // What is kept says no value, and the profile that goes on from it is that of all rows read at once.
    let kept = stage.provider().store().read("test.kept", |tx| {
        Box::pin(async move { xinyu_store::resource::reading(tx, "读数").await.map_err(Failure::from) })
    });
    let kept = kept.await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&kept).contains("value"), "what is kept can be read");
    let whole: Value = seat.post("/readings", &json!({ "refresh": "读数", "anew": true })).await.unwrap();
    assert_eq!((&whole["state"], &whole["part"], &whole["rows"]), (&json!("done"), &json!("all"), &json!(500)));
    let whole: Value = seat.get("/resources/读数").await.unwrap();
    assert_eq!(whole["profile"]["columns"], grown["profile"]["columns"]);
    assert_eq!(whole["renewals"].as_array().unwrap().len(), 2, "read anew it is the same: {}", whole["renewals"]);

    // Timeliness is measured by what was seen of the source.
    let measures = grown["profile"]["quality"]["measures"].as_array().unwrap().clone();
    let of = |name: &str| measures.iter().find(|one| one["indicator"] == name).unwrap().clone();
    assert_eq!(of("punctual")["permille"], 1000, "{}", of("punctual"));
    assert!(of("punctual")["reason"]["en"].as_str().unwrap().contains("states of the source were seen"));
    assert_eq!((&of("accessible")["permille"], &of("accessible")["all"]), (&json!(1000), &json!(3)));

    // Whatever was read before is not believed where it is not so any more.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("1,2026", "9,2026", 1)).unwrap();
    let replaced = again().await;
    assert_eq!(read(&replaced), ("all", 500, 500));
    assert!(why(&replaced).contains("written anew or replaced"), "{}", why(&replaced));
    append(&path, "501,2026-11-02,many\n");
    let other = again().await;
    assert_eq!(read(&other), ("all", 501, 501));
    assert!(why(&other).contains("changes the columns"), "{}", why(&other));
    append(&path, "502,2026-11-03,\"open");
    assert_eq!(read(&again().await), ("rest", 1, 502));
    append(&path, " end\"\n503,2026-11-03,4\n");
    let cut = again().await;
    assert_eq!(read(&cut), ("all", 503, 503));
    assert!(why(&cut).contains("last line was not whole"), "{}", why(&cut));
    let corrupted = stage.provider().store().write("test.corrupt", |tx| {
        Box::pin(async move {
            xinyu_store::resource::keep_reading(tx, "读数", b"nothing".to_vec()).await.map_err(Failure::from)
        })
    });
    corrupted.await.unwrap();
    let distrusted = again().await;
    assert_eq!(read(&distrusted), ("all", 503, 503));
    assert!(why(&distrusted).contains("cannot be verified"), "{}", why(&distrusted));

    // A source that cannot be read counts against its accessibility, and what is known of it stays.
    std::fs::rename(&path, path.with_extension("gone")).unwrap();
    refused(seat.api.post::<_, Value>("/api/v1/resources/读数/refresh", &Value::Null).await, "resource");
    std::fs::rename(path.with_extension("gone"), &path).unwrap();
    let back = again().await;
    assert_eq!(read(&back), ("nothing", 0, 503));
    let measures = back["profile"]["quality"]["measures"].as_array().unwrap().clone();
    let accessible = measures.iter().find(|one| one["indicator"] == "accessible").unwrap();
    let (right, all) = (accessible["right"].as_u64().unwrap(), accessible["all"].as_u64().unwrap());
    assert_eq!((right + 1, all), (all, 11), "{accessible}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_grows_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let seat = &stage.provider().seat;
    let path = stage.provider().folder.join("ledger.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut database = options.connect().await.unwrap();
    let fill = |from: u32, to: u32| {
        let values: Vec<String> = (from..to).map(|n| format!("({n}, 'entry {}')", n % 7)).collect();
        format!("INSERT INTO ledger (id, note) VALUES {}", values.join(", "))
    };
    execute(&mut database, "CREATE TABLE ledger (id INTEGER PRIMARY KEY, note TEXT)").await;
    execute(&mut database, fill(1, 2_501)).await;
    let url = format!("sqlite://{}", path.display());
    let table =
        |key: Value| json!({ "name": "流水", "kind": "table", "location": url, "table": "ledger", "growsBy": key });
    refused(seat.api.post::<_, Value>("/api/v1/resources", &table(json!("note"))).await, "resource");
    let made: Value = seat.post("/resources", &table(json!("id"))).await.unwrap();
    assert_eq!(read(&made), ("all", 2_500, 2_500));
    let again = async || -> Value { seat.post("/resources/流水/refresh", &Value::Null).await.unwrap() };
    assert_eq!(read(&again().await), ("nothing", 0, 2_500));
    execute(&mut database, fill(2_501, 3_001)).await;
    assert_eq!(read(&again().await), ("rest", 500, 3_000));
    execute(&mut database, "DELETE FROM ledger WHERE id = 7").await;
    let removed = again().await;
    assert_eq!(read(&removed), ("all", 2_999, 2_999));
    assert!(why(&removed).contains("added or removed"), "{}", why(&removed));

    // A new column is another table.
    execute(&mut database, "ALTER TABLE ledger ADD COLUMN amount INTEGER").await;
    let other = again().await;
    assert_eq!(read(&other), ("all", 2_999, 2_999));
    assert!(why(&other).contains("columns of the table are others"), "{}", why(&other));

    // Without a key only a file that was not written to is left alone.
    let made: Value = seat.post("/resources", &table(Value::Null)).await.unwrap();
    assert_eq!(read(&made).0, "all");
    assert_eq!(read(&again().await), ("nothing", 0, 2_999));
    execute(&mut database, fill(3_001, 3_002)).await;
    assert_eq!(read(&again().await), ("all", 3_000, 3_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_reading_shows_its_progress_and_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let seat = &stage.provider().seat;
    let path = stage.provider().folder.join("long.csv");
    std::fs::write(&path, format!("id,day,value\n{}", rows(1, 400_001))).unwrap();
    let new = json!({ "connect": { "name": "长表", "kind": "file", "location": path } });
    let begun: Value = seat.post("/readings", &new).await.unwrap();
    assert_eq!(begun["state"], "running", "{begun}");
    refused(seat.api.post::<_, Value>("/api/v1/readings", &new).await, "resource-being-read");
    let shown: Value = seat
        .until("/readings", |all: &Value| {
            all["items"][0]["phase"] == "rows" && all["items"][0]["rows"].as_u64() > Some(0)
        })
        .await
        .unwrap();
    let one = &shown["items"][0];
    assert_eq!((&one["resource"], &one["expected"]), (&json!("长表"), &json!(400_000)));
    assert!(one["permille"].as_u64().unwrap() < 1000, "{one}");
    let cancelled: Value = seat.post("/readings/长表/cancellation", &Value::Null).await.unwrap();
    assert_eq!(cancelled["state"], "cancelled");
    refused(seat.api.post::<_, Value>("/api/v1/readings/长表/cancellation", &Value::Null).await, "reading-over");
    refused(seat.api.get::<Value>("/api/v1/resources/长表").await, "unknown-resource");
    refused(seat.api.get::<Value>("/api/v1/readings/nowhere").await, "unknown-reading");
    refused(seat.api.post::<_, Value>("/api/v1/readings", &json!({})).await, "reading-unclear");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_that_is_removed_while_it_is_read_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (seat, store) = (&stage.provider().seat, stage.provider().store());
    let path = stage.provider().folder.join("long.csv");
    let connect = async |more: u32| {
        std::fs::write(&path, "id,day,value\n1,2026-11-01,1.5\n").unwrap();
        let new = json!({ "name": "长表", "kind": "file", "location": path });
        let made: Value = seat.post("/resources", &new).await.unwrap();
        assert_eq!(read(&made), ("all", 1, 1));
        append(&path, &rows(2, more));
    };
    let is_gone = async || {
        refused(seat.api.get::<Value>("/api/v1/resources/长表").await, "unknown-resource");
        let kept = store.read("test.kept", |tx| {
            Box::pin(async move { xinyu_store::resource::reading(tx, "长表").await.map_err(Failure::from) })
        });
        assert_eq!(kept.await.unwrap(), None);
    };

    // Whoever removes it cancels its reading, and the name is free at once.
    connect(400_001).await;
    let begun: Value = seat.post("/readings", &json!({ "refresh": "长表", "anew": true })).await.unwrap();
    assert_eq!(begun["state"], "running", "{begun}");
    let left: Value = seat.post("/resources/长表/removal", &json!({ "reason": "不再提供" })).await.unwrap();
    assert!(left["items"].as_array().unwrap().iter().all(|one| one["name"] != "长表"), "{left}");
    let ended: Value = seat.get("/readings/长表").await.unwrap();
    assert_eq!(ended["state"], "cancelled", "{ended}");
    is_gone().await;

    // A reading that goes on to its end looks, before it keeps anything, whether what it read is still there.
    connect(200_001).await;
    let reading = seat.api.post::<_, Value>("/api/v1/resources/长表/refresh", &Value::Null);
    let removing = async {
        let is_under_way =
            |all: &Value| all["items"][0]["state"] == "running" && all["items"][0]["rows"].as_u64() > Some(0);
        let _: Value = seat.until("/readings", is_under_way).await.unwrap();
        let removed = store.write("test.remove", |tx| {
            Box::pin(async move { xinyu_store::resource::remove(tx, "长表").await.map_err(Failure::from) })
        });
        removed.await.unwrap();
    };
    let (outcome, ()) = tokio::join!(reading, removing);
    refused(outcome, "resource-removed");
    let ended: Value = seat.get("/readings/长表").await.unwrap();
    assert_eq!(ended["state"], "failed", "{ended}");
    is_gone().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_grows_as_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let seat = &stage.provider().seat;
    let gbk = [b"id,\xb3\xc7\xca\xd0\n1,\xba\xbc\xd6\xdd\n".as_slice(), b"2,\xc4\xfe\xb2\xa8\n"];
    for (name, first, more, expect) in [
        ("a.jsonl", b"{\"a\":1}\n".as_slice(), b"{\"a\":2}\n".as_slice(), ("rest", 1, 2)),
        ("member.jsonl", b"{\"a\":1}\n", b"{\"b\":2}\n", ("all", 2, 2)),
        ("late.csv", b"a,b\n1,2", b"\n3,4\n", ("rest", 1, 2)),
        ("empty.csv", b"a,b\n", b"x,4\n", ("all", 1, 1)),
        ("list.json", b"[{\"a\":1}]", b"\n", ("all", 1, 1)),
        ("gbk.csv", gbk[0], gbk[1], ("rest", 1, 2)),
        // Read by itself the second line has another encoding than the first.
        ("mixed.csv", b"id,city\n1,a\n", gbk[1], ("all", 2, 2)),
    ] {
        let path = stage.provider().folder.join(name);
        std::fs::write(&path, first).unwrap();
        let new = json!({ "name": name, "kind": "file", "location": path });
        let made: Value = seat.post("/resources", &new).await.unwrap();
        assert_eq!(read(&made).0, "all", "{name}");
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(more).unwrap();
        let again: Value = seat.post(&format!("/resources/{name}/refresh"), &Value::Null).await.unwrap();
        assert_eq!(read(&again), expect, "{name}: {}", why(&again));
    }

    // Of a folder only what is new is read, until a part is gone.
    let parts = stage.provider().folder.join("parts");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("1.csv"), "id\n1\n2\n").unwrap();
    let new = json!({ "name": "分日", "kind": "folder", "location": parts });
    let made: Value = seat.post("/resources", &new).await.unwrap();
    assert_eq!(read(&made), ("all", 2, 2));
    let again = async || -> Value { seat.post("/resources/分日/refresh", &Value::Null).await.unwrap() };
    std::fs::write(parts.join("2.csv"), "id\n3\n").unwrap();
    append(&parts.join("1.csv"), "4\n");
    assert_eq!(read(&again().await), ("rest", 2, 4));
    assert_eq!(read(&again().await), ("nothing", 0, 4));
    std::fs::remove_file(parts.join("1.csv")).unwrap();
    let gone = again().await;
    assert_eq!(read(&gone), ("all", 1, 1));
    assert!(why(&gone).contains("1.csv is there no more"), "{}", why(&gone));
}
