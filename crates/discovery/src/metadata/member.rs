//! A document taken apart member by member. Whatever nobody has taken when it is finished is reported, so that no reader can forget anything.

use serde_json::{Map, Value};
use xinyu_core::data::{Cell, ColumnKind};
use xinyu_core::fault::Rejection;
use xinyu_protocol::json::{self, Limits};

use super::encoding::{self, Encoding};
use super::loss::Losses;
use super::model::Phrase;
use super::{MAX_BYTES, address, code, unreadable};

/// Objects and lists inside each other.
pub(super) const MAX_DEPTH: usize = 64;

/// An object of which some members are still to be taken.
#[derive(Debug)]
pub(crate) struct Members {
    path: String,
    left: Map<String, Value>,
}

/// Reads a document of JSON: no name twice, not too deep.
pub(crate) fn parse(bytes: &[u8], format: &str) -> Result<(Value, Encoding), Rejection> {
    let (text, encoding) = encoding::decode(bytes)?;
    let limits = Limits { bytes: 4 * MAX_BYTES, depth: MAX_DEPTH };
    let value = json::parse(text.as_bytes(), limits).map_err(|error| {
        let name = encoding.name();
        unreadable(format, format!("按 {name} 读取，{}", error.text().zh), format!("read as {name}: {error}"))
    })?;
    Ok((value, encoding))
}

/// Reads a document of JSON that is an object.
pub(crate) fn root(bytes: &[u8], format: &str) -> Result<(Members, Encoding), Rejection> {
    let (value, encoding) = parse(bytes, format)?;
    Ok((object(value, format)?, encoding))
}

/// A whole document that is an object.
pub(crate) fn object(value: Value, format: &str) -> Result<Members, Rejection> {
    match value {
        Value::Object(left) => Ok(Members { path: String::new(), left }),
        _ => Err(unreadable(format, "最外层不是对象", "the whole is not an object")),
    }
}

impl Members {
    /// An object at a place; anything else is reported.
    pub(crate) fn of(path: impl Into<String>, value: Value, lost: &mut Losses) -> Option<Self> {
        let path = path.into();
        if let Value::Object(left) = value {
            return Some(Self { path, left });
        }
        wrong(&path, "对象", "an object", lost);
        None
    }

    /// Where it stands.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Where a member stands.
    pub(crate) fn pointer(&self, name: &str) -> String {
        pointer(&self.path, name)
    }

    /// Looks without taking.
    pub(crate) fn peek(&self, name: &str) -> Option<&Value> {
        self.left.get(name)
    }

    /// Whether it is there and not yet taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// The names that are left.
    pub(crate) fn names(&self) -> Vec<String> {
        self.left.keys().cloned().collect()
    }

    /// Puts another form of a member in its place.
    pub(crate) fn replace(&mut self, name: &str, value: Value) {
        self.left.insert(name.to_owned(), value);
    }

    /// Takes a member as it is; `null` is none.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a member that says nothing about the data.
    pub(crate) fn pass(&mut self, names: &[&str]) {
        for name in names {
            self.left.remove(*name);
        }
    }

    /// Takes a member if it says exactly this.
    pub(crate) fn pass_if(&mut self, name: &str, expect: &Value) {
        if self.left.get(name) == Some(expect) {
            self.left.remove(name);
        }
    }

    /// Takes a list; a single thing is a list of one.
    pub(crate) fn list(&mut self, name: &str) -> Vec<(String, Value)> {
        let path = self.pointer(name);
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                list.into_iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)).collect()
            }
            Some(value) => vec![(path, value)],
        }
    }

    /// Takes objects.
    pub(crate) fn each(&mut self, name: &str, lost: &mut Losses) -> Vec<Self> {
        self.list(name).into_iter().filter_map(|(path, value)| Self::of(path, value, lost)).collect()
    }

    /// Takes one object; more are reported.
    pub(crate) fn one(&mut self, name: &str, lost: &mut Losses) -> Option<Self> {
        let mut list = self.list(name).into_iter();
        let first = list.next();
        list.for_each(|(path, _)| more(&path, lost));
        first.and_then(|(path, value)| Self::of(path, value, lost))
    }

    /// Takes a text.
    pub(crate) fn text(&mut self, name: &str, lost: &mut Losses) -> Option<String> {
        let mut list = self.list(name).into_iter();
        let first = list.next();
        list.for_each(|(path, _)| more(&path, lost));
        first.and_then(|(path, value)| text(&path, value, lost))
    }

    /// Takes texts, each once.
    pub(crate) fn texts(&mut self, name: &str, lost: &mut Losses) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for (path, value) in self.list(name) {
            match text(&path, value, lost) {
                Some(text) if texts.contains(&text) => lost.left(path, "重复", "it is there already"),
                Some(text) => texts.push(text),
                None => {}
            }
        }
        texts
    }

    /// Takes words in one or more languages.
    pub(crate) fn words(&mut self, name: &str, lost: &mut Losses) -> Phrase {
        let path = self.pointer(name);
        self.take(name).map(|value| phrase(&path, value, lost)).unwrap_or_default()
    }

    /// Takes a whole number that is not negative.
    pub(crate) fn number(&mut self, name: &str, lost: &mut Losses) -> Option<u64> {
        let path = self.pointer(name);
        let value = literal(self.take(name)?);
        let number = match &value {
            Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            wrong(&path, "非负整数", "a whole number that is not negative", lost);
        }
        number
    }

    /// Takes a truth value.
    pub(crate) fn flag(&mut self, name: &str, lost: &mut Losses) -> bool {
        let path = self.pointer(name);
        match self.take(name).map(literal) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                wrong(&path, "true 或 false", "true or false", lost);
                false
            }
        }
    }

    /// Takes an address, without credentials.
    pub(crate) fn address(&mut self, name: &str, lost: &mut Losses) -> Option<String> {
        let path = self.pointer(name);
        self.text(name, lost).and_then(|said| address::clean(&said, &path, lost))
    }

    /// Takes a year, month, day or moment.
    pub(crate) fn time(&mut self, name: &str, lost: &mut Losses) -> Option<String> {
        let path = self.pointer(name);
        let said = self.text(name, lost)?;
        if code::is_time(&said) {
            return Some(said);
        }
        wrong(&path, "ISO 8601 的日期或时间", "a date or time of ISO 8601", lost);
        None
    }

    /// Reports what nobody took.
    pub(crate) fn finish(self, lost: &mut Losses) {
        for name in self.left.iter().filter(|(_, value)| !is_nothing(value)).map(|(name, _)| name) {
            let path = pointer(&self.path, name);
            let word = name.rsplit([':', '/', '#']).next().unwrap_or_default().to_ascii_lowercase();
            if PERSONS.iter().any(|person| word.contains(person)) {
                lost.left(path, "联系人信息不随元数据流转", "details of persons do not travel with a description");
            } else {
                lost.left(path, "本平台的元数据模型没有对应项", "our model has nothing for it");
            }
        }
    }
}

/// Parts of the names of members about persons.
const PERSONS: &[&str] = &["contact", "maintainer", "author", "creator", "email", "telephone", "phone", "person"];

/// A pointer one step on.
pub(crate) fn pointer(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Says that something is not of the expected kind.
pub(crate) fn wrong(path: &str, zh: &str, en: &str, lost: &mut Losses) {
    lost.left(path, format!("应为{zh}，未采用"), format!("it should be {en}, and is left out"));
}

/// Says that there is more than one.
pub(crate) fn more(path: &str, lost: &mut Losses) {
    lost.left(path, "只采用第一个", "only the first is taken");
}

/// A text; of JSON-LD also a literal or an IRI.
pub(crate) fn text(path: &str, value: Value, lost: &mut Losses) -> Option<String> {
    match literal(value) {
        Value::String(text) => clean(path, text, lost),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(mut object) => match (object.remove("@id"), object.keys().all(|name| name == "@type")) {
            (Some(Value::String(iri)), true) => clean(path, iri, lost),
            _ => {
                wrong(path, "文字", "a text", lost);
                None
            }
        },
        _ => {
            wrong(path, "文字", "a text", lost);
            None
        }
    }
}

/// Words in some languages: a text, a literal with its language, a list of them, or texts by language.
pub(crate) fn phrase(path: &str, value: Value, lost: &mut Losses) -> Phrase {
    let mut phrase = Phrase::default();
    let mut others = Vec::new();
    for (path, language, value) in spoken(path, value) {
        let Some(words) = text(&path, value, lost).filter(|words| !words.is_empty()) else { continue };
        let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let said = match primary.as_str() {
            "" | "und" => Phrase::of(words),
            "zh" | "cmn" => Phrase { zh: words, en: String::new() },
            "en" => Phrase { zh: String::new(), en: words },
            _ => {
                others.push((path, words));
                continue;
            }
        };
        for (slot, words) in [(&mut phrase.zh, said.zh), (&mut phrase.en, said.en)] {
            match (slot.is_empty(), words.is_empty()) {
                (_, true) => {}
                (true, false) => *slot = words,
                (false, false) => more(&path, lost),
            }
        }
    }
    for (path, words) in others {
        if phrase.is_empty() {
            phrase.en = words;
            lost.changed(
                path,
                "既非中文也非英文的文字当作英文",
                "words that are neither Chinese nor English stand as English",
            );
        } else {
            lost.left(path, "只保留中文和英文", "only Chinese and English are kept");
        }
    }
    phrase
}

/// Place, language and words.
fn spoken(path: &str, value: Value) -> Vec<(String, String, Value)> {
    match value {
        Value::Array(list) => {
            let each = |(at, value)| spoken(&format!("{path}/{at}"), value);
            list.into_iter().enumerate().flat_map(each).collect()
        }
        Value::Object(mut object) if object.contains_key("@value") => {
            let language =
                object.remove("@language").and_then(|tag| tag.as_str().map(str::to_owned)).unwrap_or_default();
            vec![(path.to_owned(), language, Value::Object(object))]
        }
        Value::Object(object) if !object.contains_key("@id") => {
            let each = |(language, value): (String, Value)| {
                let path = pointer(path, &language);
                spoken(&path, value).into_iter().map(move |(path, _, value)| (path, language.clone(), value))
            };
            object.into_iter().flat_map(each).collect()
        }
        value => vec![(path.to_owned(), String::new(), value)],
    }
}

/// The value of a literal of JSON-LD.
fn literal(value: Value) -> Value {
    match value {
        Value::Object(mut object) if object.contains_key("@value") => object.remove("@value").unwrap_or(Value::Null),
        value => value,
    }
}

/// A text without characters that are not seen: controls, and those that turn the direction of writing. Markup stays what it is, a text.
pub(crate) fn clean(path: &str, text: String, lost: &mut Losses) -> Option<String> {
    let is_unseen = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(is_unseen) {
        return Some(text);
    }
    lost.removed(path, "控制字符已去除", "control characters were taken out");
    Some(text.chars().filter(|c| !is_unseen(*c)).collect()).filter(|text: &String| !text.is_empty())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A whole number written with a point or an exponent.
#[expect(clippy::as_conversions, reason = "within the range in which every whole number has a double of its own")]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number)).then_some(number as u64)
}

/// A value of a column; text that stands for a number becomes one.
pub(crate) fn cell(path: &str, value: Value, kind: ColumnKind, lost: &mut Losses) -> Option<Cell> {
    let cell = match literal(value) {
        Value::Number(number) => number.as_i64().map(Cell::Integer).or_else(|| number.as_f64().map(Cell::Real)),
        Value::Bool(truth) => Some(Cell::Boolean(truth)),
        Value::String(text) => match kind {
            ColumnKind::Integer => text.parse().ok().map(Cell::Integer),
            ColumnKind::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Real),
            _ => clean(path, text, lost).map(Cell::Text),
        },
        _ => None,
    };
    if cell.is_none() {
        wrong(path, "该字段类型的值", "a value of the kind of the field", lost);
    }
    cell
}

/// Says that a type of the document is not quite one of ours.
pub(crate) fn other_kind(path: &str, is_known: bool, kind: ColumnKind, lost: &mut Losses) {
    if is_known {
        lost.changed(path, format!("类型放宽为 {kind}"), format!("the type becomes the wider {kind}"));
    } else {
        lost.changed(path, format!("未知类型，按 {kind} 处理"), format!("an unknown type is taken for {kind}"));
    }
}

/// The name of a node that is referred to, whether or not the node stands in the place of the reference.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("@id")?.as_str())
}
