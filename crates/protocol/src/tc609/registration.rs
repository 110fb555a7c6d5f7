//! Where a product is registered besides at its platform: at the function node of area or industry, by the platform for its provider (代理登记), under the
//! identifier that the node gave it. TC609-6-2025-01 §5.2.2.4 a, §5.2.3.4 b.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema::Instant;
use crate::id::ProductId;

/// Where a product is registered, as all find it who find the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registered {
    /// The function node.
    pub node_id: String,
    /// Its name.
    pub node_name: String,
    /// The node's identifier of the product.
    pub code: ProductId,
}

/// How the registration of a product stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationState {
    /// Asked for; the node has not answered.
    Asked,
    /// The node looks at it; the result is asked for again.
    Reviewing,
    /// Registered.
    Registered,
    /// The node refuses it.
    Refused,
    /// Nothing of the node's answer could be used.
    Failed,
    /// The node is asked to take it out of its register.
    Revoking,
    /// The node keeps it in its register.
    RevocationRefused,
    /// Out of the node's register.
    Revoked,
}

impl RegistrationState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Asked,
        Self::Reviewing,
        Self::Registered,
        Self::Refused,
        Self::Failed,
        Self::Revoking,
        Self::RevocationRefused,
        Self::Revoked,
    ];

    /// As it stands in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Reviewing => "reviewing",
            Self::Registered => "registered",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Revoking => "revoking",
            Self::RevocationRefused => "revocation_refused",
            Self::Revoked => "revoked",
        }
    }

    /// Whether an answer of the node is awaited.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Reviewing | Self::Revoking)
    }
}

/// Why a product is not registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationReason {
    /// The member of NDI-TR-2025-06 that is wrong, if it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// What is wrong, in the node's words.
    pub message: String,
}

/// How the registration of a product stands, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductRegistration {
    /// The function node.
    pub node_id: String,
    /// Its name.
    pub node_name: String,
    /// See [`RegistrationState`].
    pub state: RegistrationState,
    /// The version that was asked for last.
    pub version: u32,
    /// The node's identifier of the product, once it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ProductId>,
    /// Why it is not registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<RegistrationReason>,
    /// Since when it stands so.
    #[schemars(with = "Instant")]
    pub since: Timestamp,
    /// When the node is asked for the result, if it is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub ask_at: Option<Timestamp>,
    /// What has become of it, in order; the platform's own history, which others are not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<RegistrationStep>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationStep {
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Of which version.
    pub version: u32,
    /// How it stood then.
    pub state: RegistrationState,
    /// `platform`, the node's identifier, or the name of a person.
    pub by: String,
    /// Why, if anybody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// `/productRegistration`: platform → provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductRegistrationNotice {
    /// Which product, by its provider's key.
    pub listing_id: String,
    /// How its registration stands.
    pub registration: ProductRegistration,
}
