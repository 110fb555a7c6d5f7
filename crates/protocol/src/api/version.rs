//! The versions of a contract in the management API. TC609-6-2025-14 §7.4 c.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::negotiation::{DifferenceInfo, TermsChange};
use crate::tc609::contract::Revenue;
use crate::tc609::smart_clause::SmartClause;
use crate::tc609::version::VersionKind;

/// One version that was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionInfo {
    /// From 1.
    pub number: u32,
    /// What it does; none of the first.
    pub kind: Option<VersionKind>,
    /// Why; none of the first.
    pub reason: Option<String>,
    /// Hash of its signed bytes.
    pub contract_hash: String,
    /// When it was signed.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub signed_at: Option<Timestamp>,
    /// When the contract ends by it.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub end_time: Option<Timestamp>,
    /// When the next one took its place; none of the newest.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub replaced_at: Option<Timestamp>,
    /// How it differs from the one before, in words.
    pub differences: Vec<DifferenceInfo>,
}

/// A version that was proposed, as this connector keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionProposalInfo {
    /// Its key.
    pub version_id: String,
    /// Whether we proposed it.
    pub ours: bool,
    /// `proposed`, `agreed`, `refused`, `withdrawn`, `superseded` or `filed`.
    pub state: String,
    /// Which version it would be.
    pub number: u32,
    /// What it does.
    pub kind: VersionKind,
    /// Why.
    pub reason: String,
    /// Hash of what both sign.
    pub contract_hash: String,
    /// Until when it can be answered.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// When it was proposed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub proposed_at: Timestamp,
    /// When it was answered.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answered_at: Option<Timestamp>,
    /// Why it was refused, withdrawn or superseded.
    pub note: Option<String>,
    /// How it differs from the version in force when it was proposed, in words.
    pub differences: Vec<DifferenceInfo>,
    /// What our people may do: `agree` and `refuse`, or `withdraw`.
    pub moves: Vec<String>,
}

/// `GET /agreements/{id}/versions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionsInfo {
    /// The contract.
    pub contract_id: String,
    /// Those that were filed, the first one first; the last one is in force.
    pub versions: Vec<VersionInfo>,
    /// What was proposed, newest first.
    pub proposals: Vec<VersionProposalInfo>,
    /// Why none can be proposed now, if none can: the code of the refusal.
    pub bar: Option<String>,
    /// How it renews itself, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<RenewalInfo>,
}

/// `POST /agreements/{id}/versions`: proposes a later version to the other party. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVersion {
    /// Our key of it; the same key is the same proposal.
    pub version_id: String,
    /// `amendment` or `renewal`.
    pub kind: VersionKind,
    /// Why: 1 to 256 characters.
    pub reason: String,
    /// A few figures that change; `term` is none of them, the end is said by `endTime` or `extendBy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
    /// Whole policies in place of those there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<Value>>,
    /// Price and shares in place of those there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Revenue>,
    /// Smart clauses in place of those there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smart_clauses: Option<Vec<SmartClause>>,
    /// The new end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub end_time: Option<Timestamp>,
    /// The new end as a span after the one there is, ISO 8601, such as `P1Y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend_by: Option<String>,
    /// Until when it can be answered; seven days from now if absent, at most thirty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answer_by: Option<Timestamp>,
}

/// What a contract says of its automatic renewal, and whether it can still be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewalInfo {
    /// The clause that both have signed.
    pub clause: SmartClause,
    /// By how long.
    pub by: String,
    /// When it is decided: until then either party may refuse.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub decided_at: Option<Timestamp>,
    /// Whether we have refused.
    pub refused: bool,
    /// Why it cannot be refused, a code; none if it can.
    pub bar: Option<String>,
}

/// `POST /agreements/{id}/versions/decision`: what our people say of a proposed version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionDecision {
    /// Which proposal.
    pub version_id: String,
    /// `agree`, `refuse` or `withdraw`.
    pub action: String,
    /// Hash of what is agreed to, as it was shown; must be said of `agree`.
    #[serde(default)]
    pub contract_hash: String,
    /// Why; must be said of a refusal.
    #[serde(default)]
    pub reason: String,
}
