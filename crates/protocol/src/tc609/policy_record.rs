//! Policy records (策略) as they are written, signed by their author, stamped by the platform, and sent down to connectors as one set a space.
//! TC609-6-2025-15 §7.2.2.1 a, b, e, §7.1.2.2 a, f.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contract::FilingStamp;

/// Whose policies records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordLayer {
    /// The operator's, for everything in the space.
    Space,
    /// The provider's, for every contract about a product.
    Product,
}

impl RecordLayer {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Product => "product",
        }
    }
}

/// A record as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPolicyRecord {
    /// ID: lower-case letters, digits and `-`, beginning with a letter; the same for all its versions.
    pub record_id: String,
    /// In which space.
    pub space_id: String,
    /// `space` or `product`.
    pub layer: RecordLayer,
    /// About which product; of a product's record always, of a space's never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// 名称.
    pub name: String,
    /// 描述.
    #[serde(default)]
    pub description: String,
    /// 类型: `constraint` or `action`.
    pub kind: String,
    /// 执行动作: `allow` or `deny`.
    pub action: String,
    /// 关联对象: lists of `products`, `actions` and `subjects`; an empty list means any.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub object: Map<String, Value>,
    /// 参数: a text `${name}` of the policy stands for the parameter of that name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// 优先级: the higher comes first.
    #[serde(default)]
    pub priority: u32,
    /// From when on it counts, once it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub valid_from: Option<Timestamp>,
    /// Until when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub valid_until: Option<Timestamp>,
    /// What it says: an object with `contractPolicies`, or such a list alone.
    pub policy: Value,
}

/// What an author signs of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordStatement {
    /// What was written.
    pub record: NewPolicyRecord,
    /// Counts up with every saving.
    pub version: u32,
    /// The suite of the signature: that of the space.
    pub suite: String,
    /// The platform, or the provider's connector.
    pub author_id: String,
    /// When it was signed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
}

/// What the author's proof says: a compact JWS (typ `xinyu-policy-record+jwt`) over this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordClaims {
    /// Hash of the statement in its suite, hexadecimal.
    pub statement_hash: String,
}

/// A statement with its author's proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedPolicyRecord {
    /// What is said.
    pub statement: PolicyRecordStatement,
    /// By whom.
    pub proof: String,
    /// The credential of a connector; the platform proves itself with its own keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// 草稿.
    Draft,
    /// 待审核.
    Submitted,
    /// 审核未通过.
    Refused,
    /// 已审核, in no use yet.
    Reviewed,
    /// 启用.
    Enabled,
    /// 禁用.
    Disabled,
    /// 已删除; it is kept, and nobody can use it any more.
    Retired,
}

impl RecordState {
    /// All.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Submitted, Self::Refused, Self::Reviewed, Self::Enabled, Self::Disabled, Self::Retired];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Refused => "refused",
            Self::Reviewed => "reviewed",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Retired => "retired",
        }
    }
}

/// Where a version stands since when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordStanding {
    /// Which record.
    pub record_id: String,
    /// Which version.
    pub version: u32,
    /// Where it stands.
    pub state: RecordState,
    /// Why, where there is something to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
}

/// What the platform attests of a version: a compact JWS (typ `xinyu-policy-stamp+jwt`) over these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyStampClaims {
    /// Where it stands.
    pub standing: PolicyRecordStanding,
    /// Hash of the signed statement in its suite, hexadecimal.
    pub signed_hash: String,
    /// The platform.
    pub platform_id: String,
    /// When.
    pub stamped_at: Timestamp,
    /// Hash of the platform's keys.
    pub keys_hash: String,
}

/// A version with the platform's stamp: a file that verifies offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StampedPolicyRecord {
    /// Where it stands.
    pub standing: PolicyRecordStanding,
    /// What its author signed.
    pub signed: SignedPolicyRecord,
    /// The platform's proof over [`PolicyStampClaims`].
    pub filing: FilingStamp,
}

/// What the platform attests of a set: a compact JWS (typ `xinyu-policy-set+jwt`) over these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySetClaims {
    /// The platform.
    pub platform_id: String,
    /// The space.
    pub space_id: String,
    /// Counts up with every change of what is enabled.
    pub sequence: u64,
    /// Hash of the records in the suite of the space, hexadecimal.
    pub records_hash: String,
    /// When.
    pub issued_at: Timestamp,
}

/// `/policySet`: platform → connectors of the space, as soon as what is enabled changes: all records that are enabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySet {
    /// As their authors signed them, by id.
    pub records: Vec<SignedPolicyRecord>,
    /// The platform's proof over [`PolicySetClaims`].
    pub stamp: String,
}

/// `/policySets`: connector → platform: the newest set of a space. The answer is a [`PolicySetAnswer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySetRequest {
    /// Which space.
    pub space_id: String,
}

/// The newest set; none where no record was ever enabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySetAnswer {
    /// The set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<PolicySet>,
}

/// The sequence of the newest set, by space; a space in which none was ever enabled is not named.
pub type PolicySequences = BTreeMap<String, u64>;

/// `/policyRecordSave`: by a provider, for a product of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordSave {
    /// The version, signed.
    pub signed: SignedPolicyRecord,
    /// Who wrote it there, by a pseudonym.
    pub person: String,
}

/// `/policyRecordMove`: by a provider, with a record of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordOrder {
    /// Which.
    pub record_id: String,
    /// Which version.
    pub version: u32,
    /// `submit`, `enable`, `disable` or `retire`.
    pub action: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// `/policyRecords` and `/policyRecordVersions`: connector → platform; without an identifier those of the caller's spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecordListing {
    /// All versions of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<String>,
}
