//! What is left of an entry whose time is over: its place and its two leaf hashes. The trees commit to hashes, so that every proof of every other entry stays
//! what it was, and whoever kept the bytes of the entry can still prove it; nobody else can read it any more.
//!
//! In a bundle a disposed entry has no bytes. That this is lawful, and not an entry that somebody made away with, a record of the platform says: it stands
//! later in the same log, names the positions and commits to the hashes of what was there. The verifier wants it for every entry without bytes.

use std::collections::BTreeMap;

use serde_json::Value;
use xinyu_crypto::{Digest, Suite};

use crate::entry::Record;
use crate::tree::leaf_hash;

#[cfg(test)]
mod tests;

/// Kind of the record of a disposal. Facts: `ranges`, a list of `[first, last]`; `entries`, how many those are; `digest`, see [`digest`].
pub const DISPOSED: &str = "evidence.disposed";
/// How many ranges one record names at most, so that it fits into an entry.
pub const RANGES_MAX: usize = 1_000;

/// An entry as a log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// With its bytes.
    Whole(Vec<u8>),
    /// Without: the leaf hashes of the SHA-256 tree and of the SM3 tree.
    Disposed([Digest; 2]),
}

/// What a tree grows by.
pub trait TreeLeaf {
    /// Its bytes in the bundle; none if it is disposed of.
    fn bytes(&self) -> &[u8];

    /// Its hash in the tree of a suite.
    fn hash(&self, suite: Suite) -> Digest;
}

impl<T: AsRef<[u8]>> TreeLeaf for T {
    fn bytes(&self) -> &[u8] {
        self.as_ref()
    }

    fn hash(&self, suite: Suite) -> Digest {
        leaf_hash(suite, self.as_ref())
    }
}

impl TreeLeaf for Kept {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Disposed(_) => &[],
        }
    }

    fn hash(&self, suite: Suite) -> Digest {
        match (self, suite) {
            (Self::Whole(bytes), _) => leaf_hash(suite, bytes),
            (Self::Disposed([sha256, _]), Suite::Intl) => *sha256,
            (Self::Disposed([_, sm3]), Suite::Sm) => *sm3,
        }
    }
}

/// What was disposed of in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// First and last position of each stretch, in order, none touching the next.
    pub ranges: Vec<(u64, u64)>,
    /// What [`digest`] gives for them.
    pub digest: Digest,
}

impl Disposal {
    /// Of positions and their leaf hashes, as far as one record can name: the rest is for the next one.
    #[must_use]
    pub fn of(hashes: &BTreeMap<u64, [Digest; 2]>) -> Self {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for position in hashes.keys() {
            let is_full = ranges.len() >= RANGES_MAX;
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*position) => *last = *position,
                _ if is_full => break,
                _ => ranges.push((*position, *position)),
            }
        }
        let end = ranges.last().map_or(0, |(_, last)| *last);
        Self { digest: digest(hashes.range(..=end)), ranges }
    }

    /// How many entries it is about.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| last.saturating_sub(*first).saturating_add(1)).sum()
    }

    /// Whether it is about this one.
    #[must_use]
    pub fn covers(&self, position: u64) -> bool {
        let at = self.ranges.partition_point(|(first, _)| *first <= position);
        at.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| position <= *last)
    }

    /// The facts of its record.
    #[must_use]
    pub fn facts(&self) -> [(&'static str, Value); 3] {
        let ranges = self.ranges.iter().map(|(first, last)| Value::from(vec![*first, *last])).collect();
        [
            ("ranges", Value::Array(ranges)),
            ("entries", self.entries().into()),
            ("digest", self.digest.to_string().into()),
        ]
    }

    /// Out of a record, if it is of that kind.
    ///
    /// # Errors
    /// What its facts lack.
    pub fn read(record: &Record) -> Option<Result<Self, &'static str>> {
        (record.kind == DISPOSED).then(|| Self::parse(record))
    }

    fn parse(record: &Record) -> Result<Self, &'static str> {
        let Some(Value::Array(list)) = record.facts.get("ranges") else { return Err("ranges is not a list") };
        if list.is_empty() || list.len() > RANGES_MAX {
            return Err("ranges is empty or too long");
        }
        let mut ranges = Vec::with_capacity(list.len());
        let mut next = 0;
        for range in list {
            let [first, last] = range.as_array().map_or(&[][..], Vec::as_slice) else {
                return Err("a range is not a pair");
            };
            let (Some(first), Some(last)) = (first.as_u64(), last.as_u64()) else {
                return Err("a range is not a pair of positions");
            };
            if first < next || last < first || last == u64::MAX {
                return Err("the ranges are not in order");
            }
            // One that touches the one before belongs to it.
            next = last.saturating_add(2);
            ranges.push((first, last));
        }
        let digest = record.facts.get("digest").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let disposal = Self { ranges, digest: digest.ok_or("digest is not one")? };
        if record.facts.get("entries").and_then(Value::as_u64) != Some(disposal.entries()) {
            return Err("entries is not their number");
        }
        Ok(disposal)
    }
}

/// What a disposal commits to: SHA-256 over position (8 bytes, big endian) and both leaf hashes of each entry, in order.
#[must_use]
pub fn digest<'a>(hashes: impl IntoIterator<Item = (&'a u64, &'a [Digest; 2])>) -> Digest {
    let mut hasher = Suite::Intl.hasher();
    hasher.update(b"xinyu-disposal-1");
    for (position, [sha256, sm3]) in hashes {
        hasher.update(&position.to_be_bytes());
        hasher.update(sha256.as_bytes());
        hasher.update(sm3.as_bytes());
    }
    hasher.finalize()
}
