//! Checkpoints, alone and in pairs; the SHA-256 one is read by `tlog_tiles`, which we did not write.

use xinyu_crypto::Suite;

use super::*;
use crate::fixture::{ARCHE, ORIGIN, World};

fn pair(world: &World, size: u64) -> (String, String) {
    let roots = (Suite::Intl.hash(b"sha256"), Suite::Sm.hash(b"sm3"));
    sign_pair(ORIGIN, size, roots.0, roots.1, &world.platform, &world.platform_sm).unwrap()
}

#[test]
fn each_checkpoint_commits_to_both_trees() {
    let world = World::new();
    let (sha256, sm3) = pair(&world, 70_000);
    let head = parse_and_verify(sha256.as_bytes(), sm3.as_bytes(), &world.keys()).unwrap();
    assert_eq!((head.origin.as_str(), head.size), (ORIGIN, 70_000));
    assert_eq!(head.root(Suite::Intl), Suite::Intl.hash(b"sha256"));
    assert_eq!(head.root(Suite::Sm), Suite::Sm.hash(b"sm3"));
    assert!(sm3.starts_with(&format!("{ORIGIN}/sm3\n70000\n")));
    assert!(sha256.contains("\nsm3 ") && sm3.contains("\nsha256 "));
}

#[test]
fn tlog_checkpoint_is_read_by_tlog_tiles() {
    let world = World::new();
    let (sha256, _) = pair(&world, 70_000);
    let note = signed_note::Note::from_bytes(sha256.as_bytes()).unwrap();
    let verifier = signed_note::StandardVerifier::new(&world.keys().verifier(Suite::Intl).to_string()).unwrap();
    note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
    let theirs = tlog_tiles::checkpoint::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size()), (ORIGIN, 70_000));
    assert_eq!(theirs.hash().0, *Suite::Intl.hash(b"sha256").as_bytes());
    assert!(theirs.extension().starts_with("sm3 "));
}

#[test]
fn checkpoints_that_do_not_belong_together_are_refused() {
    let world = World::new();
    let keys = world.keys();
    let (sha256, sm3) = pair(&world, 5);
    let (_, other_size) = pair(&world, 6);
    let roots = (Suite::Intl.hash(b"other"), Suite::Sm.hash(b"sm3"));
    let (_, other_sha256) = sign_pair(ORIGIN, 5, roots.0, roots.1, &world.platform, &world.platform_sm).unwrap();
    let roots = (Suite::Intl.hash(b"sha256"), Suite::Sm.hash(b"other"));
    let (_, other_sm3) = sign_pair(ORIGIN, 5, roots.0, roots.1, &world.platform, &world.platform_sm).unwrap();
    let check = |sm3: &str, expect| {
        assert_eq!(parse_and_verify(sha256.as_bytes(), sm3.as_bytes(), &keys).err(), expect);
    };
    check(&sm3, None);
    check(&other_size, Some(CheckpointError::Pair("the size")));
    check(&other_sha256, Some(CheckpointError::Pair("the SHA-256 root")));
    check(&other_sm3, Some(CheckpointError::Pair("the SM3 root")));
    check(&sha256, Some(CheckpointError::Note(NoteError::Unknown)));
}

#[test]
fn tlog_checkpoint_text_is_read_strictly() {
    let world = World::new();
    let keys = world.keys();
    let root = BASE64_STANDARD.encode([7; 32]);
    let check = |text: &str, expect| {
        let note = note::sign(text, ORIGIN, &world.platform).unwrap().to_string();
        let found = Checkpoint::parse_and_verify(Suite::Intl, note.as_bytes(), &keys);
        assert_eq!(found.err(), expect, "{text}");
    };
    check(&format!("{ORIGIN}\n5\n{root}\nsm3 {root}\n"), None);
    check(&format!("{ORIGIN}\n0\n{root}\nsm3 {root}\n"), None);
    for size in ["05", "+5", "-5", "", " 5", "18446744073709551616"] {
        check(&format!("{ORIGIN}\n{size}\n{root}\nsm3 {root}\n"), Some(CheckpointError::Line(2)));
    }
    check(&format!("{ORIGIN}\n5\n{}\nsm3 {root}\n", &root[4..]), Some(CheckpointError::Line(3)));
    check(&format!("{ORIGIN}\n5\n{root}\nsha256 {root}\n"), Some(CheckpointError::Line(4)));
    check(&format!("{ORIGIN}\n5\n{root}\n"), Some(CheckpointError::Line(4)));
    check(&format!("{ORIGIN}\n5\n{root}\nsm3 {root}\nmore\n"), Some(CheckpointError::Line(5)));
    let other = CheckpointError::Origin { expected: ORIGIN.into(), found: "other".into() };
    check(&format!("other\n5\n{root}\nsm3 {root}\n"), Some(other));
    let utf8 = Checkpoint::parse_and_verify(Suite::Intl, &[0xff], &keys);
    assert_eq!(utf8, Err(CheckpointError::Utf8));
}

#[test]
fn the_key_file_has_two_keys_of_one_log() {
    let world = World::new();
    let text = world.keys().to_string();
    assert_eq!(text.parse::<Keys>().unwrap(), world.keys());
    let (first, second) = text.trim_end().split_once('\n').unwrap();
    let other = Verifier::new("other/sm3", world.platform_sm.public()).unwrap();
    for wrong in [
        String::new(),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{second}\n{first}\n"),
        format!("{first}\n{first}\n"),
        format!("{first}\n{other}\n"),
    ] {
        assert!(wrong.parse::<Keys>().is_err(), "{wrong}");
    }
    assert_eq!(Keys::new(ORIGIN, world.platform_sm.public(), world.platform.public()), Err(CheckpointError::Keys));
}

#[test]
fn tlog_checkpoint_of_any_log_is_read() {
    let note = Note::parse(ARCHE).unwrap();
    let theirs = tlog_tiles::checkpoint::Checkpoint::from_bytes(note.text.as_bytes()).unwrap();
    let checkpoint = ForeignCheckpoint::parse(&note.text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), (theirs.origin(), theirs.size()));
    assert_eq!(*checkpoint.root.as_bytes(), theirs.hash().0);
    assert_eq!((checkpoint.extensions.len(), checkpoint.text()), (0, note.text));

    let world = World::new();
    let ours = Note::parse(&pair(&world, 7).0).unwrap();
    let checkpoint = ForeignCheckpoint::parse(&ours.text).unwrap();
    assert!(checkpoint.extensions[0].starts_with("sm3 "));
    assert_eq!(checkpoint.text(), ours.text);
}

#[test]
fn tlog_checkpoint_of_any_log_is_read_strictly() {
    let root = BASE64_STANDARD.encode([7; 32]);
    let check = |text: &str, expect: Option<usize>| {
        assert_eq!(ForeignCheckpoint::parse(text).err(), expect.map(CheckpointError::Line), "{text:?}");
        let theirs = tlog_tiles::checkpoint::Checkpoint::from_bytes(text.as_bytes());
        assert_eq!(theirs.is_err(), expect.is_some(), "{text:?} to tlog_tiles");
    };
    check(&format!("an origin\n0\n{root}\n"), None);
    check(&format!("o\n18446744073709551615\n{root}\none\ntwo words\n"), None);
    for size in ["05", "+5", "-5", "", " 5", "18446744073709551616", "0x5"] {
        check(&format!("o\n{size}\n{root}\n"), Some(2));
    }
    check(&format!("o\n5\n{}\n", &root[4..]), Some(3));
    check(&format!("o\n5\n{root}{root}\n"), Some(3));
    check(&format!("o\n5\n{root}\none\n\ntwo\n"), Some(5));
    check(&format!("o\n5\n{root}\n\n"), Some(4));
    check(&format!("o\n5\n{root}"), Some(3));
    check(&format!("o\n5\n{root}\none"), Some(4));
    check("o\n5\n", Some(3));
    check("o\n", Some(2));
    check("", Some(1));
    assert_eq!(ForeignCheckpoint::parse(&format!("\n5\n{root}\n")), Err(CheckpointError::Line(1)));
}
