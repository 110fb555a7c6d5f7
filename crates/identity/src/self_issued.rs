//! How we say who we are to the world outside: tokens that we issue for ourselves (DCP 1.0.1 §4.3.1), and in them the right of the receiver to see some
//! of our credentials. The receiver shows that right to our credential service, with a token of its own around it; it is ours alone to read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use xinyu_crypto::{Es256Key, ForeignJws};
use xinyu_protocol::dcp::Scope;
use xinyu_protocol::json;

use crate::did::DidWeb;
use crate::error::{Claim, IdentityError};
use crate::token::{self, CLAIM_LIMITS, LEEWAY_SECONDS, TokenKind, Window};

/// How long a token of ours is good, and the right in it, in seconds.
pub const LIFE_SECONDS: i64 = 300;

/// A DID with the key that signs for it now.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Who.
    pub did: &'a DidWeb,
    /// With what.
    pub key: &'a Es256Key,
}

impl Signer<'_> {
    /// The DID URL of the key.
    #[must_use]
    pub fn kid(&self) -> String {
        format!("{}#{}", self.did, self.key.kid())
    }

    /// Signs claims.
    #[must_use]
    pub fn sign<T: Serialize>(&self, typ: &str, claims: &T) -> String {
        // Claims are JSON values made here, which always have a text.
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        self.key.sign_jws(typ, &self.kid(), &payload)
    }

    /// A token for `audience`. `token` is what it brings along: the right to see our credentials, or what the audience gave us.
    #[must_use]
    pub fn token(&self, audience: &str, token: Option<&str>, jti: Uuid, now: Timestamp) -> String {
        let iat = now.as_second();
        let mut claims = json!({
            "iss": self.did, "sub": self.did, "aud": audience, "jti": jti, "iat": iat, "nbf": iat,
            "exp": iat.saturating_add(LIFE_SECONDS),
        });
        if let (Some(token), Some(members)) = (token, claims.as_object_mut()) {
            members.insert("token".to_owned(), token.into());
        }
        self.sign(TokenKind::Client.typ(), &claims)
    }

    /// The right of `verifier` to see credentials of ours within `scopes`.
    #[must_use]
    pub fn access(&self, verifier: &str, scopes: &[Scope], jti: Uuid, now: Timestamp) -> String {
        let iat = now.as_second();
        let claims = AccessClaims {
            iss: self.did.clone(),
            sub: verifier.to_owned(),
            iat,
            exp: iat.saturating_add(LIFE_SECONDS),
            jti,
            scope: scopes.to_vec(),
        };
        self.sign(TokenKind::Access.typ(), &claims)
    }
}

/// What such a right says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// Us.
    pub iss: DidWeb,
    /// Who may see.
    pub sub: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Good until.
    pub exp: i64,
    /// Unique.
    pub jti: Uuid,
    /// What.
    pub scope: Vec<Scope>,
}

/// Reads a right that we gave to `verifier`, signed with one of `keys`, all ours.
///
/// # Errors
/// If we did not give it, or to somebody else, or not for now.
pub fn open_access<'k>(
    text: &str,
    us: &DidWeb,
    verifier: &DidWeb,
    keys: impl IntoIterator<Item = &'k Es256Key>,
    now: Timestamp,
) -> Result<AccessClaims, IdentityError> {
    let kind = TokenKind::Access;
    let malformed = |reason: String| IdentityError::Malformed { token: kind, reason };
    let jws = ForeignJws::parse(text).map_err(|error| malformed(error.to_string()))?;
    if jws.typ() != Some(kind.typ()) {
        return Err(IdentityError::WrongType { token: kind, reason: format!("not {}", kind.typ()) });
    }
    let kid = jws.kid().unwrap_or_default().to_owned();
    let key = keys.into_iter().find(|key| Signer { did: us, key }.kid() == kid);
    let key = key.ok_or_else(|| IdentityError::UnknownKey { token: kind, kid: kid.chars().take(128).collect() })?;
    let key = key.public().map_err(|error| malformed(error.to_string()))?;
    let payload =
        jws.verify(&key).map_err(|error| IdentityError::BadSignature { token: kind, reason: error.to_string() })?;
    let claims: AccessClaims = json::parse(payload, CLAIM_LIMITS)
        .map_err(|error| IdentityError::BadClaims { token: kind, reason: error.to_string() })?;
    token::same(kind, Claim::Issuer, us.as_str(), claims.iss.as_str())?;
    token::same(kind, Claim::Subject, verifier.as_str(), &claims.sub)?;
    let window = Window { issued: claims.iat, not_before: claims.iat, expires: claims.exp };
    window.check_within(kind, LIFE_SECONDS, LEEWAY_SECONDS, now)?;
    Ok(claims)
}

#[cfg(test)]
mod tests;
