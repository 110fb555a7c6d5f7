//! As much of JSON-LD 1.1 as descriptions of data sets use: names by the document's own context, references between nodes, literals. Contexts at an
//! address are not fetched; of the usual ones the names are known here.

mod graph;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use xinyu_core::fault::Rejection;

use super::loss::Losses;
use super::member::{Members, pointer};
use super::unreadable;

pub(crate) use graph::{Graph, Nodes};

/// Short names of vocabularies. The first of a vocabulary is the one that readers ask for.
pub(crate) const PREFIXES: &[(&str, &str)] = &[
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("dc", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("schema", "https://schema.org/"),
    ("schema", "http://schema.org/"),
    ("sc", "https://schema.org/"),
    ("cr", "http://mlcommons.org/croissant/"),
    ("adms", "http://www.w3.org/ns/adms#"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("csvw", "http://www.w3.org/ns/csvw#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("hydra", "http://www.w3.org/ns/hydra/core#"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("dspace", "https://w3id.org/dspace/2025/1/"),
    ("dspace", "https://w3id.org/dspace/2024/1/"),
    ("dspace", "https://w3id.org/dspace/v0.8/"),
    ("edc", "https://w3id.org/edc/v0.0.1/ns/"),
];

/// A context of our own that explains some of the short names.
pub(crate) fn context(prefixes: &[&str]) -> Map<String, Value> {
    let mut context = Map::new();
    for (prefix, iri) in PREFIXES.iter().filter(|(prefix, _)| prefixes.contains(prefix)) {
        context.entry(*prefix).or_insert_with(|| (*iri).into());
    }
    context
}

/// Nodes at most, each counted as often as it is referred to.
const MAX_NODES: usize = 100_000;
/// References followed one after the other.
const MAX_REFERENCES: usize = 8;

/// What the names of a document mean.
#[derive(Debug, Default)]
struct Names {
    prefixes: BTreeMap<String, String>,
    terms: BTreeMap<String, String>,
    vocabulary: Option<String>,
    language: Option<String>,
}

/// A reader's own words for names that no context explains.
pub(crate) type Aliases = &'static [(&'static str, &'static str)];

/// The first node of one of the types, with the nodes it refers to in their places. What stands around it is reported.
///
/// # Errors
/// There is none, or the references multiply.
pub(crate) fn find(
    document: Value,
    types: &[&str],
    aliases: Aliases,
    format: &str,
    lost: &mut Losses,
) -> Result<Members, Rejection> {
    let mut names = Names::default();
    let document = names.canonical(document, aliases);
    let mut index = BTreeMap::new();
    collect(&document, &mut index);
    let mut around = Vec::new();
    let Some((path, node)) = search(&document, types, String::new(), &mut around) else {
        let wanted = types.join(", ");
        return Err(unreadable(
            format,
            format!("文中没有类型为 {wanted} 的节点"),
            format!("it has no node of the type {wanted}"),
        ));
    };
    let mut embedding = Embedding { index: &index, used: BTreeSet::new(), nodes: 0, most: MAX_NODES };
    let own: Vec<&str> = identifier(node).into_iter().collect();
    let node = embedding.embed(node, &own).ok_or_else(|| {
        unreadable(
            format,
            "节点间的引用层数过多，展开后过大",
            "the references between its nodes multiply beyond what is read",
        )
    })?;
    for (path, value) in around {
        let is_used = identifier(value).is_some_and(|id| embedding.used.contains(id) || own.contains(&id));
        if !is_used && !matches!(value, Value::Null) && !is_known(&path) {
            lost.left(path, "不属于所采用的数据集", "it is not of the data set that was taken");
        }
    }
    Members::of(path, node, lost).ok_or_else(|| unreadable(format, "数据集不是对象", "the data set is not an object"))
}

/// Members of a wrapper that say nothing about the data set.
fn is_known(path: &str) -> bool {
    path.ends_with("/@context") || path.ends_with("/@type") || path.ends_with("/@id")
}

impl Names {
    /// Learns from the context, then gives all names their usual short form.
    fn canonical(&mut self, value: Value, aliases: Aliases) -> Value {
        if let Some(context) = value.get("@context") {
            self.learn(context);
        }
        self.renamed(value, aliases)
    }

    fn learn(&mut self, context: &Value) {
        match context {
            Value::String(address)
                if address.trim_end_matches('/').ends_with("//schema.org")
                    || address.contains("//schema.org/docs/") =>
            {
                self.vocabulary = Some("https://schema.org/".to_owned());
            }
            Value::Array(list) => list.iter().for_each(|context| self.learn(context)),
            Value::Object(terms) => {
                for (term, meaning) in terms {
                    let iri = match meaning {
                        Value::String(iri) => Some(iri),
                        Value::Object(definition) => match definition.get("@id") {
                            Some(Value::String(iri)) => Some(iri),
                            _ => None,
                        },
                        _ => None,
                    };
                    match (term.as_str(), iri) {
                        ("@vocab", Some(iri)) => self.vocabulary = Some(iri.clone()),
                        ("@language", Some(language)) => self.language = Some(language.clone()),
                        (term, Some(iri)) if iri.ends_with(['#', '/', ':']) => {
                            self.prefixes.insert(term.to_owned(), iri.clone());
                        }
                        (term, Some(iri)) if !term.starts_with('@') => {
                            self.terms.insert(term.to_owned(), iri.clone());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn renamed(&self, value: Value, aliases: Aliases) -> Value {
        match value {
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.renamed(value, aliases)).collect()),
            Value::Object(object) => {
                let mut renamed = Map::new();
                for (name, value) in object {
                    let short = self.short(&name, aliases);
                    let value = match short.as_str() {
                        "@context" => continue,
                        "@type" => self.types(value, aliases),
                        _ => self.renamed(value, aliases),
                    };
                    // Two spellings of one name stand side by side.
                    match renamed.remove(&short) {
                        None => renamed.insert(short, value),
                        Some(Value::Array(mut list)) => {
                            list.push(value);
                            renamed.insert(short, Value::Array(list))
                        }
                        Some(other) => renamed.insert(short, Value::Array(vec![other, value])),
                    };
                }
                for keyword in ["@list", "@set"] {
                    if renamed.len() == 1
                        && let Some(list) = renamed.remove(keyword)
                    {
                        return list;
                    }
                }
                if let Some(language) = &self.language
                    && renamed.contains_key("@value")
                    && !renamed.contains_key("@type")
                {
                    renamed.entry("@language").or_insert_with(|| language.clone().into());
                }
                Value::Object(renamed)
            }
            value => value,
        }
    }

    fn types(&self, value: Value, aliases: Aliases) -> Value {
        match value {
            Value::String(name) => self.short(&name, aliases).into(),
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.types(value, aliases)).collect()),
            value => value,
        }
    }

    /// `dct:title` for `title`, `dcterms:title` and `http://purl.org/dc/terms/title`, as the context has it.
    fn short(&self, name: &str, aliases: Aliases) -> String {
        let iri = self.iri(name, 0);
        let known = iri.as_deref().and_then(|iri| {
            let is_of = |(_, start): &&(&str, &str)| iri.starts_with(start) && iri.len() > start.len();
            let (prefix, start) = PREFIXES.iter().find(is_of)?;
            Some(format!("{prefix}:{}", iri.get(start.len()..)?))
        });
        let alias = || aliases.iter().find(|(alias, _)| *alias == name).map(|(_, short)| (*short).to_owned());
        known.or_else(alias).or(iri).unwrap_or_else(|| name.to_owned())
    }

    fn iri(&self, name: &str, depth: usize) -> Option<String> {
        if name.starts_with('@') || depth > 4 {
            return None;
        }
        if let Some(meaning) = self.terms.get(name).filter(|meaning| *meaning != name) {
            return self.iri(meaning, depth + 1).or_else(|| Some(meaning.clone()));
        }
        match name.split_once(':') {
            Some((_, rest)) if rest.starts_with("//") => Some(name.to_owned()),
            Some((prefix, rest)) => {
                let own = self.prefixes.get(prefix).map(String::as_str);
                let usual = || PREFIXES.iter().find(|(known, _)| *known == prefix).map(|(_, iri)| *iri);
                own.or_else(usual).map(|iri| format!("{iri}{rest}"))
            }
            None => self.vocabulary.as_ref().map(|vocabulary| format!("{vocabulary}{name}")),
        }
    }
}

/// The types of a node.
pub(crate) fn is_of(node: &Value, types: &[&str]) -> bool {
    let is_wanted = |name: &Value| name.as_str().is_some_and(|name| types.contains(&name));
    match node.get("@type") {
        Some(Value::Array(list)) => list.iter().any(is_wanted),
        Some(name) => is_wanted(name),
        None => false,
    }
}

fn identifier(node: &Value) -> Option<&str> {
    node.get("@id").and_then(Value::as_str)
}

/// Nodes that say something, by their name.
fn collect<'a>(value: &'a Value, index: &mut BTreeMap<&'a str, &'a Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, index)),
        Value::Object(object) => {
            if let (Some(id), true) = (identifier(value), object.len() > 1) {
                // A node may be named with its type alone in one place and said whole in another.
                let known = index.entry(id).or_insert(value);
                if known.as_object().is_some_and(|known| known.len() < object.len()) {
                    *known = value;
                }
            }
            object.values().for_each(|value| collect(value, index));
        }
        _ => {}
    }
}

/// The first node of a type, and what stands around it on the way.
fn search<'a>(
    value: &'a Value,
    types: &[&str],
    path: String,
    around: &mut Vec<(String, &'a Value)>,
) -> Option<(String, &'a Value)> {
    if is_of(value, types) {
        return Some((path, value));
    }
    let inside: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (pointer(&path, name), value)).collect(),
        _ => return None,
    };
    let mut found = None;
    let mut beside = Vec::new();
    for (path, value) in inside {
        let mut deeper = Vec::new();
        match found.is_none().then(|| search(value, types, path.clone(), &mut deeper)).flatten() {
            Some(node) => {
                found = Some(node);
                beside.append(&mut deeper);
            }
            None => beside.push((path, value)),
        }
    }
    found.inspect(|_| around.append(&mut beside))
}

struct Embedding<'a> {
    index: &'a BTreeMap<&'a str, &'a Value>,
    used: BTreeSet<String>,
    nodes: usize,
    most: usize,
}

impl Embedding<'_> {
    /// The value with nodes in the places of references to them; a reference to what it stands in stays one.
    fn embed(&mut self, value: &Value, within: &[&str]) -> Option<Value> {
        self.nodes += 1;
        if self.nodes > self.most {
            return None;
        }
        Some(match value {
            Value::Array(list) => {
                Value::Array(list.iter().map(|value| self.embed(value, within)).collect::<Option<Vec<Value>>>()?)
            }
            Value::Object(object) => {
                let referred = identifier(value)
                    .filter(|id| object.len() == 1 && !within.contains(id) && within.len() < MAX_REFERENCES);
                match referred.and_then(|id| self.index.get_key_value(id)) {
                    Some((id, node)) => {
                        self.used.insert((*id).to_owned());
                        let inside = [within, &[*id]].concat();
                        self.members(node.as_object()?, &inside)?
                    }
                    None => self.members(object, within)?,
                }
            }
            // A reference written as a bare text, where a node of that name is there.
            value => value.clone(),
        })
    }

    fn members(&mut self, object: &Map<String, Value>, within: &[&str]) -> Option<Value> {
        let mut whole = Map::new();
        for (name, value) in object {
            whole.insert(name.clone(), self.embed(value, within)?);
        }
        Some(Value::Object(whole))
    }
}
