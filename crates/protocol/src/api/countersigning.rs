//! Contracts of more than two parties in the management API. TC609-6-2025-14 §6.2.1.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ClauseInfo;
use super::negotiation::DifferenceInfo;
use super::termination::EndingInfo;
use crate::tc609::contract::SignedContract;
use crate::tc609::countersigning::Service;
use crate::tc609::negotiation::ProposedTerms;

/// A party of a contract and where its signature stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyInfo {
    /// The connector that signs for it.
    pub connector_id: String,
    /// The organisation.
    pub name: String,
    /// `01` provider, `02` consumer, `03` service party.
    pub signatory_type: String,
    /// What a service party does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// `signed`, `asked` or `refused`.
    pub state: String,
}

/// How the signatures of service parties are gathered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningInfo {
    /// Which version of the contract it is.
    pub version: u32,
    /// Hash of what all sign.
    pub contract_hash: String,
    /// `open`, `filed`, `refused`, `expired`, `withdrawn` or `failed`.
    pub state: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub opened_at: Timestamp,
    /// Until when they can be given.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// Why it came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// All parties of that text.
    pub parties: Vec<PartyInfo>,
}

/// `GET /countersignings`: a contract, or a later version of one, for which the platform asked our signature: as a service party, or as a side of a contract that
/// was negotiated with its help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningInfo {
    /// The contract.
    pub contract_id: String,
    /// Hash of what all sign.
    pub contract_hash: String,
    /// Which version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The consumer's name.
    pub consumer_name: String,
    /// What we do for it; none, where we are its provider or its consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// `asked`, `signed`, `refused`, `filed`, `ended` (it came to nothing) or `terminated` (it was in force and has ended).
    pub state: String,
    /// When we were asked.
    #[schemars(with = "crate::api::schema::Instant")]
    pub asked_at: Timestamp,
    /// Until when it can be answered.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// When we answered.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answered_at: Option<Timestamp>,
    /// Why it was refused or came to nothing.
    pub note: Option<String>,
    /// What our people may do: `sign` and `refuse`.
    pub moves: Vec<String>,
}

/// A round of the negotiation that concerns us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConcerningRound {
    /// Which round.
    pub round: u32,
    /// The connector that proposed.
    pub author: String,
    /// Its organisation's name.
    pub author_name: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// What was proposed.
    pub terms: ProposedTerms,
    /// What differs from the round before, of those that concern us.
    pub differences: Vec<DifferenceInfo>,
}

/// `GET /countersignings/{id}`: a contract that we serve, with its newest text and all before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningLife {
    /// The newest text for which our signature was asked.
    pub line: CountersigningInfo,
    /// All of them, newest first.
    pub all: Vec<CountersigningInfo>,
    /// The newest text, with the signatures as far as we know them.
    pub contract: SignedContract,
    /// Its parties.
    pub parties: Vec<PartyInfo>,
    /// What it allows, forbids and demands, for people.
    pub clauses: Vec<ClauseInfo>,
    /// The rounds that concern us.
    pub rounds: Vec<ConcerningRound>,
    /// What differs from the version in force, of a later version.
    pub differences: Vec<DifferenceInfo>,
    /// How the contract ends, once that is known.
    pub ending: Option<EndingInfo>,
}

/// `POST /countersignings/{id}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningDecision {
    /// `sign` or `refuse`.
    pub action: String,
    /// Hash of what was shown: nothing else is signed or refused.
    pub contract_hash: String,
    /// Why; must be said of a refusal.
    #[serde(default)]
    pub reason: String,
}
