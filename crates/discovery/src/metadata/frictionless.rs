//! Data Package of the Frictionless standards, v1 and v2 (datapackage.json). What v2 has no name for stands under names of its extensions
//! (`unit`), which the standard allows.

use serde_json::{Value, json};
use xinyu_core::fault::Rejection;

use super::encoding::Encoding;
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Checksum, Description, Distribution, Publisher, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, plain};
use super::{Carried, Format, address, table_schema};

pub(super) const FORMAT: Format = Format {
    name: "frictionless",
    title: "Frictionless Data Package",
    extension: ".json",
    media_type: "application/json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "title" },
    Carried { member: "/description", place: "description" },
    Carried { member: "/keywords", place: "keywords" },
    Carried { member: "/publisher/name", place: "contributors[role publisher].title" },
    Carried { member: "/publisher/identifier", place: "contributors[role publisher].path" },
    Carried { member: "/source", place: "sources[].title" },
    Carried { member: "/licence", place: "licenses[].name, path" },
    Carried { member: "/version", place: "version" },
    Carried { member: "/issued", place: "created" },
    Carried { member: "/identifiers", place: "id" },
    Carried { member: "/page", place: "homepage" },
    Carried { member: "/distributions/*/title", place: "resources[].title" },
    Carried { member: "/distributions/*/description", place: "resources[].description" },
    Carried { member: "/distributions/*/format", place: "resources[].format" },
    Carried { member: "/distributions/*/mediaType", place: "resources[].mediatype" },
    Carried { member: "/distributions/*/bytes", place: "resources[].bytes" },
    Carried { member: "/distributions/*/checksum", place: "resources[].hash" },
    Carried { member: "/distributions/*/address", place: "resources[].path" },
    Carried { member: "/tables/*/name", place: "resources[].name" },
    Carried { member: "/tables/*/title", place: "resources[].schema.title" },
    Carried { member: "/tables/*/description", place: "resources[].schema.description" },
    Carried { member: "/tables/*/distribution", place: "resources[]" },
    Carried { member: "/tables/*/fields/*/name", place: "schema.fields[].name" },
    Carried { member: "/tables/*/fields/*/title", place: "schema.fields[].title" },
    Carried { member: "/tables/*/fields/*/description", place: "schema.fields[].description" },
    Carried { member: "/tables/*/fields/*/kind", place: "schema.fields[].type" },
    Carried { member: "/tables/*/fields/*/unit", place: "schema.fields[].unit" },
    Carried { member: "/tables/*/fields/*/concept", place: "schema.fields[].rdfType" },
    Carried { member: "/tables/*/fields/*/required", place: "schema.fields[].constraints.required" },
    Carried { member: "/tables/*/fields/*/constraints", place: "schema.fields[].constraints" },
    Carried { member: "/tables/*/primaryKey", place: "schema.primaryKey" },
    Carried { member: "/tables/*/foreignKeys", place: "schema.foreignKeys" },
];

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let resources = sample.member("resources")?.as_array()?;
    let profile = ["$schema", "profile"].into_iter().filter_map(|name| sample.member(name)?.as_str());
    if profile.into_iter().any(|profile| profile.contains("data-package") || profile.contains("datapackage")) {
        return Some(Guess::of(&FORMAT, 990, "声明为 Data Package", "it says that it is a data package"));
    }
    let is_resource = |one: &Value| one.get("path").is_some() || one.get("data").is_some();
    let is_like = !resources.is_empty() && resources.iter().all(is_resource);
    is_like.then(|| Guess::of(&FORMAT, 900, "resources 各有 path 或 data", "its resources have a path or data"))
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (mut package, encoding) = member::root(bytes, FORMAT.title)?;
    if !package.has("resources") {
        return Err(super::unreadable(FORMAT.title, "没有 resources", "it has no resources"));
    }
    package.pass(&["$schema", "profile"]);
    let name = package.text("name", lost);
    let mut description = Description {
        title: package.words("title", lost),
        description: package.words("description", lost),
        keywords: package.texts("keywords", lost),
        version: package.text("version", lost),
        issued: package.time("created", lost),
        identifiers: package.texts("id", lost),
        page: package.address("homepage", lost),
        publisher: publisher(&mut package, lost),
        licence: licence(&mut package, lost),
        source: source(&mut package, lost),
        ..Description::default()
    };
    // The name stands for a title that is not there, and is else only the file's.
    if let (true, Some(name)) = (description.title.is_empty(), name.filter(|name| name != UNNAMED)) {
        description.title = super::Phrase::of(name);
    }
    for resource in package.each("resources", lost) {
        read_resource(resource, &mut description, lost);
    }
    package.finish(lost);
    Ok((description, encoding))
}

/// The first contributor that is a publisher; contributors are persons as a rule, so the others are not looked at.
fn publisher(package: &mut Members, lost: &mut Losses) -> Option<Publisher> {
    let mut publisher = None;
    for mut node in package.each("contributors", lost) {
        let is_publisher = node.peek("role").is_some_and(|role| role == "publisher")
            || node
                .peek("roles")
                .and_then(Value::as_array)
                .is_some_and(|roles| roles.iter().any(|role| role == "publisher"));
        if !is_publisher || publisher.is_some() {
            lost.left(node.path(), "联系人信息不随元数据流转", "details of persons do not travel with a description");
            continue;
        }
        node.pass(&["role"]);
        node.pass_if("roles", &json!(["publisher"]));
        let (name, identifier) = (node.text("title", lost), node.text("path", lost));
        publisher = Some(Publisher { name: name.unwrap_or_default(), identifier });
        node.finish(lost);
    }
    publisher
}

fn licence(package: &mut Members, lost: &mut Losses) -> Option<String> {
    package.has("licenses").then(|| package.one("licenses", lost)).flatten().and_then(|mut node| {
        let address = node.address("path", lost).filter(|path| address::is_absolute(path));
        let (name, title) = (node.text("name", lost), node.text("title", lost));
        node.finish(lost);
        address.or(title).or(name)
    })
}

fn source(package: &mut Members, lost: &mut Losses) -> Option<String> {
    let mut node = package.has("sources").then(|| package.one("sources", lost)).flatten()?;
    let title = node.text("title", lost);
    let source = title.or_else(|| node.address("path", lost));
    node.finish(lost);
    source
}

fn read_resource(mut node: Members, description: &mut Description, lost: &mut Losses) {
    node.pass(&["$schema", "profile"]);
    node.pass_if("type", &"table".into());
    let name = node.text("name", lost).unwrap_or_default();
    let mut file = Distribution {
        title: node.words("title", lost),
        description: node.words("description", lost),
        format: node.text("format", lost),
        media_type: node.text("mediatype", lost),
        bytes: node.number("bytes", lost),
        address: node.address("path", lost),
        checksum: None,
    };
    let path = node.pointer("hash");
    if let Some(hash) = node.text("hash", lost) {
        let (algorithm, value) = hash.split_once(':').unwrap_or(("md5", &hash));
        file.checksum = Checksum::of(algorithm, value, &path, lost);
    }
    let is_inline = node.has("data");
    node.pass_if("data", &json!([]));
    if node.has("data") {
        node.pass(&["data"]);
        lost.left(node.pointer("data"), "元数据不含数据本身", "a description holds no data");
    }
    let at = description.distributions.len();
    let has_file = !is_inline || file != Distribution::default();
    match node.peek("schema") {
        Some(Value::String(_)) => {
            lost.left(node.pointer("schema"), "所引用的模式文件未读取", "the file of the schema is not fetched")
        }
        Some(_) => {
            if let Some(mut schema) = node.one("schema", lost) {
                let mut table = Table { name, distribution: has_file.then_some(at), ..Table::default() };
                if table.name.is_empty() {
                    table.name = format!("table-{}", description.tables.len() + 1);
                }
                table.title = schema.words("title", lost);
                table.description = schema.words("description", lost);
                table_schema::read(schema, &mut table, lost);
                description.tables.push(table);
            }
        }
        None if name != unnamed(at) && !name.is_empty() => {
            if file.title.is_empty() {
                file.title = super::Phrase::of(name);
            } else {
                lost.left(
                    node.pointer("name"),
                    "资源另有标题，名称未保留",
                    "the resource has a title, and its name is not kept",
                );
            }
        }
        None => {}
    }
    node.pass(&["schema"]);
    if has_file {
        description.distributions.push(file);
    }
    node.finish(lost);
}

const UNNAMED: &str = "data-package";

/// Name of a resource that has none.
fn unnamed(at: usize) -> String {
    format!("file-{}", at + 1)
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut package = Object::default()
        .with("$schema", "https://datapackage.org/profiles/2.0/datapackage.json")
        .with("name", UNNAMED);
    package.put("title", plain(&description.title, "/title", lost));
    package.put("description", plain(&description.description, "/description", lost));
    package.put("keywords", (!description.keywords.is_empty()).then(|| description.keywords.clone()));
    package.put("version", description.version.clone());
    package.put("homepage", description.page.clone());
    package.put("id", description.identifiers.first().cloned());
    for at in 1..description.identifiers.len() {
        lost.left(format!("/identifiers/{at}"), "只有一个标识", "the format has one identifier");
    }
    match &description.issued {
        Some(moment) if moment.len() > 10 && moment.parse::<jiff::Timestamp>().is_ok() => {
            package.put("created", Some(moment.clone()))
        }
        Some(_) => lost.left("/issued", "created 须为带时区的时刻", "created must be a moment with a zone"),
        None => {}
    }
    if let Some(publisher) = &description.publisher {
        let mut node = Object::default()
            .with("title", publisher.name.clone())
            .with("role", "publisher")
            .with("roles", json!(["publisher"]));
        node.put("path", publisher.identifier.clone());
        package.list("contributors", vec![node.into()]);
    }
    package.put("sources", description.source.as_ref().map(|source| json!([{ "title": source }])));
    let licence = |licence: &String| {
        if licence.starts_with("http") && address::is_absolute(licence) {
            json!([{ "path": licence }])
        } else {
            json!([{ "name": licence, "title": licence }])
        }
    };
    package.put("licenses", description.licence.as_ref().map(licence));
    package.put("resources", Some(resources(description, lost)));
    if description.tables.is_empty() && description.distributions.is_empty() {
        lost.missing("/distributions", "数据包至少要有一个资源", "a data package asks for a resource");
    }
    document(&package.into())
}

/// A resource for each file, with its table if it has one; then one for each table without a file.
fn resources(description: &Description, lost: &mut Losses) -> Vec<Value> {
    let mut resources = Vec::new();
    let tables = || description.tables.iter().enumerate();
    let mut written = Vec::new();
    for (at, file) in description.distributions.iter().enumerate() {
        let mut own = tables().filter(|(_, table)| table.distribution == Some(at));
        let table = own.next();
        for (other, _) in own {
            lost.left(format!("/tables/{other}/distribution"), "一个资源只有一张表", "a resource has one table");
        }
        let mut node = put_file(file, &format!("/distributions/{at}"), lost);
        match table {
            Some((position, table)) => {
                put_table(&mut node, table, position, lost);
                written.push(position);
            }
            None => node.put("name", Some(unnamed(at))),
        }
        resources.push(node.into());
    }
    let mut order = written.clone();
    for (position, table) in tables().filter(|(position, _)| !written.contains(position)) {
        order.push(position);
        let mut node = Object::default().with("data", json!([]));
        put_table(&mut node, table, position, lost);
        resources.push(node.into());
    }
    if !order.is_sorted() {
        lost.changed("/tables", "数据表按文件的次序写出", "the tables stand in the order of their files");
    }
    resources
}

fn put_file(file: &Distribution, path: &str, lost: &mut Losses) -> Object {
    let mut node = Object::default();
    node.put("title", plain(&file.title, &format!("{path}/title"), lost));
    node.put("description", plain(&file.description, &format!("{path}/description"), lost));
    node.put("format", file.format.clone());
    node.put("mediatype", file.media_type.clone());
    node.put("bytes", file.bytes);
    node.put("hash", file.checksum.as_ref().map(|sum| format!("{}:{}", sum.algorithm, sum.value)));
    match &file.address {
        Some(address) => node.put("path", Some(address.clone())),
        None => {
            node.put("data", Some(json!([])));
            lost.missing(format!("{path}/address"), "资源须有 path 或 data", "a resource asks for a path or data");
        }
    }
    node
}

fn put_table(node: &mut Object, table: &Table, position: usize, lost: &mut Losses) {
    let path = format!("/tables/{position}");
    node.put("name", Some(table.name.clone()));
    node.put("type", Some("table"));
    let mut schema = table_schema::write(table, &path, lost);
    if let Value::Object(schema) = &mut schema {
        for (name, phrase) in [("title", &table.title), ("description", &table.description)] {
            if let Some(words) = plain(phrase, &format!("{path}/{name}"), lost) {
                schema.insert(name.to_owned(), words.into());
            }
        }
    }
    node.put("schema", Some(schema));
}
