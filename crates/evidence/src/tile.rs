//! Tiles and entry bundles: how a log stands in files. C2SP tlog-tiles.
//!
//! A tile is up to 256 consecutive hashes of every eighth level of the tree; a bundle is up to 256 entries, each with
//! its length before it in two bytes. This module names and encodes them; `growth` decides which are written.

use std::{cell::RefCell, collections::HashMap, fmt, str::FromStr};

use xinyu_crypto::{Digest, Suite};

use crate::tree::node_hash;

#[cfg(test)]
mod tests;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;

/// Longest entry in bytes: its length is written in two.
pub const ENTRY_MAX_BYTES: usize = 65_535;

/// Highest level of tiles that a 64-bit size can need.
const LEVEL_MAX: u8 = 7;

/// What a file of the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Entries themselves.
    Entries,
    /// Hashes at a level of tiles: at level `l` each stands for 256^l leaves.
    Hashes(u8),
}

/// One tile or bundle, named by what it holds, its zero-based position in its level and its width (1 to 256).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Entries, or hashes at a level.
    pub content: Content,
    /// Position within the level.
    pub index: u64,
    /// Hashes or entries in it; 256 when full.
    pub width: u16,
}

/// A tile or bundle that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not a path that this log would use.
    #[error("{path} is not the path of a tile")]
    Path {
        /// The path.
        path: String,
    },
    /// A hash tile must have 32 bytes for each of its hashes.
    #[error("a tile of {width} hashes must have {} bytes, not {bytes}", u32::from(*width) * 32)]
    Length {
        /// Hashes it should hold.
        width: u16,
        /// Bytes found.
        bytes: usize,
    },
    /// A bundle ends inside an entry.
    #[error("the bundle ends inside entry {entry}")]
    Cut {
        /// Zero-based entry in the bundle.
        entry: usize,
    },
    /// A bundle with the wrong number of entries.
    #[error("the bundle has {found} entries instead of {width}")]
    Count {
        /// Entries it should hold.
        width: u16,
        /// Entries found.
        found: usize,
    },
    /// An entry longer than its two-byte length can say.
    #[error("an entry of {bytes} bytes is longer than {ENTRY_MAX_BYTES}")]
    Entry {
        /// Bytes of the entry.
        bytes: usize,
    },
}

impl Tile {
    /// Whether it is full, so that it never changes again.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// The full tile at the same place.
    pub fn full(self) -> Self {
        Self { width: 256, ..self }
    }
}

impl fmt::Display for Tile {
    /// The path relative to the log's root, such as `tile/0/x001/x234/067.p/12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Entries => f.write_str("tile/entries")?,
            Content::Hashes(level) => write!(f, "tile/{level}")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (position, group) in groups.iter().enumerate().rev() {
            write!(f, "/{}{group:03}", if position == 0 { "" } else { "x" })?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    /// Reads a path as `Display` writes it; every other spelling is refused.
    fn from_str(path: &str) -> Result<Self, TileError> {
        parse_path(path)
            .filter(|tile| tile.to_string() == path)
            .ok_or_else(|| TileError::Path { path: path.to_owned() })
    }
}

/// A lenient reading; the caller compares it with the one right spelling.
fn parse_path(path: &str) -> Option<Tile> {
    let (content, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let content = match content {
        "entries" => Content::Entries,
        level => Content::Hashes(level.parse().ok().filter(|level| *level <= LEVEL_MAX)?),
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|width| (1..=255).contains(width))?),
        None => (rest, 256),
    };
    let index = index.split('/').try_fold(0_u64, |index, group| {
        let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1000)?.checked_add(group)
    })?;
    Some(Tile { content, index, width })
}

/// All tiles and bundles of a log of `size` entries, bundles first, then level by level. Partial tiles of earlier
/// sizes, which may stand beside them, are not among them.
pub fn tiles_for_size(size: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let mut add = |content, hashes: u64| {
        tiles.extend((0..hashes / WIDTH).map(|index| Tile { content, index, width: 256 }));
        if let Some(width) = partial_width(hashes) {
            tiles.push(Tile { content, index: hashes / WIDTH, width });
        }
    };
    add(Content::Entries, size);
    for level in levels(size) {
        add(Content::Hashes(level), hashes_at(level, size));
    }
    tiles
}

/// The levels at which a log of `size` entries has tiles.
pub(crate) fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..=LEVEL_MAX).take_while(move |level| hashes_at(*level, size) > 0)
}

/// How many hashes a level has in a log of `size` entries.
pub(crate) fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// The width of the partial tile that ends a level of `hashes` hashes, if there is one.
pub(crate) fn partial_width(hashes: u64) -> Option<u16> {
    u16::try_from(hashes % WIDTH).ok().filter(|width| *width > 0)
}

/// The bytes of a hash tile.
pub fn encode_hashes(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes of a tile that must be `width` wide.
pub fn decode_hashes(bytes: &[u8], width: u16) -> Result<Vec<Digest>, TileError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() != usize::from(width) {
        return Err(TileError::Length { width, bytes: bytes.len() });
    }
    Ok(hashes.iter().map(|hash| Digest::from_bytes(*hash)).collect())
}

/// The bytes of a bundle.
pub fn encode_entries<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| TileError::Entry { bytes: entry.len() })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle that must be `width` wide.
pub fn decode_entries(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let cut = TileError::Cut { entry: entries.len() };
        let Some((length, tail)) = rest.split_first_chunk::<2>() else {
            return Err(cut);
        };
        let Some((entry, tail)) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            return Err(cut);
        };
        entries.push(entry);
        rest = tail;
    }
    if entries.len() != usize::from(width) {
        return Err(TileError::Count { width, found: entries.len() });
    }
    Ok(entries)
}

/// Where the files of a suite's tree stand: the SHA-256 tree at the root, the SM3 tree under `sm3/`.
pub fn prefix(suite: Suite) -> &'static str {
    match suite {
        Suite::Intl => "",
        Suite::Sm => "sm3/",
    }
}

/// A lookup of complete subtrees for [`crate::proof`], served from the tiles of a log of `size` entries. `read` gives
/// a file of the log by its path; a tile that has become full since is taken for a partial one. A tile is read, and the nodes
/// in it are computed, when it is first needed, and kept as long as the lookup is.
pub fn lookup_in_tiles(
    suite: Suite,
    size: u64,
    read: impl Fn(&str) -> Option<Vec<u8>>,
) -> impl Fn(u32, u64) -> Option<Digest> {
    let known: RefCell<HashMap<(u8, u64), Nodes>> = RefCell::default();
    move |level, index| {
        let (tile_level, above) = (u8::try_from(level / 8).ok()?, level % 8);
        let first = index.checked_mul(1 << above)?;
        let hashes = hashes_at(tile_level, size);
        if first.checked_add(1 << above)? > hashes {
            return None;
        }
        let place = (tile_level, first / WIDTH);
        let node = |nodes: &Nodes| {
            let nodes = nodes.get(usize::try_from(above).ok()?)?;
            nodes.get(usize::try_from((first % WIDTH) >> above).ok()?).copied()
        };
        if let Some(nodes) = known.borrow().get(&place) {
            return node(nodes);
        }
        let width = u16::try_from((hashes - place.1 * WIDTH).min(WIDTH)).ok()?;
        let tile = Tile { content: Content::Hashes(tile_level), index: place.1, width };
        let hashes = [tile, tile.full()].iter().find_map(|tile| {
            let bytes = read(&format!("{}{tile}", prefix(suite)))?;
            decode_hashes(&bytes, tile.width).ok()
        })?;
        let nodes = nodes(suite, hashes);
        let found = node(&nodes);
        known.borrow_mut().insert(place, nodes);
        found
    }
}

/// The complete subtrees in a tile by their height, those of one hash first.
type Nodes = Vec<Vec<Digest>>;

fn nodes(suite: Suite, hashes: Vec<Digest>) -> Nodes {
    let mut levels = vec![hashes];
    while let Some(below) = levels.last().filter(|below| below.len() > 1) {
        let pairs = below.as_chunks::<2>().0;
        let above = pairs.iter().map(|[left, right]| node_hash(suite, left, right)).collect();
        levels.push(above);
    }
    levels
}
