//! One signature for many records: the signer signs the root of a tree over them (RFC 6962, in the suite of its key), and each record carries its place and the
//! way to that root. So a signature costs little for each, whatever it costs, and each record is still verified by itself, whoever has the others.

use serde::{Deserialize, Serialize};
use xinyu_crypto::{Digest, Suite};

use crate::proof::{self, ProofError};
use crate::tree::{fold, leaf_hash};

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
pub struct Checked(Vec<(String, Vec<u8>, Vec<u8>)>);

/// How many batches are remembered: records of one follow each other.
const REMEMBERED: usize = 16;

impl Batch {
    /// What the signer has signed, if the record with these bytes stands where it says.
    ///
    /// # Errors
    /// If it cannot stand there.
    pub(crate) fn signed_bytes(&self, suite: Suite, record: &[u8]) -> Result<Vec<u8>, ProofError> {
        let root = proof::root_from(suite, self.index, self.size, &leaf_hash(suite, record), &self.path)?;
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
    pub(crate) fn holds(&self, kid: &str, text: &[u8], signature: &[u8]) -> bool {
        self.0.iter().any(|(key, known, by)| key == kid && known == text && by == signature)
    }

    pub(crate) fn learn(&mut self, kid: String, text: Vec<u8>, signature: Vec<u8>) {
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push((kid, text, signature));
    }
}
