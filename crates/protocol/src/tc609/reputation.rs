//! A reputation statement (信誉声明): a figure with all that it was computed from, signed, so that a stranger computes it again. docs/reputation.md;
//! TC609-6-2025-01 §5.2.2.13.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was counted of one kind of event on one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tally {
    /// The kind, as the formula names it.
    pub event: String,
    /// The day, in UTC.
    #[schemars(with = "String")]
    pub day: Date,
    /// How many.
    pub count: u64,
    /// Where it is seen, for events that are few: ids of records in the log, contracts, certifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

/// One factor of the figure, as it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorResult {
    /// Its name.
    pub factor: String,
    /// Its weight, in thousandths of the whole.
    pub weight_permille: u32,
    /// After how many days an event counts half; none: it does not fade.
    pub half_life_days: Option<u32>,
    /// Events that count for it, as they happened.
    pub good: u64,
    /// Events that count against it, as they happened.
    pub bad: u64,
    /// 0 to 1000; without any event 500.
    pub score: u32,
    /// What it brings to the figure.
    pub contribution: u32,
}

/// What the platform states of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReputationStatement {
    /// The formula with its version.
    pub formula: String,
    /// Of whom: the connector of the member.
    pub connector_id: String,
    /// The participant.
    pub participant_id: String,
    /// Who states it.
    pub issuer: String,
    /// As of when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub as_of: Timestamp,
    /// Since when there can be events.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
    /// What was counted.
    pub tallies: Vec<Tally>,
    /// Events of business among it: with too few of them there is no figure.
    pub business_events: u64,
    /// The factors.
    pub factors: Vec<FactorResult>,
    /// 0 to 1000; none: too little is known.
    pub figure: Option<u32>,
    /// `A` to `D`.
    pub grade: Option<String>,
}

/// A statement with its signature, as it is exported: a JWS by the platform's DID whose payload is the statement in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedStatement {
    /// What is stated.
    pub statement: ReputationStatement,
    /// SHA-256 of its canonical form, which stands in the log.
    pub digest: String,
    /// The signature around it.
    pub jws: String,
}

/// `/reputation`, connector → platform: asks for the caller's own statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReputationRequest {}
