//! Catalogues in JSON-LD: DCAT's own, and those of the Dataspace Protocol, which are DCAT with offers. Data sets stand within the catalogue, within a catalogue
//! in it, or beside it in a graph.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use xinyu_core::fault::Rejection;

use super::bounds::MAX_KEY;
use super::page::{About, Fault, From, Next, Page};
use super::record::{self, Parts, Record, Service, moment};
use super::{Format, MAX_RECORDS};
use crate::metadata::ld::{self, Graph, Nodes};
use crate::metadata::loss::Losses;
use crate::metadata::member::{self, Members, pointer};
use crate::metadata::{address, dcat, unreadable};

pub(super) const CATALOGUE: &[&str] = &["dcat:Catalog"];
const DATA_SET: &[&str] = &["dcat:Dataset", "dcat:DatasetSeries"];
const SERVICE: &[&str] = &["dcat:DataService"];

/// Members of a catalogue that lead to further nodes, which are read by themselves.
const CONTENT: &[&str] = &["dcat:dataset", "dcat:service", "dcat:catalog", "dcat:record", "dcat:resource"];
/// Where a page names the next one.
const NEXT: &[&str] = &["hydra:next", "hydra:nextPage"];

/// What a walk through the document finds.
#[derive(Debug, Default)]
struct Found<'a> {
    catalogue: Option<(String, &'a Value)>,
    sets: Vec<(String, &'a Value)>,
    services: Vec<&'a Value>,
    /// When a record of the catalogue about a data set was changed, by the data set.
    records: BTreeMap<&'a str, &'a str>,
    next: Option<&'a str>,
}

/// Reads a page.
pub(super) fn read(format: &Format, value: Value, from: &From<'_>, lost: &mut Losses) -> Result<Page, Rejection> {
    let graph = Graph::new(value, dcat::ALIASES);
    let mut found = Found::default();
    gather(graph.document(), String::new(), "", &mut found);
    // A catalogue that names its data sets, and says them beside itself.
    let id = |node: &'_ Value| node.get("@id").and_then(Value::as_str).map(str::to_owned);
    let said: BTreeSet<String> =
        found.sets.iter().filter(|(_, node)| !is_reference(node)).filter_map(|(_, node)| id(node)).collect();
    found.sets.retain(|(_, node)| !is_reference(node) || id(node).is_none_or(|id| !said.contains(&id)));
    if found.catalogue.is_none() && found.sets.len() < 2 {
        return Err(unreadable(format.title, "文中没有目录", "there is no catalogue in it"));
    }
    let mut nodes = graph.nodes();
    let (services, served) = services(&found.services);
    let mut page = Page::bare(None);
    if let Some((path, node)) = &found.catalogue {
        page.about = about(path, node, &mut nodes, lost);
    }
    let mut keys = BTreeSet::new();
    for (path, node) in found.sets.iter().take(MAX_RECORDS) {
        let mut reader = Reader { nodes: &mut nodes, services: &services, served: &served, records: &found.records };
        match reader.record(path, node) {
            Ok(record) => push(record, path, &mut keys, &mut page),
            Err(fault) => page.faults.push(fault),
        }
    }
    beside(graph.document(), &nodes, lost);
    page.next = match found.next {
        _ if found.sets.len() > MAX_RECORDS => Some(Next::Refused),
        next => next.map(|said| Next::of_link(said, from.address)),
    };
    Ok(page)
}

/// A record's key: short enough, and there.
pub(super) fn key(key: Option<String>, place: &str) -> Result<String, Fault> {
    match key {
        Some(key) if key.chars().count() <= MAX_KEY && !key.chars().any(char::is_control) => Ok(key),
        Some(_) => Err(Fault::new(
            place,
            None,
            "标识过长或含控制字符",
            "its identifier is too long or holds control characters",
        )),
        None => Err(Fault::new(place, None, "没有标识", "it has no identifier")),
    }
}

/// Adds a record; a second one of the same key is a fault.
pub(super) fn push(record: Record, place: &str, keys: &mut BTreeSet<String>, page: &mut Page) {
    if keys.insert(record.key.clone()) {
        page.records.push(record);
    } else {
        page.faults.push(Fault::new(
            place,
            Some(record.key),
            "同一标识在本页出现两次，采用第一个",
            "its identifier is on this page already; the first is taken",
        ));
    }
}

/// Whether a node says nothing of itself.
fn is_reference(node: &Value) -> bool {
    node.as_object().is_none_or(|node| node.keys().all(|name| matches!(name.as_str(), "@id" | "@type")))
}

fn gather<'a>(value: &'a Value, path: String, member: &str, found: &mut Found<'a>) {
    let is_set = matches!(member, "dcat:dataset");
    match value {
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                gather(value, format!("{path}/{at}"), member, found);
            }
        }
        Value::Object(object) => {
            let is_catalogue = ld::is_of(value, CATALOGUE);
            if is_catalogue && found.catalogue.is_none() {
                found.catalogue = Some((path.clone(), value));
            }
            if ld::is_of(value, SERVICE) {
                found.services.push(value);
            }
            if !is_catalogue && (is_set || ld::is_of(value, DATA_SET)) {
                services_within(value, found);
                found.sets.push((path, value));
                return;
            }
            for name in NEXT {
                let next = object.get(*name).and_then(member::reference);
                found.next = found.next.or(next);
            }
            if let (Some(set), Some(at)) = (
                object.get("foaf:primaryTopic").and_then(member::reference),
                object.get("dct:modified").and_then(|at| at.as_str().or_else(|| at.get("@value")?.as_str())),
            ) {
                found.records.insert(set, at);
            }
            for (name, value) in object {
                gather(value, pointer(&path, name), name, found);
            }
        }
        Value::Null => {}
        _ if is_set => found.sets.push((path, value)),
        _ => {}
    }
}

/// Services that are said within a data set, for the others that only name them.
fn services_within<'a>(value: &'a Value, found: &mut Found<'a>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| services_within(value, found)),
        Value::Object(object) => {
            if object.contains_key("dcat:endpointURL") {
                found.services.push(value);
            }
            object.values().for_each(|value| services_within(value, found));
        }
        _ => {}
    }
}

type Services = BTreeMap<String, Service>;

/// Services by their identifier, and which of them serve a data set by their own word.
fn services(nodes: &[&Value]) -> (Services, BTreeMap<String, Vec<String>>) {
    let mut services = Services::new();
    let mut served: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in nodes {
        let Some((id, service)) = node.get("@id").and_then(Value::as_str).zip(service(node, &mut Losses::default()))
        else {
            continue;
        };
        let sets = match node.get("dcat:servesDataset") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        for set in sets.into_iter().filter_map(member::reference) {
            served.entry(set.to_owned()).or_default().push(id.to_owned());
        }
        services.entry(id.to_owned()).or_insert(service);
    }
    (services, served)
}

fn service(node: &Value, lost: &mut Losses) -> Option<Service> {
    let said = node
        .get("dcat:endpointURL")
        .and_then(|said| member::reference(said).or_else(|| said.get("@value")?.as_str()))?;
    let address = address::clean(said, "/services", lost)?;
    Some(Service { id: node.get("@id").and_then(Value::as_str).map(str::to_owned), address, format: None })
}

fn about(path: &str, node: &Value, nodes: &mut Nodes<'_>, lost: &mut Losses) -> About {
    let own: Map<String, Value> = node
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !CONTENT.contains(&name.as_str()) && !name.starts_with("hydra:"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let (whole, _) = nodes.whole(&Value::Object(own));
    let Some(mut members) = Members::of(path, whole, lost) else { return About::default() };
    // That the catalogue speaks these languages is seen from its records.
    members.pass(&["@type", "dct:language", "dcat:themeTaxonomy", "odrl:hasPolicy", "dcat:distribution"]);
    let about = About {
        id: members.text("@id", lost),
        title: members.words("dct:title", lost),
        description: members.words("dct:description", lost),
        publisher: dcat::publisher(&mut members, lost),
        page: members.address("foaf:homepage", lost),
        licence: members.text("dct:license", lost),
        issued: members.time("dct:issued", lost),
        modified: members.time("dct:modified", lost),
        participant_id: members.text("dspace:participantId", lost),
    };
    members.finish(lost);
    about
}

struct Reader<'a, 'b> {
    nodes: &'b mut Nodes<'a>,
    services: &'b Services,
    served: &'b BTreeMap<String, Vec<String>>,
    records: &'b BTreeMap<&'a str, &'a str>,
}

impl Reader<'_, '_> {
    fn record(&mut self, path: &str, node: &Value) -> Result<Record, Fault> {
        let id = member::reference(node).map(str::to_owned);
        if is_reference(node) {
            return Err(Fault::new(path, id, "不是数据集的描述", "it is no description of a data set"));
        }
        let (mut whole, is_whole) = self.nodes.whole(node);
        let mut lost = Losses::default();
        if !is_whole {
            lost.changed(path, "引用过多，未展开", "it refers to too much, and the references stay references");
        }
        let mut parts = Parts { services: self.taken(&mut whole, id.as_deref(), &mut lost), ..Parts::default() };
        if let Value::Object(members) = &mut whole {
            parts.offers = match members.remove("odrl:hasPolicy") {
                Some(Value::Array(list)) => list,
                Some(one) => vec![one],
                None => Vec::new(),
            };
            for (own, edc) in [("dct:title", "edc:name"), ("dct:description", "edc:description")] {
                let said = members.remove(edc);
                if let Some(said) = said.filter(|_| !members.contains_key(own)) {
                    members.insert(own.to_owned(), said);
                }
            }
        }
        let Some(mut members) = Members::of(path, whole, &mut lost) else {
            return Err(Fault::new(path, id, "应为对象", "it should be an object"));
        };
        if let Some(id) = &id {
            // EDC says it once more, in its own context or by the name that this has for it.
            for name in ["edc:id", "id"] {
                members.pass_if(name, &Value::from(id.as_str()));
            }
        }
        // A name that our own writer gave to what has none in the Web.
        let id = match id.as_deref().and_then(record::unnamed) {
            Some(own) => {
                members.pass(&["@id"]);
                Some(own)
            }
            None => id,
        };
        parts.description = dcat::dataset(&mut members, &mut lost);
        members.finish(&mut lost);
        let changed = id.as_deref().and_then(|id| self.records.get(id)).and_then(|at| moment(at));
        let own = parts.description.modified.as_deref().and_then(moment);
        let key = key(
            id.filter(|id| !id.starts_with("_:")).or_else(|| parts.description.identifiers.first().cloned()),
            path,
        )?;
        Ok(Record::of(key, own.max(changed), parts, lost))
    }

    /// The services of a data set, taken out of its distributions. A distribution that is nothing beside its service goes with it.
    fn taken(&self, set: &mut Value, id: Option<&str>, lost: &mut Losses) -> Vec<Service> {
        let mut services: Vec<Service> = Vec::new();
        let mut add = |service: Service| {
            if !services.contains(&service) {
                services.push(service);
            }
        };
        let Value::Object(members) = set else { return services };
        let mut files = match members.remove("dcat:distribution") {
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        files.retain_mut(|file| {
            let Value::Object(file) = file else { return true };
            let named = match file.remove("dcat:accessService") {
                Some(Value::Array(list)) => list,
                Some(one) => vec![one],
                None => return true,
            };
            let format = file.get("dct:format");
            let format = format.and_then(|said| member::reference(said).or_else(|| said.get("rdfs:label")?.as_str()));
            let format = format.map(str::to_owned);
            let mut is_only_service = false;
            for node in named {
                let known = || member::reference(&node).and_then(|id| self.services.get(id)).cloned();
                let Some(service) = service(&node, lost).or_else(known) else {
                    lost.left("/services", "引用的服务未找到", "a service that it refers to is not there");
                    continue;
                };
                let access = file.get("dcat:accessURL").and_then(member::reference);
                let is_bare =
                    |name: &String| matches!(name.as_str(), "@type" | "@id" | "dct:format" | "dcat:accessURL");
                is_only_service = file.keys().all(is_bare) && access.is_none_or(|access| access == service.address);
                add(Service { format: format.clone(), ..service });
            }
            !is_only_service
        });
        if !files.is_empty() {
            members.insert("dcat:distribution".to_owned(), Value::Array(files));
        }
        let served = id.and_then(|id| self.served.get(id)).into_iter().flatten();
        for service in served.filter_map(|id| self.services.get(id)) {
            let is_new = !services.iter().any(|known| known.id == service.id);
            if is_new {
                services.push(service.clone());
            }
        }
        services
    }
}

/// Nodes of the graph that nobody refers to and nobody reads.
fn beside(document: &Value, nodes: &Nodes<'_>, lost: &mut Losses) {
    let (list, path) = match document.get("@graph") {
        Some(Value::Array(list)) => (list, "/@graph"),
        _ => match document {
            Value::Array(list) => (list, ""),
            _ => return,
        },
    };
    for (at, node) in list.iter().enumerate() {
        let is_read =
            [CATALOGUE, DATA_SET, SERVICE, &["dcat:CatalogRecord"]].iter().any(|types| ld::is_of(node, types))
                || node.as_object().is_some_and(|node| node.keys().any(|name| name.starts_with("hydra:")));
        let is_used = node.get("@id").and_then(Value::as_str).is_some_and(|id| nodes.is_used(id));
        if !is_read && !is_used {
            lost.left(format!("{path}/{at}"), "不属于任何数据集", "it belongs to no data set");
        }
    }
}
