//! Drafts of contracts (合约草案) in the management API, at the platform and at the parties. TC609-6-2025-14 §7.2 c, §7.3 d.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ClauseInfo;
use super::negotiation::{DifferenceInfo, TermsChange};
use super::policy_record::ParseStep;
use super::template::TemplateChoice;
use crate::tc609::contract::Revenue;
use crate::tc609::countersigning::ServiceParty;
use crate::tc609::draft::DraftState;
use crate::tc609::negotiation::ProposedTerms;
use crate::tc609::template::TemplateUse;
use crate::text::Text;

/// `POST /drafts` at the platform: a contract that the operator draws up for two members. What is absent is as the product's listing has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDraft {
    /// The maker's key of it: the same key is the same draft.
    pub draft_id: String,
    /// 合约名称, 1 to 128 characters.
    #[serde(default)]
    pub name: String,
    /// 合约简介, 1 to 1,024 characters.
    #[serde(default)]
    pub summary: String,
    /// The product.
    #[serde(default)]
    pub product_id: String,
    /// The provider's connector; it must be the one that has listed the product.
    #[serde(default)]
    pub provider: String,
    /// The consumer's connector.
    #[serde(default)]
    pub consumer: String,
    /// Templates with their values, from which the policies are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateChoice>,
    /// The policies themselves, where they come from no template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<Value>>,
    /// Price and shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Revenue>,
    /// How long the contract lasts, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Who serves the contract and signs it beside the two sides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_parties: Vec<ServiceParty>,
    /// A few figures to change of all that, so that nobody has to write policies by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
    /// Until when it can be answered and signed; 14 days, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answer_by: Option<Timestamp>,
    /// What the operator says to the parties.
    #[serde(default)]
    pub note: String,
}

/// Something that is missing or wrong in a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftFault {
    /// Where: a JSON pointer into the request.
    pub pointer: String,
    /// What.
    pub text: Text,
}

/// `POST /drafts/check`: what creating it would say. Nothing is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftCheck {
    /// Everything that is missing or wrong; none: it can be created.
    pub faults: Vec<DraftFault>,
    /// The six steps in which its policies were parsed.
    pub steps: Vec<ParseStep>,
    /// What they say, for people.
    pub clauses: Vec<ClauseInfo>,
    /// What differs from the listing.
    pub differences: Vec<DifferenceInfo>,
}

/// `GET /drafts`: one draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftInfo {
    /// The contract.
    pub contract_id: String,
    /// The draft.
    pub draft_id: String,
    /// The contract's name.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The consumer's name.
    pub consumer_name: String,
    /// Where it stands.
    pub state: DraftState,
    /// The number of the last round.
    pub round: u32,
    /// Its digest: what an answer is about.
    pub digest: String,
    /// When it was made.
    #[schemars(with = "crate::api::schema::Instant")]
    pub created_at: Timestamp,
    /// Until when it can be answered and signed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// Hash of the contract that is signed, once it is drawn up.
    pub contract_hash: Option<String>,
    /// When it ended without a contract.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub ended_at: Option<Timestamp>,
    /// Whose doing that was.
    pub ended_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Why our last answer was not taken, at a party.
    pub note: Option<String>,
    /// What whoever looks may do: `propose` and `withdraw` at the platform; `take`, `propose`, `refuse` and `sign` at a party.
    pub moves: Vec<String>,
}

/// A party and what it has said of the last round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftPartyInfo {
    /// Its connector.
    pub connector_id: String,
    /// Its name.
    pub name: String,
    /// `01` provider, `02` consumer, `03` service party.
    pub signatory_type: String,
    /// `waits` for its answer, `stands` behind the last round, `asked` for its signature, `signed`, `refused`.
    pub state: String,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftRoundInfo {
    /// From 1.
    pub round: u32,
    /// Who proposed it.
    pub author: String,
    /// Its name.
    pub author_name: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// Digest of what was signed.
    pub digest: String,
    /// What its author said to the others.
    pub note: String,
    /// The terms.
    pub terms: ProposedTerms,
    /// What they say, for people.
    pub clauses: Vec<ClauseInfo>,
    /// What differs from the round before; of the first, from the listing.
    pub differences: Vec<DifferenceInfo>,
    /// The names of the parties that stand behind it.
    pub stands: Vec<String>,
}

/// `GET /drafts/{id}`: a draft, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftLife {
    /// Where it stands.
    pub line: DraftInfo,
    /// 合约简介.
    pub summary: String,
    /// The logical space whose rules apply.
    pub space_id: String,
    /// The parties, and what each has said.
    pub parties: Vec<DraftPartyInfo>,
    /// All rounds, the last one first.
    pub rounds: Vec<DraftRoundInfo>,
    /// The templates that the first round came from.
    pub templates: Vec<TemplateUse>,
    /// The six steps in which the last round's policies were parsed.
    pub steps: Vec<ParseStep>,
}

/// `POST /drafts/{id}/rounds` at the platform: the operator mediates, and both parties have to answer anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDraftRound {
    /// The digest of the round that it answers: what was shown.
    pub digest: String,
    /// Whole terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<ProposedTerms>,
    /// What to change of the terms on the table, or of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
    /// What is said to the others.
    #[serde(default)]
    pub note: String,
}

/// `POST /drafts/{id}/withdrawal` at the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftWithdrawal {
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// `POST /drafts/{id}/decision` at a party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftDecision {
    /// `take`, `propose` or `refuse`. The contract that comes of it is signed by `POST /countersignings/{id}/decision`.
    pub action: String,
    /// The digest of the round that was shown: no other is answered.
    pub digest: String,
    /// With `propose`: whole terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<ProposedTerms>,
    /// With `propose`: what to change of the terms on the table, or of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
    /// What is said to the others; must be said of a refusal.
    #[serde(default)]
    pub note: String,
}
