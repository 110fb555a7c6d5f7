//! TC609-6-2025-14 contracts as XML (§6.1, 编码格式), read into the same JSON, so that there is one reader of policies and not two. The standard gives no
//! schema: an element is a member, its name the field's name; what can be there several times is an element several times. The root is
//! `contract`, whose name says nothing, or a single `contractPolicies`. Pure.
//!
//! XML cannot tell a number from a text or one element from a list of one, so `type="json"` on an element says that its text is the JSON of the
//! value. Nothing else may stand in an attribute but the declaration of a namespace, and the namespaces of elements say nothing.
//!
//! Refused: a DTD, and with it every entity but the five of XML itself; text between elements; what is larger or deeper than JSON may be.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};
use xinyu_protocol::json::Limits;
use xinyu_protocol::text::Text;

use super::{ParseCode, ParseError, child};

/// What is a list even if it stands there once.
pub(crate) const LISTS: &[&str] = &[
    "contractPolicies",
    "permissionPolicies",
    "prohibitionPolicies",
    "obligationPolicies",
    "actions",
    "constraints",
    "preDuties",
    "duties",
    "remedies",
    "liabilities",
    "and",
    "or",
    "xone",
];
/// Elements, texts and comments of one document.
const MOST_NODES: u32 = 100_000;

/// Whether a document is meant as XML: no JSON begins like this.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'<')
}

/// Reads a document into the JSON that says the same.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, ParseError> {
    let limit = Limits::WIRE.bytes;
    if bytes.len() > limit {
        let length = bytes.len();
        return Err(refused(
            "",
            format!("{length} 字节，最多 {limit} 字节"),
            format!("{length} bytes where {limit} are allowed"),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| refused("", "不是 UTF-8".to_owned(), error.to_string()))?;
    check_depth(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| refused("", error.to_string(), error.to_string()))?;
    let root = document.root_element();
    let value = value("", root, 0)?;
    Ok(match root.tag_name().name() {
        "contractPolicies" => {
            Value::Object(Map::from_iter([("contractPolicies".to_owned(), Value::Array(vec![value]))]))
        }
        _ => value,
    })
}

/// How deeply elements are nested, counted before anything is built of them. Comments and quoted texts only make the count too large.
fn check_depth(text: &str) -> Result<(), ParseError> {
    let (mut depth, mut rest) = (0_usize, text);
    while let Some(at) = rest.find('<') {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let tag = rest.split_once('>').map_or(rest, |(tag, _)| tag);
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !tag.starts_with(['?', '!']) && !tag.ends_with('/') {
            depth = depth.saturating_add(1);
        }
        if depth > Limits::WIRE.depth.saturating_mul(2) {
            return Err(too_deep(""));
        }
    }
    Ok(())
}

fn value(pointer: &str, node: Node<'_, '_>, depth: usize) -> Result<Value, ParseError> {
    if depth >= Limits::WIRE.depth {
        return Err(too_deep(pointer));
    }
    let mut is_json = false;
    for attribute in node.attributes() {
        if (attribute.name(), attribute.value()) != ("type", "json") {
            let name = attribute.name();
            return Err(refused(
                pointer,
                format!("不认识的属性 {name}，此处可用：type=\"json\""),
                format!("attribute {name} is not known here; known is type=\"json\""),
            ));
        }
        is_json = true;
    }
    let elements = || node.children().filter(Node::is_element);
    let text: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
    if elements().next().is_none() {
        let text = text.trim();
        if !is_json {
            return Ok(Value::from(text));
        }
        let left = Limits { bytes: Limits::WIRE.bytes, depth: Limits::WIRE.depth.saturating_sub(depth) };
        return xinyu_protocol::json::parse(text.as_bytes(), left).map_err(|error| {
            refused(pointer, format!("不是可接受的 JSON：{error}"), format!("not acceptable as JSON: {error}"))
        });
    }
    if is_json || !text.trim().is_empty() {
        return Err(refused(pointer, "元素之间不能有文字".to_owned(), "there is text between elements".to_owned()));
    }
    members(pointer, elements(), depth)
}

fn members<'a, 'i: 'a>(
    pointer: &str,
    elements: impl Iterator<Item = Node<'a, 'i>>,
    depth: usize,
) -> Result<Value, ParseError> {
    let mut members: Map<String, Value> = Map::new();
    let mut repeated: Vec<String> = Vec::new();
    for element in elements {
        let name = element.tag_name().name();
        let is_list = LISTS.contains(&name) && element.attributes().next().is_none();
        let place = child(pointer, name);
        match members.get_mut(name) {
            None if is_list => {
                let first = value(&format!("{place}/0"), element, depth.saturating_add(2))?;
                members.insert(name.to_owned(), Value::Array(vec![first]));
                repeated.push(name.to_owned());
            }
            None => {
                let only = value(&place, element, depth.saturating_add(1))?;
                members.insert(name.to_owned(), only);
            }
            Some(known) => {
                if !repeated.iter().any(|other| other == name) {
                    *known = Value::Array(vec![known.take()]);
                    repeated.push(name.to_owned());
                }
                if let Value::Array(items) = known {
                    items.push(value(&format!("{place}/{}", items.len()), element, depth.saturating_add(2))?);
                }
            }
        }
    }
    Ok(Value::Object(members))
}

fn too_deep(pointer: &str) -> ParseError {
    let text = Text::new("XML 嵌套过深", "XML is nested too deeply");
    ParseError { pointer: pointer.to_owned(), code: ParseCode::TooDeep, text }
}

fn refused(pointer: &str, zh: String, en: String) -> ParseError {
    let text = Text::new(format!("不是可接受的 XML：{zh}"), format!("not acceptable as XML: {en}"));
    ParseError { pointer: pointer.to_owned(), code: ParseCode::NotXml, text }
}
