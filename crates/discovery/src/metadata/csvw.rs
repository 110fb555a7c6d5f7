//! CSV on the Web (csv-metadata.json): a group of tables whose common properties are those of DCAT.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;

use super::encoding::Encoding;
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Description, Distribution, Field, ForeignKey, Phrase, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document};
use super::{Carried, Format, dcat, kind, ld};

pub(super) const FORMAT: Format = Format {
    name: "csvw",
    title: "CSVW",
    extension: "-metadata.json",
    media_type: "application/csvm+json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "dc:title" },
    Carried { member: "/description", place: "dc:description" },
    Carried { member: "/keywords", place: "dcat:keyword" },
    Carried { member: "/topic", place: "dcat:theme" },
    Carried { member: "/themes", place: "dcat:theme" },
    Carried { member: "/publisher", place: "dc:publisher" },
    Carried { member: "/source", place: "dc:provenance" },
    Carried { member: "/licence", place: "dc:license" },
    Carried { member: "/frequency", place: "dc:accrualPeriodicity" },
    Carried { member: "/version", place: "dcat:version" },
    Carried { member: "/issued", place: "dc:issued" },
    Carried { member: "/modified", place: "dc:modified" },
    Carried { member: "/identifiers", place: "dc:identifier" },
    Carried { member: "/page", place: "dcat:landingPage" },
    Carried { member: "/distributions", place: "dcat:distribution" },
    Carried { member: "/tables/*/name", place: "tables[].schema:name" },
    Carried { member: "/tables/*/title", place: "tables[].dc:title" },
    Carried { member: "/tables/*/description", place: "tables[].dc:description" },
    Carried { member: "/tables/*/distribution", place: "tables[].url" },
    Carried { member: "/tables/*/fields/*/name", place: "columns[].name, or its title in no language" },
    Carried { member: "/tables/*/fields/*/title", place: "columns[].titles" },
    Carried { member: "/tables/*/fields/*/description", place: "columns[].dc:description" },
    Carried { member: "/tables/*/fields/*/kind", place: "columns[].datatype.base" },
    Carried { member: "/tables/*/fields/*/unit", place: "columns[].schema:unitText" },
    Carried { member: "/tables/*/fields/*/concept", place: "columns[].propertyUrl" },
    Carried { member: "/tables/*/fields/*/required", place: "columns[].required" },
    Carried { member: "/tables/*/fields/*/constraints/minimum", place: "columns[].datatype.minimum" },
    Carried { member: "/tables/*/fields/*/constraints/maximum", place: "columns[].datatype.maximum" },
    Carried { member: "/tables/*/fields/*/constraints/minLength", place: "columns[].datatype.minLength" },
    Carried { member: "/tables/*/fields/*/constraints/maxLength", place: "columns[].datatype.maxLength" },
    Carried { member: "/tables/*/fields/*/constraints/pattern", place: "columns[].datatype.format" },
    Carried { member: "/tables/*/primaryKey", place: "tableSchema.primaryKey" },
    Carried { member: "/tables/*/foreignKeys", place: "tableSchema.foreignKeys" },
];

const CONTEXT: &str = "http://www.w3.org/ns/csvw";

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let context = sample.member("@context");
    let is_own = |value: &Value| value.as_str() == Some(CONTEXT);
    let is_csvw =
        context.is_some_and(|value| is_own(value) || value.as_array().is_some_and(|list| list.iter().any(is_own)));
    if is_csvw {
        return Some(Guess::of(&FORMAT, 990, "上下文为 CSVW", "its context is that of CSVW"));
    }
    sample.has("tableSchema").then(|| Guess::of(&FORMAT, 700, "有 tableSchema", "it has a tableSchema"))
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (mut group, encoding) = member::root(bytes, FORMAT.title)?;
    let is_single = group.has("url") && !group.has("tables");
    if !is_single && !group.has("tables") {
        return Err(super::unreadable(FORMAT.title, "既没有 tables 也没有 url", "it has neither tables nor a url"));
    }
    let language = context(&mut group, lost);
    let has_files = common(&mut group).contains(&"dcat:distribution".to_owned());
    let mut description = Description::default();
    if !is_single {
        group.pass(&["@type"]);
        description = dcat::dataset(&mut group, lost);
    }
    let mut urls: BTreeMap<String, String> = BTreeMap::new();
    let mut keys = Vec::new();
    let nodes = if is_single {
        vec![group]
    } else {
        let nodes = group.each("tables", lost);
        group.finish(lost);
        nodes
    };
    for mut node in nodes {
        common(&mut node);
        if is_single {
            description = dcat::dataset(&mut node, lost);
        }
        read_table(node, &mut description, has_files, is_single, &language, (&mut urls, &mut keys), lost);
    }
    for (table, columns, resource, referenced, path) in keys {
        match (urls.get(&resource), description.tables.get_mut(table)) {
            (Some(other), Some(table)) => {
                table.foreign_keys.push(ForeignKey { columns, table: other.clone(), referenced })
            }
            _ => lost.left(path, "外键所指的表不在其中", "the table that the key refers to is not there"),
        }
    }
    Ok((description, encoding))
}

/// Takes the context and says the language of words without one.
fn context(group: &mut Members, lost: &mut Losses) -> String {
    let mut language = String::new();
    for (path, value) in group.list("@context") {
        match value {
            Value::String(address) if address == CONTEXT => {}
            Value::Object(mut object) => {
                if let Some(Value::String(tag)) = object.remove("@language") {
                    language = tag;
                }
                if !object.is_empty() {
                    lost.left(path, "@base 等上下文设置未采用", "settings of the context such as @base are not used");
                }
            }
            _ => lost.left(path, "上下文不从网络读取", "a context is not fetched"),
        }
    }
    language
}

/// Gives common properties the names that the reader of DCAT asks for, and says which there are.
fn common(node: &mut Members) -> Vec<String> {
    let mut names = Vec::new();
    for name in node.names() {
        let Some((prefix, rest)) = name.split_once(':') else { continue };
        let start = ld::PREFIXES.iter().find(|(known, _)| *known == prefix).map(|(_, iri)| *iri);
        let iri = start.map_or_else(|| name.clone(), |start| format!("{start}{rest}"));
        let Some((short, start)) = ld::PREFIXES.iter().find(|(_, start)| iri.starts_with(start)) else { continue };
        let usual = format!("{short}:{}", iri.get(start.len()..).unwrap_or_default());
        if let Some(value) = node.take(&name) {
            node.replace(&usual, renamed(value));
        }
        names.push(usual);
    }
    names
}

/// The same inside of what a common property says.
fn renamed(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(renamed).collect()),
        Value::Object(object) => {
            let rename = |(name, value): (String, Value)| {
                let usual = ld::PREFIXES
                    .iter()
                    .find_map(|(prefix, start)| name.strip_prefix(start).map(|rest| format!("{prefix}:{rest}")));
                let usual = usual.or_else(|| {
                    let rest = name.strip_prefix("dc:").or_else(|| name.strip_prefix("dcterms:"))?;
                    Some(format!("dct:{rest}"))
                });
                (usual.unwrap_or(name), renamed(value))
            };
            Value::Object(object.into_iter().map(rename).collect())
        }
        value => value,
    }
}

type Keys = Vec<(usize, Vec<String>, String, Vec<String>, String)>;

fn read_table(
    mut node: Members,
    description: &mut Description,
    has_files: bool,
    is_single: bool,
    language: &str,
    (urls, keys): (&mut BTreeMap<String, String>, &mut Keys),
    lost: &mut Losses,
) {
    node.pass(&["@type"]);
    let url = node.address("url", lost).unwrap_or_default();
    let stem = url.rsplit('/').next().unwrap_or_default().split(['.', '?', '#']).next().unwrap_or_default();
    let name = node.text("schema:name", lost).unwrap_or_else(|| stem.to_owned());
    let mut table = Table { name, ..Table::default() };
    if !is_single {
        table.title = node.words("dct:title", lost);
        table.description = node.words("dct:description", lost);
    }
    table.distribution =
        description.distributions.iter().position(|file| file.address.as_deref() == Some(url.as_str()));
    if table.distribution.is_none() && !has_files && !url.is_empty() {
        table.distribution = Some(description.distributions.len());
        let media_type = Some("text/csv".to_owned());
        description.distributions.push(Distribution {
            address: Some(url.clone()),
            media_type,
            ..Distribution::default()
        });
    }
    urls.insert(url, table.name.clone());
    if let Some(Value::String(_)) = node.peek("tableSchema") {
        lost.left(node.pointer("tableSchema"), "所引用的模式文件未读取", "the file of the schema is not fetched");
        node.pass(&["tableSchema"]);
    }
    if let Some(mut schema) = node.has("tableSchema").then(|| node.one("tableSchema", lost)).flatten() {
        schema.pass(&["@type"]);
        for mut column in schema.each("columns", lost) {
            common(&mut column);
            match read_column(&mut column, language, lost) {
                Some(field) => table.push(field, column.path(), lost),
                None => lost.left(column.path(), "列没有名称，未采用", "a column without a name is left out"),
            }
            column.finish(lost);
        }
        let named = |names: Vec<String>, table: &Table| names.iter().map(|name| plain_name(name, table)).collect();
        table.primary_key = named(schema.texts("primaryKey", lost), &table);
        for mut key in schema.each("foreignKeys", lost) {
            let columns = named(key.texts("columnReference", lost), &table);
            let path = key.path().to_owned();
            if let Some(mut reference) = key.one("reference", lost) {
                let resource = reference.text("resource", lost).unwrap_or_default();
                let referenced = reference.texts("columnReference", lost).iter().map(|name| decoded(name)).collect();
                keys.push((description.tables.len(), columns, resource, referenced, path));
                reference.finish(lost);
            }
            key.finish(lost);
        }
        schema.finish(lost);
    }
    description.tables.push(table);
    node.finish(lost);
}

/// The name of the column behind a name in CSVW.
fn plain_name(name: &str, table: &Table) -> String {
    let plain = decoded(name);
    if table.fields.iter().any(|field| field.name == plain) { plain } else { name.to_owned() }
}

fn read_column(node: &mut Members, language: &str, lost: &mut Losses) -> Option<Field> {
    node.pass(&["@type"]);
    let titles = node.pointer("titles");
    let mut title = Phrase::default();
    let mut own = None;
    match node.take("titles") {
        Some(Value::Object(mut object)) => {
            own = object.remove("und").map(|value| member::phrase(&titles, value, lost).words().to_owned());
            title = member::phrase(&titles, Value::Object(object), lost);
        }
        Some(value) => {
            let value = if language.is_empty() { value } else { json!({ language: value }) };
            title = member::phrase(&titles, value, lost);
        }
        None => {}
    }
    let name = node.text("name", lost).map(|name| decoded(&name));
    let name = own.or(name).or_else(|| Some(title.words().to_owned())).filter(|name| !name.is_empty())?;
    let mut field = Field::new(name, ColumnKind::Text);
    field.title = title;
    field.description = node.words("dct:description", lost);
    field.required = node.flag("required", lost);
    field.unit = node.text("schema:unitText", lost);
    field.concept = node.text("propertyUrl", lost);
    match node.take("datatype") {
        Some(Value::String(base)) => field.kind = read_kind(&base, &node.pointer("datatype"), lost),
        Some(value) => {
            if let Some(mut datatype) = Members::of(node.pointer("datatype"), value, lost) {
                let path = datatype.pointer("base");
                if let Some(base) = datatype.text("base", lost) {
                    field.kind = read_kind(&base, &path, lost);
                }
                read_rules(&mut datatype, &mut field, lost);
                datatype.finish(lost);
            }
        }
        None => {}
    }
    Some(field)
}

fn read_kind(base: &str, path: &str, lost: &mut Losses) -> ColumnKind {
    match kind::of_xsd(base) {
        Some(kind::Fit::Exact(kind)) => kind,
        fit => {
            let kind = fit.map_or(ColumnKind::Text, kind::Fit::kind);
            member::other_kind(path, fit.is_some(), kind, lost);
            kind
        }
    }
}

fn read_rules(datatype: &mut Members, field: &mut Field, lost: &mut Losses) {
    for (names, is_least) in [(["minimum", "minInclusive"], true), (["maximum", "maxInclusive"], false)] {
        for name in names {
            let path = datatype.pointer(name);
            let Some(limit) = datatype.take(name).and_then(|value| member::cell(&path, value, field.kind, lost)) else {
                continue;
            };
            let rules = &mut field.constraints;
            *(if is_least { &mut rules.minimum } else { &mut rules.maximum }) = Some(limit);
        }
    }
    field.constraints.min_length = datatype.number("minLength", lost);
    field.constraints.max_length = datatype.number("maxLength", lost);
    // Of text a format is a regular expression, of all else a way of writing.
    if field.kind == ColumnKind::Text {
        field.constraints.pattern = datatype.text("format", lost);
    }
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    if description.tables.is_empty() {
        return Err(Rejection::bad(
            "no-tables",
            "CSVW 描述数据表，而该数据集没有数据表",
            "CSVW describes tables, and the data set has none",
        ));
    }
    let mut group = Object::default().with("@context", CONTEXT).with("@type", "TableGroup");
    dcat::put_dataset(&mut group, description, &description.distributions, lost);
    let Value::Object(mut group) = Value::from(group) else { return Err(Rejection::unwritable("no object")) };
    let is_lone = description.tables.iter().any(|table| table.distribution.is_none());
    if is_lone || description.distributions.is_empty() {
        group.entry("dcat:distribution").or_insert_with(|| json!([]));
    }
    let mut urls: Vec<String> = Vec::new();
    for (at, table) in description.tables.iter().enumerate() {
        let file = table.distribution.and_then(|at| description.distributions.get(at)?.address.clone());
        let is_first = |url: &String| {
            description.distributions.iter().position(|file| file.address.as_ref() == Some(url)) == table.distribution
        };
        let url = match file.filter(|url| !urls.contains(url) && is_first(url) && super::address::is_iri(url)) {
            Some(url) => url,
            None => {
                if table.distribution.is_some() {
                    lost.left(
                        format!("/tables/{at}/distribution"),
                        "文件没有自己的地址",
                        "the file has no address of its own",
                    );
                }
                lost.missing(
                    format!("/tables/{at}/distribution"),
                    "CSVW 的表须有 url，按表名假定",
                    "CSVW asks a table for a url, which is made of its name",
                );
                format!("{}.csv", encoded(&table.name))
            }
        };
        urls.push(url);
    }
    let tables = description
        .tables
        .iter()
        .enumerate()
        .map(|(at, table)| put_table(table, at, description, &urls, lost))
        .collect();
    group.insert("tables".to_owned(), Value::Array(tables));
    document(&common_names(Value::Object(group)))
}

/// Of DCAT's names `dct` and `spdx` are unknown to CSVW, which knows `dc`; and it wants types of common properties to be of known prefixes too.
fn common_names(value: Value) -> Value {
    let common = |name: &str| {
        if let Some(rest) = name.strip_prefix("dct:") {
            return format!("dc:{rest}");
        }
        name.strip_prefix("spdx:").map_or_else(|| name.to_owned(), |rest| format!("http://spdx.org/rdf/terms#{rest}"))
    };
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(common_names).collect()),
        Value::Object(object) => {
            let rename = |(name, value): (String, Value)| match (name.as_str(), value) {
                ("@type", Value::String(kind)) => (name, common(&kind).into()),
                (_, value) => (common(&name), common_names(value)),
            };
            Value::Object(object.into_iter().map(rename).collect())
        }
        value => value,
    }
}

fn put_table(table: &Table, at: usize, description: &Description, urls: &[String], lost: &mut Losses) -> Value {
    let path = format!("/tables/{at}");
    let mut node = Object::default()
        .with("url", urls.get(at).cloned().unwrap_or_default())
        .with("schema:name", table.name.clone());
    node.put("dct:title", super::write::spoken(&table.title));
    node.put("dct:description", super::write::spoken(&table.description));
    let columns = table
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| put_column(field, &format!("{path}/fields/{at}"), lost))
        .collect();
    let mut schema = Object::default().with("columns", Value::Array(columns));
    let names = |names: &[String]| names.iter().map(|name| encoded(name)).collect::<Vec<String>>();
    schema.put("primaryKey", (!table.primary_key.is_empty()).then(|| names(&table.primary_key)));
    let mut keys = Vec::new();
    for (key_at, key) in table.foreign_keys.iter().enumerate() {
        match description.tables.iter().position(|other| other.name == key.table).and_then(|other| urls.get(other)) {
            Some(url) => keys.push(json!({
                "columnReference": names(&key.columns),
                "reference": { "resource": url, "columnReference": names(&key.referenced) },
            })),
            None => lost.left(
                format!("{path}/foreignKeys/{key_at}"),
                "所指的表不在其中",
                "the table it refers to is not there",
            ),
        }
    }
    schema.list("foreignKeys", keys);
    node.put("tableSchema", Some(schema));
    node.into()
}

fn put_column(field: &Field, path: &str, lost: &mut Losses) -> Value {
    let mut titles = Object::default();
    for (language, words) in [("zh", &field.title.zh), ("en", &field.title.en)] {
        titles.put(language, (!words.is_empty()).then(|| words.clone()));
    }
    let mut node = Object::default().with("name", encoded(&field.name));
    node.put("titles", (!titles.is_empty()).then_some(titles));
    node.put("dct:description", super::write::spoken(&field.description));
    node.put("required", field.required.then_some(true));
    node.put("schema:unitText", field.unit.clone());
    node.put("propertyUrl", field.concept.clone());
    let mut datatype = Object::default().with("base", kind::xsd(field.kind));
    super::table_schema::put_constraints(&mut datatype, &field.constraints, ["minimum", "maximum", "enum"]);
    let Value::Object(mut datatype) = Value::from(datatype) else { return node.into() };
    datatype.remove("enum");
    if let Some(pattern) = datatype.remove("pattern") {
        if field.kind == ColumnKind::Text {
            datatype.insert("format".to_owned(), pattern);
        } else {
            lost.left(
                format!("{path}/constraints/pattern"),
                "只有文本列可带正则表达式",
                "only columns of text can have a regular expression",
            );
        }
    }
    node.put("datatype", Some(datatype));
    node.into()
}

/// A name of CSVW is a variable of a URI template: letters, digits, `_`, and the rest percent-encoded.
fn encoded(name: &str) -> String {
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    // A name must not begin with an underscore.
    let each = |(at, b): (usize, u8)| {
        if is_plain(&b) && !(at == 0 && b == b'_') { char::from(b).to_string() } else { format!("%{b:02X}") }
    };
    name.bytes().enumerate().map(each).collect()
}

fn decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}
