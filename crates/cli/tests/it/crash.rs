//! The process is killed at any moment; a run on the same folder ends in the same report, with nothing lost and nothing doubled.

use std::time::Duration;

use serde_json::Value;

use crate::program::{begin_demo, demo, essence, on_postgres, pause, xinyu};

#[test]
fn a_killed_demo_ends_as_if_nothing_had_happened() {
    let kills: u64 = std::env::var("XINYU_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let whole = tempfile::tempdir().unwrap();
    let expect = essence(&demo(whole.path(), None));
    let mut moments = Moments(20_261_124);
    for round in 0..kills {
        let times = 1 + round % 2;
        // Every fourth on PostgreSQL.
        if round % 4 == 3 {
            on_postgres(|databases| {
                assert_eq!(killed(times, Some(databases), &mut moments), expect, "round {round} on PostgreSQL");
            });
        } else {
            assert_eq!(killed(times, None, &mut moments), expect, "round {round}");
        }
    }
}

/// Random moments within the demo's time, the same in every run of the test.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(300 + (self.0 >> 33) % 6_000)
    }
}

/// A demo that is killed so many times and then runs to its end: what it reports.
fn killed(times: u64, databases: Option<&str>, moments: &mut Moments) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..times {
        let running = begin_demo(folder.path(), databases);
        pause(moments.next());
        drop(running);
    }
    let report = demo(folder.path(), databases);
    let output = xinyu(&["evidence", "verify", report["evidence_dir"].as_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    essence(&report)
}
