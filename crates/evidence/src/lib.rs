//! Evidence 可信存证: a transparency log per space, and everything to verify it offline. C2SP tlog-tiles,
//! tlog-checkpoint, signed-note, tlog-proof; RFC 6962, RFC 9162.
//!
//! Every event is a [`entry::SignedRecord`] signed by who caused it. The records are the leaves of two trees, SHA-256 for
//! the world's tools and SM3 for 国密, whose signed heads commit to each other (docs/adr/0002-two-trees-one-log.md).
//! Others watch over the heads: a [`witness`] cosigns only what extends what it has seen, and a [`quorum`] says how many of
//! them are enough (C2SP tlog-witness, tlog-cosignature, tlog-policy).
//! Pure: no IO, no clock. Storing records, sequencing them and serving files is the shell's work; so is keeping the
//! promise that no two heads are ever signed for one size.

pub mod batch;
pub mod checkpoint;
pub mod cosignature;
pub mod disposal;
pub mod entry;
pub mod extract;
#[cfg(test)]
mod fixture;
pub mod growth;
pub mod note;
pub mod proof;
pub mod quorum;
pub mod receipt;
pub mod registry;
pub mod stamped;
pub mod tile;
pub mod tlog_proof;
pub mod tree;
pub mod verify;
pub mod witness;

pub use batch::{Batch, Checked};
pub use checkpoint::{Checkpoint, CheckpointError, ForeignCheckpoint, Head, Keys, publish, sign_pair};
pub use disposal::{Disposal, Kept};
pub use entry::{Leaf, Record, RecordError, SignedRecord};
pub use extract::{Extract, ExtractReport};
pub use growth::{Growth, LogState, grow};
pub use receipt::{Proven, Receipt, ReceiptError, ReceiptReport};
pub use registry::{Refusal, Registry};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use verify::{
    Depth, Extent, FileSource, LogReport, Problem, VerifyOptions, verify_log, verify_log_to, verify_log_with,
};
