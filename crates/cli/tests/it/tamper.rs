//! One flipped bit anywhere in the evidence or in a signed contract is found and named.

use std::path::{Path, PathBuf};

use crate::program::{demo, xinyu};

fn flip(path: &Path, at: usize, bit: u8) -> Vec<u8> {
    let whole = std::fs::read(path).unwrap();
    let mut changed = whole.clone();
    changed[at] ^= 1 << bit;
    std::fs::write(path, changed).unwrap();
    whole
}

fn must_find(arguments: &[&str], name: &str) {
    let output = xinyu(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{name}: {stderr}");
    assert!(stderr.contains(name), "{name} is not named: {stderr}");
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[test]
fn any_flipped_bit_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let report = demo(folder.path(), None);
    let evidence = report["evidence_dir"].as_str().unwrap();
    for path in files(Path::new(evidence)) {
        let length = std::fs::read(&path).unwrap().len();
        for (round, at) in [0, length / 3, length - 1].into_iter().enumerate() {
            let whole = flip(&path, at, u8::try_from((at + round) % 7).unwrap());
            let output = xinyu(&["evidence", "verify", evidence]);
            assert_eq!(output.status.code(), Some(1), "{} byte {at}", path.display());
            std::fs::write(&path, whole).unwrap();
        }
    }
    assert!(xinyu(&["evidence", "verify", evidence]).status.success(), "everything was put back");

    let contract = PathBuf::from(report["contract_file"].as_str().unwrap());
    let history = PathBuf::from(report["history_file"].as_str().unwrap());
    let receipt = PathBuf::from(report["receipt_file"].as_str().unwrap());
    let proof = folder.path().join("refused.tlog-proof");
    let exported = xinyu(&["evidence", "proof", receipt.to_str().unwrap()]);
    assert!(exported.status.success());
    std::fs::write(&proof, exported.stdout).unwrap();
    for (path, arguments) in [
        (&contract, vec!["contract", "verify", contract.to_str().unwrap()]),
        (&history, vec!["contract", "history", history.to_str().unwrap()]),
        (&receipt, vec!["evidence", "verify", evidence, "--receipt", receipt.to_str().unwrap()]),
        (&proof, vec!["evidence", "verify", evidence, "--proof", proof.to_str().unwrap()]),
    ] {
        let length = std::fs::read(path).unwrap().len();
        for step in 0..120 {
            let at = (step * 7_919 + 13) % length;
            let whole = flip(path, at, u8::try_from(step % 8).unwrap());
            must_find(&arguments, path.file_name().unwrap().to_str().unwrap());
            std::fs::write(path, whole).unwrap();
        }
        assert!(xinyu(&arguments).status.success(), "{arguments:?}");
    }
}
