//! The part of the management API that is about lineage (溯源). TC609-6-2025-01 §5.2.2.12; TC609-6-2025-16 6.10.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;

/// `GET /evidence/{space}/lineage`: a part of the lineage of a space, or what one may begin at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageInfo {
    /// The space whose log tells it.
    pub space_id: String,
    /// Entries of the log that were read: what came later is not in it yet.
    pub read: u64,
    /// Some data.
    pub nodes: Vec<LineageNode>,
    /// Its steps, in the order of the log.
    pub steps: Vec<LineageStep>,
    /// Where the two sides of an event do not say the same.
    pub differences: Vec<LineageDifference>,
    /// Whether there is more of it than is told.
    pub is_cut: bool,
}

/// Some data: a product, what was delivered of it, derived of that, handed on, or left a use as its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageNode {
    /// The kind and what the data is known by, such as `delivery:C49…`.
    pub id: String,
    /// `product`, `delivery`, `derived`, `handed` or `result`.
    pub kind: String,
    /// The contract that it is held under; none for a product.
    pub contract_id: Option<String>,
    /// Who has it.
    pub holder: Option<String>,
    /// Its name; empty if it is not known here.
    pub holder_name: String,
    /// The digest of its content, hexadecimal.
    pub digest: Option<String>,
    /// Its rows.
    pub rows: Option<u64>,
    /// The entry that it appeared with.
    pub born: LineageGround,
    /// The entry with which its destruction was proven.
    pub destroyed: Option<LineageGround>,
}

/// One step of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageStep {
    /// From which node.
    pub from: String,
    /// To which.
    pub to: String,
    /// By what: a transfer, a use, a hop.
    pub activity: String,
    /// Under which contract.
    pub contract_id: Option<String>,
    /// The entry that says so.
    pub ground: LineageGround,
}

/// The entry of the log that something stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageGround {
    /// Its place in the log.
    pub index: u64,
    /// Its record.
    pub record_id: String,
    /// What happened.
    pub kind: String,
    /// Who says so.
    pub actor: String,
    /// When, by its clock.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// Two sides of one event that do not say the same, or one that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageDifference {
    /// The transfer or the hop.
    pub activity: String,
    /// The contract.
    pub contract_id: Option<String>,
    /// `missing`, `digest`, `rows` or `bytes`.
    pub what: String,
    /// What who gave says.
    pub given: Option<String>,
    /// What who took says.
    pub taken: Option<String>,
}
