//! The witness of transparency logs: what it is asked, what it decides, what it answers. C2SP tlog-witness, add-checkpoint.
//!
//! A witness remembers one head of each log and cosigns only a head that is shown to extend it, so a log that showed two
//! parties two histories would find no cosignatures for one of them. It serves the logs of other makers like ours. Only
//! the SHA-256 tree is witnessed: the root of our SM3 tree stands in the extension line, which the cosignature covers.
//!
//! Pure: the caller looks up what is known of the origin, and makes looking up, [`judge`] and storing one transaction. Two
//! requests judged by the same known head could otherwise take the witness back to the smaller of them.
//! Not here: sign-subtree, which is optional.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use xinyu_crypto::{Digest, Suite};

use crate::{
    checkpoint::{self, CheckpointError, ForeignCheckpoint, foreign::parse_size},
    cosignature::{CosignatureError, Cosigner},
    note::{self, NOTE_MAX_BYTES, Note, NoteError, Signature, Verifier},
    proof::{ProofError, verify_consistency},
    tree::empty_root,
};

#[cfg(test)]
mod examples;
mod refusal;
#[cfg(test)]
mod tests;

pub use refusal::Refusal;

/// Most hashes of a consistency proof.
pub const PROOF_MAX: usize = 63;

/// Longest text of a checkpoint that is witnessed, in bytes: with the signatures it still makes a note that is read.
pub const TEXT_MAX_BYTES: usize = 16 * 1024;

/// Longest body of a request, in bytes: the old size, a full proof and the longest note.
pub const REQUEST_MAX_BYTES: usize = 32 + PROOF_MAX * 45 + NOTE_MAX_BYTES;

/// Longest body of an answer that a log reads, in bytes.
pub const ANSWER_MAX_BYTES: usize = NOTE_MAX_BYTES;

/// Most signature lines of an answer that a log reads.
pub const ANSWER_SIGNATURES_MAX: usize = 16;

/// The request to cosign a checkpoint: its note, and the proof that it extends the head of an old size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: u64,
    proof: Vec<Digest>,
    note: Note,
    checkpoint: ForeignCheckpoint,
}

/// The latest head of a log that the witness has cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Entries.
    pub size: u64,
    /// Root of the SHA-256 tree.
    pub root: Digest,
}

impl AddCheckpoint {
    /// A request for the checkpoint of `note`, whose tree extends the one of `old` entries as `proof` shows. A log that
    /// does not know what the witness has cosigned asks with 0 and learns it from [`Refusal::Conflict`].
    ///
    /// # Errors
    /// More than [`PROOF_MAX`] hashes, or a note that is not that of a checkpoint or longer than [`TEXT_MAX_BYTES`].
    pub fn new(old: u64, proof: Vec<Digest>, note: Note) -> Result<Self, Refusal> {
        if proof.len() > PROOF_MAX || note.text.len() > TEXT_MAX_BYTES {
            return Err(Refusal::Length);
        }
        let checkpoint = ForeignCheckpoint::parse(&note.text)?;
        Ok(Self { old, proof, note, checkpoint })
    }

    /// Reads the body of a request, strictly.
    ///
    /// # Errors
    /// Any other bytes than the [`Display`](fmt::Display) form of a request; all of them are answered with 400.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > REQUEST_MAX_BYTES {
            return Err(Refusal::Length);
        }
        let body = std::str::from_utf8(body).map_err(|_| Refusal::Checkpoint(CheckpointError::Utf8))?;
        let (head, note) = body.split_once("\n\n").ok_or(Refusal::Line(1))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| parse_size(line.strip_prefix("old ")?)).ok_or(Refusal::Line(1))?;
        // One more than allowed is read, so that `new` can tell.
        let proof = (2..).zip(lines.take(PROOF_MAX + 1));
        let proof = proof.map(|(number, line)| checkpoint::digest(line).ok_or(Refusal::Line(number)));
        Self::new(old, proof.collect::<Result<_, _>>()?, Note::parse(note)?)
    }

    /// Entries of the head that the proof begins at; 0 when there is none.
    pub fn old(&self) -> u64 {
        self.old
    }

    /// The hashes of the consistency proof.
    pub fn proof(&self) -> &[Digest] {
        &self.proof
    }

    /// The note, which is cosigned when [`judge`] agrees.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// What the note says, believed only when [`judge`] agrees. By its origin the caller finds keys and known head.
    pub fn checkpoint(&self) -> &ForeignCheckpoint {
        &self.checkpoint
    }

    /// The checkpoint as the witness hands it to monitors: with the log's signatures that [`judge`] verified by `keys`, and
    /// with its own. Other lines of the request are left out; nobody has checked them.
    ///
    /// # Errors
    /// There are more cosignatures than a note holds.
    pub fn cosigned(&self, keys: &[&Verifier], cosignatures: &[Signature]) -> Result<Note, NoteError> {
        let trusted = trusted(&self.checkpoint.origin, keys);
        let is_trusted = |line: &&Signature| trusted.iter().any(|key| key.name() == line.name && key.id() == line.id);
        let mut note = Note { text: self.note.text.clone(), signatures: Vec::new() };
        for line in self.note.signatures.iter().filter(is_trusted).chain(cosignatures) {
            note.append(line.clone())?;
        }
        Ok(note)
    }
}

impl fmt::Display for AddCheckpoint {
    /// The body of the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

/// Decides about a request, given the keys of logs that the witness trusts and the latest head that it has cosigned for
/// this origin. Of the keys those count that are Ed25519 and bear the origin as their name, so all that are trusted can be
/// handed in. What is returned is to be stored before the note is cosigned and the answer sent.
///
/// # Errors
/// The first of the standard's checks that fails, in its order.
pub fn judge(request: &AddCheckpoint, keys: &[&Verifier], known: Option<Known>) -> Result<Known, Refusal> {
    let ForeignCheckpoint { origin, size, root, .. } = &request.checkpoint;
    let (old, size, root) = (request.old, *size, *root);
    let keys = trusted(origin, keys);
    if keys.is_empty() {
        return Err(Refusal::UnknownLog(origin.clone()));
    }
    request.note.verify(&keys).map_err(Refusal::Signature)?;
    if old > size {
        return Err(Refusal::OldSize { old, size });
    }
    let empty = Known { size: 0, root: empty_root(Suite::Intl) };
    let known = known.unwrap_or(empty);
    if old != known.size {
        return Err(Refusal::Conflict { known: known.size });
    }
    if size == 0 && root != empty.root {
        return Err(Refusal::EmptyRoot);
    }
    if old > 0 {
        verify_consistency(Suite::Intl, old, size, &request.proof, &known.root, &root)?;
    } else if !request.proof.is_empty() {
        // Every tree extends the empty one, so there is nothing to prove.
        return Err(Refusal::Proof(ProofError::Length { found: request.proof.len() }));
    }
    Ok(Known { size, root })
}

/// The keys that speak for a log's SHA-256 tree.
fn trusted<'a>(origin: &str, keys: &[&'a Verifier]) -> Vec<&'a Verifier> {
    let speaks = |key: &&Verifier| key.name() == origin && key.key().suite() == Suite::Intl;
    keys.iter().copied().filter(speaks).collect()
}

/// The body of the answer to a request that was granted.
pub fn answer(cosignatures: &[Signature]) -> String {
    cosignatures.iter().map(|line| format!("{line}\n")).collect()
}

/// Where below its monitoring prefix a witness serves what [`AddCheckpoint::cosigned`] made of a log's latest checkpoint.
pub fn monitoring_path(origin: &str) -> String {
    format!("{}/checkpoint", Suite::Intl.hash(origin.as_bytes()))
}

/// Reads a witness's answer, strictly. Nothing of it is to be believed before [`accept`].
///
/// # Errors
/// Not one to [`ANSWER_SIGNATURES_MAX`] signature lines, or longer than [`ANSWER_MAX_BYTES`].
pub fn parse_answer(body: &[u8]) -> Result<Vec<Signature>, NoteError> {
    if body.len() > ANSWER_MAX_BYTES {
        return Err(NoteError::Length);
    }
    let text = std::str::from_utf8(body).ok().filter(|text| text.is_empty() || note::is_text(text));
    let signatures = note::signatures(text.ok_or(NoteError::Text)?)?;
    match signatures.len() {
        0 => Err(NoteError::Unsigned),
        1..=ANSWER_SIGNATURES_MAX => Ok(signatures),
        _ => Err(NoteError::Length),
    }
}

/// Checks the answer of a witness about `note` and puts its cosignatures under the note; those of unknown keys are passed
/// over, as the standard demands. Says whose they are and of when, in seconds since 1970.
///
/// # Errors
/// A cosignature of a known key that is wrong, or none by a known key; the note is then as it was.
pub fn accept<'a>(
    note: &mut Note,
    answer: &[Signature],
    known: &[&'a Cosigner],
) -> Result<Vec<(&'a Cosigner, u64)>, CosignatureError> {
    let (mut grown, mut accepted) = (note.clone(), Vec::new());
    for signature in answer {
        for cosigner in known.iter().filter(|cosigner| cosigner.is_named_by(signature)) {
            accepted.push((*cosigner, cosigner.verify(&note.text, signature)?));
            grown.append(signature.clone())?;
        }
    }
    if accepted.is_empty() {
        return Err(NoteError::Unknown.into());
    }
    *note = grown;
    Ok(accepted)
}

/// Reads the body of a witness's 409: the size of the head that it knows, which the log proves from next.
pub fn parse_conflict(body: &[u8]) -> Option<u64> {
    parse_size(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}
