//! How a participant of another maker says who it is: a JWT that it issues for itself, signed by a key in its did:web document. DCP 1.0.1 §4.3,
//! Self-Issued ID Tokens; the token renewal of Data Plane Signaling authenticates its clients by the same.
//!
//! Whoever sends such a token makes us fetch a document, so all that needs no key is checked before ([`ClientToken::parse`]), and the signature
//! after ([`ClientToken::verify`]). That a `jti` was not seen before is the caller's to remember, by issuer: see
//! [`ClientClaims::replayable_until`]. Our own nodes know each other by credentials and need none of this.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use xinyu_crypto::ForeignJws;
use xinyu_protocol::json;

use crate::did::DidWeb;
use crate::document::ForeignDocument;
use crate::error::{Claim, IdentityError};
use crate::token::{self, CLAIM_LIMITS, TokenKind, Window};

/// The longest life of a token, in seconds, and so for how long its `jti` is remembered. Others make theirs to live 5 to 10 minutes.
pub const MAX_LIFE_SECONDS: i64 = 3600;

/// How far the clock of a stranger may be from ours, in seconds. Not a minute, as between our own: the verification kit of DCP wants tokens refused
/// whose times are off by 60 s.
pub const LEEWAY_SECONDS: i64 = 30;

/// The longest `jti`, in bytes.
pub const MAX_JTI_BYTES: usize = 256;

/// A token that could be good, if its signature is.
#[derive(Clone)]
pub struct ClientToken {
    jws: ForeignJws,
    claims: ClientClaims,
}

/// What a verified token says.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientClaims {
    /// Who signed it, for itself (`iss` and `sub`).
    pub iss: DidWeb,
    /// Unique among the tokens of this issuer; the receiver takes it once.
    pub jti: String,
    /// Not valid from this second on, since 1970.
    pub exp: i64,
    /// What it brings along, opaque: in a token renewal the access token that is to be renewed.
    pub token: Option<String>,
}

impl ClientToken {
    /// Reads a token and holds all but its signature against what we know: it must be for `audience`, alone, and valid `now`.
    ///
    /// # Errors
    /// If it is malformed, of another type, not issued for itself by a did:web, for somebody else, not valid now, or made to live too long.
    pub fn parse(text: &str, audience: &str, now: Timestamp) -> Result<Self, IdentityError> {
        let kind = TokenKind::Client;
        let jws = ForeignJws::parse(text)
            .map_err(|error| IdentityError::Malformed { token: kind, reason: error.to_string() })?;
        if let Some(typ) = jws.typ().filter(|typ| !typ.eq_ignore_ascii_case(kind.typ())) {
            let reason = format!("{}, not {}", typ.chars().take(64).collect::<String>(), kind.typ());
            return Err(IdentityError::WrongType { token: kind, reason });
        }
        let bad = |reason: String| IdentityError::BadClaims { token: kind, reason };
        let claims: Claims =
            json::parse(jws.payload_unverified(), CLAIM_LIMITS).map_err(|error| bad(error.to_string()))?;
        let iss = DidWeb::parse(&claims.iss)?;
        token::same(kind, Claim::Subject, iss.as_str(), &claims.sub)?;
        let (Audience::One(aud) | Audience::Listed([aud])) = &claims.aud;
        token::same(kind, Claim::Audience, audience, aud)?;
        let not_before = claims.nbf.unwrap_or(claims.iat);
        Window { issued: claims.iat, not_before, expires: claims.exp }.check_within(
            kind,
            MAX_LIFE_SECONDS,
            LEEWAY_SECONDS,
            now,
        )?;
        let jti = claims.jti;
        if jti.is_empty() || jti.len() > MAX_JTI_BYTES || jti.chars().any(char::is_control) {
            return Err(bad(format!("jti is not 1 to {MAX_JTI_BYTES} bytes of text")));
        }
        Ok(Self { jws, claims: ClientClaims { iss, jti, exp: claims.exp, token: claims.token } })
    }

    /// Who it claims to be from, whose document is to be fetched.
    #[must_use]
    pub fn issuer(&self) -> &DidWeb {
        &self.claims.iss
    }

    /// Which of the issuer's keys it claims to be signed by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.jws.kid()
    }

    /// The claims, if the token is signed by a key that `document`, the issuer's own, lists for signing under the token's `kid`. Without a `kid`
    /// the document must have exactly one key.
    ///
    /// # Errors
    /// If the document is not the issuer's, names no such key, or the signature is not that key's.
    pub fn verify(self, document: &[u8]) -> Result<ClientClaims, IdentityError> {
        let document = ForeignDocument::parse(document, self.issuer())?;
        self.verify_by(&document)
    }

    /// The same with a document that was read.
    ///
    /// # Errors
    /// As [`ClientToken::verify`].
    pub fn verify_by(self, document: &ForeignDocument) -> Result<ClientClaims, IdentityError> {
        token::same(TokenKind::Client, Claim::Issuer, document.did().as_str(), self.issuer().as_str())?;
        let key = document.signing_key(TokenKind::Client, self.kid())?;
        self.jws
            .verify(&key)
            .map_err(|error| IdentityError::BadSignature { token: TokenKind::Client, reason: error.to_string() })?;
        Ok(self.claims)
    }
}

impl ClientClaims {
    /// Until this second (since 1970) the token would still be believed, so that long its `jti` must be remembered.
    #[must_use]
    pub fn replayable_until(&self) -> i64 {
        self.exp.saturating_add(LEEWAY_SECONDS)
    }
}

/// Without what it brings along.
impl fmt::Debug for ClientClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iss, jti, exp, token: _ } = self;
        f.debug_struct("ClientClaims").field("iss", iss).field("jti", jti).field("exp", exp).finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientToken").field("jws", &self.jws).field("claims", &self.claims).finish()
    }
}

/// The claims that have a meaning here; others may stand beside them (RFC 7519 §4).
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<i64>,
    jti: String,
    #[serde(default, deserialize_with = "present")]
    token: Option<String>,
}

/// RFC 7519 §4.1.3 knows a list too. A list of several is refused: each of them could show the token to the others.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Listed([String; 1]),
}

/// A claim that is there has its type: `null` is not the same as nothing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
