//! One pass over a log, bundle by bundle: hashes, tiles, records; then roots and stray files.
//!
//! What a bundle says by itself is found out by a crew, ahead of its turn and in any order ([`super::bundle`]). Here everything has its turn: first the keys are
//! known that a bundle is to be signed with, which is all that the check of its signatures waits for; then, when that is done, what was found out of it is
//! reported, entry by entry, as if the log had been read from its beginning by one alone.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use xinyu_crypto::{Digest, Suite};

use super::bundle::{Bundle, Claims, Content as Found, File, Files, Leaves, Told, Turn, Verdict};
use super::{Depth, FileSource, LogReport, confirm::is_confirmed, crew, message};
use crate::{
    checkpoint::{Checkpoint, Head, KEY_PATH, PATH, SM3_PATH},
    disposal::Disposal,
    growth::Levels,
    registry::{PARTICIPANT_KEY, Refusal, Registry},
    stamped,
    tile::{Content, Tile, WIDTH, decode_entries, decode_hashes, hashes_at, prefix, tiles_for_size},
};

/// How many bundles are in memory for each of the crew: one at hand, and more so that nobody waits.
const AHEAD_OF_EACH: usize = 4;

/// How far clocks of parties may be ahead of the verifier's.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How far a record may be older than the opening of its space.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Walk<'a> {
    files: &'a dyn FileSource,
    now: Option<Timestamp>,
    pub(super) depth: Depth,
    pub(super) head: Head,
    earlier: Option<Checkpoint>,
    pub(super) report: LogReport,
    trees: [Tree; 2],
    pub(super) registry: Registry,
    ids: HashSet<String>,
    opened_at: Option<Timestamp>,
    /// An entry could not be taken into account, so that later ones may lack what it would have registered.
    has_gap: bool,
    /// Files that a hash was already found wrong in: the first is enough.
    blamed: BTreeSet<String>,
    /// Entries without bytes, with their leaf hashes as the tiles have them.
    pub(super) emptied: BTreeMap<u64, [Digest; 2]>,
    /// What the platform says it disposed of, with the place of the record.
    pub(super) disposals: Vec<(u64, Disposal)>,
}

/// One tree as it is computed again.
struct Tree {
    suite: Suite,
    levels: Levels,
    /// A leaf of it is unknown, so that nothing above can be computed; or nobody wants to know it.
    is_lost: bool,
}

/// What the crew does.
enum Task {
    Read(Files),
    Check(Box<Bundle>, Vec<Turn>),
}

/// A bundle on its way.
enum Stand {
    Away,
    Read(Box<Bundle>),
    Settled(Box<Bundle>, Vec<Verdict>),
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        files: &'a dyn FileSource,
        (now, depth): (Option<Timestamp>, Depth),
        head: Head,
        earlier: Option<Checkpoint>,
        report: LogReport,
    ) -> Self {
        let tree = |suite| Tree { suite, levels: Levels::new(suite), is_lost: !depth.sees(suite) };
        Self {
            files,
            now,
            depth,
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

    /// Reads the log with a crew of so many; with none, alone.
    pub(super) fn run(&mut self, hands: usize) {
        let (claims, is_read) = (Claims::default(), self.depth == Depth::Full);
        let work = |task: Task| match task {
            Task::Read(files) => (files.tile.index, Stand::Read(Box::new(Bundle::new(files, is_read)))),
            Task::Check(mut bundle, turns) => {
                let verdicts = bundle.check(turns, &claims);
                (bundle.tile.index, Stand::Settled(bundle, verdicts))
            }
        };
        crew::with(hands, &work, |crew| self.bundles(crew));
        if self.report.is_full() {
            return;
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

    /// Sends every bundle on its way, and settles them in their order.
    fn bundles(&mut self, crew: &crew::Crew<'_, Task, (u64, Stand)>) {
        let most = crew.hands().saturating_mul(AHEAD_OF_EACH);
        // The keys as they are known when a bundle is judged, which is before it is settled.
        let mut known = Registry::new();
        let (mut line, mut first, mut judged, mut next) = (VecDeque::new(), 0_u64, 0_u64, 0_u64);
        loop {
            while line.len() < most && next < self.head.size.div_ceil(WIDTH) {
                crew.give(Task::Read(self.files_of(next)), false);
                line.push_back(Stand::Away);
                next += 1;
            }
            if line.is_empty() {
                return;
            }
            let Some((number, stand)) = crew.take() else { return };
            put(&mut line, number - first, stand);
            while let Some(bundle) = take_read(&mut line, judged - first) {
                if self.depth == Depth::Full {
                    let turns = self.judge(&bundle, &mut known);
                    crew.give(Task::Check(bundle, turns), true);
                } else {
                    put(&mut line, judged - first, Stand::Settled(bundle, Vec::new()));
                }
                judged += 1;
            }
            while let Some((bundle, verdicts)) = take_settled(&mut line) {
                self.settle(*bundle, verdicts);
                if self.report.is_full() {
                    return;
                }
                first += 1;
            }
        }
    }

    /// The files of a bundle and of the tiles of leaf hashes over it, as they are.
    fn files_of(&self, number: u64) -> Files {
        let width = u16::try_from((self.head.size - number * WIDTH).min(WIDTH)).unwrap_or(256);
        let read = |path: String| File { bytes: self.files.read(&path), path };
        let tile = Tile { content: Content::Entries, index: number, width };
        let bundle = read(tile.to_string());
        let leaves = [Suite::Intl, Suite::Sm].map(|suite| {
            let tile = Tile { content: Content::Hashes(0), ..tile };
            self.depth.sees(suite).then(|| (tile, read(format!("{}{tile}", prefix(suite)))))
        });
        Files { tile, bundle, leaves }
    }

    /// Whether an entry was changed, and not the tiles that do not agree with it.
    fn is_entry_wrong(&self, leaves: &[Option<Leaves>; 2], hashes: &[Option<Digest>; 2], position: usize) -> bool {
        let differs = |(leaves, hash): (&Option<Leaves>, &Option<Digest>)| {
            let leaves = leaves.as_ref().filter(|leaves| leaves.hashes.get(position).copied() != *hash);
            leaves.is_some_and(|leaves| self.is_right(leaves))
        };
        leaves.iter().zip(hashes).any(differs)
    }

    /// Whether what stands above a tile confirms it.
    fn is_right(&self, leaves: &Leaves) -> bool {
        let confirmed = || is_confirmed(self.files, &self.head, leaves.suite, leaves.tile, &leaves.hashes);
        *leaves.is_right.get_or_init(confirmed)
    }

    /// Says of each entry what it must be signed with, and learns the keys that it registers.
    fn judge(&self, bundle: &Bundle, known: &mut Registry) -> Vec<Turn> {
        let turn = |(position, entry): (usize, &super::bundle::Entry)| {
            let Found::Record(signed, _) = &entry.content else { return Turn::Passed };
            if self.is_entry_wrong(&bundle.leaves, &entry.hashes, position) {
                return Turn::Passed;
            }
            match known.signer(signed) {
                Err(refusal) => Turn::Refused(refusal),
                Ok(Some(key)) if signed.record.kind != PARTICIPANT_KEY => Turn::Signed(key),
                Ok(_) => {
                    // Whether it is admitted is said when it is admitted again, in its turn.
                    let _ = known.admit(signed);
                    Turn::InOrder
                }
            }
        };
        bundle.entries.iter().flatten().enumerate().map(turn).collect()
    }

    /// Reports what was found of a bundle and of the tiles of both trees over it.
    fn settle(&mut self, bundle: Bundle, verdicts: Vec<Verdict>) {
        let Bundle { tile, path, problems, entries, leaves, roots, .. } = bundle;
        for (path, text) in problems {
            self.report.add(&path, None, text);
        }
        let start = tile.index * WIDTH;
        let end = start + u64::from(tile.width);
        let is_cut = self.earlier.as_ref().is_some_and(|earlier| (start + 1..end).contains(&earlier.size));
        // Every hash is what it should be: then the tree above goes on from the root over all of them.
        let is_whole =
            !is_cut && self.trees.iter().zip(roots).all(|(tree, root)| root.is_some() || !self.depth.sees(tree.suite));
        let mut entries = entries.map(Vec::into_iter);
        let mut verdicts = verdicts.into_iter();
        for (position, index) in (0..usize::from(tile.width)).zip(start..) {
            if self.report.is_full() {
                return;
            }
            let entry = entries.as_mut().and_then(Iterator::next);
            let verdict = verdicts.next().unwrap_or(Verdict::Passed);
            let (hashes, content) = entry.map(|entry| (entry.hashes, entry.content)).unzip();
            let is_right = is_whole || self.compare(&path, index, position, hashes.as_ref(), &leaves);
            match content {
                Some(Found::Emptied) if is_right => self.empty(index, hashes),
                Some(content) if is_right => self.content(&path, index, content, verdict),
                _ => self.has_gap = true,
            }
            if !is_whole {
                let stored = leaves.each_ref().map(|leaves| leaves.as_ref()?.hashes.get(position).copied());
                self.push(index, hashes.filter(|_| is_right).unwrap_or(stored));
            }
        }
        if is_whole {
            self.push_tile(end, roots);
        }
    }

    /// Compares an entry with the tiles over it, where it stands at `position`. Says whether it is the one that stood there.
    fn compare(
        &mut self,
        path: &str,
        index: u64,
        position: usize,
        hashes: Option<&[Option<Digest>; 2]>,
        leaves: &[Option<Leaves>; 2],
    ) -> bool {
        let Some(hashes) = hashes else { return false };
        // One of the two was changed. What stands above the tile says whether it was the tile.
        for (leaves, hash) in leaves.iter().zip(hashes) {
            let differing = leaves.as_ref().filter(|leaves| leaves.hashes.get(position).copied() != *hash);
            if let Some(leaves) = differing.filter(|leaves| !self.is_right(leaves)) {
                self.blame(leaves.path.clone(), index, message::tile_hash(leaves.suite));
            }
        }
        let is_wrong = self.is_entry_wrong(leaves, hashes, position);
        if is_wrong {
            self.blame(path.to_owned(), index, message::entry_hash(self.depth));
        }
        !is_wrong
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
        self.pushed(index + 1, &full);
    }

    /// The same for all leaves of a tile, by the roots over them.
    fn push_tile(&mut self, end: u64, roots: [Option<Digest>; 2]) {
        let mut full = Vec::new();
        for (tree, root) in self.trees.iter_mut().zip(roots).filter(|(tree, _)| !tree.is_lost) {
            if let Some(root) = root {
                tree.levels.push_tile(root, |tile, hashes| full.push((tree.suite, tile, hashes.to_vec())));
            }
        }
        self.pushed(end, &full);
    }

    /// Checks what became full by the leaves up to a size, and the earlier checkpoint if it is of that size.
    fn pushed(&mut self, size: u64, full: &[(Suite, Tile, Vec<Digest>)]) {
        full.iter().for_each(|(suite, tile, hashes)| self.upper_tile(*suite, *tile, hashes));
        if let Some(earlier) = self.earlier.as_ref().filter(|earlier| earlier.size == size) {
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

    /// Reports what was found of an entry that is the one that the trees commit to.
    fn content(&mut self, path: &str, index: u64, content: Found, verdict: Verdict) {
        let told = match content {
            Found::Wrong(error) => {
                self.has_gap = true;
                return self.report.add(path, Some(index), message::record(&error));
            }
            Found::Emptied => return,
            Found::Unread => {
                self.report.entries += 1;
                return;
            }
            Found::Record(signed, _) => {
                let admitted = self.registry.admit(&signed);
                let told = Told::from(signed.record);
                self.record(&told);
                self.signature(path, index, &told, admitted);
                told
            }
            Found::Told(told) => {
                self.record(&told);
                self.signature(path, index, &told, verdict.found());
                told
            }
        };
        let opened_at = *self.opened_at.get_or_insert(told.at);
        let is_before = opened_at.duration_since(told.at) > BEFORE;
        let is_ahead = self.now.is_some_and(|now| told.at.duration_since(now) > AHEAD);
        if is_before || is_ahead {
            self.report.add(path, Some(index), message::time());
        }
        let unresolved = told.refs.iter().filter(|id| !self.ids.contains(*id)).count();
        self.report.unresolved_refs += u64::try_from(unresolved).unwrap_or(u64::MAX);
        if let Some(id) = self.ids.replace(told.id) {
            self.report.add(path, Some(index), message::repeated(&id));
        }
    }

    fn record(&mut self, told: &Told) {
        self.report.entries += 1;
        match self.report.kinds.get_mut(&told.kind) {
            Some(count) => *count += 1,
            None => drop(self.report.kinds.insert(told.kind.clone(), 1)),
        }
    }

    fn signature(&mut self, path: &str, index: u64, told: &Told, found: Result<(), Refusal>) {
        match found {
            Ok(()) => {
                self.report.signatures_checked += 1;
                self.disposal(path, index, told);
            }
            // Its key may stand in an entry that was not readable, and that one is already reported.
            Err(Refusal::Signer { .. } | Refusal::NotOpened) if self.has_gap => {}
            Err(error) => self.report.add(path, Some(index), message::refused(&error)),
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
        if !in_tree.is_empty() && !self.depth.sees(Suite::Sm) {
            return Some(true);
        }
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
    pub(super) fn blame(&mut self, path: String, index: u64, text: xinyu_protocol::text::Text) {
        if self.blamed.insert(path.clone()) {
            self.report.add(&path, Some(index), text);
        }
    }
}

fn put(line: &mut VecDeque<Stand>, place: u64, stand: Stand) {
    if let Some(place) = usize::try_from(place).ok().and_then(|place| line.get_mut(place)) {
        *place = stand;
    }
}

/// The bundle at a place, if it was read and not yet judged. It is away then.
fn take_read(line: &mut VecDeque<Stand>, place: u64) -> Option<Box<Bundle>> {
    let stand = line.get_mut(usize::try_from(place).ok()?)?;
    match std::mem::replace(stand, Stand::Away) {
        Stand::Read(bundle) => Some(bundle),
        other => {
            *stand = other;
            None
        }
    }
}

/// The first bundle, if nothing of it is left to be found out.
fn take_settled(line: &mut VecDeque<Stand>) -> Option<(Box<Bundle>, Vec<Verdict>)> {
    match line.pop_front()? {
        Stand::Settled(bundle, verdicts) => Some((bundle, verdicts)),
        other => {
            line.push_front(other);
            None
        }
    }
}
