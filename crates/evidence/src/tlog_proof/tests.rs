//! Proofs are read as they are written, hold for their entry alone, and another maker's reader of notes and trees says the same.

use super::*;
use crate::fixture::World;
use crate::receipt::Receipt;

fn proof(world: &World, size: u64, index: u64) -> TlogProof {
    let files = world.log(size);
    let receipt = Receipt::from_files(index, |path| files.get(path).cloned()).unwrap();
    receipt.to_tlog_proof().unwrap()
}

#[test]
fn a_proof_is_read_as_it_is_written_and_holds_for_its_entry_in_its_log() {
    let world = World::new();
    let keys = world.keys();
    let log = keys.verifier(Suite::Intl);
    for (size, index) in [(9, 6), (9, 8), (256, 0), (257, 256), (300, 299)] {
        let proof = proof(&world, size, index);
        let read: TlogProof = proof.to_string().parse().unwrap();
        assert_eq!(read, proof);
        let entry = read.extra.clone().unwrap();
        assert_eq!(entry, world.entry(index).to_bytes().unwrap());
        assert_eq!(read.verify(log, &entry).unwrap().size, size);
        assert!(read.verify(log, b"another entry").is_err());
        assert!(TlogProof { index: index ^ 1, ..read.clone() }.verify(log, &entry).is_err());
        let other = Verifier::new("other", log.key().clone()).unwrap();
        assert_eq!(read.verify(&other, &entry), Err(NoteError::Unknown.into()));
    }
}

#[test]
fn no_flipped_bit_of_what_is_proven_passes() {
    let world = World::new();
    let keys = world.keys();
    let proof = proof(&world, 9, 6);
    let entry = proof.extra.clone().unwrap();
    let bytes = TlogProof { extra: None, ..proof }.to_string().into_bytes();
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1 << (position % 7);
        let read = String::from_utf8(flipped).ok().and_then(|text| text.parse::<TlogProof>().ok());
        let holds = read.is_some_and(|proof| proof.verify(keys.verifier(Suite::Intl), &entry).is_ok());
        assert!(!holds, "byte {position} of {}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn another_makers_tools_say_the_same() {
    let world = World::new();
    let proof = proof(&world, 300, 77);
    let entry = proof.extra.clone().unwrap();
    let checkpoint = proof.verify(world.keys().verifier(Suite::Intl), &entry).unwrap();
    let hashes = proof.hashes.iter().map(|hash| tlog_tiles::Hash(*hash.as_bytes())).collect();
    let (root, leaf) = (tlog_tiles::Hash(*checkpoint.root.as_bytes()), tlog_tiles::record_hash(&entry));
    tlog_tiles::check_record(&hashes, 300, root, 77, leaf).unwrap();
    let verifier = signed_note::StandardVerifier::new(&world.keys().verifier(Suite::Intl).to_string()).unwrap();
    let note = signed_note::Note::from_bytes(proof.checkpoint.to_string().as_bytes()).unwrap();
    note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
}

#[test]
fn what_is_no_proof_is_refused_with_its_line() {
    let note = "\n\nexample.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— example.com/log AAAAAAAA\n";
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let read = |head: &str| format!("{head}{note}").parse::<TlogProof>();
    assert!(read("c2sp.org/tlog-proof@v1\nindex 0").is_ok());
    assert!(read(&format!("c2sp.org/tlog-proof@v1\nextra AA==\nindex 7\n{hash}")).is_ok());
    let many = format!("c2sp.org/tlog-proof@v1\nindex 7{}", format!("\n{hash}").repeat(65));
    assert_eq!(read(&many), Err(ProofError::Length { found: 65 }.into()));
    for (head, line) in [
        ("c2sp.org/tlog-proof@v2\nindex 0", 1),
        ("c2sp.org/tlog-proof@v1", 2),
        ("c2sp.org/tlog-proof@v1\nindex 01", 2),
        ("c2sp.org/tlog-proof@v1\nindex -1", 2),
        ("c2sp.org/tlog-proof@v1\nextra *\nindex 0", 2),
        ("c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0", 3),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAA==", 3),
    ] {
        assert_eq!(read(head), Err(TlogProofError::Line(line)), "{head}");
    }
    assert_eq!("".parse::<TlogProof>(), Err(TlogProofError::Line(1)));
    assert!("c2sp.org/tlog-proof@v1\nindex 0\n\n".parse::<TlogProof>().is_err());
}
