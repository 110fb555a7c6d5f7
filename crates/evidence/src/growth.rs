//! Growing a log: which files to write and which to take away, for both trees at once. C2SP tlog-tiles.
//!
//! Pure: the state of a log between two growths is small (its partial tiles) and can be stored beside the entries.
//! A partial tile stays until the full one stands in its place, because a client may still hold a checkpoint of its
//! size; that is why the state remembers the widths written.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use xinyu_crypto::{Digest, Suite};

use crate::{
    disposal::TreeLeaf,
    tile::{
        Content, ENTRY_MAX_BYTES, Tile, TileError, WIDTH, encode_entries, encode_hashes, hashes_at, levels,
        partial_width, prefix,
    },
    tree::{empty_root, fold, leaf_hash, node_hash},
};

#[cfg(test)]
mod tests;

/// Everything needed to append to a log and to sign its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct LogState {
    size: u64,
    entries: Vec<Vec<u8>>,
    sha256: Levels,
    sm3: Levels,
    /// For each level the widths of partial tiles that stand in files.
    partials: Vec<Vec<u16>>,
}

/// What appending comes to. The order to obey: `writes` durable, then the checkpoints, then `removes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The state of the grown log.
    pub state: LogState,
    /// Files to write, path and bytes; none of them existed before with other bytes.
    pub writes: Vec<(String, Vec<u8>)>,
    /// Files that the written ones replace.
    pub removes: Vec<String>,
}

impl Default for LogState {
    fn default() -> Self {
        Self {
            size: 0,
            entries: Vec::new(),
            sha256: Levels::new(Suite::Intl),
            sm3: Levels::new(Suite::Sm),
            partials: Vec::new(),
        }
    }
}

impl LogState {
    /// A log without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree of a suite.
    pub fn root(&self, suite: Suite) -> Digest {
        match suite {
            Suite::Intl => self.sha256.root(),
            Suite::Sm => self.sm3.root(),
        }
    }

    /// The files of the right edge, path and bytes: the partial tiles of both trees and the bundle, as [`grow`] wrote them.
    ///
    /// # Errors
    /// An entry that is longer than a leaf may be.
    pub fn edge(&self) -> Result<Vec<(String, Vec<u8>)>, TileError> {
        let mut files: Vec<_> = [&self.sha256, &self.sm3]
            .into_iter()
            .flat_map(|levels| {
                let prefix = prefix(levels.suite);
                levels.partials().map(move |(tile, hashes)| (format!("{prefix}{tile}"), encode_hashes(hashes)))
            })
            .collect();
        if let Some(width) = partial_width(self.size) {
            let tile = Tile { content: Content::Entries, index: self.size / WIDTH, width };
            files.push((tile.to_string(), encode_entries(&self.entries)?));
        }
        Ok(files)
    }
}

/// Appends `leaves` (each at most 65 535 bytes) to the log.
pub fn grow<L: TreeLeaf>(state: &LogState, leaves: &[L]) -> Result<Growth, TileError> {
    if let Some(leaf) = leaves.iter().map(TreeLeaf::bytes).find(|leaf| leaf.len() > ENTRY_MAX_BYTES) {
        return Err(TileError::Entry { bytes: leaf.len() });
    }
    let mut growth = Growth { state: state.clone(), writes: Vec::new(), removes: Vec::new() };
    let Growth { state: grown, writes, removes } = &mut growth;
    for leaf in leaves {
        grown.entries.push(leaf.bytes().to_vec());
        for levels in [&mut grown.sha256, &mut grown.sm3] {
            let suite = levels.suite;
            levels.push(leaf.hash(suite), |tile, hashes| {
                writes.push((format!("{}{tile}", prefix(suite)), encode_hashes(hashes)));
            });
        }
        grown.size += 1;
        if grown.size.is_multiple_of(WIDTH) {
            let tile = Tile { content: Content::Entries, index: grown.size / WIDTH - 1, width: 256 };
            writes.push((tile.to_string(), encode_entries(&grown.entries)?));
            grown.entries.clear();
        }
    }
    for level in levels(grown.size) {
        let (before, after) = (hashes_at(level, state.size), hashes_at(level, grown.size));
        if before == after {
            continue;
        }
        let position = usize::from(level);
        if grown.partials.len() <= position {
            grown.partials.resize(position + 1, Vec::new());
        }
        let Some(partials) = grown.partials.get_mut(position) else {
            continue;
        };
        if before / WIDTH != after / WIDTH {
            removes.extend(partials.drain(..).flat_map(|width| files(level, before / WIDTH, width)));
        }
        let Some(width) = partial_width(after) else {
            continue;
        };
        partials.push(width);
        let tile = Tile { content: Content::Hashes(level), index: after / WIDTH, width };
        for levels in [&grown.sha256, &grown.sm3] {
            let hashes = levels.hashes.get(position).map_or(&[][..], Vec::as_slice);
            writes.push((format!("{}{tile}", prefix(levels.suite)), encode_hashes(hashes)));
        }
        if level == 0 {
            let tile = Tile { content: Content::Entries, ..tile };
            writes.push((tile.to_string(), encode_entries(&grown.entries)?));
        }
    }
    Ok(growth)
}

/// The files of one place in the log: a tile of each tree, and at level 0 the bundle.
fn files(level: u8, index: u64, width: u16) -> Vec<String> {
    let tile = Tile { content: Content::Hashes(level), index, width };
    let mut files: Vec<_> = [Suite::Intl, Suite::Sm].map(|suite| format!("{}{tile}", prefix(suite))).into();
    if level == 0 {
        files.push(Tile { content: Content::Entries, ..tile }.to_string());
    }
    files
}

/// The unfinished tiles of one tree: for each level fewer than 256 hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    suite: Suite,
    size: u64,
    hashes: Vec<Vec<Digest>>,
}

impl Levels {
    pub(crate) fn new(suite: Suite) -> Self {
        Self { suite, size: 0, hashes: Vec::new() }
    }

    /// The right edge of a tree, for its root: for each level the hashes of its partial tile.
    pub(crate) fn from_edge(suite: Suite, size: u64, hashes: Vec<Vec<Digest>>) -> Self {
        Self { suite, size, hashes }
    }

    /// Adds a leaf by its hash and hands out every tile that becomes full by it.
    pub(crate) fn push(&mut self, leaf: Digest, full: impl FnMut(Tile, &[Digest])) {
        self.size += 1;
        self.rise(0, leaf, full);
    }

    /// Adds 256 leaves by the root over them, when no tile of leaves is begun, and hands out every tile above that becomes full by them.
    pub(crate) fn push_tile(&mut self, root: Digest, full: impl FnMut(Tile, &[Digest])) {
        self.size += WIDTH;
        self.rise(1, root, full);
    }

    fn rise(&mut self, from: u8, hash: Digest, mut full: impl FnMut(Tile, &[Digest])) {
        let mut hash = hash;
        for level in from.. {
            let position = usize::from(level);
            if self.hashes.len() <= position {
                self.hashes.resize(position + 1, Vec::new());
            }
            let Some(hashes) = self.hashes.get_mut(position) else {
                return;
            };
            hashes.push(hash);
            let at_level = hashes_at(level, self.size);
            if !at_level.is_multiple_of(WIDTH) {
                return;
            }
            full(Tile { content: Content::Hashes(level), index: at_level / WIDTH - 1, width: 256 }, hashes);
            let Some(root) = fold(self.suite, hashes) else {
                return;
            };
            hash = root;
            hashes.clear();
        }
    }

    /// The partial tiles at the right edge.
    pub(crate) fn partials(&self) -> impl Iterator<Item = (Tile, &[Digest])> {
        levels(self.size).zip(&self.hashes).filter_map(|(level, hashes)| {
            let at_level = hashes_at(level, self.size);
            let width = partial_width(at_level)?;
            Some((Tile { content: Content::Hashes(level), index: at_level / WIDTH, width }, hashes.as_slice()))
        })
    }

    pub(crate) fn root(&self) -> Digest {
        let mut root: Option<Digest> = None;
        for hashes in &self.hashes {
            // Largest subtrees stand leftmost, so that a level's hashes are cut from the right by the bits of their number.
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let Some((left, last)) = rest.split_at_checked(rest.len() & (rest.len() - 1)) else {
                    break;
                };
                let Some(peak) = fold(self.suite, last) else { break };
                root = Some(root.map_or(peak, |right| node_hash(self.suite, &peak, &right)));
                rest = left;
            }
        }
        root.unwrap_or_else(|| empty_root(self.suite))
    }
}

/// A state as it stands in a file, before its shape is checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    size: u64,
    /// Base64.
    entries: Vec<String>,
    sha256: Vec<Vec<Digest>>,
    sm3: Vec<Vec<Digest>>,
    partials: Vec<Vec<u16>>,
}

/// A stored state whose parts do not fit its size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored state of a log of {size} entries does not fit that size")]
pub struct StateError {
    /// Entries it claims.
    pub size: u64,
}

impl From<LogState> for Stored {
    fn from(state: LogState) -> Self {
        Self {
            size: state.size,
            entries: state.entries.iter().map(|entry| BASE64_STANDARD.encode(entry)).collect(),
            sha256: state.sha256.hashes,
            sm3: state.sm3.hashes,
            partials: state.partials,
        }
    }
}

impl TryFrom<Stored> for LogState {
    type Error = StateError;

    fn try_from(stored: Stored) -> Result<Self, StateError> {
        let size = stored.size;
        let widths: Vec<u64> = levels(size).map(|level| hashes_at(level, size) % WIDTH).collect();
        let fits = |hashes: &[Vec<Digest>]| {
            hashes.len() == widths.len() && hashes.iter().zip(&widths).all(|(hashes, width)| same(hashes.len(), *width))
        };
        let entries: Result<Vec<_>, _> = stored.entries.iter().map(|entry| BASE64_STANDARD.decode(entry)).collect();
        let entries = entries.map_err(|_| StateError { size })?;
        let leaves = |suite| entries.iter().map(|entry| leaf_hash(suite, entry)).collect::<Vec<_>>();
        let is_first = |hashes: &[Vec<Digest>], suite| hashes.first().is_none_or(|first| *first == leaves(suite));
        let fit =
            same(entries.len(), size % WIDTH)
                && fits(&stored.sha256)
                && fits(&stored.sm3)
                && is_first(&stored.sha256, Suite::Intl)
                && is_first(&stored.sm3, Suite::Sm)
                && stored.partials.len() <= widths.len()
                && stored.partials.iter().zip(&widths).all(|(partials, width)| {
                    partials.iter().all(|partial| (1..=*width).contains(&u64::from(*partial)))
                });
        if !fit {
            return Err(StateError { size });
        }
        Ok(Self {
            size,
            entries,
            sha256: Levels { suite: Suite::Intl, size, hashes: stored.sha256 },
            sm3: Levels { suite: Suite::Sm, size, hashes: stored.sm3 },
            partials: stored.partials,
        })
    }
}

/// Whether a length in memory is the number of a format.
fn same(length: usize, number: u64) -> bool {
    u64::try_from(length).is_ok_and(|length| length == number)
}
