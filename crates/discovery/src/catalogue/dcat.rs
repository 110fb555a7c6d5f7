//! DCAT as JSON-LD, in the manner of DCAT-AP 3: a `dcat:Catalog` with its data sets and services; its pages are linked by Hydra.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

use super::page::{From, Page};
use super::record::{Record, Service, named};
use super::{Catalogue, Format, linked, note_record};
use crate::metadata::loss::Losses;
use crate::metadata::recognise::Sample;
use crate::metadata::write::{Object, document, report_beyond, spoken};
use crate::metadata::{Description, Distribution, Phrase, address, dcat, ld, topic_name};

pub(super) const FORMAT: Format =
    Format { name: "dcat", title: "DCAT", media_type: "application/ld+json", recognise, read, write: Some(write) };

fn recognise(sample: &Sample<'_>) -> Option<(u16, Text)> {
    sample.json.as_ref()?;
    let names = ["\"dcat:Catalog\"", "\"http://www.w3.org/ns/dcat#Catalog\""];
    if names.iter().any(|name| sample.says(name)) {
        return Some((960, Text::new("有类型为 dcat:Catalog 的节点", "it has a node of the type dcat:Catalog")));
    }
    let sets = ["\"dcat:Dataset\"", "\"http://www.w3.org/ns/dcat#Dataset\""];
    let many = |name: &&str| sample.text.as_deref().is_some_and(|text| text.matches(*name).nth(1).is_some());
    let is_plain = sample.says("dcat") && sample.says("\"Catalog\"");
    (is_plain || sets.iter().any(many))
        .then(|| (800, Text::new("有多个 DCAT 数据集", "it has several data sets of DCAT")))
}

fn read(value: Value, from: &From<'_>, lost: &mut Losses) -> Result<Page, Rejection> {
    linked::read(&FORMAT, value, from, lost)
}

/// Types that DCAT-AP asks for where a member refers to a node that is not said here.
const TYPES: &[(&str, &str)] = &[
    ("dcat:theme", "skos:Concept"),
    ("dct:accrualPeriodicity", "dct:Frequency"),
    ("dct:license", "dct:LicenseDocument"),
    ("dct:format", "dct:MediaTypeOrExtent"),
    ("dcat:mediaType", "dct:MediaType"),
    ("dcat:landingPage", "foaf:Document"),
    ("foaf:homepage", "foaf:Document"),
    ("dct:language", "dct:LinguisticSystem"),
    ("spdx:algorithm", "spdx:ChecksumAlgorithm"),
];

const LANGUAGE: &str = "http://publications.europa.eu/resource/authority/language/";

fn write(catalogue: &Catalogue<'_>, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let about = catalogue.about;
    let mut node = Object::typed("dcat:Catalog");
    let prefixes = ["dcat", "dct", "foaf", "rdfs", "spdx", "xsd", "skos", "hydra", "odrl"];
    node.put("@context", Some(ld::context(&prefixes)));
    node.put("@id", about.id.clone().filter(|id| address::is_absolute(id)));
    node.put("dct:title", spoken(&about.title));
    node.put("dct:description", spoken(if about.description.is_empty() { &about.title } else { &about.description }));
    node.put("dct:publisher", about.publisher.as_ref().map(dcat::put_publisher));
    for (member, is_missing) in [("/title", about.title.is_empty()), ("/publisher", about.publisher.is_none())] {
        if is_missing {
            lost.missing(format!("/about{member}"), "DCAT-AP 要求目录必填", "DCAT-AP asks a catalogue for it");
        }
    }
    node.put("foaf:homepage", iri(about.page.as_deref()));
    node.put(
        "dct:license",
        about.licence.as_deref().map(|said| dcat::reference(said, "dct:LicenseDocument", "rdfs:label")),
    );
    node.put("dct:issued", about.issued.as_deref().map(dcat::moment));
    node.put("dct:modified", about.modified.as_deref().map(dcat::moment));
    node.list("dct:language", languages(catalogue));
    if about.participant_id.is_some() {
        lost.left("/about/participantId", "DCAT 没有对应项", "DCAT has nothing for it");
    }
    let mut services = BTreeMap::new();
    let mut sets = Vec::new();
    for (at, record) in catalogue.records.iter().enumerate() {
        let mut of_record = Losses::default();
        sets.push(put_record(record, &mut services, &mut of_record));
        note_record(at, of_record, lost);
    }
    node.list("dcat:dataset", sets);
    node.list("dcat:service", services.into_values().collect());
    let mut whole: Value = node.into();
    typed(&mut whole);
    if let (Some((own, next)), Value::Object(members)) = (catalogue.next, &mut whole) {
        let view = json!({ "@id": own, "@type": "hydra:PartialCollectionView", "hydra:next": { "@id": next } });
        members.insert("hydra:totalItems".to_owned(), catalogue.total.into());
        members.insert("hydra:view".to_owned(), view);
    }
    document(&whole)
}

fn iri(said: Option<&str>) -> Option<Value> {
    said.filter(|said| address::is_absolute(said)).map(|said| json!({ "@id": said }))
}

/// The languages in which the records are.
fn languages(catalogue: &Catalogue<'_>) -> Vec<Value> {
    let titles = || catalogue.records.iter().map(|record| &record.description.title);
    [("ZHO", titles().any(|title| !title.zh.is_empty())), ("ENG", titles().any(|title| !title.en.is_empty()))]
        .into_iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(language, _)| json!({ "@id": format!("{LANGUAGE}{language}") }))
        .collect()
}

fn put_record(record: &Record, services: &mut BTreeMap<String, Value>, lost: &mut Losses) -> Value {
    let mut said = record.description.clone();
    for (phrase, path) in [(&mut said.title, "/title"), (&mut said.description, "/description")] {
        if phrase.is_empty() {
            let other = &record.description.title;
            *phrase = if other.is_empty() { Phrase::of(record.key.as_str()) } else { other.clone() };
            lost.missing(
                path,
                "DCAT-AP 必填，以名称或标识代替",
                "DCAT-AP asks for it; the title or the identifier stands for it",
            );
        }
    }
    if !said.identifiers.contains(&record.key) {
        said.identifiers.push(record.key.clone());
    }
    if said.modified.is_none() {
        said.modified = record.modified.map(|at| at.to_string());
    }
    let mut files: Vec<Distribution> = Vec::new();
    for (at, file) in said.distributions.iter().enumerate() {
        if file.address.as_deref().is_some_and(address::is_absolute) {
            files.push(file.clone());
        } else {
            lost.left(
                format!("/distributions/{at}"),
                "没有绝对地址的分发不能写入 DCAT-AP 目录",
                "a distribution without an absolute address has no place in a catalogue of DCAT-AP",
            );
        }
    }
    let mut node = Object::typed("dcat:Dataset");
    dcat::put_dataset(&mut node, &said, &files, lost);
    let mut set: Value = node.into();
    let id = if address::is_absolute(&record.key) { record.key.clone() } else { named(&record.key) };
    if let Value::Object(members) = &mut set {
        members.insert("@id".to_owned(), id.clone().into());
        let own: Vec<Value> = record.services.iter().map(|service| put_access(service, &id, services)).collect();
        match members.get_mut("dcat:distribution") {
            Some(Value::Array(files)) => files.extend(own),
            _ if own.is_empty() => {}
            _ => {
                members.insert("dcat:distribution".to_owned(), Value::Array(own));
            }
        }
        if !record.offers.is_empty() {
            members.insert("odrl:hasPolicy".to_owned(), Value::Array(record.offers.clone()));
        }
    }
    let beyond = Description { distributions: Vec::new(), ..record.description.clone() };
    report_beyond(&beyond, "DCAT", "DCAT", crate::metadata::dcat::FORMAT.carries, lost);
    for name in registered(record) {
        lost.left(format!("/registration/{name}"), "DCAT 没有对应项", "DCAT has nothing for it");
    }
    set
}

/// The members of NDI-TR-2025-06 that a record has.
fn registered(record: &Record) -> Vec<String> {
    let said = serde_json::to_value(&record.registration).unwrap_or_default();
    said.as_object().into_iter().flat_map(|members| members.keys().cloned()).collect()
}

/// A distribution by a service, and the service itself with the data sets that it serves.
fn put_access(service: &Service, set: &str, services: &mut BTreeMap<String, Value>) -> Value {
    let own = service.id.clone().filter(|id| address::is_absolute(id));
    let id = own.unwrap_or_else(|| service.address.clone());
    let node = services.entry(id.clone()).or_insert_with(|| {
        json!({
            "@id": id, "@type": "dcat:DataService", "dct:title": service.address,
            "dcat:endpointURL": { "@id": service.address }, "dcat:servesDataset": [],
        })
    });
    if let Some(Value::Array(served)) = node.get_mut("dcat:servesDataset") {
        let reference = json!({ "@id": set });
        if !served.contains(&reference) {
            served.push(reference);
        }
    }
    let mut file = Object::typed("dcat:Distribution").with("dcat:accessURL", json!({ "@id": service.address }));
    file.put(
        "dct:format",
        service.format.as_deref().map(|said| dcat::reference(said, "dct:MediaTypeOrExtent", "rdfs:label")),
    );
    file.put("dcat:accessService", Some(json!({ "@id": id })));
    file.into()
}

/// Gives references the types that DCAT-AP asks for.
fn typed(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(typed),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if let Some((_, kind)) = TYPES.iter().find(|(member, _)| member == name) {
                    give(value, kind);
                }
                typed(value);
            }
        }
        _ => {}
    }
}

fn give(value: &mut Value, kind: &str) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| give(value, kind)),
        Value::Object(members) if members.contains_key("@id") => {
            members.entry("@type").or_insert_with(|| kind.into());
            let id = members.get("@id").and_then(Value::as_str).unwrap_or_default();
            let label = theme_label(id);
            if kind == "skos:Concept" {
                members.entry("skos:prefLabel").or_insert(label);
            }
        }
        _ => {}
    }
}

/// What a theme is called: our own topics by their name, of others what stands last in the IRI.
fn theme_label(iri: &str) -> Value {
    let tail = iri.trim_end_matches(['/', '#']).rsplit(['/', '#', ':']).next().unwrap_or_default();
    match topic_name(tail) {
        Some(name) => json!({ "@language": "zh", "@value": name }),
        None => tail.into(),
    }
}
