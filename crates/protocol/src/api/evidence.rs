//! The search of evidence. TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d: by policy, time, subject, person and result, and how often what came of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Event;
use super::schema::Instant;

/// `GET /evidence`: a page of what was found, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidencePage {
    /// What was found.
    pub items: Vec<EvidenceInfo>,
    /// What to ask for as `after` to get the next page; none if this is the last.
    pub next: Option<String>,
}

/// One record, with what it is found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceInfo {
    /// The record.
    pub event: Event,
    /// The policy of its contract.
    pub strategy_id: Option<String>,
    /// The product it is about.
    pub product_id: Option<String>,
    /// Who used, by a pseudonym of its connector.
    pub user: Option<String>,
    /// `allowed`, `conditional`, `denied`, `done`, `stopped`, `failed`, `parsed`, `rejected` or `recorded`.
    pub result: String,
}

/// `GET /evidence/summary`: how often what came to which result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceSummary {
    /// By what: `product`, `user`, `contract`, `actor` or `kind`.
    pub by: String,
    /// The lines, those with the most records first.
    pub lines: Vec<EvidenceCount>,
}

/// One line of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceCount {
    /// The product, user, contract, actor or kind.
    pub key: String,
    /// Its name, where this node knows it.
    pub name: String,
    /// The result.
    pub result: String,
    /// How many records.
    pub count: u64,
    /// The first of them.
    #[schemars(with = "Instant")]
    pub first_at: Timestamp,
    /// The last of them.
    #[schemars(with = "Instant")]
    pub last_at: Timestamp,
}
