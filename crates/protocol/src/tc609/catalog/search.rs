//! What members ask the catalogue for, and what it answers. TC609-6-2025-01 §5.2.2.4; TC609-6-2025-16 7.3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CatalogEntry;
use crate::text::Text;

/// `/catalog`: member → platform. `{}` asks for everything; what is empty asks for nothing in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CatalogQuery {
    /// Words; nothing in them is an operator.
    pub q: String,
    /// Values of which one has to be there, by facet: `topic`, `scenario`, `industry`, `form`, `space`, `provider`, `quality`, `security`, `frequency`, `personal`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Vec<String>>,
    /// What one use may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_at_most_fen: Option<u64>,
    /// `relevance`, `newest`, `price` or `quality`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub order: String,
    /// The cursor of the page before.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// How many products; 0 is what is usual.
    #[serde(skip_serializing_if = "is_zero")]
    pub limit: u32,
    /// Whether facets and suggestions are wanted as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
    /// Instead of words: this product alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// Instead of words: products that are like this one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub like: String,
    /// Instead of words: products whose tables join with those of this one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub joins: String,
}

/// Its answer, of what the caller may see alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogPage {
    /// How many there are.
    pub total: u64,
    /// This page.
    pub entries: Vec<CatalogEntry>,
    /// Why each of the entries is there, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<CatalogReason>,
    /// The cursor of the next page, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How often each value is there, by facet, as if nothing were chosen in that facet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facets: BTreeMap<String, Vec<CatalogCount>>,
    /// What the words could become.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// Why an entry is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogReason {
    /// Where the words of the question stand in its name: first byte and the one behind the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<(u32, u32)>,
    /// Where they stand in its description.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub description: Vec<(u32, u32)>,
    /// Words that it shares with the product that it is like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<String>,
    /// By what the question found it: `words`, `meaning` or `both`; empty when nothing was asked in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Columns by which it joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<CatalogJoin>,
}

/// Two columns that join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogJoin {
    /// Table and column of the product that was asked about.
    pub mine: (String, String),
    /// Table and column of the entry.
    pub theirs: (String, String),
    /// How well they go together, of 100.
    pub score: u8,
    /// Why.
    pub reason: Text,
}

/// How often a value is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogCount {
    /// The value.
    pub value: String,
    /// Its name, where it has one of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How many products have it.
    pub count: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
