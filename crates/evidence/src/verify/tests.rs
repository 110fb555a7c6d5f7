//! Every change to a log is found, and the file that was changed is the first one named.

use std::cell::Cell;

use proptest::prelude::*;
use xinyu_crypto::Digest;

use super::*;
use crate::{
    SignedRecord,
    fixture::{Files, ORIGIN, World, record},
};

#[track_caller]
fn check_found(files: &Files, path: &str, what: &str) -> Problem {
    let report = verify_log(files);
    let first = report.problems.first().unwrap_or_else(|| panic!("{what} {path} is not found")).clone();
    assert!(!report.ok);
    assert_eq!(first.path, path, "{what}: {first:?}");
    first
}

fn flip(files: &Files, path: &str, position: usize, bit: usize) -> Files {
    let mut files = files.clone();
    files.get_mut(path).unwrap()[position] ^= 1 << bit;
    files
}

#[test]
fn a_whole_log_has_no_problem() {
    let world = World::new();
    for size in [1, 2, 255, 256, 257, 600] {
        let options = VerifyOptions {
            keys: Some(world.keys()),
            earlier: None,
            now: Some("2026-11-23T10:01:00Z".parse().unwrap()),
        };
        let report = verify_log_with(&world.log(size), &options);
        assert_eq!(report.problems, []);
        assert!(report.ok);
        assert_eq!((report.size, report.entries, report.signatures_checked), (size, size, size));
        assert_eq!(report.kinds.values().sum::<u64>(), size);
        assert_eq!((report.origin.as_str(), report.space.as_str()), (ORIGIN, "space-1"));
    }
    let stepped = world.files(&world.leaves(300), 7);
    assert!(stepped.contains_key("tile/entries/001.p/38") && stepped.contains_key("sm3/tile/0/001.p/44"));
    assert_eq!(verify_log(&stepped).problems, [], "partial tiles of earlier sizes belong to the log");
}

#[test]
fn every_bit_of_every_file_of_a_small_log_is_guarded() {
    let world = World::new();
    let files = world.log(4);
    for (path, bytes) in &files {
        // All bits of the heads and tiles; of the longer bundle one bit of each byte.
        let is_bundle = path.contains("entries");
        for position in 0..bytes.len() {
            for bit in 0..8 {
                if !is_bundle || position % 8 == bit {
                    check_found(&flip(&files, path, position, bit), path, "flipped bit");
                }
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_a_long_log_is_located() {
    let world = World::new();
    let files = world.log(600);
    for (path, bytes) in &files {
        for sample in 0..3 {
            let position = (bytes.len() - 1) * sample / 2;
            let first = check_found(&flip(&files, path, position, (position + sample) % 8), path, "flipped bit");
            if path.contains("tile/0/") {
                let start = if path.contains("000") {
                    0
                } else if path.contains("001") {
                    256
                } else {
                    512
                };
                assert_eq!(first.index, Some(start + u64::try_from(position / 32).unwrap()), "{path}");
            }
        }
    }
    let leaves = world.leaves(600);
    let offset = leaves[256..300].iter().map(|leaf| leaf.len() + 2).sum::<usize>();
    let first = check_found(&flip(&files, "tile/entries/001", offset + 100, 0), "tile/entries/001", "flipped bit");
    assert_eq!(first.index, Some(300));
}

#[test]
fn cut_missing_added_and_swapped_files_are_found() {
    let world = World::new();
    let files = world.files(&world.leaves(600), 600);
    for (path, bytes) in &files {
        let mut without = files.clone();
        without.remove(path);
        check_found(&without, path, "removed file");
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut cut = files.clone();
            cut.get_mut(path).unwrap().truncate(length);
            check_found(&cut, path, "cut file");
        }
        let mut longer = files.clone();
        longer.get_mut(path).unwrap().push(0);
        check_found(&longer, path, "longer file");
    }
    let added = [
        "extra",
        "tile/0/003",
        "tile/entries/002.p/89",
        "sm3/tile/entries/000",
        "tile/1/000.p/3",
        "sm3/sm3/tile/0/000",
        "tile/0/002.p/88.p/1",
        "checkpoint.old",
    ];
    for path in added {
        let mut more = files.clone();
        more.insert(path.to_owned(), vec![0; 32]);
        check_found(&more, path, "added file");
    }
    for (one, other) in [
        ("tile/0/000", "tile/0/001"),
        ("tile/0/000", "sm3/tile/0/000"),
        ("tile/entries/000", "tile/entries/001"),
        ("tile/1/000.p/2", "sm3/tile/1/000.p/2"),
        ("checkpoint", "sm3/checkpoint"),
    ] {
        let mut swapped = files.clone();
        swapped.insert(one.to_owned(), files[other].clone());
        swapped.insert(other.to_owned(), files[one].clone());
        check_found(&swapped, one, "swapped file");
    }
}

#[test]
fn an_older_partial_tile_must_agree_with_the_log() {
    let world = World::new();
    let files = world.files(&world.leaves(30), 10);
    assert_eq!(verify_log(&files).problems, []);
    for path in ["tile/0/000.p/10", "sm3/tile/0/000.p/20", "tile/entries/000.p/10"] {
        check_found(&flip(&files, path, 5, 0), path, "flipped bit");
    }
}

#[test]
fn a_log_rolled_back_or_rewritten_is_found_by_an_archived_checkpoint() {
    let world = World::new();
    let leaves = world.leaves(600);
    let archived = |size: usize| String::from_utf8(world.files(&leaves[..size], 256)["checkpoint"].clone()).unwrap();
    let problems = |files: &Files, earlier: String| {
        verify_log_with(files, &VerifyOptions { earlier: Some(earlier), ..VerifyOptions::default() }).problems
    };
    let files = world.files(&leaves, 256);
    for size in [1, 255, 256, 257, 599, 600] {
        assert_eq!(problems(&files, archived(size)), [], "{size}");
    }
    let old = world.files(&leaves[..300], 256);
    assert!(verify_log(&old).ok, "by itself an older state is a whole log");
    let found = problems(&old, archived(600));
    assert_eq!((found[0].path.as_str(), found[0].index), ("checkpoint", Some(300)));
    assert!(found[0].text.en.contains("rolled back"), "{}", found[0].text.en);
    let mut rewritten = leaves.clone();
    rewritten.swap(100, 101);
    let rewritten = world.files(&rewritten, 256);
    assert!(verify_log(&rewritten).ok, "its operator can sign another history");
    let found = problems(&rewritten, archived(300));
    assert!(found[0].text.en.contains("rewritten"), "{}", found[0].text.en);
    assert_eq!(problems(&rewritten, archived(100)), []);
    let foreign = archived(300).replace("space-1", "space-2");
    assert!(!problems(&files, foreign).is_empty());
}

#[test]
fn a_head_put_back_onto_a_longer_log_is_found() {
    let world = World::new();
    let leaves = world.leaves(300);
    let (mut files, old) = (world.files(&leaves, 256), world.files(&leaves[..299], 256));
    files.insert("checkpoint".into(), old["checkpoint"].clone());
    check_found(&files, "sm3/checkpoint", "older head of one tree");
    files.insert("sm3/checkpoint".into(), old["sm3/checkpoint"].clone());
    assert!(!verify_log(&files).ok);
}

#[test]
fn another_log_with_other_keys_is_found_by_the_expected_keys() {
    let world = World::new();
    let files = world.log(5);
    let other = Keys::new(ORIGIN, world.consumer.public(), world.platform_sm.public()).unwrap();
    let report = verify_log_with(&files, &VerifyOptions { keys: Some(other), ..VerifyOptions::default() });
    assert_eq!(report.problems[0].path, "key");
    assert_eq!(report.problems[1].path, "checkpoint");
    // The operator's checkpoints signed with keys that the first record does not carry.
    let stranger = World { platform: World::new().consumer, ..World::new() };
    let mut state = crate::LogState::new();
    state = crate::grow(&state, &world.leaves(5)).unwrap().state;
    let mut foreign = files;
    for (path, text) in crate::publish(&state, ORIGIN, &stranger.platform, &stranger.platform_sm).unwrap() {
        foreign.insert(path.into(), text.into_bytes());
    }
    check_found(&foreign, "key", "keys that are not the platform's");
}

/// The problems of a log whose last entry is `last`, in whole and signed files.
fn problems_of(last: &SignedRecord) -> Vec<Problem> {
    let world = World::new();
    let mut leaves = world.leaves(5);
    leaves.push(last.to_bytes().unwrap());
    let now = Some("2026-11-23T10:01:00Z".parse().unwrap());
    verify_log_with(&world.files(&leaves, 256), &VerifyOptions { now, ..VerifyOptions::default() }).problems
}

#[track_caller]
fn check_record(change: impl Fn(&mut crate::Record), expect: &str) {
    let world = World::new();
    let mut last = record(5, "usage.allowed", crate::fixture::CONSUMER, serde_json::json!({}));
    change(&mut last);
    let problems = problems_of(&SignedRecord::sign(last, &world.consumer).unwrap());
    let first = problems.first().map(|problem| (problem.path.as_str(), problem.index, problem.text.en.as_str()));
    match first {
        None => assert_eq!(expect, ""),
        Some((path, index, text)) => {
            assert_eq!((path, index), ("tile/entries/000.p/6", Some(5)));
            assert!(!expect.is_empty() && text.contains(expect), "{text}");
        }
    }
}

#[test]
fn records_that_cannot_be_are_found_though_every_hash_is_right() {
    check_record(|_| {}, "");
    check_record(|record| record.id = "record-4".into(), "the record id record-4 is repeated");
    check_record(|record| record.actor = crate::fixture::PROVIDER.into(), "has no key");
    check_record(|record| record.space = "space-2".into(), "of space space-2");
    check_record(|record| record.at = "2026-11-23T10:06:01Z".parse().unwrap(), "time");
    check_record(|record| record.at = "2026-11-22T09:59:59Z".parse().unwrap(), "time");
    check_record(|record| record.at = "2026-11-23T10:05:59Z".parse().unwrap(), "");
    let world = World::new();
    let mut leaves = world.leaves(5);
    leaves.push(b"{\"not\":\"a record\"}".to_vec());
    let first = check_found(&world.files(&leaves, 256), "tile/entries/000.p/6", "no record");
    assert_eq!(first.index, Some(5));
    let mut forged = world.entry(4);
    forged.record.id = "forged".into();
    assert!(problems_of(&forged)[0].text.en.contains("signature"));
}

#[test]
fn references_that_lead_nowhere_are_counted() {
    let world = World::new();
    let mut leaves = world.leaves(5);
    let mut last = record(5, "usage.allowed", crate::fixture::CONSUMER, serde_json::json!({}));
    last.refs = vec!["record-4".into(), "record-99".into()];
    leaves.push(SignedRecord::sign(last, &world.consumer).unwrap().to_bytes().unwrap());
    let report = verify_log(&world.files(&leaves, 256));
    assert!(report.ok);
    assert_eq!(report.unresolved_refs, 1);
}

#[test]
fn a_signed_size_without_files_ends_soon() {
    let world = World::new();
    let mut files = world.log(5);
    let zero = Digest::from_bytes([0; 32]);
    let (sha256, sm3) = crate::sign_pair(ORIGIN, u64::MAX, zero, zero, &world.platform, &world.platform_sm).unwrap();
    files.insert("checkpoint".into(), sha256.into_bytes());
    files.insert("sm3/checkpoint".into(), sm3.into_bytes());
    let report = verify_log(&files);
    assert_eq!(report.problems.len(), PROBLEMS_MAX);
}

/// A log that is replaced by a grown one at the nth reading of a file.
struct Growing {
    before: Files,
    after: Files,
    readings: Cell<usize>,
    grows_at: usize,
}

impl Growing {
    fn now(&self) -> &Files {
        self.readings.set(self.readings.get() + 1);
        if self.readings.get() > self.grows_at { &self.after } else { &self.before }
    }
}

impl FileSource for Growing {
    fn list(&self) -> Vec<String> {
        FileSource::list(self.now())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        FileSource::read(self.now(), path)
    }
}

#[test]
fn a_log_that_grows_while_it_is_read_is_read_again() {
    let world = World::new();
    let leaves = world.leaves(300);
    let (before, after) = (world.files(&leaves[..250], 10), world.files(&leaves, 10));
    for grows_at in 0..14 {
        let growing = Growing { before: before.clone(), after: after.clone(), readings: Cell::new(0), grows_at };
        assert_eq!(verify_log(&growing).problems, [], "{grows_at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_two_flipped_bytes_are_found(picks in prop::array::uniform2((0_usize..100, 0_usize..100_000, 1_u8..)), size in 1_u64..20) {
        let files = World::new().log(size);
        let mut changed = files.clone();
        for (file, position, mask) in picks {
            let (_, bytes) = changed.iter_mut().nth(file % files.len()).unwrap();
            let position = position % bytes.len();
            bytes[position] ^= mask;
        }
        prop_assume!(changed != files);
        prop_assert!(!verify_log(&changed).ok);
    }
}
