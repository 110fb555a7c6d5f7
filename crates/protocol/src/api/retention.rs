//! How long records are kept, and what becomes of them then.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;
use crate::text::Text;

/// A kind of records with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionClass {
    /// In a word.
    pub name: String,
    /// For people.
    pub told: Text,
    /// From when on it counts, for people.
    pub since: Text,
    /// What law and standards ask for at least, such as `184d` or `3y`.
    pub least: String,
    /// What this node keeps; none if nothing of it is ever disposed of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// Where that stands.
    pub source: String,
}

/// A contract that has ended, and its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionInfo {
    /// The contract.
    pub contract_id: String,
    /// Its space.
    pub space_id: String,
    /// `kept`, `due`, `held`, `ordered` or `disposed`.
    pub state: String,
    /// When it ended.
    #[schemars(with = "Instant")]
    pub ended_at: Timestamp,
    /// From when on its records may be disposed of.
    #[schemars(with = "Instant")]
    pub due_at: Timestamp,
    /// Since when they are kept longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub held_at: Option<Timestamp>,
    /// By whose decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_why: Option<String>,
    /// What else stands in the way just now: `frozen`, `disputed`, `unproven`, `waiting`. Told of what is due.
    #[serde(default)]
    pub obstacles: Vec<String>,
    /// Records of evidence that were disposed of so far.
    pub records: u64,
    /// When all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub disposed_at: Option<Timestamp>,
}

/// What a node keeps for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionList {
    /// The kinds of records.
    pub classes: Vec<RetentionClass>,
    /// Whether what is due is disposed of by itself; if not, a person says so for each contract.
    pub is_automatic: bool,
    /// Contracts that have ended, those due next first; then those disposed of, the latest first.
    pub items: Vec<RetentionInfo>,
}

/// Why the records of a contract are kept longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionHold {
    /// For people: a court's order, an investigation.
    pub why: String,
}
