//! Inclusion and consistency proofs. RFC 9162 §2.1.3 and §2.1.4 (the trees of RFC 6962).
//!
//! Making a proof needs only a lookup of complete subtrees: `lookup(level, index)` is the root over the leaves
//! `index·2^level .. (index+1)·2^level`. Where these come from (tiles, memory) is the caller's affair.

use xinyu_crypto::{Digest, Suite};

use crate::{tile::lookup_in_tiles, tree::node_hash};

#[cfg(test)]
mod tests;

/// Why a proof could not be made, or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not in the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    Index {
        /// Zero-based leaf.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// Consistency is defined from a tree that is not empty to one that is not smaller.
    #[error("no consistency proof leads from {old} to {new} leaves")]
    Sizes {
        /// Leaves of the earlier tree.
        old: u64,
        /// Leaves of the later tree.
        new: u64,
    },
    /// The lookup does not have a subtree that the proof needs.
    #[error("the hash of subtree {index} at level {level} is missing")]
    Missing {
        /// Height of the subtree: it has 2^level leaves.
        level: u32,
        /// Zero-based position among the subtrees of its level.
        index: u64,
    },
    /// The proof has too few or too many hashes for the sizes.
    #[error("the proof has {found} hashes, which does not fit the sizes")]
    Length {
        /// Hashes it has.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Proof that leaf `index` is in the tree of `size` leaves: the siblings from the leaf up.
pub fn inclusion(
    suite: Suite,
    index: u64,
    size: u64,
    lookup: impl Fn(u32, u64) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if index < middle { (middle, end) } else { (start, middle) };
        proof.push(subtree(suite, sibling.0, sibling.1, &lookup)?);
        (start, end) = if index < middle { (start, middle) } else { (middle, end) };
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the tree of `new` leaves extends the tree of `old` leaves; empty when they are the same tree.
pub fn consistency(
    suite: Suite,
    old: u64,
    new: u64,
    lookup: impl Fn(u32, u64) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::Sizes { old, new });
    }
    let (mut start, mut end) = (0, new);
    let mut proof = Vec::new();
    while end != old {
        let middle = start + split(end - start);
        let sibling = if old <= middle { (middle, end) } else { (start, middle) };
        proof.push(subtree(suite, sibling.0, sibling.1, &lookup)?);
        (start, end) = if old <= middle { (start, middle) } else { (middle, end) };
    }
    if start != 0 {
        // The old tree is not a subtree of the new one by itself: its right part is a peak the verifier cannot know.
        proof.push(subtree(suite, start, end, &lookup)?);
    }
    proof.reverse();
    Ok(proof)
}

/// [`inclusion`] from the tiles of a log of `size` entries; `read` gives a file of the log by its path.
pub fn inclusion_from_tiles(
    suite: Suite,
    read: impl Fn(&str) -> Option<Vec<u8>>,
    index: u64,
    size: u64,
) -> Result<Vec<Digest>, ProofError> {
    inclusion(suite, index, size, lookup_in_tiles(suite, size, read))
}

/// [`consistency`] from the tiles of a log of `new` entries; `read` gives a file of the log by its path.
pub fn consistency_from_tiles(
    suite: Suite,
    read: impl Fn(&str) -> Option<Vec<u8>>,
    old: u64,
    new: u64,
) -> Result<Vec<Digest>, ProofError> {
    consistency(suite, old, new, lookup_in_tiles(suite, new, read))
}

/// Root of the tree of `size` leaves, the empty tree's included.
pub fn root(suite: Suite, size: u64, lookup: impl Fn(u32, u64) -> Option<Digest>) -> Result<Digest, ProofError> {
    match size {
        0 => Ok(crate::tree::empty_root(suite)),
        size => subtree(suite, 0, size, &lookup),
    }
}

/// Checks that the entry with `leaf_hash` is leaf `index` of the tree with `size` leaves and `root`.
pub fn verify_inclusion(
    suite: Suite,
    index: u64,
    size: u64,
    leaf_hash: &Digest,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    if root_from(suite, index, size, leaf_hash, proof)? == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// The root to which a proof leads from the entry with `leaf_hash` as leaf `index` of a tree with `size` leaves.
pub fn root_from(
    suite: Suite,
    index: u64,
    size: u64,
    leaf_hash: &Digest,
    proof: &[Digest],
) -> Result<Digest, ProofError> {
    root_by(index, size, leaf_hash, proof, |_, left, right| node_hash(suite, left, right))
}

/// The same with the hash of an inner node given, for those who know some already: `above(step, left, right)` at each step of the proof, from 0.
pub(crate) fn root_by(
    index: u64,
    size: u64,
    leaf_hash: &Digest,
    proof: &[Digest],
    mut above: impl FnMut(usize, &Digest, &Digest) -> Digest,
) -> Result<Digest, ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf_hash);
    for (step, sibling) in proof.iter().enumerate() {
        if last == 0 {
            return Err(ProofError::Length { found: proof.len() });
        }
        if node & 1 == 1 || node == last {
            hash = above(step, sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = above(step, &hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length { found: proof.len() });
    }
    Ok(hash)
}

/// Checks that the tree with `new` leaves and `new_root` extends the tree with `old` leaves and `old_root`.
pub fn verify_consistency(
    suite: Suite,
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), ProofError> {
    let length = || ProofError::Length { found: proof.len() };
    if old == 0 || old > new {
        return Err(ProofError::Sizes { old, new });
    }
    if old == new {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(length()),
            (true, false) => Err(ProofError::Root),
            (true, true) => Ok(()),
        };
    }
    // A complete old tree is its own first hash, and then the proof does not repeat it.
    let (first, rest) =
        if old.is_power_of_two() { (old_root, proof) } else { proof.split_first().ok_or_else(length)? };
    if rest.is_empty() {
        return Err(length());
    }
    let shift = (old - 1).trailing_ones();
    let (mut node, mut last) = ((old - 1).checked_shr(shift).unwrap_or(0), (new - 1).checked_shr(shift).unwrap_or(0));
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(length());
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(suite, sibling, &old_hash);
            new_hash = node_hash(suite, sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(suite, &new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length());
    }
    if old_hash == *old_root && new_hash == *new_root { Ok(()) } else { Err(ProofError::Root) }
}

/// Root over the leaves `start..end`, where `start` is a multiple of the smallest power of two not below the length.
fn subtree(
    suite: Suite,
    start: u64,
    end: u64,
    lookup: &impl Fn(u32, u64) -> Option<Digest>,
) -> Result<Digest, ProofError> {
    let length = end - start;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        let index = start >> level;
        return lookup(level, index).ok_or(ProofError::Missing { level, index });
    }
    let middle = start + split(length);
    Ok(node_hash(suite, &subtree(suite, start, middle, lookup)?, &subtree(suite, middle, end, lookup)?))
}

/// The largest power of two smaller than `length`, which is at least 2.
fn split(length: u64) -> u64 {
    1 << (length - 1).ilog2()
}
