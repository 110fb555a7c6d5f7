//! However many threads read a log, and whatever is wrong with it, they report what one alone reports. And what a shallower verification does not find, it says.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::json;
use xinyu_crypto::SigningKey;

use super::*;
use crate::fixture::{CONSUMER, Files, ORIGIN, PLATFORM, PROVIDER, World, record, registration};
use crate::tile::encode_entries;
use crate::{LogState, grow};

/// Records by the index from which they stand, so many, with one signature if there are several.
type Part = (u64, u64, fn(u64) -> (&'static str, &'static str, serde_json::Value));

type Change = fn(&mut SignedRecord);

/// The entries of a log of 1400: records alone, batches within bundles and over their ends, keys that come, are used, and go.
fn leaves(world: &World) -> Vec<Vec<u8>> {
    let uses: fn(u64) -> _ = |count| ("usage.done", CONSUMER, json!({ "count": count }));
    let deliveries: fn(u64) -> _ = |count| ("data.delivered", PROVIDER, json!({ "rows": count }));
    let parts: [Part; 8] = [
        (3, 7, uses),
        (10, 300, deliveries),
        (310, 1, uses),
        (311, 256, uses),
        (567, 90, deliveries),
        (657, 456, uses),
        (1113, 2, deliveries),
        (1115, 284, uses),
    ];
    let mut leaves = world.leaves(3);
    for (start, count, told) in parts {
        let records = (start..start + count).map(|index| {
            let (kind, actor, facts) = told(index);
            let mut record = record(index, kind, actor, facts);
            record.refs = vec![format!("record-{}", index - 3), format!("record-{}", index + 1)];
            record
        });
        let key: &SigningKey = if told(0).1 == CONSUMER { &world.consumer } else { &world.provider };
        for signed in SignedRecord::sign_all(records.collect(), key).unwrap() {
            leaves.push(signed.to_bytes().unwrap());
        }
    }
    // The provider's key goes at last, and comes again by the platform.
    let gone = json!({ "party": PROVIDER, "revoked": [world.provider.public().kid()] });
    for (index, facts) in [(1399, gone), (1400, registration(PROVIDER, &world.provider))] {
        let signed = SignedRecord::sign(record(index, "participant.key", PLATFORM, facts), &world.platform).unwrap();
        leaves.push(signed.to_bytes().unwrap());
    }
    leaves
}

fn world() -> &'static (World, Vec<Vec<u8>>) {
    static WORLD: OnceLock<(World, Vec<Vec<u8>>)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let world = World::new();
        let leaves = leaves(&world);
        (world, leaves)
    })
}

fn report(files: &Files, options: &VerifyOptions, depth: Depth, threads: usize) -> LogReport {
    verify_log_to(files, options, Extent { depth, threads: Some(threads) })
}

/// The report, which must be one whoever makes it.
#[track_caller]
fn check_same(files: &Files, options: &VerifyOptions) -> LogReport {
    for depth in [Depth::Structure, Depth::Sha256] {
        let alone = report(files, options, depth, 1);
        assert_eq!(report(files, options, depth, 3), alone, "{depth:?}");
    }
    let alone = report(files, options, Depth::Full, 1);
    assert_eq!(report(files, options, Depth::Full, 4), alone);
    alone
}

/// Changes the entry at an index, with files and heads that fit it: as an operator can.
fn with_entry(index: usize, change: impl FnOnce(&mut SignedRecord)) -> Files {
    let (world, leaves) = world();
    let mut leaves = leaves.clone();
    let mut signed = SignedRecord::parse(&leaves[index]).unwrap();
    change(&mut signed);
    leaves[index] = signed.to_bytes().unwrap();
    world.files(&leaves, 256)
}

#[test]
fn a_whole_log_is_whole_to_any_number() {
    let (world, leaves) = world();
    let files = world.files(leaves, 256);
    for earlier in [None, Some(1024), Some(1025), Some(300)] {
        let earlier = earlier
            .map(|size: usize| String::from_utf8(world.files(&leaves[..size], 256)["checkpoint"].clone()).unwrap());
        let found = check_same(&files, &VerifyOptions { earlier, ..VerifyOptions::default() });
        assert_eq!(found.problems, []);
        let size = u64::try_from(leaves.len()).unwrap();
        assert_eq!((found.size, found.entries, found.signatures_checked), (size, size, size));
        assert!(found.not_checked.is_none() && found.unresolved_refs > 1000);
        assert_eq!((found.parties, found.rekeyed.len()), (3, 0));
    }
}

#[test]
fn records_that_lie_are_found_by_any_number_and_by_no_shallow_look() {
    let changes: [(&str, Change); 7] = [
        ("signature", |one| one.record.id.push('x')),
        ("signature", |one| one.signature = one.signature.replace(|_: char| true, "A")),
        ("is not base64url", |one| one.signature.push('"')),
        ("not in the batch", |one| one.batch = one.batch.take().map(|batch| crate::Batch { index: 4096, ..batch })),
        ("has no key", |one| one.record.actor = PLATFORM.to_owned()),
        ("of space", |one| one.record.space.push('x')),
        ("already opened", |one| one.record.kind = "space.opened".to_owned()),
    ];
    for index in [511, 900] {
        for (text, change) in changes {
            let files = with_entry(index, change);
            let found = check_same(&files, &VerifyOptions::default());
            let first = found.problems.first().unwrap_or_else(|| panic!("{text} at {index}"));
            assert!(first.text.en.contains(text), "{text}: {first}");
            assert_eq!(first.index, Some(u64::try_from(index).unwrap()));
            assert_eq!(found.problems.len(), 1, "the others of its batch hold");
            for depth in [Depth::Structure, Depth::Sha256] {
                let shallow = report(&files, &VerifyOptions::default(), depth, 2);
                assert_eq!((shallow.ok, shallow.signatures_checked), (true, 0), "the trees are as they were signed");
                assert!(
                    shallow.not_checked.is_some_and(|text| text.en.contains("signatures") && text.zh.contains("签名"))
                );
            }
        }
    }
}

#[test]
fn a_log_of_nothing_but_problems_is_given_up_at_the_same_entry() {
    let (world, leaves) = world();
    let mut leaves = leaves.clone();
    // Nobody is registered any more but the platform, and the problems are more than a report has room for.
    leaves.drain(1..3);
    let found = check_same(&world.files(&leaves, 256), &VerifyOptions::default());
    assert_eq!((found.problems.len(), found.parties), (PROBLEMS_MAX, 1));
    let twice: Vec<_> = world.leaves(3).into_iter().chain(leaves.iter().skip(1).take(300).cloned()).collect();
    let twice: Vec<_> = twice.iter().chain(&twice[1..]).cloned().collect();
    let found = check_same(&world.files(&twice, 256), &VerifyOptions::default());
    assert_eq!(found.problems.len(), PROBLEMS_MAX);
    assert!(found.problems[0].text.en.contains("repeated"), "{}", found.problems[0]);
}

#[test]
fn a_shallow_look_finds_what_an_fsck_finds() {
    let (world, leaves) = world();
    let files = world.files(leaves, 256);
    let paths: BTreeSet<&str> = files.keys().map(String::as_str).filter(|path| path.contains("tile/")).collect();
    for path in paths {
        let mut changed = files.clone();
        let bytes = changed.get_mut(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let structure = report(&changed, &VerifyOptions::default(), Depth::Structure, 2);
        assert_eq!(structure.problems.first().map(|first| first.path.as_str()), Some(path));
        let sha256 = report(&changed, &VerifyOptions::default(), Depth::Sha256, 2);
        assert_eq!(sha256.ok, path.starts_with("sm3/"), "{path}");
        if !sha256.ok {
            assert_eq!(sha256.problems[0].path, path);
        }
    }
}

/// A fault that is drawn.
#[derive(Clone, Debug)]
enum Fault {
    Flip(usize, usize, u8),
    Cut(usize, usize),
    Remove(usize),
    Swap(usize, usize),
    /// Two entries in one bundle change places, in the files only.
    Entries(usize, usize, usize),
    /// Signed anew with another entry left out, or twice.
    Rewritten(usize, bool),
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (any::<usize>(), any::<usize>(), 1_u8..).prop_map(|(file, at, mask)| Fault::Flip(file, at, mask)),
        (any::<usize>(), any::<usize>()).prop_map(|(file, length)| Fault::Cut(file, length)),
        any::<usize>().prop_map(Fault::Remove),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Fault::Swap(one, other)),
        (0_usize..5, 0_usize..256, 0_usize..256).prop_map(|(bundle, one, other)| Fault::Entries(bundle, one, other)),
        (1_usize..1400, any::<bool>()).prop_map(|(index, is_twice)| Fault::Rewritten(index, is_twice)),
    ]
}

fn put(files: &mut Files, fault: &Fault) {
    let (world, leaves) = world();
    let paths: Vec<String> = files.keys().cloned().collect();
    let path = |file: usize| paths[file % paths.len()].clone();
    match *fault {
        Fault::Flip(file, at, mask) => {
            let bytes = files.get_mut(&path(file)).unwrap();
            let length = bytes.len().max(1);
            bytes.iter_mut().skip(at % length).take(1).for_each(|byte| *byte ^= mask);
        }
        Fault::Cut(file, length) => {
            let bytes = files.get_mut(&path(file)).unwrap();
            bytes.truncate(length % bytes.len().max(1));
        }
        Fault::Remove(file) => drop(files.remove(&path(file))),
        Fault::Swap(one, other) => {
            let (one, other) = (path(one), path(other));
            let (first, second) = (files[&one].clone(), files[&other].clone());
            files.insert(one, second);
            files.insert(other, first);
        }
        Fault::Entries(bundle, one, other) => {
            let mut entries = leaves[bundle * 256..][..256].to_vec();
            entries.swap(one, other);
            files.insert(format!("tile/entries/00{bundle}"), encode_entries(&entries).unwrap());
        }
        Fault::Rewritten(index, is_twice) => {
            let mut leaves = leaves.clone();
            if is_twice {
                leaves.insert(index, leaves[index / 2].clone());
            } else {
                leaves.remove(index);
            }
            *files = world.files(&leaves, 256);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn drawn_faults_are_reported_alike_by_any_number(
        mut faults in prop::collection::vec(fault(), 1..4), earlier in prop::option::of(1_usize..1400)
    ) {
        let (world, leaves) = world();
        let mut files = world.files(leaves, 256);
        // What makes all files anew comes first, or it would hide what came before.
        faults.sort_by_key(|fault| !matches!(fault, Fault::Rewritten(..)));
        faults.iter().for_each(|fault| put(&mut files, fault));
        let now = Some("2026-11-23T10:00:01Z".parse().unwrap());
        let earlier = earlier.map(|size| {
            let state = grow(&LogState::new(), &leaves[..size]).unwrap().state;
            let heads = crate::publish(&state, ORIGIN, &world.platform, &world.platform_sm).unwrap();
            heads.into_iter().find(|(path, _)| *path == PATH).unwrap().1
        });
        check_same(&files, &VerifyOptions { now, earlier, ..VerifyOptions::default() });
    }
}
