//! The process is killed at any moment; a run on the same folder ends in the same report, with nothing lost and nothing doubled.

use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{begin_demo, demo, pause, xinyu};

/// What must be the same, whatever happened in between.
fn essence(report: &Value) -> Value {
    let refusals: Vec<&Value> = report["refusals"].as_array().unwrap().iter().map(|one| &one["clause"]).collect();
    json!({
        "rows": report["rows_delivered"], "bytes": report["bytes_delivered"], "allowed": report["uses_allowed"],
        "refused": report["uses_refused"], "clauses": refusals, "destroyed": report["destroyed"], "metering": report["metering"],
        "settlement": report["settlement"], "entries": report["evidence"]["entries"], "verified": report["evidence"]["verified"],
    })
}

#[test]
fn a_killed_demo_ends_as_if_nothing_had_happened() {
    let kills: u64 = std::env::var("XINYU_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let whole = tempfile::tempdir().unwrap();
    let expect = essence(&demo(whole.path()));
    let mut seed = 20_261_124_u64;
    for round in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..=(round % 2) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let running = begin_demo(folder.path());
            pause(Duration::from_millis(300 + (seed >> 33) % 6_000));
            drop(running);
        }
        let report = demo(folder.path());
        assert_eq!(essence(&report), expect, "round {round}, folder {}", folder.path().display());
        let output = xinyu(&["evidence", "verify", report["evidence_dir"].as_str().unwrap()]);
        assert!(output.status.success(), "round {round}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
