//! A compact JWS (RFC 7515) of somebody else. The algorithm is the key's, never the token's, and the key never comes from
//! the token: `jwk`, `jku`, `x5c` and `x5u` are not followed. `crit` is refused, for no extension is understood here.

use std::fmt;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::ForeignKey;
use crate::jws::{self, JwsError, Parts};
use crate::object;

/// A JWS that was read but not verified. What it says is a claim of whoever sent it.
#[derive(Clone)]
pub struct ForeignJws {
    alg: &'static str,
    kid: Option<String>,
    typ: Option<String>,
    signing_input: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl ForeignJws {
    /// Reads a token without believing it.
    ///
    /// # Errors
    /// Anything but three parts of canonical base64url, a header without `alg` or with `crit`, or an algorithm that no
    /// [`ForeignKey`] has, above all `none`.
    pub fn parse(text: &str) -> Result<Self, JwsError> {
        let Parts { signing_input, header, payload, signature } = jws::split(text)?;
        let header: Header = object::from_slice(&header).map_err(|error| JwsError::header(&error))?;
        let alg = ALGORITHMS.into_iter().find(|alg| *alg == header.alg);
        Ok(Self {
            alg: alg.ok_or_else(|| JwsError::algorithm(&header.alg))?,
            kid: header.kid,
            typ: header.typ,
            signing_input,
            payload,
            signature,
        })
    }

    /// The name of the key, to look it up by.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The claimed type, such as `JWT`; many write none.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The payload, only to find out which key to verify with (its `iss`).
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, if the token was signed by `key`. Type and claims are for the caller to check.
    ///
    /// # Errors
    /// Another algorithm than the key's, or a signature that does not verify.
    pub fn verify(&self, key: &ForeignKey) -> Result<&[u8], JwsError> {
        if !key.fits(self.alg) {
            return Err(JwsError::KeyAlgorithm { token: self.alg, key: key.algorithm() });
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(&self.payload)
    }
}

/// Without payload and signature: a token in a log can be used by whoever reads the log.
impl fmt::Debug for ForeignJws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alg, kid, typ, .. } = self;
        f.debug_struct("ForeignJws").field("alg", alg).field("kid", kid).field("typ", typ).finish_non_exhaustive()
    }
}

/// serde refuses one of these that comes twice.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    typ: Option<String>,
    #[serde(default, rename = "crit", deserialize_with = "refused")]
    _crit: (),
}

/// A member that is there is a string: `null` is not the same as nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

fn refused<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer)?;
    Err(D::Error::custom("crit names extensions that are not understood"))
}

const ALGORITHMS: [&str; 4] = ["ES256", "EdDSA", "Ed25519", "SM2"];
