//! The row filter of `valueExpression` (数据字段值). TC609-6-2025-14 C.6 row 11: at most 128 characters; the standard gives no grammar, so this
//! is ours, a small part of SQL's conditions:
//!
//! ```text
//! condition := and-part ("or" and-part)*          and-part := not-part ("and" not-part)*
//! not-part  := "not" not-part | "(" condition ")" | comparison
//! comparison := field ("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") literal
//!             | field ["not"] "in" "(" literal ("," literal)* ")"
//!             | field ["not"] "like" 'prefix%'
//!             | field "is" ["not"] "null"
//! field := name | name "." name                   literal := 'text' | 12 | -1.5 | true | false
//! ```
//!
//! Words are read in any case; a quote within a text is doubled. Pure: [`Expression::matches`] asks the caller for values. What is missing, null
//! or of another type is neither equal nor different: such a row does not match.

mod lexer;
mod matching;
mod parser;
mod sql;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::matching::Value;

/// The longest expression that C.6 allows, in characters.
pub(crate) const MAX_CHARS: usize = 128;

/// A condition on a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(pub(crate) Node);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Compare { field: String, comparison: Comparison, literal: Literal },
    In { field: String, literals: Vec<Literal>, negated: bool },
    Prefix { field: String, prefix: String, negated: bool },
    IsNull { field: String, negated: bool },
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Integer(i64),
    /// Finite.
    Number(f64),
    Bool(bool),
}

/// Why a text is not a row filter. Positions are in characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// More than 128 characters.
    #[error("row filter has {0} characters where 128 are allowed")]
    TooLong(usize),
    /// Parentheses or `not` nested too deeply.
    #[error("row filter is nested deeper than 16 levels at character {0}")]
    TooDeep(usize),
    /// A character that the grammar does not have.
    #[error("unexpected character {1:?} at character {0} of the row filter")]
    Character(usize, char),
    /// A text without its closing quote.
    #[error("text that begins at character {0} of the row filter has no end")]
    OpenText(usize),
    /// A number that is none, or too large.
    #[error("{1} at character {0} of the row filter is not a number")]
    Number(usize, String),
    /// Something else stands where the grammar wants this.
    #[error("expected {1} at character {0} of the row filter")]
    Expected(usize, &'static str),
}

impl Expression {
    /// Reads a row filter.
    ///
    /// # Errors
    /// When the text is longer than C.6 allows, nested too deeply, or not in the grammar above.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let length = text.chars().count();
        if length > MAX_CHARS {
            return Err(ExpressionError::TooLong(length));
        }
        parser::parse(&lexer::tokens(text)?, text.trim_end().chars().count().saturating_add(1)).map(Self)
    }

    /// The fields that it looks at, as written.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<String> {
        let mut fields = BTreeSet::new();
        self.0.collect_fields(&mut fields);
        fields
    }

    /// Whether a row matches. `value` is asked for each field as it is written in the expression.
    #[must_use]
    pub fn matches(&self, value: &dyn Fn(&str) -> Option<Value>) -> bool {
        matching::truth(&self.0, value) == Some(true)
    }

    /// The same as an SQL condition, for SQLite and PostgreSQL. Names and texts are quoted, so nothing in them is read as SQL.
    #[must_use]
    pub fn to_sql(&self) -> String {
        sql::condition(&self.0)
    }
}

impl Node {
    fn collect_fields(&self, fields: &mut BTreeSet<String>) {
        match self {
            Self::Compare { field, .. }
            | Self::In { field, .. }
            | Self::Prefix { field, .. }
            | Self::IsNull { field, .. } => {
                fields.insert(field.clone());
            }
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect_fields(fields)),
            Self::Not(part) => part.collect_fields(fields),
        }
    }
}

impl Comparison {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) if number.fract() == 0.0 => write!(f, "{number}.0"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: bool| if negated { "not " } else { "" };
        match self {
            Self::Compare { field, comparison, literal } => write!(f, "{field} {} {literal}", comparison.symbol()),
            Self::In { field, literals, negated } => {
                let literals: Vec<_> = literals.iter().map(ToString::to_string).collect();
                write!(f, "{field} {}in ({})", not(*negated), literals.join(", "))
            }
            Self::Prefix { field, prefix, negated } => {
                write!(f, "{field} {}like {}", not(*negated), Literal::Text(format!("{prefix}%")))
            }
            Self::IsNull { field, negated } => write!(f, "{field} is {}null", not(*negated)),
            Self::And(parts) => join(f, parts, " and "),
            Self::Or(parts) => join(f, parts, " or "),
            Self::Not(part) => match **part {
                Self::And(_) | Self::Or(_) => write!(f, "not ({part})"),
                _ => write!(f, "not {part}"),
            },
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Node], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match part {
            Node::And(_) | Node::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
