//! Writing for PostgreSQL.

use std::fmt::Write as _;

use xinyu_core::data::{Cell, ColumnKind};
use xinyu_core::fault::Rejection;

use super::KINDS;
use crate::metadata::loss::Losses;
use crate::metadata::model::{Description, Field, Phrase, Table};
use crate::metadata::write::plain;

pub(super) fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut sql = String::new();
    let mut later = String::new();
    for (at, table) in description.tables.iter().enumerate() {
        let path = format!("/tables/{at}");
        let mut lines = Vec::new();
        for field in &table.fields {
            lines.push(column(field));
        }
        if !table.primary_key.is_empty() {
            lines.push(format!("PRIMARY KEY ({})", names(&table.primary_key)));
        }
        // Keys are added when all tables are there, so that their order does not matter.
        for key in &table.foreign_keys {
            let referenced =
                if key.referenced.is_empty() { String::new() } else { format!(" ({})", names(&key.referenced)) };
            let (own, columns, other) = (name(&table.name), names(&key.columns), name(&key.table));
            let _ = writeln!(later, "ALTER TABLE {own} ADD FOREIGN KEY ({columns}) REFERENCES {other}{referenced};");
        }
        let _ = writeln!(sql, "CREATE TABLE {} (\n  {}\n);", name(&table.name), lines.join(",\n  "));
        comments(&mut sql, table, &path, lost);
        sql.push('\n');
    }
    if description.tables.is_empty() {
        return Err(Rejection::bad(
            "no-tables",
            "SQL DDL 描述数据表，而该数据集没有数据表",
            "SQL DDL describes tables, and the data set has none",
        ));
    }
    sql.push_str(&later);
    Ok(sql.into_bytes())
}

fn column(field: &Field) -> String {
    let own = name(&field.name);
    let rules = &field.constraints;
    let kind = match (field.kind, rules.max_length) {
        (ColumnKind::Text, Some(length)) => format!("VARCHAR({length})"),
        (kind, _) => KINDS.iter().find(|(known, _)| *known == kind).map_or("TEXT", |(_, name)| name).to_owned(),
    };
    let mut line = format!("{own} {kind}");
    if field.required {
        line.push_str(" NOT NULL");
    }
    if rules.unique {
        line.push_str(" UNIQUE");
    }
    for (sign, limit) in [(">=", &rules.minimum), ("<=", &rules.maximum)] {
        if let Some(limit) = limit {
            let _ = write!(line, " CHECK ({own} {sign} {})", value(limit));
        }
    }
    if !rules.allowed.is_empty() {
        let values: Vec<String> = rules.allowed.iter().map(value).collect();
        let _ = write!(line, " CHECK ({own} IN ({}))", values.join(", "));
    }
    line
}

fn comments(sql: &mut String, table: &Table, path: &str, lost: &mut Losses) {
    let own = name(&table.name);
    if let Some(words) = comment(&table.title, &table.description, path, lost) {
        let _ = writeln!(sql, "COMMENT ON TABLE {own} IS {words};");
    }
    for (at, field) in table.fields.iter().enumerate() {
        let path = format!("{path}/fields/{at}");
        if let Some(words) = comment(&field.title, &field.description, &path, lost) {
            let _ = writeln!(sql, "COMMENT ON COLUMN {own}.{} IS {words};", name(&field.name));
        }
        if field.constraints.max_length.is_some() && field.kind != ColumnKind::Text {
            lost.left(
                format!("{path}/constraints/maxLength"),
                "只有文本列有长度",
                "only columns of text have a length",
            );
        }
    }
}

/// The first line of a comment is the title, what follows the description.
fn comment(title: &Phrase, description: &Phrase, path: &str, lost: &mut Losses) -> Option<String> {
    let title = plain(title, &format!("{path}/title"), lost).unwrap_or_default();
    let description = plain(description, &format!("{path}/description"), lost).unwrap_or_default();
    let line = title.replace(['\n', '\r'], " ");
    if line != title {
        lost.changed(format!("{path}/title"), "标题中的换行改为空格", "a break in the title becomes a space");
    }
    let words = if description.is_empty() { line } else { format!("{line}\n{description}") };
    (!words.is_empty()).then(|| quoted(&words))
}

fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(list: &[String]) -> String {
    list.iter().map(|one| name(one)).collect::<Vec<String>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Text(text) => quoted(text),
        Cell::Integer(number) => number.to_string(),
        // With a point or an exponent, so that it stays what it is.
        Cell::Real(number) => format!("{number:?}"),
        Cell::Boolean(truth) => truth.to_string().to_uppercase(),
    }
}
