//! Certificates in the management API.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /certificates`: one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateInfo {
    /// Serial number in hexadecimal.
    pub serial: String,
    /// The connector or platform it is for.
    pub holder: String,
    /// Its name, where it is known.
    pub holder_name: String,
    /// `sm` (SM2) or `intl` (P-256).
    pub suite: String,
    /// The subject as openssl prints it.
    pub subject: String,
    /// The issuer as openssl prints it.
    pub issuer: String,
    /// SHA-256 of its bytes.
    pub fingerprint: String,
    /// From when it is good.
    #[schemars(with = "crate::api::schema::Instant")]
    pub not_before: Timestamp,
    /// Until when it is good.
    #[schemars(with = "crate::api::schema::Instant")]
    pub not_after: Timestamp,
    /// `valid`, `expired` or `revoked`.
    pub state: String,
    /// When it was taken back, where that is known.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// `POST /certificates` on a connector: asks its platform for a certificate; one that there is already is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// `sm` (SM2) or `intl` (P-256).
    pub suite: String,
    /// The domain or IP for CN; none: the host of the connector's address.
    #[serde(default)]
    pub place: Option<String>,
}

/// `POST /certificates/{serial}/revocation` on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Why.
    pub reason: String,
}
