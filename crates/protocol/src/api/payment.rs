//! The part of the management API that is about payments of statements.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::payment::Means;

/// `GET /payments`: a payment order, with what was said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentInfo {
    /// Under which contract.
    pub contract_id: String,
    /// What it is over.
    pub product_id: String,
    /// `due`, `paid` or `confirmed`.
    pub state: String,
    /// Who pays.
    pub payer: String,
    /// Its name, where it is known.
    pub payer_name: String,
    /// Who is paid.
    pub payees: Vec<PayeeInfo>,
    /// All that the statement has to be paid, in fen.
    pub total_fen: u64,
    /// What no payee has confirmed yet, in fen.
    pub open_fen: u64,
    /// Digest of the statement: who pays says which one it means.
    pub statement_hash: String,
    /// When it fell due: when the statement was made.
    #[schemars(with = "crate::api::schema::Instant")]
    pub due_since: Timestamp,
    /// What was said to have been paid, oldest first.
    pub attempts: Vec<AttemptInfo>,
    /// The counters over which the meters differ, and `dispute:…` for each open dispute over it: while there are any, nothing is to be paid.
    pub contested: Vec<String>,
    /// What this node's people can do now: `pay`, `confirm`, `refuse`.
    pub moves: Vec<String>,
}

/// A payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayeeInfo {
    /// Who.
    pub participant_id: String,
    /// Its name, where it is known.
    pub name: String,
    /// Its share, in fen.
    pub amount_fen: u64,
    /// When it confirmed that the money has come.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub confirmed_at: Option<Timestamp>,
}

/// What was said to have been paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttemptInfo {
    /// From 1.
    pub number: u32,
    /// How much, in fen.
    pub amount_fen: u64,
    /// How.
    pub means: Means,
    /// The bank's reference.
    pub reference: String,
    /// When the bank moved it.
    #[schemars(with = "crate::api::schema::Instant")]
    pub paid_at: Timestamp,
    /// When the payer said so.
    #[schemars(with = "crate::api::schema::Instant")]
    pub stated_at: Timestamp,
    /// Under which delegation, where the payer's own node says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation_id: Option<String>,
    /// Who says that it has not come.
    pub refusals: Vec<PaymentRefusal>,
}

/// That money has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentRefusal {
    /// Who says so; empty: the platform did not take the notice.
    pub participant_id: String,
    /// Its name, where it is known.
    pub name: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// `POST /payments/{id}/answer`, by a payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPaymentAnswer {
    /// Which attempt is meant.
    pub attempt: u32,
    /// Whether the money has come.
    pub received: bool,
    /// Why it is refused.
    #[serde(default)]
    pub reason: String,
}
