//! The kit against itself: models of both planes pass all sequences, and each flaw of them is found.

mod control_plane;
mod data_plane;

use std::time::Duration;

use super::{Subject, run};
use crate::kit::{Options, Report};

const PATIENT: Duration = Duration::from_secs(10);
const BRIEF: Duration = Duration::from_secs(1);
const LESS_BRIEF: Duration = Duration::from_secs(2);

async fn play_control(flaw: control_plane::Flaw, wait: Duration) -> Report {
    let model = control_plane::Model::open(flaw).await;
    play(Subject { control_plane: Some(model.subject.clone()), ..Subject::default() }, wait).await
}

async fn play_data(flaw: data_plane::Flaw, wait: Duration) -> Report {
    let model = data_plane::Model::open(flaw).await;
    play(Subject { data_plane: Some(model.subject.clone()), ..Subject::default() }, wait).await
}

async fn play(subject: Subject, wait: Duration) -> Report {
    let options = Options { wait, rest: Duration::from_millis(20), ..Options::default() };
    run(&subject, &options).await.expect("the kit runs")
}

/// Exactly the sequences with these beginnings fail, and the reason is named.
fn check(report: &Report, expect: &[&str], reason: &str) {
    for outcome in &report.outcomes {
        let should_fail = expect.iter().any(|prefix| outcome.id.starts_with(prefix));
        assert_eq!(outcome.result.is_err(), should_fail, "{reason}, {}: {:?}", outcome.id, outcome.result);
    }
    let is_named = |text: &String| text.contains(reason);
    assert!(report.failures().any(|outcome| outcome.result.as_ref().is_err_and(is_named)), "{reason}: {report}");
}

#[tokio::test]
async fn a_control_plane_passes_its_sequences() {
    let report = play_control(control_plane::Flaw::None, PATIENT).await;
    assert_eq!((report.outcomes.len(), report.passed()), (10, 10), "{report}");
}

#[tokio::test]
async fn a_data_plane_passes_its_sequences() {
    let report = play_data(data_plane::Flaw::None, PATIENT).await;
    assert_eq!((report.outcomes.len(), report.passed()), (28, 28), "{report}");
}

#[tokio::test]
async fn a_flaw_of_a_control_plane_is_found() {
    use control_plane::Flaw;
    let check = async |flaw, expect: &'static [&'static str], reason: &'static str| {
        check(&play_control(flaw, BRIEF).await, expect, reason);
    };
    let completing = &["CP_C:01-01", "CP_C:02-01", "CP_C:03-01", "CP_P:01-01", "CP_P:02-01", "CP_P:03-01"];
    let cases = [
        check(Flaw::NoClaims, &["CP"], "has no claims"),
        check(Flaw::NeverCompletes, completing, "nothing after"),
        check(Flaw::StartsInsteadOfResuming, &["CP_C:02-01", "CP_P:02-01"], "/started"),
        check(Flaw::IgnoresThePlane, &["CP_C:03-01", "CP_P:03-01"], "nothing after"),
    ];
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_flaw_of_a_data_plane_is_found() {
    use data_plane::Flaw;
    let check = async |flaw, expect: &'static [&'static str], reason: &'static str| {
        check(&play_data(flaw, LESS_BRIEF).await, expect, reason);
    };
    let addressed = &["DP_P_PULL:01", "DP_C_PUSH:01", "DP_C_PUSH:02", "DP_C_PUSH:03", "DP_P_HTTP_PULL"];
    let late = &["DP_C_PULL:04", "DP_P_PULL:04", "DP_C_PUSH:04", "DP_P_PUSH:04"];
    let telling = &["DP_C_PULL:03", "DP_P_PUSH:03", "DP_C_PULL:04", "DP_P_PULL:04", "DP_C_PUSH:04", "DP_P_PUSH:04"];
    let resuming = &["DP_C_PULL:02-01", "DP_P_PULL:02-01", "DP_C_PUSH:02-01", "DP_P_PUSH:02-01"];
    let cases = [
        check(Flaw::KeepsTheAddress, addressed, "held no data address"),
        check(Flaw::TakesAnyAddress, &["DP_C_HTTP_PULL:02-01"], "should be refused"),
        check(Flaw::TakesAnyRefreshToken, &["DP_P_HTTP_PULL:02-01"], "should be refused"),
        check(Flaw::TakesAnyClient, &["DP_P_HTTP_PULL:02-02"], "should be refused"),
        check(Flaw::GivesTheOldToken, &["DP_P_HTTP_PULL:01-01"], "gave no new token"),
        check(Flaw::ResumesSilently, resuming, "has no messageId"),
        check(Flaw::AlwaysAtOnce, late, "not 202"),
        check(Flaw::TellsNothing, telling, "nothing after"),
    ];
    futures::future::join_all(cases).await;
}
