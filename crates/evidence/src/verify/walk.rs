//! One pass over a log, bundle by bundle: hashes, tiles, records; then roots and stray files.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use jiff::{SignedDuration, Timestamp};
use xinyu_crypto::{Digest, Suite};

use super::{FileSource, LogReport, confirm::is_confirmed, message};
use crate::{
    checkpoint::{Checkpoint, Head, KEY_PATH, PATH, SM3_PATH},
    disposal::{Disposal, digest},
    entry::SignedRecord,
    growth::Levels,
    registry::{Refusal, Registry},
    stamped,
    tile::{Content, Tile, WIDTH, decode_entries, decode_hashes, hashes_at, prefix, tiles_for_size},
    tree::leaf_hash,
};

/// The suites of the two trees, in the order in which they stand in arrays here.
const SUITES: [Suite; 2] = [Suite::Intl, Suite::Sm];

/// How far clocks of parties may be ahead of the verifier's.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How far a record may be older than the opening of its space.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Walk<'a> {
    files: &'a dyn FileSource,
    now: Option<Timestamp>,
    head: Head,
    earlier: Option<Checkpoint>,
    report: LogReport,
    trees: [Tree; 2],
    registry: Registry,
    ids: HashSet<String>,
    opened_at: Option<Timestamp>,
    /// An entry could not be taken into account, so that later ones may lack what it would have registered.
    has_gap: bool,
    /// Files that a hash was already found wrong in: the first is enough.
    blamed: BTreeSet<String>,
    /// Entries without bytes, with their leaf hashes as the tiles have them.
    emptied: BTreeMap<u64, [Digest; 2]>,
    /// What the platform says it disposed of, with the place of the record.
    disposals: Vec<(u64, Disposal)>,
}

/// A tile of leaf hashes as it was read.
struct Leaves {
    suite: Suite,
    tile: Tile,
    path: String,
    hashes: Vec<Digest>,
    /// Whether what stands above confirms it; looked up when first needed.
    is_right: OnceCell<bool>,
}

/// One tree as it is computed again.
struct Tree {
    suite: Suite,
    levels: Levels,
    /// A leaf of it is unknown, so that nothing above can be computed.
    is_lost: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        files: &'a dyn FileSource,
        now: Option<Timestamp>,
        head: Head,
        earlier: Option<Checkpoint>,
        report: LogReport,
    ) -> Self {
        let tree = |suite| Tree { suite, levels: Levels::new(suite), is_lost: false };
        Self {
            files,
            now,
            head,
            earlier,
            report,
            trees: [tree(Suite::Intl), tree(Suite::Sm)],
            registry: Registry::new(),
            ids: HashSet::new(),
            opened_at: None,
            has_gap: false,
            blamed: BTreeSet::new(),
            emptied: BTreeMap::new(),
            disposals: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) {
        for number in 0..self.head.size.div_ceil(WIDTH) {
            if self.report.is_full() {
                return;
            }
            self.bundle(number);
        }
        for position in [0, 1] {
            let Some(tree) = self.trees.get(position).filter(|tree| !tree.is_lost) else {
                continue;
            };
            let (suite, root) = (tree.suite, tree.levels.root());
            let partials: Vec<_> = tree.levels.partials().map(|(tile, hashes)| (tile, hashes.to_vec())).collect();
            partials.iter().for_each(|(tile, hashes)| self.upper_tile(suite, *tile, hashes));
            if root != self.head.root(suite) {
                let path = if suite == Suite::Intl { PATH } else { SM3_PATH };
                self.report.add(path, None, message::root(suite));
            }
        }
        self.disposals();
        self.stray_files();
    }

    pub(super) fn finish(self) -> (Registry, LogReport) {
        (self.registry, self.report)
    }

    /// Checks a bundle and the tiles of both trees over it.
    fn bundle(&mut self, number: u64) {
        let width = u16::try_from((self.head.size - number * WIDTH).min(WIDTH)).unwrap_or(256);
        let tile = Tile { content: Content::Entries, index: number, width };
        let path = tile.to_string();
        let bytes = self.read(&path);
        let entries = bytes.as_ref().and_then(|bytes| {
            decode_entries(bytes, width).map_err(|error| self.report.add(&path, None, message::malformed(&error))).ok()
        });
        let leaves = SUITES.map(|suite| {
            let tile = Tile { content: Content::Hashes(0), ..tile };
            let path = format!("{}{tile}", prefix(suite));
            let bytes = self.read(&path)?;
            let hashes =
                decode_hashes(&bytes, width).map_err(|error| self.report.add(&path, None, message::malformed(&error)));
            Some(Leaves { suite, tile, path, hashes: hashes.ok()?, is_right: OnceCell::new() })
        });
        for (position, index) in (0..usize::from(width)).zip(number * WIDTH..) {
            if self.report.is_full() {
                return;
            }
            let entry = entries.as_ref().and_then(|entries| entries.get(position).copied());
            self.leaf(&path, index, position, entry, &leaves);
        }
    }

    /// Checks one leaf, which stands at `position` in its bundle and its tiles.
    fn leaf(&mut self, path: &str, index: u64, position: usize, entry: Option<&[u8]>, leaves: &[Option<Leaves>; 2]) {
        let [sha256, sm3] = leaves;
        let stored = [sha256, sm3].map(|leaves| leaves.as_ref()?.hashes.get(position).copied());
        if entry.is_some_and(<[u8]>::is_empty) {
            if let [Some(sha256), Some(sm3)] = stored {
                self.emptied.insert(index, [sha256, sm3]);
            }
            return self.push(index, stored);
        }
        let computed = entry.map(|entry| SUITES.map(|suite| leaf_hash(suite, entry)));
        let mut is_entry_wrong = false;
        for (leaves, (computed, stored)) in leaves.iter().zip(computed.into_iter().flatten().zip(stored)) {
            let Some(leaves) = leaves.as_ref().filter(|_| stored != Some(computed)) else {
                continue;
            };
            // One of the two was changed. What stands above the tile says whether it was the tile.
            if *leaves
                .is_right
                .get_or_init(|| is_confirmed(self.files, &self.head, leaves.suite, leaves.tile, &leaves.hashes))
            {
                is_entry_wrong = true;
            } else {
                self.blame(leaves.path.clone(), index, message::tile_hash(leaves.suite));
            }
        }
        match entry {
            Some(entry) if !is_entry_wrong => self.record(path, index, entry),
            found => {
                self.has_gap = true;
                if found.is_some() {
                    self.blame(path.to_owned(), index, message::entry_hash());
                }
            }
        }
        self.push(index, computed.filter(|_| !is_entry_wrong).map_or(stored, |hashes| hashes.map(Some)));
    }

    /// Takes a leaf into both trees and checks the tiles above level 0 that become full by it.
    fn push(&mut self, index: u64, leaves: [Option<Digest>; 2]) {
        let mut full = Vec::new();
        for (tree, leaf) in self.trees.iter_mut().zip(leaves) {
            match leaf {
                Some(leaf) if !tree.is_lost => {
                    tree.levels.push(leaf, |tile, hashes| full.push((tree.suite, tile, hashes.to_vec())));
                }
                _ => tree.is_lost = true,
            }
        }
        full.iter().for_each(|(suite, tile, hashes)| self.upper_tile(*suite, *tile, hashes));
        if let Some(earlier) = self.earlier.as_ref().filter(|earlier| earlier.size == index + 1) {
            let [sha256, sm3] = &self.trees;
            let differs = |tree: &Tree, root| !tree.is_lost && tree.levels.root() != root;
            if differs(sha256, earlier.root) || differs(sm3, earlier.other) {
                self.report.add(PATH, None, message::rewritten(earlier.size));
            }
        }
    }

    /// Compares a tile above level 0 with the hashes computed for it; those of level 0 are compared leaf by leaf.
    fn upper_tile(&mut self, suite: Suite, tile: Tile, hashes: &[Digest]) {
        if tile.content == Content::Hashes(0) {
            return;
        }
        let path = format!("{}{tile}", prefix(suite));
        let Some(bytes) = self.read(&path) else { return };
        match decode_hashes(&bytes, tile.width) {
            Err(error) => self.report.add(&path, None, message::malformed(&error)),
            Ok(found) => {
                let differing =
                    (tile.index * WIDTH..).zip(found.iter().zip(hashes)).find(|(_, (found, hash))| found != hash);
                if let Some((index, _)) = differing {
                    self.blame(path, index, message::tile_hash(suite));
                }
            }
        }
    }

    /// Checks an entry that is the one that the trees commit to.
    fn record(&mut self, path: &str, index: u64, entry: &[u8]) {
        let signed = match SignedRecord::parse(entry) {
            Ok(signed) => signed,
            Err(error) => {
                self.has_gap = true;
                return self.report.add(path, Some(index), message::record(&error));
            }
        };
        let record = &signed.record;
        self.report.entries += 1;
        *self.report.kinds.entry(record.kind.clone()).or_default() += 1;
        match self.registry.admit(&signed) {
            Ok(()) => {
                self.report.signatures_checked += 1;
                self.disposal(path, index, &signed);
            }
            // Its key may stand in an entry that was not readable, and that one is already reported.
            Err(Refusal::Signer { .. } | Refusal::NotOpened) if self.has_gap => {}
            Err(error) => self.report.add(path, Some(index), message::refused(&error)),
        }
        let opened_at = *self.opened_at.get_or_insert(record.at);
        let is_before = opened_at.duration_since(record.at) > BEFORE;
        let is_ahead = self.now.is_some_and(|now| record.at.duration_since(now) > AHEAD);
        if is_before || is_ahead {
            self.report.add(path, Some(index), message::time());
        }
        let unresolved = record.refs.iter().filter(|id| !self.ids.contains(*id)).count();
        self.report.unresolved_refs += u64::try_from(unresolved).unwrap_or(u64::MAX);
        if !self.ids.insert(record.id.clone()) {
            self.report.add(path, Some(index), message::repeated(&record.id));
        }
    }

    /// Takes note of what the platform says it disposed of.
    fn disposal(&mut self, path: &str, index: u64, signed: &SignedRecord) {
        let Some(read) = Disposal::read(&signed.record) else { return };
        match read {
            Err(why) => self.report.add(path, Some(index), message::disposal(why)),
            Ok(_) if signed.record.actor != self.registry.platform() => {
                self.report.add(path, Some(index), message::disposal("it is not the platform's"));
            }
            Ok(disposal) if disposal.ranges.last().is_none_or(|(_, last)| *last >= index) => {
                self.report.add(path, Some(index), message::disposal("it names what comes after it"));
            }
            Ok(disposal) => self.disposals.push((index, disposal)),
        }
    }

    /// Every entry without bytes must be one that was disposed of, and every disposal must commit to what was there. Where the bytes are still there, this is a copy
    /// from before.
    fn disposals(&mut self) {
        let mut unnamed: BTreeSet<u64> = self.emptied.keys().copied().collect();
        for (index, disposal) in std::mem::take(&mut self.disposals) {
            let named = || disposal.ranges.iter().flat_map(|(first, last)| self.emptied.range(*first..=*last));
            let count = u64::try_from(named().count()).unwrap_or(u64::MAX);
            if count == disposal.entries() && digest(named()) != disposal.digest {
                let tile = Tile { content: Content::Entries, index: index / WIDTH, width: 256 };
                self.report.add(
                    &tile.to_string(),
                    Some(index),
                    message::disposal("it does not commit to what was there"),
                );
            }
            unnamed.retain(|position| !disposal.covers(*position));
        }
        self.report.disposed = u64::try_from(self.emptied.len()).unwrap_or(u64::MAX);
        for position in unnamed {
            let number = position / WIDTH;
            let width = u16::try_from((self.head.size - number * WIDTH).min(WIDTH)).unwrap_or(256);
            let tile = Tile { content: Content::Entries, index: number, width };
            self.blame(tile.to_string(), position, message::emptied());
        }
    }

    /// Every file must be one that a log of this size has, or a partial tile of an earlier size.
    fn stray_files(&mut self) {
        let mut expected: BTreeSet<String> = [KEY_PATH, PATH, SM3_PATH].map(str::to_owned).into();
        for tile in tiles_for_size(self.head.size) {
            expected.insert(tile.to_string());
            if tile.content != Content::Entries {
                expected.insert(format!("{}{tile}", prefix(Suite::Sm)));
            }
        }
        for path in self.files.list() {
            if expected.contains(&path) || stamped::is_ours(&path) {
                continue;
            }
            match self.is_earlier_partial(&path) {
                Some(true) => {}
                Some(false) => self.report.add(&path, None, message::stale()),
                None => self.report.add(&path, None, message::unexpected()),
            }
        }
    }

    /// Whether a partial tile of an earlier size begins the tile that stands there now; `None` when it cannot be one.
    fn is_earlier_partial(&self, path: &str) -> Option<bool> {
        let (in_tree, of_tree) = match path.strip_prefix(prefix(Suite::Sm)) {
            Some(rest) => (prefix(Suite::Sm), rest),
            None => ("", path),
        };
        let tile: Tile = of_tree.parse().ok()?;
        let level = match tile.content {
            Content::Entries if in_tree.is_empty() => 0,
            Content::Entries => return None,
            Content::Hashes(level) => level,
        };
        let width = hashes_at(level, self.head.size).saturating_sub(tile.index.checked_mul(WIDTH)?).min(WIDTH);
        let now = Tile { width: u16::try_from(width).ok().filter(|width| *width > tile.width)?, ..tile };
        let whole = self.files.read(&format!("{in_tree}{now}")).ok()?;
        let part = self.files.read(path).ok()?;
        let is_well_formed = match tile.content {
            Content::Entries => decode_entries(&part, tile.width).is_ok(),
            Content::Hashes(_) => decode_hashes(&part, tile.width).is_ok(),
        };
        Some(is_well_formed && whole.starts_with(&part))
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.read(path).map_err(|error| self.report.add(path, None, message::unreadable(&error))).ok()
    }

    /// Adds a problem with a hash, the first of each file only.
    fn blame(&mut self, path: String, index: u64, text: xinyu_protocol::text::Text) {
        if self.blamed.insert(path.clone()) {
            self.report.add(&path, Some(index), text);
        }
    }
}
