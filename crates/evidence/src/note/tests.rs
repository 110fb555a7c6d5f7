//! Notes against the standard's own example, against `signed_note`, which we did not write, and against the openssl CLI.

use std::{fs, process::Command};

use signed_note::{StandardVerifier, VerifierList};

use super::*;
use crate::fixture::World;

/// The worked example of the Go package from which the format comes (golang.org/x/mod/sumdb/note).
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn signed_note_worked_example_verifies() {
    let verifier: Verifier = PETER.parse().unwrap();
    assert_eq!(verifier.name(), "PeterNeumann");
    assert_eq!(verifier.id(), [0xc7, 0x4f, 0x20, 0xa3]);
    let note = Note::parse(PETER_NOTE).unwrap();
    assert_eq!(note.verify(&[&verifier]).unwrap(), [&verifier]);
    assert_eq!(note.to_string(), PETER_NOTE);
}

#[test]
fn ed25519_notes_are_read_by_signed_note() {
    let world = World::new();
    let note = sign("a\n\nb\n", "example.com/log", &world.platform).unwrap();
    let verifier = Verifier::new("example.com/log", world.platform.public()).unwrap();
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(&verifier.to_string()).unwrap())]);
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
    let (verified, unverified) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    assert_eq!(theirs.text(), b"a\n\nb\n");
}

#[test]
fn ed25519_and_sm2_signatures_verify_with_openssl() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (key, options) in [
        (&world.platform, &[][..]),
        (&world.platform_sm, &["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"][..]),
    ] {
        let note = sign("text\n", "example.com/log", key).unwrap();
        let signature = &note.signatures[0].bytes;
        let signature = if key.suite() == Suite::Sm { der(signature) } else { signature.clone() };
        fs::write(path("key"), key.public().to_pem()).unwrap();
        fs::write(path("signature"), signature).unwrap();
        for (text, expect) in [("text\n", true), ("texT\n", false)] {
            fs::write(path("text"), text).unwrap();
            let output = Command::new("openssl")
                .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey"])
                .arg(path("key"))
                .arg("-in")
                .arg(path("text"))
                .arg("-sigfile")
                .arg(path("signature"))
                .args(options)
                .output();
            let Ok(output) = output else {
                eprintln!("left out: signatures of notes against openssl (no openssl on this machine)");
                return;
            };
            assert_eq!(
                output.status.success(),
                expect,
                "{:?} {}",
                key.suite(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// r ‖ s as the DER sequence that openssl wants.
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let start = half.iter().position(|byte| *byte != 0).unwrap();
        let mut value = half[start..].to_vec();
        if value[0] >= 0x80 {
            value.insert(0, 0);
        }
        [vec![2, u8::try_from(value.len()).unwrap()], value].concat()
    };
    let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
}

#[track_caller]
fn check(note: &str, expect: Result<(), NoteError>) {
    let verifier: Verifier = PETER.parse().unwrap();
    let found = Note::parse(note).and_then(|note| note.verify(&[&verifier]).map(|_| ()));
    assert_eq!(found, expect);
}

#[test]
fn signed_note_malformed_notes_are_refused() {
    let line = PETER_NOTE.lines().last().unwrap();
    check(PETER_NOTE, Ok(()));
    check("", Err(NoteError::Text));
    check("text\n", Err(NoteError::Unsigned));
    check("text\n\n", Err(NoteError::Unsigned));
    check(PETER_NOTE.trim_end(), Err(NoteError::Text));
    check(&PETER_NOTE.replace("problem,\n", "problem,\r\n"), Err(NoteError::Text));
    check(&PETER_NOTE.replace("your problem is", "your  problem is"), Err(NoteError::Invalid("PeterNeumann".into())));
    check(&PETER_NOTE.replace("— ", "- "), Err(NoteError::Line(1)));
    check(&PETER_NOTE.replace("PeterNeumann x08", "PeterNeumann  x08"), Err(NoteError::Line(1)));
    check(&PETER_NOTE.replace("JnAM=", "JnAN="), Err(NoteError::Line(1)));
    check(&PETER_NOTE.replace("PeterNeumann", "Peter+Neumann"), Err(NoteError::Line(1)));
    check(&PETER_NOTE.replace("PeterNeumann", "PaulNeumann"), Err(NoteError::Unknown));
    check(&format!("{PETER_NOTE}— other AAAAAAA=\n"), Ok(()));
    check(&format!("{PETER_NOTE}{line}\n").repeat(1), Ok(()));
    check(&format!("{PETER_NOTE}{}", "— other AAAAAAA=\n".repeat(64)), Err(NoteError::Length));
    check(&"text\n".repeat(20_000), Err(NoteError::Length));
}

#[test]
fn verifier_keys_have_one_spelling() {
    let world = World::new();
    for key in [&world.platform, &world.platform_sm] {
        let text = Verifier::new("example.com/log", key.public()).unwrap().to_string();
        assert_eq!(text.parse::<Verifier>().unwrap().to_string(), text);
        for (position, _) in text.char_indices() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                let flipped = String::from_utf8(bytes).unwrap();
                assert!(flipped.parse::<Verifier>().is_err(), "{flipped}");
            }
        }
    }
    for name in ["", "a b", "a+b", "a\u{3000}b", "a\nb"] {
        assert_eq!(Verifier::new(name, world.platform.public()), Err(NoteError::Name(name.into())));
    }
}

#[test]
fn a_line_is_appended_once_and_within_bounds() {
    let mut note = Note::parse(PETER_NOTE).unwrap();
    let line = |name: &str, byte, length| Signature { name: name.into(), id: [0; 4], bytes: vec![byte; length] };
    for byte in 0..3 {
        note.append(line("witness", byte, 72)).unwrap();
    }
    assert_eq!(note.signatures[1..], [line("witness", 2, 72)]);
    assert_eq!(Note::parse(&note.to_string()).unwrap(), note);
    let verifier: Verifier = PETER.parse().unwrap();
    assert_eq!(note.verify(&[&verifier]).unwrap(), [&verifier]);
    for number in 2..SIGNATURES_MAX {
        note.append(line(&format!("witness-{number}"), 0, 72)).unwrap();
    }
    let full = note.clone();
    assert_eq!(note.append(line("more", 0, 72)), Err(NoteError::Length));
    assert_eq!(note.append(line("witness", 0, NOTE_MAX_BYTES)), Err(NoteError::Length));
    assert_eq!(note, full);
}
