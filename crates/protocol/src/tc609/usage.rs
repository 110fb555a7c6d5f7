//! Usage control between platform and connectors: `/strategySend`, `/executionFeedback`, `/abnormalTermination`, `/fulfillmentProof`.
//! TC609-6-2025-15 §9. The signature the standard asks for is the caller's request token, which covers the body.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::{FilingStamp, SignedContract};
use super::filing::SealedText;
use crate::id::{ConnectorId, ContractId};

/// Platform → connector: the contract is filed, its policy is in force. §9.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StrategySend {
    /// Which contract.
    pub contract_id: ContractId,
    /// The policy's own id.
    pub strategy_id: String,
    /// Its version.
    pub strategy_version: String,
    /// The digital contract.
    pub transaction_execution_strategy: SignedContract,
    /// The platform's proof of filing.
    pub expansion_item: FilingStamp,
    /// When it was sent down.
    pub issued_at: Timestamp,
    /// The sequence of the set of policy records that counts in the space, at the least; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_set: Option<u64>,
    /// The whole of the contract, where it is filed under keys of its parties: what stands above is then without its policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedText>,
}

/// Consumer's connector → provider's connector: what was decided on a use. §9.2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecutionFeedback {
    /// Where the use was asked for.
    pub connector_id: ConnectorId,
    /// Under which contract.
    pub contract_id: ContractId,
    /// The policy.
    pub strategy_id: String,
    /// `allowed`, `denied` or `conditional`; a default denial is `denied` with its reason in the details.
    pub result: String,
    /// When.
    pub timestamp: Timestamp,
    /// The use, its state, and the clauses that decided.
    pub details: UseDetails,
}

/// What a provider is told of one use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UseDetails {
    /// The use.
    pub use_id: String,
    /// The action, a code of -14.
    pub action: String,
    /// `awaiting`, `running`, `done`, `refused`, `stopped` or `failed`.
    pub state: String,
    /// `allow`, `allow_if`, `deny` or `deny_by_default`.
    pub decision: String,
    /// The clauses that decided.
    pub clauses: Vec<String>,
    /// Rows that left the environment.
    pub rows_out: u64,
    /// How long it ran, in milliseconds.
    #[serde(default)]
    pub run_ms: u64,
    /// What the consumer's side is alerted to by it: `refusals`, `after_end`, `integrity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
}

/// Provider, platform or regulator (through the platform) → connector: stop. §9.2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbnormalTermination {
    /// The connector that is told.
    pub connector_id: ConnectorId,
    /// The order's own id.
    pub termination_id: String,
    /// Which contract.
    pub contract_id: ContractId,
    /// The policy.
    pub strategy_id: String,
    /// Why, at most 256 characters.
    pub reason: String,
    /// `provider` or `system`.
    pub triggered_by: String,
    /// When it was ordered.
    pub timestamp: Timestamp,
}

/// Connector → connector and platform: 履约证明. §9.2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FulfilmentProof {
    /// The proof's own id.
    pub proof_id: String,
    /// Which contract.
    pub contract_id: ContractId,
    /// The policy.
    pub strategy_id: String,
    /// What is proven.
    pub log: ProofLog,
    /// When.
    pub timestamp: Timestamp,
    /// A compact JWS by the prover over this object with an empty signature (typ `xinyu-fulfilment+jwt`).
    pub signature: String,
}

/// What a proof of fulfilment says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofLog {
    /// `destroyed`.
    pub kind: String,
    /// The duty that was fulfilled, a JSON pointer into the contract.
    pub clause: String,
    /// Uses made.
    pub uses: u64,
    /// What was destroyed: name, bytes and digest before.
    pub files: Value,
}
