//! The lineage of the demo's data, read by a stranger out of nothing but the files of the log.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::xinyu;

fn said(arguments: &[&str], status: i32) -> String {
    let output = xinyu(&[&["evidence", "lineage"], arguments, &["--lang", "en"]].concat());
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    said
}

/// Follows the data of a contract whose data was destroyed in the end.
pub(crate) fn is_followed(log: &str, contract: &str) {
    let delivery = format!("delivery:{contract}");
    let all = said(&[log], 0);
    for part in ["product product:", "← transfer.completed #", "destroyed #", "result result:demo-use-1", &delivery] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let source = said(&[log, "--node", "result:demo-use-1", "--towards", "source"], 0);
    assert!(source.contains(&delivery) && !source.contains("demo-use-2"), "{source}");
    assert_eq!(source.lines().count(), 3, "product, delivery, result: {source}");
    let uses = said(&[log, "--node", &delivery, "--towards", "use"], 0);
    assert_eq!(uses.matches("result:demo-use-").count(), 3, "{uses}");
    let left = said(&[log, "--contract", contract], 0);
    assert!(
        left.contains("result:demo-use-3") && !left.contains(&delivery),
        "the data is gone, what left is not: {left}"
    );

    let prov: Value = serde_json::from_str(&said(&[log, "--form", "prov"], 0)).unwrap();
    assert_eq!(prov["wasDerivedFrom"].as_object().unwrap().len(), 5, "{prov:#}");
    let events = said(&[log, "--form", "openlineage"], 0);
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() == 5 && events.iter().all(|event| event["eventType"] == "COMPLETE"), "{events:?}");

    // A file at hand is found by its digest.
    let graph: Value = serde_json::from_str(&said(&[log, "--output", "json"], 0)).unwrap();
    let digest = graph["nodes"][&delivery]["digest"].as_str().unwrap();
    let found = said(&[log, "--digest", digest], 0);
    assert!(found.contains(&delivery) && found.contains("result:demo-use-2"), "{found}");
    assert!(said(&[log, "--digest", "00"], 2).contains("no data with this digest"));

    assert!(said(&[log, "--node", "product:nothing"], 2).contains(&delivery), "it says what there is");
    assert!(said(&[log, "--contract", "C0"], 2).contains("no data under this contract"));
    stubs_are_made_and_checked(Path::new(log), &delivery);
    // Of a log that is not whole nothing is told.
    let bundle = bundle(Path::new(log));
    let whole = std::fs::read(&bundle).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(&bundle, changed).unwrap();
    let refused = said(&[log], 1);
    assert!(refused.contains("was changed or is not whole") && !refused.contains("product:"), "{refused}");
    std::fs::write(&bundle, whole).unwrap();
}

/// The bundle of entries that the head is about.
fn bundle(log: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut open = vec![log.join("tile/entries")];
    while let Some(folder) = open.pop() {
        for one in std::fs::read_dir(folder).unwrap() {
            let path = one.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.into_iter().max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap()
}

/// The stub of some data, made from the files of the log, proves it to whoever has nothing but the keys; another file does not.
fn stubs_are_made_and_checked(log: &Path, delivery: &str) {
    let folder = tempfile::tempdir().unwrap();
    let stub = |arguments: &[&str], status: i32| {
        let output = xinyu(&[&["evidence", "stub"], arguments, &["--lang", "en"]].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    };
    let (file, keys) = (folder.path().join("stub.json"), log.join("key"));
    let (path, keys) = (file.to_str().unwrap(), keys.to_str().unwrap());
    let made = stub(&["make", log.to_str().unwrap(), "--node", delivery], 0);
    std::fs::write(&file, &made).unwrap();
    let valid = stub(&["verify", path, "--keys", keys], 0);
    assert!(
        valid.contains("the stub is valid") && valid.contains(delivery) && valid.contains("transfer.completed"),
        "{valid}"
    );
    std::fs::write(&file, made.replace(delivery, "delivery:C0")).unwrap();
    assert!(stub(&["verify", path, "--keys", keys], 1).contains("stub-node"));
    assert!(stub(&["make", log.to_str().unwrap(), "--node", "delivery:C0"], 2).contains("no such data"));
}
