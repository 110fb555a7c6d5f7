//! The part of the management API that is about early warnings (预警) and exceptions (异常处理). TC609-6-2025-14 §7.5 c.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// How bad a warning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 提示.
    Notice,
    /// 预警.
    Warning,
    /// 严重.
    Serious,
}

impl Severity {
    /// The word on the wire and in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }
}

/// `GET /warnings`: what of a contract's performance wants attention, or wanted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WarningInfo {
    /// Its id, by which the records name it.
    pub warning_id: String,
    /// The contract.
    pub contract_id: String,
    /// Which, among those of the contract.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// What it is, for people.
    pub text: Text,
    /// What to do.
    pub next: Text,
    /// The clause that it is about.
    pub clause: String,
    /// When it was raised.
    #[schemars(with = "crate::api::schema::Instant")]
    pub raised_at: Timestamp,
    /// When its reason was gone.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub closed_at: Option<Timestamp>,
}

/// `GET /exceptions`: a message that did not arrive. It is tried again by itself, was set aside, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionInfo {
    /// Its number at this node.
    pub id: u64,
    /// What it is, a code.
    pub kind: String,
    /// To whom.
    pub to: String,
    /// The contract that it is about, if it is about one.
    pub contract_id: Option<String>,
    /// `retrying`, `set_aside`, `given_up`; in the answer to a decision also `delivered`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How it failed last: a status and what the other side said, or what the network said.
    pub error: String,
    /// How many messages wait behind it: they go once it has arrived or was set aside.
    pub behind: u64,
    /// When it was made.
    #[schemars(with = "crate::api::schema::Instant")]
    pub created_at: Timestamp,
    /// When it is tried again by itself.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub next_at: Option<Timestamp>,
    /// When it was set aside.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub set_aside_at: Option<Timestamp>,
    /// Who decided last that it is set aside or given up; none where the node did.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What can be decided now: of `retry`, `set_aside` and `give_up`.
    pub moves: Vec<String>,
}

/// `POST /exceptions/{id}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionDecision {
    /// `retry` now, `set_aside` what is tried again and again so that what waits behind it goes on, or `give_up` what was set aside.
    pub action: String,
    /// Why; must be said of all but `retry`, 1 to 256 characters.
    #[serde(default)]
    pub reason: String,
}
