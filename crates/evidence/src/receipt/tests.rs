//! Receipts prove their entry without the log, and no changed bit passes.

use super::*;
use crate::fixture::{Files, World};

fn receipt(files: &Files, index: u64) -> Receipt {
    Receipt::from_files(index, |path| files.get(path).cloned()).unwrap()
}

#[test]
fn every_entry_has_a_receipt_that_verifies_alone() {
    let world = World::new();
    let files = world.log(300);
    for index in [0, 1, 2, 3, 4, 255, 256, 299] {
        let bytes = receipt(&files, index).to_bytes().unwrap();
        let report = Receipt::parse(&bytes).unwrap().verify(&world.keys()).unwrap();
        assert_eq!((report.index, report.size), (index, 300));
        assert_eq!(report.record, world.entry(index).record);
        assert!(report.is_signature_checked);
    }
    let registrations =
        |index| receipt(&files, index).registrations.iter().map(|proven| proven.index).collect::<Vec<_>>();
    assert_eq!(registrations(0), [0; 0]);
    assert_eq!(registrations(3), [0, 1]);
    assert_eq!(registrations(299), [0, 2]);
}

#[test]
fn a_receipt_says_when_it_does_not_show_the_signers_key() {
    let world = World::new();
    let files = world.log(10);
    let bare = Receipt::new(5, &[], |path| files.get(path).cloned()).unwrap();
    assert!(!bare.verify(&world.keys()).unwrap().is_signature_checked);
    let check = |registrations: &[u64]| {
        Receipt::new(5, registrations, |path| files.get(path).cloned()).unwrap().verify(&world.keys())
    };
    assert!(check(&[0, 2]).is_ok());
    assert!(matches!(check(&[0, 1]), Err(ReceiptError::Refused { index: 5, .. })));
    assert!(matches!(check(&[2]), Err(ReceiptError::Order)));
    assert!(matches!(check(&[2, 0]), Err(ReceiptError::Order)));
    assert!(matches!(check(&[0, 6]), Err(ReceiptError::Order)));
}

#[test]
fn a_receipt_made_while_a_head_is_written_verifies_or_is_not_made() {
    let world = World::new();
    let (before, after) = (world.log(9), world.log(12));
    let mut made = 0;
    for reads in 0_u32..40 {
        let left = std::cell::Cell::new(reads);
        let read = |path: &str| {
            let is_before = left.replace(left.get().saturating_sub(1)) > 0;
            let (first, second) = if is_before { (&before, &after) } else { (&after, &before) };
            first.get(path).or_else(|| second.get(path)).cloned()
        };
        match Receipt::from_files(6, read) {
            Ok(receipt) => {
                made += 1;
                assert!(receipt.verify(&world.keys()).is_ok(), "after {reads} reads");
            }
            Err(error) => assert!(matches!(error, ReceiptError::Torn), "after {reads} reads: {error}"),
        }
    }
    assert!(made > 30, "{made}");
}

#[test]
fn any_flipped_bit_of_a_receipt_is_found() {
    let world = World::new();
    let keys = world.keys();
    let bytes = receipt(&world.log(9), 6).to_bytes().unwrap();
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1 << (position % 8);
        let found = Receipt::parse(&flipped).and_then(|receipt| receipt.verify(&keys));
        assert!(found.is_err(), "byte {position} of {}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_receipt_of_another_log_or_of_nothing_is_refused() {
    let world = World::new();
    let files = world.log(9);
    let other = Keys::new("other", world.platform.public(), world.platform_sm.public()).unwrap();
    assert!(matches!(receipt(&files, 6).verify(&other), Err(ReceiptError::Checkpoint(_))));
    let read = |path: &str| files.get(path).cloned();
    assert!(Receipt::from_files(9, read).is_err());
    let without = |missing: &str| {
        let files = files.clone();
        let missing = missing.to_owned();
        Receipt::from_files(6, move |path| files.get(path).filter(|_| path != missing).cloned())
    };
    for path in files.keys().filter(|path| *path != "key") {
        assert!(without(path).is_err(), "{path}");
    }
}

#[test]
fn tlog_proof_is_as_the_standard_lays_it_out() {
    let world = World::new();
    let receipt = receipt(&world.log(9), 6);
    let proof = receipt.to_tlog_proof().unwrap().to_string();
    let (head, checkpoint) = proof.split_once("\n\n").unwrap();
    assert_eq!(checkpoint, receipt.checkpoint);
    let lines: Vec<_> = head.lines().collect();
    let extra = format!("extra {}", receipt.entry.leaf);
    assert_eq!(lines[..3], ["c2sp.org/tlog-proof@v1", &extra, "index 6"]);
    // 9 leaves: the sibling, two subtrees of 2 and 4, and the ninth leaf.
    assert_eq!(lines.len(), 3 + 4);
    assert_eq!(BASE64_STANDARD.decode(lines[3]).unwrap(), receipt.entry.sha256[0].as_bytes());
}
