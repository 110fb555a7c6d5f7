//! The proof of one response: the receiver of a request signs what it answered, so that both ends of an exchange are authenticated even behind a
//! proxy that ends TLS. It is bound to the `jti` of the request, which is unique, and therefore needs no time of its own.

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;
use xinyu_crypto::{Digest, PublicKeys, SigningKey, Suite};
use xinyu_protocol::id::PartyId;

use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind};

/// The claims. All are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseClaims {
    /// Who answers and signs.
    pub iss: PartyId,
    /// Who asked.
    pub aud: PartyId,
    /// The `jti` of the request.
    pub jti: Uuid,
    /// HTTP status.
    pub sts: u16,
    /// Digest of the body in the suite of the signing key. `null`: the body is a stream that carries its own protection, and the proof is over
    /// the head only.
    #[serde(deserialize_with = "null_or_digest")]
    pub dig: Option<Digest>,
}

/// What a proof is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// Whom we asked.
    pub iss: &'a PartyId,
    /// Who we are.
    pub aud: &'a PartyId,
    /// The `jti` of our request.
    pub jti: Uuid,
    /// The status we received.
    pub status: u16,
}

impl ResponseClaims {
    /// Claims over a whole response, to be signed with a key of `suite`.
    #[must_use]
    pub fn over_body(suite: Suite, iss: PartyId, aud: PartyId, jti: Uuid, status: u16, body: &[u8]) -> Self {
        Self { iss, aud, jti, sts: status, dig: Some(suite.hash(body)) }
    }

    /// Claims over the head of a streamed response.
    #[must_use]
    pub fn over_head(iss: PartyId, aud: PartyId, jti: Uuid, status: u16) -> Self {
        Self { iss, aud, jti, sts: status, dig: None }
    }
}

/// A proof whose head was checked. The body has to be checked too, unless it is a stream.
#[derive(Clone, Debug)]
pub struct Proven {
    claims: ResponseClaims,
    suite: Suite,
}

impl Proven {
    /// True if the proof leaves the body to the protection of its content.
    #[must_use]
    pub fn is_head_only(&self) -> bool {
        self.claims.dig.is_none()
    }

    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &ResponseClaims {
        &self.claims
    }

    /// Checks the body.
    ///
    /// # Errors
    /// If the proof is over another body, or over the head only.
    pub fn check_body(&self, body: &[u8]) -> Result<(), IdentityError> {
        let found = self.claims.dig.map_or_else(|| "null".to_owned(), |digest| digest.to_string());
        token::same(TokenKind::Response, Claim::Body, &self.suite.hash(body).to_string(), &found)
    }
}

/// Signs the claims.
#[must_use]
pub fn mint(claims: &ResponseClaims, key: &SigningKey) -> String {
    token::sign(TokenKind::Response, claims, key)
}

/// Reads the proof of a response's head; [`Proven::check_body`] then holds it against the body.
///
/// # Errors
/// If it is malformed, signed by anybody else, of another type, or about another exchange or status.
pub fn verify(token: &str, keys: &PublicKeys, expect: Expect<'_>) -> Result<Proven, IdentityError> {
    let kind = TokenKind::Response;
    let (claims, suite) = token::open::<ResponseClaims>(kind, token, keys)?;
    token::same(kind, Claim::Issuer, expect.iss.as_str(), claims.iss.as_str())?;
    token::same(kind, Claim::Audience, expect.aud.as_str(), claims.aud.as_str())?;
    token::same(kind, Claim::Exchange, &expect.jti.to_string(), &claims.jti.to_string())?;
    token::same(kind, Claim::Status, &expect.status.to_string(), &claims.sts.to_string())?;
    Ok(Proven { claims, suite })
}

/// Unlike a plain `Option`, a field read with this must be there.
fn null_or_digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest>, D::Error> {
    Option::deserialize(deserializer)
}

#[cfg(test)]
mod tests;
