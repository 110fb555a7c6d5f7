//! Later versions of a contract that is performed: amended (变更) or renewed (续签). TC609-6-2025-14 §7.4 c. Each is a whole contract under the same
//! identifier, which both sign; its `expansionItem.version` holds it to the version before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contract::{ContractFile, SignedContract};
use crate::id::ContractId;

/// What a later version does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionKind {
    /// 变更: other terms.
    Amendment,
    /// 续签: a later end, and nothing else.
    Renewal,
}

impl VersionKind {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amendment => "amendment",
            Self::Renewal => "renewal",
        }
    }
}

/// What a version says of itself, among what is signed; the first version says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionLink {
    /// 2 for the second version, and one more for each that follows.
    pub number: u32,
    /// Hash of the signed bytes of the version before, in the contract's suite: 64 hexadecimal digits.
    pub previous: String,
    /// What it does.
    pub kind: VersionKind,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// Until when the platform takes it: the signature of whoever proposed it is good for no longer.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// Which clause of the version before has renewed it by itself: such a version bears no signatures of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_by: Option<RenewedBy>,
}

/// What has renewed a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewedBy {
    /// The clause of the version before.
    pub clause: String,
    /// The platform's record that its moment had come.
    pub record: String,
    /// The time of that record.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// `POST /tc609/contractRenewal` (ours), platform → provider's connector: the contract renews itself, and the platform cannot read its text. The provider
/// computes the version and has it filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewalDue {
    /// Which contract.
    pub contract_id: ContractId,
    /// What has renewed it.
    pub by: RenewedBy,
}

/// `POST /tc609/contractVersion` (ours): a later version, signed by whoever proposes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionProposal {
    /// The proposer's key of it.
    pub version_id: String,
    /// The version with its proposer's signature.
    pub contract: SignedContract,
}

/// `POST /tc609/contractVersionAnswer` (ours): it is not wanted, or not any more. Whoever agrees signs, and has it filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionAnswer {
    /// Which proposal.
    pub version_id: String,
    /// Of which contract.
    pub contract_id: ContractId,
    /// `refused` or `withdrawn`.
    pub answer: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The versions of a contract that came to more than one: all of them, the first one first.
pub type VersionChain = Vec<ContractFile>;
