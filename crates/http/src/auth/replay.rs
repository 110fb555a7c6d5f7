//! Which requests were seen, within this process: enough for one node. What was seen before a restart is not remembered, so tokens from before are
//! not taken either. Nodes that share a database remember there, in the transaction of the request ([`super::Peer::request_id`]).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;
use xinyu_identity::RequestClaims;
use xinyu_protocol::id::PartyId;

use super::Question;

/// A memory of requests, bounded; when it is full, nothing more is taken until something expires.
#[derive(Debug)]
pub struct ReplayCache {
    since: i64,
    capacity: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    until: HashMap<(PartyId, Uuid), i64>,
    swept_at: i64,
}

impl ReplayCache {
    /// An empty memory that begins at `since`, the start of the process, and holds at most `capacity` requests (each for two minutes).
    #[must_use]
    pub fn new(since: Timestamp, capacity: usize) -> Self {
        Self { since: since.as_second(), capacity, seen: Mutex::default() }
    }

    /// Answers the questions about replay; revocation it does not know (false).
    pub fn bars(&self, question: Question<'_>, now: Timestamp) -> bool {
        match question {
            Question::IsRevoked(_) => false,
            Question::IsForgotten(claims) => claims.iat < self.since,
            Question::IsReplayed(claims) => !self.insert(claims, now),
        }
    }

    /// Remembers a request; false if it is known already, or no room is left.
    pub fn insert(&self, claims: &RequestClaims, now: Timestamp) -> bool {
        let now = now.as_second();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // At most once a second: a full sweep for every request would be quadratic.
        if now != seen.swept_at {
            seen.until.retain(|_, until| *until > now);
            seen.swept_at = now;
        }
        let key = (claims.iss.clone(), claims.jti);
        if seen.until.contains_key(&key) || seen.until.len() >= self.capacity {
            return false;
        }
        seen.until.insert(key, claims.replayable_until());
        true
    }
}
