//! Components (算法、模型、应用) as their source registers them, as the platform stamps them, and as a connector asks for one before every run.
//! TC609-6-2025-15 §7.1.1.2, §7.2.1.2, §10.1 c.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contract::{FilingStamp, Signature};
use crate::id::{ConnectorId, ParticipantId};
use crate::json::{JsonError, canonical};

/// The kinds of components. §7.1.1.2 a, b, c.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// 算法.
    Algorithm,
    /// 模型.
    Model,
    /// 应用程序.
    Application,
}

impl ComponentKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Algorithm, Self::Model, Self::Application];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Algorithm => "algorithm",
            Self::Model => "model",
            Self::Application => "application",
        }
    }

    /// Its name, in Chinese and in English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Algorithm => ("算法", "algorithm"),
            Self::Model => ("模型", "model"),
            Self::Application => ("应用程序", "application"),
        }
    }
}

/// The content's digests, each 64 hexadecimal digits, so that whoever has either function can check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Digests {
    /// SM3.
    pub sm3: String,
    /// SHA-256.
    pub sha256: String,
}

/// What a source says of one version of a component, and signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentStatement {
    /// The source's key of the registration; the same key is the same registration.
    pub registration_id: String,
    /// In which space.
    pub space_id: String,
    /// The suite of the signature: that of the space.
    pub suite: String,
    /// Of which component it is a new version; none: of a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_id: Option<String>,
    /// The version that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// Algorithm, model or application.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
    /// Its version, as the source counts.
    pub version: String,
    /// The media type of the content.
    pub media_type: String,
    /// The content's size.
    pub size_bytes: u64,
    /// The content's digests.
    pub digests: Digests,
    /// What it outputs, in words.
    pub outputs: String,
    /// Whether its output may leave the use environment (算法输出是否可下载).
    pub output_leaves: bool,
    /// What it does.
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// Where it is served, where it runs elsewhere: an address of the web that the review tries once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who may call it (调用权限); empty: every member of the space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<ParticipantId>,
    /// The source's connector.
    pub source_id: ConnectorId,
    /// The source.
    pub source_entity_id: ParticipantId,
    /// When it was signed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
}

impl ComponentStatement {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// If it has no canonical form, which cannot be.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, JsonError> {
        canonical(self)
    }
}

/// A statement with its source's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedComponent {
    /// What is said.
    pub statement: ComponentStatement,
    /// By whom.
    pub signature: Signature,
}

/// `/componentRegistration`: connector → platform. The answer is a [`ComponentAnswer`] without content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentRegistration {
    /// The statement, signed.
    pub signed: SignedComponent,
    /// The content, base64; none: it stays with its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// 待审核.
    Submitted,
    /// 审核未通过.
    Refused,
    /// 已登记: may run.
    Approved,
    /// 暂停.
    Suspended,
    /// 已撤回; for ever.
    Withdrawn,
}

impl ComponentState {
    /// All.
    pub const ALL: [Self; 5] = [Self::Submitted, Self::Refused, Self::Approved, Self::Suspended, Self::Withdrawn];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Refused => "refused",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Where a version stands since when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentStanding {
    /// Given by the platform, the same for all versions.
    pub component_id: String,
    /// The version.
    pub version: String,
    /// Where it stands.
    pub state: ComponentState,
    /// Why, where there is something to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
}

/// What the platform attests: a compact JWS (typ `xinyu-component+jwt`) over these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentClaims {
    /// Identifier, version and state.
    pub standing: ComponentStanding,
    /// Hash of the signed statement in its suite, hexadecimal.
    pub statement_hash: String,
    /// The platform.
    pub platform_id: String,
    /// When.
    pub stamped_at: Timestamp,
    /// Hash of the platform's keys.
    pub keys_hash: String,
}

/// A registration with the platform's stamp: a file that verifies offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StampedComponent {
    /// Identifier, version and state.
    pub standing: ComponentStanding,
    /// What the source signed.
    pub signed: SignedComponent,
    /// The platform's proof over [`ComponentClaims`].
    pub filing: FilingStamp,
}

/// `/componentLookup`: connector → platform, before every run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentLookup {
    /// Which.
    pub component_id: String,
    /// Which version; none: the newest that is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The platform's answer: the registration as it stands now, and the content if it is kept at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentAnswer {
    /// Stamped.
    pub component: StampedComponent,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// `/components` and `/componentVersions`: connector → platform; without an identifier those of the caller's spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentListing {
    /// All versions of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_id: Option<String>,
}

/// `/componentWithdrawal`: by its source, connector → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentWithdrawal {
    /// Which.
    pub component_id: String,
    /// Which version.
    pub version: String,
    /// Why.
    pub reason: String,
}

/// `/componentStatus`: platform → connectors, as soon as a version may run no more, or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentNotice {
    /// Where it stands now.
    pub standing: ComponentStanding,
}
