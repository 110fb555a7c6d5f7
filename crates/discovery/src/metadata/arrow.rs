//! A schema of Apache Arrow in the JSON of its integration tests. Not here: the binary form (IPC), whose reader would bring all of Arrow along.

use serde_json::{Value, json};
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;

use super::encoding::Encoding;
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Description, Field, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, plain};
use super::{Carried, Format};

pub(super) const FORMAT: Format = Format {
    name: "arrow",
    title: "Arrow schema",
    extension: ".arrow.json",
    media_type: "application/json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/tables/*/name", place: "schema.metadata[name]" },
    Carried { member: "/tables/*/title", place: "schema.metadata[title]" },
    Carried { member: "/tables/*/description", place: "schema.metadata[description]" },
    Carried { member: "/tables/*/fields/*/name", place: "fields[].name" },
    Carried { member: "/tables/*/fields/*/title", place: "fields[].metadata[title]" },
    Carried { member: "/tables/*/fields/*/description", place: "fields[].metadata[description]" },
    Carried { member: "/tables/*/fields/*/kind", place: "fields[].type" },
    Carried { member: "/tables/*/fields/*/unit", place: "fields[].metadata[unit]" },
    Carried { member: "/tables/*/fields/*/required", place: "fields[].nullable" },
];

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let schema = sample.member("schema").or(sample.json.as_ref())?;
    let fields = schema.get("fields")?.as_array()?;
    let is_arrow = |field: &Value| {
        field.get("nullable").is_some() && field.get("type").is_some_and(|kind| kind.get("name").is_some())
    };
    (!fields.is_empty() && fields.iter().all(is_arrow)).then(|| {
        Guess::of(
            &FORMAT,
            960,
            "字段有 Arrow 的类型和可空标记",
            "its fields have types of Arrow and say whether they are nullable",
        )
    })
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    if bytes.starts_with(b"ARROW1") {
        return Err(super::unreadable(
            FORMAT.title,
            "是二进制的 IPC 文件，只读 JSON 形式的模式",
            "it is a binary file of IPC, and only schemas in JSON are read",
        ));
    }
    let (mut root, encoding) = member::root(bytes, FORMAT.title)?;
    let mut schema = root;
    if schema.has("schema") {
        root = schema
            .one("schema", lost)
            .ok_or_else(|| super::unreadable(FORMAT.title, "schema 不是对象", "schema is no object"))?;
        schema.pass_if("batches", &json!([]));
        schema.finish(lost);
        schema = root;
    }
    if !schema.has("fields") {
        return Err(super::unreadable(FORMAT.title, "没有 fields", "it has no fields"));
    }
    let mut table = Table { name: "data".to_owned(), ..Table::default() };
    for (path, key, value) in metadata(&mut schema, lost) {
        match key.as_str() {
            "name" => table.name = value,
            "title" => table.title = super::Phrase::of(value),
            "description" => table.description = super::Phrase::of(value),
            _ => unknown(path, lost),
        }
    }
    for mut node in schema.each("fields", lost) {
        let Some(name) = node.text("name", lost) else {
            lost.left(node.path(), "字段没有名称，未采用", "a field without a name is left out");
            continue;
        };
        let mut field = Field::new(name, ColumnKind::Text);
        field.required = !node.flag("nullable", lost);
        field.kind = kind(&mut node, lost);
        for (path, key, value) in metadata(&mut node, lost) {
            match key.as_str() {
                "title" => field.title = super::Phrase::of(value),
                "description" => field.description = super::Phrase::of(value),
                "unit" => field.unit = Some(value),
                _ => unknown(path, lost),
            }
        }
        node.pass_if("children", &json!([]));
        table.push(field, node.path(), lost);
        node.finish(lost);
    }
    schema.finish(lost);
    Ok((Description { tables: vec![table], ..Description::default() }, encoding))
}

fn unknown(path: String, lost: &mut Losses) {
    lost.left(path, "自定义元数据项未采用", "a member of the custom metadata that is not known");
}

fn metadata(node: &mut Members, lost: &mut Losses) -> Vec<(String, String, String)> {
    let mut list = Vec::new();
    for mut entry in node.each("metadata", lost) {
        if let (Some(key), Some(value)) = (entry.text("key", lost), entry.text("value", lost)) {
            list.push((entry.path().to_owned(), key, value));
        }
        entry.finish(lost);
    }
    list
}

fn kind(node: &mut Members, lost: &mut Losses) -> ColumnKind {
    let Some(mut kind) = node.one("type", lost) else { return ColumnKind::Text };
    let name = kind.text("name", lost).unwrap_or_default();
    let (unit, width, precision) =
        (kind.text("unit", lost), kind.number("bitWidth", lost), kind.text("precision", lost));
    let is_signed = kind.flag("isSigned", lost);
    if name == "timestamp" && kind.has("timezone") {
        kind.pass(&["timezone"]);
        lost.changed(kind.pointer("timezone"), "时区名未保留", "the name of the zone is not kept");
    }
    let (found, is_exact, is_known) = match name.as_str() {
        "utf8" => (ColumnKind::Text, true, true),
        "largeutf8" | "utf8view" => (ColumnKind::Text, false, true),
        "int" => (ColumnKind::Integer, width == Some(64) && is_signed, true),
        "floatingpoint" => (ColumnKind::Real, precision.as_deref() == Some("DOUBLE"), true),
        "decimal" => (ColumnKind::Real, false, true),
        "bool" => (ColumnKind::Boolean, true, true),
        "date" => (ColumnKind::Date, unit.as_deref() == Some("DAY"), true),
        "timestamp" => (ColumnKind::Timestamp, unit.as_deref() == Some("MICROSECOND"), true),
        "null" | "binary" | "largebinary" | "fixedsizebinary" | "time" | "interval" | "duration" | "list"
        | "largelist" | "fixedsizelist" | "struct" | "map" | "union" => (ColumnKind::Text, false, true),
        _ => (ColumnKind::Text, false, false),
    };
    if !is_exact {
        member::other_kind(kind.path(), is_known, found, lost);
    }
    kind.finish(lost);
    found
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let Some(table) = description.tables.first() else {
        return Err(Rejection::bad(
            "no-tables",
            "Arrow 模式描述一张表，而该数据集没有数据表",
            "a schema of Arrow describes a table, and the data set has none",
        ));
    };
    for at in 1..description.tables.len() {
        lost.left(format!("/tables/{at}"), "一个模式只有一张表", "a schema is of one table");
    }
    let mut fields = Vec::new();
    for (at, field) in table.fields.iter().enumerate() {
        let path = format!("/tables/0/fields/{at}");
        let mut node = Object::default()
            .with("name", field.name.clone())
            .with("nullable", !field.required)
            .with("type", put_kind(field.kind));
        node.put("children", Some(json!([])));
        let unit = field.unit.clone();
        let said = [
            ("title", plain(&field.title, &format!("{path}/title"), lost)),
            ("description", plain(&field.description, &format!("{path}/description"), lost)),
            ("unit", unit),
        ];
        node.list("metadata", put_metadata(said));
        fields.push(node.into());
    }
    let said = [
        ("name", Some(table.name.clone())),
        ("title", plain(&table.title, "/tables/0/title", lost)),
        ("description", plain(&table.description, "/tables/0/description", lost)),
    ];
    let mut schema = Object::default().with("fields", Value::Array(fields));
    schema.list("metadata", put_metadata(said));
    document(&json!({ "schema": Value::from(schema) }))
}

fn put_metadata(said: [(&str, Option<String>); 3]) -> Vec<Value> {
    said.into_iter().filter_map(|(key, value)| Some(json!({ "key": key, "value": value? }))).collect()
}

fn put_kind(kind: ColumnKind) -> Value {
    match kind {
        ColumnKind::Text => json!({ "name": "utf8" }),
        ColumnKind::Integer => json!({ "name": "int", "bitWidth": 64, "isSigned": true }),
        ColumnKind::Real => json!({ "name": "floatingpoint", "precision": "DOUBLE" }),
        ColumnKind::Boolean => json!({ "name": "bool" }),
        ColumnKind::Date => json!({ "name": "date", "unit": "DAY" }),
        ColumnKind::Timestamp => json!({ "name": "timestamp", "unit": "MICROSECOND" }),
    }
}
