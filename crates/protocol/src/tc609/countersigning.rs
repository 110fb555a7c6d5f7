//! Contracts of more than two parties: who serves a contract in what (数据服务方), and how its signature is asked for and given (会签). TC609-6-2025-14
//! §6.2.1, C.1 row 9. The messages are ours: B.2 has none for a third party's signature.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contract::{Signature, SignedContract};
use super::draft::DraftDocument;
use super::negotiation::SignedProposal;
use crate::id::{ConnectorId, ContractId, ParticipantId};
use crate::text::Text;

/// What a service party does for a contract. The standard names the party and has no codes for its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// 加工处理.
    Processing,
    /// 托管.
    Custody,
    /// 审计.
    Audit,
    /// 经纪.
    Brokerage,
    /// 其他服务.
    Other,
}

impl Service {
    /// All.
    pub const ALL: [Self; 5] = [Self::Processing, Self::Custody, Self::Audit, Self::Brokerage, Self::Other];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Custody => "custody",
            Self::Audit => "audit",
            Self::Brokerage => "brokerage",
            Self::Other => "other",
        }
    }

    /// The service of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == word)
    }

    /// For people.
    #[must_use]
    pub fn label(self) -> Text {
        match self {
            Self::Processing => Text::new("加工处理", "processing"),
            Self::Custody => Text::new("托管", "custody"),
            Self::Audit => Text::new("审计", "audit"),
            Self::Brokerage => Text::new("经纪", "brokerage"),
            Self::Other => Text::new("其他服务", "another service"),
        }
    }
}

/// A service party of a contract, as the two sides negotiate over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceParty {
    /// The connector that signs for it; whose it is stands in the code.
    pub connector_id: ConnectorId,
    /// The name of the organisation, as the platform registered it.
    pub name: String,
    /// What it does.
    pub service: Service,
}

impl ServiceParty {
    /// The organisation.
    #[must_use]
    pub fn participant_id(&self) -> ParticipantId {
        self.connector_id.owner()
    }
}

/// `POST /tc609/countersigning`: the platform asks a service party for its signature under a contract that provider and consumer have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningRequest {
    /// The whole contract, with the signatures of provider and consumer.
    pub contract: SignedContract,
    /// The rounds of the negotiation from the first one that names a service party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<SignedProposal>,
    /// Until when it can be answered.
    pub answer_by: Timestamp,
    /// The draft that it was drawn up from, of a contract that was negotiated with the platform: nobody has signed that yet, and all parties are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<DraftDocument>>,
}

/// `POST /tc609/countersigningAnswer`: a service party signs the same bytes, or says why it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningAnswer {
    /// Which contract.
    pub contract_id: ContractId,
    /// Hash of the bytes that were signed.
    pub contract_hash: String,
    /// The signature; none of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// Why it is refused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// `POST /tc609/countersigningWithdrawal`: provider or consumer does not wait any longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningWithdrawal {
    /// Which contract.
    pub contract_id: ContractId,
    /// Hash of the bytes that two have signed.
    pub contract_hash: String,
    /// Why.
    pub reason: String,
}

/// `POST /tc609/countersigningEnd`: the platform tells every party that the signatures will not be complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersigningEnd {
    /// Which contract.
    pub contract_id: ContractId,
    /// Hash of the bytes that were to be signed.
    pub contract_hash: String,
    /// `refused`, `expired`, `withdrawn` or `failed`.
    pub outcome: String,
    /// Whose doing it is; none where it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ConnectorId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
