//! What is wrong with a JSON document, and where.

use std::fmt;

use thiserror::Error;

use crate::text::Text;

/// Why a document was not read or a value not written. Lines and columns are where the reader was when it
/// noticed; they count from 1, columns in bytes; offsets count from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.text().en)]
pub enum JsonError {
    /// Longer than the limit.
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What is accepted.
        limit: usize,
    },
    /// Not UTF-8.
    InvalidUtf8 {
        /// The first byte that does not belong there.
        offset: usize,
        /// Its line.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// Too many arrays and objects inside each other.
    TooDeep {
        /// What is accepted.
        limit: usize,
        /// The place, as a JSON pointer.
        pointer: String,
        /// Its line.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// A name twice in one object.
    DuplicateKey {
        /// The second of them, as a JSON pointer.
        pointer: String,
        /// Its line.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// Something other than white space after the value.
    TrailingData {
        /// Its line.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// Not JSON.
    Syntax {
        /// The value in which it happened, as a JSON pointer.
        pointer: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What the reader did not understand, in English.
        reason: String,
    },
    /// JSON, of another shape than the message has.
    Shape {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What does not fit, in English.
        reason: String,
    },
    /// A value in another form than its canonical one.
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
        /// What stands there; none at the end of the document.
        found: Option<u8>,
        /// What RFC 8785 writes there; none where the document should end.
        expected: Option<u8>,
    },
    /// An integer beyond ±(2^53 − 1), in a value that should get a canonical form.
    UnsafeInteger {
        /// The place, as a JSON pointer.
        pointer: String,
    },
    /// A number that is not finite, in a value that should get a canonical form.
    NotFinite {
        /// The place, as a JSON pointer.
        pointer: String,
    },
    /// A value without a JSON form.
    Unwritable {
        /// Why, in English.
        reason: String,
    },
}

impl JsonError {
    pub(super) fn invalid_utf8(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self::InvalidUtf8 { offset, line, column }
    }

    pub(super) fn shape(error: &serde_json::Error) -> Self {
        Self::Shape { line: error.line(), column: error.column(), reason: reason(error) }
    }

    pub(super) fn syntax(error: &serde_json::Error, pointer: String) -> Self {
        Self::Syntax { pointer, line: error.line(), column: error.column(), reason: reason(error) }
    }

    pub(super) fn unwritable(error: &serde_json::Error) -> Self {
        Self::Unwritable { reason: reason(error) }
    }

    /// The place, as a JSON pointer, where one is known.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::TooDeep { pointer, .. }
            | Self::DuplicateKey { pointer, .. }
            | Self::Syntax { pointer, .. }
            | Self::UnsafeInteger { pointer }
            | Self::NotFinite { pointer } => Some(pointer),
            _ => None,
        }
    }

    /// The sentence in both languages. Reasons that the reader gives stay English.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::TooLarge { bytes, limit } => Text::new(
                format!("JSON 共 {bytes} 字节，上限为 {limit} 字节"),
                format!("json has {bytes} bytes where {limit} are accepted"),
            ),
            Self::InvalidUtf8 { offset, line, column } => Text::new(
                format!("JSON 不是 UTF-8：第 {line} 行第 {column} 列（偏移 {offset}）"),
                format!("json is not UTF-8 at line {line} column {column} (offset {offset})"),
            ),
            Self::TooDeep { limit, pointer, line, column } => Text::new(
                format!("JSON 嵌套超过 {limit} 层：{}，第 {line} 行第 {column} 列", Place(pointer)),
                format!("json is nested deeper than {limit} at {} (line {line} column {column})", Place(pointer)),
            ),
            Self::DuplicateKey { pointer, line, column } => Text::new(
                format!("JSON 对象中名称重复：{}，第 {line} 行第 {column} 列", Place(pointer)),
                format!("json has a name twice: {} (line {line} column {column})", Place(pointer)),
            ),
            Self::TrailingData { line, column } => Text::new(
                format!("JSON 值之后还有内容：第 {line} 行第 {column} 列"),
                format!("json goes on after its value at line {line} column {column}"),
            ),
            Self::Syntax { pointer, line, column, reason } => Text::new(
                format!("JSON 语法错误：{}，第 {line} 行第 {column} 列：{reason}", Place(pointer)),
                format!("json is malformed at {} (line {line} column {column}): {reason}", Place(pointer)),
            ),
            Self::Shape { line, column, reason } => Text::new(
                format!("JSON 内容不符合报文格式：第 {line} 行第 {column} 列：{reason}"),
                format!("json does not have the shape of the message at line {line} column {column}: {reason}"),
            ),
            Self::NotCanonical { offset, found, expected } => Text::new(
                format!(
                    "JSON 不是规范形式（RFC 8785）：偏移 {offset} 处为{}，应为{}",
                    Byte { value: *found, end: "结尾" },
                    Byte { value: *expected, end: "结尾" },
                ),
                format!(
                    "json is not canonical (RFC 8785): offset {offset} has {} where {} is written",
                    Byte { value: *found, end: "the end" },
                    Byte { value: *expected, end: "the end" },
                ),
            ),
            Self::UnsafeInteger { pointer } => Text::new(
                format!("整数超出 ±(2^53 − 1)，没有规范形式（RFC 7493 2.2）：{}", Place(pointer)),
                format!("integer at {} is beyond ±(2^53 − 1) and has no canonical form (RFC 7493 2.2)", Place(pointer)),
            ),
            Self::NotFinite { pointer } => Text::new(
                format!("NaN 和无穷大没有 JSON 形式：{}", Place(pointer)),
                format!("number at {} is not finite and has no json form", Place(pointer)),
            ),
            Self::Unwritable { reason } => {
                Text::new(format!("该值不能写成 JSON：{reason}"), format!("value cannot be written as json: {reason}"))
            }
        }
    }
}

/// A JSON pointer in a sentence: quoted, so that nothing in it can pass for something else, and not endless.
struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.0.chars().take(LONGEST).collect();
        let more = if start.len() < self.0.len() { "…" } else { "" };
        write!(f, "{start:?}{more}")
    }
}

struct Byte {
    value: Option<u8>,
    end: &'static str,
}

impl fmt::Display for Byte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(byte) if byte.is_ascii_graphic() => write!(f, "'{}'", char::from(byte)),
            Some(byte) => write!(f, "0x{byte:02x}"),
            None => f.write_str(self.end),
        }
    }
}

/// The library's message without its position, which stands in fields of its own, and not endless: it quotes the document.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);
    message.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Of what a message quotes, in characters.
const LONGEST: usize = 200;
