//! The rounds of a negotiation in the management API: what may be changed, what was said when, and how one round differs from the one before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ClauseInfo;
use crate::tc609::countersigning::ServiceParty;
use crate::tc609::negotiation::ProposedTerms;
use crate::text::Text;

/// What to change of the terms on the table, where no whole terms are given. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TermsChange {
    /// How many uses every permission allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// The fields that every permission opens, `name` or `table.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// For how long from the first use, ISO 8601, such as `P30D`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// How long the contract lasts, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_fen: Option<u64>,
    /// Charged for each completed use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_use_fen: Option<u64>,
    /// The service parties that sign beside the two sides; an empty list: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_parties: Option<Vec<ServiceParty>>,
}

impl TermsChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One difference between two rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DifferenceInfo {
    /// `added`, `removed` or `changed`.
    pub kind: String,
    /// JSON pointer into the newer terms; of what was removed, into the older.
    pub clause: String,
    /// What a condition limits, by its name in -14; none for what is no comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operand: Option<String>,
    /// What differs, in words.
    pub text: Text,
    /// What was said before; none for what was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Text>,
    /// What is said now; none for what was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Text>,
}

/// `GET /negotiations/{pid}/rounds`: one move, with its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoundInfo {
    /// From 1, in the order in which this side made or heard the moves.
    pub number: u32,
    /// The round of proposals it belongs to, where it is one.
    pub round: Option<u32>,
    /// `request`, `offer`, `accept`, `agree`, `verify`, `finalize` or `terminate`.
    pub kind: String,
    /// `consumer` or `provider`.
    pub by: String,
    /// Whether it was our move.
    pub is_ours: bool,
    /// The connector that made it, and the name of whoever stands behind it.
    pub author: String,
    /// Its name.
    pub author_name: String,
    /// When it was made or heard.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// The digest of its document, as it stands in the evidence.
    pub digest: Option<String>,
    /// Whether its author signed the document.
    pub is_signed: bool,
    /// The terms, of a proposal among members.
    pub terms: Option<ProposedTerms>,
    /// The ODRL offer, with a partner.
    pub offer: Option<Value>,
    /// What it says, for people; empty where there is no document or our policy engine does not read it.
    pub clauses: Vec<ClauseInfo>,
    /// What differs from the proposal before; of the first among members, from the listing.
    pub differences: Vec<DifferenceInfo>,
    /// Why it was ended.
    pub note: Option<String>,
}
