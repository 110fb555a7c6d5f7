//! Merkle tree hashing and the compact range of a growing tree. RFC 6962 §2.1, RFC 9162 §2.1.1.
//!
//! The same shape serves both trees: with `Suite::Intl` it is the tree that C2SP tlog-tiles fixes (SHA-256), with
//! `Suite::Sm` the one over the same leaves in SM3. Nothing here knows what a leaf means.

use serde::{Deserialize, Serialize};
use xinyu_crypto::{Digest, Suite};

#[cfg(test)]
mod tests;

/// Hash of one leaf: `H(0x00 ‖ entry)`.
pub fn leaf_hash(suite: Suite, entry: &[u8]) -> Digest {
    leaf_hash_of(suite, &[entry])
}

/// The same of an entry in parts that follow each other.
pub(crate) fn leaf_hash_of(suite: Suite, parts: &[&[u8]]) -> Digest {
    let mut hasher = suite.hasher();
    hasher.update(&[0x00]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// Hash of an inner node: `H(0x01 ‖ left ‖ right)`.
pub fn node_hash(suite: Suite, left: &Digest, right: &Digest) -> Digest {
    let mut hasher = suite.hasher();
    hasher.update(&[0x01]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    hasher.finalize()
}

/// Root of the tree without leaves: `H("")`.
pub fn empty_root(suite: Suite) -> Digest {
    suite.hash(&[])
}

/// Root over `hashes`, each the root of a complete subtree of one and the same size, in order; `None` when there are
/// none. The split is RFC 6962's: the left part is the largest power of two smaller than the whole.
pub(crate) fn fold(suite: Suite, hashes: &[Digest]) -> Option<Digest> {
    match hashes {
        [] => None,
        [only] => Some(*only),
        many => {
            let (left, right) = many.split_at_checked(many.len().next_power_of_two() / 2)?;
            Some(node_hash(suite, &fold(suite, left)?, &fold(suite, right)?))
        }
    }
}

/// Compact range of a tree: the roots of its maximal complete subtrees, leftmost and largest first. What is needed to
/// append and to know the root, and no more: at most 64 digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The frontier of a tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds one leaf by its hash. A frontier must see one suite only.
    pub fn append(&mut self, suite: Suite, leaf: Digest) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(suite, &left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Root of the tree of the present size.
    pub fn root(&self, suite: Suite) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return empty_root(suite);
        };
        peaks.fold(*last, |right, left| node_hash(suite, left, &right))
    }
}

/// A frontier as it stands in a file, before its shape is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    size: u64,
    peaks: Vec<Digest>,
}

impl TryFrom<Unchecked> for Frontier {
    type Error = FrontierError;

    fn try_from(raw: Unchecked) -> Result<Self, FrontierError> {
        let peaks = u32::try_from(raw.peaks.len()).unwrap_or(u32::MAX);
        if peaks != raw.size.count_ones() {
            return Err(FrontierError { size: raw.size, peaks });
        }
        Ok(Self { size: raw.size, peaks: raw.peaks })
    }
}

/// A stored frontier whose number of peaks does not fit its size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frontier of {size} leaves has {} peaks, not {peaks}", size.count_ones())]
pub struct FrontierError {
    /// Leaves it claims.
    pub size: u64,
    /// Peaks it has.
    pub peaks: u32,
}
