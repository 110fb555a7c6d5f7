//! Signatures: SM2-with-SM3 (GB/T 32918.2, user id `1234567812345678`) and Ed25519 (RFC 8032).
//!
//! Both are deterministic: SM2 draws its nonce by RFC 6979 with SM3, so no signature can leak the key through a bad
//! random source. Signatures are 64 bytes, `r ‖ s` for SM2; the DER form belongs to X.509 and is not used here.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::Suite;
use crate::jwk::{Jwk, KeyError, key_by_its_bytes};

mod ed25519;
mod sm2;
#[cfg(test)]
mod tests;

/// The length of a signature of either suite.
pub const SIGNATURE_BYTES: usize = 64;

/// A private signing key. Wiped when dropped.
pub struct SigningKey(Private);

enum Private {
    Sm(sm2::Private),
    Intl(Box<ed25519_dalek::SigningKey>),
}

impl SigningKey {
    /// A fresh key.
    pub fn generate(suite: Suite, rng: &mut impl CryptoRng) -> Self {
        Self(match suite {
            Suite::Sm => Private::Sm(sm2::Private::generate(rng)),
            Suite::Intl => Private::Intl(Box::new(ed25519::generate(rng))),
        })
    }

    /// A key from its 32 bytes: the SM2 scalar, big-endian, or the Ed25519 seed.
    ///
    /// # Errors
    /// Not 32 bytes, or an SM2 scalar outside 1 … n−2.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        let kind = suite.signature_name();
        let bytes: &[u8; 32] =
            bytes.try_into().map_err(|_| KeyError::Length { kind, expected: 32, found: bytes.len() })?;
        Ok(Self(match suite {
            Suite::Sm => Private::Sm(sm2::Private::from_bytes(bytes)?),
            Suite::Intl => Private::Intl(Box::new(ed25519_dalek::SigningKey::from_bytes(bytes))),
        }))
    }

    /// The 32 bytes that [`Self::from_bytes`] takes.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.0 {
            Private::Sm(key) => key.to_bytes().to_vec(),
            Private::Intl(key) => key.as_bytes().to_vec(),
        })
    }

    /// The key's suite.
    pub fn suite(&self) -> Suite {
        match self.0 {
            Private::Sm(_) => Suite::Sm,
            Private::Intl(_) => Suite::Intl,
        }
    }

    /// Signs `message`: 64 bytes, the same every time.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Private::Sm(key) => key.sign(message),
            Private::Intl(key) => ed25519::sign(key, message),
        }
    }

    /// The public key that verifies what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(match &self.0 {
            Private::Sm(key) => Public::Sm(Box::new(key.public())),
            Private::Intl(key) => Public::Intl(Box::new(key.verifying_key())),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, public {})", self.suite(), self.public().kid())
    }
}

/// A public signing key: a canonical, usable point of its curve.
///
/// In JSON a JWK: `{"kty":"OKP","crv":"Ed25519","x":…}` or `{"kty":"EC","crv":"SM2","x":…,"y":…}`.
#[derive(Clone)]
pub struct PublicKey(Public, Name);

/// The thumbprint of a key, once somebody has asked for it.
type Name = OnceLock<Arc<str>>;

#[derive(Clone)]
enum Public {
    Sm(Box<sm2::Public>),
    Intl(Box<ed25519_dalek::VerifyingKey>),
}

impl PublicKey {
    fn new(key: Public) -> Self {
        Self(key, Name::new())
    }

    /// A key from its raw bytes: 32 for Ed25519, 65 (uncompressed point) for SM2.
    ///
    /// # Errors
    /// Wrong length, or no canonical point of the curve, or an Ed25519 point of low order.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        let kind = suite.signature_name();
        let length = |expected| KeyError::Length { kind, expected, found: bytes.len() };
        Ok(Self::new(match suite {
            Suite::Sm => {
                let bytes = bytes.try_into().map_err(|_| length(65))?;
                Public::Sm(Box::new(sm2::Public::from_bytes(bytes)?))
            }
            Suite::Intl => {
                let bytes = bytes.try_into().map_err(|_| length(32))?;
                Public::Intl(Box::new(ed25519::public(bytes)?))
            }
        }))
    }

    /// The raw bytes that [`Self::from_bytes`] takes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Public::Sm(key) => key.as_bytes(),
            Public::Intl(key) => key.as_bytes(),
        }
    }

    /// The key's suite.
    pub fn suite(&self) -> Suite {
        match self.0 {
            Public::Sm(_) => Suite::Sm,
            Public::Intl(_) => Suite::Intl,
        }
    }

    /// Checks that `signature` is this key's over `message`.
    ///
    /// # Errors
    /// It is not, or is no signature at all. Ed25519 is checked strictly (no points of low order, canonical `s`).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let algorithm = self.suite().signature_name();
        let bytes: &[u8; SIGNATURE_BYTES] =
            signature.try_into().map_err(|_| SignatureError::Length { algorithm, found: signature.len() })?;
        let is_valid = match &self.0 {
            Public::Sm(key) => key.verifies(message, bytes),
            Public::Intl(key) => ed25519::verifies(key, message, bytes),
        };
        if is_valid { Ok(()) } else { Err(SignatureError::Invalid { algorithm }) }
    }

    /// The key's name: its RFC 7638 thumbprint (SHA-256, base64url, 43 characters).
    pub fn kid(&self) -> String {
        self.name().to_owned()
    }

    /// Whether its name is this one. The name is computed once for a key, however often it is asked for.
    pub fn is_named(&self, kid: &str) -> bool {
        self.name() == kid
    }

    fn name(&self) -> &str {
        self.1.get_or_init(|| self.jwk().kid().into())
    }

    /// The X.509 SubjectPublicKeyInfo in DER (SM2: id-ecPublicKey on 1.2.156.10197.1.301; Ed25519: RFC 8410).
    pub fn to_spki_der(&self) -> Vec<u8> {
        match &self.0 {
            Public::Sm(key) => key.to_spki_der(),
            Public::Intl(key) => ed25519::to_spki_der(key),
        }
    }

    /// The SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(self.to_spki_der());
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        let mut rest = text.as_str();
        while let Some((line, tail)) = rest.split_at_checked(64) {
            pem.push_str(line);
            pem.push('\n');
            rest = tail;
        }
        if !rest.is_empty() {
            pem.push_str(rest);
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    fn jwk(&self) -> Jwk {
        match &self.0 {
            Public::Sm(key) => Jwk::sm2(key.as_bytes()),
            Public::Intl(key) => Jwk::octets("Ed25519", key.as_bytes()),
        }
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let key = if jwk.is_sm2() {
            Self::from_bytes(Suite::Sm, &jwk.sm2_bytes()?)?
        } else {
            Self::from_bytes(Suite::Intl, &jwk.octet_bytes("Ed25519")?)?
        };
        if jwk.purpose().is_some_and(|purpose| purpose != "sig") {
            return Err(KeyError::Jwk("use of a signing key is not sig"));
        }
        if jwk.alg().is_some_and(|alg| alg != key.suite().signature_name()) {
            return Err(KeyError::Jwk("alg does not fit the key"));
        }
        Ok(key)
    }
}

key_by_its_bytes!(PublicKey);

/// The signature is not the key's over the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 64 bytes.
    #[error("{algorithm} signature has {found} bytes, not 64")]
    Length {
        /// `SM2`, `EdDSA` or `ES256`.
        algorithm: &'static str,
        /// Bytes given.
        found: usize,
    },
    /// Another message, another key, or bytes that no signer makes.
    #[error("{algorithm} signature does not verify")]
    Invalid {
        /// `SM2`, `EdDSA` or `ES256`.
        algorithm: &'static str,
    },
}
