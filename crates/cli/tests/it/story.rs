//! The main job, and what a stranger can check afterwards.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{demo, on_postgres, xinyu};
use crate::{lineage, metering};

#[test]
fn one_command_runs_the_space_and_a_stranger_verifies_it() {
    whole_story(None);
}

#[test]
fn the_space_runs_on_postgresql_too() {
    on_postgres(|databases| whole_story(Some(databases)));
}

fn whole_story(databases: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let report = demo(folder.path(), databases);
    let number = |pointer: &str| {
        report.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{pointer} in {report:#}"))
    };
    assert_eq!((number("/uses_allowed"), number("/uses_refused")), (3, 5));
    assert!(number("/rows_delivered") >= 10_000, "{report:#}");
    assert!(number("/freeze_to_stop_ms") < 60_000, "a stop is measured, not promised");
    assert_eq!(report["destroyed"], true);
    assert_eq!(report["evidence"]["verified"], true);
    assert_eq!(report["metering"]["provider"], report["metering"]["consumer"]);
    assert_eq!(report["metering"]["provider"], report["metering"]["platform"]);
    let shares: u64 = report["settlement"]["shares"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(shares, number("/settlement/total_fen"));
    assert_eq!(report["settlement"]["payment"], "confirmed");
    assert_eq!((number("/settlement/paid_fen"), number("/settlement/confirmed_by")), (shares + 2 * 500, 2));
    assert_eq!(number("/settlement/charges_fen"), 2 * 500, "from the third refusal on, while there was data");
    let clauses: Vec<&str> =
        report["refusals"].as_array().unwrap().iter().filter_map(|one| one["clause"].as_str()).collect();
    assert_eq!(clauses.len(), 5);
    assert!(clauses.contains(&"/contractPolicies/0/prohibitionPolicies/0"), "{clauses:?}");

    let path = |name: &str| report[name].as_str().unwrap().to_owned();
    for arguments in [
        vec!["contract", "verify", &path("contract_file")],
        vec!["contract", "history", &path("history_file")],
        vec!["contract", "clauses", &path("contract_file"), "--log", &path("evidence_dir")],
        vec!["evidence", "verify", &path("evidence_dir")],
        vec!["evidence", "verify", &path("evidence_dir"), "--receipt", &path("receipt_file")],
        vec!["reputation", "verify", report["trust"]["reputation_file"].as_str().unwrap()],
    ] {
        let output = xinyu(&arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    lineage::is_followed(&path("evidence_dir"), &path("contract_id"));
    metering::is_closed_again(&path("evidence_dir"), &path("contract_id"));
    holds_no_data(Path::new(&path("evidence_dir")));

    assert_eq!(report["trust"]["grade"], "B");
    assert!(number("/trust/reputation") > 500, "{report:#}");
    let file = report["trust"]["reputation_file"].as_str().unwrap().to_owned();
    let stated = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, stated.replace("\"count\": 1", "\"count\": 2")).unwrap();
    assert!(!xinyu(&["reputation", "verify", &file]).status.success(), "a count was changed");

    // A second run on the same folder continues where the first ended.
    let again = demo(folder.path(), databases);
    for member in [
        "contract_id",
        "rows_delivered",
        "refusals",
        "metering",
        "settlement",
        "evidence",
        "trust",
        "freeze_to_stop_ms",
    ] {
        assert_eq!(again[member], report[member], "{member}");
    }
    nothing_lies_open(folder.path());
}

/// What was delivered lies encrypted: no airport's name and no traveller is to be read in the consumer's folder.
pub(crate) fn nothing_lies_open(folder: &Path) {
    let airports = std::fs::read_to_string(folder.join("provider/files/airports.csv")).unwrap();
    assert!(airports.contains("Hongqiao"), "the sample has the airport that is looked for");
    // Whole numbers of mobiles, behind those of the citizens: a few digits come about by chance in every digest.
    let travellers = std::fs::read(folder.join("provider/files/travellers.db")).unwrap();
    let numbers = travellers.split(|byte| !byte.is_ascii_digit()).filter(|digits| digits.len() == 18 + 11);
    let mobiles = numbers.step_by(2_000).map(|digits| std::str::from_utf8(&digits[18..]).unwrap());
    let words: Vec<&str> = mobiles.chain(["Hongqiao", "@example"]).collect();
    assert!(words.len() > 6, "the persons of the sample are there: {words:?}");
    let mut folders = vec![folder.join("consumer"), folder.join("platform/evidence")];
    while let Some(here) = folders.pop() {
        for path in std::fs::read_dir(here)
            .unwrap()
            .map(|entry: std::io::Result<std::fs::DirEntry>| -> PathBuf { entry.unwrap().path() })
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for word in &words {
                let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!found, "{word} lies open in {}", path.display());
            }
        }
    }
}

/// What was delivered and used stands nowhere among the records of it.
fn holds_no_data(evidence: &Path) {
    let mut records = Vec::new();
    let mut folders = vec![evidence.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { records.extend(std::fs::read(path).unwrap()) }
        }
    }
    let records = String::from_utf8_lossy(&records);
    assert!(records.contains("usage.done"), "the records are not among the files");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/airports/airports.csv");
    let data: &'static str = std::fs::read_to_string(data).unwrap().leak();
    // Names and coordinates; cities may stand in a clause and its reasons.
    let cells = |line: &'static str| [2, 7, 8].into_iter().filter_map(move |column| line.split(',').nth(column));
    let names = data.lines().skip(1).step_by(5).flat_map(cells).filter(|cell| cell.len() >= 8);
    let names: BTreeSet<&str> = names.map(|cell| cell.trim_matches('"')).collect();
    assert!(names.len() > 1_000, "{}", names.len());
    for name in names {
        assert!(!records.contains(name), "{name} stands in the evidence");
    }
}
