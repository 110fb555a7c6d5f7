//! DCAT 3 as JSON-LD, in the manner of DCAT-AP 3. The members of a data set and of a distribution are also those that CSVW takes for its own.

use serde_json::{Value, json};
use xinyu_core::fault::Rejection;

use super::code::{Frequency, topic_iri, topic_of};
use super::encoding::Encoding;
use super::ld::{self, Aliases};
use super::loss::Losses;
use super::member::{self, Members};
use super::model::{Checksum, Description, Distribution, Publisher};
use super::recognise::{Guess, Sample};
use super::write::{Object, document, spoken};
use super::{Carried, Format, address};

pub(crate) const FORMAT: Format = Format {
    name: "dcat",
    title: "DCAT",
    extension: ".jsonld",
    media_type: "application/ld+json",
    carries: CARRIES,
    recognise,
    read,
    write: Some(write),
};

const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "dct:title" },
    Carried { member: "/description", place: "dct:description" },
    Carried { member: "/keywords", place: "dcat:keyword" },
    Carried { member: "/topic", place: "dcat:theme (urn:ndi:topic:…)" },
    Carried { member: "/themes", place: "dcat:theme" },
    Carried { member: "/publisher", place: "dct:publisher / foaf:name, dct:identifier" },
    Carried { member: "/source", place: "dct:provenance" },
    Carried { member: "/licence", place: "dct:license" },
    Carried { member: "/frequency", place: "dct:accrualPeriodicity" },
    Carried { member: "/version", place: "dcat:version" },
    Carried { member: "/issued", place: "dct:issued" },
    Carried { member: "/modified", place: "dct:modified" },
    Carried { member: "/identifiers", place: "dct:identifier, @id" },
    Carried { member: "/page", place: "dcat:landingPage" },
    Carried { member: "/distributions", place: "dcat:distribution" },
];

/// Names as they stand where a context that is not fetched explains them.
pub(crate) const ALIASES: Aliases = &[
    ("Dataset", "dcat:Dataset"),
    ("Distribution", "dcat:Distribution"),
    ("title", "dct:title"),
    ("description", "dct:description"),
    ("keyword", "dcat:keyword"),
    ("theme", "dcat:theme"),
    ("publisher", "dct:publisher"),
    ("license", "dct:license"),
    ("accrualPeriodicity", "dct:accrualPeriodicity"),
    ("issued", "dct:issued"),
    ("modified", "dct:modified"),
    ("identifier", "dct:identifier"),
    ("landingPage", "dcat:landingPage"),
    ("distribution", "dcat:distribution"),
    ("dataset", "dcat:dataset"),
    ("accessURL", "dcat:accessURL"),
    ("downloadURL", "dcat:downloadURL"),
    ("mediaType", "dcat:mediaType"),
    ("byteSize", "dcat:byteSize"),
    ("format", "dct:format"),
    ("name", "foaf:name"),
    ("Catalog", "dcat:Catalog"),
    ("DataService", "dcat:DataService"),
    ("accessService", "dcat:accessService"),
    ("catalog", "dcat:catalog"),
    ("endpointDescription", "dcat:endpointDescription"),
    ("endpointURL", "dcat:endpointURL"),
    ("hasPolicy", "odrl:hasPolicy"),
    ("homepage", "foaf:homepage"),
    ("language", "dct:language"),
    ("participantId", "dspace:participantId"),
    ("record", "dcat:record"),
    ("servesDataset", "dcat:servesDataset"),
    ("service", "dcat:service"),
];

const FILE_TYPE: &str = "http://publications.europa.eu/resource/authority/file-type/";
const MEDIA_TYPE: &str = "https://www.iana.org/assignments/media-types/";
const CHECKSUM: &str = "http://spdx.org/rdf/terms#checksumAlgorithm_";

/// File types that the EU's vocabulary names as we do.
const FILE_TYPES: &[&str] = &[
    "CSV", "JSON", "XML", "PARQUET", "XLSX", "XLS", "TSV", "TXT", "ZIP", "GEOJSON", "PDF", "RDF_XML", "JSON_LD", "SQL",
    "HTML", "GZIP",
];

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let names = ["dcat:Dataset", "http://www.w3.org/ns/dcat#Dataset"];
    let is_json = sample.json.is_some();
    if is_json && names.iter().any(|name| sample.says(&format!("\"{name}\""))) {
        return Some(Guess::of(&FORMAT, 950, "有类型为 dcat:Dataset 的节点", "it has a node of the type dcat:Dataset"));
    }
    (is_json && sample.says("dcat#"))
        .then(|| Guess::of(&FORMAT, 600, "使用 DCAT 词表", "it uses the vocabulary of DCAT"))
}

fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (value, encoding) = member::parse(bytes, FORMAT.title)?;
    let mut node = ld::find(value, &["dcat:Dataset", "dcat:DatasetSeries"], ALIASES, FORMAT.title, lost)?;
    let description = dataset(&mut node, lost);
    node.finish(lost);
    Ok((description, encoding))
}

/// Takes the members of a data set.
pub(crate) fn dataset(node: &mut Members, lost: &mut Losses) -> Description {
    node.pass(&["@type"]);
    let mut description = Description {
        title: node.words("dct:title", lost),
        description: node.words("dct:description", lost),
        keywords: keywords(node, "dcat:keyword", lost),
        publisher: publisher(node, lost),
        source: labelled(node, "dct:provenance", lost),
        licence: labelled(node, "dct:license", lost),
        version: node.text("dcat:version", lost).or_else(|| node.text("owl:versionInfo", lost)),
        issued: node.time("dct:issued", lost),
        modified: node.time("dct:modified", lost),
        identifiers: node.texts("dct:identifier", lost),
        page: node.address("dcat:landingPage", lost),
        ..Description::default()
    };
    let is_new = |id: &String| address::is_absolute(id) && !description.identifiers.contains(id);
    if let Some(id) = node.text("@id", lost).filter(is_new) {
        description.identifiers.insert(0, id);
    }
    themes(node, &mut description, lost);
    let path = node.pointer("dct:accrualPeriodicity");
    if let Some(said) = labelled(node, "dct:accrualPeriodicity", lost) {
        description.frequency = Frequency::recognise(&said);
        if description.frequency.is_none() {
            lost.left(path, "NDI-TR-2025-06 没有相应的更新频率", "NDI-TR-2025-06 has no such frequency");
        }
    }
    for mut node in node.each("dcat:distribution", lost) {
        description.distributions.push(distribution(&mut node, &mut description.licence, lost));
        node.finish(lost);
    }
    description
}

/// Keywords, whose languages are not kept.
fn keywords(node: &mut Members, name: &str, lost: &mut Losses) -> Vec<String> {
    let has_language = |value: &Value| value.get("@language").is_some();
    let is_spoken = match node.peek(name) {
        Some(Value::Array(list)) => list.iter().any(has_language),
        Some(value) => has_language(value),
        None => false,
    };
    if is_spoken {
        lost.changed(node.pointer(name), "关键词的语言标记未保留", "the languages of the keywords are not kept");
    }
    node.texts(name, lost)
}

fn themes(node: &mut Members, description: &mut Description, lost: &mut Losses) {
    for (path, value) in node.list("dcat:theme") {
        let Some(theme) = label(&path, value, lost) else { continue };
        match topic_of(&theme) {
            Some(topic) if description.topic.is_none() => description.topic = Some(topic),
            _ => description.themes.push(theme),
        }
    }
}

pub(crate) fn publisher(node: &mut Members, lost: &mut Losses) -> Option<Publisher> {
    let mut agent = match node.peek("dct:publisher")? {
        Value::String(_) => {
            let name = node.text("dct:publisher", lost)?;
            return Some(Publisher { name, identifier: None });
        }
        _ => node.one("dct:publisher", lost)?,
    };
    agent.pass(&["@type"]);
    let id = agent.text("@id", lost).filter(|id| address::is_absolute(id));
    let words = agent.words("foaf:name", lost);
    if !words.zh.is_empty() && !words.en.is_empty() {
        lost.left(
            agent.pointer("foaf:name"),
            "只保留发布者的中文名称",
            "only the Chinese name of the publisher is kept",
        );
    }
    let identifier = agent.text("dct:identifier", lost).or(id);
    let publisher = Publisher { name: words.words().to_owned(), identifier };
    agent.finish(lost);
    (publisher != Publisher::default()).then_some(publisher)
}

fn distribution(node: &mut Members, licence: &mut Option<String>, lost: &mut Losses) -> Distribution {
    node.pass(&["@type", "@id"]);
    let path = node.pointer("dct:license");
    let own = labelled(node, "dct:license", lost);
    match (&*licence, own) {
        (None, own) => *licence = own,
        (Some(whole), Some(own)) if *whole != own => {
            lost.left(path, "与数据集不同的许可未保留", "a licence other than that of the data set is not kept");
        }
        _ => {}
    }
    let without = |prefix: &str, said: String| said.strip_prefix(prefix).map(str::to_owned).unwrap_or(said);
    let download = node.address("dcat:downloadURL", lost);
    let path = node.pointer("dcat:accessURL");
    let access = node.address("dcat:accessURL", lost);
    if download.is_some() && access.is_some() && download != access {
        lost.left(
            path,
            "已有下载地址，访问地址未保留",
            "there is an address to download from, and the other one is not kept",
        );
    }
    Distribution {
        title: node.words("dct:title", lost),
        description: node.words("dct:description", lost),
        format: labelled(node, "dct:format", lost).map(|said| without(FILE_TYPE, said)),
        media_type: labelled(node, "dcat:mediaType", lost)
            .map(|said| without(MEDIA_TYPE, without("http://www.iana.org/assignments/media-types/", said))),
        bytes: node.number("dcat:byteSize", lost),
        checksum: node.one("spdx:checksum", lost).and_then(|node| checksum(node, lost)),
        address: download.or(access),
    }
}

fn checksum(mut node: Members, lost: &mut Losses) -> Option<Checksum> {
    node.pass(&["@type", "@id"]);
    let path = node.path().to_owned();
    let algorithm = node.text("spdx:algorithm", lost);
    let value = node.text("spdx:checksumValue", lost);
    node.finish(lost);
    let name = algorithm.map(|iri| iri.rsplit(['_', '/', '#', ':']).next().unwrap_or_default().to_owned());
    Checksum::of(&name.unwrap_or_default(), &value.unwrap_or_default(), &path, lost)
}

/// A text, an IRI, or a node that is named by its label.
fn labelled(node: &mut Members, name: &str, lost: &mut Losses) -> Option<String> {
    let mut list = node.list(name).into_iter();
    let first = list.next();
    list.for_each(|(path, _)| member::more(&path, lost));
    first.and_then(|(path, value)| label(&path, value, lost))
}

fn label(path: &str, value: Value, lost: &mut Losses) -> Option<String> {
    let is_node = value
        .as_object()
        .is_some_and(|object| !object.contains_key("@value") && (object.len() > 1 || !object.contains_key("@id")));
    if !is_node {
        return member::text(path, value, lost);
    }
    let mut node = Members::of(path, value, lost)?;
    node.pass(&["@type"]);
    let id = node.text("@id", lost).filter(|id| address::is_absolute(id));
    let mut label = None;
    for name in ["rdfs:label", "dct:title", "skos:prefLabel", "foaf:name"] {
        if id.is_some() && node.has(name) {
            node.pass(&[name]);
        } else if label.is_none() {
            label = Some(node.words(name, lost).words().to_owned()).filter(|words| !words.is_empty());
        }
    }
    node.finish(lost);
    id.or(label)
}

fn write(description: &Description, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut node = Object::typed("dcat:Dataset");
    node.put("@context", Some(ld::context(&["dcat", "dct", "foaf", "rdfs", "spdx", "xsd"])));
    put_dataset(&mut node, description, &description.distributions, lost);
    for (member, is_missing) in
        [("/title", description.title.is_empty()), ("/description", description.description.is_empty())]
    {
        if is_missing {
            lost.missing(member, "DCAT-AP 必填", "DCAT-AP asks for it");
        }
    }
    document(&node.into())
}

/// Puts the members of a data set, and of some of its distributions.
pub(crate) fn put_dataset(
    node: &mut Object,
    description: &Description,
    distributions: &[Distribution],
    lost: &mut Losses,
) {
    let texts = |list: &[String]| list.iter().map(|text| text.clone().into()).collect();
    node.put("@id", description.identifiers.iter().find(|id| address::is_absolute(id)).cloned());
    node.put("dct:title", spoken(&description.title));
    node.put("dct:description", spoken(&description.description));
    node.list("dcat:keyword", texts(&description.keywords));
    let topic = description.topic.as_deref().map(topic_iri);
    let themes =
        topic.iter().chain(&description.themes).map(|theme| reference(theme, "skos:Concept", "skos:prefLabel"));
    node.list("dcat:theme", themes.collect());
    node.put("dct:publisher", description.publisher.as_ref().map(put_publisher));
    let source = |source: &String| json!({ "@type": "dct:ProvenanceStatement", "rdfs:label": source });
    node.put("dct:provenance", description.source.as_ref().map(source));
    node.put("dct:license", description.licence.as_deref().map(put_licence));
    node.put("dct:accrualPeriodicity", description.frequency.map(|frequency| json!({ "@id": frequency.iri() })));
    node.put("dcat:version", description.version.clone());
    node.put("dct:issued", description.issued.as_deref().map(moment));
    node.put("dct:modified", description.modified.as_deref().map(moment));
    node.list("dct:identifier", texts(&description.identifiers));
    node.put("dcat:landingPage", put_address(description.page.as_deref(), "/page", lost));
    let put = |(at, one): (usize, &Distribution)| {
        put_distribution(one, description.licence.as_deref(), &format!("/distributions/{at}"), lost)
    };
    let distributions = distributions.iter().enumerate().map(put).collect();
    node.list("dcat:distribution", distributions);
}

pub(crate) fn put_publisher(publisher: &Publisher) -> Value {
    let mut agent = Object::typed("foaf:Agent").with("foaf:name", publisher.name.clone());
    match &publisher.identifier {
        Some(iri) if address::is_absolute(iri) => agent.put("@id", Some(iri.clone())),
        identifier => agent.put("dct:identifier", identifier.clone()),
    }
    agent.into()
}

fn put_licence(licence: &str) -> Value {
    reference(licence, "dct:LicenseDocument", "rdfs:label")
}

/// An IRI, or else a node of that type with a label.
pub(crate) fn reference(said: &str, kind: &str, label: &str) -> Value {
    if address::is_absolute(said) { json!({ "@id": said }) } else { json!({ "@type": kind, label: said }) }
}

/// A day or moment with its type.
pub(crate) fn moment(said: &str) -> Value {
    let kind = match said.len() {
        4 => "xsd:gYear",
        7 => "xsd:gYearMonth",
        10 => "xsd:date",
        _ => "xsd:dateTime",
    };
    json!({ "@type": kind, "@value": said })
}

fn put_address(said: Option<&str>, path: &str, lost: &mut Losses) -> Option<Value> {
    let said = said?;
    if address::is_iri(said) {
        return Some(json!({ "@id": said }));
    }
    lost.left(path, "不能作为 IRI 写出", "it cannot be written as an IRI");
    None
}

pub(crate) fn put_distribution(one: &Distribution, licence: Option<&str>, path: &str, lost: &mut Losses) -> Value {
    let mut node = Object::typed("dcat:Distribution");
    node.put("dct:title", spoken(&one.title));
    node.put("dct:description", spoken(&one.description));
    node.put("dct:license", licence.map(put_licence));
    let format = |format: &String| {
        let iri = FILE_TYPES.contains(&format.as_str()).then(|| format!("{FILE_TYPE}{format}"));
        reference(&iri.unwrap_or_else(|| format.clone()), "dct:MediaTypeOrExtent", "rdfs:label")
    };
    node.put("dct:format", one.format.as_ref().map(format));
    let media_type = |media_type: &String| {
        let is_plain = media_type.split_once('/').is_some_and(|(kind, rest)| {
            let is_token =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
            is_token(kind) && is_token(rest)
        });
        let iri = if is_plain { format!("{MEDIA_TYPE}{media_type}") } else { media_type.clone() };
        reference(&iri, "dct:MediaType", "rdfs:label")
    };
    node.put("dcat:mediaType", one.media_type.as_ref().map(media_type));
    let size = |bytes: u64| json!({ "@type": "xsd:nonNegativeInteger", "@value": bytes.to_string() });
    node.put("dcat:byteSize", one.bytes.map(size));
    let sum = |sum: &Checksum| {
        json!({
            "@type": "spdx:Checksum",
            "spdx:algorithm": { "@id": format!("{CHECKSUM}{}", sum.algorithm) },
            "spdx:checksumValue": { "@type": "xsd:hexBinary", "@value": sum.value },
        })
    };
    node.put("spdx:checksum", one.checksum.as_ref().map(sum));
    match put_address(one.address.as_deref(), &format!("{path}/address"), lost) {
        Some(address) => {
            node.put("dcat:accessURL", Some(address.clone()));
            node.put("dcat:downloadURL", Some(address));
        }
        None => lost.missing(
            format!("{path}/address"),
            "DCAT-AP 要求分发有访问地址",
            "DCAT-AP asks a distribution for an address",
        ),
    }
    node.into()
}
