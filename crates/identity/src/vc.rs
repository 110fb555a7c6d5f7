//! Verifiable credentials as JWTs, in both profiles of DCP 1.0.1 App. A: W3C Verifiable Credentials 1.1 in the claim `vc` (§6.3.1 of that
//! recommendation), and 2.0 where the payload is the credential. Read leniently in form, strictly in meaning: what decides anything is there once,
//! of its type, and says the same in the credential and in the claims of the token around it.
//!
//! Not decided here: whether the issuer is one to be believed for this type, whether it was revoked, and what its subject must look like.

mod issue;
mod read;

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use xinyu_crypto::ForeignJws;
use xinyu_protocol::dcp::Profile;

use crate::client_token::LEEWAY_SECONDS;
use crate::did::DidWeb;
use crate::document::ForeignDocument;
use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind};

pub use issue::Draft;

/// A credential that was read. What it says is its issuer's claim once [`VerifiableCredential::verify`] has found the signature to be good.
#[derive(Clone)]
pub struct VerifiableCredential {
    /// Which data model.
    pub profile: Profile,
    /// Its id.
    pub id: Option<String>,
    /// Its types.
    pub types: Vec<String>,
    /// Who issued it.
    pub issuer: DidWeb,
    /// What it says of its subjects, one or more.
    pub subjects: Vec<Map<String, Value>>,
    /// From when on it is valid.
    pub valid_from: Timestamp,
    /// Until when, if that is limited.
    pub valid_until: Option<Timestamp>,
    /// Where it is listed when it is revoked or suspended.
    pub statuses: Vec<StatusRef>,
    /// What its subjects must look like.
    pub schemas: Vec<SchemaRef>,
    jws: ForeignJws,
}

/// A place in a status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRef {
    /// The list's URL.
    pub list: String,
    /// The place.
    pub index: u64,
    /// `revocation` or `suspension`.
    pub purpose: String,
}

/// A schema by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaRef {
    /// Where.
    pub url: String,
}

impl VerifiableCredential {
    /// Reads a credential.
    ///
    /// # Errors
    /// If it is neither a credential of the one form nor of the other, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        read::credential(text)
    }

    /// That it is signed by a key that the issuer's document lists.
    ///
    /// # Errors
    /// If the document is another's, names no such key, or the signature is not that key's.
    pub fn verify(&self, issuer: &ForeignDocument) -> Result<(), IdentityError> {
        let kind = TokenKind::Verifiable;
        token::same(kind, Claim::Issuer, issuer.did().as_str(), self.issuer.as_str())?;
        let key = issuer.signing_key(kind, self.jws.kid())?;
        let verified = self.jws.verify(&key);
        verified.map_err(|error| IdentityError::BadSignature { token: kind, reason: error.to_string() })?;
        Ok(())
    }

    /// That it is valid now.
    ///
    /// # Errors
    /// If it is not yet, or no longer.
    pub fn check_time(&self, now: Timestamp) -> Result<(), IdentityError> {
        let kind = TokenKind::Verifiable;
        let seconds = now.as_second();
        if self.valid_from.as_second() > seconds.saturating_add(LEEWAY_SECONDS) {
            return Err(IdentityError::NotYetValid { token: kind, from: self.valid_from.as_second() });
        }
        match self.valid_until {
            Some(until) if until.as_second() <= seconds.saturating_sub(LEEWAY_SECONDS) => {
                Err(IdentityError::Expired { token: kind, at: until.as_second() })
            }
            _ => Ok(()),
        }
    }

    /// That every subject it speaks of is `holder`.
    ///
    /// # Errors
    /// If one is somebody else, or nobody.
    pub fn must_be_about(&self, holder: &DidWeb) -> Result<(), IdentityError> {
        for subject in &self.subjects {
            let id = subject.get("id").and_then(Value::as_str).unwrap_or_default();
            token::same(TokenKind::Verifiable, Claim::Subject, holder.as_str(), id)?;
        }
        Ok(())
    }

    /// Its own type, in a word: the first that not all credentials have.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.types.iter().map(String::as_str).find(|name| *name != BASE_TYPE).unwrap_or(BASE_TYPE)
    }

    /// What it says of its first subject under a name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.subjects.first()?.get(name)
    }
}

/// Without what it says: that may be personal.
impl fmt::Debug for VerifiableCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, id, types, issuer, .. } = self;
        f.debug_struct("VerifiableCredential")
            .field("profile", profile)
            .field("id", id)
            .field("types", types)
            .field("issuer", issuer)
            .finish_non_exhaustive()
    }
}

/// What every credential is.
pub(crate) const BASE_TYPE: &str = "VerifiableCredential";
/// The context of the 1.1 data model.
pub(crate) const CONTEXT_11: &str = "https://www.w3.org/2018/credentials/v1";
/// The context of the 2.0 data model.
pub(crate) const CONTEXT_20: &str = "https://www.w3.org/ns/credentials/v2";

#[cfg(test)]
mod tests;
