//! The part of the management API by which people log in with something else than a password. NDI-TR-2025-03 §7.1.4.2, §7.1.4.3; OpenID Connect.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Session;
use super::schema::Instant;
use super::user::LoginKeyInfo;
use crate::text::Text;

/// `GET /login/providers`: how one may log in here besides the password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginMethods {
    /// Whether certificates of anybody are accepted.
    pub certificate: bool,
    /// Whether DIDs are.
    pub did: bool,
    /// Whether this node issues certificates to its people.
    #[serde(default)]
    pub issues_certificates: bool,
    /// Providers of identities.
    pub providers: Vec<ProviderInfo>,
}

/// A provider of identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderInfo {
    /// Its name in the configuration.
    pub id: String,
    /// For people.
    pub name: Text,
}

/// `POST /login/certificate/challenge`, `POST /login/did/challenge`, and those below `/me/login-keys`: what is to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Challenge {
    /// To be given back with the answer; good once.
    pub challenge_id: String,
    /// What is to be signed, to the byte, without an end of line. It names this node: sign none that names another.
    pub text: String,
    /// Until when.
    #[schemars(with = "Instant")]
    pub expires_at: Timestamp,
}

/// `POST /login/certificate`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateLogin {
    /// Of the challenge.
    pub challenge_id: String,
    /// The certificate in PEM.
    pub certificate: String,
    /// The signature over the challenge's text in DER, in base64: ECDSA on P-256 with SHA-256, or SM2 with SM3 under the default user id.
    pub signature: String,
    /// The one-time password of the second factor, or a recovery code; asked for by `second-factor-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `POST /login/did`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DidLogin {
    /// Of the challenge.
    pub challenge_id: String,
    /// `did:web:…` or `did:jwk:…`.
    pub did: String,
    /// A compact JWS whose payload is the challenge's text, by a key that the DID document lists for `authentication`.
    pub jws: String,
    /// The one-time password of the second factor, or a recovery code; asked for by `second-factor-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `POST /me/login-keys/certificate`: ties a certificate to one's account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCertificateKey {
    /// Of the challenge.
    pub challenge_id: String,
    /// The certificate, then whoever issued it, in PEM; the root may be left out.
    pub certificate: String,
    /// As at the login.
    pub signature: String,
    /// What the person calls it.
    pub label: String,
    /// The present password.
    pub password: String,
}

/// `POST /me/login-keys/did`: ties a DID to one's account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDidKey {
    /// Of the challenge.
    pub challenge_id: String,
    /// `did:web:…` or `did:jwk:…`.
    pub did: String,
    /// As at the login.
    pub jws: String,
    /// What the person calls it.
    pub label: String,
    /// The present password.
    pub password: String,
}

/// `POST /me/login-keys/certificate/issuance` on a platform: asks for a certificate of one's own.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateOrder {
    /// PKCS#10 in PEM; CN is the name of the account, or absent.
    pub request: String,
    /// What the person calls it.
    pub label: String,
    /// The present password.
    pub password: String,
}

/// Its answer: the certificate, which opens the account from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnCertificate {
    /// As it stands in the list of keys.
    pub key: LoginKeyInfo,
    /// The certificate, whoever issued it and the root, in PEM.
    pub chain: String,
}

/// `POST /login/oidc/start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcStart {
    /// The provider's name in the configuration.
    pub provider: String,
}

/// `POST /me/login-keys/oidc/start`: ties an account at a provider to one's own.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcBinding {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The present password.
    pub password: String,
}

/// The answer of both: where to send the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcStarted {
    /// A secret of the browser that began, in a cookie; whoever comes back without it is somebody else.
    pub flow: String,
    /// The provider's authorization endpoint with all parameters.
    pub url: String,
    /// Until when.
    #[schemars(with = "Instant")]
    pub expires_at: Timestamp,
}

/// `POST /login/oidc`, `POST /me/login-keys/oidc`: what the provider sent back by the browser.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcAnswer {
    /// Of the browser that began.
    pub flow: String,
    /// As it came back.
    pub state: String,
    /// The authorization code.
    pub code: String,
    /// Who sent it back (RFC 9207), if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

/// Its answer: a session, or that the one-time code of the account is still to come.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcOutcome {
    /// The session.
    pub session: Option<Session>,
    /// What to give with the code to `POST /login/oidc/code`.
    pub continuation: Option<String>,
}

/// `POST /login/oidc/code`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcCode {
    /// From the outcome; good once.
    pub continuation: String,
    /// The one-time password of the second factor, or a recovery code.
    pub code: String,
}
