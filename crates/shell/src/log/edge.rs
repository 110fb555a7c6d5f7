//! Whether the files of a log are those of its head. A look at what a crash or a torn write can have hurt, in time that does not grow with the entries' bytes: the
//! checkpoints, the right edge of both trees and the newest full bundle byte for byte, every other tile by its presence and length. The rest is for `evidence verify`.

use std::collections::BTreeSet;

use xinyu_crypto::Suite;
use xinyu_evidence::checkpoint::{PATH, SM3_PATH};
use xinyu_evidence::disposal::{Kept, TreeLeaf as _};
use xinyu_evidence::growth::LogState;
use xinyu_evidence::tile::{Content, Tile, WIDTH, encode_entries, encode_hashes, prefix, tiles_for_size};

use super::files::LogFolder;
use crate::failure::Failure;

/// Bytes of a hash.
const HASH: u64 = 32;

/// Which entries [`is_whole`] wants to see: those of the newest full bundle, from the first of them.
pub(super) fn newest_full(size: u64) -> Option<u64> {
    (size / WIDTH).checked_sub(1).map(|index| index * WIDTH)
}

/// Whether the files are those of the head (SHA-256, SM3) and the state.
pub(super) fn is_whole(
    folder: &LogFolder,
    head: &(String, String),
    state: &LogState,
    newest: &[Kept],
) -> Result<bool, Failure> {
    let mut expected =
        vec![(PATH.to_owned(), head.0.clone().into_bytes()), (SM3_PATH.to_owned(), head.1.clone().into_bytes())];
    expected.extend(state.edge().map_err(Failure::broken)?);
    if let Some(first) = newest_full(state.size()) {
        let index = first / WIDTH;
        let tile = |content| Tile { content, index, width: 256 }.to_string();
        expected.push((
            tile(Content::Entries),
            encode_entries(&newest.iter().map(Kept::bytes).collect::<Vec<_>>()).map_err(Failure::broken)?,
        ));
        for suite in Suite::ALL {
            let hashes: Vec<_> = newest.iter().map(|kept| kept.hash(suite)).collect();
            expected.push((format!("{}{}", prefix(suite), tile(Content::Hashes(0))), encode_hashes(&hashes)));
        }
    }
    for (path, bytes) in expected {
        if folder.read(&path).map_err(Failure::broken)? != Some(bytes) {
            return Ok(false);
        }
    }
    let there: BTreeSet<String> = folder.list().map_err(Failure::broken)?.into_iter().collect();
    Ok(tiles_for_size(state.size()).iter().all(|tile| match tile.content {
        Content::Entries => there.contains(&tile.to_string()),
        Content::Hashes(_) => Suite::ALL.into_iter().all(|suite| {
            let path = format!("{}{tile}", prefix(suite));
            std::fs::metadata(folder.path().join(path)).is_ok_and(|file| file.len() == u64::from(tile.width) * HASH)
        }),
    }))
}
