//! A public key from the JWK that somebody else publishes.

use std::fmt;

use p256::ecdsa::VerifyingKey;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::es256;
use crate::jwk::{self, KeyError};
use crate::{PublicKey, SIGNATURE_BYTES, SignatureError, Suite, object};

/// A public signing key of a participant of another maker: a usable point of its curve.
#[derive(Clone)]
pub struct ForeignKey(Key);

#[derive(Clone)]
enum Key {
    Es256(Box<VerifyingKey>),
    Suite(PublicKey),
}

impl ForeignKey {
    /// Reads `{"kty":"EC","crv":"P-256","x":…,"y":…}`, `{"kty":"OKP","crv":"Ed25519","x":…}` or
    /// `{"kty":"EC","crv":"SM2","x":…,"y":…}`. Members without a meaning here (`kid`, `x5t`, …) are passed over.
    ///
    /// # Errors
    /// Another kind of key, no usable point of the curve, a `use`, `key_ops` or `alg` that is not for verifying with this
    /// key, or a private member: a key that was published signs for nobody.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let members: Members =
            object::deserialize(jwk).map_err(|_| KeyError::Jwk("not an object, or a member of another type"))?;
        if members.d.is_some() {
            return Err(KeyError::Jwk("it holds the private key"));
        }
        if members.purpose.is_some_and(|purpose| purpose != "sig") {
            return Err(KeyError::Jwk("use of a signing key is not sig"));
        }
        if members.key_ops.is_some_and(|operations| !operations.iter().any(|operation| operation == "verify")) {
            return Err(KeyError::Jwk("key_ops of a signing key are without verify"));
        }
        let (x, y) = (members.x.as_deref(), members.y.as_deref());
        let key = Self(match (members.kty.as_str(), members.crv.as_deref()) {
            ("EC", Some("P-256")) => Key::Es256(Box::new(es256::public(&jwk::point(x, y)?)?)),
            ("EC", Some("SM2")) => Key::Suite(PublicKey::from_bytes(Suite::Sm, &jwk::point(x, y)?)?),
            ("OKP", Some("Ed25519")) if y.is_none() => {
                Key::Suite(PublicKey::from_bytes(Suite::Intl, &jwk::coordinate(x, jwk::WRONG_X)?)?)
            }
            _ => return Err(KeyError::Jwk("kty and crv name no key of this use")),
        });
        if members.alg.is_some_and(|alg| !key.fits(&alg)) {
            return Err(KeyError::Jwk("alg does not fit the key"));
        }
        Ok(key)
    }

    /// The JOSE `alg` that its signatures go by: `ES256`, `EdDSA` or `SM2`.
    pub fn algorithm(&self) -> &'static str {
        match &self.0 {
            Key::Es256(_) => "ES256",
            Key::Suite(key) => key.suite().signature_name(),
        }
    }

    /// Whether `alg` is a name of its algorithm; EdDSA with this curve has two.
    pub(super) fn fits(&self, alg: &str) -> bool {
        alg == self.algorithm() || (alg == "Ed25519" && self.algorithm() == "EdDSA")
    }

    /// Checks that `signature` (64 bytes) is this key's over `message`.
    ///
    /// # Errors
    /// It is not, or is no signature at all.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match &self.0 {
            Key::Suite(key) => key.verify(message, signature),
            Key::Es256(key) => {
                let algorithm = self.algorithm();
                let bytes: &[u8; SIGNATURE_BYTES] =
                    signature.try_into().map_err(|_| SignatureError::Length { algorithm, found: signature.len() })?;
                let is_valid = es256::verifies(key, message, bytes);
                if is_valid { Ok(()) } else { Err(SignatureError::Invalid { algorithm }) }
            }
        }
    }
}

impl fmt::Debug for ForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignKey({})", self.algorithm())
    }
}

/// The members that have a meaning here. RSA keys have neither curve nor point, so that is not yet an error.
#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<IgnoredAny>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
}
