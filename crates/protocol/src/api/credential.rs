//! Verifiable credentials and the DID in the management API. DCP 1.0.1.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /credentials`: at a platform what it has issued, at a connector what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialInfo {
    /// Its id.
    pub credential_id: String,
    /// Its type.
    pub kind: String,
    /// `vc20-bssl/jwt` or `vc11-sl2021/jwt`.
    pub profile: String,
    /// Who issued it, a DID.
    pub issuer: String,
    /// Whom it is about, a DID.
    pub holder: String,
    /// When it was issued, or came.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issued_at: Timestamp,
    /// When it ends by itself.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub expires_at: Option<Timestamp>,
    /// Its place in the status lists; known at the issuer.
    pub status_index: Option<u64>,
    /// When it was revoked; known at the issuer.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// `POST /credentials/revocation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialRevocation {
    /// Which.
    pub credential_id: String,
    /// Why.
    pub reason: String,
}

/// `GET /did`: who the node is to connectors of other makers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DidInfo {
    /// The DID.
    pub did: String,
    /// Its document, as it is served.
    pub document: Value,
    /// Its keys, newest first.
    pub keys: Vec<DidKey>,
}

/// A key with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DidKey {
    /// Its name.
    pub kid: String,
    /// When it was made.
    #[schemars(with = "crate::api::schema::Instant")]
    pub made_at: Timestamp,
    /// When it stopped signing.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub retired_at: Option<Timestamp>,
    /// When it stopped being believed.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub withdrawn_at: Option<Timestamp>,
}

/// `POST /did/rotation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DidRotation {
    /// Whether the present key is no longer to be believed, since somebody else may have it.
    #[serde(default)]
    pub withdraw: bool,
}
