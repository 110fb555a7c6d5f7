//! Why a witness does not cosign, and how it says so. C2SP tlog-witness, add-checkpoint.

use crate::{checkpoint::CheckpointError, note::NoteError, proof::ProofError};

/// Why a witness does not cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More bytes or more hashes than a request has. 400.
    #[error("the request is longer than a request can be")]
    Length,
    /// The old size or a hash of the proof. 400.
    #[error("line {0} of the request is malformed")]
    Line(usize),
    /// The note cannot be read. 400.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is not that of a checkpoint. 400.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof begins at a larger tree than the checkpoint's. 400.
    #[error("the old size {old} is larger than the size {size} of the checkpoint")]
    OldSize {
        /// Entries that the proof begins at.
        old: u64,
        /// Entries of the checkpoint.
        size: u64,
    },
    /// No key is trusted for this origin. 404.
    #[error("the log {0} is unknown here")]
    UnknownLog(String),
    /// Not signed by a key of the log, or with a signature of such a key that does not verify. 403.
    #[error(transparent)]
    Signature(NoteError),
    /// The proof does not begin at the head that was cosigned last. 409; the body is the size of that head.
    #[error("the latest head cosigned is of size {known}")]
    Conflict {
        /// Entries of the head that was cosigned last; 0 when there is none.
        known: u64,
    },
    /// A tree without entries has one root only. 422.
    #[error("the root of the empty tree is another")]
    EmptyRoot,
    /// The checkpoint is not shown to extend what was cosigned. With the log's signature on it, this may be proof that the
    /// log has broken its word, and is worth keeping. 422.
    #[error("the checkpoint is not consistent with the latest head cosigned: {0}")]
    Proof(#[from] ProofError),
}

impl Refusal {
    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Length | Self::Line(_) | Self::Note(_) | Self::Checkpoint(_) | Self::OldSize { .. } => 400,
            Self::Signature(_) => 403,
            Self::UnknownLog(_) => 404,
            Self::Conflict { .. } => 409,
            Self::EmptyRoot | Self::Proof(_) => 422,
        }
    }

    /// The body of the answer: the known size for a conflict, for people otherwise.
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { known } => format!("{known}\n"),
            other => format!("{other}\n"),
        }
    }

    /// The media type of [`Self::body`].
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "text/x.tlog.size",
            _ => "text/plain; charset=utf-8",
        }
    }
}
