//! What was encoded once is not encoded again, and nothing that is damaged is taken for a meaning.

use std::fs;
use std::path::Path;

use crate::kept::{Kept, NAME};
use crate::semantic::{Encoder, Meaning, brought};

const HEAD: u64 = 16;
const RECORD: u64 = 280;
const MODEL: u64 = 7;

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("第{number}号码头的集装箱")).collect()
}

fn records(folder: &Path) -> u64 {
    let length = fs::metadata(folder.join(NAME)).unwrap().len() - HEAD;
    assert_eq!(length % RECORD, 0);
    length / RECORD
}

fn encoded(encoder: &Encoder, texts: &[String]) -> Vec<Option<Meaning>> {
    texts.iter().map(|text| Some(encoder.encode(text))).collect()
}

#[test]
fn a_text_is_encoded_once_whoever_says_it() {
    let Some(encoder) = brought() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut said = texts(0..4);
    said.extend(texts(1..6));
    let mut kept = Kept::open(Some(folder.path()), MODEL, 0);
    assert_eq!(kept.meanings(encoder, &said), encoded(encoder, &said));
    assert_eq!(records(folder.path()), 6);
    assert_eq!(kept.meanings(encoder, &texts(2..7)), encoded(encoder, &texts(2..7)));
    assert_eq!(records(folder.path()), 7);
    drop(kept);
    let mut kept = Kept::open(Some(folder.path()), MODEL, 0);
    assert_eq!(kept.meanings(encoder, &said), encoded(encoder, &said));
    assert_eq!(records(folder.path()), 7, "nothing was added");
    drop(kept);
    let mut kept = Kept::open(Some(folder.path()), MODEL + 1, 0);
    assert_eq!(records(folder.path()), 0, "another model's are another's");
    assert_eq!(kept.meanings(encoder, &texts(0..2)), encoded(encoder, &texts(0..2)));
    let mut none = Kept::open(None, MODEL, 0);
    assert_eq!(none.meanings(encoder, &said), encoded(encoder, &said));
}

#[test]
fn what_is_kept_is_taken_and_not_made_again() {
    let Some(encoder) = brought() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (texts(0..1), texts(1..2));
    let whole = encoder.encode(&other[0]);
    let mut kept = Kept::open(Some(folder.path()), MODEL, 0);
    kept.keep(&mine[0], &whole);
    assert_eq!(kept.meanings(encoder, &mine), [Some(whole)]);
}

/// Whatever byte is wrong and wherever the file ends, what is read is what would have been encoded.
#[test]
fn a_damaged_or_torn_file_gives_no_wrong_meaning() {
    let Some(encoder) = brought() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, said) = (folder.path().join(NAME), texts(0..5));
    let right = encoded(encoder, &said);
    drop(Kept::open(Some(folder.path()), MODEL, 0).meanings(encoder, &said));
    let sound = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..sound.len()).step_by(97).map(|length| sound[..length].to_vec()).collect();
    for at in (0..sound.len()).step_by(61) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x40;
        damaged.push(bytes);
    }
    damaged.push([&sound[..], &[0; 700]].concat());
    damaged.push([&sound[..300], &[0; 280], &sound[580..]].concat());
    damaged.push(b"something else".repeat(300));
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        for _ in 0..2 {
            let mut kept = Kept::open(Some(folder.path()), MODEL, 0);
            assert_eq!(kept.meanings(encoder, &said), right, "{} bytes", bytes.len());
            records(folder.path());
        }
    }
}

#[test]
fn what_no_entry_has_any_more_is_left_out_once_it_is_much() {
    let Some(encoder) = brought() else { return };
    let folder = tempfile::tempdir().unwrap();
    let said = texts(0..20);
    let right = encoded(encoder, &said);
    let mut kept = Kept::open(Some(folder.path()), MODEL, 0);
    kept.meanings(encoder, &said);
    // As if thousands had come and gone.
    for gone in 0..5_000_u32 {
        let mut numbers = [0; 256];
        for (into, byte) in numbers.iter_mut().zip(gone.to_le_bytes()) {
            *into = byte.cast_signed();
        }
        kept.keep(&format!("gone {gone}"), &Meaning::kept(numbers));
    }
    let used = || right.iter().flatten().map(|meaning| Kept::mark(meaning.numbers())).collect();
    kept.tidy(2_000, used);
    assert_eq!(records(folder.path()), 5_020, "not while the index is large");
    kept.tidy(20, used);
    assert_eq!(records(folder.path()), 20);
    assert_eq!(kept.meanings(encoder, &said), right);
    drop(kept);
    assert_eq!(Kept::open(Some(folder.path()), MODEL, 20).meanings(encoder, &said), right);
    assert_eq!(records(folder.path()), 20);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// The index that is begun again, or that gets another price for a product, encodes nothing.
#[test]
fn an_index_that_is_made_again_encodes_only_what_is_new() {
    use super::*;
    if brought().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let documents = |price: u64, ids: std::ops::Range<u32>| -> Vec<Document> {
        let one =
            |id| Document { price_fen: price, ..product(&format!("D{id}"), "S", &format!("第{id}号"), "港口") };
        ids.map(one).collect()
    };
    let apply = |index: &Index, upserts, position| {
        index.apply(&Changes { upserts, removals: Vec::new(), position }).unwrap();
        records(folder.path())
    };
    let index = Index::open(folder.path(), "here").unwrap();
    assert_eq!(apply(&index, documents(1, 0..5), 1), 5);
    assert_eq!(apply(&index, documents(2, 0..6), 2), 6);
    index.reset().unwrap();
    assert_eq!(apply(&index, documents(2, 0..7), 1), 7);
    let before = index.search(&text("五号码头"), &member(&["S"])).unwrap();
    drop(index);
    fs::write(folder.path().join("meta.json"), "{}").unwrap();
    let index = Index::open(folder.path(), "here").unwrap();
    assert_eq!((index.position(), apply(&index, documents(2, 0..7), 1)), (0, 7));
    assert_eq!(index.search(&text("五号码头"), &member(&["S"])).unwrap(), before);
}
