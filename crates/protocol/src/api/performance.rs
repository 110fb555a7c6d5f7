//! The part of the management API that is about performance reports.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::performance::{Discrepancy, PerformanceReport};

/// `GET /performance`, and one of the two in [`PerformanceInfo`]: the reports of one side of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformanceLine {
    /// The contract.
    pub contract_id: String,
    /// The space.
    pub space_id: String,
    /// Whose reports.
    pub reporter: String,
    /// Its name, where it is known.
    pub reporter_name: String,
    /// `provider` or `consumer`.
    pub side: String,
    /// The period, in seconds.
    pub period_seconds: u64,
    /// The number of the latest report; 0 before the first.
    pub number: u32,
    /// `waiting` for the next one, `overdue`, or `closed` with the final one.
    pub state: String,
    /// When the next one is due, or was.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub due_at: Option<Timestamp>,
    /// The latest report.
    pub latest: Option<ReportInfo>,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportInfo {
    /// What was reported.
    pub report: PerformanceReport,
    /// Its digest.
    pub digest: String,
    /// When the platform took it; none while it is under way.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub taken_at: Option<Timestamp>,
    /// How many entries the log of the space had then.
    pub log_size: Option<u64>,
    /// What it contradicts.
    pub discrepancies: Vec<Discrepancy>,
}

/// `GET /agreements/{id}/performance` at a connector, `GET /contracts/{id}/performance` at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformanceInfo {
    /// The contract.
    pub contract_id: String,
    /// Both sides, the provider first.
    pub sides: Vec<PerformanceLine>,
    /// The reports, newest first.
    pub reports: Vec<ReportInfo>,
}
