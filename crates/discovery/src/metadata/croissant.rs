//! Croissant 1.0 and 1.1, the description of data sets for machine learning: schema.org's Dataset with files and sets of records.

use serde_json::{Value, json};
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;

use super::encoding::Encoding;
use super::ld::{self, Aliases};
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Description, Distribution, Field, ForeignKey, Table};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, plain};
use super::{Carried, Format, kind, schema_org};

pub(super) const FORMAT: Format = Format {
    name: "croissant",
    title: "Croissant",
    extension: ".json",
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
    Carried { member: "/topic", place: "about" },
    Carried { member: "/themes", place: "about" },
    Carried { member: "/publisher", place: "publisher" },
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
    Carried { member: "/distributions/*/checksum", place: "distribution[].sha256, md5" },
    Carried { member: "/distributions/*/address", place: "distribution[].contentUrl" },
    Carried { member: "/tables/*/name", place: "recordSet[].@id" },
    Carried { member: "/tables/*/title", place: "recordSet[].name" },
    Carried { member: "/tables/*/description", place: "recordSet[].description" },
    Carried { member: "/tables/*/distribution", place: "recordSet[].field[].source.fileObject" },
    Carried { member: "/tables/*/fields/*/name", place: "field[].source.extract.column, @id" },
    Carried { member: "/tables/*/fields/*/title", place: "field[].name" },
    Carried { member: "/tables/*/fields/*/description", place: "field[].description" },
    Carried { member: "/tables/*/fields/*/kind", place: "field[].dataType" },
    Carried { member: "/tables/*/fields/*/concept", place: "field[].equivalentProperty" },
    Carried { member: "/tables/*/primaryKey", place: "recordSet[].key" },
    Carried { member: "/tables/*/foreignKeys", place: "field[].references" },
];

const ALIASES: Aliases = &[];

/// The context that the standard prescribes.
const TERMS: &[&str] = &[
    "citeAs",
    "column",
    "equivalentProperty",
    "extract",
    "field",
    "fileProperty",
    "fileObject",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
];

const KINDS: &[(&str, ColumnKind)] = &[
    ("schema:Text", ColumnKind::Text),
    ("schema:Integer", ColumnKind::Integer),
    ("schema:Float", ColumnKind::Real),
    ("schema:Boolean", ColumnKind::Boolean),
    ("schema:Date", ColumnKind::Date),
    ("schema:DateTime", ColumnKind::Timestamp),
];
const WIDER: &[(&str, ColumnKind)] = &[
    ("Number", ColumnKind::Real),
    ("URL", ColumnKind::Text),
    ("Time", ColumnKind::Text),
    ("Enumeration", ColumnKind::Text),
    ("Int8", ColumnKind::Integer),
    ("Int16", ColumnKind::Integer),
    ("Int32", ColumnKind::Integer),
    ("Int64", ColumnKind::Integer),
    ("UInt8", ColumnKind::Integer),
    ("UInt16", ColumnKind::Integer),
    ("UInt32", ColumnKind::Integer),
    ("UInt64", ColumnKind::Integer),
    ("Float16", ColumnKind::Real),
    ("Float32", ColumnKind::Real),
    ("Float64", ColumnKind::Real),
];

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    sample.json.as_ref()?;
    let has_records = ["recordSet", "cr:recordSet"].into_iter().any(|name| sample.has(name));
    match (sample.says("mlcommons.org/croissant"), has_records) {
        (true, true) => Some(Guess::of(
            &FORMAT,
            990,
            "声明为 Croissant 且有 recordSet",
            "it says that it is Croissant and has sets of records",
        )),
        (true, false) => Some(Guess::of(&FORMAT, 930, "使用 Croissant 词表", "it uses the vocabulary of Croissant")),
        _ => None,
    }
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (value, encoding) = member::parse(bytes, FORMAT.title)?;
    let mut node = ld::find(value, &["schema:Dataset"], ALIASES, FORMAT.title, lost)?;
    let mut description = schema_org::dataset(&mut node, lost);
    if description.title.words() == UNNAMED {
        description.title = super::Phrase::default();
    }
    let mut files = Vec::new();
    for mut file in node.each("schema:distribution", lost) {
        files.push(file.text("@id", lost).unwrap_or_default());
        description.distributions.push(distribution(&mut file, lost));
        file.finish(lost);
    }
    for mut set in node.each("cr:recordSet", lost) {
        let table = table(&mut set, &files, lost);
        set.finish(lost);
        description.tables.push(table);
    }
    node.pass_if("cr:isLiveDataset", &json!(false));
    node.finish(lost);
    Ok((description, encoding))
}

fn distribution(node: &mut Members, lost: &mut Losses) -> Distribution {
    node.pass(&["@type"]);
    let checksum = schema_org::checksum(node, lost);
    let mut file = Distribution {
        title: node.words("schema:name", lost),
        description: node.words("schema:description", lost),
        format: None,
        media_type: node.text("schema:encodingFormat", lost),
        bytes: schema_org::size(node, lost),
        checksum,
        address: None,
    };
    if node.peek("schema:contentUrl").is_some_and(|url| url != "") {
        file.address = node.address("schema:contentUrl", lost);
    }
    if file.title.words().starts_with(UNNAMED_FILE) {
        file.title = super::Phrase::default();
    }
    file
}

fn table(node: &mut Members, files: &[String], lost: &mut Losses) -> Table {
    node.pass(&["@type"]);
    let id = node.text("@id", lost);
    let title = node.words("schema:name", lost);
    let name = id.unwrap_or_else(|| title.words().to_owned());
    let title = if title.words() == name { super::Phrase::default() } else { title };
    let mut table = Table { name, title, description: node.words("schema:description", lost), ..Table::default() };
    for (path, value) in node.list("cr:key") {
        match member::reference(&value) {
            Some(id) => table.primary_key.push(within(id, &table.name)),
            None => member::wrong(&path, "字段的引用", "a reference to a field", lost),
        }
    }
    node.pass_if("cr:data", &json!([]));
    for mut one in node.each("cr:field", lost) {
        field(&mut one, &mut table, files, lost);
        one.finish(lost);
    }
    table
}

/// `id` of `orders/id`.
fn within(id: &str, table: &str) -> String {
    id.strip_prefix(table).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id).to_owned()
}

fn field(node: &mut Members, table: &mut Table, files: &[String], lost: &mut Losses) {
    node.pass(&["@type"]);
    let id = node.text("@id", lost).map(|id| within(&id, &table.name));
    let title = node.words("schema:name", lost);
    let column = source(node, table, files, lost);
    let name = id.or(column.clone()).unwrap_or_else(|| title.words().to_owned());
    if column.is_some_and(|column| column != name) {
        lost.left(
            node.pointer("cr:source"),
            "列名与字段名不同，采用字段名",
            "the name of the column is another one, and that of the field is taken",
        );
    }
    let mut field = Field::new(name.clone(), ColumnKind::Text);
    field.title = if title.words() == name { super::Phrase::default() } else { title };
    field.description = node.words("schema:description", lost);
    field.concept = node.text("cr:equivalentProperty", lost);
    field.kind = read_kind(node, lost);
    node.pass_if("cr:repeated", &json!(false));
    if let Some(mut reference) = node.has("cr:references").then(|| node.one("cr:references", lost)).flatten() {
        let target = reference.take("cr:field").and_then(|value| member::reference(&value).map(str::to_owned));
        match target.as_deref().and_then(|target| target.rsplit_once('/')) {
            Some((other, column)) => table.foreign_keys.push(ForeignKey {
                columns: vec![name.clone()],
                table: other.to_owned(),
                referenced: vec![column.to_owned()],
            }),
            None => lost.left(reference.path(), "所引用的不是字段", "it does not refer to a field"),
        }
        reference.finish(lost);
    }
    table.push(field, node.path(), lost);
}

/// Takes where a field comes from: the file is the table's, the column answered.
fn source(node: &mut Members, table: &mut Table, files: &[String], lost: &mut Losses) -> Option<String> {
    let mut source = node.has("cr:source").then(|| node.one("cr:source", lost)).flatten()?;
    source.pass(&["@type", "@id"]);
    let path = source.pointer("cr:fileObject");
    if let Some(file) = source.take("cr:fileObject") {
        let position = member::reference(&file).and_then(|id| files.iter().position(|file| file == id));
        match (position, table.distribution) {
            (None, _) => lost.left(path, "所引用的文件不在其中", "the file it refers to is not there"),
            (position, None) => table.distribution = position,
            (position, known) if position != known => lost.left(path, "一张表只对应一个文件", "a table is of one file"),
            _ => {}
        }
    }
    let mut extract = source.has("cr:extract").then(|| source.one("cr:extract", lost)).flatten();
    let column = extract.as_mut().and_then(|extract| extract.text("cr:column", lost));
    if let Some(extract) = extract {
        extract.finish(lost);
    }
    source.finish(lost);
    column
}

fn read_kind(node: &mut Members, lost: &mut Losses) -> ColumnKind {
    let mut found = None;
    for (path, value) in node.list("cr:dataType") {
        let said = member::text(&path, value, lost).unwrap_or_default();
        let name = said.rsplit([':', '/', '#']).next().unwrap_or_default();
        let exact = KINDS.iter().find(|(known, _)| known.ends_with(&format!(":{name}"))).map(|(_, kind)| *kind);
        let wider = || {
            WIDER
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, kind)| *kind)
                .or_else(|| kind::of_xsd(name).map(kind::Fit::kind))
        };
        match (exact, found) {
            (Some(kind), None) => found = Some(kind),
            (None, None) => {
                let known = wider();
                let kind = known.unwrap_or(ColumnKind::Text);
                member::other_kind(&path, known.is_some(), kind, lost);
                // What is unknown may be what the values mean, beside what they are.
                found = known;
            }
            (_, Some(_)) => member::more(&path, lost),
        }
    }
    found.unwrap_or(ColumnKind::Text)
}

const UNNAMED: &str = "data-set";
const UNNAMED_FILE: &str = "file-";

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut node = Object::typed("sc:Dataset")
        .with("@context", context())
        .with("conformsTo", "http://mlcommons.org/croissant/1.0");
    schema_org::put_dataset(&mut node, description);
    node.put("name", Some(plain(&description.title, "/title", lost).unwrap_or_else(|| UNNAMED.to_owned())));
    node.put("description", plain(&description.description, "/description", lost));
    let files = description.distributions.iter().enumerate().map(|(at, file)| put_file(file, at, lost));
    node.list("distribution", files.collect());
    let sets = description.tables.iter().enumerate().map(|(at, table)| put_table(table, at, description, lost));
    node.list("recordSet", sets.collect());
    for (member, is_missing) in [
        ("/title", description.title.is_empty()),
        ("/description", description.description.is_empty()),
        ("/licence", description.licence.is_none()),
        ("/page", description.page.is_none()),
        ("/issued", description.issued.is_none()),
    ] {
        if is_missing {
            lost.missing(member, "Croissant 要求填写", "Croissant asks for it");
        }
    }
    document(&node.into())
}

fn context() -> Value {
    let mut context = Object::default()
        .with("@language", "en")
        .with("@vocab", "https://schema.org/")
        .with("sc", "https://schema.org/")
        .with("cr", "http://mlcommons.org/croissant/")
        .with("rai", "http://mlcommons.org/croissant/RAI/")
        .with("dct", "http://purl.org/dc/terms/")
        .with("conformsTo", "dct:conformsTo")
        .with("data", json!({ "@id": "cr:data", "@type": "@json" }))
        .with("examples", json!({ "@id": "cr:examples", "@type": "@json" }))
        .with("dataType", json!({ "@id": "cr:dataType", "@type": "@vocab" }));
    for term in TERMS {
        context.put(term, Some(format!("cr:{term}")));
    }
    context.into()
}

fn put_file(file: &Distribution, at: usize, lost: &mut Losses) -> Value {
    let path = format!("/distributions/{at}");
    let name =
        plain(&file.title, &format!("{path}/title"), lost).unwrap_or_else(|| format!("{UNNAMED_FILE}{}", at + 1));
    let mut node = Object::typed("cr:FileObject").with("@id", format!("{UNNAMED_FILE}{}", at + 1)).with("name", name);
    node.put("description", plain(&file.description, &format!("{path}/description"), lost));
    node.put("encodingFormat", file.media_type.clone());
    node.put("contentSize", file.bytes.map(|bytes| format!("{bytes} B")));
    node.put("contentUrl", Some(file.address.clone().unwrap_or_default()));
    match &file.checksum {
        Some(sum) if ["sha256", "md5"].contains(&sum.algorithm.as_str()) => {
            node.put(&sum.algorithm, Some(sum.value.clone()))
        }
        Some(_) => lost.left(
            format!("{path}/checksum"),
            "只有 SHA-256 和 MD5 校验值有位置",
            "only checksums by SHA-256 and MD5 have a place",
        ),
        None => lost.missing(
            format!("{path}/checksum"),
            "Croissant 要求文件有 SHA-256 校验值",
            "Croissant asks a file for its SHA-256",
        ),
    }
    for (member, is_missing) in [("address", file.address.is_none()), ("mediaType", file.media_type.is_none())] {
        if is_missing {
            lost.missing(format!("{path}/{member}"), "Croissant 要求填写", "Croissant asks for it");
        }
    }
    node.into()
}

fn put_table(table: &Table, at: usize, description: &Description, lost: &mut Losses) -> Value {
    let path = format!("/tables/{at}");
    let mut node = Object::typed("cr:RecordSet").with("@id", table.name.clone());
    node.put("name", Some(plain(&table.title, &format!("{path}/title"), lost).unwrap_or_else(|| table.name.clone())));
    node.put("description", plain(&table.description, &format!("{path}/description"), lost));
    let own = |column: &String| json!({ "@id": format!("{}/{column}", table.name) });
    node.list("key", table.primary_key.iter().map(own).collect());
    let file = table.distribution.filter(|at| *at < description.distributions.len());
    if file.is_none() {
        lost.missing(
            format!("{path}/distribution"),
            "Croissant 的字段须有来源文件",
            "Croissant asks a field for the file it comes from",
        );
    }
    let is_single = |key: &&ForeignKey| key.columns.len() == 1 && key.referenced.len() == 1;
    for (key_at, _) in table.foreign_keys.iter().enumerate().filter(|(_, key)| !is_single(key)) {
        lost.left(format!("{path}/foreignKeys/{key_at}"), "只有单列外键有位置", "only a key of one column has a place");
    }
    let mut seen: Vec<usize> = Vec::new();
    let mut fields = Vec::new();
    for (at, field) in table.fields.iter().enumerate() {
        let mut node = put_field(field, table, file, &format!("{path}/fields/{at}"), lost);
        let mut keys = table
            .foreign_keys
            .iter()
            .enumerate()
            .filter(|(_, key)| is_single(key) && key.columns.first() == Some(&field.name));
        if let Some((key_at, key)) = keys.next() {
            let target = format!("{}/{}", key.table, key.referenced.first().map_or("", String::as_str));
            node.put("references", Some(json!({ "field": { "@id": target } })));
            seen.push(key_at);
        }
        for (key_at, _) in keys {
            lost.left(format!("{path}/foreignKeys/{key_at}"), "一个字段只有一个外键", "a field has one key");
        }
        fields.push(node.into());
    }
    if !seen.is_sorted() {
        lost.changed(
            format!("{path}/foreignKeys"),
            "外键按字段的次序写出",
            "the keys stand in the order of their fields",
        );
    }
    node.list("field", fields);
    node.into()
}

fn put_field(field: &Field, table: &Table, file: Option<usize>, path: &str, lost: &mut Losses) -> Object {
    let name = plain(&field.title, &format!("{path}/title"), lost).unwrap_or_else(|| field.name.clone());
    let kind = KINDS
        .iter()
        .find(|(_, kind)| *kind == field.kind)
        .map_or("schema:Text", |(name, _)| name)
        .replace("schema:", "sc:");
    let mut node = Object::typed("cr:Field")
        .with("@id", format!("{}/{}", table.name, field.name))
        .with("name", name)
        .with("dataType", kind);
    node.put("description", plain(&field.description, &format!("{path}/description"), lost));
    node.put("equivalentProperty", field.concept.clone());
    let source = |at: usize| json!({ "fileObject": { "@id": format!("{UNNAMED_FILE}{}", at + 1) }, "extract": { "column": field.name } });
    node.put("source", file.map(source));
    node
}
