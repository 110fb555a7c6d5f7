//! The offline verifier of a whole log: everything is computed again from the entries and compared byte for byte.
//!
//! It finds what was flipped, cut, swapped, added, taken away or rolled back, and names the file and the first index.
//! An entry whose hash differs in one tree only was not changed: that tree's tile was. One that differs in both trees
//! was, if what stands above either tile still confirms it.
//! IO is the caller's: files come in through [`FileSource`], which one thread reads; the others compute. A log that grew while it was read is read again.

use std::{collections::BTreeMap, fmt, thread};

use jiff::Timestamp;
use serde::Serialize;
use xinyu_crypto::Suite::{self, Intl, Sm};
use xinyu_protocol::text::Text;

use crate::{
    checkpoint::{self, Checkpoint, CheckpointError, Head, KEY_PATH, Keys, PATH, SM3_PATH},
    entry::SignedRecord,
    registry::Registry,
    tile::{Content, WIDTH, decode_entries, tiles_for_size},
};

mod bundle;
mod confirm;
mod crew;
mod disposed;
mod message;
#[cfg(test)]
mod parallel_tests;
#[cfg(test)]
mod tests;
mod walk;

/// Problems that a report lists; a log with more is past judging one by one.
const PROBLEMS_MAX: usize = 100;

/// How often a log is read that does not hold still.
const ATTEMPTS_MAX: usize = 5;

/// Where the files of a log come from.
pub trait FileSource {
    /// The paths of all files, relative to the log's root, with `/`.
    fn list(&self) -> Vec<String>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence for people.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// Files in memory, by path.
impl FileSource for BTreeMap<String, Vec<u8>> {
    fn list(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// What else the verifier knows. By default nothing: then the log is checked against itself.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// The keys that the log must be signed with, known from elsewhere.
    pub keys: Option<Keys>,
    /// An earlier checkpoint of the SHA-256 tree, kept elsewhere: the log must extend it.
    pub earlier: Option<String>,
    /// The present time: no record may be from later.
    pub now: Option<Timestamp>,
}

/// How far a verification goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Everything: heads, both trees, every record and its signature, and who could sign at that point of the log.
    #[default]
    Full,
    /// Heads and both trees, computed again from the entries. What the entries say is not read.
    Structure,
    /// The same without the tiles and the root of the SM3 tree: what verifiers of other makers do.
    Sha256,
}

impl Depth {
    fn sees(self, suite: Suite) -> bool {
        self != Self::Sha256 || suite == Intl
    }
}

/// How a verification is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// How far it goes.
    pub depth: Depth,
    /// How many threads work; as many as the machine has processors if nothing is said. The report is the same with any number.
    pub threads: Option<usize>,
}

impl Extent {
    /// How many work beside the one that reads; none for what one bundle holds.
    fn hands(self, size: u64) -> usize {
        let threads = self.threads.or_else(|| thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
        let bundles = usize::try_from(size.div_ceil(WIDTH)).unwrap_or(usize::MAX);
        Some(threads.min(bundles)).filter(|hands| *hands > 1).unwrap_or(0)
    }
}

/// What the verifier found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LogReport {
    /// Whether there is no problem at all.
    pub ok: bool,
    /// Origin of the log.
    pub origin: String,
    /// The space whose log it is.
    pub space: String,
    /// Entries that the signed head commits to.
    pub size: u64,
    /// Root of the SHA-256 tree, 64 hexadecimal digits; empty when no head is signed.
    pub root: String,
    /// Root of the SM3 tree in the same form.
    pub sm3_root: String,
    /// The checkpoint of the SHA-256 tree, to be kept as [`VerifyOptions::earlier`].
    pub checkpoint: String,
    /// Entries read and found whole.
    pub entries: u64,
    /// Entries whose time is over: their place and hashes stand, their bytes were disposed of, and a record says so.
    pub disposed: u64,
    /// Signatures of actors that were checked and hold.
    pub signatures_checked: u64,
    /// Parties with keys.
    pub parties: usize,
    /// Entries by kind.
    pub kinds: BTreeMap<String, u64>,
    /// References to records that do not stand earlier in the log.
    pub unresolved_refs: u64,
    /// Ids of the records by which the platform gave a new key to a party that had one.
    pub rekeyed: Vec<String>,
    /// What is wrong, in the order in which the log is read; at most 100.
    pub problems: Vec<Problem>,
    /// What was left unchecked, if not everything was wanted: then [`Self::ok`] says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_checked: Option<Text>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// The first entry (or hash, in a tile) concerned, counted in its level from the start of the log.
    pub index: Option<u64>,
    /// What, for people.
    pub text: Text,
}

impl fmt::Display for Problem {
    /// In English, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{} at {index}: {}", self.path, self.text.en),
            None => write!(f, "{}: {}", self.path, self.text.en),
        }
    }
}

/// Checks a log against itself. That it is the right log, and all of it, only [`verify_log_with`] can say.
pub fn verify_log(files: &dyn FileSource) -> LogReport {
    verify_log_with(files, &VerifyOptions::default())
}

/// Checks a log against itself and what else is known.
pub fn verify_log_with(files: &dyn FileSource, options: &VerifyOptions) -> LogReport {
    verify_log_to(files, options, Extent::default())
}

/// The same as far as it is wanted. What is not checked then, the report says.
pub fn verify_log_to(files: &dyn FileSource, options: &VerifyOptions, extent: Extent) -> LogReport {
    // What looks torn may have grown under our eyes: then its list of files or its heads are others now.
    let state = || (files.list(), files.read(PATH), files.read(SM3_PATH));
    let mut before = state();
    let mut report = verify_once(files, options, extent);
    for _ in 1..ATTEMPTS_MAX {
        let after = state();
        if report.ok || after == before {
            break;
        }
        before = after;
        report = verify_once(files, options, extent);
    }
    report
}

/// The records of a log of `size` entries, which [`verify_log_with`] has found whole, with their positions; without those that were disposed of.
///
/// # Errors
/// The file that cannot be read, and why.
pub fn records(files: &dyn FileSource, size: u64) -> Result<Vec<(u64, SignedRecord)>, String> {
    let (mut records, mut position) = (Vec::new(), 0_u64);
    for tile in tiles_for_size(size).into_iter().filter(|tile| tile.content == Content::Entries) {
        let path = tile.to_string();
        let wrong = |error: String| format!("{path}: {error}");
        let bytes = files.read(&path).map_err(wrong)?;
        for leaf in decode_entries(&bytes, tile.width).map_err(|error| wrong(error.to_string()))? {
            if !leaf.is_empty() {
                records.push((position, SignedRecord::parse(leaf).map_err(|error| wrong(error.to_string()))?));
            }
            position = position.saturating_add(1);
        }
    }
    Ok(records)
}

fn verify_once(files: &dyn FileSource, options: &VerifyOptions, extent: Extent) -> LogReport {
    let mut report = LogReport { not_checked: message::not_checked(extent.depth), ..LogReport::default() };
    let Some(keys) = keys(files, options, &mut report) else {
        return report;
    };
    report.origin = keys.origin().to_owned();
    let Some(head) = head(files, &keys, &mut report) else {
        return report;
    };
    report.size = head.size;
    report.root = head.sha256.to_string();
    report.sm3_root = head.sm3.to_string();
    let earlier = earlier(options, &keys, &head, &mut report);
    let hands = extent.hands(head.size);
    let mut walk = walk::Walk::new(files, (options.now, extent.depth), head, earlier, report);
    walk.run(hands);
    let (registry, mut report) = walk.finish();
    check_keys(&keys, &registry, &mut report);
    report.space = registry.space().to_owned();
    report.parties = registry.parties();
    report.rekeyed = registry.rekeyed().to_vec();
    report.ok = report.problems.is_empty();
    report
}

impl LogReport {
    /// Adds a problem; says whether there is room for more.
    fn add(&mut self, path: &str, index: Option<u64>, text: Text) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { path: path.to_owned(), index, text });
        }
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }
}

/// The log's keys: those expected, which the key file must repeat, or else those of the key file.
fn keys(files: &dyn FileSource, options: &VerifyOptions, report: &mut LogReport) -> Option<Keys> {
    let found = match files.read(KEY_PATH) {
        Err(error) => {
            report.add(KEY_PATH, None, message::unreadable(&error));
            None
        }
        Ok(bytes) => {
            match std::str::from_utf8(&bytes).map_err(|_| CheckpointError::Utf8).and_then(str::parse::<Keys>) {
                Err(error) => {
                    report.add(KEY_PATH, None, message::key_file(&error));
                    None
                }
                Ok(keys) => Some(keys),
            }
        }
    };
    match (&options.keys, found) {
        (Some(expected), Some(found)) if *expected != found => {
            report.add(KEY_PATH, None, message::other_keys());
            Some(expected.clone())
        }
        (Some(expected), _) => Some(expected.clone()),
        (None, found) => found,
    }
}

/// The head of the log; when one of the two checkpoints is broken, by the other one alone.
fn head(files: &dyn FileSource, keys: &Keys, report: &mut LogReport) -> Option<Head> {
    let mut read = |suite, path: &str| match files.read(path) {
        Err(error) => {
            report.add(path, None, message::unreadable(&error));
            None
        }
        Ok(bytes) => match Checkpoint::parse_and_verify(suite, &bytes, keys) {
            Err(error) => {
                report.add(path, None, message::checkpoint(&error));
                None
            }
            Ok(checkpoint) => Some((checkpoint, bytes)),
        },
    };
    let (sha256, sm3) = (read(Intl, PATH), read(Sm, SM3_PATH));
    if let Some((_, bytes)) = &sha256 {
        report.checkpoint = String::from_utf8_lossy(bytes).into_owned();
    }
    let origin = keys.origin().to_owned();
    match (sha256, sm3) {
        (Some((sha256, _)), Some((sm3, _))) => {
            let alone = Head { origin, size: sha256.size, sha256: sha256.root, sm3: sha256.other };
            Some(checkpoint::join(sha256, &sm3).unwrap_or_else(|error| {
                report.add(SM3_PATH, None, message::checkpoint(&error));
                alone
            }))
        }
        (Some((one, _)), None) => Some(Head { origin, size: one.size, sha256: one.root, sm3: one.other }),
        (None, Some((one, _))) => Some(Head { origin, size: one.size, sha256: one.other, sm3: one.root }),
        (None, None) => None,
    }
}

/// The earlier checkpoint, if the log can extend it at all.
fn earlier(options: &VerifyOptions, keys: &Keys, head: &Head, report: &mut LogReport) -> Option<Checkpoint> {
    let text = options.earlier.as_ref()?;
    match Checkpoint::parse_and_verify(Intl, text.as_bytes(), keys) {
        Err(error) => {
            report.add(PATH, None, message::earlier(&error));
            None
        }
        Ok(earlier) if earlier.size > head.size => {
            report.add(PATH, Some(head.size), message::rolled_back(earlier.size, head.size));
            None
        }
        Ok(earlier) => Some(earlier),
    }
}

/// The keys that sign the checkpoints must be the platform's, as the first record says.
fn check_keys(keys: &Keys, registry: &Registry, report: &mut LogReport) {
    let is_opened = !registry.platform().is_empty();
    let holds = |suite| registry.opening_keys().any(|key| key == keys.verifier(suite).key());
    if is_opened && !(holds(Intl) && holds(Sm)) {
        report.add(KEY_PATH, None, message::foreign_keys());
    }
}
