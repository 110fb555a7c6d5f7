//! Which files are heads with their time, and what is found wrong before any token is looked at; with tokens of openssl it is tested where there are nodes.

use proptest::prelude::*;

use super::*;
use crate::checkpoint;
use crate::fixture::{ORIGIN, World};
use crate::growth::{LogState, grow};

struct Files(std::collections::BTreeMap<String, Vec<u8>>);

impl FileSource for Files {
    fn list(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).cloned().ok_or_else(|| "the file is not there".to_owned())
    }
}

/// A log of three entries with the head of its first two.
fn log(world: &World) -> (Files, LogState, String) {
    let leaves: Vec<Vec<u8>> = (0..3).map(|index| world.entry(index).to_bytes().unwrap()).collect();
    let earlier = grow(&LogState::new(), &leaves[..2]).unwrap().state;
    let whole = grow(&LogState::new(), &leaves).unwrap();
    let heads = |state: &LogState| checkpoint::publish(state, ORIGIN, &world.platform, &world.platform_sm).unwrap();
    let [_, _, (_, head)] = heads(&earlier);
    (Files(whole.writes.into_iter().collect()), whole.state, head)
}

fn fault(files: &Files, world: &World) -> String {
    verify(files, &world.keys(), 3, &[], None).unwrap_err().to_string()
}

#[test]
fn a_head_and_its_token_stand_beside_each_other() {
    let (head, token) = paths(42);
    assert_eq!((head.as_str(), token.as_str()), ("time/42.head", "time/42.tst"));
    for other in ["time/042.head", "time/.head", "time/x.tst", "time/42", "42.head", "time/42.head.tst", "time/+4.head"]
    {
        assert_eq!(size_of(other), None, "{other}");
    }
}

#[test]
fn what_is_stamped_must_be_a_head_of_this_log() {
    let world = World::new();
    let (mut files, _, head) = log(&world);
    assert!(verify(&files, &world.keys(), 3, &[], None).unwrap().is_empty());

    files.0.insert("time/2.head".to_owned(), head.clone().into_bytes());
    assert!(fault(&files, &world).contains("time/2.tst"), "a head without its token");
    files.0.insert("time/2.tst".to_owned(), b"no token".to_vec());
    assert!(matches!(verify(&files, &world.keys(), 3, &[], None), Err(StampedError::Stamp { size: 2, .. })));

    let changed = |from: &str, to: &str| head.replacen(from, to, 1).into_bytes();
    files.0.insert("time/2.head".to_owned(), changed(ORIGIN, "another.example/log"));
    assert!(matches!(verify(&files, &world.keys(), 3, &[], None), Err(StampedError::Note { size: 2, .. })));
    files.0.remove("time/2.head");
    files.0.insert("time/3.head".to_owned(), head.clone().into_bytes());
    files.0.insert("time/3.tst".to_owned(), Vec::new());
    files.0.remove("time/2.tst");
    assert!(matches!(verify(&files, &world.keys(), 3, &[], None), Err(StampedError::Checkpoint { size: 3, .. })));
    // The log is shorter than what was stamped, or has another root there.
    let (mut files, _, head) = log(&world);
    files.0.insert("time/2.head".to_owned(), head.into_bytes());
    files.0.insert("time/2.tst".to_owned(), Vec::new());
    assert!(matches!(verify(&files, &world.keys(), 1, &[], None), Err(StampedError::Root { size: 2, .. })));
    let tile = files.0.keys().find(|path| path.starts_with("tile/0/")).unwrap().clone();
    files.0.get_mut(&tile).unwrap()[0] ^= 1;
    assert!(matches!(verify(&files, &world.keys(), 3, &[], None), Err(StampedError::Root { size: 2, .. })));
}

#[test]
fn an_index_names_the_newest() {
    let sizes: Vec<u64> = (1..=150).collect();
    let paths = indexed(&index(&sizes));
    assert_eq!((paths.len(), paths[0].as_str(), paths[199].as_str()), (200, "time/51.head", "time/150.tst"));
    assert!(indexed("").is_empty() && indexed("x\n../../etc\n").is_empty());
}

proptest! {
    #[test]
    fn every_size_has_its_paths(size: u64) {
        let (head, token) = paths(size);
        prop_assert_eq!((size_of(&head), size_of(&token)), (Some(size), Some(size)));
        prop_assert!(is_ours(&head) && is_ours(&token) && is_ours(INDEX));
        prop_assert_eq!(indexed(&index(&[size])), [head, token]);
    }
}
