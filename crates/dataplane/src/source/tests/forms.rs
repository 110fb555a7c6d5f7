//! Forms of file. The fixtures were written by other makers' programs: pyarrow, openpyxl, XlsxWriter, xlwt and pandas with odfpy.

use std::io::Write as _;

use super::*;

fn fixture(name: &str) -> Source {
    Source::File { path: Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/tests/fixtures").join(name) }
}

pub(super) fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, Source) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, content).unwrap();
    (dir, Source::File { path })
}

/// All of a source, as JSON, and what it is.
async fn shown(source: &Source) -> Result<(String, Vec<String>), SourceError> {
    let found = source.describe().await?;
    let columns: Vec<&str> = found.schema.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = all(source, &columns).await?;
    assert_eq!(found.rows, u64::try_from(rows.len()).unwrap());
    let kinds: Vec<String> = kinds(&found.schema).iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let encoding = found.encoding.map_or_else(String::new, |encoding| format!(", {encoding}"));
    let head = format!("{}{encoding}: {}", found.form, kinds.join(", "));
    Ok((head, rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect()))
}

async fn check(source: &Source, head: &str, rows: &[&str]) {
    let (found, lines) = shown(source).await.unwrap();
    assert_eq!(found, head, "{source:?}");
    assert_eq!(lines, rows, "{source:?}");
}

async fn check_file(name: &str, content: impl AsRef<[u8]>, head: &str, rows: &[&str]) {
    let (_dir, source) = file(name, content.as_ref());
    check(&source, head, rows).await;
}

async fn refused(name: &str, content: impl AsRef<[u8]>, expect: &str) {
    let (_dir, source) = file(name, content.as_ref());
    let error = shown(&source).await.unwrap_err();
    assert_eq!(error.to_string(), expect, "{name}");
    assert!(error.text().zh.chars().any(|c| c > '\u{2e80}'), "{error}");
}

#[tokio::test]
async fn text_of_other_encodings() {
    let head = "id integer, name text";
    let rows = [r#"[1,"张三"]"#, r#"[2,"£€"]"#];
    let text = "id,name\n1,张三\n2,£€\n";
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let (gb18030, ..) = encoding_rs::GB18030.encode(text);
    check_file("a.csv", text, &format!("csv: {head}"), &rows).await;
    check_file("a.CSV", format!("\u{feff}{text}"), &format!("csv: {head}"), &rows).await;
    check_file("a.csv", &gb18030, &format!("csv, gb18030: {head}"), &rows).await;
    check_file("a.tsv", text.replace(',', "\t"), &format!("tsv: {head}"), &rows).await;
    for mark in ["\u{feff}", ""] {
        let text = format!("{mark}{text}");
        check_file("a.csv", utf_16(&text, u16::to_le_bytes), &format!("csv, UTF-16LE: {head}"), &rows).await;
        check_file("a.csv", utf_16(&text, u16::to_be_bytes), &format!("csv, UTF-16BE: {head}"), &rows).await;
    }
    let json = r#"{"id":1,"name":"张三"}"#;
    check_file("a.jsonl", encoding_rs::GBK.encode(json).0, &format!("jsonl, gb18030: {head}"), &rows[..1]).await;
    check_file(
        "a.json",
        encoding_rs::GBK.encode(&format!("[{json}]")).0,
        &format!("json, gb18030: {head}"),
        &rows[..1],
    )
    .await;
    let encoding = "neither UTF-8 nor GBK, GB18030, or UTF-16 with its mark";
    refused("a.csv", b"a,b\n1,\xff\xff\n", &format!("line 2: {encoding}")).await;
    refused("a.csv", [&gb18030[..], b"3,\x81"].concat(), &format!("line 2: {encoding}")).await;
    refused("a.csv", b"\xff\xfea\0\n\0\x00\xd8\n\0", &format!("line 1: {encoding}")).await;
}

#[tokio::test]
async fn objects_of_json() {
    let lines = "{\"id\":1,\"name\":\"张三\",\"born\":\"2026-11-23\",\"tags\":[1,{\"a\":null}],\"x\":1}\n\n{\"id\":2,\"name\":\"007\",\"more\":true,\"x\":2.5,\"born\":null}\r\n";
    let head = "id integer, name text, born date, tags text, x real, more boolean";
    let rows = [r#"[1,"张三","2026-11-23","[1,{\"a\":null}]",1.0,null]"#, r#"[2,"007",null,null,2.5,true]"#];
    check_file("a.jsonl", lines, &format!("jsonl: {head}"), &rows).await;
    check_file("a.ndjson", lines, &format!("jsonl: {head}"), &rows).await;
    let list = format!("\u{feff} [{}]\n", lines.trim_end().replace("\n\n", ","));
    check_file("a.json", list, &format!("json: {head}"), &rows).await;
    check_file(
        "a.jsonl",
        "{\"n\":13812345678}\n{\"n\":18446744073709551615}",
        "jsonl: n text",
        &[r#"["13812345678"]"#, r#"["18446744073709551615"]"#],
    )
    .await;
    let header = "first line names no columns, or one twice or without a name";
    let shape = "not a JSON object";
    refused("a.jsonl", "", header).await;
    refused("a.json", "[]", header).await;
    refused("a.json", "[{\"\":1}]", header).await;
    refused("a.json", "{\"id\":1}", &format!("line 1: {shape}")).await;
    refused("a.json", "[{\"id\":1},\n[2]]", &format!("line 2: {shape}")).await;
    refused("a.json", "[{\"id\":1}", &format!("line 1: {shape}")).await;
    refused("a.json", "[{\"id\":1}] x", &format!("line 1: {shape}")).await;
    refused("a.jsonl", "{\"id\":1}\n{\"id\":1,\"id\":2}", &format!("line 2: {shape}")).await;
    refused("a.jsonl", "{\"id\":1}\n{\"id\":", &format!("line 2: {shape}")).await;
    refused("a.jsonl", "{\"id\":NaN}", &format!("line 1: {shape}")).await;
    for deep in ["[", "{\"a\":", "[{\"a\":"] {
        refused("a.json", deep.repeat(100_000), &format!("line 1: {shape}")).await;
        refused("a.jsonl", format!("{{\"a\":{}", deep.repeat(100_000)), &format!("line 1: {shape}")).await;
    }
    let endless = format!("{{\"a\":\"{}\"}}", "x".repeat(17 << 20));
    refused("a.jsonl", &endless, "line 1: longer than a row may be").await;
    refused("a.json", format!("[{endless}]"), "line 1: longer than a row may be").await;
    let wide: Vec<String> = (0..5_000).map(|number| format!("\"{number}\":1")).collect();
    refused("a.jsonl", format!("{{{}}}", wide.join(",")), &format!("line 1: {shape}")).await;
}

#[tokio::test]
async fn parquet_however_it_is_packed() {
    let head = "parquet: id integer, small integer, huge text, name text, word text, price real, wide text, real real, ok boolean, born date, seen timestamp, local timestamp";
    let rows = [
        r#"[1,1,"18446744073709551615","张三","x",2.5,"12345678901234567890.12",1.5,true,"2026-11-23","2026-11-23T08:00:00.123Z","2026-11-23T08:00:00"]"#,
        r#"[null,2,"0",null,"y",-0.05,null,null,false,null,null,null]"#,
        r#"[3,null,null,"c","x",null,"-0.01",null,null,"1949-12-31",null,null]"#,
    ];
    for packed in ["snappy", "zstd", "gzip", "lz4", "none"] {
        check(&fixture(&format!("types-{packed}.parquet")), head, &rows).await;
    }
    let old = rows.map(|row| row.replace("T08:00:00\"", "T08:00:00Z\""));
    check(&fixture("types-int96.parquet"), head, &old.each_ref().map(String::as_str)).await;
    let source = fixture("types-snappy.parquet");
    let rows = all(&source, &["name", "id", "name"]).await.unwrap();
    assert_eq!(serde_json::to_string(&rows[0]).unwrap(), r#"["张三",1,"张三"]"#);
    assert_eq!(all(&source, &[]).await.unwrap().len(), 3);
    assert!(matches!(all(&source, &["photo"]).await, Err(SourceError::Column(_))));
}

#[tokio::test]
async fn damaged_files_are_refused_and_nothing_breaks() {
    for name in ["types-zstd.parquet", "types-none.parquet", "book.xlsx", "book.xls", "book.ods"] {
        let whole = fs::read(fixture(name).path().unwrap()).unwrap();
        for part in 1..8 {
            let (_dir, source) = file(name, &whole[..whole.len() * part / 8]);
            assert!(shown(&source).await.is_err(), "{name} {part}");
        }
        // What is turned over may be something that is not read; but nobody may fall over it.
        for at in (0..whole.len()).step_by(97) {
            let mut turned = whole.clone();
            turned[at] ^= 0xff;
            let (_dir, source) = file(name, &turned);
            if let Ok(found) = source.describe().await {
                let columns: Vec<&str> = found.schema.columns.iter().map(|column| column.name.as_str()).collect();
                drop(all(&source, &columns).await);
            }
        }
        let (_dir, source) = file(name, b"id,name\n1,a\n");
        assert!(matches!(source.describe().await, Err(SourceError::Content { .. })), "{name}");
    }
}

#[tokio::test]
async fn spreadsheets() {
    check(
        &fixture("book.xlsx"),
        "xlsx: 编号 integer, 姓名 text, 金额 real, 日期 date, 时刻 timestamp, 手机 text, 有效 boolean, 算 text",
        &[
            r#"[1,"张三",2.5,"2026-11-23","2026-11-23T08:00:00","13812345678",true,null]"#,
            r#"[2,null,3.0,"2024-02-29","2024-02-29T12:30:15","19912345678",false,null]"#,
        ],
    )
    .await;
    check(&fixture("formulas.xlsx"), "xlsx: n integer, double integer, text text, wrong text", &[r#"[2,4,"a2",null]"#])
        .await;
    let rows = [r#"[1,"张三",2.5,true]"#, r#"[2,null,3.0,false]"#];
    check(&fixture("book.ods"), "ods: id integer, name text, price real, ok boolean", &rows).await;
    let rows = [r#"[1,"张三",2.5,true,"2026-11-23"]"#, r#"[2,null,3.0,false,"2024-02-29"]"#];
    check(&fixture("book.xls"), "xls: id integer, name text, price real, ok boolean, born date", &rows).await;
}

/// A workbook of one sheet.
pub(super) fn workbook(sheet: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    zipped(&[
        (
            "_rels/.rels",
            &format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="a" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="a" Type="{office}/worksheet" Target="worksheets/a.xml"/></Relationships>"#
            ),
        ),
        ("xl/worksheets/a.xml", &format!(r#"<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#)),
    ])
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(super) fn cells(row: u32, cells: &[(&str, &str)]) -> String {
    let cell = |(at, text): &(&str, &str)| format!(r#"<c r="{at}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    format!(r#"<row r="{row}">{}</row>"#, cells.iter().map(cell).collect::<String>())
}

#[tokio::test]
async fn sheets_that_are_no_tables() {
    let head = cells(2, &[("B", "a"), ("C", "b")]);
    let sheet = |rows: &[String]| workbook(&rows.concat());
    check_file("a.xlsx", sheet(&[head.clone(), cells(9, &[("C", "x")])]), "xlsx: a text, b text", &[r#"[null,"x"]"#])
        .await;
    // The corners of a sheet: as a rectangle they are 17 thousand million cells.
    let width = "another number of values than the first line has names";
    refused("a.xlsx", sheet(&[head.clone(), cells(1_048_576, &[("XFD", "x")])]), &format!("line 1048576: {width}"))
        .await;
    refused("a.xlsx", sheet(&[head.clone(), cells(3, &[("A", "x")])]), &format!("line 3: {width}")).await;
    let header = "first line names no columns, or one twice or without a name";
    refused("a.xlsx", sheet(&[]), header).await;
    refused("a.xlsx", sheet(&[cells(1, &[("A", "a"), ("B", "a")])]), header).await;
    refused("a.xlsx", sheet(&[cells(1, &[("A", "a"), ("C", "c")])]), header).await;
    let order = "the file is no spreadsheet: its rows are not in order";
    refused("a.xlsx", sheet(&[head, cells(1, &[("B", "x")])]), order).await;
}

#[tokio::test]
async fn bombs() {
    let too_large = SourceError::TooLarge.to_string();
    let zeros = "0".repeat(600 << 20);
    let bomb = workbook(&format!("<row><c><v>{zeros}</v></c></row>"));
    assert!(bomb.len() < 4 << 20, "{} bytes", bomb.len());
    refused("a.xlsx", &bomb, &too_large).await;
    let document = |rows: &str| {
        zipped(&[
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>"),
            (
                "content.xml",
                &format!(
                    r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
                ),
            ),
        ])
    };
    let cell = |repeated: u32, text: &str| {
        format!(
            r#"<table:table-cell table:number-columns-repeated="{repeated}" office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let row = |repeated: u32, cells: &str| {
        format!(r#"<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>"#)
    };
    let empty = r#"<table:table-cell table:number-columns-repeated="16384"/>"#;
    let good = [row(1, &(cell(1, "a") + &cell(1, "b") + empty)), row(2, &cell(2, "x")), row(1_048_573, empty)].concat();
    check_file("a.ods", document(&good), "ods: a text, b text", &[r#"["x","x"]"#, r#"["x","x"]"#]).await;
    refused("a.ods", document(&row(1_048_576, &cell(16_384, "x"))), &too_large).await;
    refused(
        "a.ods",
        document(&[row(1, &cell(16_384, "x")), row(1_000_000, empty), row(1, &cell(1, "x"))].concat()),
        &too_large,
    )
    .await;
    refused(
        "a.ods",
        document(&row(1, &cell(1, "x")).replace("repeated=\"1\"", "repeated=\"x\"")),
        "the file is no spreadsheet: the number of repetitions of a cell does not parse",
    )
    .await;
    // An old sheet with its corners only: 16 million cells.
    let mut old = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    let number = |row: u16, column: u16| {
        [&[0x03, 0x02, 14, 0][..], &row.to_le_bytes(), &column.to_le_bytes(), &[0; 10]].concat()
    };
    old.create_stream("/Workbook").unwrap().write_all(&[number(0, 0), number(65_535, 255)].concat()).unwrap();
    refused("a.xls", old.into_inner().into_inner(), &too_large).await;
    refused("a.xlsx", vec![b'P'; (64 << 20) + 1], &too_large).await;
}
