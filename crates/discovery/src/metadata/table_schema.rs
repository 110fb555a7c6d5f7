//! Table Schema of the Frictionless standards, v1 and v2: the columns of a table. Data packages have it, and CKAN's resources.

use serde_json::{Value, json};
use xinyu_core::data::{Cell, ColumnKind};

use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Constraints, Field, ForeignKey, Table};
use super::write::{Object, plain};

/// Types and what they are here; those of the second list are less than what they were.
const KINDS: &[(&str, ColumnKind)] = &[
    ("string", ColumnKind::Text),
    ("integer", ColumnKind::Integer),
    ("number", ColumnKind::Real),
    ("boolean", ColumnKind::Boolean),
    ("date", ColumnKind::Date),
    ("datetime", ColumnKind::Timestamp),
];
const WIDER: &[(&str, ColumnKind)] = &[
    ("year", ColumnKind::Integer),
    ("yearmonth", ColumnKind::Text),
    ("time", ColumnKind::Text),
    ("duration", ColumnKind::Text),
    ("list", ColumnKind::Text),
    ("object", ColumnKind::Text),
    ("array", ColumnKind::Text),
    ("geopoint", ColumnKind::Text),
    ("geojson", ColumnKind::Text),
    ("any", ColumnKind::Text),
];

/// Takes a schema into a table.
pub(super) fn read(mut schema: Members, table: &mut Table, lost: &mut Losses) {
    schema.pass(&["$schema"]);
    for mut node in schema.each("fields", lost) {
        match field(&mut node, lost) {
            Some(field) => table.push(field, node.path(), lost),
            None => lost.left(node.path(), "字段没有名称，未采用", "a field without a name is left out"),
        }
        node.finish(lost);
    }
    table.primary_key = schema.texts("primaryKey", lost);
    for mut key in schema.each("foreignKeys", lost) {
        let columns = key.texts("fields", lost);
        if let Some(mut reference) = key.one("reference", lost) {
            let other = reference.text("resource", lost).filter(|other| !other.is_empty());
            let referenced = reference.texts("fields", lost);
            let other = other.unwrap_or_else(|| table.name.clone());
            table.foreign_keys.push(ForeignKey { columns, table: other, referenced });
            reference.finish(lost);
        }
        key.finish(lost);
    }
    schema.finish(lost);
}

fn field(node: &mut Members, lost: &mut Losses) -> Option<Field> {
    let name = node.text("name", lost).filter(|name| !name.is_empty())?;
    let path = node.pointer("type");
    let said = node.text("type", lost);
    let kind = kind(said.as_deref(), &path, lost);
    node.pass_if("format", &"default".into());
    let mut field = Field::new(name, kind);
    field.title = node.words("title", lost);
    field.description = node.words("description", lost);
    field.unit = node.text("unit", lost);
    field.concept = node.text("rdfType", lost);
    if let Some(mut rules) = node.one("constraints", lost) {
        field.required = rules.flag("required", lost);
        field.constraints = constraints(&mut rules, kind, ["minimum", "maximum", "enum"], lost);
        field.constraints.unique = rules.flag("unique", lost);
        rules.finish(lost);
    }
    Some(field)
}

fn kind(said: Option<&str>, path: &str, lost: &mut Losses) -> ColumnKind {
    let Some(said) = said else { return ColumnKind::Text };
    let find = |kinds: &[(&str, ColumnKind)]| kinds.iter().find(|(name, _)| *name == said).map(|(_, kind)| *kind);
    find(KINDS).unwrap_or_else(|| {
        let wider = find(WIDER);
        let kind = wider.unwrap_or(ColumnKind::Text);
        member::other_kind(path, wider.is_some(), kind, lost);
        kind
    })
}

/// Takes the constraints that formats of JSON share; the names of least and greatest value and of the list of values differ.
pub(super) fn constraints(
    node: &mut Members,
    kind: ColumnKind,
    [least, greatest, only]: [&str; 3],
    lost: &mut Losses,
) -> Constraints {
    let mut limit = |name: &str, lost: &mut Losses| {
        let path = node.pointer(name);
        node.take(name).and_then(|value| member::cell(&path, value, kind, lost))
    };
    let (minimum, maximum) = (limit(least, lost), limit(greatest, lost));
    let allowed =
        node.list(only).into_iter().filter_map(|(path, value)| member::cell(&path, value, kind, lost)).collect();
    Constraints {
        unique: false,
        minimum,
        maximum,
        min_length: node.number("minLength", lost),
        max_length: node.number("maxLength", lost),
        pattern: node.text("pattern", lost),
        allowed,
    }
}

/// The schema of a table.
pub(super) fn write(table: &Table, path: &str, lost: &mut Losses) -> Value {
    let mut schema = Object::default();
    let fields = table.fields.iter().enumerate().map(|(at, field)| put(field, &format!("{path}/fields/{at}"), lost));
    schema.put("fields", Some(fields.collect::<Vec<Value>>()));
    schema.put("primaryKey", (!table.primary_key.is_empty()).then(|| table.primary_key.clone()));
    let key = |key: &ForeignKey| {
        let other = if key.table == table.name { "" } else { &key.table };
        json!({ "fields": key.columns, "reference": { "resource": other, "fields": key.referenced } })
    };
    schema.list("foreignKeys", table.foreign_keys.iter().map(key).collect());
    schema.into()
}

fn put(field: &Field, path: &str, lost: &mut Losses) -> Value {
    let kind = KINDS.iter().find(|(_, kind)| *kind == field.kind).map_or("string", |(name, _)| name);
    let mut node = Object::default().with("name", field.name.clone()).with("type", kind);
    node.put("title", plain(&field.title, &format!("{path}/title"), lost));
    node.put("description", plain(&field.description, &format!("{path}/description"), lost));
    node.put("unit", field.unit.clone());
    node.put("rdfType", field.concept.clone());
    let mut rules = Object::default();
    rules.put("required", field.required.then_some(true));
    rules.put("unique", field.constraints.unique.then_some(true));
    put_constraints(&mut rules, &field.constraints, ["minimum", "maximum", "enum"]);
    node.put("constraints", (!rules.is_empty()).then_some(rules));
    node.into()
}

/// Puts the constraints that formats of JSON share.
pub(super) fn put_constraints(node: &mut Object, rules: &Constraints, [least, greatest, only]: [&str; 3]) {
    node.put(least, rules.minimum.as_ref().map(value));
    node.put(greatest, rules.maximum.as_ref().map(value));
    node.put("minLength", rules.min_length);
    node.put("maxLength", rules.max_length);
    node.put("pattern", rules.pattern.clone());
    node.list(only, rules.allowed.iter().map(value).collect());
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => text.clone().into(),
        Cell::Integer(number) => (*number).into(),
        Cell::Real(number) => (*number).into(),
        Cell::Boolean(truth) => (*truth).into(),
    }
}
