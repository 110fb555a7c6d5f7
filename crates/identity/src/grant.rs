//! The right to fetch the data of one transfer: the provider's control plane gives it to the consumer, the provider's data plane takes it.
//! It is worth nothing by itself: it counts only beside a request token of the connector it names, so a stolen grant opens nothing.
//! Whether the transfer still runs is asked at each use; a grant is no substitute for that (revocation within a second).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xinyu_crypto::{PublicKeys, SigningKey};
use xinyu_protocol::id::{ContractId, PartyId};

use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind, Window};

/// The longest life of a grant: one day, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// The claims. All are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantClaims {
    /// The provider's connector, which signs.
    pub iss: PartyId,
    /// The consumer's connector, the only one that may use it.
    pub sub: PartyId,
    /// The contract.
    pub contract: ContractId,
    /// The transfer, by the provider's id.
    pub transfer: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid from this second on; at most a day after `iat`.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
}

/// What a grant is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// Whose keys were handed in: the provider.
    pub iss: &'a PartyId,
    /// Who presents it, as its request token has proven.
    pub bearer: &'a PartyId,
    /// The transfer it is presented for, if the path names one.
    pub transfer: Option<&'a str>,
}

/// Signs the claims.
#[must_use]
pub fn mint(claims: &GrantClaims, key: &SigningKey) -> String {
    token::sign(TokenKind::Grant, claims, key)
}

/// Reads a grant.
///
/// # Errors
/// If it is malformed, signed by anybody else, of another type, not valid now, presented by anybody but its subject, or for another transfer.
pub fn verify(
    token: &str,
    keys: &PublicKeys,
    expect: Expect<'_>,
    now: Timestamp,
) -> Result<GrantClaims, IdentityError> {
    let kind = TokenKind::Grant;
    let (claims, _) = token::open::<GrantClaims>(kind, token, keys)?;
    token::same(kind, Claim::Issuer, expect.iss.as_str(), claims.iss.as_str())?;
    token::same(kind, Claim::Subject, expect.bearer.as_str(), claims.sub.as_str())?;
    token::present(kind, claims.jti)?;
    Window { issued: claims.iat, not_before: claims.iat, expires: claims.exp }.check(kind, MAX_LIFE_SECONDS, now)?;
    if let Some(transfer) = expect.transfer {
        token::same(kind, Claim::Transfer, transfer, &claims.transfer)?;
    }
    Ok(claims)
}

#[cfg(test)]
mod tests;
