//! Policy records of space and product in the management API. TC609-6-2025-15 §7.2.2.1.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClauseInfo;
use super::policy::PolicyConflict;
use crate::tc609::policy_record::{NewPolicyRecord, RecordState};
use crate::text::Text;

/// `GET /policyRecords`: one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordInfo {
    /// What was written.
    pub record: NewPolicyRecord,
    /// Which version.
    pub version: u32,
    /// Where it stands.
    pub state: RecordState,
    /// Why.
    pub reason: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
    /// The platform, or the provider's connector.
    pub author_id: String,
    /// Who wrote it: an account here, or a provider's person by a pseudonym.
    pub author: String,
    /// When it was signed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
    /// Hash of the statement that its author signed.
    pub hash: String,
}

/// `GET /policyRecords/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordLife {
    /// Which.
    pub record_id: String,
    /// Its versions, newest first.
    pub versions: Vec<PolicyRecordVersion>,
}

/// A version with what was found of it and done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordVersion {
    /// The version.
    pub info: PolicyRecordInfo,
    /// The six steps of its parsing.
    pub steps: Vec<ParseStep>,
    /// Conflicts within its layer and with the layers around it, as they were when it was saved; newest version: as they are now.
    pub conflicts: Vec<PolicyConflict>,
    /// What it says, in words.
    pub clauses: Vec<ClauseInfo>,
    /// Oldest first.
    pub history: Vec<PolicyRecordAct>,
    /// What can be done with it: `submit`, `approve`, `refuse`, `enable`, `disable`, `retire`.
    pub moves: Vec<String>,
}

/// One of the six steps of parsing, and its outcome. §7.1.2.2 a–f.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParseStep {
    /// `integrity`, `syntax`, `semantics`, `conflicts`, `executable` or `store`.
    pub step: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was found.
    pub text: Text,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordAct {
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// `POST /policyRecords/{id}/versions/{version}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordMove {
    /// `approve`, `refuse`, `enable`, `disable` or `retire`; at a provider's connector `enable`, `disable` or `retire`.
    pub action: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A record that counted in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountedRecordInfo {
    /// `space` or `product`.
    pub layer: String,
    /// Which.
    pub record_id: String,
    /// Which version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Hash of the statement that its author signed.
    pub hash: String,
}
