//! What can be found out about a bundle without the rest of the log: by any thread, in any order. Its hashes are computed again and compared with the tiles over
//! it, its records are read; later, when their keys are known, their signatures are checked.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use xinyu_crypto::{Digest, PublicKey, SignatureError, Suite};
use xinyu_protocol::text::Text;

use super::message;
use crate::batch::{Batch, Ways};
use crate::disposal::Disposal;
use crate::entry::{self, RecordError, SignedRecord};
use crate::registry::Refusal;
use crate::tile::{Tile, decode_entries, decode_hashes};
use crate::tree::{fold, leaf_hash};

/// A file as it was read, or why it was not.
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Result<Vec<u8>, String>,
}

/// The files of one place of the log, as they were read.
pub(super) struct Files {
    pub(super) tile: Tile,
    pub(super) bundle: File,
    /// The tiles of leaf hashes over it, of SHA-256 and of SM3; none of a tree that is left alone.
    pub(super) leaves: [Option<(Tile, File)>; 2],
}

/// A bundle, and the tiles of leaf hashes over it.
pub(super) struct Bundle {
    pub(super) tile: Tile,
    pub(super) path: String,
    bytes: Vec<u8>,
    /// What is wrong with the files as such, in the order in which they are read.
    pub(super) problems: Vec<(String, Text)>,
    /// None if the file cannot be read.
    pub(super) entries: Option<Vec<Entry>>,
    pub(super) leaves: [Option<Leaves>; 2],
    /// The roots over all entries of a full bundle.
    pub(super) roots: [Option<Digest>; 2],
}

/// One entry.
pub(super) struct Entry {
    /// Its hashes; none in a tree that is left alone.
    pub(super) hashes: [Option<Digest>; 2],
    pub(super) content: Content,
}

/// What is in an entry.
pub(super) enum Content {
    /// Nobody wants to know.
    Unread,
    /// A record, and where it stands in the bundle.
    Record(Box<SignedRecord>, Range<usize>),
    /// Nothing: it was disposed of, or made away with. Its hashes are those that the tiles have.
    Emptied,
    /// None.
    Wrong(RecordError),
    /// What is left of a record whose signature was looked at.
    Told(Told),
}

/// What of a record concerns the rest of the log.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) at: Timestamp,
    pub(super) refs: Vec<String>,
    /// Who says that something was disposed of, and what.
    pub(super) disposal: Option<Box<(String, Result<Disposal, &'static str>)>>,
}

/// A tile of leaf hashes as it was read.
pub(super) struct Leaves {
    pub(super) suite: Suite,
    pub(super) tile: Tile,
    pub(super) path: String,
    pub(super) hashes: Vec<Digest>,
    /// Whether what stands above confirms it; looked up when first needed.
    pub(super) is_right: OnceCell<bool>,
    /// Whether every entry has the hash that stands here.
    is_same: bool,
}

impl From<entry::Record> for Told {
    fn from(record: entry::Record) -> Self {
        let disposal = Disposal::read(&record).map(|read| Box::new((record.actor.clone(), read)));
        let entry::Record { id, kind, at, refs, .. } = record;
        Self { id, kind, at, refs, disposal }
    }
}

/// What is to be done about the signature of an entry.
pub(super) enum Turn {
    /// Nothing: the entry is no record, or is not the one that stood there.
    Passed,
    /// The record says who may sign: it is admitted when all before it are.
    InOrder,
    /// It cannot stand here, whatever its signature.
    Refused(Refusal),
    /// It must be signed with this key.
    Signed(Arc<PublicKey>),
}

/// What came of it.
pub(super) enum Verdict {
    /// Nothing was to be checked yet.
    Passed,
    Refused(Refusal),
    /// Of a record that is signed alone, or that says wrongly what it is signed with.
    Checked(Result<(), RecordError>),
    /// Of one of many, whose signature may be another thread's to check.
    Shared(Arc<Claim>),
}

impl Verdict {
    /// Whether the record can stand where it stands.
    pub(super) fn found(self) -> Result<(), Refusal> {
        match self {
            Self::Passed => Ok(()),
            Self::Refused(refusal) => Err(refusal),
            Self::Checked(found) => Ok(found?),
            Self::Shared(claim) => Ok(claim.settle().map_err(RecordError::from)?),
        }
    }
}

impl Bundle {
    /// Computes the hashes of the trees whose tiles were asked for, and reads the records if somebody wants to know them.
    pub(super) fn new(files: Files, is_read: bool) -> Self {
        let Files { tile, bundle, leaves } = files;
        let File { path, bytes } = bundle;
        let mut problems = Vec::new();
        let bytes = told(bytes.map_err(|error| message::unreadable(&error)), &path, &mut problems);
        let [sha256, sm3] = leaves;
        let seen = [sha256.is_some(), sm3.is_some()];
        let mut entries = bytes.as_deref().and_then(|bytes| {
            let decoded = decode_entries(bytes, tile.width).map_err(|error| message::malformed(&error));
            Some(entries(&told(decoded, &path, &mut problems)?, seen, is_read))
        });
        let leaves = [(0, Suite::Intl, sha256), (1, Suite::Sm, sm3)].map(|(position, suite, read)| {
            let mut leaves = Leaves::read(suite, read?, &mut problems)?;
            let stored = leaves.hashes.iter().copied().map(Some);
            entries.iter_mut().flatten().zip(&leaves.hashes).for_each(|(entry, hash)| entry.take(position, *hash));
            leaves.is_same =
                entries.as_ref().is_some_and(|all| all.iter().map(|entry| entry.hash(position)).eq(stored));
            Some(leaves)
        });
        let root = |leaves: &Leaves| fold(leaves.suite, &leaves.hashes).filter(|_| leaves.is_same && tile.is_full());
        let roots = leaves.each_ref().map(|leaves| leaves.as_ref().and_then(root));
        Self { tile, path, bytes: bytes.unwrap_or_default(), problems, entries, leaves, roots }
    }

    /// Checks the signatures with the keys that are to have been used, and keeps of the records what the rest of the log needs.
    pub(super) fn check(&mut self, turns: Vec<Turn>, claims: &Claims) -> Vec<Verdict> {
        let mut groups = Groups { known: Vec::new(), claims };
        let mut verdicts = Vec::with_capacity(turns.len());
        for (entry, turn) in self.entries.iter_mut().flatten().zip(turns) {
            let (verdict, is_kept) = match (turn, &entry.content) {
                (Turn::Signed(key), Content::Record(signed, place)) => {
                    let record = self.bytes.get(place.clone()).unwrap_or_default();
                    (groups.check(&key, signed, record).unwrap_or_else(|error| Verdict::Checked(Err(error))), false)
                }
                (Turn::Refused(refusal), _) => (Verdict::Refused(refusal), false),
                (turn, _) => (Verdict::Passed, matches!(turn, Turn::InOrder)),
            };
            verdicts.push(verdict);
            if !is_kept {
                entry.forget();
            }
        }
        // Last, so that what others have begun is done by them meanwhile.
        groups.settle();
        self.bytes = Vec::new();
        verdicts
    }
}

impl Leaves {
    fn read(suite: Suite, (tile, file): (Tile, File), problems: &mut Vec<(String, Text)>) -> Option<Self> {
        let File { path, bytes } = file;
        let bytes = told(bytes.map_err(|error| message::unreadable(&error)), &path, problems)?;
        let hashes = decode_hashes(&bytes, tile.width).map_err(|error| message::malformed(&error));
        let hashes = told(hashes, &path, problems)?;
        Some(Self { suite, tile, path, hashes, is_right: OnceCell::new(), is_same: false })
    }
}

impl Entry {
    /// An entry without bytes has the hash that the tile says it had.
    fn take(&mut self, position: usize, hash: Digest) {
        if let (Content::Emptied, Some(ours)) = (&self.content, self.hashes.get_mut(position)) {
            *ours = Some(hash);
        }
    }

    /// Its hash in one of the two trees.
    pub(super) fn hash(&self, position: usize) -> Option<Digest> {
        self.hashes.get(position).copied().flatten()
    }

    /// Drops of its record what only this bundle needs.
    fn forget(&mut self) {
        self.content = match std::mem::replace(&mut self.content, Content::Unread) {
            Content::Record(signed, _) => Content::Told(signed.record.into()),
            other => other,
        };
    }
}

fn entries(decoded: &[&[u8]], seen: [bool; 2], is_read: bool) -> Vec<Entry> {
    let [sees_sha256, sees_sm3] = seen;
    let mut start = 0;
    let mut entry = |bytes: &&[u8]| {
        start += size_of::<u16>();
        if bytes.is_empty() {
            return Entry { hashes: [None, None], content: Content::Emptied };
        }
        let content = if is_read { Content::read(bytes, start) } else { Content::Unread };
        start += bytes.len();
        let hash = |suite, sees: bool| sees.then(|| leaf_hash(suite, bytes));
        Entry { hashes: [hash(Suite::Intl, sees_sha256), hash(Suite::Sm, sees_sm3)], content }
    };
    decoded.iter().map(&mut entry).collect()
}

impl Content {
    /// Reads an entry that stands in its bundle from `start` on.
    fn read(bytes: &[u8], start: usize) -> Self {
        let read = SignedRecord::parse(bytes).and_then(|signed| {
            let place = entry::record_within(&signed, bytes)?;
            Ok(Self::Record(Box::new(signed), start + place.start..start + place.end))
        });
        read.unwrap_or_else(Self::Wrong)
    }
}

fn told<T>(read: Result<T, Text>, path: &str, problems: &mut Vec<(String, Text)>) -> Option<T> {
    read.map_err(|text| problems.push((path.to_owned(), text))).ok()
}

/// A signature over a batch, of which the first that meets it finds out whether it holds.
pub(super) struct Claim {
    key: Arc<PublicKey>,
    text: Vec<u8>,
    signature: Vec<u8>,
    holds: OnceLock<Result<(), SignatureError>>,
}

impl Claim {
    /// Whether it holds; found out now, unless it was before.
    pub(super) fn settle(&self) -> Result<(), SignatureError> {
        *self.holds.get_or_init(|| self.key.verify(&self.text, &self.signature))
    }

    fn is(&self, key: &PublicKey, text: &[u8], signature: &[u8]) -> bool {
        self.signature == signature && self.text == text && *self.key == *key
    }
}

/// The signatures over batches that all threads have met, the last of them.
#[derive(Default)]
pub(super) struct Claims(Mutex<VecDeque<Arc<Claim>>>);

/// How many are kept: a batch lies in two or three bundles that follow each other, and each thread has one of them at hand.
const KEPT: usize = 64;

impl Claims {
    /// The claim, and whether it is new.
    fn of(&self, key: &Arc<PublicKey>, text: Vec<u8>, signature: Vec<u8>) -> (Arc<Claim>, bool) {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = claims.iter().rev().find(|claim| claim.is(key, &text, &signature)) {
            return (Arc::clone(known), false);
        }
        let claim = Arc::new(Claim { key: Arc::clone(key), text, signature, holds: OnceLock::new() });
        if claims.len() >= KEPT {
            claims.pop_front();
        }
        claims.push_back(Arc::clone(&claim));
        (claim, true)
    }
}

/// The batches that the records of one bundle are of.
struct Groups<'c> {
    known: Vec<Group>,
    claims: &'c Claims,
}

struct Group {
    claim: Arc<Claim>,
    is_ours: bool,
    ways: Ways,
}

impl Groups<'_> {
    fn check(&mut self, key: &Arc<PublicKey>, signed: &SignedRecord, record: &[u8]) -> Result<Verdict, RecordError> {
        let signature = signed.signature_bytes()?;
        let Some(batch) = &signed.batch else {
            let found = key.verify(&entry::signed_bytes(record), &signature);
            return Ok(Verdict::Checked(found.map_err(RecordError::from)));
        };
        let leaf = entry::leaf_of_batch(key.suite(), record);
        Ok(Verdict::Shared(self.claim(key, batch, &leaf, signature)?))
    }

    fn claim(
        &mut self,
        key: &Arc<PublicKey>,
        batch: &Batch,
        leaf: &Digest,
        signature: Vec<u8>,
    ) -> Result<Arc<Claim>, RecordError> {
        let same = |group: &&mut Group| group.claim.signature == signature && *group.claim.key == **key;
        let mut ways = Ways::default();
        let text = match self.known.iter_mut().rev().find(same) {
            Some(group) => {
                let text = batch.signed_bytes(key.suite(), leaf, &mut group.ways)?;
                if group.claim.text == text {
                    return Ok(Arc::clone(&group.claim));
                }
                text
            }
            None => batch.signed_bytes(key.suite(), leaf, &mut ways)?,
        };
        let (claim, is_ours) = self.claims.of(key, text, signature);
        self.known.push(Group { claim: Arc::clone(&claim), is_ours, ways });
        Ok(claim)
    }

    fn settle(&self) {
        for group in self.known.iter().filter(|group| group.is_ours) {
            let _ = group.claim.settle();
        }
    }
}
