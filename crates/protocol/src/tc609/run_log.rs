//! The run log (运行日志) of a connector on its way to its platform. TC609-6-2025-01 §5.2.2.12 d; TC609-6-2025-16 6.10 d; NDI-TR-2025-05 §6.2.5. The standards say
//! what is reported and not how, so this message is our own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How much an entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Info,
    /// Worth a look.
    Warn,
    /// Something did not work.
    Error,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warn, Self::Error];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// Which of the three logs of NDI-TR-2025-05 §6.2.5 an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// 系统日志: what the node did and met by itself.
    System,
    /// 操作日志: what people did.
    Operation,
    /// 业务日志: what became of contracts, transfers and uses.
    Business,
}

impl Category {
    /// All.
    pub const ALL: [Self; 3] = [Self::System, Self::Operation, Self::Business];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Operation => "operation",
            Self::Business => "business",
        }
    }

    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// One entry, without its place. Codes, identifiers and counters only: no payload, no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunLogEntry {
    /// When, to the microsecond.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Which log it belongs to.
    pub category: Category,
    /// What, dotted.
    pub code: String,
    /// On what, an identifier or a code.
    pub object: String,
    /// More of it, in codes and counters.
    pub detail: String,
}

/// `/runLog`: a connector → platform. Entries that follow each other; none is a sign that there is nothing new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLogReport {
    /// Which telling of its log this is: one more each time it could not go on from what the platform holds.
    pub epoch: u32,
    /// The place at which this telling began.
    pub begin: u64,
    /// The place of the first entry of this message.
    pub from: u64,
    /// The digest of the entry before it, in hexadecimal.
    pub before: String,
    /// The last place that the connector has, sent or not.
    pub last: u64,
    /// The entries, at most [`RunLogReport::MOST`].
    pub entries: Vec<RunLogEntry>,
}

impl RunLogReport {
    /// How many entries one message has at most.
    pub const MOST: usize = 500;
}

/// What the platform did with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It has all that was sent.
    Taken,
    /// Something before it is missing: send from `next` on.
    Gap,
    /// It is not the chain that the platform holds. Nothing was taken.
    Diverged,
}

/// The answer: where the platform stands in what it holds of the connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLogAnswer {
    /// What was done.
    pub outcome: Outcome,
    /// The latest telling that it holds; 0 if none.
    pub epoch: u32,
    /// The place that it wants next.
    pub next: u64,
    /// The digest of the entry before that, in hexadecimal.
    pub digest: String,
}
