//! The part of the management API that is about trusted time. RFC 3161.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /evidence/{space}/stamps`: the time-stamps of the heads of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StampsInfo {
    /// The log's space.
    pub space_id: String,
    /// Where the authorities are; none: no time is asked for.
    pub authorities: Vec<String>,
    /// How long a head may wait for its time-stamp before no new contract is taken up, in seconds.
    pub patience_seconds: u64,
    /// Since when a head of any log waits for its time-stamp.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub waiting_since: Option<Timestamp>,
    /// Whether it has waited longer than it may.
    pub overdue: bool,
    /// Why the last attempt gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The newest time-stamps, the newest head first.
    pub stamps: Vec<StampInfo>,
}

/// A head with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StampInfo {
    /// Entries under the head.
    pub size: u64,
    /// When, by the clock of the authority.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// Who stamped.
    pub authority: String,
}
