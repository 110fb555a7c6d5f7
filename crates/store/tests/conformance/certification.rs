//! Certifications, schemes, reputation statements and the counts that they are made of.

use jiff::SignedDuration;
use xinyu_core::certification::measure::Facts;
use xinyu_core::certification::{self as life, Act, By, Certification, State, ready};
use xinyu_core::connector::Happened;
use xinyu_core::evidence::Index;
use xinyu_core::reputation::{About, compute};
use xinyu_protocol::tc609::certification::{
    EvidenceKind, EvidenceRef, Finding, MeasureRule, Outcome, Scheme, Subject, SubjectKind,
};
use xinyu_protocol::tc609::reputation::SignedStatement;
use xinyu_store::log::NewEntry;
use xinyu_store::reputation::DayCount;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, certification, connector, log, reputation};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A certification of a connector that was applied for at a time; certified if there is a grade.
fn one(id: &str, connector_id: &str, applied_at: Timestamp, is_certified: bool) -> Certification {
    let subject = Subject {
        kind: SubjectKind::Participant,
        id: format!("p-{connector_id}"),
        name: "某公司".to_owned(),
        connector_id: connector_id.to_owned(),
        participant_id: "p".to_owned(),
    };
    let mut scheme = ready::all()[0].clone();
    scheme.definition.criteria.retain(|criterion| criterion.code == "P-01");
    let one = life::apply(id.to_owned(), scheme, subject, "anna", "", None, applied_at);
    if !is_certified {
        return one;
    }
    let one = life::step(one, Act::Begin, By::Person("bert"), "", applied_at).unwrap();
    let one = life::step(one, Act::Complete, By::Person("bert"), "", applied_at).unwrap();
    let facts = Facts::from([("good_standing".to_owned(), 1)]);
    life::certify(one, &facts, "dora", "", applied_at).unwrap()
}

#[tokio::test]
async fn a_certification_is_kept_with_what_was_found_and_found_by_whom_and_how_it_stands() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("certification", move |tx| {
            Box::pin(async move {
                assert_eq!(certification::next_number(tx).await?, 1);
                assert_eq!(certification::next_number(tx).await?, 2);
                let later = now + SignedDuration::from_secs(1);
                let (open, good, other) =
                    (one("RZ1", "c", now, false), one("RZ2", "c", later, true), one("RZ3", "d", now, true));
                for each in [&open, &good, &other] {
                    certification::save(tx, each).await?;
                }
                assert_eq!(certification::find(tx, "RZ2").await?.as_ref(), Some(&good));
                assert_eq!(certification::find(tx, "RZ9").await?, None);
                assert_eq!(certification::list(tx, "c", 10).await?, [good.clone(), open.clone()]);
                assert_eq!(certification::list(tx, "", 10).await?.len(), 3);
                assert_eq!(certification::of_subject(tx, ready::PARTICIPANT, "p-c").await?.len(), 2);
                assert_eq!(certification::lock_in_force(tx, "c").await?, std::slice::from_ref(&good));
                assert_eq!(certification::lock_in_force(tx, "").await?.len(), 2);

                // A finding and a step are kept; who is suspended is not valid and still in force.
                let mut changed = certification::lock(tx, "RZ2").await?.unwrap();
                changed = life::step(changed, Act::Suspend, By::Platform, "缘由", later).unwrap();
                certification::save(tx, &changed).await?;
                assert_eq!(certification::find(tx, "RZ2").await?.map(|one| one.state), Some(State::Suspended));
                let ids = |all: Vec<Certification>| all.into_iter().map(|one| one.certification_id).collect::<Vec<_>>();
                assert_eq!(ids(certification::valid(tx, now, 10).await?), ["RZ3"]);
                assert_eq!(ids(certification::lock_in_force(tx, "c").await?), ["RZ2"]);

                // By the clock.
                let over = other.valid_until().unwrap();
                assert!(!certification::is_due(tx, over - SignedDuration::from_secs(1)).await?);
                assert!(certification::is_due(tx, over).await?);
                assert_eq!(ids(certification::due(tx, over + SignedDuration::from_secs(1), 10).await?), ["RZ3", "RZ2"]);
                assert_eq!(ids(certification::valid(tx, over, 10).await?), Vec::<String>::new());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_finding_comes_back_as_it_was_recorded() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("finding", move |tx| {
            Box::pin(async move {
                let mut begun = one("RZ1", "c", now, false);
                begun.scheme.definition.criteria[0].measured = None;
                let evidence = vec![EvidenceRef { kind: EvidenceKind::Entry, reference: "r".to_owned() }];
                let finding =
                    Finding { code: "P-01".to_owned(), outcome: Outcome::Met, text: "已核查".to_owned(), evidence };
                let found = life::find(begun, finding, "bert", now).unwrap();
                certification::save(tx, &found).await?;
                assert_eq!(certification::find(tx, "RZ1").await?, Some(found));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_a_scheme_the_newest_version_is_told_and_no_version_is_written_over() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("scheme", |tx| {
            Box::pin(async move {
                assert_eq!(certification::schemes(tx).await?, []);
                let first = ready::all()[1].clone();
                let mut second = Scheme { version: 2, ..first.clone() };
                second.definition.criteria[0].measured =
                    Some(MeasureRule { measure: "certificate_days".to_owned(), met_from: 30, partly_from: None });
                assert!(certification::save_scheme(tx, &first).await?);
                assert!(certification::save_scheme(tx, &second).await?);
                assert!(certification::save_scheme(tx, &ready::all()[2]).await?);
                assert!(!certification::save_scheme(tx, &Scheme { version: 1, ..second.clone() }).await?);
                assert_eq!(certification::schemes(tx).await?, [second, ready::all()[2].clone()]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

fn entry(id: u32, kind: &str, actor: &str, when: &str) -> NewEntry {
    NewEntry {
        space_id: "s".to_owned(),
        record_id: format!("r{id}"),
        contract_id: None,
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        at: at(when),
        leaf: vec![1],
        index: Index::default(),
    }
}

#[tokio::test]
async fn records_are_counted_by_actor_kind_and_day_of_greenwich() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("count", |tx| {
            Box::pin(async move {
                log::create(tx, "s", "{}").await?;
                for one in [
                    entry(1, "usage.done", "c", "2026-11-20T00:00:00Z"),
                    entry(2, "usage.done", "c", "2026-11-20T23:59:59.999999Z"),
                    entry(3, "usage.done", "c", "2026-11-21T00:00:00Z"),
                    entry(4, "usage.refused", "c", "2026-11-21T08:00:00Z"),
                    entry(5, "usage.done", "d", "2026-11-21T08:00:00Z"),
                    entry(6, "usage.done", "c", "2026-11-01T08:00:00Z"),
                ] {
                    log::append(tx, vec![one]).await?;
                }
                let since = at("2026-11-02T00:00:00Z");
                let count = |kind: &str, day: i64, count: u64| DayCount { kind: kind.to_owned(), day, count };
                let found =
                    reputation::recorded(tx, "c", &["usage.done", "usage.refused", "usage.stopped"], since).await?;
                assert_eq!(
                    found,
                    [count("usage.done", 20_777, 2), count("usage.done", 20_778, 1), count("usage.refused", 20_778, 1)]
                );
                let entries = reputation::entries(tx, "usage.done", since).await?;
                assert_eq!(
                    entries.iter().map(|one| one.record_id.as_str()).collect::<Vec<_>>(),
                    ["r1", "r2", "r3", "r5"]
                );

                for kind in ["connector.stopped", "connector.attachment", "connector.back"] {
                    connector::note(tx, "c", &Happened::new(kind, "某事", "something")).await?;
                }
                let stops = reputation::stops(tx, "c", Timestamp::UNIX_EPOCH).await?;
                assert_eq!(stops.iter().map(|(_, is_stop)| *is_stop).collect::<Vec<_>>(), [true, false]);
                assert!(reputation::stops(tx, "d", Timestamp::UNIX_EPOCH).await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_reputation_statements_the_newest_is_told() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("reputation", |tx| {
            Box::pin(async move {
                let signed = |as_of: &str| {
                    let about = About {
                        connector_id: "c".to_owned(),
                        participant_id: "p".to_owned(),
                        issuer: "did:web:p".to_owned(),
                        since: at("2026-01-01T00:00:00Z"),
                    };
                    let statement = compute(about, Vec::new(), at(as_of)).unwrap();
                    SignedStatement { statement, digest: as_of.to_owned(), jws: String::new() }
                };
                assert_eq!(reputation::latest(tx, "c").await?, None);
                let (old, new) = (signed("2026-11-20T00:00:00Z"), signed("2026-11-21T00:00:00Z"));
                for one in [&new, &old] {
                    reputation::insert(tx, one).await?;
                }
                assert_eq!(reputation::latest(tx, "c").await?, Some(new));
                assert_eq!(reputation::latest(tx, "d").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
