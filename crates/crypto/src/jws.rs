//! Compact JSON Web Signatures (RFC 7515), strict. NDI-TR-2025-03 App. C asks for `alg` SM2; RFC 8037 gives EdDSA.
//!
//! The header has `alg`, `typ` and perhaps `kid`, and nothing else: no `crit`, `jwk`, `x5u` or `b64`, which is how tokens
//! choose their own key or meaning. The algorithm is the key's, never the token's. Claims are not looked at here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PublicKey, SignatureError, SigningKey, Suite, base64url, object};

#[cfg(test)]
mod tests;

/// The longest text that [`parse`] reads, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Signs `payload` under the type `typ`, naming the key by its thumbprint.
///
/// The header is canonical (RFC 8785): `{"alg":…,"kid":…,"typ":…}`. Signatures are deterministic, so is the result.
pub fn sign(typ: &str, payload: &[u8], key: &SigningKey) -> String {
    sign_as(typ, &key.public().kid(), payload, key)
}

/// As [`sign`], naming the key otherwise, such as by the DID URL of a verification method.
#[expect(clippy::expect_used, reason = "three strings always serialise")]
pub fn sign_as(typ: &str, kid: &str, payload: &[u8], key: &SigningKey) -> String {
    let header = Header { alg: key.suite().signature_name().into(), kid: Some(kid.into()), typ: typ.into() };
    let header = serde_json::to_vec(&header).expect("a header of strings");
    let mut text = format!("{}.{}", base64url::encode(&header), base64url::encode(payload));
    let signature = key.sign(text.as_bytes());
    text.push('.');
    text.push_str(&base64url::encode(&signature));
    text
}

/// Reads a compact JWS without believing it.
///
/// # Errors
/// Anything but three parts of canonical base64url, with a header of exactly the members allowed here.
pub fn parse(text: &str) -> Result<Unverified, JwsError> {
    let Parts { signing_input, header, payload, signature } = split(text)?;
    let header: Header = object::from_slice(&header).map_err(|error| JwsError::header(&error))?;
    let suite = Suite::ALL
        .into_iter()
        .find(|suite| suite.signature_name() == header.alg)
        .ok_or_else(|| JwsError::algorithm(&header.alg))?;
    Ok(Unverified { suite, kid: header.kid, typ: header.typ, signing_input, payload, signature })
}

/// A compact JWS taken apart. The header is still text.
pub(crate) struct Parts {
    pub(crate) signing_input: String,
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Takes a text of at most [`MAX_BYTES`] apart.
pub(crate) fn split(text: &str) -> Result<Parts, JwsError> {
    if text.len() > MAX_BYTES {
        return Err(JwsError::Size(text.len()));
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwsError::Parts(text.split('.').count()));
    };
    let part = |name, text| base64url::decode(text).ok_or(JwsError::Base64(name));
    Ok(Parts {
        signing_input: format!("{header}.{payload}"),
        header: part("header", header)?,
        payload: part("payload", payload)?,
        signature: part("signature", signature)?,
    })
}

/// A JWS that was read but not verified. What it says is a claim of whoever sent it.
#[derive(Clone)]
pub struct Unverified {
    suite: Suite,
    kid: Option<String>,
    typ: String,
    signing_input: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Unverified {
    /// The name of the key, to look it up by; NDI tokens have none.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The claimed type.
    pub fn typ(&self) -> &str {
        &self.typ
    }

    /// The claimed suite, by its algorithm.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The payload, only to find out which key to verify with (its `iss`).
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, if the token has the type `typ` and was signed by `key`.
    ///
    /// # Errors
    /// Another type, another algorithm than the key's, or a signature that does not verify.
    pub fn verify(&self, key: &PublicKey, typ: &str) -> Result<Vec<u8>, JwsError> {
        if self.typ != typ {
            return Err(JwsError::Type { expected: typ.into(), found: self.typ.chars().take(64).collect() });
        }
        if self.suite != key.suite() {
            return Err(JwsError::KeyAlgorithm {
                token: self.suite.signature_name(),
                key: key.suite().signature_name(),
            });
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(self.payload.clone())
    }
}

/// Without payload and signature: a token in a log can be used by whoever reads the log.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { suite, kid, typ, .. } = self;
        f.debug_struct("Unverified").field("suite", suite).field("kid", kid).field("typ", typ).finish_non_exhaustive()
    }
}

/// In lexical order of the members, as RFC 8785 wants them written. serde refuses a member that comes twice.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    typ: String,
}

/// A token that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than 64 KiB.
    #[error("jws has {0} bytes, more than 65536")]
    Size(usize),
    /// Not header, payload and signature.
    #[error("jws has {0} parts, not 3")]
    Parts(usize),
    /// A part is not base64url in its one canonical form.
    #[error("jws {0} is not canonical base64url")]
    Base64(&'static str),
    /// The header is not JSON, lacks a member, has one twice, or has one that is not allowed.
    #[error("jws header: {0}")]
    Header(String),
    /// None of those that are accepted here.
    #[error("jws algorithm `{0}` is not accepted")]
    Algorithm(String),
    /// The token claims another algorithm than that of the key.
    #[error("jws says {token}, but the key is for {key}")]
    KeyAlgorithm {
        /// What the header says.
        token: &'static str,
        /// What the key is for.
        key: &'static str,
    },
    /// A token of another type.
    #[error("jws has the type `{found}`, not `{expected}`")]
    Type {
        /// What the caller expects.
        expected: String,
        /// What the header says.
        found: String,
    },
    /// The signature is not the key's.
    #[error("jws: {0}")]
    Signature(#[from] SignatureError),
}

impl JwsError {
    pub(crate) fn header(error: &serde_json::Error) -> Self {
        Self::Header(error.to_string().chars().take(160).collect())
    }

    pub(crate) fn algorithm(found: &str) -> Self {
        Self::Algorithm(found.chars().take(32).collect())
    }
}
