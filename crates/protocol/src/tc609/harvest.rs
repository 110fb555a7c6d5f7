//! 目录汇聚: what other catalogues hold, as a member finds it at its platform. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::CatalogCount;
use crate::api::schema::Instant;

/// `/harvested`: member → platform, and people of a node: what is looked for. The default finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HarvestedQuery {
    /// Words; nothing in them is an operator.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Of this source alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// This record alone, whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// The cursor of the page before; empty for the first page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// How many; 0 is as many as a page has.
    pub limit: u32,
}

/// A page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HarvestedPage {
    /// The records, the best first.
    pub entries: Vec<HarvestedInfo>,
    /// How many there are.
    pub total: u64,
    /// The cursor of the next page; none after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many each source has of them, as if none were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<CatalogCount>,
    /// What the words could become.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// A record of another catalogue. It is no product: it is had where it comes from, on the terms there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HarvestedInfo {
    /// Its key here.
    pub record_id: String,
    /// Of which source.
    pub harvest_id: String,
    /// What that is called.
    pub source: String,
    /// In which space it is shown; empty at a connector.
    pub space_id: String,
    /// What it is called.
    pub title: String,
    /// What it holds.
    pub description: String,
    /// Who publishes it.
    pub publisher: String,
    /// Words for the search.
    pub keywords: Vec<String>,
    /// Topic code of NDI-TR-2025-06, where the source gives one.
    pub topic: String,
    /// Licence: a name or an IRI.
    pub licence: String,
    /// A page about it at the source.
    pub page: String,
    /// Where its files and services are.
    pub addresses: Vec<String>,
    /// When the source last changed it, if it says so.
    #[schemars(with = "Option<Instant>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// When it was first met here.
    #[schemars(with = "Option<Instant>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The whole of what is kept of it, with what was lost on the way; of one record that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Value>,
}
