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

/// Some data: a product, what its provider made it from, what was delivered of it, derived of that, handed on, or left a use as its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageNode {
    /// The kind and what the data is known by, such as `delivery:C49…`.
    pub id: String,
    /// `product`, `source`, `foreign`, `delivery`, `derived`, `handed` or `result`.
    pub kind: String,
    /// The contract that it is held under; none for a product and what it was made from.
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

/// `GET /lineage` at a connector: a part of the lineage as this member knows it, or what one may begin at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberLineage {
    /// Some data, the newest first.
    pub nodes: Vec<MemberNode>,
    /// Its steps.
    pub steps: Vec<MemberStep>,
    /// From which columns the columns of what was asked for are made.
    pub columns: Vec<MemberColumn>,
    /// Whether there is more of it than is told.
    pub is_cut: bool,
}

/// Some data: what [`LineageNode`] may be but a source, or a dataset of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberNode {
    /// The kind and what the data is known by, such as `dataset:9f3c…`.
    pub id: String,
    /// `dataset`, `foreign`, `product`, `delivery`, `derived`, `handed` or `result`.
    pub kind: String,
    /// What people call it; empty if it has no name.
    pub name: String,
    /// The contract that it is held under.
    pub contract_id: Option<String>,
    /// Who has it.
    pub holder: Option<String>,
    /// The digest of its content, hexadecimal.
    pub digest: Option<String>,
    /// Its rows.
    pub rows: Option<u64>,
    /// What it stands on; none for a dataset that no complete run made or read.
    pub born: Option<MemberGround>,
    /// The record with which its destruction was proven.
    pub destroyed: Option<MemberGround>,
    /// Its columns with their types, of a dataset.
    pub columns: Vec<(String, String)>,
}

/// One step of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberStep {
    /// From which node.
    pub from: String,
    /// To which.
    pub to: String,
    /// By what: a run, a transfer, a use, a hop; `place` where a product lies where a dataset lies.
    pub activity: String,
    /// Under which contract.
    pub contract_id: Option<String>,
    /// What says so; none for a place.
    pub ground: Option<MemberGround>,
}

/// What something stands on: a record of this connector, or a run of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberGround {
    /// The record, or the run.
    pub id: String,
    /// What happened; `pipeline.run` for a run.
    pub kind: String,
    /// Who says so: a party, or a job.
    pub actor: String,
    /// When, by its clock.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// From which column a column is made, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberColumn {
    /// The column that is made; none if all rows depend on it.
    pub to: Option<String>,
    /// The namespace of what is read.
    pub namespace: String,
    /// What is read.
    pub name: String,
    /// Its column.
    pub column: String,
    /// `DIRECT` or `INDIRECT`; empty if it is not told.
    pub kind: String,
    /// Such as `IDENTITY` or `FILTER`.
    pub subtype: String,
    /// Whether the value cannot be told from what is made.
    pub is_masked: bool,
    /// In words.
    pub description: String,
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
