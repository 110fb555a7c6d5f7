//! A proof of one entry as stock tools read it: place, hashes up to the root, signed checkpoint. C2SP tlog-proof (`.tlog-proof`).
//!
//! Works for the logs of other makers too: their checkpoints may have other extension lines than ours. It proves that the log holds the entry, by its SHA-256
//! tree; who signed the record, and the SM3 tree, are for [`crate::receipt`].

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use xinyu_crypto::{Digest, Suite};

use crate::checkpoint::{self, CheckpointError, ForeignCheckpoint};
use crate::note::{Note, NoteError, Verifier};
use crate::proof::{self, ProofError};
use crate::tree::leaf_hash;

#[cfg(test)]
mod tests;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^64 leaves is not higher.
const HASHES_MAX: usize = 64;

/// The proof as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Data of the application's own, which nothing here vouches for; in our files the entry.
    pub extra: Option<Vec<u8>>,
    /// The entry's place, from 0.
    pub index: u64,
    /// The hashes from its sibling up to the child of the root.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint, with the lines of witnesses if it has some.
    pub checkpoint: Note,
}

/// A proof that cannot be read, or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// A line is not what it must be.
    #[error("line {0} of the proof is malformed")]
    Line(usize),
    /// The checkpoint cannot be read, or the log did not sign it.
    #[error("the checkpoint of the proof: {0}")]
    Note(#[from] NoteError),
    /// The text of the checkpoint is none.
    #[error("the checkpoint of the proof: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of another log.
    #[error("the proof is of log {found}, not of {expected}")]
    Origin {
        /// The log asked for.
        expected: String,
        /// The log it is of.
        found: String,
    },
    /// The entry is not where the proof says.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl TlogProof {
    /// Checks that a log holds an entry with these bytes where the proof says, and gives the checkpoint that commits to it. The origin of a log is the name of
    /// its key.
    ///
    /// # Errors
    /// The log did not sign the checkpoint, or the hashes do not lead from the entry to its root.
    pub fn verify(&self, log: &Verifier, entry: &[u8]) -> Result<ForeignCheckpoint, TlogProofError> {
        self.checkpoint.verify(&[log])?;
        let checkpoint = ForeignCheckpoint::parse(&self.checkpoint.text)?;
        if checkpoint.origin != log.name() {
            return Err(TlogProofError::Origin { expected: log.name().to_owned(), found: checkpoint.origin });
        }
        let hash = leaf_hash(Suite::Intl, entry);
        proof::verify_inclusion(Suite::Intl, self.index, checkpoint.size, &hash, &self.hashes, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    /// Reads the file, strictly.
    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        let (head, note) = text.split_once("\n\n").ok_or(TlogProofError::Line(1))?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next_if(|(_, line)| *line == HEADER).is_none() {
            return Err(TlogProofError::Line(1));
        }
        let extra = lines.next_if(|(_, line)| line.starts_with("extra "));
        let extra = extra.map(|(number, line)| {
            let encoded = line.strip_prefix("extra ").unwrap_or_default();
            BASE64_STANDARD.decode(encoded).map_err(|_| TlogProofError::Line(number))
        });
        let extra = extra.transpose()?;
        let (number, line) = lines.next().ok_or(TlogProofError::Line(2))?;
        let index = line.strip_prefix("index ").and_then(checkpoint::foreign::parse_size);
        let index = index.ok_or(TlogProofError::Line(number))?;
        let hash = |(number, line)| checkpoint::digest(line).ok_or(TlogProofError::Line(number));
        let hashes: Vec<Digest> = lines.take(HASHES_MAX.saturating_add(1)).map(hash).collect::<Result<_, _>>()?;
        if hashes.len() > HASHES_MAX {
            return Err(ProofError::Length { found: hashes.len() }.into());
        }
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(note)? })
    }
}
