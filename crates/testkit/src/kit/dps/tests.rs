//! The kit against itself: models of both planes pass all sequences, and each flaw of them is found.

mod control_plane;

use std::time::Duration;

use super::{Subject, run};
use crate::kit::{Options, Report};
use control_plane::{Flaw, Model};

fn options(wait: Duration) -> Options {
    Options { wait, rest: Duration::from_millis(20), ..Options::default() }
}

/// Exactly the sequences with these beginnings fail, and the reason is named.
fn check(report: &Report, expect: &[&str], reason: &str) {
    for outcome in &report.outcomes {
        let should_fail = expect.iter().any(|prefix| outcome.id.starts_with(prefix));
        assert_eq!(outcome.result.is_err(), should_fail, "{}: {:?}", outcome.id, outcome.result);
    }
    let is_named = |text: &String| text.contains(reason);
    assert!(report.failures().any(|outcome| outcome.result.as_ref().is_err_and(is_named)), "{reason}: {report}");
}

#[tokio::test]
async fn a_control_plane_passes_its_sequences() {
    let model = Model::open(Flaw::None).await;
    let subject = Subject { control_plane: Some(model.subject.clone()), ..Subject::default() };
    let report = run(&subject, &options(Duration::from_secs(10))).await.expect("the kit runs");
    assert_eq!((report.outcomes.len(), report.passed()), (10, 10), "{report}");
}

#[tokio::test]
async fn a_flaw_of_a_control_plane_is_found() {
    let check = async |flaw, expect: &'static [&'static str], reason: &'static str| {
        let model = Model::open(flaw).await;
        let subject = Subject { control_plane: Some(model.subject.clone()), ..Subject::default() };
        let report = run(&subject, &options(Duration::from_millis(800))).await.expect("the kit runs");
        check(&report, expect, reason);
    };
    let cases = [
        check(Flaw::NoClaims, &["CP"], "has no claims"),
        check(
            Flaw::NeverCompletes,
            &["CP_C:01-01", "CP_C:02-01", "CP_C:03-01", "CP_P:01-01", "CP_P:02-01", "CP_P:03-01"],
            "nothing after",
        ),
        check(Flaw::StartsInsteadOfResuming, &["CP_C:02-01", "CP_P:02-01"], "/started"),
        check(Flaw::IgnoresThePlane, &["CP_C:03-01", "CP_P:03-01"], "nothing after"),
    ];
    futures::future::join_all(cases).await;
}
