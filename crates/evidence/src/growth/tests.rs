//! Growing in any steps comes to the same files; `tlog_tiles`, which we did not write, reads them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tlog_tiles::{tile, tlog};

use super::*;
use crate::{
    fixture::Files,
    proof::{consistency, consistency_from_tiles, inclusion_from_tiles, root, verify_consistency},
    tile::{lookup_in_tiles, tiles_for_size},
    tree::Frontier,
};

fn leaf(index: u64) -> Vec<u8> {
    index.to_be_bytes().repeat(1 + usize::try_from(index % 3).unwrap())
}

/// A log of `size` leaves grown in steps, and the widest step.
fn grown(sizes: impl IntoIterator<Item = u64>) -> (LogState, Files) {
    let (mut state, mut files) = (LogState::new(), Files::new());
    for size in sizes {
        let leaves: Vec<_> = (state.size()..size).map(leaf).collect();
        let growth = grow(&state, &leaves).unwrap();
        for (path, bytes) in growth.writes {
            assert!(files.insert(path.clone(), bytes).is_none(), "{path} is written twice");
        }
        for path in growth.removes {
            assert!(files.remove(&path).is_some(), "{path} was never written");
        }
        // A state survives being stored between any two steps.
        let stored = serde_json::to_vec(&growth.state).unwrap();
        state = serde_json::from_slice(&stored).unwrap();
        assert_eq!(state, growth.state);
    }
    (state, files)
}

fn expected(size: u64) -> BTreeSet<String> {
    tiles_for_size(size)
        .into_iter()
        .flat_map(|tile| {
            let sm3 = (tile.content != Content::Entries).then(|| format!("sm3/{tile}"));
            [Some(tile.to_string()), sm3].into_iter().flatten()
        })
        .collect()
}

#[test]
fn tlog_tiles_files_of_70_000() {
    let (state, files) = grown([70_000]);
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected(70_000));
    for suite in Suite::ALL {
        let mut frontier = Frontier::new();
        (0..70_000).for_each(|index| frontier.append(suite, leaf_hash(suite, &leaf(index))));
        assert_eq!(state.root(suite), frontier.root(suite));
    }
    assert_eq!(files["tile/2/000.p/1"].len(), 32);
    assert_eq!(files["tile/0/272"].len(), 8192);
}

#[test]
fn partial_tiles_stay_until_the_full_one_stands() {
    let (_, files) = grown([3, 10, 255]);
    for path in ["tile/0/000.p/3", "sm3/tile/0/000.p/10", "tile/entries/000.p/255"] {
        assert!(files.contains_key(path), "{path}");
    }
    let (_, files) = grown([3, 10, 255, 600]);
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected(600));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn steps_do_not_matter(mut sizes in prop::collection::vec(0_u64..900, 1..8)) {
        sizes.sort_unstable();
        let size = *sizes.last().unwrap();
        let (stepped, files) = grown(sizes);
        let (at_once, expect) = grown([size]);
        for suite in Suite::ALL {
            prop_assert_eq!(stepped.root(suite), at_once.root(suite));
        }
        for (path, bytes) in expect {
            prop_assert_eq!(files.get(&path), Some(&bytes), "{}", path);
        }
    }
}

/// Serves our files to `tlog_tiles`.
struct Tiles(Files);

impl tile::TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tile::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        // Their paths have the height of the older Go layout in front, which C2SP fixes to 8 and leaves out.
        Ok(tiles.iter().map(|tile| self.0[&tile.path().replacen("tile/8/", "tile/", 1)].clone()).collect())
    }

    fn save_tiles(&self, _tiles: &[tile::Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_reads_our_tiles_and_makes_our_proofs() {
    for size in [1, 255, 256, 257, 700] {
        let (state, files) = grown([size]);
        let read = |path: &str| files.get(path).cloned();
        let theirs = Tiles(files.clone());
        let head = tlog::Hash(*state.root(Suite::Intl).as_bytes());
        let reader = tile::TileHashReader::new(size, head, &theirs);
        assert_eq!(tlog::tree_hash(size, &reader).unwrap().0, head.0);
        for index in [0, size / 2, size - 1] {
            let their_proof: Vec<_> =
                tlog::prove_record(size, index, &reader).unwrap().iter().map(|hash| hash.0).collect();
            let our_proof = inclusion_from_tiles(Suite::Intl, read, index, size).unwrap();
            assert_eq!(our_proof.iter().map(|hash| *hash.as_bytes()).collect::<Vec<_>>(), their_proof);
            let old = index + 1;
            let their_proof: Vec<_> = tlog::prove_tree(size, old, &reader).unwrap().iter().map(|hash| hash.0).collect();
            let our_proof = consistency_from_tiles(Suite::Intl, read, old, size).unwrap();
            assert_eq!(our_proof.iter().map(|hash| *hash.as_bytes()).collect::<Vec<_>>(), their_proof);
        }
    }
}

#[test]
fn consistency_from_the_tiles_of_both_trees() {
    let (state, files) = grown([100, 300, 700]);
    for suite in Suite::ALL {
        let lookup = || lookup_in_tiles(suite, 700, |path| files.get(path).cloned());
        for old in [1, 100, 255, 256, 300, 511, 512, 699, 700] {
            let old_root = root(suite, old, lookup()).unwrap();
            let proof = consistency(suite, old, 700, lookup()).unwrap();
            verify_consistency(suite, old, 700, &proof, &old_root, &state.root(suite)).unwrap();
        }
    }
}

#[test]
fn an_entry_that_is_too_long_is_refused_before_anything_else() {
    let growth = grow(&LogState::new(), &[vec![0; 65_535]]).unwrap();
    assert_eq!(growth.state.size(), 1);
    assert_eq!(grow(&LogState::new(), &[vec![0], vec![0; 65_536]]), Err(TileError::Entry { bytes: 65_536 }));
}

#[test]
fn a_stored_state_that_does_not_fit_is_refused() {
    let (state, _) = grown([3, 300]);
    let stored = serde_json::to_value(&state).unwrap();
    let mutate = |change: fn(&mut serde_json::Value)| {
        let mut wrong = stored.clone();
        change(&mut wrong);
        serde_json::from_value::<LogState>(wrong)
    };
    assert!(mutate(|_| {}).is_ok());
    assert!(mutate(|state| state["size"] = 301.into()).is_err());
    assert!(mutate(|state| state["entries"][0] = "AAAA".into()).is_err());
    assert!(mutate(|state| state["sha256"] = state["sm3"].clone()).is_err());
    assert!(mutate(|state| state["sm3"][1] = serde_json::json!([])).is_err());
    assert!(mutate(|state| state["partials"][0][0] = 45.into()).is_err());
    assert!(mutate(|state| state["extra"] = 0.into()).is_err());
}
