//! Who may sign: the parties' keys as the log itself registers them, in order. Invariant 7 of the design: the
//! records of provider and consumer are signed by their own keys, and the operator can forge neither.
//!
//! The first record, `space.opened`, carries the platform's keys and is signed with one of them. `participant.key`
//! registers the keys of a party: by the platform, or by the party itself with a key it already has. Everything else
//! must be signed with a key that its actor has at that point of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use xinyu_crypto::PublicKey;

use crate::batch::Checked;
use crate::entry::{RecordError, SignedRecord};

#[cfg(test)]
mod tests;

/// Kind of the first record. Facts: `keys`, a list of JWK: every signing key of the platform, among them the two that
/// sign the checkpoints.
pub const SPACE_OPENED: &str = "space.opened";

/// Kind of a registration. Facts: `party`, and `keys` (a list of JWK to add) or `revoked` (a list of key names to take
/// away), or both.
pub const PARTICIPANT_KEY: &str = "participant.key";

/// The keys known at one point of a log.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    space: String,
    platform: String,
    keys: BTreeMap<String, BTreeMap<String, Arc<PublicKey>>>,
    opening: Vec<PublicKey>,
    rekeyed: Vec<String>,
    checked: Checked,
}

/// Why a record cannot stand where it stands in the log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The first record must open the space.
    #[error("the log does not begin with {SPACE_OPENED}")]
    NotOpened,
    /// The space is opened once.
    #[error("the space was already opened")]
    Reopened,
    /// A record of another space.
    #[error("the record is of space {found}, the log of {expected}")]
    Space {
        /// The log's space.
        expected: String,
        /// The record's.
        found: String,
    },
    /// The actor has no such key at this point of the log.
    #[error("{actor} has no key {kid} at this point of the log")]
    Signer {
        /// Who claims to have signed.
        actor: String,
        /// With which key.
        kid: String,
    },
    /// Neither the platform nor the party itself.
    #[error("{actor} may not register keys of {party}")]
    Registrar {
        /// Who tried.
        actor: String,
        /// For whom.
        party: String,
    },
    /// The facts of a registration are not what they must be.
    #[error("the facts of the registration are malformed: {0}")]
    Facts(&'static str),
    /// The record itself.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Registry {
    /// Nobody known yet: before the first record.
    pub fn new() -> Self {
        Self::default()
    }

    /// The space of the log; empty before its first record.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// The platform that keeps the log; empty before its first record.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// The keys of a party at this point.
    pub fn keys(&self, party: &str) -> impl Iterator<Item = &PublicKey> {
        self.keys.get(party).into_iter().flat_map(BTreeMap::values).map(AsRef::as_ref)
    }

    /// The platform's keys as the first record carries them.
    pub fn opening_keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.opening.iter()
    }

    /// How many parties have keys.
    pub fn parties(&self) -> usize {
        self.keys.len()
    }

    /// Ids of the records by which the platform gave a key to a party that already had one. Lawful after a loss, but the
    /// party should know of it.
    pub fn rekeyed(&self) -> &[String] {
        &self.rekeyed
    }

    /// Checks the next record of the log and learns the keys that it registers. A refused record changes nothing.
    ///
    /// # Errors
    /// Why the record cannot stand here.
    pub fn admit(&mut self, signed: &SignedRecord) -> Result<(), Refusal> {
        let Some(key) = self.signer(signed)? else {
            return self.open(signed);
        };
        signed.verify_with(&key, &mut self.checked)?;
        if signed.record.kind == PARTICIPANT_KEY { self.register(signed) } else { Ok(()) }
    }

    /// The key that the next record of the log must be signed with; none if it opens the space, and brings its key along. The signature is not checked.
    ///
    /// # Errors
    /// Why the record cannot stand here, whoever signed it.
    pub(crate) fn signer(&self, signed: &SignedRecord) -> Result<Option<Arc<PublicKey>>, Refusal> {
        let record = &signed.record;
        match (self.platform.is_empty(), record.kind == SPACE_OPENED) {
            (true, false) => return Err(Refusal::NotOpened),
            (false, true) => return Err(Refusal::Reopened),
            (true, true) => return Ok(None),
            (false, false) => {}
        }
        if record.space != self.space {
            return Err(Refusal::Space { expected: self.space.clone(), found: record.space.clone() });
        }
        let key = self.keys.get(&record.actor).and_then(|keys| keys.get(&signed.kid));
        let unknown = || Refusal::Signer { actor: record.actor.clone(), kid: signed.kid.clone() };
        key.cloned().map(Some).ok_or_else(unknown)
    }

    fn open(&mut self, signed: &SignedRecord) -> Result<(), Refusal> {
        let record = &signed.record;
        let keys = keys_in(record.facts.get("keys"))?;
        let unknown = || Refusal::Signer { actor: record.actor.clone(), kid: signed.kid.clone() };
        signed.verify(keys.get(&signed.kid).ok_or_else(unknown)?)?;
        self.space.clone_from(&record.space);
        self.platform.clone_from(&record.actor);
        self.opening = keys.values().map(|key| PublicKey::clone(key)).collect();
        self.keys.insert(record.actor.clone(), keys);
        Ok(())
    }

    fn register(&mut self, signed: &SignedRecord) -> Result<(), Refusal> {
        let (actor, facts) = (&signed.record.actor, &signed.record.facts);
        let party = facts.get("party").and_then(Value::as_str).ok_or(Refusal::Facts("party is not a text"))?;
        if *actor != self.platform && actor != party {
            return Err(Refusal::Registrar { actor: actor.clone(), party: party.to_owned() });
        }
        let added = match facts.get("keys") {
            None if facts.contains_key("revoked") => BTreeMap::new(),
            keys => keys_in(keys)?,
        };
        let revoked = match facts.get("revoked") {
            None => &[][..],
            Some(Value::Array(names)) => names,
            Some(_) => return Err(Refusal::Facts("revoked is not a list")),
        };
        let keys = self.keys.entry(party.to_owned()).or_default();
        if actor != party && !keys.is_empty() && added.keys().any(|kid| !keys.contains_key(kid)) {
            self.rekeyed.push(signed.record.id.clone());
        }
        keys.extend(added);
        keys.retain(|kid, _| !revoked.iter().any(|name| name.as_str() == Some(kid)));
        Ok(())
    }
}

/// The signing keys in a list of JWK, by name.
fn keys_in(list: Option<&Value>) -> Result<BTreeMap<String, Arc<PublicKey>>, Refusal> {
    let Some(Value::Array(list)) = list else {
        return Err(Refusal::Facts("keys is not a list"));
    };
    let keys: Result<BTreeMap<_, _>, Refusal> = list
        .iter()
        .map(|jwk| {
            let key: PublicKey = serde_json::from_value(jwk.clone())
                .map_err(|_| Refusal::Facts("keys hold what is not a signing key"))?;
            Ok((key.kid(), Arc::new(key)))
        })
        .collect();
    let keys = keys?;
    if keys.is_empty() { Err(Refusal::Facts("keys is empty")) } else { Ok(keys) }
}
