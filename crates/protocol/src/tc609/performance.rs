//! Performance reports (履约报告): each node that executes a contract tells the platform, period after period, how it is performed. TC609-6-2025-14 §7.5 d, B.2.5.
//! A report is signed by its node, numbered, and names the digest of the one before. It holds codes and counts only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contract::{ContractStatus, FilingStamp, Signature};
use super::metering::Meter;
use super::negotiation::Strategy;
use crate::id::{ConnectorId, ContractId};

/// `/contractExecution`: an executing node → platform. The standard's own fields; the signed report, which says all of it, in `expansionItem`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractExecution {
    /// 合约名称.
    pub contract_name: String,
    /// 合约标识码.
    pub contract_id: ContractId,
    /// 策略信息.
    pub strategy: Strategy,
    /// 已执行策略信息.
    pub executed_strategy: ExecutedStrategy,
    /// 上报时间.
    pub report_time: Timestamp,
    /// The report.
    pub expansion_item: SignedReport,
}

/// 已执行策略信息.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecutedStrategy {
    /// 已执行策略标识.
    pub executed_strategy_id: String,
    /// 已执行操作行为: codes of -14.
    pub executed_actions: Vec<String>,
    /// 执行结果: the contract's status.
    pub execution_result: String,
    /// 执行详情: digest of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_details: Option<String>,
}

/// What a node's own records tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counts {
    /// Records about deliveries and uses.
    pub records: u64,
    /// Deliveries completed.
    pub deliveries: u64,
    /// Rows delivered.
    pub rows: u64,
    /// Bytes delivered.
    pub bytes: u64,
    /// Deliveries that broke off.
    pub delivery_failures: u64,
    /// Uses that ended well.
    pub done: u64,
    /// Uses refused.
    pub refused: u64,
    /// Uses stopped.
    pub stopped: u64,
    /// Uses failed.
    pub failed: u64,
    /// Duties done.
    pub duties_done: u64,
    /// Duties that could not be done.
    pub duties_failed: u64,
    /// By action, a code of -14: what was decided.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actions: BTreeMap<String, Verdicts>,
}

/// What was decided on uses of one action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    /// Allowed.
    pub allowed: u64,
    /// Allowed once a duty is done.
    pub conditional: u64,
    /// Refused.
    pub refused: u64,
}

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The action, a code of -14.
    pub action: String,
    /// Uses that are agreed.
    pub limit: u64,
    /// Uses made.
    pub used: u64,
}

impl Quota {
    /// What is left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// How far the contract is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentPosition {
    /// Where the order stands.
    pub state: String,
    /// What is to be paid, in fen.
    pub due_fen: u64,
    /// What its payees have confirmed.
    pub paid_fen: u64,
}

/// Messages about the contract that have not reached their receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backlog {
    /// Tried and to be tried again.
    pub retrying: u64,
    /// Given up.
    pub set_aside: u64,
}

/// A report, before it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformanceReport {
    /// On which contract.
    pub contract_id: ContractId,
    /// Whose report.
    pub reporter: ConnectorId,
    /// `provider` or `consumer`.
    pub side: String,
    /// From 1, one more each time.
    pub number: u32,
    /// Digest of the one before; none of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// From when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub from: Timestamp,
    /// Until when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub until: Timestamp,
    /// Whether it is the last one: the contract is over.
    pub is_final: bool,
    /// Where the contract stands.
    pub status: ContractStatus,
    /// The version in force.
    pub version: u32,
    /// What was done since the report before.
    pub period: Counts,
    /// What was done in all.
    pub total: Counts,
    /// The account that the settlement rests on.
    pub meter: Meter,
    /// What is agreed by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// What is to be paid, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentPosition>,
    /// Alerts about the contract since the report before.
    pub alerts: u64,
    /// What could not be told yet.
    pub backlog: Backlog,
    /// The farthest place in the platform's log that one of the node's own records is known to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
}

/// A report with its node's signature over its canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedReport {
    /// What is reported.
    pub report: PerformanceReport,
    /// By whom.
    pub signature: Signature,
}

/// What a report's count contradicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The records of the same node in the platform's log.
    Evidence,
    /// The reports of the other side.
    Peer,
    /// The account in the report itself.
    Account,
}

impl Against {
    /// The word on the wire and in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Peer => "peer",
            Self::Account => "account",
        }
    }
}

/// A count that contradicts another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discrepancy {
    /// What it contradicts.
    pub against: Against,
    /// Which counter.
    pub counter: String,
    /// What the report says.
    pub said: u64,
    /// What was found.
    pub found: u64,
}

/// What the platform attests of a report that it has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformanceTaken {
    /// The contract.
    pub contract_id: ContractId,
    /// Whose report.
    pub reporter: ConnectorId,
    /// Which.
    pub number: u32,
    /// Digest of the report's canonical bytes, in the contract's suite.
    pub digest: String,
    /// When it came.
    #[schemars(with = "crate::api::schema::Instant")]
    pub taken_at: Timestamp,
    /// How many entries the log of the space had.
    pub log_size: u64,
    /// What it contradicts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discrepancies: Vec<Discrepancy>,
    /// Digest of the platform's keys.
    pub keys_hash: String,
}

/// `/tc609/performanceNotice` (ours): platform → both parties: a report as it was taken. As a list it is the file that `xinyu performance verify` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformanceNotice {
    /// The report.
    pub signed: SignedReport,
    /// What the platform says of it.
    pub taken: PerformanceTaken,
    /// A compact JWS (typ `xinyu-performance+jwt`) over [`PerformanceTaken`].
    pub stamp: FilingStamp,
}
