//! The end of a contract before or at its time (合约解除, 终止): what is proposed and signed, `/contractTerminate`, and the voucher (终止凭证).
//! TC609-6-2025-14 §7.6, B.2.6, A.2 f; TC609-6-2025-01 §5.2.2.5 d.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::{FilingStamp, Signature};
use crate::id::{ContractId, ParticipantId};
use crate::json::{JsonError, canonical};

/// 解除类型 (`erminateType`, as the standard spells it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum TerminateType {
    /// 提前解除.
    #[serde(rename = "01")]
    Early,
    /// 到期解除.
    #[serde(rename = "02")]
    Expiry,
}

/// Why a contract ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TerminationKind {
    /// 协商提前终止: both parties signed.
    Agreement,
    /// 到期自动终止.
    Expiry,
    /// What was agreed is done: the uses are made.
    Fulfilment,
    /// 违约: declared by a party, decided by the platform's operator.
    Breach,
    /// 授权撤回: whoever the data is about has withdrawn the consent; declared by the provider, decided by the platform's operator.
    Consent,
    /// 监管指令.
    Order,
    /// A smart clause of the contract says so.
    Clause,
    /// A party's admission was revoked.
    Departure,
}

impl TerminationKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Expiry => "expiry",
            Self::Fulfilment => "fulfilment",
            Self::Breach => "breach",
            Self::Consent => "consent",
            Self::Order => "order",
            Self::Clause => "clause",
            Self::Departure => "departure",
        }
    }

    /// 解除类型: all but the expiry are early.
    #[must_use]
    pub fn terminate_type(self) -> TerminateType {
        match self {
            Self::Expiry => TerminateType::Expiry,
            _ => TerminateType::Early,
        }
    }
}

/// What becomes of the data (数据处理方式). §7.6 d.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposal {
    /// 销毁.
    #[default]
    Destroy,
    /// 匿名化: what is left names nobody. Read, and refused: no connector does it yet.
    Anonymize,
}

impl Disposal {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Anonymize => "anonymize",
        }
    }
}

/// What is signed of an end: its RFC 8785 form, byte for byte. Proposed by one party, it is agreed once the other has signed the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationNotice {
    /// Its own id; the same id is the same end.
    pub termination_id: String,
    /// 合约标识码.
    pub contract_id: ContractId,
    /// 合约名称.
    pub contract_name: String,
    /// Hash of the signed contract; empty for one that was never signed.
    pub contract_hash: String,
    /// `sm` or `intl`: the suite of the signatures.
    pub suite: String,
    /// 解除类型.
    #[serde(rename = "erminateType", alias = "terminateType")]
    pub terminate_type: TerminateType,
    /// Why, by kind.
    pub kind: TerminationKind,
    /// Why, in words: 1 to 256 characters.
    pub reason: String,
    /// What becomes of the data.
    pub disposal: Disposal,
    /// 合约生效时间.
    #[schemars(with = "crate::api::schema::Instant")]
    pub activation_time: Timestamp,
    /// 合约原终止时间.
    #[schemars(with = "crate::api::schema::Instant")]
    pub scheduled_end_time: Timestamp,
    /// 合约约定终止时间; none: as soon as it is agreed or decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub agreed_end_time: Option<Timestamp>,
    /// When it was proposed, or decided.
    #[schemars(with = "crate::api::schema::Instant")]
    pub proposed_at: Timestamp,
    /// 发起主体标识码: a connector, or the platform.
    pub issuer_id: String,
    /// 发起用户主体标识码.
    pub issuer_entity_id: ParticipantId,
    /// What was broken, a JSON pointer into the contract; of a breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Records of evidence that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

impl TerminationNotice {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// Never for a notice that was parsed or built from checked parts.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, JsonError> {
        canonical(self)
    }
}

/// `/contractTerminate`: connector → platform, platform → connector, connector → connector. B.2.6. Its answer is a [`super::Status`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractTerminate {
    /// 合约名称.
    pub contract_name: String,
    /// 合约标识码.
    pub contract_id: ContractId,
    /// 解除时间: when both had agreed, or when it was decided.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issue_time: Timestamp,
    /// 解除类型; the standard's spelling is written, the correct one is read too.
    #[serde(rename = "erminateType", alias = "terminateType")]
    pub terminate_type: TerminateType,
    /// 合约生效时间.
    #[schemars(with = "crate::api::schema::Instant")]
    pub activation_time: Timestamp,
    /// 合约原终止时间.
    #[schemars(with = "crate::api::schema::Instant")]
    pub scheduled_end_time: Timestamp,
    /// 合约约定终止时间: must be there for an early end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub agreed_end_time: Option<Timestamp>,
    /// 发起主体标识码.
    pub issuer_id: String,
    /// 发起用户主体标识码.
    pub issuer_entity_id: ParticipantId,
    /// 签名: the issuer's, base64url over the bytes of the notice; the platform's own notices carry its stamp here.
    pub signature: String,
    /// What the standard has no fields for. An end at its time needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expansion_item: Option<Box<TerminationExpansion>>,
}

/// What `/contractTerminate` carries beyond the standard's fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationExpansion {
    /// The notice, as it was signed.
    pub notice: TerminationNotice,
    /// By whom, with the credentials.
    pub signatures: Vec<Signature>,
    /// The voucher, when the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<TerminationVoucher>,
}

/// 终止凭证. As a file it is the canonical form of this; the platform's stamp covers everything before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationVoucher {
    /// What ends, why and how.
    pub notice: TerminationNotice,
    /// Both parties' signatures where both agreed; none where the platform decided, or obeyed a regulator, whose own record stands in the log.
    pub signatures: Vec<Signature>,
    /// 解除时间: when both had agreed, or when it was decided.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issue_time: Timestamp,
    /// From when nothing may be done under the contract.
    #[schemars(with = "crate::api::schema::Instant")]
    pub end_time: Timestamp,
    /// What was done afterwards, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<TerminationClosing>,
    /// The platform's stamp: a compact JWS (typ `xinyu-termination+jwt`) over [`TerminationClaims`].
    pub filing: FilingStamp,
}

/// What was done after the end: the data disposed of, the settlement stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationClosing {
    /// The proof of destruction (数据销毁证明).
    pub proof_id: String,
    /// `destroyed`.
    pub proof_kind: String,
    /// When it was proven.
    #[schemars(with = "crate::api::schema::Instant")]
    pub proven_at: Timestamp,
    /// Digest of the statement's canonical bytes in the contract's suite.
    pub statement_hash: String,
    /// When the settlement was stated.
    #[schemars(with = "crate::api::schema::Instant")]
    pub settled_at: Timestamp,
}

/// What the platform attests of a voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationClaims {
    /// Which end.
    pub termination_id: String,
    /// Of which contract.
    pub contract_id: ContractId,
    /// The platform.
    pub platform_id: String,
    /// Hash of the canonical form of the voucher without its stamp, in the contract's suite.
    pub voucher_hash: String,
    /// When it was stamped.
    #[schemars(with = "crate::api::schema::Instant")]
    pub stamped_at: Timestamp,
    /// Hash of the canonical form of the keys beside the stamp.
    pub keys_hash: String,
}

/// `/terminationProposal` (ours): connector → connector, with one signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationProposal {
    /// What is proposed.
    pub notice: TerminationNotice,
    /// The proposer's signature.
    pub signature: Signature,
}

/// `/terminationAnswer` (ours): a proposal is refused by the other party, or withdrawn by the one that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminationAnswer {
    /// Which proposal.
    pub termination_id: String,
    /// Of which contract.
    pub contract_id: ContractId,
    /// `refused` or `withdrawn`.
    pub answer: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// `/breach` (ours): a party declares to the platform that the contract must end, and why; the same id is the same declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachClaim {
    /// Its own id.
    pub claim_id: String,
    /// Which contract.
    pub contract_id: ContractId,
    /// `breach` or `consent`.
    pub ground: String,
    /// What was broken, a JSON pointer into the contract.
    pub clause: String,
    /// Records of evidence that show it.
    #[serde(default)]
    pub records: Vec<String>,
    /// In words: 1 to 256 characters.
    pub statement: String,
    /// What shall become of the data.
    #[serde(default)]
    pub disposal: Disposal,
}

/// `/breachAnswer` (ours): the other party is heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachAnswer {
    /// Which declaration.
    pub claim_id: String,
    /// In words: 1 to 256 characters.
    pub answer: String,
}

/// What a party says, with its own signed record of saying it: the body of `/breach` and `/breachAnswer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Said<T> {
    /// What it says.
    pub said: T,
    /// Its record.
    pub record: Value,
}

/// `/breachNotice` (ours): platform → connector, a declaration as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachNotice {
    /// What was declared.
    pub claim: BreachClaim,
    /// By whom.
    pub by: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub claimed_at: Timestamp,
    /// Until when the other party is heard.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// `claimed`, `answered`, `upheld`, `dismissed` or `moot`.
    pub state: String,
    /// What the other party said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answered_at: Option<Timestamp>,
    /// What the operator decided, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub decided_at: Option<Timestamp>,
}
