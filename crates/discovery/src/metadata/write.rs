//! What the writers share: building objects, saying things in one language, and the report of what a format cannot carry.

use serde_json::{Map, Value, json};
use xinyu_core::fault::Rejection;

use super::loss::Losses;
use super::member::pointer;
use super::model::{Description, Phrase};
use super::{Carried, Format};

/// An object whose members are there only if they say something.
#[derive(Debug, Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Of a type of JSON-LD.
    pub(crate) fn typed(kind: &str) -> Self {
        Self::default().with("@type", kind)
    }

    /// Of a type of JSON Schema.
    pub(crate) fn typed_plain(kind: &str) -> Self {
        Self::default().with("type", kind)
    }

    /// Adds a member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.put(name, Some(value));
        self
    }

    /// Adds a member if there is one.
    pub(crate) fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// Adds a list if it is not empty.
    pub(crate) fn list(&mut self, name: &str, list: Vec<Value>) {
        self.put(name, (!list.is_empty()).then_some(list));
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

/// A document, for people to read too.
pub(crate) fn document(value: &Value) -> Result<Vec<u8>, Rejection> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The words for a format that has no languages. What is lost by it is reported.
pub(crate) fn plain(phrase: &Phrase, path: &str, lost: &mut Losses) -> Option<String> {
    if phrase.is_empty() {
        return None;
    }
    let words = phrase.words();
    if !phrase.zh.is_empty() && !phrase.en.is_empty() {
        lost.left(
            format!("{path}/en"),
            "该格式只有一种语言，英文未写出",
            "the format has one language, and the English words are left out",
        );
    }
    let read_back = Phrase::of(words);
    if read_back.zh.is_empty() != phrase.zh.is_empty() {
        lost.changed(
            path,
            "该格式不标明语言，读回时语言可能不同",
            "the format names no language, and a reader may guess another one",
        );
    }
    Some(words.to_owned())
}

/// The words as literals of JSON-LD with their languages.
pub(crate) fn spoken(phrase: &Phrase) -> Option<Value> {
    let said: Vec<Value> = [("zh", &phrase.zh), ("en", &phrase.en)]
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(language, words)| json!({ "@language": language, "@value": words }))
        .collect();
    (!said.is_empty()).then_some(Value::Array(said))
}

/// Reports what a description says and the format does not carry.
pub(crate) fn report_uncarried(description: &Description, format: &Format, lost: &mut Losses) {
    report_beyond(description, format.title, format.title, format.carries, lost);
}

/// Reports what a description says beyond some members.
pub(crate) fn report_beyond(description: &Description, zh: &str, en: &str, carries: &[Carried], lost: &mut Losses) {
    if let Ok(value) = serde_json::to_value(description) {
        Beyond { zh, en, carries }.walk(&value, "", &[], lost);
    }
}

struct Beyond<'a> {
    zh: &'a str,
    en: &'a str,
    carries: &'a [Carried],
}

impl Beyond<'_> {
    fn walk(&self, value: &Value, path: &str, steps: &[&str], lost: &mut Losses) {
        let patterns = || self.carries.iter().map(|carried| carried.member.split('/').skip(1));
        let mut is_whole = false;
        let mut is_part = false;
        for mut pattern in patterns() {
            if steps.iter().all(|step| pattern.next() == Some(step)) {
                is_part = true;
                is_whole |= pattern.next().is_none();
            }
        }
        match value {
            _ if is_whole => {}
            _ if !is_part => {
                lost.left(path, format!("{}没有对应项", self.zh), format!("{} has nothing for it", self.en))
            }
            Value::Object(object) => {
                for (name, value) in object {
                    self.walk(value, &pointer(path, name), &[steps, &[name]].concat(), lost);
                }
            }
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate() {
                    self.walk(value, &format!("{path}/{at}"), &[steps, &["*"]].concat(), lost);
                }
            }
            _ => {}
        }
    }
}
