//! The token of one request. It binds who asks, whom, when, and for exactly what: method, path with query, body. So a stolen one is of no use for
//! anything else, and of no use at all once it was seen. NDI-TR-2025-03 App. D asks for the claims iss, sub, iat, exp, jti; the rest is ours to
//! define (DSP 2025-1 leaves the semantics of tokens open).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xinyu_crypto::{Digest, PublicKeys, SigningKey, Suite};
use xinyu_protocol::id::PartyId;

use crate::error::{Claim, IdentityError};
use crate::token::{self, LEEWAY_SECONDS, TokenKind, Window};

/// The life of a request token, in seconds.
pub const LIFE_SECONDS: i64 = 60;

/// The claims. All are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestClaims {
    /// Who asks and signs.
    pub iss: PartyId,
    /// Who is asked.
    pub aud: PartyId,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid from this second on; at most 60 s after `iat`.
    pub exp: i64,
    /// Unique; the receiver takes it once.
    pub jti: Uuid,
    /// HTTP method, upper case.
    pub htm: String,
    /// Path and query, as they stand in the request line.
    pub htu: String,
    /// Digest of the body in the suite of the signing key; that of no bytes if there is no body.
    pub dig: Digest,
}

/// The request as the signer makes it, or as the verifier received it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The exact bytes; empty if there is no body.
    pub body: &'a [u8],
}

/// What a request token is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// Whose keys were handed in.
    pub iss: &'a PartyId,
    /// Who we are.
    pub aud: &'a PartyId,
    /// What we received.
    pub exchange: Exchange<'a>,
}

impl RequestClaims {
    /// Claims for a request, to be signed with a key of `suite`.
    #[must_use]
    pub fn new(suite: Suite, iss: PartyId, aud: PartyId, exchange: Exchange<'_>, jti: Uuid, now: Timestamp) -> Self {
        let iat = now.as_second();
        Self {
            iss,
            aud,
            iat,
            exp: iat.saturating_add(LIFE_SECONDS),
            jti,
            htm: exchange.method.to_owned(),
            htu: exchange.path.to_owned(),
            dig: suite.hash(exchange.body),
        }
    }

    /// Until this second (since 1970) the token would still be believed, so that long its `jti` must be remembered.
    #[must_use]
    pub fn replayable_until(&self) -> i64 {
        self.exp.saturating_add(LEEWAY_SECONDS)
    }
}

/// A request whose sender is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The claims.
    pub claims: RequestClaims,
    /// The suite they were signed in, in which the answer is to be proven.
    pub suite: Suite,
}

/// Signs the claims.
#[must_use]
pub fn mint(claims: &RequestClaims, key: &SigningKey) -> String {
    token::sign(TokenKind::Request, claims, key)
}

/// Reads a request token that must be signed with one of `keys` and be for exactly this exchange. That it was not seen before is not checked here.
///
/// # Errors
/// If it is malformed, signed by anybody else, of another type, not valid now, or for another receiver, method, path or body.
pub fn verify(token: &str, keys: &PublicKeys, expect: Expect<'_>, now: Timestamp) -> Result<Verified, IdentityError> {
    let kind = TokenKind::Request;
    let (claims, suite) = token::open::<RequestClaims>(kind, token, keys)?;
    token::same(kind, Claim::Issuer, expect.iss.as_str(), claims.iss.as_str())?;
    token::same(kind, Claim::Audience, expect.aud.as_str(), claims.aud.as_str())?;
    token::present(kind, claims.jti)?;
    Window { issued: claims.iat, not_before: claims.iat, expires: claims.exp }.check(kind, LIFE_SECONDS, now)?;
    token::same(kind, Claim::Method, expect.exchange.method, &claims.htm)?;
    token::same(kind, Claim::Path, expect.exchange.path, &claims.htu)?;
    let digest = suite.hash(expect.exchange.body);
    token::same(kind, Claim::Body, &digest.to_string(), &claims.dig.to_string())?;
    Ok(Verified { claims, suite })
}

#[cfg(test)]
mod tests;
