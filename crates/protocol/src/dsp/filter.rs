//! What a catalogue request may ask for: `filter` of DSP 2025-1 §6.2.1, whose content the specification leaves to those who take part. Ours are
//! criteria `{"field", "operator", "value"}`, all of which must hold, and the query of Eclipse EDC (`QuerySpec`: `filterExpression`, `offset`,
//! `limit`, `sortField`, `sortOrder`). What is not understood is refused and never passed over: a catalogue that ignores half a question answers
//! another one. Pure.

mod parse;
mod wish;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::{Value, json};
use thiserror::Error;
use wildmatch::WildMatchPattern;

pub use wish::{Wish, query};

use crate::text::Text;

/// What is asked for; the default asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    criteria: Vec<Criterion>,
    /// In which order; none: the catalogue's own.
    pub order: Option<Order>,
    /// How many of those that fit are passed over.
    pub offset: usize,
    /// How many a page shall have at most.
    pub limit: Option<usize>,
}

/// Why a filter is not understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .0.en)]
pub struct Unfit(pub Text);

/// One condition on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Criterion {
    field: Field,
    operator: Operator,
    values: Vec<String>,
}

/// What a catalogue tells of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Its identifier, `@id`.
    Id,
    /// `dct:title`.
    Title,
    /// `dct:description`.
    Description,
    /// `dcat:keyword`, a list.
    Keyword,
    /// `dcat:theme`.
    Theme,
    /// `dct:format` of its distributions, a list.
    Format,
}

/// What a criterion says; the operators of EDC that make sense for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Like,
    Ilike,
    Contains,
}

/// An order by a field that has one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub field: Field,
    /// Whether the last comes first.
    pub is_descending: bool,
}

impl Filter {
    /// Reads the filter of a request, in plain form (see [`super::tolerant`]).
    ///
    /// # Errors
    /// At the first thing that is not understood, saying what would be.
    pub fn parse(filter: &[Value]) -> Result<Self, Unfit> {
        parse::filter(filter)
    }

    /// Whether a dataset fits, by the values of its fields.
    pub fn fits<'a>(&self, values: impl Fn(Field) -> Vec<&'a str>) -> bool {
        self.criteria.iter().all(|criterion| criterion.holds(&values(criterion.field)))
    }

    /// Whether another filter asks for the same, from wherever on.
    #[must_use]
    pub fn asks_like(&self, other: &Self) -> bool {
        self.criteria == other.criteria && self.order == other.order && self.limit == other.limit
    }

    /// The same, nothing passed over.
    #[must_use]
    pub fn from_the_start(self) -> Self {
        Self { offset: 0, ..self }
    }

    /// In the form that [`Filter::parse`] reads.
    #[must_use]
    pub fn to_values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = self.criteria.iter().map(Criterion::to_value).collect();
        let mut query = serde_json::Map::new();
        if let Some(order) = self.order {
            query.insert("sortField".to_owned(), json!(order.field.as_str()));
            query.insert("sortOrder".to_owned(), json!(if order.is_descending { "DESC" } else { "ASC" }));
        }
        if self.offset > 0 {
            query.insert("offset".to_owned(), json!(self.offset));
        }
        if let Some(limit) = self.limit {
            query.insert("limit".to_owned(), json!(limit));
        }
        if !query.is_empty() {
            values.push(Value::Object(query));
        }
        values
    }
}

impl Criterion {
    /// Of a list it is enough that one value is as asked; of the negations, none may be.
    fn holds(&self, found: &[&str]) -> bool {
        let is_named = || found.iter().any(|text| self.values.iter().any(|value| value == text));
        match self.operator {
            Operator::Equal | Operator::In | Operator::Contains => is_named(),
            Operator::NotEqual | Operator::NotIn => !is_named(),
            Operator::Like => self.is_like(found, WildMatchPattern::new),
            Operator::Ilike => self.is_like(found, WildMatchPattern::new_case_insensitive),
        }
    }

    fn is_like(&self, found: &[&str], read: impl Fn(&str) -> WildMatchPattern<'%', '_'>) -> bool {
        let patterns: Vec<_> = self.values.iter().map(|value| read(value)).collect();
        found.iter().any(|text| patterns.iter().any(|pattern| pattern.matches(text)))
    }

    fn to_value(&self) -> Value {
        let value = match self.values.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        json!({ "field": self.field.as_str(), "operator": self.operator.as_str(), "value": value })
    }
}

impl Order {
    /// Which of two values comes first; the second of each tells equal ones apart.
    #[must_use]
    pub fn compare(self, one: (&str, &str), other: (&str, &str)) -> Ordering {
        let ascending = one.cmp(&other);
        if self.is_descending { ascending.reverse() } else { ascending }
    }
}

impl Field {
    /// All, as we write them on the wire, with what else denotes the same: the terms of DCAT and DCT, and the properties of EDC's assets.
    const NAMES: &[(Self, &'static str, &[&'static str])] = &[
        (Self::Id, "@id", &["id", "https://w3id.org/edc/v0.0.1/ns/id"]),
        (Self::Title, "title", &["http://purl.org/dc/terms/title", "name", "https://w3id.org/edc/v0.0.1/ns/name"]),
        (
            Self::Description,
            "description",
            &["http://purl.org/dc/terms/description", "https://w3id.org/edc/v0.0.1/ns/description"],
        ),
        (Self::Keyword, "keyword", &["http://www.w3.org/ns/dcat#keyword"]),
        (Self::Theme, "theme", &["http://www.w3.org/ns/dcat#theme"]),
        (Self::Format, "format", &["http://purl.org/dc/terms/format"]),
    ];

    /// The field's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(field, _, _)| *field == self).map_or("", |(_, name, _)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        // EDC quotes names that have dots.
        let name = expanded(name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).unwrap_or(name));
        let is_meant = |(_, own, others): &&(Self, &str, &[&str])| *own == name || others.contains(&name.as_str());
        Self::NAMES.iter().find(is_meant).map(|(field, _, _)| *field)
    }

    fn is_list(self) -> bool {
        matches!(self, Self::Keyword | Self::Format)
    }

    fn is_sortable(self) -> bool {
        matches!(self, Self::Id | Self::Title | Self::Theme)
    }
}

impl Operator {
    const ALL: [Self; 7] =
        [Self::Equal, Self::NotEqual, Self::In, Self::NotIn, Self::Like, Self::Ilike, Self::Contains];

    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Like => "like",
            Self::Ilike => "ilike",
            Self::Contains => "contains",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(word))
    }

    fn takes_many(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

/// EDC's own vocabulary.
const EDC: &str = "https://w3id.org/edc/v0.0.1/ns/";

/// Prefixes that may stand before a name.
const PREFIXES: &[(&str, &str)] =
    &[("edc:", EDC), ("dct:", "http://purl.org/dc/terms/"), ("dcat:", "http://www.w3.org/ns/dcat#")];

/// A name with its prefix written out.
fn expanded(name: &str) -> String {
    let written_out = |(prefix, iri): &(&str, &str)| name.strip_prefix(prefix).map(|rest| format!("{iri}{rest}"));
    PREFIXES.iter().find_map(written_out).unwrap_or_else(|| name.to_owned())
}
