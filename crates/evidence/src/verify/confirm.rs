//! Whether a tile of leaf hashes is as it was when the head was signed, judged by what stands above it.

use xinyu_crypto::{Digest, Suite};

use super::FileSource;
use crate::{
    checkpoint::Head,
    growth::Levels,
    tile::{Content, Tile, WIDTH, decode_hashes, hashes_at, levels, partial_width, prefix},
    tree::fold,
};

/// A full tile is confirmed by its hash in the tile above; the partial one at the right edge, together with the other
/// partial tiles, by the signed root.
pub(super) fn is_confirmed(files: &dyn FileSource, head: &Head, suite: Suite, tile: Tile, hashes: &[Digest]) -> bool {
    if tile.is_full() {
        let above = tile.index / WIDTH;
        let left = hashes_at(1, head.size).saturating_sub(above * WIDTH).min(WIDTH);
        let position = usize::try_from(tile.index % WIDTH).ok();
        let stored = u16::try_from(left).ok().and_then(|width| {
            let above = read(files, suite, Tile { content: Content::Hashes(1), index: above, width })?;
            above.get(position?).copied()
        });
        return stored.is_some() && stored == fold(suite, hashes);
    }
    let edge: Option<Vec<_>> = levels(head.size)
        .map(|level| {
            let at_level = hashes_at(level, head.size);
            match partial_width(at_level) {
                None => Some(Vec::new()),
                Some(width) => {
                    read(files, suite, Tile { content: Content::Hashes(level), index: at_level / WIDTH, width })
                }
            }
        })
        .collect();
    edge.is_some_and(|edge| Levels::from_edge(suite, head.size, edge).root() == head.root(suite))
}

fn read(files: &dyn FileSource, suite: Suite, tile: Tile) -> Option<Vec<Digest>> {
    decode_hashes(&files.read(&format!("{}{tile}", prefix(suite))).ok()?, tile.width).ok()
}
