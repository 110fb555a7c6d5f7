//! OpenAPI 3: what an interface answers, as tables; and an interface that would serve the tables of a description. Read in JSON and in YAML, written in JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;
use xinyu_protocol::json::Limits;
use xinyu_protocol::yaml::{self, YamlError};

use super::encoding::{self, Encoding};
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Description, Distribution, Field, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, plain};
use super::{Carried, Format, MAX_BYTES, table_schema, unreadable};

pub(super) const FORMAT: Format = Format {
    name: "openapi",
    title: "OpenAPI",
    extension: ".json",
    media_type: "application/vnd.oai.openapi+json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "info.title" },
    Carried { member: "/description", place: "info.description" },
    Carried { member: "/keywords", place: "tags[].name" },
    Carried { member: "/licence", place: "info.license.name" },
    Carried { member: "/version", place: "info.version" },
    Carried { member: "/page", place: "externalDocs.url" },
    Carried { member: "/distributions/*/description", place: "servers[].description" },
    Carried { member: "/distributions/*/address", place: "servers[].url" },
    Carried { member: "/tables/*/name", place: "components.schemas.*" },
    Carried { member: "/tables/*/title", place: "components.schemas.*.title" },
    Carried { member: "/tables/*/description", place: "components.schemas.*.description" },
    Carried { member: "/tables/*/fields/*/name", place: "properties.*" },
    Carried { member: "/tables/*/fields/*/title", place: "properties.*.title" },
    Carried { member: "/tables/*/fields/*/description", place: "properties.*.description" },
    Carried { member: "/tables/*/fields/*/kind", place: "properties.*.type, format" },
    Carried { member: "/tables/*/fields/*/required", place: "required" },
    Carried { member: "/tables/*/fields/*/constraints/minimum", place: "properties.*.minimum" },
    Carried { member: "/tables/*/fields/*/constraints/maximum", place: "properties.*.maximum" },
    Carried { member: "/tables/*/fields/*/constraints/minLength", place: "properties.*.minLength" },
    Carried { member: "/tables/*/fields/*/constraints/maxLength", place: "properties.*.maxLength" },
    Carried { member: "/tables/*/fields/*/constraints/pattern", place: "properties.*.pattern" },
    Carried { member: "/tables/*/fields/*/constraints/allowed", place: "properties.*.enum" },
];

/// Types with their formats.
const KINDS: &[(&str, &str, ColumnKind)] = &[
    ("string", "", ColumnKind::Text),
    ("integer", "int64", ColumnKind::Integer),
    ("number", "double", ColumnKind::Real),
    ("boolean", "", ColumnKind::Boolean),
    ("string", "date", ColumnKind::Date),
    ("string", "date-time", ColumnKind::Timestamp),
    ("integer", "", ColumnKind::Integer),
    ("number", "", ColumnKind::Real),
];

const UNNAMED: &str = "data";
const UNVERSIONED: &str = "0";

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    if sample.member("openapi").and_then(Value::as_str).is_some_and(|version| version.starts_with("3.")) {
        return Some(Guess::of(&FORMAT, 995, "声明为 OpenAPI 3", "it says that it is OpenAPI 3"));
    }
    if sample.has("swagger") {
        return Some(Guess::of(
            &FORMAT,
            400,
            "是 Swagger 2，须先转为 OpenAPI 3",
            "it is Swagger 2, to be made OpenAPI 3 first",
        ));
    }
    let is_yaml = sample.json.is_none() && sample.text.as_deref().is_some_and(is_yaml);
    is_yaml.then(|| Guess::of(&FORMAT, 990, "声明为 OpenAPI 3（YAML）", "it says that it is OpenAPI 3, in YAML"))
}

/// Whether a line near the beginning says so.
fn is_yaml(text: &str) -> bool {
    let version =
        |line: &str| line.strip_prefix("openapi:").map(|rest| rest.trim().trim_matches(['\'', '"']).to_owned());
    text.lines().take(40).filter_map(version).any(|version| version.starts_with("3."))
}

/// The document, in JSON or in YAML.
fn root(bytes: &[u8]) -> Result<(Members, Encoding), Rejection> {
    let (text, encoding) = encoding::decode(bytes)?;
    if text.trim_start().starts_with('{') {
        return member::root(bytes, FORMAT.title);
    }
    let broken = |error: YamlError| {
        let said = error.text();
        unreadable(FORMAT.title, said.zh, said.en)
    };
    let value = yaml::parse(&text, Limits { bytes: 4 * MAX_BYTES, depth: member::MAX_DEPTH }).map_err(broken)?;
    Ok((member::object(value, FORMAT.title)?, encoding))
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (mut api, encoding) = root(bytes)?;
    let version = api.text("openapi", lost).unwrap_or_default();
    if !version.starts_with("3.") {
        return Err(super::unreadable(
            FORMAT.title,
            "不是 OpenAPI 3.x（openapi 成员）",
            "it is not OpenAPI 3.x by its member openapi",
        ));
    }
    let schemas = api
        .peek("components")
        .and_then(|components| components.get("schemas"))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut description = Description { keywords: names(&mut api, lost), ..Description::default() };
    if let Some(info) = api.one("info", lost) {
        read_info(info, &mut description, lost);
    }
    if let Some(mut docs) = api.has("externalDocs").then(|| api.one("externalDocs", lost)).flatten() {
        description.page = docs.address("url", lost);
        docs.finish(lost);
    }
    for mut server in api.each("servers", lost) {
        if server.peek("url").is_some_and(|url| url == "/") {
            continue;
        }
        let file = Distribution {
            description: server.words("description", lost),
            address: server.address("url", lost),
            ..Distribution::default()
        };
        server.finish(lost);
        if file != Distribution::default() {
            description.distributions.push(file);
        }
    }
    let mut reader = Reader { schemas: &schemas, used: BTreeSet::new(), tables: Vec::new() };
    if let Some(paths) = api.has("paths").then(|| api.one("paths", lost)).flatten() {
        reader.paths(paths, lost);
    }
    // Schemas that no answer leads to are tables too if they look like rows.
    for (name, schema) in &schemas {
        let path = member::pointer("/components/schemas", name);
        if !reader.used.contains(name) {
            if schema.get("properties").is_some() {
                reader.row(name, schema.clone(), &path, lost);
            } else {
                lost.left(path, "不是行的模式，未采用", "it is no schema of a row");
            }
        }
    }
    description.tables = reader.tables;
    if let Some(Value::Object(mut components)) = api.take("components") {
        components.remove("schemas");
        if let Some(rest) = Members::of("/components", Value::Object(components), lost) {
            rest.finish(lost);
        }
    }
    api.finish(lost);
    Ok((description, encoding))
}

fn names(api: &mut Members, lost: &mut Losses) -> Vec<String> {
    let mut names = Vec::new();
    for mut tag in api.each("tags", lost) {
        names.extend(tag.text("name", lost));
        tag.finish(lost);
    }
    names
}

fn read_info(mut info: Members, description: &mut Description, lost: &mut Losses) {
    description.title = info.words("title", lost);
    if description.title.words() == UNNAMED {
        description.title = super::Phrase::default();
    }
    description.description = info.words("description", lost);
    description.version = info.text("version", lost).filter(|version| version != UNVERSIONED);
    if let Some(mut licence) = info.has("license").then(|| info.one("license", lost)).flatten() {
        let (name, address) = (licence.text("name", lost), licence.address("url", lost));
        if name.is_some() && address.is_some() {
            lost.left(licence.pointer("url"), "只保留许可的名称", "only the name of the licence is kept");
        }
        description.licence = name.or(address);
        licence.finish(lost);
    }
    info.finish(lost);
}

struct Reader<'a> {
    schemas: &'a Map<String, Value>,
    /// Schemas that have become tables, or lead to some.
    used: BTreeSet<String>,
    tables: Vec<Table>,
}

/// References followed one after the other.
const MAX_REFERENCES: usize = 8;

impl Reader<'_> {
    /// Every operation that reads, and the first good answer of each.
    fn paths(&mut self, mut paths: Members, lost: &mut Losses) {
        for path in paths.names() {
            let Some(mut item) = paths.one(&path, lost) else { continue };
            for method in ["get", "post"] {
                let Some(mut operation) = item.has(method).then(|| item.one(method, lost)).flatten() else { continue };
                operation.pass(&["operationId", "tags"]);
                let Some(mut answers) = operation.one("responses", lost) else { continue };
                let good = answers.names().into_iter().find(|status| status.starts_with('2'));
                if let Some(answer) = good.and_then(|status| answers.one(&status, lost)) {
                    self.answer(answer, &path, lost);
                }
                answers.finish(lost);
                operation.pass_if("summary", &Value::Null);
                operation.finish(lost);
            }
            item.finish(lost);
        }
        paths.finish(lost);
    }

    fn answer(&mut self, mut answer: Members, path: &str, lost: &mut Losses) {
        answer.pass(&["description"]);
        if let Some(mut content) = answer.has("content").then(|| answer.one("content", lost)).flatten() {
            let json = content.names().into_iter().find(|name| name.contains("json"));
            if let Some(mut media) = json.and_then(|name| content.one(&name, lost)) {
                let place = media.pointer("schema");
                if let Some(schema) = media.take("schema") {
                    let last =
                        path.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{')).unwrap_or("data");
                    self.rows(last, schema, &place, 0, lost);
                }
                media.finish(lost);
            }
            content.finish(lost);
        }
        answer.finish(lost);
    }

    /// The rows in an answer: a list of objects, an object with such a list in it, or a single object.
    fn rows(&mut self, name: &str, schema: Value, path: &str, depth: usize, lost: &mut Losses) {
        if depth > MAX_REFERENCES {
            lost.left(path, "引用层数过多", "it refers too far");
            return;
        }
        if let Some(own) = schema.get("$ref").and_then(Value::as_str) {
            let known = own.strip_prefix("#/components/schemas/").and_then(|name| self.schemas.get_key_value(name));
            let Some((name, schema)) = known else {
                lost.left(path, "引用不在文内，未读取", "it refers to what is not in the document");
                return;
            };
            if self.used.insert(name.clone()) {
                let path = member::pointer("/components/schemas", name);
                self.rows(name, schema.clone(), &path, depth + 1, lost);
            }
            return;
        }
        if let Some(items) = schema.get("items") {
            return self.rows(name, items.clone(), &format!("{path}/items"), depth + 1, lost);
        }
        let is_list = |schema: &&Value| {
            schema.get("items").is_some_and(|items| items.get("$ref").is_some() || items.get("properties").is_some())
        };
        let mut lists = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(_, schema)| is_list(schema));
        if let (Some((member, list)), None) = (lists.next(), lists.next()) {
            lost.changed(path, "只采用其中的列表", "only the list in it is taken");
            let path = member::pointer(&format!("{path}/properties"), member);
            return self.rows(name, list.clone(), &path, depth + 1, lost);
        }
        if schema.get("properties").is_some() {
            self.row(name, schema.clone(), path, lost);
        } else {
            lost.left(path, "应答不是表格", "the answer is no table");
        }
    }

    fn row(&mut self, name: &str, schema: Value, path: &str, lost: &mut Losses) {
        let Some(mut node) = Members::of(path, schema, lost) else { return };
        node.pass_if("type", &"object".into());
        let name = match self.tables.iter().any(|table| table.name == name) {
            true => format!("{name}-{}", self.tables.len() + 1),
            false => name.to_owned(),
        };
        let mut table = Table {
            name,
            title: node.words("title", lost),
            description: node.words("description", lost),
            ..Table::default()
        };
        let required = node.texts("required", lost);
        // The order of members says nothing in JSON; one that is said stands beside them.
        let order = node.texts("x-order", lost);
        if let Some(mut properties) = node.one("properties", lost) {
            let mut names = properties.names();
            names.sort_by_key(|name| order.iter().position(|known| known == name).unwrap_or(usize::MAX));
            for name in names {
                let Some(mut property) = properties.one(&name, lost) else { continue };
                let mut field = Field::new(name, ColumnKind::Text);
                self.property(&mut property, &mut field, lost);
                field.required = required.contains(&field.name);
                table.fields.push(field);
                property.finish(lost);
            }
        }
        node.finish(lost);
        self.tables.push(table);
    }

    fn property(&self, node: &mut Members, field: &mut Field, lost: &mut Losses) {
        if node.has("$ref") {
            node.pass(&["$ref"]);
            lost.changed(node.path(), "嵌套的对象按 text 处理", "an object inside is taken for text");
            return;
        }
        let path = node.pointer("type");
        // In 3.1 a list of types; null among them says nothing that `required` does not.
        let types = node.texts("type", lost);
        let mut types = types.iter().filter(|name| *name != "null");
        let (name, format) = (types.next().cloned().unwrap_or_default(), node.text("format", lost).unwrap_or_default());
        let exact = KINDS.iter().find(|(known, form, _)| *known == name && *form == format);
        let wider = || KINDS.iter().find(|(known, ..)| *known == name);
        field.kind = exact.or_else(wider).map_or(ColumnKind::Text, |(.., kind)| *kind);
        if exact.is_none() || types.next().is_some() {
            member::other_kind(&path, wider().is_some(), field.kind, lost);
        }
        field.title = node.words("title", lost);
        field.description = node.words("description", lost);
        field.constraints = table_schema::constraints(node, field.kind, ["minimum", "maximum", "enum"], lost);
    }
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut info = Object::default();
    info.put("title", Some(plain(&description.title, "/title", lost).unwrap_or_else(|| UNNAMED.to_owned())));
    info.put("version", Some(description.version.clone().unwrap_or_else(|| UNVERSIONED.to_owned())));
    info.put("description", plain(&description.description, "/description", lost));
    info.put("license", description.licence.as_ref().map(|name| json!({ "name": name })));
    let mut api = Object::default().with("openapi", "3.1.0").with("info", info);
    api.list("tags", description.keywords.iter().map(|name| json!({ "name": name })).collect());
    api.put("externalDocs", description.page.as_ref().map(|url| json!({ "url": url })));
    let mut servers = Vec::new();
    for (at, file) in description.distributions.iter().enumerate() {
        let path = format!("/distributions/{at}");
        let Some(address) = &file.address else {
            lost.left(path, "没有地址的分发不能作为服务器", "a distribution without an address is no server");
            continue;
        };
        let mut server = Object::default().with("url", address.clone());
        server.put("description", plain(&file.description, &format!("{path}/description"), lost));
        servers.push(server.into());
    }
    api.list("servers", servers);
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for (at, table) in description.tables.iter().enumerate() {
        if schemas.contains_key(&component(&table.name)) || component(&table.name) != table.name {
            lost.changed(
                format!("/tables/{at}/name"),
                "表名改为组件名允许的字符",
                "the name becomes one of the characters that names of components have",
            );
        }
        let name = Some(component(&table.name))
            .filter(|name| !schemas.contains_key(name))
            .unwrap_or_else(|| format!("table-{}", at + 1));
        paths.insert(format!("/tables/{name}"), operation(&name));
        schemas.insert(name, put_table(table, &format!("/tables/{at}"), lost));
    }
    let is_sorted = description
        .tables
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if component(&one.name) < component(&next.name)));
    if !is_sorted {
        lost.changed("/tables", "数据表按名称的次序写出", "the tables stand in the order of their names");
    }
    api.put("paths", Some(paths));
    api.put("components", Some(json!({ "schemas": schemas })));
    document(&api.into())
}

/// Letters, digits, `.`, `-` and `_`; of everything else its code.
fn component(name: &str) -> String {
    let each = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) { c.to_string() } else { format!("u{:x}", u32::from(c)) }
    };
    name.chars().map(each).collect()
}

fn operation(name: &str) -> Value {
    let schema = json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{name}") } });
    json!({
        "get": {
            "operationId": format!("read-{name}"),
            "responses": { "200": { "description": format!("rows of {name}"), "content": { "application/json": { "schema": schema } } } },
        },
    })
}

fn put_table(table: &Table, path: &str, lost: &mut Losses) -> Value {
    let mut schema = Object::typed_plain("object");
    schema.put("title", plain(&table.title, &format!("{path}/title"), lost));
    schema.put("description", plain(&table.description, &format!("{path}/description"), lost));
    let mut properties = Map::new();
    for (at, field) in table.fields.iter().enumerate() {
        properties.insert(field.name.clone(), put_field(field, &format!("{path}/fields/{at}"), lost));
    }
    schema.put("properties", Some(properties));
    let names = |fields: &mut dyn Iterator<Item = &Field>| {
        fields.map(|field| field.name.clone().into()).collect::<Vec<Value>>()
    };
    schema.list("required", names(&mut table.fields.iter().filter(|field| field.required)));
    schema.list("x-order", names(&mut table.fields.iter()));
    schema.into()
}

fn put_field(field: &Field, path: &str, lost: &mut Losses) -> Value {
    let (name, format, _) =
        KINDS.iter().find(|(.., kind)| *kind == field.kind).copied().unwrap_or(("string", "", ColumnKind::Text));
    let mut node = Object::typed_plain(name);
    node.put("format", (!format.is_empty()).then_some(format));
    node.put("title", plain(&field.title, &format!("{path}/title"), lost));
    node.put("description", plain(&field.description, &format!("{path}/description"), lost));
    let mut rules = field.constraints.clone();
    for (member, limit) in [("minimum", &mut rules.minimum), ("maximum", &mut rules.maximum)] {
        if matches!(limit, Some(xinyu_core::data::Cell::Text(_) | xinyu_core::data::Cell::Boolean(_))) {
            lost.left(format!("{path}/constraints/{member}"), "只有数可以有上下限", "only numbers have limits");
            *limit = None;
        }
    }
    table_schema::put_constraints(&mut node, &rules, ["minimum", "maximum", "enum"]);
    node.into()
}
