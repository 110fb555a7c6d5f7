//! The part of the management API that is about signed stubs of lineages: what another log proves, and what of ours comes from it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lineage::{LineageNode, LineageStep};
use super::schema::Instant;

/// `POST /lineage/stubs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStub {
    /// The stub, as its maker gave it.
    pub stub: Value,
    /// The keys of its log, two lines, as known from elsewhere than from the stub.
    pub keys: String,
    /// Our product that comes from it.
    pub product_id: String,
}

/// `GET /lineage/stubs`: a stub that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StubInfo {
    /// What it is known by here.
    pub stub_id: String,
    /// The product that comes from it.
    pub product_id: String,
    /// The log that it stands in.
    pub origin: String,
    /// Entries of that log when it was made.
    pub size: u64,
    /// The node that it is about.
    pub node: String,
    /// The contract that this is held under there.
    pub contract_id: Option<String>,
    /// The digest of its content, hexadecimal.
    pub digest: Option<String>,
    /// When it was taken.
    #[schemars(with = "Instant")]
    pub taken_at: Timestamp,
}

/// `GET /lineage/stubs/{id}`: what it proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForeignLineage {
    /// The stub, for each product that comes from it.
    pub stubs: Vec<StubInfo>,
    /// The node with what leads to it, by the names of its own log.
    pub nodes: Vec<LineageNode>,
    /// Its steps; their entries are those of its own log.
    pub steps: Vec<LineageStep>,
}
