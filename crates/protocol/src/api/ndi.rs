//! Function nodes in the management API.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /nodes`: a function node that is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeLine {
    /// Its identifier.
    pub node_id: String,
    /// For people.
    pub name: String,
    /// Where its interfaces are.
    pub address: String,
    /// Whether it is told of our connectors.
    pub is_told: bool,
    /// Whether listed products are registered there.
    #[serde(default)]
    pub registers_products: bool,
    /// Until when its certificate is good, if it is good now.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub certificate_until: Option<Timestamp>,
    /// Messages that it has not taken yet.
    pub waiting: u64,
}

/// `POST /participants/{id}/identityGrants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIdentityGrant {
    /// The node that may ask.
    pub node_id: String,
    /// The delegation whose operator it may read, rather than the participant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation_id: Option<String>,
}

/// `POST /nodes/{id}/identity`: reads at a function node who somebody is that has authorised it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityQuery {
    /// What the user was given at the node.
    pub auth_code: String,
    /// `person`, `enterprise` or `operator`.
    pub kind: String,
    /// Whether it registered in another region: then the base alone is asked for.
    #[serde(default)]
    pub is_across: bool,
}

/// Its answer, as the node gave it. Personal data: to be shown, not to be kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityAnswer {
    /// What was asked for.
    pub kind: String,
    /// The node.
    pub node_id: String,
    /// In the names of NDI-TR-2025-03 §8.3.2.
    pub identity: serde_json::Value,
}

/// Its answer. The code is shown once; it is a secret until it is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityGrant {
    /// 64 characters, to be handed to the node by the user.
    pub auth_code: String,
    /// Until when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub expires_at: Timestamp,
}

/// `POST /operators/logoff` and `POST /operators/status`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorQuery {
    /// `<USCC>/<number of the document>`.
    pub identity_code: String,
}

/// Their answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorAnswer {
    /// `active`, `gone` or `unknown`.
    pub status: String,
    /// The node that said so; none: this platform.
    pub node_id: Option<String>,
}
