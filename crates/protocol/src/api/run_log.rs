//! The part of the management API that shows run logs (运行日志): a node's own, and on a platform those that it collected. NDI-TR-2025-05 §6.2.5.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;
use crate::tc609::run_log::{Category, Level};
use crate::text::Text;

/// `GET /run-log`: one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunLogInfo {
    /// Whose log; empty for a connector that has no identifier yet.
    pub connector_id: String,
    /// Which telling of it.
    pub epoch: u32,
    /// Place in the chain, from 1 on.
    pub sequence: u64,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// `info`, `warn`, `error`.
    pub level: Level,
    /// `system`, `operation`, `business`.
    pub category: Category,
    /// What.
    pub code: String,
    /// On what.
    pub object: String,
    /// More of it, in codes.
    pub detail: String,
    /// The entry in a sentence.
    pub text: Text,
    /// SHA-256 over this entry and the digest of the one before, in hexadecimal.
    pub digest: String,
}

/// `GET /run-log`: a page, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunLogPage {
    /// The entries.
    pub items: Vec<RunLogInfo>,
    /// What to ask for as `before` for the next page, if there is one.
    pub next: Option<String>,
}

/// `GET /run-log/sources`: how far the log of one connector is collected. On a connector, how far its own is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunLogSource {
    /// Whose log.
    pub connector_id: String,
    /// Whose connector it is.
    pub name: String,
    /// The latest telling.
    pub epoch: u32,
    /// The first place that is kept.
    pub first: u64,
    /// The last place that is kept.
    pub sequence: u64,
    /// The digest of the last entry.
    pub digest: String,
    /// When the last entry was written.
    #[schemars(with = "Option<Instant>")]
    pub last_at: Option<Timestamp>,
    /// When something was heard of it last; on a connector, when the platform took something last.
    #[schemars(with = "Option<Instant>")]
    pub heard_at: Option<Timestamp>,
    /// How many entries the connector has that are not collected, as it said last.
    pub behind: u64,
    /// Whether nothing was heard of it for long.
    pub is_quiet: bool,
    /// Whether it once told another chain than the one held.
    pub is_diverged: bool,
}

/// `GET /run-log/verification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunLogCheck {
    /// Whose log.
    pub connector_id: String,
    /// Whether every entry is there and follows from the one before.
    pub ok: bool,
    /// How many are kept.
    pub entries: u64,
    /// Digest of the last one.
    pub head: String,
    /// What is wrong, and where.
    pub problems: Vec<String>,
}
