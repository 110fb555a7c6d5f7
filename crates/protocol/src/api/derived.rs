//! The part of the management API that is about derived data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ClauseInfo;
use super::connector::UseInfo;
use crate::tc609::catalog::TableCard;
use crate::tc609::derived::{DerivedFile, Lineage};

/// `GET /derived`, `GET /derived/{id}`: what a use has made and this connector keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DerivedInfo {
    /// Its id.
    pub derived_id: String,
    /// Under which contract.
    pub contract_id: String,
    /// Its table in the use environment.
    pub table: TableCard,
    /// `held` or `destroyed`.
    pub state: String,
    /// Bytes on disk, sealed.
    pub bytes: u64,
    /// When it was destroyed.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub destroyed_at: Option<Timestamp>,
    /// Where it comes from.
    pub lineage: Lineage,
    /// The policy that it inherits, clause by clause; empty in a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseInfo>,
}

/// `POST /derived/{id}/export`: asks to take derived data out as a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewExport {
    /// Our key of the use that it is; the same key is the same use.
    pub use_id: String,
    /// What for.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Where the user is, if the contract asks.
    #[serde(default)]
    pub region: Option<String>,
    /// A one-time code of the person who asks, if the contract demands a second authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Its answer: what was decided, and the file if it may leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportInfo {
    /// The use.
    pub r#use: UseInfo,
    /// Content, policy and lineage in one, signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<DerivedFile>,
}
