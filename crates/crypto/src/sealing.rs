//! Wrapping a secret for a recipient: SM2 encryption (GB/T 32918.4, C1‖C3‖C2) and HPKE (RFC 9180, base mode,
//! DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM).
//!
//! A wrapped secret opens only with the recipient's key and under the context (such as a contract id) it was wrapped
//! for. It does not say who wrapped it: the sender is proven by the signature on what carries it.

use std::fmt;
use std::sync::Arc;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::Suite;
use crate::jwk::{Jwk, KeyError, key_by_its_bytes};

mod sm2;
#[cfg(test)]
mod tests;
mod x25519;

/// A private key that opens what was wrapped for it. Wiped when the last clone is dropped (clones share one key).
#[derive(Clone)]
pub struct OpeningKey(Arc<Private>);

enum Private {
    Sm(sm2::Private),
    Intl(x25519::Private),
}

impl OpeningKey {
    /// A fresh key.
    pub fn generate(suite: Suite, rng: &mut impl CryptoRng) -> Self {
        Self(Arc::new(match suite {
            Suite::Sm => Private::Sm(sm2::Private::generate(rng)),
            Suite::Intl => Private::Intl(x25519::Private::generate(rng)),
        }))
    }

    /// A key from its 32 bytes: the SM2 scalar, big-endian, or the X25519 scalar.
    ///
    /// # Errors
    /// Not 32 bytes, or an SM2 scalar out of range.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        let kind = key_name(suite);
        let bytes: &[u8; 32] =
            bytes.try_into().map_err(|_| KeyError::Length { kind, expected: 32, found: bytes.len() })?;
        Ok(Self(Arc::new(match suite {
            Suite::Sm => Private::Sm(sm2::Private::from_bytes(bytes)?),
            Suite::Intl => Private::Intl(x25519::Private::from_bytes(bytes)?),
        })))
    }

    /// The 32 bytes that [`Self::from_bytes`] takes.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self.0.as_ref() {
            Private::Sm(key) => key.to_bytes().to_vec(),
            Private::Intl(key) => key.to_bytes().to_vec(),
        })
    }

    /// The key's suite.
    pub fn suite(&self) -> Suite {
        match self.0.as_ref() {
            Private::Sm(_) => Suite::Sm,
            Private::Intl(_) => Suite::Intl,
        }
    }

    /// The public key to wrap for.
    pub fn public(&self) -> SealingKey {
        SealingKey(match self.0.as_ref() {
            Private::Sm(key) => Public::Sm(Box::new(key.public())),
            Private::Intl(key) => Public::Intl(Box::new(key.public())),
        })
    }

    /// Opens what [`SealingKey::wrap`] made for this key under the same `context`.
    ///
    /// # Errors
    /// [`OpenError::Wrapped`]: altered, or for another key or context; which of these is not told apart.
    pub fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        match self.0.as_ref() {
            Private::Sm(key) => key.unwrap(wrapped, context),
            Private::Intl(key) => key.unwrap(wrapped, context),
        }
        .ok_or(OpenError::Wrapped)
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpeningKey({}, public {})", self.suite(), self.public().kid())
    }
}

/// A recipient's public key: a canonical, usable point.
///
/// In JSON a JWK with `"use":"enc"`: `{"kty":"OKP","crv":"X25519","x":…}` or `{"kty":"EC","crv":"SM2","x":…,"y":…}`.
#[derive(Clone)]
pub struct SealingKey(Public);

#[derive(Clone)]
enum Public {
    Sm(Box<sm2::Public>),
    Intl(Box<x25519::Public>),
}

impl SealingKey {
    /// A key from its raw bytes: 32 for X25519, 65 (uncompressed point) for SM2.
    ///
    /// # Errors
    /// Wrong length, no canonical point of the curve, or an X25519 point of low order.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        let length = |expected| KeyError::Length { kind: key_name(suite), expected, found: bytes.len() };
        Ok(Self(match suite {
            Suite::Sm => {
                let bytes = bytes.try_into().map_err(|_| length(65))?;
                Public::Sm(Box::new(sm2::Public::from_bytes(bytes)?))
            }
            Suite::Intl => {
                let bytes = bytes.try_into().map_err(|_| length(32))?;
                Public::Intl(Box::new(x25519::Public::from_bytes(bytes)?))
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

    /// The key's name: its RFC 7638 thumbprint (SHA-256, base64url, 43 characters).
    pub fn kid(&self) -> String {
        self.jwk().kid()
    }

    /// The 32 bytes of the thumbprint.
    pub(crate) fn thumbprint(&self) -> [u8; 32] {
        self.jwk().thumbprint()
    }

    /// Encrypts `secret` so that only the holder of the private key opens it, and only under `context`.
    ///
    /// Overhead in bytes: 129 for SM2, 48 for HPKE.
    pub fn wrap(&self, secret: &[u8], context: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        match &self.0 {
            Public::Sm(key) => key.wrap(secret, context, rng),
            Public::Intl(key) => key.wrap(secret, context, rng),
        }
    }

    fn jwk(&self) -> Jwk {
        match &self.0 {
            Public::Sm(key) => Jwk::sm2(key.as_bytes()),
            Public::Intl(key) => Jwk::octets("X25519", key.as_bytes()),
        }
        .with_use("enc")
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let key = if jwk.is_sm2() {
            Self::from_bytes(Suite::Sm, &jwk.sm2_bytes()?)?
        } else {
            Self::from_bytes(Suite::Intl, &jwk.octet_bytes("X25519")?)?
        };
        if jwk.purpose() != Some("enc") {
            return Err(KeyError::Jwk("use of a sealing key is not enc"));
        }
        if jwk.alg().is_some() {
            return Err(KeyError::Jwk("a sealing key has no alg"));
        }
        Ok(key)
    }
}

fn key_name(suite: Suite) -> &'static str {
    match suite {
        Suite::Sm => "SM2",
        Suite::Intl => "X25519",
    }
}

key_by_its_bytes!(SealingKey);

/// What was encrypted for us does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The wrapped key: altered, or wrapped for another key or context.
    #[error("wrapped key does not open: altered, or made for another key or context")]
    Wrapped,
    /// The beginning is no envelope header.
    #[error("envelope header: {0}")]
    Header(&'static str),
    /// The envelope names another recipient's key.
    #[error("envelope is for the key {found}, which is not ours")]
    Recipient {
        /// The thumbprint in the header.
        found: String,
    },
    /// A chunk is not what the sender wrote at this place: altered, moved, repeated, or of another envelope.
    #[error("envelope chunk {chunk} was altered or is out of place")]
    Chunk {
        /// Its number, from 0.
        chunk: u32,
    },
    /// The envelope ends before its last chunk.
    #[error("envelope is cut off in chunk {chunk}")]
    Truncated {
        /// The first chunk that is not whole, from 0.
        chunk: u32,
    },
    /// Bytes follow the last chunk.
    #[error("envelope has bytes after its last chunk {chunk}")]
    Trailing {
        /// The last chunk.
        chunk: u32,
    },
}
