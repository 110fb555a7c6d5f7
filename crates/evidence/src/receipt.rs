//! Receipts: everything that proves one entry, in one file that is checked without the log. 电子证据.
//!
//! A receipt holds the entry, its inclusion proofs in both trees and both signed checkpoints, and the earlier entries
//! that registered its actor's key with proofs of their own. What it cannot show is a revocation after those entries:
//! only the whole log shows that. The file is canonical JSON, so that no bit of it can change unnoticed.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use xinyu_crypto::{Digest, Suite};
use xinyu_protocol::json::{self, JsonError};

use crate::{
    checkpoint::{self, Checkpoint, CheckpointError, Head, Keys},
    entry::{Record, RecordError, SignedRecord},
    note::Note,
    proof::{self, ProofError},
    registry::{PARTICIPANT_KEY, Refusal, Registry},
    tile::{Content, Tile, WIDTH, decode_entries, lookup_in_tiles},
    tlog_proof::TlogProof,
    tree::leaf_hash,
};

#[cfg(test)]
mod tests;

/// The version of the receipt's form.
pub const VERSION: u8 = 1;

/// A receipt as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`VERSION`].
    pub v: u8,
    /// Checkpoint of the SHA-256 tree.
    pub checkpoint: String,
    /// Checkpoint of the SM3 tree.
    pub sm3_checkpoint: String,
    /// The entry it is about.
    pub entry: Proven,
    /// Earlier entries that registered the key of the entry's actor, from the first entry of the log on.
    pub registrations: Vec<Proven>,
}

/// An entry and its inclusion proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// Zero-based position in the log.
    pub index: u64,
    /// The leaf's bytes in base64.
    pub leaf: String,
    /// Inclusion proof in the SHA-256 tree, from the leaf up.
    pub sha256: Vec<Digest>,
    /// Inclusion proof in the SM3 tree.
    pub sm3: Vec<Digest>,
}

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptReport {
    /// Origin of the log.
    pub origin: String,
    /// Entries in the log when the receipt was made.
    pub size: u64,
    /// Root of the SHA-256 tree at that size.
    pub root: Digest,
    /// Root of the SM3 tree at that size.
    pub sm3_root: Digest,
    /// Where the entry stands.
    pub index: u64,
    /// What happened.
    pub record: Record,
    /// Name of the actor's key.
    pub kid: String,
    /// Whether the actor's signature was checked with a key that the log registered: false when the receipt brings none.
    pub is_signature_checked: bool,
}

/// Why a receipt proves nothing, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Not the canonical JSON of a receipt.
    #[error("the receipt is not in its canonical form: {0}")]
    Json(#[from] JsonError),
    /// Of a version that we do not know, or with a leaf that is not base64.
    #[error("{0} of the receipt is malformed")]
    Member(&'static str),
    /// A checkpoint.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// An inclusion proof.
    #[error("entry {index} in the {} tree: {error}", suite.hash_name())]
    Proof {
        /// Which entry.
        index: u64,
        /// Which tree.
        suite: Suite,
        /// What is wrong.
        error: ProofError,
    },
    /// An entry that is not a record.
    #[error("entry {index}: {error}")]
    Record {
        /// Which entry.
        index: u64,
        /// What is wrong.
        error: RecordError,
    },
    /// An entry that is not signed by who must have signed it.
    #[error("entry {index}: {error}")]
    Refused {
        /// Which entry.
        index: u64,
        /// What is wrong.
        error: Refusal,
    },
    /// The registrations must begin with entry 0 and come before the entry, in order.
    #[error("the registrations of the receipt are not earlier entries in order, from the first on")]
    Order,
    /// The two heads are not of one size: they were read while new ones were written.
    #[error("the heads of the log are being written, read them again")]
    Torn,
    /// The entry's time is over: its bytes were disposed of.
    #[error("entry {0} was disposed of when its time was over; who kept its receipt can still prove it")]
    Disposed(u64),
    /// A file of the log that is needed is missing or broken.
    #[error("{0} of the log cannot be read")]
    File(String),
}

impl Receipt {
    /// Makes the receipt of entry `index` from the files of a log: `read` gives a file by its path. It reads every bundle
    /// before the entry to find the registrations; who knows them uses [`Self::new`].
    ///
    /// # Errors
    /// The entry is not in the log, or files are missing or broken.
    pub fn from_files(index: u64, read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, ReceiptError> {
        let registrations = registrations(&[index], size(&read)?, &read)?;
        Self::new(index, &registrations, read)
    }

    /// Makes the receipt of entry `index`, with the earlier entries at `registrations` to prove its actor's key.
    ///
    /// # Errors
    /// The entry is not in the log, or files are missing or broken.
    pub fn new(
        index: u64,
        registrations: &[u64],
        read: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, ReceiptError> {
        // Each is read once: everything that is proven is proven to the heads that are handed on.
        let (checkpoint, sm3_checkpoint) = (text(checkpoint::PATH, &read)?, text(checkpoint::SM3_PATH, &read)?);
        let size = Checkpoint::parse_unverified(Suite::Intl, checkpoint.as_bytes())?.size;
        if Checkpoint::parse_unverified(Suite::Sm, sm3_checkpoint.as_bytes())?.size != size {
            return Err(ReceiptError::Torn);
        }
        let lookups = lookups(size, &read);
        let prove = |index| Proven::new(index, size, &read, &lookups);
        Ok(Self {
            v: VERSION,
            checkpoint,
            sm3_checkpoint,
            entry: prove(index)?,
            registrations: registrations.iter().copied().map(prove).collect::<Result<_, _>>()?,
        })
    }

    /// The file: canonical JSON.
    ///
    /// # Errors
    /// None that a receipt made here can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ReceiptError> {
        Ok(json::canonical(self)?)
    }

    /// Reads the file, strictly. What it claims is for [`Self::verify`].
    ///
    /// # Errors
    /// Any other bytes than [`Self::to_bytes`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let receipt: Self = json::parse_canonical(bytes)?;
        if receipt.v == VERSION { Ok(receipt) } else { Err(ReceiptError::Member("v")) }
    }

    /// Checks everything in it against the keys of the log, which must be known from elsewhere.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, keys: &Keys) -> Result<ReceiptReport, ReceiptError> {
        let head = checkpoint::parse_and_verify(self.checkpoint.as_bytes(), self.sm3_checkpoint.as_bytes(), keys)?;
        let positions = || self.registrations.iter().chain([&self.entry]).map(|proven| proven.index);
        let is_ordered = positions().is_sorted_by(|earlier, later| earlier < later);
        let is_complete = self.registrations.is_empty() || positions().next() == Some(0);
        if !is_ordered || !is_complete {
            return Err(ReceiptError::Order);
        }
        let mut registry = Registry::new();
        for registration in &self.registrations {
            let signed = registration.verify(&head)?;
            let index = registration.index;
            registry.admit(&signed).map_err(|error| ReceiptError::Refused { index, error })?;
        }
        let signed = self.entry.verify(&head)?;
        let index = self.entry.index;
        // The first entry brings its own keys; any other needs the registrations.
        let is_signature_checked = index == 0 || !self.registrations.is_empty();
        if is_signature_checked {
            registry.admit(&signed).map_err(|error| ReceiptError::Refused { index, error })?;
        }
        Ok(ReceiptReport {
            origin: head.origin,
            size: head.size,
            root: head.sha256,
            sm3_root: head.sm3,
            index,
            record: signed.record,
            kid: signed.kid,
            is_signature_checked,
        })
    }

    /// The inclusion in the SHA-256 tree as a C2SP tlog-proof (`.tlog-proof`), which stock tools check. It brings the entry as its extra data.
    ///
    /// # Errors
    /// The receipt was not verified, and has an entry or a checkpoint that is none.
    pub fn to_tlog_proof(&self) -> Result<TlogProof, ReceiptError> {
        let entry = BASE64_STANDARD.decode(&self.entry.leaf).map_err(|_| ReceiptError::Member("leaf"))?;
        Ok(TlogProof {
            extra: Some(entry),
            index: self.entry.index,
            hashes: self.entry.sha256.clone(),
            checkpoint: Note::parse(&self.checkpoint).map_err(CheckpointError::from)?,
        })
    }
}

/// The lookups in both trees, for all proofs of a file together.
pub(crate) fn lookups(
    size: u64,
    read: &impl Fn(&str) -> Option<Vec<u8>>,
) -> [(Suite, impl Fn(u32, u64) -> Option<Digest>); 2] {
    [Suite::Intl, Suite::Sm].map(|suite| (suite, lookup_in_tiles(suite, size, read)))
}

impl Proven {
    pub(crate) fn new(
        index: u64,
        size: u64,
        read: &impl Fn(&str) -> Option<Vec<u8>>,
        [sha256, sm3]: &[(Suite, impl Fn(u32, u64) -> Option<Digest>); 2],
    ) -> Result<Self, ReceiptError> {
        fn prove(
            index: u64,
            size: u64,
            (suite, lookup): &(Suite, impl Fn(u32, u64) -> Option<Digest>),
        ) -> Result<Vec<Digest>, ReceiptError> {
            let suite = *suite;
            proof::inclusion(suite, index, size, lookup).map_err(|error| ReceiptError::Proof { index, suite, error })
        }
        let (sha256, sm3) = (prove(index, size, sha256)?, prove(index, size, sm3)?);
        let bundle = Bundle::read(index / WIDTH, size, read)?;
        let leaf = bundle.entry(index)?.to_vec();
        Ok(Self { index, leaf: BASE64_STANDARD.encode(leaf), sha256, sm3 })
    }

    /// Checks both proofs and reads the record; its signature is the caller's to check.
    pub(crate) fn verify(&self, head: &Head) -> Result<SignedRecord, ReceiptError> {
        let index = self.index;
        let leaf = BASE64_STANDARD.decode(&self.leaf).map_err(|_| ReceiptError::Member("leaf"))?;
        for (suite, proof) in [(Suite::Intl, &self.sha256), (Suite::Sm, &self.sm3)] {
            let hash = leaf_hash(suite, &leaf);
            proof::verify_inclusion(suite, index, head.size, &hash, proof, &head.root(suite))
                .map_err(|error| ReceiptError::Proof { index, suite, error })?;
        }
        SignedRecord::parse(&leaf).map_err(|error| ReceiptError::Record { index, error })
    }
}

/// Whether a record registers a key of one of these parties.
#[must_use]
pub fn registers(record: &Record, parties: &BTreeSet<String>) -> bool {
    let party = record.facts.get("party").and_then(serde_json::Value::as_str);
    record.kind == PARTICIPANT_KEY && party.is_some_and(|party| parties.contains(party))
}

/// The entries before the last of `indices` that a proof of them needs: the first of the log, and every registration of their actors and
/// of the platform, which vouches for them.
pub(crate) fn registrations(
    indices: &[u64],
    size: u64,
    read: &impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u64>, ReceiptError> {
    let parse = |index, leaf: &[u8]| SignedRecord::parse(leaf).map_err(|error| ReceiptError::Record { index, error });
    let actor_of = |index| {
        let bundle = Bundle::read(index / WIDTH, size, read)?;
        Ok::<_, ReceiptError>(parse(index, bundle.entry(index)?)?.record.actor)
    };
    let mut actors = BTreeSet::from([actor_of(0)?]);
    for index in indices {
        actors.insert(actor_of(*index)?);
    }
    let last = indices.iter().copied().max().unwrap_or_default();
    let needle = format!("\"kind\":\"{PARTICIPANT_KEY}\"");
    let mut found: Vec<u64> = (last > 0).then_some(0).into_iter().collect();
    for number in 0..=last / WIDTH {
        let bundle = Bundle::read(number, size, read)?;
        let start = number * WIDTH;
        for (position, leaf) in (start..).zip(bundle.entries()?).take_while(|(position, _)| *position < last) {
            // Most entries are other records: parse only those that can be registrations.
            if !leaf.windows(needle.len()).any(|window| window == needle.as_bytes()) {
                continue;
            }
            if registers(&parse(position, leaf)?.record, &actors) {
                found.push(position);
            }
        }
    }
    Ok(found)
}

/// The bytes of a bundle, and what it is.
struct Bundle {
    tile: Tile,
    bytes: Vec<u8>,
}

impl Bundle {
    fn read(number: u64, size: u64, read: &impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, ReceiptError> {
        let left = size.saturating_sub(number * WIDTH).min(WIDTH);
        let width = u16::try_from(left).unwrap_or(256);
        let tile = Tile { content: Content::Entries, index: number, width };
        let bytes =
            [tile, tile.full()].into_iter().find_map(|tile| Some(Self { tile, bytes: read(&tile.to_string())? }));
        bytes.ok_or_else(|| ReceiptError::File(tile.to_string()))
    }

    fn entries(&self) -> Result<Vec<&[u8]>, ReceiptError> {
        decode_entries(&self.bytes, self.tile.width).map_err(|_| ReceiptError::File(self.tile.to_string()))
    }

    fn entry(&self, index: u64) -> Result<&[u8], ReceiptError> {
        let position = usize::try_from(index % WIDTH).ok();
        let entry = position.and_then(|position| self.entries().ok()?.get(position).copied());
        let entry = entry.ok_or_else(|| ReceiptError::File(self.tile.to_string()))?;
        if entry.is_empty() { Err(ReceiptError::Disposed(index)) } else { Ok(entry) }
    }
}

/// The size that the log's checkpoint claims.
pub(crate) fn size(read: &impl Fn(&str) -> Option<Vec<u8>>) -> Result<u64, ReceiptError> {
    let bytes = read(checkpoint::PATH).ok_or_else(|| ReceiptError::File(checkpoint::PATH.to_owned()))?;
    Ok(Checkpoint::parse_unverified(Suite::Intl, &bytes)?.size)
}

/// A file of the log that is text.
pub(crate) fn text(path: &str, read: &impl Fn(&str) -> Option<Vec<u8>>) -> Result<String, ReceiptError> {
    let missing = || ReceiptError::File(path.to_owned());
    String::from_utf8(read(path).ok_or_else(missing)?).map_err(|_| missing())
}
