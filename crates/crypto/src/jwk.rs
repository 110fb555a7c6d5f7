//! Public keys as JSON Web Keys (RFC 7517, RFC 8037) and their thumbprints (RFC 7638).
//!
//! Strict: unknown members (a private `d` above all) are refused, and `alg` and `use` must fit the key. A `kid` is
//! accepted and dropped: the name of a key here is always its thumbprint, which nobody can choose.

use serde::{Deserialize, Serialize};
use sha2::digest::Digest as _;

use crate::base64url;

/// A public or private key that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key has the wrong number of bytes.
    #[error("{kind} key has {found} bytes, not {expected}")]
    Length {
        /// Which kind of key.
        kind: &'static str,
        /// Bytes that such a key has.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The bytes are no point of the curve, not its canonical encoding, or a point of low order.
    #[error("{0} public key is not a usable point")]
    Point(&'static str),
    /// The private scalar is out of range.
    #[error("{0} private key is out of range")]
    Range(&'static str),
    /// No private key in PEM.
    #[error("{0}")]
    Pem(&'static str),
    /// A member of the JWK is missing or wrong.
    #[error("jwk: {0}")]
    Jwk(&'static str),
}

/// The members that are read and written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing)]
    alg: Option<String>,
    #[serde(default, skip_serializing, rename = "kid")]
    _kid: Option<String>,
}

impl Jwk {
    /// An octet key pair: `Ed25519` or `X25519`.
    pub(crate) fn octets(curve: &str, x: &[u8]) -> Self {
        Self::new("OKP", curve, x, None)
    }

    /// An SM2 point from its uncompressed form (`04 ‖ x ‖ y`).
    pub(crate) fn sm2(point: &[u8; 65]) -> Self {
        let [_, coordinates @ ..] = point;
        let (x, y) = coordinates.split_at(32);
        Self::new("EC", "SM2", x, Some(y))
    }

    fn new(kty: &str, crv: &str, x: &[u8], y: Option<&[u8]>) -> Self {
        Self {
            kty: kty.into(),
            crv: crv.into(),
            x: base64url::encode(x),
            y: y.map(base64url::encode),
            purpose: None,
            alg: None,
            _kid: None,
        }
    }

    /// The same key marked for a use (`enc`).
    pub(crate) fn with_use(mut self, purpose: &str) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Whether the key is an octet key pair (`OKP`) or on the SM2 curve.
    pub(crate) fn is_sm2(&self) -> bool {
        self.kty == "EC" && self.crv == "SM2"
    }

    pub(crate) fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    pub(crate) fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The 32 bytes of an octet key pair on `curve`.
    pub(crate) fn octet_bytes(&self, curve: &str) -> Result<[u8; 32], KeyError> {
        if self.kty != "OKP" || self.crv != curve {
            return Err(KeyError::Jwk("kty and crv name no key of this use"));
        }
        if self.y.is_some() {
            return Err(KeyError::Jwk("an OKP key has no y"));
        }
        coordinate(Some(&self.x), WRONG_X)
    }

    /// The uncompressed point of an SM2 key; whether it is on the curve is for the caller to check.
    pub(crate) fn sm2_bytes(&self) -> Result<[u8; 65], KeyError> {
        point(Some(&self.x), self.y.as_deref())
    }

    /// RFC 7638: SHA-256 over the required members in lexical order. They are base64url or fixed, so nothing needs escaping.
    pub(crate) fn thumbprint(&self) -> [u8; 32] {
        let Self { kty, crv, x, y, .. } = self;
        let text = match y {
            Some(y) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
            None => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        };
        sha2::Sha256::digest(text.as_bytes()).into()
    }

    /// The thumbprint as a `kid`: 43 characters of base64url.
    pub(crate) fn kid(&self) -> String {
        base64url::encode(&self.thumbprint())
    }
}

/// The uncompressed form (`04 ‖ x ‖ y`) of a point whose coordinates have 32 bytes; whether it is on the curve is for the
/// caller to check.
pub(crate) fn point(x: Option<&str>, y: Option<&str>) -> Result<[u8; 65], KeyError> {
    let mut point = [4; 65];
    let [_, coordinates @ ..] = &mut point;
    let (first, second) = coordinates.split_at_mut(32);
    first.copy_from_slice(&coordinate(x, WRONG_X)?);
    second.copy_from_slice(&coordinate(y, WRONG_Y)?);
    Ok(point)
}

/// RFC 7518 §6.2.1.2: always the full 32 bytes, leading zeros too.
pub(crate) fn coordinate(text: Option<&str>, wrong: KeyError) -> Result<[u8; 32], KeyError> {
    text.and_then(base64url::decode_array).ok_or(wrong)
}

pub(crate) const WRONG_X: KeyError = KeyError::Jwk("x is not 32 bytes in base64url");
const WRONG_Y: KeyError = KeyError::Jwk("y is not 32 bytes in base64url");

/// What a public key is to others: its suite and bytes, shown so and never more, and in JSON a JWK.
macro_rules! key_by_its_bytes {
    ($key:ident) => {
        impl PartialEq for $key {
            fn eq(&self, other: &Self) -> bool {
                self.suite() == other.suite() && self.as_bytes() == other.as_bytes()
            }
        }

        impl Eq for $key {}

        impl std::hash::Hash for $key {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                std::hash::Hash::hash(&self.suite(), state);
                std::hash::Hash::hash(self.as_bytes(), state);
            }
        }

        impl std::fmt::Debug for $key {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let bytes = $crate::base64url::encode(self.as_bytes());
                write!(f, "{}({}, {bytes})", stringify!($key), self.suite())
            }
        }

        impl serde::Serialize for $key {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.jwk().serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $key {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::from_jwk(&$crate::object::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use key_by_its_bytes;
