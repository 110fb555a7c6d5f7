//! Onward transfer (转授, 分发与授权使用): a holder hands data on to a third member, and the policy goes with it. TC609-6-2025-14 C.5 `distribute`, `grantUse`,
//! `plicyTransmit`; TC609-6-2025-15 §7.1.2.1 b (分发对象, 加密传输, 身份验证, 记录). The national documents name the actions and no message, so the messages are ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::application::PartyCard;
use super::catalog::TableCard;
use super::contract::Signature;
use super::derived::Lineage;
use crate::id::{ConnectorId, ContractId, ParticipantId, PlatformId};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnwardAct {
    /// 转授: the sender hands data on.
    Offer,
    /// 接受: the receiver takes it, with its policy.
    Take,
    /// 拒绝: the receiver does not.
    Refuse,
    /// 撤回: the sender or the provider of the contract takes it back.
    Withdraw,
    /// 收到: the data has arrived.
    Receive,
    /// 销毁: the data is destroyed at the receiver.
    Destroy,
}

impl OnwardAct {
    /// All.
    pub const ALL: [Self; 6] = [Self::Offer, Self::Take, Self::Refuse, Self::Withdraw, Self::Receive, Self::Destroy];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Take => "take",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Receive => "receive",
            Self::Destroy => "destroy",
        }
    }

    /// The kind of the record that its author leaves.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Offer => "onward.offered",
            Self::Take => "onward.taken",
            Self::Refuse => "onward.refused",
            Self::Withdraw => "onward.withdrawn",
            Self::Receive => "onward.received",
            Self::Destroy => "onward.destroyed",
        }
    }
}

/// How far a hop goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardLimits {
    /// How many uses go with it, of those that are left to the sender; needed where the contract counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// Until when, if earlier than the policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub until: Option<Timestamp>,
    /// Whether the receiver may hand it on, where the contract lets it.
    #[serde(default)]
    pub may_hand_on: bool,
}

/// What is handed on, to whom, and under what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardGrant {
    /// The space.
    pub space_id: String,
    /// The product.
    pub product_id: String,
    /// The provider's connector.
    pub provider: ConnectorId,
    /// The consumer's, of the contract.
    pub consumer: ConnectorId,
    /// Who hands on.
    pub sender: ConnectorId,
    /// Who gets it.
    pub receiver: ConnectorId,
    /// Whose connector that is.
    pub receiver_entity_id: ParticipantId,
    /// `distribute` or `grantUse`.
    pub action: String,
    /// What for.
    pub purpose: String,
    /// The hops by which the sender got it, the first one first; none if the sender is the contract's consumer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// Where it comes from, if it is derived data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// The tables.
    pub tables: Vec<TableCard>,
    /// Rows.
    pub rows: u64,
    /// Digest of the content, in the contract's suite: of the package, before it is sealed.
    pub digest: String,
    /// How far the hop goes.
    pub limits: OnwardLimits,
    /// The policies that the sender holds it under, all of them.
    pub original: Vec<Value>,
    /// The policies that go with it: the same, narrowed by the limits.
    pub policies: Vec<Value>,
    /// The facts on which the sender's connector decided.
    pub request: Value,
    /// When it was first used: a window that runs goes on running.
    pub first_use_at: Option<Timestamp>,
    /// When the contract ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// One statement: its author signs the RFC 8785 form of this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardStatement {
    /// Which hop.
    pub onward_id: String,
    /// Under which contract.
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
    /// What it does.
    pub act: OnwardAct,
    /// Who says it.
    pub author: ConnectorId,
    /// When.
    pub at: Timestamp,
    /// Why, of a refusal or a withdrawal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What is handed on; of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Box<OnwardGrant>>,
    /// Digest of the content that arrived; of a receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The files that are gone, with size and digest; of a destruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Value>,
}

/// A statement with its author's signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardStep {
    /// What is said.
    pub statement: OnwardStatement,
    /// Its author's signature, with its credential.
    pub signature: Signature,
}

/// `/onward` (ours): connector → platform, one statement with the author's own record of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardMessage {
    /// The statement.
    pub step: OnwardStep,
    /// The author's record.
    pub record: Value,
}

/// `/onwardReceiver` (ours): connector → platform, who would get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardQuery {
    /// Under which contract.
    pub contract_id: ContractId,
    /// The receiver: the code of a participant, or of its connector.
    pub receiver: String,
}

/// Its answer: the one connector that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardReceiver {
    /// The receiver.
    pub card: PartyCard,
}

/// `/onwardNotice` (ours): platform → the connectors that take part, one statement that it has taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardNotice {
    /// The statement.
    pub step: OnwardStep,
    /// Sender and receiver, as their peers need to know them; with the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<PartyCard>,
}

/// `GET /onward/{id}/file`: all statements of a hop, for `xinyu onward verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardFile {
    /// Oldest first.
    pub steps: Vec<OnwardStep>,
    /// The platform that admitted who signed.
    pub platform_id: PlatformId,
    /// Its public keys.
    pub keys: Value,
}
