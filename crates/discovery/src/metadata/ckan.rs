//! CKAN's package, as `package_show` answers. Columns stand in the `schema` of a resource (ckanext-validation); what CKAN has no member for, in its extras.

use serde_json::{Value, json};
use xinyu_core::fault::Rejection;

use super::code::{Frequency, topic_of};
use super::encoding::Encoding;
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Checksum, Description, Distribution, Publisher, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, plain};
use super::{Carried, Format, table_schema};

pub(crate) const FORMAT: Format = Format {
    name: "ckan",
    title: "CKAN",
    extension: ".json",
    media_type: "application/json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "title" },
    Carried { member: "/description", place: "notes" },
    Carried { member: "/keywords", place: "tags[].name" },
    Carried { member: "/topic", place: "extras[theme]" },
    Carried { member: "/themes", place: "groups[].name" },
    Carried { member: "/publisher/name", place: "organization.title" },
    Carried { member: "/publisher/identifier", place: "organization.name" },
    Carried { member: "/source", place: "extras[provenance]" },
    Carried { member: "/licence", place: "license_title" },
    Carried { member: "/frequency", place: "extras[frequency]" },
    Carried { member: "/version", place: "version" },
    Carried { member: "/issued", place: "extras[issued]" },
    Carried { member: "/modified", place: "extras[modified]" },
    Carried { member: "/identifiers", place: "extras[identifier]" },
    Carried { member: "/page", place: "url" },
    Carried { member: "/distributions/*/title", place: "resources[].name" },
    Carried { member: "/distributions/*/description", place: "resources[].description" },
    Carried { member: "/distributions/*/format", place: "resources[].format" },
    Carried { member: "/distributions/*/mediaType", place: "resources[].mimetype" },
    Carried { member: "/distributions/*/bytes", place: "resources[].size" },
    Carried { member: "/distributions/*/checksum", place: "resources[].hash, hash_algorithm" },
    Carried { member: "/distributions/*/address", place: "resources[].url" },
    Carried { member: "/tables/*/name", place: "resources[].schema.name" },
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
    let package = sample.member("result").or(sample.json.as_ref())?;
    let has = |name: &str| package.get(name).is_some();
    let marks = [
        "notes",
        "tags",
        "organization",
        "owner_org",
        "license_id",
        "num_resources",
        "num_tags",
        "state",
        "metadata_created",
        "extras",
    ];
    let marks = marks.into_iter().filter(|name| has(name)).count();
    let is_answer = sample.has("success") && sample.has("result") && has("resources");
    if is_answer && marks > 1 {
        return Some(Guess::of(&FORMAT, 980, "是 package_show 的应答", "it is an answer of package_show"));
    }
    (has("resources") && marks > 2)
        .then(|| Guess::of(&FORMAT, 920, "有 CKAN 数据集的成员", "it has the members of a CKAN package"))
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (mut package, encoding) = member::root(bytes, FORMAT.title)?;
    if package.has("success") && package.has("result") {
        package.pass(&["help", "success"]);
        let result = package.one("result", lost);
        package.finish(lost);
        package =
            result.ok_or_else(|| super::unreadable(FORMAT.title, "应答没有 result", "the answer has no result"))?;
    }
    if !package.has("resources") {
        return Err(super::unreadable(FORMAT.title, "没有 resources", "it has no resources"));
    }
    Ok((read_package(package, lost), encoding))
}

/// A package, its members taken out one by one.
pub(crate) fn read_package(mut package: Members, lost: &mut Losses) -> Description {
    // Numbers that CKAN counts from the rest, and its own book-keeping.
    package.pass(&[
        "num_resources",
        "num_tags",
        "state",
        "type",
        "private",
        "isopen",
        "creator_user_id",
        "owner_org",
        "revision_id",
        "license_url",
    ]);
    let name = package.text("name", lost);
    let mut description = Description {
        title: package.words("title", lost),
        description: package.words("notes", lost),
        version: package.text("version", lost),
        issued: package.time("metadata_created", lost),
        modified: package.time("metadata_modified", lost),
        page: package.address("url", lost),
        keywords: names(&mut package, "tags", lost),
        themes: names(&mut package, "groups", lost),
        publisher: organization(&mut package, lost),
        ..Description::default()
    };
    let (id, title) = (package.text("license_id", lost), package.text("license_title", lost));
    description.licence = title.or(id);
    if let (true, Some(name)) = (description.title.is_empty(), name.filter(|name| name != UNNAMED)) {
        description.title = super::Phrase::of(name);
    }
    if let Some(id) = package.text("id", lost) {
        description.identifiers.push(id);
    }
    extras(&mut package, &mut description, lost);
    for resource in package.each("resources", lost) {
        read_resource(resource, &mut description, lost);
    }
    package.finish(lost);
    description
}

/// Names of tags or groups.
fn names(package: &mut Members, member: &str, lost: &mut Losses) -> Vec<String> {
    let mut names = Vec::new();
    for mut node in package.each(member, lost) {
        node.pass(&["display_name", "id", "state", "vocabulary_id", "title", "description", "image_display_url"]);
        names.extend(node.text("name", lost));
        node.finish(lost);
    }
    names
}

fn organization(package: &mut Members, lost: &mut Losses) -> Option<Publisher> {
    let mut node = package.has("organization").then(|| package.one("organization", lost)).flatten()?;
    node.pass(&["id", "type", "state", "is_organization", "approval_status", "created", "image_url", "revision_id"]);
    let (name, title) = (node.text("name", lost), node.text("title", lost));
    node.finish(lost);
    Some(match title {
        Some(title) => Publisher { name: title, identifier: name },
        None => Publisher { name: name?, identifier: None },
    })
}

fn extras(package: &mut Members, description: &mut Description, lost: &mut Losses) {
    for mut node in package.each("extras", lost) {
        let path = node.path().to_owned();
        let key = node.text("key", lost).unwrap_or_default();
        node.pass(&["id", "state", "package_id", "revision_id"]);
        let mut is_taken = true;
        match key.as_str() {
            "theme" | "topic" => {
                let said = node.text("value", lost);
                let topic = said.as_deref().and_then(topic_of);
                match (topic, said) {
                    (Some(topic), _) => description.topic = Some(topic),
                    (None, Some(theme)) => description.themes.push(theme),
                    (None, None) => {}
                }
            }
            "provenance" => description.source = node.text("value", lost),
            "frequency" => {
                let said = node.text("value", lost);
                description.frequency = said.as_deref().and_then(Frequency::recognise);
                is_taken = description.frequency.is_some();
            }
            "issued" => description.issued = node.time("value", lost).or(description.issued.take()),
            "modified" => description.modified = node.time("value", lost).or(description.modified.take()),
            "identifier" => {
                let identifier = node.text("value", lost);
                description.identifiers.extend(identifier);
            }
            _ => {
                node.pass(&["value"]);
                is_taken = false;
            }
        }
        if !is_taken {
            lost.left(path, "扩展项未采用", "an extra that our model has nothing for");
        }
        node.finish(lost);
    }
}

fn read_resource(mut node: Members, description: &mut Description, lost: &mut Losses) {
    node.pass(&["id", "package_id", "position", "state", "revision_id", "url_type", "datastore_active"]);
    let mut file = Distribution {
        title: node.words("name", lost),
        description: node.words("description", lost),
        format: node.text("format", lost).filter(|format| !format.is_empty()),
        media_type: node.text("mimetype", lost),
        bytes: node.number("size", lost),
        address: None,
        checksum: None,
    };
    if node.peek("url").is_some_and(|url| url != "") {
        file.address = node.address("url", lost);
    }
    let (path, algorithm) = (node.pointer("hash"), node.text("hash_algorithm", lost));
    if let Some(hash) = node.text("hash", lost).filter(|hash| !hash.is_empty()) {
        let (named, value) = hash.split_once(':').map_or((None, hash.as_str()), |(name, value)| (Some(name), value));
        let guessed = if value.len() == 32 { "md5" } else { "sha256" };
        file.checksum = Checksum::of(named.or(algorithm.as_deref()).unwrap_or(guessed), value, &path, lost);
    }
    // The validation extension keeps the schema as a text.
    if let Some(Value::String(text)) = node.peek("schema") {
        let parsed = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
        match parsed {
            Some(schema) => node.replace("schema", schema),
            None => {
                lost.left(node.pointer("schema"), "所引用的模式未读取", "the schema it refers to is not fetched");
                node.pass(&["schema"]);
            }
        }
    }
    if let Some(mut schema) = node.has("schema").then(|| node.one("schema", lost)).flatten() {
        let name = schema.text("name", lost).unwrap_or_else(|| format!("table-{}", description.tables.len() + 1));
        let mut table = Table { name, distribution: Some(description.distributions.len()), ..Table::default() };
        table.title = schema.words("title", lost);
        table.description = schema.words("description", lost);
        table_schema::read(schema, &mut table, lost);
        description.tables.push(table);
    }
    description.distributions.push(file);
    node.finish(lost);
}

const UNNAMED: &str = "data-set";

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut package = Object::default().with("name", UNNAMED);
    package.put("title", plain(&description.title, "/title", lost));
    package.put("notes", plain(&description.description, "/description", lost));
    package.put("version", description.version.clone());
    package.put("url", description.page.clone());
    package.put("license_title", description.licence.clone());
    package.list("tags", description.keywords.iter().map(|name| json!({ "name": name })).collect());
    package.list("groups", description.themes.iter().map(|name| json!({ "name": name })).collect());
    if let Some(publisher) = &description.publisher {
        let mut node = Object::default().with("title", publisher.name.clone());
        node.put("name", publisher.identifier.clone());
        package.put("organization", Some(node));
    }
    let mut extras = Vec::new();
    let mut extra =
        |key: &str, value: Option<&str>| extras.extend(value.map(|value| json!({ "key": key, "value": value })));
    extra("theme", description.topic.as_deref());
    extra("provenance", description.source.as_deref());
    extra("frequency", description.frequency.map(Frequency::code));
    extra("issued", description.issued.as_deref());
    extra("modified", description.modified.as_deref());
    description.identifiers.iter().for_each(|identifier| extra("identifier", Some(identifier)));
    package.list("extras", extras);
    let resources = resources(description, lost);
    package.put("num_tags", Some(description.keywords.len()));
    package.put("num_resources", Some(resources.len()));
    package.put("state", Some("active"));
    package.put("resources", Some(resources));
    document(&package.into())
}

fn resources(description: &Description, lost: &mut Losses) -> Vec<Value> {
    let mut order = Vec::new();
    let mut resources = Vec::new();
    for (at, file) in description.distributions.iter().enumerate() {
        let mut own = description.tables.iter().enumerate().filter(|(_, table)| table.distribution == Some(at));
        let mut node = put_file(file, &format!("/distributions/{at}"), lost);
        if let Some((position, table)) = own.next() {
            order.push(position);
            let path = format!("/tables/{position}");
            let mut schema = table_schema::write(table, &path, lost);
            if let Value::Object(schema) = &mut schema {
                schema.insert("name".to_owned(), table.name.clone().into());
                for (name, phrase) in [("title", &table.title), ("description", &table.description)] {
                    schema.extend(
                        plain(phrase, &format!("{path}/{name}"), lost).map(|words| (name.to_owned(), words.into())),
                    );
                }
            }
            node.put("schema", Some(schema));
        }
        resources.push(node.into());
    }
    // A resource is a file: a table in none has no place.
    for position in (0..description.tables.len()).filter(|position| !order.contains(position)) {
        lost.left(
            format!("/tables/{position}"),
            "没有文件的数据表在 CKAN 中没有位置",
            "a table without a file of its own has no place in CKAN",
        );
    }
    if !order.is_sorted() {
        lost.changed("/tables", "数据表按文件的次序写出", "the tables stand in the order of their files");
    }
    resources
}

fn put_file(file: &Distribution, path: &str, lost: &mut Losses) -> Object {
    let mut node = Object::default();
    node.put("name", plain(&file.title, &format!("{path}/title"), lost));
    node.put("description", plain(&file.description, &format!("{path}/description"), lost));
    node.put("format", file.format.clone());
    node.put("mimetype", file.media_type.clone());
    node.put("size", file.bytes);
    node.put("hash", file.checksum.as_ref().map(|sum| sum.value.clone()));
    node.put("hash_algorithm", file.checksum.as_ref().map(|sum| sum.algorithm.clone()));
    node.put("url", Some(file.address.clone().unwrap_or_default()));
    if file.address.is_none() {
        lost.missing(format!("{path}/address"), "CKAN 的资源须有 url", "CKAN asks a resource for a url");
    }
    node
}
