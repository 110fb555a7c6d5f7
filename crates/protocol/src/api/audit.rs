//! The part of the management API that shows what people did. NDI-TR-2025-03 §9.3: time, person, object, result and address; chained, so that nothing
//! can be altered unnoticed. It is read, never written, by anybody.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;

/// `GET /audit`: one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditInfo {
    /// Position in the chain, from 1 on.
    pub sequence: u64,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Who: a login name, or `-` for the node itself.
    pub actor: String,
    /// What: `login`, `login.locked`, `user.create`, `grant.confirm` ….
    pub action: String,
    /// On what: a login name, a grant, an operation.
    pub object: String,
    /// `done`, or the code of the refusal.
    pub result: String,
    /// From which address.
    pub ip: String,
    /// More of it, in codes.
    pub detail: String,
    /// SHA-256 over this entry and the digest of the one before, in hexadecimal.
    pub digest: String,
}

/// `GET /audit/verification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditCheck {
    /// Whether every entry is there and follows from the one before.
    pub ok: bool,
    /// How many there were ever.
    pub entries: u64,
    /// How many of them, the oldest, were disposed of when their time was over.
    #[serde(default)]
    pub disposed: u64,
    /// Digest of the last one. Kept elsewhere, it shows later that nothing was cut off or rewritten.
    pub head: String,
    /// What is wrong, and where.
    pub problems: Vec<String>,
}
