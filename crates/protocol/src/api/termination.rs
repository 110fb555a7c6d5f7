//! The part of the management API that is about the ends of contracts. TC609-6-2025-14 §7.6.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::termination::{BreachNotice, Disposal, TerminateType, TerminationClosing, TerminationKind};

/// How a contract ends, or has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndingInfo {
    /// Which end.
    pub termination_id: String,
    /// Why, by kind.
    pub kind: TerminationKind,
    /// 解除类型.
    pub terminate_type: TerminateType,
    /// Why, in words.
    pub reason: String,
    /// What becomes of the data.
    pub disposal: Disposal,
    /// Who proposed or ordered it; the platform, when it decided.
    pub issuer: String,
    /// What was broken, of a breach.
    #[serde(default)]
    pub clause: Option<String>,
    /// Records of evidence that it rests on.
    #[serde(default)]
    pub records: Vec<String>,
    /// When both had agreed, or when it was decided.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issue_time: Timestamp,
    /// From when nothing may be done.
    #[schemars(with = "crate::api::schema::Instant")]
    pub end_time: Timestamp,
    /// When the contract would have ended by itself.
    #[schemars(with = "crate::api::schema::Instant")]
    pub scheduled_end_time: Timestamp,
    /// Whether it has taken effect.
    pub is_effective: bool,
    /// The connectors that signed.
    #[serde(default)]
    pub signed_by: Vec<String>,
    /// What was done afterwards, once it is.
    #[serde(default)]
    pub closing: Option<TerminationClosing>,
}

/// A proposal of an early end, as this connector keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalInfo {
    /// Its id.
    pub termination_id: String,
    /// Whether we made it.
    pub ours: bool,
    /// `proposed`, `agreed`, `refused`, `withdrawn`, `superseded` or `filed`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// What becomes of the data.
    pub disposal: Disposal,
    /// When the contract shall end; none: as soon as both have agreed.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub end_time: Option<Timestamp>,
    /// When it was proposed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub proposed_at: Timestamp,
    /// When it was agreed, refused or withdrawn.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answered_at: Option<Timestamp>,
    /// Why it was refused, withdrawn or superseded.
    pub note: Option<String>,
    /// What our people may do: `agree` and `refuse`, or `withdraw`.
    pub moves: Vec<String>,
}

/// What would be settled if the contract ended now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwedInfo {
    /// Charged once, and once more with every renewal.
    pub base_fen: u64,
    /// Uses made, as this side counted.
    pub uses: u64,
    /// For each, by the version in force; those before it may have been at another price.
    pub per_use_fen: u64,
    /// Their sum.
    pub total_fen: u64,
}

/// `GET /agreements/{id}/termination`: everything about the end of a contract on this side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationInfo {
    /// The contract.
    pub contract_id: String,
    /// How it ends, once that is filed.
    pub ending: Option<EndingInfo>,
    /// What was proposed, newest first.
    pub proposals: Vec<ProposalInfo>,
    /// What was declared, newest first.
    pub breaches: Vec<BreachNotice>,
    /// How the data can go after the end.
    pub disposals: Vec<Disposal>,
    /// When it ends by itself.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub scheduled_end_time: Option<Timestamp>,
    /// Where the data stands, on the consumer's side.
    pub data: Option<String>,
    /// What would be settled now; none once it is, and for what is not settled.
    pub owed: Option<OwedInfo>,
    /// Why no end can be proposed, if none can: `unsigned`, `not_filed`, `ending` or `ended`.
    pub bar: Option<String>,
}

/// `POST /agreements/{id}/termination`: proposes an early end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTermination {
    /// Our key of it; the same key is the same proposal.
    pub termination_id: String,
    /// Why: 1 to 256 characters.
    pub reason: String,
    /// When it shall end; none: as soon as both have agreed.
    #[serde(default)]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub end_time: Option<Timestamp>,
    /// What becomes of the data.
    #[serde(default)]
    pub disposal: Disposal,
}

/// `POST /agreements/{id}/termination/decision`: what our people say of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationDecision {
    /// Which proposal.
    pub termination_id: String,
    /// `agree`, `refuse` or `withdraw`.
    pub action: String,
    /// Why; must be said of a refusal.
    #[serde(default)]
    pub reason: String,
}

/// `POST /agreements/{id}/breaches`: declares that the contract must end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBreach {
    /// Our key of it; the same key is the same declaration.
    pub claim_id: String,
    /// `breach`, or `consent` where the consent of whoever the data is about was withdrawn.
    pub ground: String,
    /// What was broken, a JSON pointer into the contract.
    pub clause: String,
    /// Records of evidence that show it.
    #[serde(default)]
    pub records: Vec<String>,
    /// In words: 1 to 256 characters.
    pub statement: String,
    /// What shall become of the data.
    #[serde(default)]
    pub disposal: Disposal,
}

/// `POST /agreements/{id}/breaches/answer`: we are heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBreachAnswer {
    /// Which declaration.
    pub claim_id: String,
    /// In words: 1 to 256 characters.
    pub answer: String,
}

/// `GET /breaches` on a platform, and `breaches` of a contract there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachInfo {
    /// What was declared, and what came of it.
    pub notice: BreachNotice,
    /// The name of who declared it.
    pub by_name: String,
    /// The name of who is heard.
    pub against_name: String,
    /// Whether the operator may uphold it now: the other party was heard, or its time is over.
    pub is_heard: bool,
}

/// `POST /breaches/{id}/decision`: what the operator of the platform decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachVerdict {
    /// Whether the contract ends.
    pub uphold: bool,
    /// Why: 1 to 256 characters.
    pub reason: String,
}

/// `POST /contracts/{id}/termination` on a regulator's seat: the contract ends at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndContract {
    /// The order's key; the same key is the same order.
    pub order_id: String,
    /// On what ground.
    pub ground: String,
    /// What becomes of the data.
    #[serde(default)]
    pub disposal: Disposal,
}
