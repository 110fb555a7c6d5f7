//! The part of the management API that is about metering, period by period (计量). NDI-TR-2025-05 §6.2.5 b.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;
use crate::tc609::metering::ClosedPeriod;

/// `GET /metering/definitions`: what is counted, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeterDefinitions {
    /// SHA-256 of the list, 64 hexadecimal digits: every closed period names it.
    pub digest: String,
    /// The meters.
    pub meters: Vec<MeterDefinition>,
}

/// One meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeterDefinition {
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// In what it counts, by UCUM.
    pub unit: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The fact of a record that is added up; none if records are counted.
    pub fact: Option<String>,
    /// The kinds of the consumer's records that it counts.
    pub consumer: Vec<String>,
    /// What the provider counts; nothing if it cannot.
    pub provider: Vec<String>,
}

/// `GET /contracts/{id}/metering` at the platform, `GET /agreements/{id}/metering` at a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeteringInfo {
    /// The contract.
    pub contract_id: String,
    /// How long a period is, in seconds.
    pub period_seconds: u64,
    /// The period that is counted next.
    pub next: u32,
    /// When it is counted, or closed, at the latest; none if nothing is to come.
    #[schemars(with = "Option<Instant>")]
    pub due_at: Option<Timestamp>,
    /// Since which period the counts differ; none if they agree.
    pub disputed_since: Option<u32>,
    /// The closed periods, the latest first.
    pub periods: Vec<ClosedPeriod>,
    /// What is counted.
    pub meters: Vec<MeterDefinition>,
}

/// `POST /agreements/{id}/metering/corrections` at the provider's connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeterCorrection {
    /// For which period; it is told with the next count.
    pub period: u32,
    /// Which meter.
    pub meter: String,
    /// By how much: below zero to take something back.
    pub by: i64,
}
