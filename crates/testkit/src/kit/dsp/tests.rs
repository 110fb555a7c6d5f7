//! The kit against itself: a model of a subject passes all sequences by its scripts alone, and each flaw of it is found.

mod model;

use std::collections::BTreeSet;
use std::time::Duration;

use super::act::{Act, Family, State};
use super::message::{Terms, build};
use super::sequence::{Role, Step};
use super::shape::{self, SHAPES};
use super::{GROUPS, run};
use crate::kit::schema::Schemas;
use crate::kit::{Options, Report};
use model::{Flaw, Model};

async fn play(flaw: Flaw, wait: Duration) -> Report {
    let model = Model::open(flaw).await;
    let rest = Duration::ZERO;
    run(&model.subject, &Options { wait, rest, ..Options::default() }).await.expect("the kit runs")
}

#[tokio::test]
async fn the_scripts_make_a_subject_pass_all_sequences() {
    let report = play(Flaw::None, Duration::from_secs(20)).await;
    assert_eq!((report.outcomes.len(), report.passed()), (65, 65), "{report}");
}

#[tokio::test]
async fn a_flaw_of_the_subject_is_found() {
    let check = async |flaw, expect: &'static [&str], reason: &'static str| {
        let report = play(flaw, Duration::from_secs(3)).await;
        for outcome in &report.outcomes {
            let should_fail = expect.iter().any(|prefix| outcome.id.starts_with(prefix));
            assert_eq!(outcome.result.is_err(), should_fail, "{flaw:?} {}: {:?}", outcome.id, outcome.result);
        }
        let named =
            report.failures().filter(|outcome| outcome.result.as_ref().is_err_and(|text| text.contains(reason)));
        assert!(named.count() > 0, "{flaw:?} is not named: {report}");
    };
    let illegal: &[&str] = &["CN:03", "CN_C:03", "TP:03", "TP_C:03"];
    let typed: &[&str] = &["CAT", "CN", "TP"];
    let cases = [
        check(Flaw::AcceptsAll, illegal, "should be refused"),
        check(Flaw::RefusesWith404, illegal, "should be refused"),
        check(Flaw::RefusesWithBareText, illegal, "@context"),
        check(Flaw::ContextIsText, typed, "@context"),
        check(Flaw::TypeIsPrefixed, typed, "@type"),
        check(Flaw::ForgetsThePids, &["CN", "TP"], "Pid"),
        check(Flaw::OtherOfferId, &["CN_C"], "still INITIAL"),
        check(Flaw::DoesNothing, SCRIPTED, "still REQUESTED"),
    ];
    futures::future::join_all(cases).await;
}

/// The sequences that need an action of the subject.
#[rustfmt::skip]
const SCRIPTED: &[&str] = &[
    "CN:01", "CN:02-01", "CN:02-03", "CN:02-04", "CN:02-05", "CN:02-06", "CN:02-07", "CN:03",
    "CN_C:01", "CN_C:02-02", "CN_C:02-03", "CN_C:02-05", "CN_C:02-06", "CN_C:03-04", "CN_C:03-05", "CN_C:03-06",
    "TP:01", "TP:02-01", "TP:02-02", "TP:02-03", "TP:03-03", "TP:03-04", "TP:03-05", "TP:03-06", "TP_C:02",
];

#[test]
fn the_tables_are_well_formed() {
    let sequences: Vec<_> =
        GROUPS.iter().flat_map(|group| group.sequences.iter().map(move |one| (group, one))).collect();
    let ids: BTreeSet<&str> = sequences.iter().map(|(_, sequence)| sequence.id).collect();
    assert_eq!(ids.len(), 65);
    for (group, sequence) in sequences {
        let mut open: Option<State> = None;
        for step in sequence.steps {
            let (act, reached) = match step {
                Step::Expect(act) | Step::Send(act) | Step::Refuse(act) => (Some(*act), None),
                Step::Reach(state) => (None, Some(*state)),
                _ => (None, None),
            };
            let rule = act.map(|act| group.family.rule(act).expect("the family knows the act"));
            if matches!(step, Step::Expect(_)) {
                assert!(open.is_none(), "{}: two expectations at once", sequence.id);
                open = rule.map(|rule| rule.to);
            }
            if reached.is_some() {
                assert_eq!(
                    open.take(),
                    reached,
                    "{}: waits for another state than the expected message brings",
                    sequence.id
                );
            }
        }
        assert!(open.is_none(), "{}: an expectation that nobody waits for", sequence.id);
    }
}

#[test]
fn the_kit_itself_keeps_to_the_schemas() {
    let schemas = Schemas::load(SHAPES).expect("the schemas are readable");
    for subject in [Role::Provider, Role::Consumer] {
        for (family, acts) in [(Family::Negotiation, &Act::NEGOTIATION[..]), (Family::Transfer, &Act::TRANSFER[..])] {
            for act in acts {
                let rule = family.rule(*act).expect("the family knows the act");
                let provider = if *act == Act::Request { String::new() } else { "p".to_owned() };
                let terms = Terms {
                    pids: (provider, "c".to_owned()),
                    subject,
                    connector_id: "subject",
                    dataset: "dataset".to_owned(),
                    offer: "offer".to_owned(),
                    agreement: "agreement".to_owned(),
                    format: "HttpData-PULL".to_owned(),
                    address: "http://127.0.0.1:1",
                };
                shape::check(&schemas, &[rule.message], &build(rule, &terms)).expect("the message keeps to its schema");
            }
        }
    }
}
