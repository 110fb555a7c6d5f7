//! A draft (合约草案): a contract that is created at the platform and negotiated with its operator's help, put before the parties at their own connectors.
//! TC609-6-2025-14 §7.2 c, §7.3 d, A.3; `signMode` `02`. The messages between platform and connectors are ours, B.2.3 says only a round of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::application::PartyCard;
use super::catalog::CatalogEntry;
use super::negotiation::ProposedTerms;
use super::template::TemplateUse;
use crate::id::{ConnectorId, ContractId, ProductId};
use crate::json::{JsonError, canonical};

/// Where it stands: open, being signed, and then for good one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// Provider and consumer do not stand behind the same round yet.
    Open,
    /// They do; each party signs the contract that was drawn up from it.
    Signing,
    /// All have signed, the contract is filed.
    Filed,
    /// A party refused.
    Refused,
    /// The time for an answer is over.
    Expired,
    /// The operator withdrew it.
    Withdrawn,
    /// It cannot become a contract any more: a party is barred, the product is delisted, the contract was ended.
    Failed,
}

impl DraftState {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Signing, Self::Filed, Self::Refused, Self::Expired, Self::Withdrawn, Self::Failed];

    /// The word on the wire, in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signing => "signing",
            Self::Filed => "filed",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Open | Self::Signing)
    }
}

/// One round: the terms that a party or the operator proposes, in answer to those before. Whoever signs the RFC 8785 form of this stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftRound {
    /// The contract, whose identifier the platform allocated at once.
    pub contract_id: ContractId,
    /// The draft, under the name that its maker gave it.
    pub draft_id: String,
    /// The logical space whose rules apply.
    pub space_id: String,
    /// `sm` or `intl`.
    pub suite: String,
    /// What it is over.
    pub product_id: ProductId,
    /// The provider's connector.
    pub provider: ConnectorId,
    /// The consumer's connector.
    pub consumer: ConnectorId,
    /// 合约名称.
    pub contract_name: String,
    /// 合约简介.
    pub contract_abstract: String,
    /// 1 for the first round, and one more for each that follows.
    pub round: u32,
    /// The digest of the round before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Who proposes: a party's connector, or the platform.
    pub author: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issue_time: Timestamp,
    /// What is proposed.
    pub terms: ProposedTerms,
    /// What its author says to the others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl DraftRound {
    /// The bytes that its author signs, and whoever stands behind it.
    ///
    /// # Errors
    /// If a number in the policies has no canonical form.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, JsonError> {
        canonical(self)
    }
}

/// A signature under a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoundSignature {
    /// Who: a party's connector, or the platform.
    pub signer: String,
    /// Key id.
    pub kid: String,
    /// Base64url of the signature over [`DraftRound::signing_bytes`].
    pub signature: String,
    /// The signer's credential; none of the platform, whose keys are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// A round with its author's signature, and then those of the parties that took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedRound {
    /// What is signed.
    pub round: DraftRound,
    /// The author's first.
    pub signatures: Vec<RoundSignature>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftEnd {
    /// Whose doing it is; none where it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// `POST /tc609/draft`, platform → provider, consumer: the draft as it stands, whole, so that a message that is lost or late costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftDocument {
    /// The contract.
    pub contract_id: ContractId,
    /// The draft, under the name that its maker gave it.
    pub draft_id: String,
    /// Rises with every change.
    pub sequence: u64,
    /// Where it stands.
    pub state: DraftState,
    /// The product as it was listed when the draft was made.
    pub entry: CatalogEntry,
    /// `sm` or `intl`.
    pub suite: String,
    /// The provider.
    pub provider: PartyCard,
    /// The consumer.
    pub consumer: PartyCard,
    /// The templates that the first round's policies came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// All rounds, from the first.
    pub rounds: Vec<SignedRound>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be answered, and signed.
    pub answer_by: Timestamp,
    /// Hash of the contract that is signed, once it is drawn up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_hash: Option<String>,
    /// How it ended, if it did without a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DraftEnd>,
}

impl DraftDocument {
    /// The round on the table.
    #[must_use]
    pub fn last(&self) -> Option<&SignedRound> {
        self.rounds.last()
    }

    /// Its provider and consumer.
    #[must_use]
    pub fn sides(&self) -> [&PartyCard; 2] {
        [&self.provider, &self.consumer]
    }

    /// Whether a connector is its provider's or its consumer's.
    #[must_use]
    pub fn is_side(&self, connector: &str) -> bool {
        self.sides().iter().any(|card| card.connector_id.as_str() == connector)
    }
}

/// `POST /tc609/draftAnswer`, by provider or consumer: it stands behind a round, proposes the next one, or refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftAnswer {
    /// Which contract.
    pub contract_id: ContractId,
    /// The digest of the round that is answered.
    pub digest: String,
    /// Its own signature under that round: it takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<RoundSignature>,
    /// The round that it proposes instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<SignedRound>,
    /// Why it refuses, where it does neither.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
