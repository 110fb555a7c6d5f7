//! A key that participants of other makers can verify: ECDSA on P-256 with SHA-256 (FIPS 186-5 §6, RFC 7518 §3.4). DCP leaves the algorithm open;
//! this is the one that every implementation and the official kit have. Our own tokens are never signed with it.
//!
//! Signatures are deterministic (RFC 6979). Verification is [`crate::ForeignKey`]'s.

use std::fmt;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use rand::CryptoRng;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{ForeignKey, KeyError, base64url};

/// A P-256 key to sign with.
#[derive(Clone)]
pub struct Es256Key(SigningKey);

impl Es256Key {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut scalar = Zeroizing::new([0; 32]);
            rng.fill_bytes(scalar.as_mut_slice());
            // Fewer than one in 2^32 is no scalar of the field.
            if let Ok(key) = Self::from_bytes(&scalar) {
                return key;
            }
        }
    }

    /// The key of a private scalar.
    ///
    /// # Errors
    /// If it is zero or not below the order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        SigningKey::from_slice(bytes).map(Self).map_err(|_| KeyError::Range("P-256"))
    }

    /// The private scalar.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The public key as a JWK (RFC 7518 §6.2), with its thumbprint as `kid` and what it is for.
    pub fn public_jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid(), "x": x, "y": y })
    }

    /// The public key, to verify with.
    ///
    /// # Errors
    /// None that a key of ours can cause.
    pub fn public(&self) -> Result<ForeignKey, KeyError> {
        ForeignKey::from_jwk(&self.public_jwk())
    }

    /// The key's name: its RFC 7638 thumbprint.
    pub fn kid(&self) -> String {
        let (x, y) = self.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        base64url::encode(&Sha256::digest(members.as_bytes()))
    }

    /// A compact JWS over `payload`. The header is `{"alg":"ES256","kid":…,"typ":…}`.
    pub fn sign_jws(&self, typ: &str, kid: &str, payload: &[u8]) -> String {
        let header = json!({ "alg": "ES256", "kid": kid, "typ": typ });
        let mut text = format!("{}.{}", base64url::encode(header.to_string().as_bytes()), base64url::encode(payload));
        let signature: Signature = self.0.sign(text.as_bytes());
        text.push('.');
        text.push_str(&base64url::encode(&signature.to_bytes()));
        text
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.0.verifying_key().to_sec1_point(false);
        let coordinate = |from: usize| base64url::encode(point.as_bytes().get(from..from + 32).unwrap_or_default());
        (coordinate(1), coordinate(33))
    }
}

impl fmt::Debug for Es256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Es256Key({})", self.kid())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::ForeignJws;

    #[test]
    fn rfc_7515_what_is_signed_is_verified_and_named_by_its_thumbprint() {
        let key = Es256Key::generate(&mut StdRng::seed_from_u64(7));
        let jws = key.sign_jws("JWT", "did:web:a.example#k", b"{\"a\":1}");
        let read = ForeignJws::parse(&jws).unwrap();
        assert_eq!((read.kid(), read.typ()), (Some("did:web:a.example#k"), Some("JWT")));
        assert_eq!(read.verify(&key.public().unwrap()).unwrap(), b"{\"a\":1}");
        let other = Es256Key::generate(&mut StdRng::seed_from_u64(8));
        assert!(read.verify(&other.public().unwrap()).is_err());
        assert_eq!(key.public_jwk().get("kid").and_then(Value::as_str), Some(key.kid().as_str()));
    }

    #[test]
    fn a_key_comes_back_from_its_bytes_and_shows_no_secret() {
        let key = Es256Key::generate(&mut StdRng::seed_from_u64(9));
        let again = Es256Key::from_bytes(&key.to_bytes()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert!(!format!("{key:?}").contains(&base64url::encode(key.to_bytes().as_slice())));
        assert!(Es256Key::from_bytes(&[0; 32]).is_err());
        assert!(Es256Key::from_bytes(&[0xff; 32]).is_err());
    }
}
