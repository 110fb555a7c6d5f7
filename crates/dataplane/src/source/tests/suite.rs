//! What every source does alike: [`suite`] on a table of each, with `id` from 1 to [`ROWS`] and a `name`.

use std::fmt::Write as _;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;

use super::*;

pub(super) const ROWS: i64 = 2_500;

/// Looks at it, reads it in several ways, and leaves it in the middle.
pub(super) async fn suite(source: &Source) {
    let found = source.describe().await.unwrap();
    assert_eq!(kinds(&found.schema), [("id", "integer"), ("name", "text")], "{source:?}");
    assert_eq!(found.rows, u64::try_from(ROWS).unwrap(), "{source:?}");
    assert!(!found.form.is_empty());
    let name = |id: i64| Cell::Text(format!("名{id}"));
    let rows = all(source, &["name", "id", "name"]).await.unwrap();
    let expect: Vec<_> = (1..=ROWS).map(|id| vec![name(id), Cell::Integer(id), name(id)]).collect();
    assert!(rows == expect, "{source:?}");
    let rows = all(source, &["id"]).await.unwrap();
    assert!(rows.into_iter().flatten().eq((1..=ROWS).map(Cell::Integer)), "{source:?}");
    assert_eq!(all(source, &[]).await.unwrap().len(), expect.len(), "{source:?}");
    for missing in ["nmae", "ID", "id, id", "*", "`id`", ""] {
        let error = all(source, &["id", missing]).await.unwrap_err();
        assert!(matches!(&error, SourceError::Column(column) if column == missing), "{source:?}: {error}");
    }
    let mut rows = source.rows(&["id".to_owned()]).await.unwrap();
    assert_eq!(rows.next().await.unwrap().unwrap().len(), BATCH_ROWS);
    drop(rows);
    assert_eq!(all(source, &["id"]).await.unwrap().len(), expect.len(), "{source:?}");
}

/// The table as text, from one row to another.
pub(super) fn csv(from: i64, to: i64) -> String {
    let mut text = "id,name\n".to_owned();
    (from..=to).for_each(|id| writeln!(text, "{id},名{id}").unwrap());
    text
}

/// The same as SQL.
pub(super) fn inserts(table: &str) -> String {
    let values: Vec<String> = (1..=ROWS).map(|id| format!("({id}, '名{id}')")).collect();
    format!("INSERT INTO {table} VALUES {}", values.join(", "))
}

pub(super) fn jsonl() -> String {
    (1..=ROWS).map(|id| format!("{{\"id\":{id},\"name\":\"名{id}\"}}\n")).collect()
}

pub(super) fn parquet() -> Vec<u8> {
    let schema = "message t { required int64 id; required binary name (UTF8); }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let ids: Vec<i64> = (1..=ROWS).collect();
    for ids in ids.chunks(1_100) {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(ids, None, None).unwrap();
        column.close().unwrap();
        let names: Vec<ByteArray> = ids.iter().map(|id| format!("名{id}").as_str().into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// Files of each form.
pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let list = format!("[{}]", jsonl().trim_end().replace('\n', ","));
    let row = |line: (usize, &str)| {
        let (number, line) = (line.0 + 1, line.1.split_once(',').unwrap());
        if number == 1 {
            return forms::cells(1, &[("A", line.0), ("B", line.1)]);
        }
        format!(
            r#"<row r="{number}"><c r="A{number}"><v>{}</v></c><c r="B{number}" t="inlineStr"><is><t>{}</t></is></c></row>"#,
            line.0, line.1
        )
    };
    let sheet: String = csv(1, ROWS).lines().enumerate().map(row).collect();
    vec![
        ("a.csv", csv(1, ROWS).into_bytes()),
        ("a.tsv", csv(1, ROWS).replace(',', "\t").into_bytes()),
        ("a.jsonl", jsonl().into_bytes()),
        ("a.json", list.into_bytes()),
        ("a.parquet", parquet()),
        ("a.xlsx", forms::workbook(&sheet)),
    ]
}

#[tokio::test]
async fn all_forms_of_file_do_alike() {
    for (name, content) in files() {
        let (_dir, source) = forms::file(name, &content);
        suite(&source).await;
    }
}

#[tokio::test]
async fn folders_memory_and_sqlite_do_alike() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("part-0.csv"), csv(1, 1_200)).unwrap();
    fs::write(dir.path().join("part-1.csv"), csv(1_201, ROWS)).unwrap();
    suite(&Source::Folder { path: dir.path().to_owned() }).await;
    suite(&Source::Memory { name: "t".to_owned(), bytes: csv(1, ROWS).into() }).await;
    let (_dir, url) = sqlite(&format!("CREATE TABLE t (id INTEGER, name TEXT); {}", inserts("t"))).await;
    suite(&Source::Table { url, table: "t".to_owned() }).await;
}
