//! Disputes over a contract (合约争议): a chain of signed statements, and the file that an arbitrator is given. TC609-6-2025-14 §7.1, §7.5 b, A.2 e. The national
//! documents name the step and no message, so the messages are ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::{Contract, ContractFile, FilingStamp, Signature};
use super::metering::Statement;
use super::negotiation::HistoryFile;
use super::termination::{BreachNotice, TerminationVoucher};
use super::version::VersionChain;
use crate::id::{ConnectorId, ContractId};

/// What a dispute is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 履行: what was delivered, or how it was used.
    Performance,
    /// 支付与收费: the settlement, or what a smart clause charged.
    Payment,
    /// 违规违约: a violation, or a declaration that there was one.
    Violation,
    /// 终止: how the contract ended.
    End,
}

impl Subject {
    /// All.
    pub const ALL: [Self; 4] = [Self::Performance, Self::Payment, Self::Violation, Self::End];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Performance => "performance",
            Self::Payment => "payment",
            Self::Violation => "violation",
            Self::End => "end",
        }
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// 提起: a party opens the dispute.
    Open,
    /// 陈述: a party or the platform says something.
    State,
    /// 和解提议: a party offers a settlement.
    Offer,
    /// 接受和解: the other party accepts the last offer; both have settled.
    Accept,
    /// 撤回: the opener withdraws.
    Withdraw,
    /// 裁决: the platform's operator decides.
    Decide,
}

impl Act {
    /// All.
    pub const ALL: [Self; 6] = [Self::Open, Self::State, Self::Offer, Self::Accept, Self::Withdraw, Self::Decide];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::State => "state",
            Self::Offer => "offer",
            Self::Accept => "accept",
            Self::Withdraw => "withdraw",
            Self::Decide => "decide",
        }
    }

    /// The kind of the record that its author leaves.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Open => "dispute.opened",
            Self::State => "dispute.stated",
            Self::Offer => "dispute.offered",
            Self::Accept => "dispute.settled",
            Self::Withdraw => "dispute.withdrawn",
            Self::Decide => "dispute.decided",
        }
    }
}

/// How the operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// 支持.
    Upheld,
    /// 部分支持.
    InPart,
    /// 不予支持.
    Rejected,
}

impl Ruling {
    /// All.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::InPart, Self::Rejected];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::InPart => "in_part",
            Self::Rejected => "rejected",
        }
    }
}

/// A document that goes with a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeAttachment {
    /// Its name: 1 to 128 characters.
    pub name: String,
    /// Its digest in the contract's suite.
    pub digest: String,
    /// Its content in base64, if it is small and is to go with the dispute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// One statement: its author signs the RFC 8785 form of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeStatement {
    /// Which dispute.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: ContractId,
    /// Hash of the signed contract.
    pub contract_hash: String,
    /// `sm` or `intl`: the suite of the signatures and digests.
    pub suite: String,
    /// Its place, from 1.
    pub number: u32,
    /// Digest of the statement before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The author's key of it: the same key is the same statement.
    pub statement_id: String,
    /// What it does.
    pub act: Act,
    /// Who says it: a connector, or the platform.
    pub author: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// In words.
    pub text: String,
    /// What the dispute is about; of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// How much is claimed, in fen; of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<u64>,
    /// How it is decided; of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// Records of evidence that it refers to, all of this contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    /// Documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<DisputeAttachment>,
}

/// A statement with what makes it its author's: a party's signature, or the platform's stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeStep {
    /// What is said.
    pub statement: DisputeStatement,
    /// A party's signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The platform's stamp: a compact JWS (typ `xinyu-dispute+jwt`) over [`DisputeClaims`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<FilingStamp>,
}

/// What the platform attests: of a statement of its own, or of its part of an arbitration bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeClaims {
    /// Which dispute.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: ContractId,
    /// The platform.
    pub platform_id: String,
    /// Digest of what is stamped, in the contract's suite.
    pub digest: String,
    /// Digest of the canonical form of the keys beside the stamp.
    pub keys_hash: String,
}

/// `/dispute` (ours): connector → platform, one statement with the author's own record of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeMessage {
    /// The statement.
    pub step: DisputeStep,
    /// The author's record.
    pub record: Value,
}

/// Its answer: the platform has taken it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeTaken {
    /// Until when the other party is heard.
    pub answer_by: Timestamp,
}

/// `/disputeNotice` (ours): platform → connector, one statement that the platform has taken or made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeNotice {
    /// The statement.
    pub step: DisputeStep,
    /// Until when the other party is heard.
    pub answer_by: Timestamp,
}

/// `/disputeShow` (ours): which dispute is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeQuery {
    /// Which.
    pub dispute_id: String,
}

/// `/disputeBundle` (ours): the bundle of a dispute is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleQuery {
    /// Of which dispute.
    pub dispute_id: String,
    /// The texts of the contract's versions, brought by a party where the platform keeps them sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<Contract>,
}

/// The arbitration bundle (仲裁证据包) as a file: its canonical form. Every byte is covered by the platform's stamp, by a party's signature, or by that form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArbitrationBundle {
    /// 1.
    pub v: u8,
    /// What the platform has.
    pub platform: PlatformRecords,
    /// The platform's stamp over [`Self::platform`].
    pub stamp: FilingStamp,
    /// What the parties have, as far as they contributed; the provider first.
    pub sides: Vec<SignedSide>,
}

/// What the platform has of a dispute and its contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformRecords {
    /// Which dispute.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: ContractId,
    /// The space.
    pub space_id: String,
    /// When it was put together.
    pub made_at: Timestamp,
    /// Until when the other party was to be heard.
    pub answer_by: Timestamp,
    /// The contract with both signatures and the proof of filing.
    pub contract: ContractFile,
    /// All versions of the contract, the first one first, where it came to more than one; `contract` is among them.
    #[serde(default, skip_serializing_if = "VersionChain::is_empty")]
    pub versions: VersionChain,
    /// The statements, from the first.
    pub steps: Vec<DisputeStep>,
    /// The termination voucher, if the contract ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<TerminationVoucher>,
    /// The settlement, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    /// What parties declared of the contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<BreachNotice>,
    /// The keys of the log, as the log publishes them.
    pub log_keys: String,
    /// The entries about the contract, with their proofs and both signed heads: an `xinyu_evidence` extract.
    pub log: Value,
}

/// What a party has, signed by it as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedSide {
    /// What it has.
    pub side: SideRecords,
    /// Its signature over the canonical form of [`Self::side`].
    pub signature: Signature,
}

/// What a party has of a dispute and its contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SideRecords {
    /// Which dispute.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: ContractId,
    /// Who.
    pub connector_id: ConnectorId,
    /// `provider` or `consumer`.
    pub role: String,
    /// When it was put together.
    pub made_at: Timestamp,
    /// Hash of the contract as it signed it.
    pub contract_hash: String,
    /// The statements as it keeps them.
    pub steps: Vec<DisputeStep>,
    /// The history of the negotiation, as it archived it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryFile>,
    /// Its own records of the contract, oldest first.
    pub records: Vec<SideRecord>,
}

/// A record that a party keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SideRecord {
    /// Where the platform says that its log holds it; none: it has not said so yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The signed record.
    pub record: Value,
}
