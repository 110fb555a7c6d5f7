//! Cosignatures against those of the public witness network and against `signed_note`, none of which we wrote.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;
use signed_note::{StandardVerifier, VerifierList};

use super::*;
use crate::{
    checkpoint,
    fixture::{ARCHE, ARCHE_KEY, ARCHE_SECONDS, ARCHE_WITNESSES, World},
    note::Verifier,
};

const NAME: &str = "witness.example/w1";
const SECONDS: u64 = 1_679_315_147;
const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn tlog_cosignature_of_public_witnesses_verifies() {
    let note = Note::parse(ARCHE).unwrap();
    for text in ARCHE_WITNESSES {
        let cosigner: Cosigner = text.parse().unwrap();
        assert_eq!(cosigner.to_string(), text);
        assert_eq!(cosigner.verify_note(&note), Ok(Some(ARCHE_SECONDS)), "{text}");
        let other = Note::parse(&ARCHE.replace("1432088532", "1432088533")).unwrap();
        assert_eq!(cosigner.verify_note(&other), Err(CosignatureError::Invalid(cosigner.name().into())));
    }
}

#[test]
fn signed_note_lines_of_unknown_keys_are_passed_over() {
    let log: Verifier = ARCHE_KEY.parse().unwrap();
    let note = Note::parse(ARCHE).unwrap();
    assert_eq!((note.signatures.len(), note.verify(&[&log]).unwrap()), (6, vec![&log]));
    assert_eq!(note.to_string(), ARCHE);
}

#[test]
fn tlog_cosignature_worked_example_is_of_its_time() {
    let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ\
        qhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let note = Note::parse(&format!("{TEXT}\n{line}\n")).unwrap();
    let bytes = &note.signatures[0].bytes;
    assert_eq!((bytes.len(), &bytes[..8]), (72, &SECONDS.to_be_bytes()[..]));
    let signed = message(TEXT, SECONDS).unwrap();
    assert_eq!(signed, format!("cosignature/v1\ntime 1679315147\n{TEXT}"));
}

/// A cosigner as `signed_note` knows keys: their key id, their Ed25519.
struct Theirs(StandardVerifier, u32);

impl signed_note::Verifier for Theirs {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn key_id(&self) -> u32 {
        self.1
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let seconds = u64::from_be_bytes(time.try_into().unwrap());
        self.0.verify(&[format!("cosignature/v1\ntime {seconds}\n").as_bytes(), text].concat(), signature)
    }
}

#[test]
fn cosigned_checkpoints_are_read_by_signed_note_and_tlog_tiles() {
    let world = World::new();
    let log = String::from_utf8(world.log(5)[checkpoint::PATH].clone()).unwrap();
    let mut note = Note::parse(&log).unwrap();
    note.append(cosign(&world.consumer, NAME, &note.text, SECONDS).unwrap()).unwrap();
    let cosigned = note.to_string();
    assert!(cosigned.starts_with(&log) && cosigned.lines().count() == log.lines().count() + 1);

    let key = world.consumer.public();
    let plain = Verifier::new(NAME, key.clone()).unwrap().to_string();
    let id = signed_note::key_id(NAME, &[&[4], key.as_bytes()].concat());
    let witness = Theirs(StandardVerifier::new(&plain).unwrap(), id);
    let log = StandardVerifier::new(&world.keys().verifier(Suite::Intl).to_string()).unwrap();
    let theirs = signed_note::Note::from_bytes(cosigned.as_bytes()).unwrap();
    let known = VerifierList::new(vec![Box::new(witness), Box::new(log.clone())]);
    let (verified, unverified) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unverified.len()), (2, 0));
    let (verified, unverified) = theirs.verify(&VerifierList::new(vec![Box::new(log)])).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 1));
    assert_eq!(tlog_tiles::checkpoint::Checkpoint::from_bytes(theirs.text()).unwrap().size(), 5);

    // And by those of us who know nothing of witnesses.
    let ours = checkpoint::Checkpoint::parse_and_verify(Suite::Intl, cosigned.as_bytes(), &world.keys());
    assert_eq!(ours.unwrap().size, 5);
}

#[test]
fn tlog_cosignature_what_is_no_cosignature_is_refused() {
    let world = World::new();
    let cosigner = Cosigner::new(NAME, world.consumer.public()).unwrap();
    let good = cosign(&world.consumer, NAME, TEXT, SECONDS).unwrap();
    let check = |text: &str, change: &dyn Fn(&mut Signature), expect| {
        let mut signature = good.clone();
        change(&mut signature);
        assert_eq!(cosigner.verify(text, &signature), expect);
    };
    let invalid = || Err(CosignatureError::Invalid(NAME.into()));
    let other = || Err(CosignatureError::Other(NAME.into()));
    let length = |found| Err(CosignatureError::Length { name: NAME.into(), found });
    let time = |line: &mut Signature, seconds: u64| line.bytes[..8].copy_from_slice(&seconds.to_be_bytes());
    check(TEXT, &|_| (), Ok(SECONDS));
    check(&format!("{TEXT}more\n"), &|_| (), invalid());
    check(TEXT, &|line| time(line, SECONDS + 1), invalid());
    check(TEXT, &|line| line.bytes[40] ^= 1, invalid());
    check(TEXT, &|line| time(line, 0), Err(CosignatureError::Time(0)));
    check(TEXT, &|line| time(line, SECONDS_MAX + 1), Err(CosignatureError::Time(1 << 63)));
    check(TEXT, &|line| line.name.push('2'), other());
    check(TEXT, &|line| line.id[3] ^= 1, other());
    check(TEXT, &|line| line.bytes.truncate(7), length(7));
    check(TEXT, &|line| line.bytes.truncate(71), length(71));
    check(TEXT, &|line| line.bytes.push(0), length(73));
}

#[test]
fn tlog_cosignature_what_cannot_be_cosigned_is_refused() {
    let world = World::new();
    let check = |key, name: &str, text: &str, seconds, expect| {
        assert_eq!(cosign(key, name, text, seconds).err(), expect);
    };
    let key = &world.consumer;
    check(key, NAME, TEXT, 1, None);
    check(key, NAME, TEXT, SECONDS_MAX, None);
    check(key, NAME, TEXT, 0, Some(CosignatureError::Time(0)));
    check(key, NAME, TEXT, SECONDS_MAX + 1, Some(CosignatureError::Time(1 << 63)));
    check(key, NAME, TEXT.trim_end(), 1, Some(NoteError::Text.into()));
    check(key, "a b", TEXT, 1, Some(NoteError::Name("a b".into()).into()));
    check(&world.platform_sm, NAME, TEXT, 1, Some(CosignatureError::Suite(Suite::Sm)));
}

#[test]
fn the_latest_of_several_cosignatures_counts_and_a_wrong_one_spoils_them() {
    let world = World::new();
    let cosigner = Cosigner::new(NAME, world.consumer.public()).unwrap();
    let cosign = |seconds| cosign(&world.consumer, NAME, TEXT, seconds).unwrap();
    let mut note = Note { text: TEXT.into(), signatures: vec![] };
    assert_eq!(cosigner.verify_note(&note), Ok(None));
    note.signatures = vec![cosign(7), cosign(9), cosign(8)];
    assert_eq!(cosigner.verify_note(&note), Ok(Some(9)));
    note.signatures[2].bytes[7] = 10;
    assert_eq!(cosigner.verify_note(&note), Err(CosignatureError::Invalid(NAME.into())));
    // Under a note that we keep, a new line takes the place of the old one.
    note.append(cosign(11)).unwrap();
    assert_eq!((note.signatures.len(), cosigner.verify_note(&note)), (1, Ok(Some(11))));
}

#[test]
fn cosigner_keys_have_one_spelling_and_one_type() {
    let world = World::new();
    let key = world.consumer.public();
    let text = Cosigner::new(NAME, key.clone()).unwrap().to_string();
    assert_eq!(text.parse::<Cosigner>().unwrap().to_string(), text);
    for (position, _) in text.char_indices() {
        for bit in 0..7 {
            let mut bytes = text.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).unwrap();
            assert!(flipped.parse::<Cosigner>().is_err(), "{flipped}");
        }
    }
    for kind in [1, 2, 5, 6, 255] {
        let encoded = [&[kind], key.as_bytes()].concat();
        let text = format!("{NAME}+{}+{}", hex::encode(note::key_id(NAME, &encoded)), BASE64_STANDARD.encode(encoded));
        assert_eq!(text.parse::<Cosigner>(), Err(CosignatureError::Cosigner));
    }
    assert!(text.parse::<Verifier>().is_err(), "a cosigner's key is not that of a log");
    assert_eq!(Cosigner::new(NAME, world.platform_sm.public()), Err(CosignatureError::Suite(Suite::Sm)));
}

proptest! {
    #[test]
    fn no_text_and_no_bytes_make_a_cosigner_panic(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..90)) {
        let _ = text.parse::<Cosigner>();
        let cosigner: Cosigner = ARCHE_WITNESSES[2].parse().unwrap();
        let line = Signature { name: cosigner.name().into(), id: cosigner.id(), bytes };
        prop_assert!(cosigner.verify(&text, &line).is_err());
    }
}
