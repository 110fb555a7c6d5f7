//! Contract negotiation messages. DSP 2025-1 §7, with the digital contract of TC609-6-2025-14 carried as an extension member.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message;
use crate::tc609::contract::SignedContract;
use crate::tc609::negotiation::SignedProposal;

message! {
    /// Consumer → provider: opens a negotiation, or answers an offer.
    ContractRequestMessage {
        /// The consumer's id of the process.
        consumer_pid: String,
        /// The provider's id of the process; absent in the first message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_pid: Option<String>,
        /// Where the provider sends its messages; required in the first message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback_address: Option<String>,
        /// An ODRL offer, with at least `@id` and `target`.
        offer: Value,
        /// The application that the platform and the provider approved (our extension).
        #[serde(rename = "tc609:applicationId", default, skip_serializing_if = "Option::is_none")]
        application_id: Option<String>,
        /// What is proposed, with its author's signature (our extension); a peer of another maker leaves it out.
        #[serde(rename = "tc609:proposal", default, skip_serializing_if = "Option::is_none")]
        proposal: Option<SignedProposal>,
    }
}

message! {
    /// Provider → consumer: an offer or a counter-offer.
    ContractOfferMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process; absent in the first message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        consumer_pid: Option<String>,
        /// Where the consumer sends its messages; required in the first message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback_address: Option<String>,
        /// An ODRL offer.
        offer: Value,
        /// What is proposed, with its author's signature (our extension); a peer of another maker leaves it out.
        #[serde(rename = "tc609:proposal", default, skip_serializing_if = "Option::is_none")]
        proposal: Option<SignedProposal>,
    }
}

message! {
    /// Provider → consumer: the agreement, with the digital contract and the provider's signature.
    ContractAgreementMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// An ODRL agreement.
        agreement: Value,
        /// The digital contract (our extension); a peer of another maker leaves it out.
        #[serde(rename = "tc609:contract", default, skip_serializing_if = "Option::is_none")]
        contract: Option<SignedContract>,
    }
}

message! {
    /// Consumer → provider: the agreement is verified, and the digital contract signed.
    ContractAgreementVerificationMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// The digital contract with both signatures (our extension).
        #[serde(rename = "tc609:contract", default, skip_serializing_if = "Option::is_none")]
        contract: Option<SignedContract>,
    }
}

message! {
    /// Consumer → provider `ACCEPTED`, provider → consumer `FINALIZED`.
    ContractNegotiationEventMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// `ACCEPTED` or `FINALIZED`.
        event_type: String,
    }
}

message! {
    /// Either side ends the negotiation.
    ContractNegotiationTerminationMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// A code of the sender's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reason: Vec<Value>,
    }
}

/// `ContractNegotiationEventMessage` of a consumer that takes the offer.
pub const ACCEPTED: &str = "ACCEPTED";
/// `ContractNegotiationEventMessage` of a provider that puts the agreement in force.
pub const FINALIZED: &str = "FINALIZED";

message! {
    /// The answer to a request, and to a query for the state.
    ContractNegotiation {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// One of the seven states.
        #[serde(default)]
        state: String,
    }
}

message! {
    /// The typed error of this protocol. DSP 2025-1 §7.3.
    ContractNegotiationError {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// Our stable code.
        #[serde(default)]
        code: String,
        /// Why, for people; at least one.
        #[serde(default)]
        reason: Vec<Value>,
    }
}

/// The part of an ODRL offer that the protocol itself reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfferHead {
    /// `@id` of the offer.
    #[serde(rename = "@id")]
    pub id: String,
    /// The dataset.
    #[serde(default)]
    pub target: Option<String>,
}
