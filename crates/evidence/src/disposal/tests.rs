//! What is disposed of is gone, and everything else is proven as before; what was only made away with is found.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{CONSUMER, Files, ORIGIN, PLATFORM, World, record};
use crate::tile::{decode_entries, encode_entries};
use crate::verify::records;
use crate::{LogReport, LogState, SignedRecord, grow, publish, verify_log};

fn hashes(leaves: &[Vec<u8>], which: &[u64]) -> BTreeMap<u64, [Digest; 2]> {
    let of = |position: &u64| {
        let leaf = &leaves[usize::try_from(*position).unwrap()];
        (*position, [Suite::Intl, Suite::Sm].map(|suite| leaf_hash(suite, leaf)))
    };
    which.iter().map(of).collect()
}

/// A log of 300 entries and a record of this disposal, by this actor.
fn log(world: &World, disposal: &Disposal, actor: &str) -> (Vec<Vec<u8>>, Files) {
    let mut leaves = world.leaves(300);
    let facts = json!(BTreeMap::from(disposal.facts()));
    let key = if actor == PLATFORM { &world.platform } else { &world.consumer };
    leaves.push(SignedRecord::sign(record(300, DISPOSED, actor, facts), key).unwrap().to_bytes().unwrap());
    let files = world.files(&leaves, 256);
    (leaves, files)
}

/// Takes the bytes of entries out of the bundle that has them.
fn empty(files: &mut Files, which: &[u64]) {
    for position in which {
        let (path, width) = if *position < 256 { ("tile/entries/000", 256) } else { ("tile/entries/001.p/45", 45) };
        let mut entries = decode_entries(&files[path], width).unwrap();
        entries[usize::try_from(position % 256).unwrap()] = &[];
        let bytes = encode_entries(&entries).unwrap();
        files.insert(path.to_owned(), bytes);
    }
}

#[track_caller]
fn finds(report: &LogReport, index: u64, what: &str) {
    let first = report.problems.first().unwrap_or_else(|| panic!("nothing is found where {what} is expected"));
    assert_eq!(first.index, Some(index), "{first:?}");
    assert!(first.text.en.contains(what), "{first:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_disposed_of_is_gone_and_the_rest_is_proven_as_before(which in prop::collection::btree_set(3_u64..300, 1..40)) {
        let world = World::new();
        let which: Vec<u64> = which.into_iter().collect();
        let disposal = Disposal::of(&hashes(&world.leaves(300), &which));
        prop_assert_eq!(disposal.entries(), u64::try_from(which.len()).unwrap());
        for position in 0..310 {
            prop_assert_eq!(disposal.covers(position), which.contains(&position), "{}", position);
        }
        let (leaves, whole) = log(&world, &disposal, PLATFORM);
        let mut files = whole.clone();
        empty(&mut files, &which);
        let (before, after) = (verify_log(&whole), verify_log(&files));
        prop_assert_eq!(&after.problems, &[]);
        prop_assert_eq!((after.disposed, before.disposed), (disposal.entries(), 0));
        prop_assert_eq!(after.entries + after.disposed, before.entries);
        prop_assert_eq!((after.root, after.sm3_root), (before.root, before.sm3_root));
        let left: Vec<u64> = records(&files, 301).unwrap().into_iter().map(|(position, _)| position).collect();
        prop_assert_eq!(left, (0..301).filter(|position| !which.contains(position)).collect::<Vec<_>>());

        // Grown again from what is kept, the log has the same files.
        let kept: Vec<Kept> = (0..301).zip(&leaves).map(|(position, leaf)| match hashes(&leaves, &[position]).get(&position) {
            Some(hashes) if which.contains(&position) => Kept::Disposed(*hashes),
            _ => Kept::Whole(leaf.clone()),
        }).collect();
        let growth = grow(&LogState::new(), &kept).unwrap();
        let mut again: Files = growth.writes.into_iter().collect();
        let heads = publish(&growth.state, ORIGIN, &world.platform, &world.platform_sm).unwrap();
        again.extend(heads.map(|(path, text)| (path.to_owned(), text.into_bytes())));
        prop_assert_eq!(again, files);
    }
}

#[test]
fn what_was_only_made_away_with_is_found() {
    let world = World::new();
    let disposal = Disposal::of(&hashes(&world.leaves(300), &[10, 11, 12, 270]));
    let (_, whole) = log(&world, &disposal, PLATFORM);
    let emptied = |which: &[u64]| {
        let mut files = whole.clone();
        empty(&mut files, which);
        verify_log(&files)
    };
    assert_eq!(emptied(&[10, 11, 12, 270]).problems, []);
    assert_eq!(emptied(&[11]).problems, [], "a copy from in between");
    finds(&emptied(&[10, 11, 12, 13, 270]), 13, "no bytes");
    finds(&emptied(&[280]), 280, "no bytes");
    finds(&emptied(&[1]), 3, "no key");

    let other = Disposal { digest: leaf_hash(Suite::Intl, b"another"), ..disposal.clone() };
    let (_, mut files) = log(&world, &other, PLATFORM);
    empty(&mut files, &[10, 11, 12, 270]);
    finds(&verify_log(&files), 300, "does not commit");
    let (_, files) = log(&world, &disposal, CONSUMER);
    finds(&verify_log(&files), 300, "not the platform's");
    let (_, files) = log(&world, &Disposal { ranges: vec![(10, 300)], ..disposal }, PLATFORM);
    finds(&verify_log(&files), 300, "after it");

    // The hash of an emptied entry is as well guarded as any other.
    let mut files = whole.clone();
    empty(&mut files, &[10, 11, 12, 270]);
    files.get_mut("tile/0/000").unwrap()[11 * 32] ^= 1;
    assert!(!verify_log(&files).ok);
}

#[test]
fn facts_that_are_none_are_refused_and_many_ranges_go_into_several_records() {
    let disposal = Disposal { ranges: vec![(3, 3), (5, 9)], digest: leaf_hash(Suite::Intl, b"x") };
    let read = |facts| Disposal::read(&record(300, DISPOSED, PLATFORM, facts)).unwrap();
    let whole = json!(BTreeMap::from(disposal.facts()));
    assert_eq!(read(whole.clone()), Ok(disposal));
    assert_eq!(Disposal::read(&record(300, "usage.done", PLATFORM, whole.clone())), None);
    for (name, value) in [
        ("ranges", json!([])),
        ("ranges", json!([[4]])),
        ("ranges", json!([[4, 3]])),
        ("ranges", json!([[3, 3], [4, 9]])),
        ("ranges", json!([[5, 9], [3, 3]])),
        ("ranges", json!([["3", 3]])),
        ("ranges", json!([[3, u64::MAX]])),
        ("entries", json!(7)),
        ("digest", json!("short")),
    ] {
        let mut facts = whole.clone();
        facts[name] = value.clone();
        assert!(read(facts).is_err(), "{name} {value}");
    }
    let many: BTreeMap<u64, [Digest; 2]> = (0..2_500).map(|at| (at * 2, [leaf_hash(Suite::Intl, b"y"); 2])).collect();
    let first = Disposal::of(&many);
    assert_eq!((first.ranges.len(), first.entries()), (RANGES_MAX, 1_000));
    assert_eq!(first.digest, digest(many.range(..2_000)));
    let key = World::new().platform;
    let facts = json!(BTreeMap::from(first.facts()));
    let signed = SignedRecord::sign(record(300, DISPOSED, PLATFORM, facts), &key).unwrap();
    assert!(signed.to_bytes().unwrap().len() < 65_535, "it fits into an entry");
}
