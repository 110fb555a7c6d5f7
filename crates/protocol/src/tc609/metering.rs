//! Metering by both sides, and the statement made of it. TC609-6-2025-01 §5.2.2.9 c; NDI-TR-2025-05 §6.2.5 b.

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
