//! The private key of a person, as they keep it in a file: SM2, P-256 or Ed25519 in PKCS#8. It answers challenges, off-line, with a compact JWS.

use std::fmt;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use serde_json::Value;

use crate::x509::CertificateKey;
use crate::{Es256Key, KeyError, PublicKey, SigningKey, Suite, base64url, jws};

/// A key that signs for the person who holds it.
pub struct HolderKey(Private);

enum Private {
    Es256(Es256Key),
    Suite(SigningKey),
}

impl HolderKey {
    /// From PKCS#8 in PEM (`-----BEGIN PRIVATE KEY-----`), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// If it is none, or of another kind of key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim_ascii()) {
            return SigningKey::from_bytes(Suite::Intl, key.as_bytes()).map(|key| Self(Private::Suite(key)));
        }
        let key = CertificateKey::from_pem(pem)
            .map_err(|_| KeyError::Pem("no private key of SM2, P-256 or Ed25519 in PKCS#8"))?;
        let bytes = key.to_bytes();
        match key.suite() {
            Suite::Sm => SigningKey::from_bytes(Suite::Sm, &bytes).map(|key| Self(Private::Suite(key))),
            Suite::Intl => {
                let scalar = bytes.as_slice().try_into().map_err(|_| KeyError::Range("P-256"))?;
                Es256Key::from_bytes(scalar).map(|key| Self(Private::Es256(key)))
            }
        }
    }

    /// The public half, as others write it into a DID document.
    pub fn public_jwk(&self) -> Value {
        match &self.0 {
            Private::Es256(key) => key.public_jwk(),
            Private::Suite(key) => serde_json::to_value(key.public()).unwrap_or_default(),
        }
    }

    /// The DID that is this key and nothing else: `did:jwk:…`.
    pub fn did_jwk(&self) -> String {
        let jwk = match &self.0 {
            // The members of RFC 7638 only: a DID is as long as what stands in it.
            Private::Es256(key) => {
                let jwk = key.public_jwk();
                let member = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y"))
            }
            Private::Suite(key) => jwk_of(&key.public()),
        };
        format!("did:jwk:{}", base64url::encode(jwk.as_bytes()))
    }

    /// A compact JWS over `payload`, naming the key by `kid`.
    pub fn sign_jws(&self, typ: &str, kid: &str, payload: &[u8]) -> String {
        match &self.0 {
            Private::Es256(key) => key.sign_jws(typ, kid, payload),
            Private::Suite(key) => jws::sign_as(typ, kid, payload, key),
        }
    }
}

fn jwk_of(key: &PublicKey) -> String {
    serde_json::to_string(key).unwrap_or_default()
}

impl fmt::Debug for HolderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ForeignJws, ForeignKey};

    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";

    #[test]
    fn what_a_holder_signs_verifies_with_the_key_in_its_did() {
        let key = HolderKey::from_pem(ED25519).unwrap();
        let did = key.did_jwk();
        let jwk = base64url::decode(did.strip_prefix("did:jwk:").unwrap()).unwrap();
        let public = ForeignKey::from_jwk(&serde_json::from_slice(&jwk).unwrap()).unwrap();
        let signed = ForeignJws::parse(&key.sign_jws("JWT", "#0", b"text")).unwrap();
        assert_eq!(signed.verify(&public).unwrap(), b"text");
        assert_eq!(format!("{key:?}"), "HolderKey(…)");
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for pem in
            ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &ED25519.replace("MC4C", "MC4D")]
        {
            assert!(matches!(HolderKey::from_pem(pem), Err(KeyError::Pem(_))), "{pem}");
        }
    }
}
