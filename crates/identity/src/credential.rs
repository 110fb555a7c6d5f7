//! The credential of a connector: the platform says which keys, which address and which participant stand behind a connector id.
//! NDI-TR-2025-03 §8 and App. A (接入连接器凭证); DCP 1.0.1 (JWT profile). A change of keys or address is a new credential and a revoked old one.
//! Whether it was revoked is the caller's to ask: the claims name the status list and the index.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xinyu_crypto::{PublicKeys, SigningKey};
use xinyu_protocol::id::{ParticipantId, PartyId};
use xinyu_protocol::tc609::participant::Role;

use crate::did::DidWeb;
use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind, Window};

/// The longest life of a credential: five years, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 5 * 366 * 24 * 60 * 60;

/// The claims of a credential. All are required but the URL of the status list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The platform that issued it.
    pub iss: PartyId,
    /// The connector it is about.
    pub sub: PartyId,
    /// Its own id, which evidence and revocation name.
    pub jti: Uuid,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid before, seconds since 1970.
    pub nbf: i64,
    /// Not valid from this second on.
    pub exp: i64,
    /// Who stands behind the connector.
    pub participant: Holder,
    /// The connector's public keys, both suites.
    pub keys: PublicKeys,
    /// Base URL of the connector.
    pub address: String,
    /// The did:web form of `address`.
    pub did: DidWeb,
    /// Where to look whether it was revoked.
    pub status: StatusEntry,
}

/// The participant in a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// 18 characters, GB 32100 or an encoded citizen id.
    pub id: ParticipantId,
    /// Its registered name.
    pub name: String,
    /// Its role in the space.
    pub role: Role,
}

/// A place in a status list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusEntry {
    /// URL of the signed list. Without it only the issuer itself can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// The bit.
    pub index: u64,
}

impl Credential {
    /// Signs the claims. That they are consistent is checked by every reader, see [`Credential::verify`].
    #[must_use]
    pub fn issue(claims: &Self, key: &SigningKey) -> String {
        token::sign(TokenKind::Credential, claims, key)
    }

    /// Reads a credential that `issuer_id` must have signed with one of `issuer`.
    ///
    /// # Errors
    /// If it is malformed, signed by anybody else, of another type, not valid now (60 s leeway), or contradicts itself.
    pub fn verify(jws: &str, issuer: &PublicKeys, issuer_id: &PartyId, now: Timestamp) -> Result<Self, IdentityError> {
        let kind = TokenKind::Credential;
        let (claims, _) = token::open::<Self>(kind, jws, issuer)?;
        token::same(kind, Claim::Issuer, issuer_id.as_str(), claims.iss.as_str())?;
        token::present(kind, claims.jti)?;
        claims.check_time(now)?;
        if claims.sub.connector().is_none() {
            return Err(IdentityError::BadClaims { token: kind, reason: "sub is no connector".to_owned() });
        }
        token::same(kind, Claim::Holder, claims.sub.owner().as_str(), claims.participant.id.as_str())?;
        let did = DidWeb::from_base_url(&claims.address)?;
        token::same(kind, Claim::Did, did.as_str(), claims.did.as_str())?;
        Ok(claims)
    }

    /// That a credential which was verified before is valid now (60 s leeway).
    ///
    /// # Errors
    /// If it is not yet, or no longer.
    pub fn check_time(&self, now: Timestamp) -> Result<(), IdentityError> {
        let window = Window { issued: self.iat, not_before: self.nbf, expires: self.exp };
        window.check(TokenKind::Credential, MAX_LIFE_SECONDS, now)
    }
}

#[cfg(test)]
mod tests;
