//! Derived data (衍生数据): what a use has made and a connector keeps, with the policy it inherits and where it comes from. TC609-6-2025-15 §7.1.2.4 i (策略继承).
//! The national documents name the rule and no form, so the form is ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::Signature;
use crate::id::{ConnectorId, ContractId, PlatformId};

/// Something that derived data was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageInput {
    /// Under which contract it was used.
    pub contract_id: ContractId,
    /// Which product.
    pub product_id: String,
    /// Digest of its content, in the contract's suite.
    pub digest: String,
    /// The derived data, if it was some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_id: Option<String>,
}

/// A registered component that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineageComponent {
    /// `algorithm`, `model` or `application`.
    pub kind: String,
    /// `identifier@version`.
    pub name: String,
    /// The digest of what ran.
    pub digest: String,
}

/// Where derived data comes from (来源链).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lineage {
    /// The derived data.
    pub derived_id: String,
    /// What it was made from.
    pub inputs: Vec<LineageInput>,
    /// The control instruction (控制指令) that it was made under.
    pub strategy_id: String,
    /// The use that made it.
    pub use_id: String,
    /// The action of that use, a code of -14.
    pub action: String,
    /// Digest of the query that ran.
    pub query_digest: String,
    /// The fields that it read.
    pub fields: Vec<String>,
    /// The registered components that ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<LineageComponent>,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub made_at: Timestamp,
    /// Rows.
    pub rows: u64,
    /// Digest of its own content, in the contract's suite: of the package of its table.
    pub digest: String,
}

/// What a connector says of derived data that leaves it: its holder signs the RFC 8785 form of this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DerivedStatement {
    /// Where it comes from.
    pub lineage: Lineage,
    /// Whose connector held it.
    pub holder: ConnectorId,
    /// `sm` or `intl`: the suite of signature and digests.
    pub suite: String,
    /// The policies that it stays under, all of them: the strictest counts.
    pub policies: Vec<Value>,
    /// The use by which it left.
    pub use_id: String,
    /// When it left.
    #[schemars(with = "crate::api::schema::Instant")]
    pub left_at: Timestamp,
    /// Digest of the content as it left, the mark included.
    pub content_digest: String,
}

/// The content of derived data that leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DerivedContent {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// The file that leaves: content, policy and lineage in one, for `xinyu derived verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DerivedFile {
    /// What is said of it.
    pub statement: DerivedStatement,
    /// The holder's signature, with its credential.
    pub signature: Signature,
    /// The data.
    pub content: DerivedContent,
    /// The platform that admitted the holder.
    pub platform_id: PlatformId,
    /// Its public keys.
    pub keys: Value,
}
