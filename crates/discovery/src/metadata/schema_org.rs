//! schema.org's Dataset as JSON-LD, as search engines read it. Tables are parts of the data set, columns what it measures.

use serde_json::{Value, json};
use xinyu_core::data::{Cell, ColumnKind};
use xinyu_core::fault::Rejection;

use super::code::{Frequency, topic_iri, topic_of};
use super::encoding::Encoding;
use super::ld::{self, Aliases};
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Checksum, Description, Distribution, Field, Publisher, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, spoken};
use super::{Carried, Format, address, kind};

pub(super) const FORMAT: Format = Format {
    name: "schema.org",
    title: "schema.org Dataset",
    extension: ".jsonld",
    media_type: "application/ld+json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "name" },
    Carried { member: "/description", place: "description" },
    Carried { member: "/keywords", place: "keywords" },
    Carried { member: "/topic", place: "about (urn:ndi:topic:…)" },
    Carried { member: "/themes", place: "about" },
    Carried { member: "/publisher", place: "publisher.name, @id or identifier" },
    Carried { member: "/source", place: "creditText" },
    Carried { member: "/licence", place: "license" },
    Carried { member: "/frequency", place: "repeatFrequency" },
    Carried { member: "/version", place: "version" },
    Carried { member: "/issued", place: "datePublished" },
    Carried { member: "/modified", place: "dateModified" },
    Carried { member: "/identifiers", place: "identifier" },
    Carried { member: "/page", place: "url" },
    Carried { member: "/distributions/*/title", place: "distribution[].name" },
    Carried { member: "/distributions/*/description", place: "distribution[].description" },
    Carried { member: "/distributions/*/mediaType", place: "distribution[].encodingFormat" },
    Carried { member: "/distributions/*/bytes", place: "distribution[].contentSize" },
    Carried { member: "/distributions/*/checksum", place: "distribution[].sha256" },
    Carried { member: "/distributions/*/address", place: "distribution[].contentUrl" },
    Carried { member: "/tables/*/name", place: "hasPart[].alternateName" },
    Carried { member: "/tables/*/title", place: "hasPart[].name" },
    Carried { member: "/tables/*/description", place: "hasPart[].description" },
    Carried { member: "/tables/*/fields/*/name", place: "variableMeasured[].alternateName" },
    Carried { member: "/tables/*/fields/*/title", place: "variableMeasured[].name" },
    Carried { member: "/tables/*/fields/*/description", place: "variableMeasured[].description" },
    Carried { member: "/tables/*/fields/*/kind", place: "variableMeasured[].additionalType" },
    Carried { member: "/tables/*/fields/*/unit", place: "variableMeasured[].unitText" },
    Carried { member: "/tables/*/fields/*/concept", place: "variableMeasured[].propertyID" },
    Carried { member: "/tables/*/fields/*/constraints/minimum", place: "variableMeasured[].minValue" },
    Carried { member: "/tables/*/fields/*/constraints/maximum", place: "variableMeasured[].maxValue" },
];

const ALIASES: Aliases = &[];
const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    if sample.json.is_none() || !sample.says("schema.org") {
        return None;
    }
    let is_dataset = ["\"Dataset\"", "schema:Dataset\"", "sc:Dataset\"", "schema.org/Dataset\""]
        .iter()
        .any(|name| sample.says(name));
    is_dataset.then(|| {
        Guess::of(&FORMAT, 900, "有类型为 schema.org Dataset 的节点", "it has a node of the type schema.org Dataset")
    })
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (value, encoding) = member::parse(bytes, FORMAT.title)?;
    let mut node = ld::find(value, &["schema:Dataset"], ALIASES, FORMAT.title, lost)?;
    let mut description = dataset(&mut node, lost);
    for mut file in node.each("schema:distribution", lost) {
        description.distributions.push(distribution(&mut file, lost));
        file.finish(lost);
    }
    for mut part in node.each("schema:hasPart", lost) {
        if !part.has("schema:variableMeasured") && !part.has("schema:alternateName") {
            lost.left(part.path(), "组成部分未列变量，未采用", "a part that names no variables is left out");
            continue;
        }
        part.pass(&["@type"]);
        let title = part.words("schema:name", lost);
        let name = part.text("schema:alternateName", lost).unwrap_or_else(|| title.words().to_owned());
        let mut table = Table { name, title, description: part.words("schema:description", lost), ..Table::default() };
        variables(&mut part, &mut table, lost);
        part.finish(lost);
        description.tables.push(table);
    }
    let mut table = Table { name: "data".to_owned(), ..Table::default() };
    variables(&mut node, &mut table, lost);
    if !table.fields.is_empty() {
        description.tables.push(table);
    }
    node.finish(lost);
    Ok((description, encoding))
}

/// Takes the members of a data set that Croissant has too.
pub(super) fn dataset(node: &mut Members, lost: &mut Losses) -> Description {
    node.pass(&["@type", "dct:conformsTo"]);
    let mut description = Description {
        title: node.words("schema:name", lost),
        description: node.words("schema:description", lost),
        keywords: keywords(node, lost),
        publisher: publisher(node, lost),
        source: node.text("schema:creditText", lost),
        licence: licence(node, lost),
        version: node.text("schema:version", lost),
        issued: node.time("schema:datePublished", lost),
        modified: node.time("schema:dateModified", lost),
        identifiers: node.texts("schema:identifier", lost),
        page: node.address("schema:url", lost),
        ..Description::default()
    };
    if let Some(id) =
        node.text("@id", lost).filter(|id| address::is_absolute(id) && !description.identifiers.contains(id))
    {
        description.identifiers.insert(0, id);
    }
    for theme in node.texts("schema:about", lost) {
        match topic_of(&theme) {
            Some(topic) if description.topic.is_none() => description.topic = Some(topic),
            _ => description.themes.push(theme),
        }
    }
    let path = node.pointer("schema:repeatFrequency");
    if let Some(said) = node.text("schema:repeatFrequency", lost) {
        description.frequency = Frequency::recognise(&said);
        if description.frequency.is_none() {
            lost.left(path, "NDI-TR-2025-06 没有相应的更新频率", "NDI-TR-2025-06 has no such frequency");
        }
    }
    description
}

/// A list, or one text with commas.
fn keywords(node: &mut Members, lost: &mut Losses) -> Vec<String> {
    let Some(Value::String(text)) = node.peek("schema:keywords") else { return node.texts("schema:keywords", lost) };
    let words: Vec<Value> =
        text.split([',', '，', '、']).map(|word| word.trim().into()).filter(|word| word != "").collect();
    node.replace("schema:keywords", Value::Array(words));
    node.texts("schema:keywords", lost)
}

fn publisher(node: &mut Members, lost: &mut Losses) -> Option<Publisher> {
    if let Some(Value::String(_)) = node.peek("schema:publisher") {
        return node.text("schema:publisher", lost).map(|name| Publisher { name, identifier: None });
    }
    let mut agent = node.has("schema:publisher").then(|| node.one("schema:publisher", lost)).flatten()?;
    let value = json!({ "@type": agent.take("@type").unwrap_or_default() });
    if ld::is_of(&value, &["schema:Person"]) {
        lost.left(agent.path(), "联系人信息不随元数据流转", "details of persons do not travel with a description");
        return None;
    }
    let id = agent.text("@id", lost).filter(|id| address::is_absolute(id));
    let name = agent.words("schema:name", lost);
    let identifier = agent.text("schema:identifier", lost).or(id);
    agent.finish(lost);
    Some(Publisher { name: name.words().to_owned(), identifier })
}

fn licence(node: &mut Members, lost: &mut Losses) -> Option<String> {
    let is_node =
        node.peek("schema:license").and_then(Value::as_object).is_some_and(|licence| licence.contains_key("@type"));
    if !is_node {
        return node.text("schema:license", lost);
    }
    let mut licence = node.one("schema:license", lost)?;
    licence.pass(&["@type"]);
    let (address, name) = (licence.address("schema:url", lost), licence.text("schema:name", lost));
    licence.finish(lost);
    address.or(name)
}

fn distribution(node: &mut Members, lost: &mut Losses) -> Distribution {
    node.pass(&["@type", "@id"]);
    let checksum = checksum(node, lost);
    Distribution {
        title: node.words("schema:name", lost),
        description: node.words("schema:description", lost),
        format: None,
        media_type: node.text("schema:encodingFormat", lost),
        bytes: size(node, lost),
        checksum,
        address: node.address("schema:contentUrl", lost),
    }
}

/// Takes a checksum, which stands under the name of its algorithm.
pub(super) fn checksum(node: &mut Members, lost: &mut Losses) -> Option<Checksum> {
    let mut checksum = None;
    for name in ["schema:sha256", "schema:md5", "cr:md5", "cr:sha256"] {
        let path = node.pointer(name);
        let Some(value) = node.text(name, lost) else { continue };
        if checksum.is_none() {
            checksum = Checksum::of(name.rsplit(':').next().unwrap_or_default(), &value, &path, lost);
        } else {
            member::more(&path, lost);
        }
    }
    checksum
}

/// Takes a size: `12345`, `12345 B`, `12 kB`.
pub(super) fn size(node: &mut Members, lost: &mut Losses) -> Option<u64> {
    let path = node.pointer("schema:contentSize");
    let said = node.text("schema:contentSize", lost)?;
    let digits: String = said.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = said.get(digits.len()..).unwrap_or_default().trim().to_ascii_uppercase();
    let scale: Option<u64> = match unit.as_str() {
        "" | "B" | "BYTES" => Some(1),
        "KB" => Some(1_000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        "KIB" => Some(1 << 10),
        "MIB" => Some(1 << 20),
        "GIB" => Some(1 << 30),
        _ => None,
    };
    let size = scale.and_then(|scale| digits.parse::<u64>().ok()?.checked_mul(scale));
    match size {
        None => member::wrong(&path, "整数的字节数", "a whole number of bytes", lost),
        Some(_) if !matches!(unit.as_str(), "" | "B" | "BYTES") => {
            lost.changed(path, "约数换算为字节数", "a rounded size becomes a number of bytes");
        }
        Some(_) => {}
    }
    size
}

fn variables(node: &mut Members, table: &mut Table, lost: &mut Losses) {
    for (path, value) in node.list("schema:variableMeasured") {
        if let Value::String(name) = value {
            let Some(name) = member::clean(&path, name, lost) else { continue };
            table.push(Field::new(name, ColumnKind::Text), &path, lost);
            continue;
        }
        let Some(mut node) = Members::of(path.as_str(), value, lost) else { continue };
        node.pass(&["@type"]);
        let words = node.words("schema:name", lost);
        let (name, title) = match node.text("schema:alternateName", lost) {
            Some(own) => (own, words),
            None => (words.words().to_owned(), super::Phrase::default()),
        };
        if !name.is_empty() {
            let mut field = Field::new(name, ColumnKind::Text);
            field.title = title;
            variable(&mut node, &mut field, lost);
            table.push(field, &path, lost);
            node.finish(lost);
        } else {
            lost.left(path, "变量没有名称，未采用", "a variable without a name is left out");
        }
    }
}

fn variable(node: &mut Members, field: &mut Field, lost: &mut Losses) {
    field.description = node.words("schema:description", lost);
    field.unit = node.text("schema:unitText", lost);
    field.concept = node.text("schema:propertyID", lost);
    let path = node.pointer("schema:additionalType");
    if let Some(said) = node.text("schema:additionalType", lost) {
        let fit = said.starts_with(XSD).then(|| kind::of_xsd(&said)).flatten();
        field.kind = fit.map_or(ColumnKind::Text, kind::Fit::kind);
        if !matches!(fit, Some(kind::Fit::Exact(_))) {
            member::other_kind(&path, fit.is_some(), field.kind, lost);
        }
    }
    let mut limit = |name: &str| {
        let path = node.pointer(name);
        node.take(name).and_then(|value| member::cell(&path, value, field.kind, lost))
    };
    field.constraints.minimum = limit("schema:minValue");
    field.constraints.maximum = limit("schema:maxValue");
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut node = Object::typed("Dataset").with("@context", "https://schema.org/");
    put_dataset(&mut node, description);
    node.put("name", spoken(&description.title));
    node.put("description", spoken(&description.description));
    let files = description
        .distributions
        .iter()
        .enumerate()
        .map(|(at, file)| put_file(file, &format!("/distributions/{at}"), lost));
    node.list("distribution", files.collect());
    let tables = description.tables.iter().map(put_table);
    node.list("hasPart", tables.collect());
    for (member, is_missing) in
        [("/title", description.title.is_empty()), ("/description", description.description.is_empty())]
    {
        if is_missing {
            lost.missing(member, "搜索引擎要求填写", "search engines ask for it");
        }
    }
    document(&node.into())
}

/// Puts the members that Croissant has too, without title and description.
pub(super) fn put_dataset(node: &mut Object, description: &Description) {
    let texts = |list: &[String]| list.iter().map(|text| text.clone().into()).collect();
    node.put("@id", description.identifiers.iter().find(|id| address::is_absolute(id)).cloned());
    node.list("keywords", texts(&description.keywords));
    let topic = description.topic.as_deref().map(topic_iri);
    node.list("about", topic.iter().chain(&description.themes).map(|theme| theme.clone().into()).collect());
    if let Some(publisher) = &description.publisher {
        let mut agent = Object::typed("Organization").with("name", publisher.name.clone());
        match &publisher.identifier {
            Some(iri) if address::is_absolute(iri) => agent.put("@id", Some(iri.clone())),
            identifier => agent.put("identifier", identifier.clone()),
        }
        node.put("publisher", Some(agent));
    }
    node.put("creditText", description.source.clone());
    node.put("license", description.licence.clone());
    node.put("repeatFrequency", description.frequency.map(|frequency| frequency.iri()));
    node.put("version", description.version.clone());
    node.put("datePublished", description.issued.clone());
    node.put("dateModified", description.modified.clone());
    node.list("identifier", texts(&description.identifiers));
    node.put("url", description.page.clone());
}

fn put_file(file: &Distribution, path: &str, lost: &mut Losses) -> Value {
    let mut node = Object::typed("DataDownload");
    node.put("name", spoken(&file.title));
    node.put("description", spoken(&file.description));
    node.put("encodingFormat", file.media_type.clone());
    node.put("contentSize", file.bytes.map(|bytes| format!("{bytes} B")));
    node.put("contentUrl", file.address.clone());
    if let Some(sum) = &file.checksum {
        if sum.algorithm == "sha256" {
            node.put("sha256", Some(sum.value.clone()));
        } else {
            lost.left(
                format!("{path}/checksum"),
                "只有 SHA-256 校验值有位置",
                "only a checksum by SHA-256 has a place",
            );
        }
    }
    node.into()
}

fn put_table(table: &Table) -> Value {
    let mut node = Object::typed("Dataset").with("alternateName", table.name.clone());
    node.put("name", spoken(&table.title));
    node.put("description", spoken(&table.description));
    node.list("variableMeasured", table.fields.iter().map(put_field).collect());
    node.into()
}

fn put_field(field: &Field) -> Value {
    let mut node = Object::typed("PropertyValue").with("alternateName", field.name.clone());
    node.put("name", spoken(&field.title));
    node.put("description", spoken(&field.description));
    node.put("additionalType", Some(format!("{XSD}{}", kind::xsd(field.kind))));
    node.put("unitText", field.unit.clone());
    node.put("propertyID", field.concept.clone());
    let limit = |cell: &Option<Cell>| cell.as_ref().and_then(|cell| serde_json::to_value(cell).ok());
    node.put("minValue", limit(&field.constraints.minimum));
    node.put("maxValue", limit(&field.constraints.maximum));
    node.into()
}
