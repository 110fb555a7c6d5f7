//! Whether a row matches: SQL's three-valued logic. Pure.

use std::cmp::Ordering;

use super::{Comparison, Literal, Node};

/// The value of a field in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing is there.
    Null,
    /// A text.
    Text(String),
    /// A number with a fraction.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
}

/// `None` is SQL's unknown.
pub(super) fn truth(node: &Node, value: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
    match node {
        Node::Compare { field, comparison, literal } => compare(&value(field)?, *comparison, literal),
        Node::In { field, literals, negated } => {
            let value = value(field)?;
            let hits = literals.iter().map(|literal| compare(&value, Comparison::Equal, literal));
            any(hits).map(|hit| hit != *negated)
        }
        Node::Prefix { field, prefix, negated } => match value(field)? {
            Value::Text(text) => Some(text.starts_with(prefix) != *negated),
            _ => None,
        },
        Node::IsNull { field, negated } => Some((value(field)? == Value::Null) != *negated),
        Node::And(parts) => any(parts.iter().map(|part| truth(part, value).map(|truth| !truth))).map(|truth| !truth),
        Node::Or(parts) => any(parts.iter().map(|part| truth(part, value))),
        Node::Not(part) => truth(part, value).map(|truth| !truth),
    }
}

fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(false);
    for part in parts {
        match part {
            Some(true) => return Some(true),
            Some(false) => {}
            None => whole = None,
        }
    }
    whole
}

fn compare(value: &Value, comparison: Comparison, literal: &Literal) -> Option<bool> {
    let order = match (value, literal) {
        (Value::Text(value), Literal::Text(literal)) => value.as_str().cmp(literal),
        (Value::Integer(value), Literal::Integer(literal)) => value.cmp(literal),
        (Value::Integer(value), Literal::Number(literal)) => real(*value).partial_cmp(literal)?,
        (Value::Number(value), Literal::Integer(literal)) => value.partial_cmp(&real(*literal))?,
        (Value::Number(value), Literal::Number(literal)) => value.partial_cmp(literal)?,
        (Value::Bool(value), Literal::Bool(literal)) => value.cmp(literal),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

#[expect(clippy::as_conversions, reason = "a comparison with a fraction is meant to be made in floating point")]
fn real(number: i64) -> f64 {
    number as f64
}
