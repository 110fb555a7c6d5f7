//! The DID of a person: did:web, whose document says which keys hold now, or did:jwk, which is one key and says it itself. What a person signs to log in
//! is believed by a key that is listed for `authentication`. NDI-TR-2025-03 §7.1.4.3; W3C DID 1.0.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use xinyu_crypto::{ForeignJws, ForeignKey};
use xinyu_protocol::json::{self, Limits};

use crate::did::DidWeb;
use crate::document::ForeignDocument;
use crate::error::IdentityError;
use crate::token::TokenKind;

/// Such a DID.
#[derive(Clone, Debug)]
pub enum HolderDid {
    /// Its document has to be fetched, every time.
    Web(DidWeb),
    /// It is its document.
    Jwk(JwkDid),
}

/// A `did:jwk`.
#[derive(Clone, Debug)]
pub struct JwkDid {
    did: String,
    key: ForeignKey,
}

impl HolderDid {
    /// Parses one.
    ///
    /// # Errors
    /// If it is of another method, or names no key that can sign.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let Some(encoded) = text.strip_prefix(JWK_PREFIX) else {
            return DidWeb::parse(text).map(Self::Web);
        };
        let bad = |reason: String| IdentityError::BadDid { did: text.chars().take(256).collect(), reason };
        if text.len() > MAX_JWK {
            return Err(bad(format!("has more than {MAX_JWK} characters")));
        }
        let jwk = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| bad("is not base64url".to_owned()))?;
        let jwk: Value = json::parse(&jwk, JWK_LIMITS).map_err(|error| bad(error.to_string()))?;
        let key = ForeignKey::from_jwk(&jwk).map_err(|error| bad(error.to_string()))?;
        Ok(Self::Jwk(JwkDid { did: text.to_owned(), key }))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Web(did) => did.as_str(),
            Self::Jwk(JwkDid { did, .. }) => did,
        }
    }
}

impl JwkDid {
    /// That `jws` is this key's over `text`.
    ///
    /// # Errors
    /// If it is another text's, another key's, or of another algorithm.
    pub fn verify(&self, jws: &str, text: &str) -> Result<(), IdentityError> {
        let signed = read(jws)?;
        if let Some(kid) = signed.kid().filter(|kid| kid.strip_prefix(self.did.as_str()).unwrap_or(kid) != "#0") {
            return Err(IdentityError::UnknownKey { token: TokenKind::Login, kid: kid.chars().take(128).collect() });
        }
        verified(&signed, &self.key, text)
    }
}

/// That `jws` is over `text`, by a key that the document lists for authentication now.
///
/// # Errors
/// If it is another text's, another key's, or of another algorithm; or the key is not listed.
pub fn verify_by(document: &ForeignDocument, jws: &str, text: &str) -> Result<(), IdentityError> {
    let signed = read(jws)?;
    verified(&signed, &document.signing_key(TokenKind::Login, signed.kid())?, text)
}

fn read(jws: &str) -> Result<ForeignJws, IdentityError> {
    let malformed = |error: xinyu_crypto::jws::JwsError| IdentityError::Malformed {
        token: TokenKind::Login,
        reason: error.to_string(),
    };
    ForeignJws::parse(jws).map_err(malformed)
}

fn verified(signed: &ForeignJws, key: &ForeignKey, text: &str) -> Result<(), IdentityError> {
    let payload = signed
        .verify(key)
        .map_err(|error| IdentityError::BadSignature { token: TokenKind::Login, reason: error.to_string() })?;
    if payload == text.as_bytes() {
        return Ok(());
    }
    Err(IdentityError::BadClaims { token: TokenKind::Login, reason: "it is over another challenge".to_owned() })
}

const JWK_PREFIX: &str = "did:jwk:";
const MAX_JWK: usize = 2048;
const JWK_LIMITS: Limits = Limits { bytes: 2048, depth: 4 };

#[cfg(test)]
mod tests;
