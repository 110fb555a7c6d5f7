//! One signature over many records: each verifies by itself, and nothing else does.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::entry::{Record, RecordError, SignedRecord};
use crate::fixture::{CONSUMER, World, record};

fn records(count: u64) -> Vec<Record> {
    (0..count).map(|number| record(number, "usage.done", CONSUMER, json!({ "count": number }))).collect()
}

#[test]
fn every_record_of_a_batch_verifies_alone_in_both_suites() {
    let world = World::new();
    for key in [&world.consumer, &world.provider] {
        for count in [1, 2, 3, 5, 8, 33] {
            let signed = SignedRecord::sign_all(records(count), key).unwrap();
            assert_eq!(signed.iter().map(|one| one.record.clone()).collect::<Vec<_>>(), records(count));
            let mut checked = Checked::default();
            for one in &signed {
                one.verify(&key.public()).unwrap();
                one.verify_with(&key.public(), &mut checked).unwrap();
                assert_eq!(one.batch.is_some(), count > 1, "one alone is signed as ever");
                assert_eq!(&SignedRecord::parse(&one.to_bytes().unwrap()).unwrap(), one);
            }
            assert!(checked.0.len() <= 1, "one signature is checked once");
        }
    }
    assert!(SignedRecord::sign_all(Vec::new(), &world.consumer).unwrap().is_empty());
}

#[test]
fn a_batch_lends_its_signature_to_nothing_else() {
    let world = World::new();
    let key = world.consumer.public();
    let signed = SignedRecord::sign_all(records(6), &world.consumer).unwrap();
    let mut checked = Checked::default();
    signed[0].verify_with(&key, &mut checked).unwrap();
    let mut refused = |change: &dyn Fn(&mut SignedRecord)| {
        let mut forged = signed[3].clone();
        change(&mut forged);
        assert!(forged.verify(&key).is_err(), "{forged:?}");
        assert!(forged.verify_with(&key, &mut checked).is_err(), "nor with what was checked before: {forged:?}");
    };
    refused(&|one| one.record.id.push('x'));
    refused(&|one| one.batch = None);
    refused(&|one| one.batch = signed[4].batch.clone());
    refused(&|one| one.batch.as_mut().unwrap().index = 2);
    refused(&|one| one.batch.as_mut().unwrap().size = 7);
    refused(&|one| one.batch.as_mut().unwrap().path.truncate(1));
    refused(&|one| one.batch.as_mut().unwrap().path.clear());
    refused(&|one| one.batch.as_mut().unwrap().path.reverse());
    refused(&|one| one.signature = SignedRecord::sign(one.record.clone(), &world.consumer).unwrap().signature);
    refused(&|one| one.batch.as_mut().unwrap().index = 99);
    // A record that is signed alone is no batch of one, and another's key is another's.
    let mut alone = SignedRecord::sign(records(1).remove(0), &world.consumer).unwrap();
    alone.batch = Some(Batch { index: 0, size: 1, path: Vec::new() });
    assert!(matches!(alone.verify(&key), Err(RecordError::Signature(_))));
    assert!(matches!(signed[0].verify(&world.provider.public()), Err(RecordError::Key { .. })));
}

#[test]
fn a_record_that_cannot_be_signed_leaves_none_signed() {
    let mut wrong = records(3);
    wrong[1].kind = "usage".to_owned();
    assert!(SignedRecord::sign_all(wrong, &World::new().consumer).is_err());
}

proptest! {
    #[test]
    fn any_place_of_any_batch_leads_to_what_was_signed(count in 1_usize..70, at in any::<prop::sample::Index>()) {
        let bytes: Vec<Vec<u8>> = (0..count).map(|number| number.to_be_bytes().to_vec()).collect();
        for suite in Suite::ALL {
            let (text, places) = build(suite, &bytes).unwrap();
            let at = at.index(count);
            // What is known of the way of one is no way for another.
            let mut ways = Ways::default();
            prop_assert_eq!(places[at].signed_bytes(suite, &leaf_hash(suite, &bytes[at]), &mut ways).unwrap(), text.clone());
            let other = (at + 1) % count;
            if other != at {
                prop_assert!(places[at].signed_bytes(suite, &leaf_hash(suite, &bytes[other]), &mut ways).is_ok_and(|found| found != text));
            }
        }
    }
}
