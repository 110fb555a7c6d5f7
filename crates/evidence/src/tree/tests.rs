//! Roots against `ct-merkle`, which we did not write, in both hash functions.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::{Sha256, digest::Digest as Function};
use sm3::Sm3;

use super::*;
use crate::LogState;

fn check<H: Function>(suite: Suite) {
    let mut oracle = MemoryBackedTree::<H, Vec<u8>>::new();
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(suite), empty_root(suite));
    for index in 0_u32..700 {
        let entry = index.to_be_bytes().repeat(3);
        frontier.append(suite, leaf_hash(suite, &entry));
        oracle.push(entry);
        assert_eq!(frontier.root(suite).as_bytes().as_slice(), oracle.root().as_bytes().as_slice(), "{index}");
        assert_eq!(frontier.size(), oracle.len());
    }
}

#[test]
fn rfc_6962_2_1_sha_256_roots_equal_ct_merkle() {
    check::<Sha256>(Suite::Intl);
}

#[test]
fn rfc_6962_2_1_sm3_roots_equal_ct_merkle() {
    check::<Sm3>(Suite::Sm);
}

#[test]
fn rfc_6962_2_1_empty_root_is_the_hash_of_nothing() {
    let expect = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty_root(Suite::Intl).to_string(), expect);
    assert_eq!(LogState::new().root(Suite::Intl).to_string(), expect);
}

#[test]
fn a_stored_frontier_has_as_many_peaks_as_its_size_has_bits() {
    let mut frontier = Frontier::new();
    for leaf in 0_u8..11 {
        frontier.append(Suite::Sm, leaf_hash(Suite::Sm, &[leaf]));
    }
    let stored = serde_json::to_value(&frontier).unwrap();
    assert_eq!(serde_json::from_value::<Frontier>(stored.clone()).unwrap(), frontier);
    let mut wrong = stored;
    wrong["size"] = 12.into();
    assert!(serde_json::from_value::<Frontier>(wrong).is_err());
}
