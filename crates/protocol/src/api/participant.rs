//! The part of the management API that is about one participant: everything a reviewer needs on one page, and what can be done with it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ParticipantInfo;
use crate::tc609::participant::Role;
use crate::text::Text;

/// `POST /participants/{id}/standing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStanding {
    /// `suspend`, `resume`, `revoke` or `leave`.
    pub action: String,
    /// Why; needed to suspend and to revoke.
    #[serde(default)]
    pub reason: String,
}

/// `GET /participants/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParticipantLife {
    /// The participant.
    pub participant: ParticipantInfo,
    /// What it wants to change.
    pub change: Option<ChangeInfo>,
    /// The credentials it was given, newest first.
    pub credentials: Vec<CredentialInfo>,
    /// What is not finished, and keeps it from leaving.
    pub open: Vec<OpenItem>,
    /// What can be done: `approve`, `refuse`, `suspend`, `resume`, `revoke`, `leave`.
    pub moves: Vec<String>,
}

/// What a member wants to be different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeInfo {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where the connector can be reached.
    pub address: String,
    /// The spaces.
    pub spaces: Vec<String>,
    /// Whether the keys change.
    pub are_keys_new: bool,
    /// When it asked.
    #[schemars(with = "crate::api::schema::Instant")]
    pub requested_at: Timestamp,
}

/// One credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialInfo {
    /// Its id.
    pub credential_id: String,
    /// The number of its status list.
    pub list: u64,
    /// Its place there.
    pub index: u64,
    /// When it was issued.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
    /// Until when it is good by itself.
    #[schemars(with = "crate::api::schema::Instant")]
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// Something that is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenItem {
    /// What, naming the thing.
    pub text: Text,
}
