//! Entries without bytes: each must be one that the platform says it disposed of, by a record that commits to what was there.

use std::collections::BTreeSet;

use xinyu_crypto::Digest;

use super::bundle::Told;
use super::walk::Walk;
use super::{Depth, message};
use crate::disposal::digest;
use crate::tile::{Content, Tile, WIDTH};

impl Walk<'_> {
    /// Takes note of an entry without bytes.
    pub(super) fn empty(&mut self, index: u64, hashes: Option<[Option<Digest>; 2]>) {
        self.report.disposed += 1;
        if let Some([Some(sha256), Some(sm3)]) = hashes {
            self.emptied.insert(index, [sha256, sm3]);
        }
    }

    /// Takes note of what the platform says it disposed of.
    pub(super) fn disposal(&mut self, path: &str, index: u64, told: &Told) {
        let Some(disposal) = &told.disposal else { return };
        let (actor, read) = disposal.as_ref();
        let why = match read {
            Err(why) => why,
            Ok(_) if actor != self.registry.platform() => "it is not the platform's",
            Ok(disposal) if disposal.ranges.last().is_none_or(|(_, last)| *last >= index) => {
                "it names what comes after it"
            }
            Ok(disposal) => return self.disposals.push((index, disposal.clone())),
        };
        self.report.add(path, Some(index), message::disposal(why));
    }

    /// Every entry without bytes must be one that was disposed of, and every disposal must commit to what was there. Where the bytes are still there, this is a copy
    /// from before. Who reads no records cannot know.
    pub(super) fn disposals(&mut self) {
        if self.depth != Depth::Full {
            return;
        }
        let bundle = |position: u64| {
            let width = u16::try_from((self.head.size - position / WIDTH * WIDTH).min(WIDTH)).unwrap_or(256);
            Tile { content: Content::Entries, index: position / WIDTH, width }.to_string()
        };
        let mut unnamed: BTreeSet<u64> = self.emptied.keys().copied().collect();
        let mut found = Vec::new();
        for (index, disposal) in std::mem::take(&mut self.disposals) {
            let named = || disposal.ranges.iter().flat_map(|(first, last)| self.emptied.range(*first..=*last));
            let count = u64::try_from(named().count()).unwrap_or(u64::MAX);
            if count == disposal.entries() && digest(named()) != disposal.digest {
                found.push((bundle(index), index, message::disposal("it does not commit to what was there")));
            }
            named().for_each(|(position, _)| _ = unnamed.remove(position));
        }
        found.extend(unnamed.into_iter().map(|position| (bundle(position), position, message::emptied())));
        for (path, index, text) in found {
            self.blame(path, index, text);
        }
    }
}
