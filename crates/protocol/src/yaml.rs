//! YAML as it comes from strangers, read as the values that JSON has. Bounded: a bomb of aliases, a name that comes twice and what is nested too deep are refused
//! with their place. Not here: writing.

use serde_json::Value;
use serde_saphyr::{alias_limits, budget, options};
use thiserror::Error;

use crate::json::Limits;
use crate::text::Text;

/// Members that aliases may repeat.
const MAX_REPEATED: usize = 100_000;

/// Why a document was not read. What stands in it is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.text().en)]
pub enum YamlError {
    /// Longer than the limit.
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What is accepted.
        limit: usize,
    },
    /// No YAML of which a value of JSON can be made.
    Malformed {
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
    },
    /// The same, of which no place is known.
    Unreadable,
}

impl YamlError {
    /// The sentence in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::TooLarge { bytes, limit } => Text::new(
                format!("YAML 共 {bytes} 字节，上限为 {limit} 字节"),
                format!("the YAML has {bytes} bytes where {limit} are accepted"),
            ),
            Self::Malformed { line, column } => Text::new(
                format!("YAML 第 {line} 行第 {column} 列有误"),
                format!("the YAML is wrong in line {line}, column {column}"),
            ),
            Self::Unreadable => Text::new("不是可读的 YAML", "it is no YAML that can be read"),
        }
    }
}

/// Reads the one document of a text. What aliases repeat counts for the length once more.
///
/// # Errors
/// It is too large, or no YAML of which a value of JSON can be made.
pub fn parse(text: &str, limits: Limits) -> Result<Value, YamlError> {
    if text.len() > limits.bytes {
        return Err(YamlError::TooLarge { bytes: text.len(), limit: limits.bytes });
    }
    let options = options! {
        budget: budget! {
            max_depth: limits.depth,
            max_documents: 1,
            max_total_scalar_bytes: limits.bytes,
            max_recorded_anchor_bytes: limits.bytes,
        },
        alias_limits: alias_limits! { max_total_replayed_events: MAX_REPEATED },
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(place) => YamlError::Malformed { line: place.line(), column: place.column() },
        None => YamlError::Unreadable,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> YamlError {
        parse(text, Limits { bytes: 1 << 20, depth: 64 }).unwrap_err()
    }

    #[test]
    fn yaml_is_read_as_json_has_it() {
        let text = "# 接口\nopenapi: '3.1.0'\ninfo: &i\n  title: 客流\n  version: 1.0\nx-on: on\nx-list:\n  - 1\n  - true\n  - null\nx-same: *i\n";
        let same = json!({ "title": "客流", "version": 1.0 });
        let expect =
            json!({ "openapi": "3.1.0", "info": same, "x-on": "on", "x-list": [1, true, null], "x-same": same });
        assert_eq!(parse(text, Limits::WIRE).unwrap(), expect);
    }

    #[test]
    fn bombs_twins_and_broken_lines_are_refused_with_their_place() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
        }
        assert!(refused(&bomb).to_string().contains("YAML"));
        assert!(refused("a: 1\na: 2\n").to_string().contains("line 2"));
        assert!(refused(&format!("{}1{}", "[".repeat(200), "]".repeat(200))).to_string().contains("YAML"));
        assert!(matches!(refused("a: [1, 2\nb: 3\n"), YamlError::Malformed { .. }));
        assert!(refused("a: 1\n---\nb: 2\n").to_string().contains("YAML"));
        assert!(!format!("{:?}", refused("secret: [hunter2\n")).contains("hunter2"));
        let long = parse("a: 12345\n", Limits { bytes: 8, depth: 9 });
        assert_eq!(long, Err(YamlError::TooLarge { bytes: 9, limit: 8 }));
    }
}
