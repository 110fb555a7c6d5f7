//! Components (算法、模型、应用) in the management API: registered, reviewed, listed, withdrawn, checked. TC609-6-2025-15 §7.2.1.2.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::ParticipantId;
use crate::review::FindingInfo;
use crate::tc609::component::{ComponentKind, ComponentState, Digests};
use crate::text::Text;

/// `POST /components` at a connector: it signs this for its organisation and registers it with its platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewComponent {
    /// Our key of the registration; the same key is the same registration.
    pub registration_id: String,
    /// In which space.
    pub space_id: String,
    /// Of which component it is a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_id: Option<String>,
    /// The version that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// `algorithm`, `model` or `application`.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
    /// Its version: 1 to 32 letters, digits, `.`, `-`, `_`, `+`.
    pub version: String,
    /// The media type of the content; an algorithm that runs here is `application/sql`.
    pub media_type: String,
    /// The content, base64, at most 256 KiB: kept at the platform. Without it, size and digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The size of a content that stays with us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// The digests of a content that stays with us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
    /// What it outputs, in words.
    pub outputs: String,
    /// Whether its output may leave the use environment.
    pub output_leaves: bool,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// Where it is served, where it runs elsewhere: `http://` or `https://`, without user and password; the review tries it once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who may call it; empty: every member of the space.
    #[serde(default)]
    pub callers: Vec<ParticipantId>,
}

/// `GET /components`: one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentInfo {
    /// Given by the platform.
    pub component_id: String,
    /// Its version.
    pub version: String,
    /// The version that it follows.
    pub former: Option<String>,
    /// `algorithm`, `model` or `application`.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
    /// In which space.
    pub space_id: String,
    /// The connector of its source.
    pub source: String,
    /// The source.
    pub source_entity_id: String,
    /// Where it stands.
    pub state: ComponentState,
    /// Why.
    pub reason: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
    /// When the source signed it.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
    /// The media type of the content.
    pub media_type: String,
    /// The content's size.
    pub size_bytes: u64,
    /// The content's digests.
    pub digests: Digests,
    /// Whether the platform keeps the content; otherwise it stays with the source.
    pub has_content: bool,
    /// What it outputs.
    pub outputs: String,
    /// Whether its output may leave the use environment.
    pub output_leaves: bool,
    /// What it does.
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// Where it is served, where it runs elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who may call it; empty: every member of the space.
    pub callers: Vec<String>,
    /// Until when the operator has to decide, if it waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub due_at: Option<Timestamp>,
}

/// `GET /components/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentLife {
    /// Which.
    pub component_id: String,
    /// Its versions, newest first.
    pub versions: Vec<ComponentVersion>,
}

/// A version with what was done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentVersion {
    /// The version.
    pub info: ComponentInfo,
    /// Oldest first.
    pub history: Vec<ComponentAct>,
    /// What can be done with it: `approve`, `refuse`, `suspend`, `resume`, `withdraw`.
    pub moves: Vec<String>,
    /// To its source and the operator: what the review found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingInfo>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentAct {
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// `platform`, `source` or `rule`.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// `POST /components/{id}/versions/{version}/decision` at a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentMove {
    /// `approve`, `refuse`, `suspend`, `resume` or `withdraw`.
    pub action: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// `POST /components/{id}/versions/{version}/withdrawal` at the source's connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawComponent {
    /// Why.
    pub reason: String,
}

/// `POST /componentChecks` at a connector: what a use under a contract would find of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewComponentCheck {
    /// The contract under which it would run.
    pub contract_id: String,
    /// As what it would run.
    pub kind: ComponentKind,
    /// `identifier` or `identifier@version`.
    pub component: String,
    /// The digest of the content at hand: `sm3:…` or `sha256:…`; needed where the content stays with its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentFinding {
    /// Whether it may run.
    pub holds: bool,
    /// Why not.
    pub reason: Option<Text>,
    /// What it is, if it may.
    pub component: Option<UsedComponentInfo>,
}

/// A component that a use runs or is made by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsedComponentInfo {
    /// As what.
    pub kind: ComponentKind,
    /// Which.
    pub component_id: String,
    /// Which version.
    pub version: String,
    /// The content's digest in the suite of the space: `sm3:…` or `sha256:…`.
    pub digest: String,
    /// Whether its output may leave the use environment.
    pub output_leaves: bool,
}
