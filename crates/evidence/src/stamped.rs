//! Trusted time over a log: heads as they were signed, each with the time-stamp that an authority put on it (RFC 3161). Among the files of a log `time/<size>.head`
//! is the note of that head and `time/<size>.tst` the token over its bytes, so that `openssl ts -verify` needs nothing of ours.

use jiff::Timestamp;
use xinyu_crypto::Suite;
use xinyu_crypto::timestamp::{DigestAlgorithm, Imprint, Stamp, StampAuthority, StampError, Token};

use crate::checkpoint::{CheckpointError, ForeignCheckpoint, Keys};
use crate::note::{Note, NoteError};
use crate::proof::{self, ProofError};
use crate::tile::lookup_in_tiles;
use crate::verify::FileSource;

#[cfg(test)]
mod tests;

/// The folder among the files of a log.
pub const FOLDER: &str = "time/";
/// The sizes of the newest stamped heads, one on a line, for those who cannot list the folder.
pub const INDEX: &str = "time/index";
/// How many of them it names.
pub const LISTED: usize = 100;

/// Where the head of a size stands, and its token.
#[must_use]
pub fn paths(size: u64) -> (String, String) {
    (format!("{FOLDER}{size}.head"), format!("{FOLDER}{size}.tst"))
}

/// The size of whose head a path is the head or the token; none if it is neither.
#[must_use]
pub fn size_of(path: &str) -> Option<u64> {
    let name = path.strip_prefix(FOLDER)?;
    let size = name.strip_suffix(".head").or_else(|| name.strip_suffix(".tst"))?;
    size.parse().ok().filter(|number: &u64| number.to_string() == size)
}

/// The text of the index for sizes in order.
#[must_use]
pub fn index(sizes: &[u64]) -> String {
    let newest = sizes.get(sizes.len().saturating_sub(LISTED)..).unwrap_or_default();
    newest.iter().map(|size| format!("{size}\n")).collect()
}

/// The paths that an index names.
#[must_use]
pub fn indexed(text: &str) -> Vec<String> {
    let sizes = text.lines().take(LISTED).filter_map(|line| line.parse().ok());
    sizes.flat_map(|size| <[String; 2]>::from(paths(size))).collect()
}

/// Whether a path is one of a stamped head, its token, or the index of them.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    path == INDEX || size_of(path).is_some()
}

/// What is stamped: the bytes of the head's note.
#[must_use]
pub fn imprint(head: &[u8]) -> Imprint {
    Imprint::of(DigestAlgorithm::Sha256, head)
}

/// A head with a time that does not hold.
#[derive(Debug, thiserror::Error)]
pub enum StampedError {
    /// A file of it cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The head is none of this log.
    #[error("the stamped head of {size} entries: {error}")]
    Note {
        /// Its size.
        size: u64,
        /// What is wrong.
        error: NoteError,
    },
    /// The head is no checkpoint, or of another size than its file says.
    #[error("the stamped head of {size} entries: {error}")]
    Checkpoint {
        /// Its size.
        size: u64,
        /// What is wrong.
        error: CheckpointError,
    },
    /// The log has another root at that size, or is shorter.
    #[error("the stamped head of {size} entries is not one of this log: {error}")]
    Root {
        /// Its size.
        size: u64,
        /// What is wrong.
        error: ProofError,
    },
    /// The token.
    #[error("the time-stamp of the head of {size} entries: {error}")]
    Stamp {
        /// Its size.
        size: u64,
        /// What is wrong.
        error: StampError,
    },
}

/// The sizes whose heads are stamped, in order.
#[must_use]
pub fn sizes(files: &dyn FileSource) -> Vec<u64> {
    let mut sizes: Vec<u64> = files.list().iter().filter_map(|path| size_of(path)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Checks every stamped head of a log of `now_size` entries: that the log signed it, that it is a head of the log as it is now, and that an authority put its
/// time on it.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(
    files: &dyn FileSource,
    keys: &Keys,
    now_size: u64,
    trusted: &[StampAuthority],
    now: Option<Timestamp>,
) -> Result<Vec<(u64, Stamp)>, StampedError> {
    let mut stamps = Vec::new();
    for size in sizes(files) {
        let (head_path, token_path) = paths(size);
        let read = |path: &str| files.read(path).map_err(|reason| StampedError::File { path: path.to_owned(), reason });
        let head = read(&head_path)?;
        let token = read(&token_path)?;
        let of_note = |error: NoteError| StampedError::Note { size, error };
        let note = Note::parse(&String::from_utf8_lossy(&head)).map_err(of_note)?;
        note.verify(&[keys.verifier(Suite::Intl)]).map_err(of_note)?;
        let checkpoint =
            ForeignCheckpoint::parse(&note.text).map_err(|error| StampedError::Checkpoint { size, error })?;
        if checkpoint.size != size {
            return Err(StampedError::Checkpoint { size, error: CheckpointError::Line(2) });
        }
        let lookup = lookup_in_tiles(Suite::Intl, now_size, |path: &str| files.read(path).ok());
        let of_root = |error: ProofError| StampedError::Root { size, error };
        if size > now_size {
            return Err(of_root(ProofError::Sizes { old: size, new: now_size }));
        }
        if proof::root(Suite::Intl, size, lookup).map_err(of_root)? != checkpoint.root {
            return Err(of_root(ProofError::Root));
        }
        let of_stamp = |error: StampError| StampedError::Stamp { size, error };
        let token = Token::parse(&token).map_err(of_stamp)?;
        stamps.push((size, token.verify(&imprint(&head), None, trusted, now).map_err(of_stamp)?));
    }
    Ok(stamps)
}
