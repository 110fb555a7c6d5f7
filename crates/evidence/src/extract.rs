//! Extracts: some entries of a log, such as all of one contract, with everything that proves them, checked without the log. 电子证据.
//!
//! Like a receipt of each, with the heads and the registrations of keys once for all. That there are no others it cannot show: only the whole log shows that.

use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;

use crate::{
    checkpoint::{self, Checkpoint, Keys},
    entry::SignedRecord,
    receipt::{self, Proven, ReceiptError, VERSION},
    registry::Registry,
};

#[cfg(test)]
mod tests;

/// An extract as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// [`VERSION`].
    pub v: u8,
    /// Checkpoint of the SHA-256 tree.
    pub checkpoint: String,
    /// Checkpoint of the SM3 tree.
    pub sm3_checkpoint: String,
    /// The entries it is about, in the order of the log.
    pub entries: Vec<Proven>,
    /// Entries that registered the keys of their actors, from the first entry of the log on.
    pub registrations: Vec<Proven>,
}

/// What an extract proves.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractReport {
    /// Origin of the log.
    pub origin: String,
    /// Entries in the log when the extract was made.
    pub size: u64,
    /// The entries with their positions, each signed with a key that the log had registered before.
    pub entries: Vec<(u64, SignedRecord)>,
}

impl Extract {
    /// Makes the extract of some entries from the files of a log: `read` gives a file by its path. It reads every bundle before the last of them to find the
    /// registrations; who knows them uses [`Self::new`].
    ///
    /// # Errors
    /// An entry is not in the log, or files are missing or broken.
    pub fn from_files(indices: &[u64], read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, ReceiptError> {
        let size = receipt::size(&read)?;
        let registrations = if indices.is_empty() { Vec::new() } else { receipt::registrations(indices, size, &read)? };
        Self::new(indices, &registrations, read)
    }

    /// The same, with the earlier entries at `registrations` to prove the keys of their actors.
    ///
    /// # Errors
    /// As [`Self::from_files`].
    pub fn new(
        indices: &[u64],
        registrations: &[u64],
        read: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, ReceiptError> {
        let checkpoint = receipt::text(checkpoint::PATH, &read)?;
        let sm3_checkpoint = receipt::text(checkpoint::SM3_PATH, &read)?;
        let size = Checkpoint::parse_unverified(Suite::Intl, checkpoint.as_bytes())?.size;
        if Checkpoint::parse_unverified(Suite::Sm, sm3_checkpoint.as_bytes())?.size != size {
            return Err(ReceiptError::Torn);
        }
        let lookups = receipt::lookups(size, &read);
        let prove = |index| Proven::new(index, size, &read, &lookups);
        Ok(Self {
            v: VERSION,
            checkpoint,
            sm3_checkpoint,
            entries: indices.iter().copied().map(prove).collect::<Result<_, _>>()?,
            registrations: registrations.iter().copied().map(prove).collect::<Result<_, _>>()?,
        })
    }

    /// Checks everything in it against the keys of the log.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, keys: &Keys) -> Result<ExtractReport, ReceiptError> {
        if self.v != VERSION {
            return Err(ReceiptError::Member("v"));
        }
        let head = checkpoint::parse_and_verify(self.checkpoint.as_bytes(), self.sm3_checkpoint.as_bytes(), keys)?;
        let in_order = |list: &[Proven]| list.is_sorted_by(|earlier, later| earlier.index < later.index);
        let is_complete = self.entries.iter().all(|entry| entry.index == 0)
            || self.registrations.first().is_some_and(|first| first.index == 0);
        if !in_order(&self.entries) || !in_order(&self.registrations) || !is_complete {
            return Err(ReceiptError::Order);
        }
        // Keys come and go: every entry is held against those of its own place in the log.
        let mut all: Vec<(&Proven, bool)> = self.registrations.iter().map(|one| (one, false)).collect();
        all.extend(self.entries.iter().map(|one| (one, true)));
        all.sort_by_key(|(one, _)| one.index);
        let (mut registry, mut entries) = (Registry::new(), Vec::new());
        let mut before = None;
        for (proven, is_asked_for) in all {
            let index = proven.index;
            let signed = proven.verify(&head)?;
            // An entry may be a registration too, and counts once.
            if before != Some(index) {
                registry.admit(&signed).map_err(|error| ReceiptError::Refused { index, error })?;
            }
            before = Some(index);
            if is_asked_for {
                entries.push((index, signed));
            }
        }
        Ok(ExtractReport { origin: head.origin, size: head.size, entries })
    }
}
