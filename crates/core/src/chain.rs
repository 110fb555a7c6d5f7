//! Chains of digests: every link carries the digest of the one before, so that none can be altered, taken out or put in unnoticed. The audit chain and the
//! run log are such chains. Pure.

use jiff::Timestamp;
use xinyu_crypto::Suite;

/// The digest before the first link.
pub const BEGINNING: [u8; 32] = [0; 32];

/// One link of a chain.
pub trait Link {
    /// Its position, from 1 on.
    fn sequence(&self) -> u64;

    /// Its digest after the one before.
    fn digest(&self, previous: &[u8; 32]) -> [u8; 32];
}

/// The digest of a link: SHA-256 over what kind of chain it is, the digest before, position, time to the microsecond, and all texts, each with its length.
#[must_use]
pub(crate) fn digest(kind: &[u8], previous: &[u8; 32], sequence: u64, at: Timestamp, texts: &[&str]) -> [u8; 32] {
    let mut hasher = Suite::Intl.hasher();
    hasher.update(kind);
    hasher.update(previous);
    hasher.update(&sequence.to_be_bytes());
    hasher.update(&at.as_microsecond().to_be_bytes());
    for text in texts {
        hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// How many problems are noted of one chain.
const MOST: usize = 100;

/// Follows a chain from its beginning, or from what is kept of it, and notes what is wrong with it.
#[derive(Debug, Default)]
pub struct Walk {
    count: u64,
    last: [u8; 32],
    problems: Vec<String>,
}

impl Walk {
    /// Begins after a link whose digest is kept.
    #[must_use]
    pub fn after(sequence: u64, digest: [u8; 32]) -> Self {
        Self { count: sequence, last: digest, problems: Vec::new() }
    }

    /// The next link, with the digest that is stored for it.
    pub fn step(&mut self, link: &impl Link, stored: &[u8]) {
        let (expected, sequence) = (self.count.saturating_add(1), link.sequence());
        if sequence != expected {
            self.note(format!("entry {expected} is missing: {sequence} follows"));
        }
        let digest = link.digest(&self.last);
        if digest.as_slice() != stored {
            self.note(format!(
                "entry {sequence} is not the one that was written, or does not follow from the one before"
            ));
        }
        self.count = sequence;
        // From here on it is judged by what is stored, so that one flaw is told once.
        self.last = <[u8; 32]>::try_from(stored).unwrap_or(digest);
    }

    /// The end, with what the store says it is: at which position, the last digest, and what is wrong.
    #[must_use]
    pub fn end(mut self, sequence: u64, head: &[u8]) -> (u64, [u8; 32], Vec<String>) {
        if self.count != sequence || self.last.as_slice() != head {
            self.note(format!("the chain ends at entry {}, the head is entry {sequence}", self.count));
        }
        (self.count, self.last, self.problems)
    }

    fn note(&mut self, problem: String) {
        if self.problems.len() < MOST {
            self.problems.push(problem);
        }
    }
}
