//! Payment of a statement (支付确认). NDI-TR-2025-03 §8.3.3.3; TC609-6-2025-01 §5.2.2.9. The money moves at a bank: what travels here is what the payer
//! says of a transfer and what each payee says of its receipt. The national documents name the step and no message, so the messages are ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ContractId, ParticipantId};

/// How money was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// 银行转账.
    BankTransfer,
    /// 银行承兑汇票.
    BankDraft,
    /// 支票.
    Cheque,
    /// 第三方支付机构.
    ThirdParty,
}

impl Means {
    /// All.
    pub const ALL: [Self; 4] = [Self::BankTransfer, Self::BankDraft, Self::Cheque, Self::ThirdParty];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BankTransfer => "bank_transfer",
            Self::BankDraft => "bank_draft",
            Self::Cheque => "cheque",
            Self::ThirdParty => "third_party",
        }
    }

    /// For people, in Chinese and in English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::BankTransfer => ("银行转账", "bank transfer"),
            Self::BankDraft => ("银行承兑汇票", "bank draft"),
            Self::Cheque => ("支票", "cheque"),
            Self::ThirdParty => ("第三方支付机构", "payment service"),
        }
    }
}

/// What the payer says of a transfer of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paid {
    /// The payer's key of it: the same key is the same payment.
    pub payment_id: String,
    /// The statement that it pays, by the digest of its canonical form.
    pub statement_hash: String,
    /// How much.
    pub amount_fen: u64,
    /// How.
    pub means: Means,
    /// The bank's reference, by which a payee finds it among its receipts.
    pub reference: String,
    /// When the bank moved it.
    #[schemars(with = "crate::api::schema::Instant")]
    pub paid_at: Timestamp,
}

/// `/payment`: consumer → platform → provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentNotice {
    /// Under which contract.
    pub contract_id: ContractId,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// The shares that it pays: those that were not confirmed when it was made.
    pub covers: Vec<ParticipantId>,
    /// The transfer.
    pub paid: Paid,
    /// When the payer said so.
    pub at: Timestamp,
}

/// `/paymentAnswer`: provider → platform, platform → both. Whether the money has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentAnswer {
    /// Under which contract.
    pub contract_id: ContractId,
    /// Of which attempt.
    pub attempt: u32,
    /// Whose shares.
    pub payees: Vec<ParticipantId>,
    /// Whether it has come.
    pub received: bool,
    /// Why not.
    #[serde(default)]
    pub reason: String,
    /// When the payee said so.
    pub at: Timestamp,
}

/// `/paymentContest`: platform → both. The meters differ after all, or agree again: until then nothing is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentContest {
    /// Under which contract.
    pub contract_id: ContractId,
    /// The counters that differ; none: they agree again.
    pub differences: Vec<String>,
    /// When it was found.
    pub at: Timestamp,
}
