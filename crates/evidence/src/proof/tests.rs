//! Proofs against the vectors of transparency-dev/merkle, against `ct-merkle`, and against every change of one hash.

use std::{fs, path::Path};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use serde::Deserialize;
use sha2::{Sha256, digest::Digest as Function};
use sm3::Sm3;

use super::*;
use crate::tree::{Frontier, fold, leaf_hash};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

/// A hash of the vectors. Stand-ins that are shorter are filled up; what is empty or longer no `Digest` can be.
fn digest(text: &str) -> Option<Digest> {
    let mut bytes = BASE64_STANDARD.decode(text).unwrap();
    if (1..32).contains(&bytes.len()) {
        bytes.resize(32, 0);
    }
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

fn digests(list: Option<&Vec<String>>) -> Option<Vec<Digest>> {
    list.map_or(Some(Vec::new()), |list| list.iter().map(|text| digest(text)).collect())
}

/// Runs `check` on every vector below a folder; says so when there are none.
fn for_each_vector<T: for<'a> Deserialize<'a>>(folder: &str, check: impl Fn(T) -> bool) {
    let Some(vectors) = std::env::var_os("XINYU_VECTORS") else {
        eprintln!("left out: the official {folder} vectors (XINYU_VECTORS is not set)");
        return;
    };
    let mut folders = vec![Path::new(&vectors).join("merkle").join(folder)];
    let (mut right, mut wrong) = (0, 0);
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_error = check(serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
            if is_error { wrong += 1 } else { right += 1 }
        }
    }
    assert!(right >= 6 && wrong >= 90, "{right} right and {wrong} wrong vectors in {folder}");
}

#[test]
fn rfc_9162_2_1_3_2_official_inclusion_vectors() {
    for_each_vector("inclusion", |vector: Inclusion| {
        let parts = (digest(&vector.root), digest(&vector.leaf_hash), digests(vector.proof.as_ref()));
        let holds = match &parts {
            (Some(root), Some(leaf), Some(proof)) => {
                verify_inclusion(Suite::Intl, vector.leaf_idx, vector.tree_size, leaf, proof, root).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !vector.want_err, "{}", vector.desc);
        vector.want_err
    });
}

#[test]
fn rfc_9162_2_1_4_2_official_consistency_vectors() {
    for_each_vector("consistency", |vector: Consistency| {
        let parts = (digest(&vector.root1), digest(&vector.root2), digests(vector.proof.as_ref()));
        let holds = match &parts {
            (Some(old), Some(new), Some(proof)) => {
                verify_consistency(Suite::Intl, vector.size1, vector.size2, proof, old, new).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !vector.want_err, "{}", vector.desc);
        vector.want_err
    });
}

fn leaf(suite: Suite, index: u64) -> Digest {
    leaf_hash(suite, &index.to_be_bytes())
}

fn lookup(suite: Suite) -> impl Fn(u32, u64) -> Option<Digest> {
    move |level, index| {
        let leaves: Vec<_> = ((index << level)..((index + 1) << level)).map(|index| leaf(suite, index)).collect();
        fold(suite, &leaves)
    }
}

fn tree_root(suite: Suite, size: u64) -> Digest {
    let mut frontier = Frontier::new();
    (0..size).for_each(|index| frontier.append(suite, leaf(suite, index)));
    frontier.root(suite)
}

fn check_against_ct_merkle<H: Function>(suite: Suite) {
    for size in [1_u64, 2, 3, 7, 8, 33, 70] {
        let mut oracle = MemoryBackedTree::<H, Vec<u8>>::new();
        (0..size).for_each(|index| oracle.push(index.to_be_bytes().to_vec()));
        let concat = |proof: &[Digest]| proof.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
        for index in 0..size {
            let ours = inclusion(suite, index, size, lookup(suite)).unwrap();
            let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(concat(&ours), theirs.as_bytes(), "leaf {index} of {size}");
            verify_inclusion(suite, index, size, &leaf(suite, index), &ours, &tree_root(suite, size)).unwrap();
        }
        for old in 1..=size {
            let ours = consistency(suite, old, size, lookup(suite)).unwrap();
            if old < size {
                let theirs = oracle.prove_consistency(usize::try_from(size - old).unwrap());
                assert_eq!(concat(&ours), theirs.as_bytes(), "{old} to {size}");
            }
            let roots = (tree_root(suite, old), tree_root(suite, size));
            verify_consistency(suite, old, size, &ours, &roots.0, &roots.1).unwrap();
        }
    }
}

#[test]
fn sha_256_proofs_equal_ct_merkle() {
    check_against_ct_merkle::<Sha256>(Suite::Intl);
}

#[test]
fn sm3_proofs_equal_ct_merkle() {
    check_against_ct_merkle::<Sm3>(Suite::Sm);
}

/// A proof with hash `position` changed in one bit, or cut, or made longer.
fn mutants(proof: &[Digest], bit: usize) -> Vec<Vec<Digest>> {
    let mut mutants: Vec<Vec<Digest>> = (0..proof.len())
        .map(|position| {
            let mut bytes = *proof[position].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut mutant = proof.to_vec();
            mutant[position] = Digest::from_bytes(bytes);
            mutant
        })
        .collect();
    if let Some((_, rest)) = proof.split_first() {
        mutants.push(rest.to_vec());
        mutants.push(proof[..proof.len() - 1].to_vec());
    }
    mutants.push([proof, &[leaf(Suite::Intl, 0)]].concat());
    mutants.push([&[leaf(Suite::Intl, 0)], proof].concat());
    mutants
}

proptest! {
    #[test]
    fn every_changed_proof_is_refused(size in 1_u64..120, index in 0_u64..120, bit in 0_usize..256) {
        let suite = Suite::Intl;
        let index = index % size;
        let root = tree_root(suite, size);
        let proof = inclusion(suite, index, size, lookup(suite)).unwrap();
        let hash = leaf(suite, index);
        prop_assert_eq!(verify_inclusion(suite, index, size, &hash, &proof, &root), Ok(()));
        prop_assert!(verify_inclusion(suite, index, size, &leaf(suite, size), &proof, &root).is_err());
        prop_assert!(verify_inclusion(Suite::Sm, index, size, &hash, &proof, &root).is_err() || proof.is_empty());
        for mutant in mutants(&proof, bit) {
            prop_assert!(verify_inclusion(suite, index, size, &hash, &mutant, &root).is_err());
        }
        let old = index + 1;
        let old_root = tree_root(suite, old);
        let proof = consistency(suite, old, size, lookup(suite)).unwrap();
        prop_assert_eq!(verify_consistency(suite, old, size, &proof, &old_root, &root), Ok(()));
        prop_assert!(verify_consistency(suite, old, size, &proof, &leaf(suite, 0), &leaf(suite, 1)).is_err());
        for mutant in mutants(&proof, bit) {
            prop_assert!(verify_consistency(suite, old, size, &mutant, &old_root, &root).is_err());
        }
    }
}

#[test]
fn what_cannot_be_proven_is_refused() {
    let none = |_, _| None;
    assert_eq!(inclusion(Suite::Sm, 5, 5, none), Err(ProofError::Index { index: 5, size: 5 }));
    assert_eq!(inclusion(Suite::Sm, 0, 2, none), Err(ProofError::Missing { level: 0, index: 1 }));
    assert_eq!(consistency(Suite::Sm, 0, 5, none), Err(ProofError::Sizes { old: 0, new: 5 }));
    assert_eq!(consistency(Suite::Sm, 6, 5, none), Err(ProofError::Sizes { old: 6, new: 5 }));
    assert_eq!(consistency(Suite::Sm, u64::MAX, u64::MAX, none), Ok(vec![]));
    let zero = Digest::from_bytes([0; 32]);
    let proof = [zero; 64];
    for (old, new) in [(1, u64::MAX), (1 << 63, u64::MAX), (u64::MAX - 1, u64::MAX)] {
        assert!(verify_consistency(Suite::Intl, old, new, &proof, &zero, &zero).is_err());
        assert!(verify_inclusion(Suite::Intl, old, new, &zero, &proof, &zero).is_err());
    }
}
