//! Filing under keys of the parties (加密备案): the text of a contract as the platform keeps it. TC609-6-2025-14 §7.4 a, §7.5 e, §8.4 a.
//!
//! All parties sign which keys of provider and consumer it is sealed for (`expansionItem.filingKeys`). The private halves stay at their connectors, so the
//! platform, which reads the text once while it files it, cannot open what it keeps.

use serde::{Deserialize, Serialize};

use super::contract::FilingStamp;
use crate::id::{ConnectorId, ContractId};

/// A key that the filed text is sealed for, as the contract names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilingKey {
    /// Whose it is.
    pub connector_id: ConnectorId,
    /// RFC 7638 thumbprint of the connector's sealing key in the contract's suite, base64url.
    pub kid: String,
}

/// The text of one filed version, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedText {
    /// Which contract.
    pub contract_id: ContractId,
    /// Which version of it, from 1.
    pub version: u32,
    /// Hash of the signed bytes, in the suite: what is opened has it.
    pub contract_hash: String,
    /// `sm` (SM4-GCM, keys wrapped with SM2) or `intl` (AES-256-GCM, keys wrapped with HPKE).
    pub suite: String,
    /// Base64url of nonce (12 bytes), ciphertext and tag (16 bytes) over the canonical form of the contract with its signatures.
    pub ciphertext: String,
    /// The key of it, wrapped for each of those that hold the text.
    pub keys: Vec<WrappedKey>,
}

/// The key of a sealed text, wrapped for one connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrappedKey {
    /// For whom.
    pub connector_id: ConnectorId,
    /// Under which of its keys.
    pub kid: String,
    /// Base64url.
    pub wrapped: String,
}

/// A sealed filing as a file: canonical JSON. Whoever holds one of its keys opens it, and finds the contract that the stamp is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedFile {
    /// The text.
    pub sealed: SealedText,
    /// The platform's proof of filing.
    pub filing: FilingStamp,
}

/// `/filedText` (ours): a party asks for the sealed text of a version that was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FiledTextQuery {
    /// Of which contract.
    pub contract_id: ContractId,
    /// Which version; the one in force where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}
