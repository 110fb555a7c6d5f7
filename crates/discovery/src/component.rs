//! What a component's content shows without being run: whether it is what its media type says, whether SQL reads and nothing else, and whether data of persons
//! was left in it. TC609-6-2025-15 §7.2.1.2 a–c; TC609-6-2025-01 §5.3.3.3 b. Pure.

use std::collections::BTreeMap;

use sqlparser::ast::{Query, SetExpr, Statement};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;
use xinyu_core::component::{CLAUSE, SQL};
use xinyu_core::review::{Findings, Severity};
use xinyu_protocol::json::{JsonError, Limits, parse};
use xinyu_protocol::text::Text;

use crate::recognise::recognise;

/// Queries inside each other.
const MAX_DEPTH: usize = 60;
/// Lists and objects of JSON inside each other, a little below what the library bears.
const MAX_JSON_DEPTH: usize = 120;
/// How a module of WebAssembly begins, whatever its version.
const WASM: &[u8] = b"\0asm";

/// What is seen of a content of a media type.
#[must_use]
pub fn look(media_type: &str, content: &[u8]) -> Findings {
    let mut findings = Findings::default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (is_it, severity) = match essence.as_str() {
        "application/wasm" => (content.starts_with(WASM), Severity::Block),
        "application/json" => json(content),
        // Another encoding than UTF-8 is said with it; whether that is so a person finds out.
        other if other.starts_with("text/") => (std::str::from_utf8(content).is_ok(), encoded(media_type)),
        _ => (true, Severity::Info),
    };
    if !is_it {
        let text =
            Text::new(format!("内容不是可读的 {essence}"), format!("the content is no {essence} that can be read"));
        findings.add(severity, "content", text, CLAUSE);
    }
    if essence == SQL {
        sql(content, &mut findings);
    }
    if let Ok(text) = std::str::from_utf8(content) {
        persons(text, &mut findings);
    }
    findings
}

/// A model may be nested deeper than messages are; what is deeper than can be read is for a person.
fn json(content: &[u8]) -> (bool, Severity) {
    let limits = Limits { bytes: content.len(), depth: MAX_JSON_DEPTH };
    match parse::<serde_json::Value>(content, limits) {
        Ok(_) => (true, Severity::Info),
        Err(JsonError::TooDeep { .. }) => (false, Severity::Warn),
        Err(_) => (false, Severity::Block),
    }
}

/// How much it weighs that a text is not UTF-8.
fn encoded(media_type: &str) -> Severity {
    let parameters = media_type.split(';').skip(1).map(|one| one.trim().to_ascii_lowercase());
    let mut charset = parameters.filter_map(|one| one.strip_prefix("charset=").map(str::to_owned));
    match charset.next().as_deref().map(|name| name.trim_matches('"')) {
        None | Some("utf-8" | "utf8" | "us-ascii") => Severity::Block,
        Some(_) => Severity::Warn,
    }
}

/// The use environment runs one statement that reads: what writes or is more than one is refused there, and here before.
fn sql(content: &[u8], findings: &mut Findings) {
    let text = String::from_utf8_lossy(content);
    let parsed = Parser::new(&SQLiteDialect {})
        .with_recursion_limit(MAX_DEPTH)
        .try_with_sql(&text)
        .and_then(|mut parser| parser.parse_statements());
    let Ok(statements) = parsed else {
        let (zh, en) = ("SQL 未能解析，请人工查看", "the SQL could not be read, a person should look at it");
        return findings.add(Severity::Warn, "content", Text::new(zh, en), CLAUSE);
    };
    if statements.len() != 1 {
        let zh = format!("应为一条 SQL 语句，不是 {} 条", statements.len());
        let en = format!("there must be one statement of SQL, not {}", statements.len());
        findings.add(Severity::Block, "content", Text::new(zh, en), CLAUSE);
    }
    let reads = |statement: &Statement| matches!(statement, Statement::Query(query) if is_reading(query));
    if !statements.iter().all(reads) {
        let (zh, en) = ("SQL 只能查询，不能写入或改变结构", "the SQL may only read, not write or change what there is");
        findings.add(Severity::Block, "content", Text::new(zh, en), CLAUSE);
    }
}

fn is_reading(query: &Query) -> bool {
    let named = query.with.iter().flat_map(|with| &with.cte_tables);
    named.into_iter().all(|table| is_reading(&table.query)) && reads(&query.body)
}

fn reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => is_reading(query),
        SetExpr::SetOperation { left, right, .. } => reads(left) && reads(right),
        SetExpr::Values(_) | SetExpr::Table(_) => true,
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => false,
    }
}

/// Kinds and how often, never what.
fn persons(text: &str, findings: &mut Findings) {
    let mut kinds: BTreeMap<String, (Text, usize)> = BTreeMap::new();
    let personal = recognise(text).into_iter().filter(|one| one.kind.is_structured() && one.kind.personal().is_some());
    for found in personal {
        let title = found.kind.title();
        kinds.entry(title.en.clone()).or_insert((title, 0)).1 += 1;
    }
    for (title, count) in kinds.into_values() {
        let zh = format!("内容中疑似有个人信息：{} {count} 处", title.zh);
        let en = format!("personal data seems to be in the content: {}, {count} times", title.en);
        findings.add(Severity::Warn, "content", Text::new(zh, en), "个人信息保护法 第五十一条");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media_type: &str, content: &[u8], expect: &[(Severity, &str)]) {
        let found: Vec<(Severity, String)> =
            look(media_type, content).sorted().into_iter().map(|one| (one.severity, one.text.en)).collect();
        let is_expected = |((severity, text), (wanted, part)): (&(Severity, String), &(Severity, &str))| {
            severity == wanted && text.contains(part)
        };
        assert_eq!(found.len(), expect.len(), "{found:?}");
        assert!(found.iter().zip(expect).all(is_expected), "{found:?}");
    }

    #[test]
    fn sql_reads_and_is_one_statement() {
        for good in [
            "SELECT count(*) FROM data",
            "WITH t AS (SELECT a, sum(b) s FROM data GROUP BY a) SELECT * FROM t WHERE s > 3 UNION ALL SELECT 'x', 1;",
            "-- 月度统计\nSELECT 月份, count(*) FROM \"数据\" GROUP BY 月份",
            "VALUES (1, 2)",
        ] {
            check(SQL, good.as_bytes(), &[]);
        }
        for bad in [
            "DELETE FROM data",
            "CREATE TABLE t (a INT)",
            "ATTACH DATABASE 'x' AS y",
            "WITH t AS (INSERT INTO a VALUES (1) RETURNING *) SELECT * FROM t",
            "SELECT * INTO t FROM data",
            "PRAGMA query_only = 0",
        ] {
            check(SQL, bad.as_bytes(), &[(Severity::Block, "only read")]);
        }
        check(SQL, b"SELECT 1; DROP TABLE data", &[(Severity::Block, "not 2"), (Severity::Block, "only read")]);
        check(SQL, b"-- nothing", &[(Severity::Block, "not 0")]);
        // What the reader does not know is no approval by the rule: a person looks, and the use environment refuses it in any case.
        for unread in ["SELEC 1 FRM", "PRAGMA table_info(data)"] {
            check(SQL, unread.as_bytes(), &[(Severity::Warn, "could not be read")]);
        }
        let deep = format!("SELECT {}1{}", "(".repeat(500), ")".repeat(500));
        check(SQL, deep.as_bytes(), &[(Severity::Warn, "could not be read")]);
    }

    #[test]
    fn a_content_is_what_its_media_type_says() {
        check("application/wasm", b"\0asm\x01\0\0\0", &[]);
        check("application/wasm", b"#!/bin/sh", &[(Severity::Block, "no application/wasm")]);
        check("application/json; charset=utf-8", b"{\"a\": 1}", &[]);
        check("Application/JSON", b"{", &[(Severity::Block, "no application/json")]);
        check("text/x-python", &[0xff, 0xfe], &[(Severity::Block, "no text/x-python")]);
        check("text/csv; charset=gbk", &[0xb1, 0xb1], &[(Severity::Warn, "no text/csv")]);
        for (depth, expect) in [(100, None), (500, Some(Severity::Warn))] {
            let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            let expect: Vec<(Severity, &str)> =
                expect.map(|weight| (weight, "no application/json")).into_iter().collect();
            check("application/json", deep.as_bytes(), &expect);
        }
        check("application/octet-stream", &[0xff, 0xfe], &[]);
    }

    #[test]
    fn data_of_persons_in_a_content_is_counted_and_never_repeated() {
        let sql = "SELECT * FROM data WHERE 手机号 IN ('13800138000', '13900139000') OR 邮箱 = 'zhang.san@example.com'";
        check(SQL, sql.as_bytes(), &[(Severity::Warn, "email address, 1"), (Severity::Warn, "mobile number, 2")]);
        let told = format!("{:?}", look(SQL, sql.as_bytes()));
        assert!(!told.contains("13800138000") && !told.contains("zhang"), "{told}");
    }
}
