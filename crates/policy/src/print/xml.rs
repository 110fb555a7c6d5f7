//! A contract as XML, the counterpart of `parse/xml.rs`: what is printed reads back as the same JSON. Pure.

use serde_json::{Map, Value};

use crate::parse::xml::LISTS;

pub(crate) fn print(contract: &Map<String, Value>) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    if is_plain_object(contract) {
        text.push_str("<contract>\n");
        contract.iter().for_each(|(name, value)| member(&mut text, name, value, 1));
        text.push_str("</contract>\n");
    } else {
        let json = Value::Object(contract.clone());
        text.push_str(&format!("<contract type=\"json\">{}</contract>\n", escaped(&json.to_string())));
    }
    text
}

fn member(text: &mut String, name: &str, value: &Value, depth: usize) {
    let is_list = LISTS.contains(&name);
    match value {
        Value::Array(items) if (is_list || items.len() > 1) && !items.is_empty() && items.iter().all(is_plain) => {
            items.iter().for_each(|item| element(text, name, item, depth));
        }
        value if is_plain(value) && !is_list => element(text, name, value, depth),
        value => {
            indent(text, depth);
            text.push_str(&format!("<{name} type=\"json\">{}</{name}>\n", escaped(&value.to_string())));
        }
    }
}

/// A text or an object.
fn element(text: &mut String, name: &str, value: &Value, depth: usize) {
    indent(text, depth);
    match value {
        Value::Object(members) => {
            text.push_str(&format!("<{name}>\n"));
            members.iter().for_each(|(name, value)| member(text, name, value, depth.saturating_add(1)));
            indent(text, depth);
        }
        other => text.push_str(&format!("<{name}>{}", escaped(other.as_str().unwrap_or_default()))),
    }
    text.push_str(&format!("</{name}>\n"));
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

/// What reads back as it was without being marked as JSON.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim() == text && text.chars().all(|c| c == '\n' || c == '\t' || is_xml_char(c)),
        Value::Object(members) => is_plain_object(members),
        _ => false,
    }
}

fn is_plain_object(members: &Map<String, Value>) -> bool {
    !members.is_empty() && members.keys().all(|name| is_name(name))
}

/// XML 1.0 §2.2, without what is read otherwise than it is written.
fn is_xml_char(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// A part of XML 1.0 §2.3 that needs no table.
fn is_name(name: &str) -> bool {
    let is_first = |c: char| c == '_' || c.is_ascii_alphabetic() || ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut chars = name.chars();
    chars.next().is_some_and(is_first) && chars.all(|c| is_first(c) || c.is_ascii_digit() || c == '-' || c == '.')
}

/// Controls never come here as they are: JSON escapes those below a blank, and what lies above is written by its number.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
