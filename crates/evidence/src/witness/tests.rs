//! The witness's judgement against the worked examples of the standard, an exchange that the tools of Sigsum made, and
//! the proofs of `tlog_tiles`, none of which we wrote; and every refusal with its status.

use proptest::prelude::*;
use tlog_tiles::tlog::{Hash, HashReader, prove_tree, stored_hashes, tree_hash};
use xinyu_crypto::PublicKey;

use super::*;
use crate::{
    checkpoint::PATH,
    cosignature::cosign,
    fixture::{ORIGIN, World},
    proof::consistency_from_tiles,
    witness::examples::{EXAMPLE, EXAMPLE_ANSWER, Growth, SIGSUM, SIGSUM_KEY, SIGSUM_TO_1, SIGSUM_TO_3, SIGSUM_TO_5},
};

fn sigsum((old, proof, size, root, signature): Growth) -> AddCheckpoint {
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    let body = format!("old {old}\n{proof}\n{SIGSUM}\n{size}\n{root}\n\n— {SIGSUM} {signature}\n");
    AddCheckpoint::parse(body.as_bytes()).unwrap()
}

fn sigsum_key() -> Verifier {
    Verifier::new(SIGSUM, PublicKey::from_bytes(Suite::Intl, &hex::decode(SIGSUM_KEY).unwrap()).unwrap()).unwrap()
}

#[test]
fn tlog_witness_a_late_request_does_not_roll_back() {
    let key = sigsum_key();
    let first = judge(&sigsum(SIGSUM_TO_1), &[&key], None).unwrap();
    assert_eq!(first.size, 1);
    // Either is consistent with what was known when it came in …
    let (to_3, to_5) = (sigsum(SIGSUM_TO_3), sigsum(SIGSUM_TO_5));
    assert_eq!(judge(&to_3, &[&key], Some(first)).unwrap().size, 3);
    let latest = judge(&to_5, &[&key], Some(first)).unwrap();
    assert_eq!(latest, Known { size: 5, root: to_5.checkpoint().root });
    // … and the later of them is judged by what is known after the earlier.
    let refusal = judge(&to_3, &[&key], Some(latest)).unwrap_err();
    assert_eq!((refusal.status(), refusal.body().as_str()), (409, "5\n"));
    assert_eq!(refusal.content_type(), "text/x.tlog.size");
    assert_eq!(parse_conflict(refusal.body().as_bytes()), Some(5));
}

#[test]
fn tlog_witness_worked_example_is_read_and_written() {
    let request = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((request.old(), request.proof().len(), request.note().signatures.len()), (20_852_014, 4, 2));
    assert_eq!(
        (request.checkpoint().origin.as_str(), request.checkpoint().size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    assert_eq!(request.to_string(), EXAMPLE);
    let signatures = parse_answer(EXAMPLE_ANSWER.as_bytes()).unwrap();
    assert_eq!(signatures.iter().map(|line| line.bytes.len()).collect::<Vec<_>>(), [72; 3]);
    assert_eq!(answer(&signatures), EXAMPLE_ANSWER);
}

/// A log in memory, kept by `tlog_tiles`.
struct Theirs(Vec<Hash>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

fn request(world: &World, old: u64, proof: Vec<Digest>, size: u64, root: Digest) -> AddCheckpoint {
    let checkpoint = ForeignCheckpoint { origin: ORIGIN.into(), size, root, extensions: vec![] };
    AddCheckpoint::new(old, proof, note::sign(&checkpoint.text(), ORIGIN, &world.platform).unwrap()).unwrap()
}

#[test]
fn tlog_witness_proofs_of_tlog_tiles_are_accepted() {
    let world = World::new();
    let keys = world.keys();
    let mut log = Theirs(vec![]);
    let digest = |hash: Hash| Digest::from_bytes(hash.0);
    let mut roots = vec![empty_root(Suite::Intl)];
    for size in 1..=40 {
        let new = stored_hashes(size - 1, &size.to_be_bytes(), &log).unwrap();
        log.0.extend(new);
        let root = digest(tree_hash(size, &log).unwrap());
        for (old, old_root) in (0..).zip(&roots) {
            let proof = if old == 0 { vec![] } else { prove_tree(size, old, &log).unwrap() };
            let request = request(&world, old, proof.into_iter().map(digest).collect(), size, root);
            let request = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
            let known = Known { size: old, root: *old_root };
            let judged = judge(&request, &[keys.verifier(Suite::Intl)], Some(known));
            assert_eq!(judged, Ok(Known { size, root }), "{old} to {size}");
        }
        roots.push(root);
    }
}

#[test]
fn tlog_witness_each_refusal_has_its_status() {
    let world = World::new();
    let keys = world.keys();
    let key = keys.verifier(Suite::Intl);
    let (empty, other) = (empty_root(Suite::Intl), Suite::Intl.hash(b"other"));
    // Roots and proof of a tree of two leaves, and of its first.
    let (left, right) = (Suite::Intl.hash(b"left"), Suite::Intl.hash(b"right"));
    let both = crate::tree::node_hash(Suite::Intl, &left, &right);
    let one = Some(Known { size: 1, root: left });
    let check = |old, proof: &[Digest], size, root, known, expect: Result<u64, u16>| {
        let request = request(&world, old, proof.to_vec(), size, root);
        let judged = judge(&request, &[key], known);
        assert_eq!(judged.as_ref().map(|known| known.size).map_err(Refusal::status), expect, "{judged:?}");
        if let Err(refusal) = judged {
            assert_eq!(refusal.content_type() == "text/x.tlog.size", refusal.status() == 409);
            assert!(refusal.body().ends_with('\n'));
        }
    };
    check(1, &[right], 2, both, one, Ok(2));
    check(1, &[], 1, left, one, Ok(1));
    check(0, &[], 2, both, None, Ok(2));
    check(0, &[], 0, empty, None, Ok(0));
    check(0, &[], 2, both, Some(Known { size: 0, root: empty }), Ok(2));

    check(3, &[], 2, both, Some(Known { size: 3, root: other }), Err(400));
    check(2, &[], 1, left, None, Err(400));

    check(0, &[], 2, both, one, Err(409));
    check(2, &[], 2, both, one, Err(409));
    check(1, &[right], 2, both, None, Err(409));
    check(0, &[], 0, empty, one, Err(409));

    check(0, &[], 0, other, None, Err(422));
    check(0, &[other], 0, empty, None, Err(422));
    check(0, &[left], 1, left, None, Err(422));
    check(1, &[other], 2, both, one, Err(422));
    check(1, &[right], 2, other, one, Err(422));
    check(1, &[right], 2, both, Some(Known { size: 1, root: other }), Err(422));
    check(1, &[], 2, both, one, Err(422));
    check(1, &[right, right], 2, both, one, Err(422));
    check(1, &[], 1, other, one, Err(422));
    check(1, &[right], 1, left, one, Err(422));
}

#[test]
fn tlog_witness_only_the_keys_of_the_origin_count() {
    let world = World::new();
    let keys = world.keys();
    let (key, sm2) = (keys.verifier(Suite::Intl), keys.verifier(Suite::Sm));
    let stranger = Verifier::new(ORIGIN, world.consumer.public()).unwrap();
    let named_otherwise = Verifier::new("other.example/log", world.platform.public()).unwrap();
    let request = request(&world, 0, vec![], 1, Suite::Intl.hash(b"root"));
    let check = |request: &AddCheckpoint, keys: &[&Verifier], expect: Result<u64, Refusal>| {
        assert_eq!(judge(request, keys, None).map(|known| known.size), expect);
    };
    check(&request, &[key], Ok(1));
    check(&request, &[&named_otherwise, &stranger, sm2, key], Ok(1));
    let unknown = Refusal::UnknownLog(ORIGIN.into());
    assert_eq!(unknown.status(), 404);
    for keys in [&[][..], &[&named_otherwise], &[sm2]] {
        check(&request, keys, Err(unknown.clone()));
    }
    let unsigned = Refusal::Signature(NoteError::Unknown);
    assert_eq!(unsigned.status(), 403);
    check(&request, &[&stranger], Err(unsigned));

    // One wrong signature of a trusted key, and the others are worth nothing.
    let mut forged = request.clone();
    let mut line = forged.note.signatures[0].clone();
    line.bytes[0] ^= 1;
    forged.note.signatures.push(line);
    let invalid = Refusal::Signature(NoteError::Invalid(ORIGIN.into()));
    assert_eq!(invalid.status(), 403);
    check(&forged, &[key], Err(invalid));
}

#[test]
fn tlog_witness_requests_are_read_strictly() {
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    let check = |body: &str, expect: Option<Refusal>| {
        let refusal = AddCheckpoint::parse(body.as_bytes()).err();
        assert_eq!(refusal, expect, "{body}");
        assert!(refusal.is_none_or(|refusal| refusal.status() == 400));
    };
    let (_, note) = EXAMPLE.split_once("\n\n").unwrap();
    check(&format!("old 0\n\n{note}"), None);
    check(&format!("old 1\n{}\n{note}", hash.repeat(63)), None);
    check(&format!("old 1\n{}\n{note}", hash.repeat(64)), Some(Refusal::Length));
    check(&format!("old 1\n{}\n{note}", hash.repeat(2000)), Some(Refusal::Length));
    for old in ["old 01", "old +1", "old -1", "old ", "old  1", "old 1 ", "old 18446744073709551616", "Old 1", "1", ""]
    {
        check(&format!("{old}\n\n{note}"), Some(Refusal::Line(1)));
    }
    for line in ["AAAA", &hash[1..], "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax=\n", &format!(" {hash}")] {
        let line = line.trim_end_matches('\n');
        check(&format!("old 1\n{line}\n\n{note}"), Some(Refusal::Line(2)));
    }
    check(&EXAMPLE.replace('\n', "\r\n"), Some(Refusal::Line(1)));
    check(&format!("old 1\n\n\n{note}"), Some(CheckpointError::Line(1).into()));
    check("old 1\n\ntext\n", Some(NoteError::Unsigned.into()));
    check("old 1\n", Some(Refusal::Line(1)));
    check(EXAMPLE.trim_end(), Some(NoteError::Text.into()));
    check(&EXAMPLE.replace("20852163", "020852163"), Some(CheckpointError::Line(2).into()));
    let long = note.replacen("\n\n", &format!("\n{}\n\n", "x".repeat(TEXT_MAX_BYTES)), 1);
    check(&format!("old 1\n\n{long}"), Some(Refusal::Length));
    check(&format!("old 1\n\n{}", "x".repeat(REQUEST_MAX_BYTES)), Some(Refusal::Length));
    let utf8 = AddCheckpoint::parse(&[b"old 1\n\n", &[0xff][..]].concat());
    assert_eq!(utf8, Err(Refusal::Checkpoint(CheckpointError::Utf8)));
}

#[test]
fn tlog_witness_answers_are_read_strictly() {
    let line = EXAMPLE_ANSWER.lines().next().unwrap();
    let check = |body: &str, expect| assert_eq!(parse_answer(body.as_bytes()).err(), expect, "{body}");
    check(&format!("{line}\n").repeat(16), None);
    check(&format!("{line}\n").repeat(17), Some(NoteError::Length));
    check(&"x".repeat(ANSWER_MAX_BYTES + 1), Some(NoteError::Length));
    check("", Some(NoteError::Unsigned));
    check("\n", Some(NoteError::Line(1)));
    check(line, Some(NoteError::Text));
    check(&format!("{line}\r\n"), Some(NoteError::Text));
    check(&format!("{line}\n\n"), Some(NoteError::Line(2)));
    check(&format!("{line}\nno\n"), Some(NoteError::Line(2)));
    assert_eq!(parse_answer(&[0xff, b'\n']), Err(NoteError::Text));
    for body in ["5", "05\n", "+5\n", "5\n\n", "", "\n", "5\r\n", "18446744073709551616\n"] {
        assert_eq!(parse_conflict(body.as_bytes()), None, "{body:?}");
    }
}

#[test]
fn a_log_of_ours_is_witnessed_from_head_to_head() {
    let world = World::new();
    let keys = world.keys();
    let trusted = [keys.verifier(Suite::Intl)];
    let witness = Cosigner::new("witness.example/w1", world.consumer.public()).unwrap();
    let stranger = Cosigner::new("witness.example/w1", world.platform.public()).unwrap();
    let mut known: Option<Known> = None;
    for (seconds, size) in [(100, 1), (200, 5), (300, 70), (400, 70), (500, 300)] {
        let files = world.log(size);
        let old = known.map_or(0, |known| known.size);
        let read = |path: &str| files.get(path).cloned();
        let proof = if old == 0 { vec![] } else { consistency_from_tiles(Suite::Intl, read, old, size).unwrap() };
        let mut note = Note::parse(std::str::from_utf8(&files[PATH]).unwrap()).unwrap();
        // Somebody else's line goes along, and is not handed on.
        note.append(cosign(&world.platform, "else.example", &note.text, 1).unwrap()).unwrap();
        let request = AddCheckpoint::new(old, proof, note.clone()).unwrap();
        let request = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
        known = Some(judge(&request, &trusted, known).unwrap());

        let cosignature = cosign(&world.consumer, witness.name(), &request.note().text, seconds).unwrap();
        let published = request.cosigned(&trusted, std::slice::from_ref(&cosignature)).unwrap();
        let names: Vec<_> = published.signatures.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, [ORIGIN, "witness.example/w1"]);
        assert_eq!(witness.verify_note(&published), Ok(Some(seconds)));

        let unknown = cosign(&world.platform, "new.example", &note.text, seconds).unwrap();
        let answer = parse_answer(answer(&[unknown.clone(), cosignature]).as_bytes()).unwrap();
        let before = note.clone();
        assert_eq!(accept(&mut note, &answer, &[&stranger]), Err(NoteError::Unknown.into()));
        assert_eq!(note, before);
        assert_eq!(accept(&mut note, &answer, &[&stranger, &witness]), Ok(vec![(&witness, seconds)]));
        assert_eq!(note.signatures.len(), 3);

        // Of another head it is worth nothing, and the note stays as it was.
        let mut other = note::sign("other\n", ORIGIN, &world.platform).unwrap();
        let wrong = accept(&mut other, &answer, &[&witness]);
        assert_eq!((wrong, other.signatures.len()), (Err(CosignatureError::Invalid(witness.name().into())), 1));
    }
}

#[test]
fn tlog_witness_monitors_find_a_log_by_its_origin() {
    use sha2::Digest as _;
    let expect = format!("{}/checkpoint", hex::encode(sha2::Sha256::digest(ORIGIN)));
    assert_eq!(monitoring_path(ORIGIN), expect);
}

#[test]
fn a_line_that_is_repeated_is_handed_on_once() {
    let world = World::new();
    let mut request = request(&world, 0, vec![], 1, Suite::Intl.hash(b"root"));
    let line = request.note.signatures[0].clone();
    request.note.signatures = vec![line; 64];
    let keys = world.keys();
    let trusted = [keys.verifier(Suite::Intl)];
    judge(&request, &trusted, None).unwrap();
    let cosignature = cosign(&world.consumer, "witness", &request.note.text, 1).unwrap();
    assert_eq!(request.cosigned(&trusted, &[cosignature]).unwrap().signatures.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,300}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            let _ = (AddCheckpoint::parse(bytes), parse_answer(bytes), parse_conflict(bytes));
            let _ = AddCheckpoint::parse(&[b"old 0\n\n", bytes].concat());
        }
        let _ = ForeignCheckpoint::parse(&text);
    }

    #[test]
    fn a_changed_request_is_refused_or_says_what_it_says(position in 0..EXAMPLE.len(), byte: u8) {
        let mut body = EXAMPLE.as_bytes().to_vec();
        body[position] = byte;
        if let Ok(request) = AddCheckpoint::parse(&body) {
            prop_assert_eq!(request.to_string().into_bytes(), body);
        }
    }

    #[test]
    fn no_sizes_and_hashes_make_the_judge_panic(
        old: u64, size: u64, known: u64, bytes in prop::collection::vec(any::<[u8; 32]>(), 0..=PROOF_MAX), same: bool,
    ) {
        let world = World::new();
        let keys = world.keys();
        let root = Digest::from_bytes([7; 32]);
        let proof = bytes.into_iter().map(Digest::from_bytes).collect();
        let known = Known { size: if same { old } else { known }, root };
        let request = request(&world, old, proof, size, root);
        let judged = judge(&request, &[keys.verifier(Suite::Intl)], Some(known));
        prop_assert!(judged.is_err() || old == size || old == 0);
    }
}
