//! What all our tokens have in common: a strict JWS whose type is pinned, whose key is one of the expected signer's and whose claims are exactly
//! those of its kind. A claim of the wrong JSON type is an error, never an absent claim (CVE-2026-25537).

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use xinyu_crypto::jws::{self, JwsError};
use xinyu_crypto::{PublicKeys, SigningKey, Suite};
use xinyu_protocol::json::{self, Limits};

use crate::error::{Claim, IdentityError};

/// How far two honest clocks may be apart, in seconds.
pub const LEEWAY_SECONDS: i64 = 60;

/// Claims are flat and small: a credential with four keys has about two kilobytes.
pub(crate) const CLAIM_LIMITS: Limits = Limits { bytes: 48 * 1024, depth: 8 };

/// The kinds of tokens. Each has its own `typ`, so that none is ever taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A connector's credential.
    Credential,
    /// The token of one request.
    Request,
    /// The proof of one response.
    Response,
    /// The right to fetch the data of one transfer.
    Grant,
    /// A signed status list.
    StatusList,
    /// What a participant of another maker authenticates itself with. Its `typ` may be missing.
    Client,
    /// The right of a verifier to see some of our credentials.
    Access,
    /// A verifiable credential of either profile. Its `typ` may be missing.
    Verifiable,
    /// A verifiable presentation of either profile. Its `typ` may be missing.
    Presentation,
    /// A person's answer to the challenge of a login. Its `typ` is not looked at.
    Login,
}

impl TokenKind {
    /// The `typ` in the JOSE header.
    #[must_use]
    pub fn typ(self) -> &'static str {
        match self {
            Self::Credential => "vc+jwt",
            Self::Request => "xinyu-request+jwt",
            Self::Response => "xinyu-response+jwt",
            Self::Grant => "xinyu-grant+jwt",
            Self::StatusList => "xinyu-status+jwt",
            Self::Client => "JWT",
            Self::Access => "xinyu-access+jwt",
            Self::Verifiable => "vc+jwt",
            Self::Presentation => "vp+jwt",
            Self::Login => "xinyu-login+jwt",
        }
    }

    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Credential => "凭证",
            Self::Request => "请求令牌",
            Self::Response => "应答证明",
            Self::Grant => "交付授权",
            Self::StatusList => "状态列表",
            Self::Client => "客户端令牌",
            Self::Access => "出示授权",
            Self::Verifiable => "可验证凭证",
            Self::Presentation => "可验证表述",
            Self::Login => "登录应答",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "credential",
            Self::Request => "request token",
            Self::Response => "response proof",
            Self::Grant => "grant",
            Self::StatusList => "status list",
            Self::Client => "client token",
            Self::Access => "access token",
            Self::Verifiable => "verifiable credential",
            Self::Presentation => "verifiable presentation",
            Self::Login => "login answer",
        })
    }
}

/// Signs claims as a token of a kind.
#[expect(clippy::expect_used, reason = "claims are structs of strings, integers and keys, which serde always writes")]
pub(crate) fn sign<T: Serialize>(kind: TokenKind, claims: &T, key: &SigningKey) -> String {
    let payload = serde_json::to_vec(claims).expect("claims are serialisable");
    jws::sign(kind.typ(), &payload, key)
}

/// Checks type, key and signature of a token, then reads its claims. Returns the suite it was signed in.
pub(crate) fn open<T: DeserializeOwned>(
    kind: TokenKind,
    token: &str,
    keys: &PublicKeys,
) -> Result<(T, Suite), IdentityError> {
    let unverified =
        jws::parse(token).map_err(|error| IdentityError::Malformed { token: kind, reason: error.to_string() })?;
    let Some(kid) = unverified.kid() else {
        return Err(IdentityError::Malformed { token: kind, reason: "header has no kid".to_owned() });
    };
    let key = keys
        .by_kid(kid)
        .ok_or_else(|| IdentityError::UnknownKey { token: kind, kid: kid.chars().take(64).collect() })?;
    let payload = unverified.verify(key, kind.typ()).map_err(|error| {
        let reason = error.to_string();
        match error {
            JwsError::Type { .. } => IdentityError::WrongType { token: kind, reason },
            _ => IdentityError::BadSignature { token: kind, reason },
        }
    })?;
    let claims = json::parse(&payload, CLAIM_LIMITS)
        .map_err(|error| IdentityError::BadClaims { token: kind, reason: error.to_string() })?;
    Ok((claims, key.suite()))
}

/// The time claims of a token, in seconds since 1970.
pub(crate) struct Window {
    pub(crate) issued: i64,
    pub(crate) not_before: i64,
    pub(crate) expires: i64,
}

impl Window {
    /// Valid now, give or take the leeway, and living no longer than `most` seconds.
    pub(crate) fn check(&self, token: TokenKind, most: i64, now: Timestamp) -> Result<(), IdentityError> {
        self.check_within(token, most, LEEWAY_SECONDS, now)
    }

    /// The same with another leeway.
    pub(crate) fn check_within(
        &self,
        token: TokenKind,
        most: i64,
        leeway: i64,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let now = now.as_second();
        let begins = self.issued.max(self.not_before);
        let seconds = self.expires.saturating_sub(self.issued.min(self.not_before));
        if seconds > most || self.expires <= begins {
            return Err(IdentityError::Lifetime { token, seconds, most });
        }
        if begins > now.saturating_add(leeway) {
            return Err(IdentityError::NotYetValid { token, from: begins });
        }
        if self.expires <= now.saturating_sub(leeway) {
            return Err(IdentityError::Expired { token, at: self.expires });
        }
        Ok(())
    }
}

/// `expected` and `found` must be the same, to the byte.
pub(crate) fn same(token: TokenKind, claim: Claim, expected: &str, found: &str) -> Result<(), IdentityError> {
    if expected == found {
        return Ok(());
    }
    let found = found.chars().take(256).collect();
    Err(IdentityError::Mismatch { token, claim, expected: expected.to_owned(), found })
}

/// A `jti` must be a real UUID: the nil one is what a program writes that forgot it.
pub(crate) fn present(token: TokenKind, id: Uuid) -> Result<(), IdentityError> {
    if id.is_nil() {
        return Err(IdentityError::BadClaims { token, reason: "jti is the nil uuid".to_owned() });
    }
    Ok(())
}
