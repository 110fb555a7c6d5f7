//! Credentials that a platform issued: each has a place of its own in a status list, and a history. NDI-TR-2025-03 §8; W3C Bitstring Status List v1.0.
//! Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xinyu_protocol::id::{ConnectorId, ParticipantId};

/// Places of one list that are given out before the next list is begun: half of them, so that a free one is found by chance.
pub const PLACES_PER_LIST: u64 = 65_536;

/// One issued credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Its `jti`.
    pub credential_id: Uuid,
    /// For whom.
    pub connector_id: ConnectorId,
    /// Who stands behind it.
    pub participant_id: ParticipantId,
    /// The number of its status list, from 1 on.
    pub list: u64,
    /// Its place there.
    pub index: u64,
    /// Digest of its exact bytes.
    pub digest: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it is good by itself.
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl Issued {
    /// The word for the store.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.revoked_at.is_some() { "revoked" } else { "active" }
    }

    /// Revoked, for ever: a second time changes nothing.
    #[must_use]
    pub fn revoked(mut self, reason: &str, now: Timestamp) -> Self {
        if self.revoked_at.is_none() {
            self.revoked_at = Some(now);
            reason.clone_into(&mut self.reason);
        }
        self
    }
}
