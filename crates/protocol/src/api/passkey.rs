//! The part of the management API that is about passkeys. What the browser is told and what it answers has the form of WebAuthn Level 3 (§5.1.8, §5.1.9,
//! `PublicKeyCredential.toJSON`), and is taken apart where it is checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST /me/passkeys` and `POST /login/passkey/challenge`: what the browser is asked for. Good once, for five minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasskeyChallenge {
    /// Names it in the answer.
    pub challenge: String,
    /// The address under which the console has to be open for it: browsers bind a passkey to the host's name.
    pub origin: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub public_key: Value,
}

/// `POST /me/passkeys/confirmation`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// Which challenge this answers.
    pub challenge: String,
    /// What the person calls the passkey: 1 to 64 characters.
    pub label: String,
    /// `RegistrationResponseJSON`.
    pub credential: Value,
}

/// `POST /login/passkey`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyLogin {
    /// Which challenge this answers.
    pub challenge: String,
    /// `AuthenticationResponseJSON`.
    pub credential: Value,
}
