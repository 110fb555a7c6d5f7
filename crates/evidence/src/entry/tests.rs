//! The form of a record and its signature.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{CONSUMER, World, record};

fn sample() -> Record {
    let mut sample = record(9, "usage.refused", CONSUMER, json!({"clause": "/contractPolicies/0", "count": 3}));
    sample.contract = Some("contract-1".into());
    sample.subject = Some("product•1".into());
    sample.refs = vec!["record-8".into()];
    sample
}

#[test]
fn a_signed_record_is_read_as_it_was_written() {
    let world = World::new();
    for key in [&world.consumer, &world.provider] {
        let signed = SignedRecord::sign(sample(), key).unwrap();
        let bytes = signed.to_bytes().unwrap();
        assert_eq!(SignedRecord::parse(&bytes).unwrap(), signed);
        signed.verify(&key.public()).unwrap();
        assert!(matches!(signed.verify(&world.platform.public()), Err(RecordError::Key { .. })));
    }
}

#[test]
fn a_leaf_keeps_its_bytes_and_knows_where_its_record_stands() {
    let world = World::new();
    let mut odd = sample();
    let texts = [",\"record\":{\"", ",\"signature\":\"x", "\\\",\"record\":", "•\u{1}\n"];
    odd.facts = texts.iter().map(|text| ((*text).to_owned(), json!([text, { *text: *text }]))).collect();
    for count in [1, 2, 5] {
        for signed in SignedRecord::sign_all(vec![odd.clone(); count], &world.consumer).unwrap() {
            let bytes = signed.to_bytes().unwrap();
            let leaf = Leaf::read(bytes.clone()).unwrap();
            assert_eq!(leaf.bytes[leaf.record.clone()], json::canonical(&signed.record).unwrap());
            leaf.verify_with(&world.consumer.public(), &mut Checked::default()).unwrap();
            assert!(leaf.verify_with(&world.platform.public(), &mut Checked::default()).is_err());
            assert_eq!(leaf, Leaf::try_from(signed.clone()).unwrap());
            assert_eq!(leaf.into_parts(), (signed.clone(), bytes));
            for change in [
                |one: &mut SignedRecord| one.kid = ",\"record\":".to_owned(),
                |one: &mut SignedRecord| one.signature.push('"'),
            ] {
                let mut other = signed.clone();
                change(&mut other);
                let leaf = Leaf::read(other.to_bytes().unwrap()).unwrap();
                assert_eq!(leaf.bytes[leaf.record.clone()], json::canonical(&signed.record).unwrap());
                assert!(leaf.verify_with(&world.consumer.public(), &mut Checked::default()).is_err());
            }
        }
    }
}

#[test]
fn the_signature_covers_every_member() {
    let world = World::new();
    let signed = SignedRecord::sign(sample(), &world.consumer).unwrap();
    let changes: [fn(&mut Record); 9] = [
        |record| record.id.push('x'),
        |record| record.kind.push('x'),
        |record| record.space.push('x'),
        |record| record.contract = None,
        |record| record.subject = Some("x".into()),
        |record| record.actor = record.actor.replace('C', "D"),
        |record| record.at += jiff::SignedDuration::from_micros(1),
        |record| drop(record.facts.insert("count".into(), 4.into())),
        |record| record.refs.clear(),
    ];
    for change in changes {
        let mut forged = signed.clone();
        change(&mut forged.record);
        assert!(matches!(forged.verify(&world.consumer.public()), Err(RecordError::Signature(_))), "{forged:?}");
    }
}

#[track_caller]
fn check(change: impl Fn(&mut Record), expect: &str) {
    let mut record = sample();
    change(&mut record);
    let error = SignedRecord::sign(record, &World::new().consumer).unwrap_err().to_string();
    assert!(error.contains(expect), "{error}");
}

#[test]
fn malformed_members_are_neither_signed_nor_read() {
    check(|record| record.v = 2, "v of the record is not 1");
    check(|record| record.id = String::new(), "id of the record");
    check(|record| record.id = "a b".into(), "id of the record");
    check(|record| record.id = "x".repeat(129), "id of the record");
    for kind in ["usage", "Usage.refused", "usage.", ".refused", "usage..refused", "usage refused.x", "1.x"] {
        check(|record| record.kind = kind.into(), "kind of the record");
    }
    check(|record| record.space = "\u{3000}".into(), "space of the record");
    check(|record| record.subject = Some("a\nb".into()), "subject of the record");
    check(|record| record.actor.truncate(31), "actor of the record");
    check(|record| record.actor = "张".repeat(32), "actor of the record");
    check(|record| record.at += jiff::SignedDuration::from_nanos(1), "at of the record");
    check(|record| drop(record.facts.insert("x".into(), json!({"y": [1.5]}))), "facts of the record");
    check(|record| drop(record.facts.insert("x".into(), json!(1_u64 << 53))), "canonical");
    check(|record| drop(record.facts.insert("x".into(), json!("x".repeat(66_000)))), "more than 65535");
    check(|record| record.refs.push("\u{7}".into()), "refs of the record");
    let deep = (0..40).fold(json!(0), |inner, _| json!([inner]));
    check(|record| drop(record.facts.insert("x".into(), deep.clone())), "canonical");
}

#[test]
fn other_spellings_of_a_leaf_are_refused() {
    let bytes = SignedRecord::sign(sample(), &World::new().consumer).unwrap().to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(SignedRecord::parse(text.as_bytes()).is_ok());
    for wrong in [
        format!(" {text}"),
        format!("{text}\n"),
        text.replacen(',', ", ", 1),
        text.replacen("usage", "\\u0075sage", 1),
        text.replacen("\"count\":3", "\"count\":3.0", 1),
        text.replacen("\"count\":3", "\"count\":3,\"count\":3", 1),
        text.replacen("{\"kid\"", "{\"extra\":1,\"kid\"", 1),
        text.replacen("\"v\":1", "\"subject\":null,\"v\":1", 1),
        text.replacen("T10:00", "t10:00", 1),
        text.replacen("Z\"", "+00:00\"", 1),
    ] {
        assert_ne!(wrong, text);
        assert!(SignedRecord::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_of_a_leaf_is_found(position in 0_usize..10_000, bit in 0_u8..8) {
        let world = World::new();
        let mut bytes = SignedRecord::sign(sample(), &world.consumer).unwrap().to_bytes().unwrap();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        let found = SignedRecord::parse(&bytes).and_then(|signed| signed.verify(&world.consumer.public()));
        prop_assert!(found.is_err());
    }
}
