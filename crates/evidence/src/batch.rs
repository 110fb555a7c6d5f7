//! One signature for many records: the signer signs the root of a tree over them (RFC 6962, in the suite of its key), and each record carries its place and the
//! way to that root. So a signature costs little for each, whatever it costs, and each record is still verified by itself, whoever has the others.

use serde::{Deserialize, Serialize};
use xinyu_crypto::{Digest, PublicKey, Suite};

use crate::entry::RecordError;
use crate::proof::{self, ProofError};
use crate::tree::{fold, leaf_hash, node_hash};

#[cfg(test)]
mod tests;

/// Stands before what is signed, so that the signature is good for nothing else, and none over a record is good for a batch.
const CONTEXT: &str = "xinyu/evidence/batch/v1";

/// Where a record stands in the batch that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Its place, from 0.
    pub index: u64,
    /// The hashes from the record up to the root.
    pub path: Vec<Digest>,
    /// How many records the batch has.
    pub size: u64,
}

/// Batches whose signatures were found to hold.
#[derive(Clone, Debug, Default)]
pub struct Checked(Vec<Known>);

/// One of them.
#[derive(Clone, Debug)]
struct Known {
    kid: String,
    text: Vec<u8>,
    signature: Vec<u8>,
    ways: Ways,
}

/// How many batches are remembered: records of one follow each other.
const REMEMBERED: usize = 16;

/// The nodes on the way of the record before, by their step up. Records of a batch follow each other and share most of their way to the root, so that all of
/// them together cost about one node each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways(Vec<Option<Node>>);

/// A node whose hash is known, by the two below it.
#[derive(Clone, Copy, Debug)]
struct Node {
    suite: Suite,
    left: Digest,
    right: Digest,
    hash: Digest,
}

impl Ways {
    fn above(&mut self, suite: Suite, step: usize, left: &Digest, right: &Digest) -> Digest {
        if self.0.len() <= step {
            self.0.resize(step + 1, None);
        }
        let node = || Node { suite, left: *left, right: *right, hash: node_hash(suite, left, right) };
        let Some(known) = self.0.get_mut(step) else { return node_hash(suite, left, right) };
        match known {
            Some(known) if known.suite == suite && known.left == *left && known.right == *right => known.hash,
            known => known.insert(node()).hash,
        }
    }
}

impl Batch {
    /// What the signer has signed, if the record whose hash this is stands where it says.
    ///
    /// # Errors
    /// If it cannot stand there.
    pub(crate) fn signed_bytes(&self, suite: Suite, leaf: &Digest, ways: &mut Ways) -> Result<Vec<u8>, ProofError> {
        let above = |step: usize, left: &Digest, right: &Digest| ways.above(suite, step, left, right);
        let root = proof::root_by(self.index, self.size, leaf, &self.path, above)?;
        Ok(statement(self.size, &root))
    }
}

/// What is to be signed for records with these bytes, and the place of each.
///
/// # Errors
/// None that bytes can cause.
pub(crate) fn build(suite: Suite, records: &[Vec<u8>]) -> Result<(Vec<u8>, Vec<Batch>), ProofError> {
    let leaves: Vec<Digest> = records.iter().map(|record| leaf_hash(suite, record)).collect();
    let size = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    // Levels of complete subtrees, the leaves first.
    let mut levels = vec![leaves];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        let above = level.chunks_exact(2).filter_map(|pair| fold(suite, pair)).collect();
        levels.push(above);
    }
    let lookup = |level: u32, index: u64| {
        let level = levels.get(usize::try_from(level).ok()?)?;
        level.get(usize::try_from(index).ok()?).copied()
    };
    let root = proof::root(suite, size, lookup)?;
    let place = |index: u64| Ok(Batch { index, size, path: proof::inclusion(suite, index, size, lookup)? });
    let places = (0..size).map(place).collect::<Result<_, ProofError>>()?;
    Ok((statement(size, &root), places))
}

fn statement(size: u64, root: &Digest) -> Vec<u8> {
    format!("{CONTEXT}\n{size}\n{root}\n").into_bytes()
}

impl Checked {
    /// Checks the signature over a batch by one of its records, whose hash is `leaf`. Of one that is known nothing is checked but that the record is in it.
    ///
    /// # Errors
    /// The record cannot stand where it says, or the signature is not over this batch.
    pub(crate) fn check(
        &mut self,
        key: &PublicKey,
        batch: &Batch,
        leaf: &Digest,
        signature: Vec<u8>,
    ) -> Result<(), RecordError> {
        let known = self.0.iter_mut().find(|known| known.signature == signature && key.is_named(&known.kid));
        let mut ways = Ways::default();
        let text = match known {
            Some(known) => {
                let text = batch.signed_bytes(key.suite(), leaf, &mut known.ways)?;
                if known.text == text {
                    return Ok(());
                }
                text
            }
            None => batch.signed_bytes(key.suite(), leaf, &mut ways)?,
        };
        key.verify(&text, &signature)?;
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(Known { kid: key.kid(), text, signature, ways });
        Ok(())
    }
}
