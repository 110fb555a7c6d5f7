//! Metering by both sides, period after period and in all, and the statement made of it. TC609-6-2025-01 §5.2.2.9 c; NDI-TR-2025-05 §6.2.5 b.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectorId, ContractId, ParticipantId};
use crate::tc609::smart_clause::ClauseCharge;

/// What one party counted under one contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Deliveries completed.
    pub deliveries: u64,
    /// Rows delivered.
    pub rows: u64,
    /// Bytes delivered, as they travelled.
    pub bytes: u64,
    /// Uses completed.
    pub uses: u64,
    /// Uses refused.
    pub refused: u64,
    /// Uses stopped or failed.
    pub stopped: u64,
}

/// `/metering`: a party → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeterReport {
    /// Who counted.
    pub connector_id: ConnectorId,
    /// Under which contract.
    pub contract_id: ContractId,
    /// What.
    pub meter: Meter,
    /// Up to when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// Quantities by the name of their meter; below zero only where something is taken back.
pub type Tally = BTreeMap<String, i64>;

/// What one side counted for one period: the facts of its record `metering.counted`. Nothing changes it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Count {
    /// Of which period, from 1.
    pub period: u32,
    /// What happened in it.
    pub counted: Tally,
    /// What belongs to an earlier period, by its number, and came too late for it, or corrects it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub adjustments: BTreeMap<u32, Tally>,
    /// All periods up to here, with all adjustments.
    pub total: Tally,
    /// Whether nothing is expected after it: the contract is over and its data is gone.
    pub is_final: bool,
    /// By which definitions: digest of the list, 64 hexadecimal digits.
    pub definitions: String,
}

/// One meter on which the sides do not agree, in all up to the end of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its name.
    pub meter: String,
    /// What the provider counted; none if it said nothing, or cannot count it.
    pub provider: Option<i64>,
    /// What the consumer counted; none if it said nothing.
    pub consumer: Option<i64>,
    /// What the platform counted.
    pub platform: i64,
}

/// A period that the platform has closed, for good. `/meteringNotice`: platform → both parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClosedPeriod {
    /// Under which contract.
    pub contract_id: ContractId,
    /// From when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub from: Timestamp,
    /// Until when; what happened at that very moment is in the next one.
    #[schemars(with = "crate::api::schema::Instant")]
    pub until: Timestamp,
    /// What the provider counted; none if it did not say so in time, or had told its last word.
    pub provider: Option<Count>,
    /// What the consumer counted; none if it did not say so in time, or had told its last word.
    pub consumer: Option<Count>,
    /// What the platform counted, from the records in the log.
    pub platform: Count,
    /// Where they differ: nothing if they agree.
    pub differences: Vec<Difference>,
    /// Who said nothing in time, `provider` or `consumer`; whoever has told its last word stands by that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// Since which period they have differed without a break; none if they agree.
    pub disputed_since: Option<u32>,
}

/// `/meterMark`: the consumer's connector → the provider's, behind all it told of its uses in a period. Then the provider has heard of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeterMark {
    /// Under which contract.
    pub contract_id: ContractId,
    /// The period that is over for the consumer.
    pub period: u32,
    /// Whether it is the last one.
    pub is_final: bool,
}

/// What is owed by whom to whom. Debits equal credits, shares sum exactly to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// Under which contract.
    pub contract_id: ContractId,
    /// The reconciled meter.
    pub meter: Meter,
    /// What the consumer owes.
    pub total_fen: u64,
    /// The lines that make the total.
    pub lines: Vec<StatementLine>,
    /// Who gets what.
    pub shares: Vec<ShareFen>,
    /// What smart clauses charged besides the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<ClauseCharge>,
    /// Double entry: debits and credits by account.
    pub postings: Vec<Posting>,
    /// When it was made.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatementLine {
    /// `base` or `use`.
    pub item: String,
    /// How many.
    pub quantity: u64,
    /// Price of one.
    pub unit_fen: u64,
    /// Their product.
    pub amount_fen: u64,
}

/// One participant's share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShareFen {
    /// Who.
    pub participant_id: ParticipantId,
    /// How much.
    pub amount_fen: u64,
}

/// One posting of the double entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Posting {
    /// Whose account.
    pub participant_id: ParticipantId,
    /// Debit.
    pub debit_fen: u64,
    /// Credit.
    pub credit_fen: u64,
}
