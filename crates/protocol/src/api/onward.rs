//! The part of the management API that is about onward transfer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ClauseInfo;
use super::connector::ReasonInfo;
use crate::tc609::catalog::TableCard;
use crate::tc609::derived::Lineage;
use crate::tc609::onward::{OnwardAct, OnwardLimits};

/// `POST /onward`: asks to hand on what is held under a contract. The same key is the same hop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOnward {
    /// Our key of it.
    pub onward_id: String,
    /// Under which contract.
    pub contract_id: String,
    /// Derived data; none: what was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// Who gets it: the code of a member, or of its connector.
    pub receiver: String,
    /// `distribute` or `grantUse`.
    pub action: String,
    /// What for.
    #[serde(default)]
    pub purpose: Option<String>,
    /// How far it goes.
    #[serde(default)]
    pub limits: OnwardLimits,
    /// Where we are, if the contract asks.
    #[serde(default)]
    pub region: Option<String>,
    /// A one-time code of the person who asks, if the contract demands a second authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Its answer: what was decided, and the hop if it was handed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardAnswer {
    /// `awaiting`, `refused`, `stopped`, `failed` or `done`.
    pub state: String,
    /// `allow`, `allow_if`, `deny` or `deny_by_default`.
    pub decision: String,
    /// By which clauses, for people.
    pub reasons: Vec<ReasonInfo>,
    /// Which duty it waits for, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// The hop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onward: Option<OnwardInfo>,
}

/// `POST /onward/{id}/answer`: whether we take it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOnwardAnswer {
    /// Whether.
    pub take: bool,
    /// Why not.
    #[serde(default)]
    pub reason: String,
}

/// `POST /onward/{id}/withdrawal`: takes it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOnwardWithdrawal {
    /// Why.
    pub reason: String,
}

/// `GET /onward`, `GET /onward/{id}`: a hop. In a list its statements and clauses are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardInfo {
    /// Its id.
    pub onward_id: String,
    /// Under which contract.
    pub contract_id: String,
    /// The space.
    pub space_id: String,
    /// The product.
    pub product_id: String,
    /// The provider's connector.
    pub provider: String,
    /// Its name, where it is known.
    pub provider_name: String,
    /// Who hands on.
    pub sender: String,
    /// Its name, where it is known.
    pub sender_name: String,
    /// Who gets it.
    pub receiver: String,
    /// Its name, where it is known.
    pub receiver_name: String,
    /// `distribute` or `grantUse`.
    pub action: String,
    /// What for.
    pub purpose: String,
    /// `offered`, `taken`, `refused`, `withdrawn`, `received`, `revoked` or `destroyed`.
    pub state: String,
    /// When it was handed on.
    #[schemars(with = "crate::api::schema::Instant")]
    pub offered_at: Timestamp,
    /// The hops before it, the first one first.
    pub chain: Vec<String>,
    /// How far it goes.
    pub limits: OnwardLimits,
    /// The tables.
    pub tables: Vec<TableCard>,
    /// Rows.
    pub rows: u64,
    /// Digest of the content.
    pub digest: String,
    /// Where it comes from, if it is derived data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// The policy that goes with it, clause by clause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseInfo>,
    /// What was said, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<OnwardStepInfo>,
    /// What we can do now: `take`, `refuse`, `withdraw`.
    pub moves: Vec<String>,
}

/// One statement of a hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardStepInfo {
    /// Its place, from 1.
    pub number: u32,
    /// What it does.
    pub act: OnwardAct,
    /// Who said it.
    pub author: String,
    /// Its name, where it is known.
    pub author_name: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Its digest.
    pub digest: String,
}
