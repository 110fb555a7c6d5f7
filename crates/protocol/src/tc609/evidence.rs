//! Reporting of evidence (日志上报) and its receipts. TC609-6-2025-01 §5.2.2.12.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `/evidence`: connector → platform, one signed record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceReport<R = Value> {
    /// The record as its actor signed it.
    pub record: R,
}

/// Its answer: where the record stands in the log of its space. The receipt follows under `/evidence/{space}/receipt/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceAnswer {
    /// The space.
    pub space_id: String,
    /// Position from 0.
    pub index: u64,
}
