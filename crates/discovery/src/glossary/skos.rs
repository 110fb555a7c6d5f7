//! Vocabularies as SKOS in JSON-LD. Synonyms are alternative labels, the same elsewhere an exact match; the kind of the values is a range, and a list of codes a
//! collection that the term conforms to. SKOS has nothing for what values look like.

use serde_json::{Value, json};
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;

use super::check::MAX_TERMS;
use super::{Code, Range, Term, Vocabulary};
use crate::metadata::ld::{self, Graph, Nodes};
use crate::metadata::loss::Losses;
use crate::metadata::member::{self, Members};
use crate::metadata::write::{Object, document, spoken};
use crate::metadata::{Loss, MAX_BYTES, Phrase, Written, kind, unreadable};

const SCHEME: &[&str] = &["skos:ConceptScheme"];
const CONCEPT: &[&str] = &["skos:Concept"];

/// Reads a vocabulary. It is not checked: what is wrong with it [`super::check`] says.
///
/// # Errors
/// It is too large, no JSON, or has no concepts.
pub fn read(bytes: &[u8]) -> Result<(Vocabulary, Vec<Loss>), Rejection> {
    if bytes.len() > MAX_BYTES {
        return Err(unreadable(
            "SKOS",
            format!("超过 {MAX_BYTES} 字节"),
            format!("it has more than {MAX_BYTES} bytes"),
        ));
    }
    let (value, _) = member::parse(bytes, "SKOS")?;
    let graph = Graph::new(value, &[]);
    let (mut schemes, mut concepts) = (Vec::new(), Vec::new());
    gather(graph.document(), String::new(), &mut schemes, &mut concepts);
    if concepts.is_empty() {
        return Err(unreadable("SKOS", "没有 skos:Concept", "it has no skos:Concept"));
    }
    let mut lost = Losses::default();
    let mut nodes = graph.nodes();
    let mut vocabulary = Vocabulary::default();
    let mut schemes = schemes.into_iter();
    if let Some((path, node)) = schemes.next() {
        scheme(path, node, &mut vocabulary, &mut lost);
    }
    schemes.for_each(|(path, _)| member::more(&path, &mut lost));
    let mut narrower: Vec<(String, String)> = Vec::new();
    let more = concepts.len().saturating_sub(MAX_TERMS);
    if more > 0 {
        lost.left("", format!("只读前 {MAX_TERMS} 个术语"), format!("the first {MAX_TERMS} terms are read"));
    }
    for (path, node) in concepts.into_iter().take(MAX_TERMS) {
        term(path, node, &mut nodes, &mut vocabulary, &mut narrower, &mut lost);
    }
    // A wider term may name its narrower ones instead of being named by them.
    for (wider, id) in narrower {
        match vocabulary.terms.iter_mut().find(|term| term.id == id) {
            Some(term) if term.broader.as_ref().is_none_or(|broader| *broader == wider) => term.broader = Some(wider),
            _ => lost.left(
                "/skos:narrower",
                "下位术语不存在或另有上位术语",
                "the narrower term is not there, or has another wider one",
            ),
        }
    }
    Ok((vocabulary, lost.into_list()))
}

/// Schemes and concepts; what stands in a collection are codes, and read with the term that conforms to it.
fn gather<'a>(
    value: &'a Value,
    path: String,
    schemes: &mut Vec<(String, &'a Value)>,
    concepts: &mut Vec<(String, &'a Value)>,
) {
    match value {
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                gather(value, format!("{path}/{at}"), schemes, concepts);
            }
        }
        Value::Object(object) => {
            let says = object.keys().filter(|name| !name.starts_with('@')).count() > 0;
            if ld::is_of(value, &["skos:Collection", "skos:OrderedCollection"]) {
                return;
            }
            if says && ld::is_of(value, SCHEME) {
                schemes.push((path.clone(), value));
            }
            if says && ld::is_of(value, CONCEPT) {
                concepts.push((path.clone(), value));
            }
            for (name, value) in object {
                gather(value, member::pointer(&path, name), schemes, concepts);
            }
        }
        _ => {}
    }
}

fn scheme(path: String, node: &Value, vocabulary: &mut Vocabulary, lost: &mut Losses) {
    let Some(mut node) = Members::of(path, node.clone(), lost) else { return };
    node.pass(&["@type", "skos:hasTopConcept"]);
    vocabulary.id = node.text("@id", lost).unwrap_or_default();
    let title = node.words("dct:title", lost);
    let other = ["skos:prefLabel", "rdfs:label"].map(|name| node.words(name, lost));
    vocabulary.title = std::iter::once(title).chain(other).find(|words| !words.is_empty()).unwrap_or_default();
    let version = node.text("owl:versionInfo", lost);
    vocabulary.version = version.or_else(|| node.text("dcat:version", lost)).unwrap_or_default();
    node.finish(lost);
}

fn term(
    path: String,
    node: &Value,
    nodes: &mut Nodes<'_>,
    vocabulary: &mut Vocabulary,
    narrower: &mut Vec<(String, String)>,
    lost: &mut Losses,
) {
    let codes = node.get("dct:conformsTo").cloned();
    let Some(mut node) = Members::of(path, node.clone(), lost) else { return };
    node.pass(&["@type", "skos:inScheme", "skos:topConceptOf", "dct:conformsTo"]);
    let id = node.text("@id", lost).unwrap_or_default();
    for (path, value) in node.list("skos:narrower") {
        match member::reference(&value) {
            Some(other) => narrower.push((id.clone(), other.to_owned())),
            None => lost.left(path, "不是术语", "it is no term"),
        }
    }
    let mut wider = node.list("skos:broader").into_iter();
    let broader = wider.next().and_then(|(_, value)| member::reference(&value).map(str::to_owned));
    wider.for_each(|(path, _)| member::more(&path, lost));
    let mut same_as = node.texts("skos:exactMatch", lost);
    same_as.extend(node.texts("owl:sameAs", lost));
    let path = node.pointer("rdfs:range");
    let range_kind = node.text("rdfs:range", lost);
    let kind = range_kind.as_deref().and_then(kind::of_xsd).map(kind::Fit::kind);
    if range_kind.is_some() && kind.is_none() {
        lost.left(path, "不是已知的数据类型", "it is no kind that is known");
    }
    let bound = |node: &mut Members, name: &str| {
        let value = node.take(name)?;
        value.as_f64().or_else(|| value.get("@value")?.as_f64())
    };
    let range = bound(&mut node, "schema:minValue").zip(bound(&mut node, "schema:maxValue"));
    let found = Term {
        name: node.words("skos:prefLabel", lost),
        synonyms: synonyms(&mut node, lost),
        definition: node.words("skos:definition", lost),
        kind,
        pattern: None,
        range: range.map(|(minimum, maximum)| Range { minimum, maximum }),
        codes: codes.map(|list| read_codes(&list, nodes, lost)).unwrap_or_default(),
        broader,
        same_as,
        id,
    };
    node.finish(lost);
    vocabulary.terms.push(found);
}

/// Labels in whatever language; the language is not kept, since the word is its own.
fn synonyms(node: &mut Members, lost: &mut Losses) -> Vec<String> {
    let mut names = node.texts("skos:altLabel", lost);
    for name in node.texts("skos:hiddenLabel", lost) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn read_codes(list: &Value, nodes: &mut Nodes<'_>, lost: &mut Losses) -> Vec<Code> {
    let (list, _) = nodes.whole(&json!({ "list": list }));
    let Some(mut list) = Members::of("/dct:conformsTo", list, lost).and_then(|mut list| list.one("list", lost)) else {
        return Vec::new();
    };
    list.pass(&["@id", "@type"]);
    let mut codes = Vec::new();
    let members = list.each("skos:member", lost);
    for mut node in members.into_iter().chain(list.each("skos:memberList", lost)) {
        node.pass(&["@id", "@type", "skos:inScheme"]);
        let name = node.words("skos:prefLabel", lost);
        if let Some(code) = node.text("skos:notation", lost) {
            codes.push(Code { code, name });
        }
        node.finish(lost);
    }
    list.finish(lost);
    codes
}

/// Writes a vocabulary.
///
/// # Errors
/// It cannot be written as JSON.
pub fn write(vocabulary: &Vocabulary) -> Result<Written, Rejection> {
    let mut lost = Losses::default();
    let mut scheme = Object::typed("skos:ConceptScheme").with("@id", vocabulary.id.clone());
    scheme.put("dct:title", spoken(&vocabulary.title));
    scheme.put("owl:versionInfo", Some(vocabulary.version.clone()).filter(|version| !version.is_empty()));
    let mut graph: Vec<Value> = vec![scheme.into()];
    for (at, term) in vocabulary.terms.iter().enumerate() {
        graph.push(put_term(term, &vocabulary.id));
        if term.pattern.is_some() {
            lost.left(format!("/terms/{at}/pattern"), "SKOS 没有对应项", "SKOS has nothing for it");
        }
    }
    let prefixes = ["skos", "dct", "owl", "rdfs", "xsd", "schema"];
    let bytes = document(&json!({ "@context": ld::context(&prefixes), "@graph": graph }))?;
    Ok(Written { bytes, media_type: "application/ld+json", lost: lost.into_list() })
}

fn put_term(term: &Term, scheme: &str) -> Value {
    let reference = |iri: &String| json!({ "@id": iri });
    let mut node = Object::typed("skos:Concept").with("@id", term.id.clone());
    node.put("skos:inScheme", Some(json!({ "@id": scheme })));
    node.put("skos:prefLabel", spoken(&term.name));
    node.list("skos:altLabel", term.synonyms.iter().map(|name| label(name)).collect());
    node.put("skos:definition", spoken(&term.definition));
    node.put("skos:broader", term.broader.as_ref().map(reference));
    node.list("skos:exactMatch", term.same_as.iter().map(reference).collect());
    node.put("rdfs:range", term.kind.map(|own: ColumnKind| json!({ "@id": format!("xsd:{}", kind::xsd(own)) })));
    node.put("schema:minValue", term.range.map(|range| range.minimum));
    node.put("schema:maxValue", term.range.map(|range| range.maximum));
    if !term.codes.is_empty() {
        let member = |code: &Code| {
            let mut member = Object::typed("skos:Concept").with("skos:notation", code.code.clone());
            member.put("skos:prefLabel", spoken(&code.name));
            Value::from(member)
        };
        let members: Vec<Value> = term.codes.iter().map(member).collect();
        node.put("dct:conformsTo", Some(json!({ "@type": "skos:Collection", "skos:member": members })));
    }
    node.into()
}

/// A label in the language that its characters are of.
fn label(name: &str) -> Value {
    let language = if Phrase::of(name).zh.is_empty() { "en" } else { "zh" };
    json!({ "@language": language, "@value": name })
}
