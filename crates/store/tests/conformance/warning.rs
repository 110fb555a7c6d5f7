//! Warnings are kept and listed by what is asked for; looks are taken all at once; messages that failed are decided about, and nothing of them is lost.

use jiff::SignedDuration;
use xinyu_core::exception::{Action, State};
use xinyu_protocol::api::warning::{Severity, WarningInfo};
use xinyu_protocol::text::Text;
use xinyu_store::exception::{self, TRIES};
use xinyu_store::outbox::{self, OutboxMessage};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, Tx, warning};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn one(id: &str, contract: &str, severity: Severity, raised_at: Timestamp) -> WarningInfo {
    WarningInfo {
        warning_id: id.to_owned(),
        contract_id: contract.to_owned(),
        name: "contract-ends".to_owned(),
        severity,
        text: Text::new("到期", "ends"),
        next: Text::new("续签", "renew"),
        clause: "c".to_owned(),
        raised_at,
        closed_at: None,
    }
}

async fn ids(tx: &mut Tx, contract: &str, is_open: Option<bool>, severity: &str) -> Result<Vec<String>, StoreError> {
    let filter = warning::Filter { contract_id: contract.to_owned(), is_open, severity: severity.to_owned() };
    Ok(warning::list(tx, &filter, 9).await?.into_iter().map(|one| one.warning_id).collect())
}

#[tokio::test]
async fn a_warning_is_listed_by_contract_state_and_severity() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("warning", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(1);
                let first = one("w1", "a", Severity::Notice, now);
                warning::save(tx, &first).await?;
                warning::save(tx, &one("w2", "a", Severity::Serious, later)).await?;
                warning::save(tx, &one("w3", "b", Severity::Serious, now)).await?;
                assert_eq!(warning::count(tx).await?, 3);
                assert_eq!(warning::open(tx, "a").await?.len(), 2);
                let closed = WarningInfo { closed_at: Some(later), ..one("w2", "a", Severity::Serious, later) };
                warning::save(tx, &closed).await?;
                assert_eq!(warning::count(tx).await?, 2);
                assert_eq!(warning::open(tx, "a").await?, [first]);
                assert_eq!(ids(tx, "", None, "").await?, ["w1", "w3", "w2"], "the open ones first");
                assert_eq!(ids(tx, "a", None, "").await?, ["w1", "w2"]);
                assert_eq!(ids(tx, "a", Some(false), "").await?, ["w2"]);
                assert_eq!(ids(tx, "", Some(true), "serious").await?, ["w3"]);
                assert_eq!(ids(tx, "c", None, "").await?, [""; 0]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_look_is_taken_with_all_that_asked_for_it() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("looks", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(60);
                assert_eq!(warning::next_due(tx).await?, None);
                warning::look_at(tx, "a", later).await?;
                assert!(warning::due(tx, now, 9).await?.is_empty());
                assert_eq!(warning::next_due(tx).await?, Some(later));
                for contract in ["b", "a", "b"] {
                    warning::touch(tx, contract).await?;
                }
                assert_eq!(warning::due(tx, now, 9).await?, ["a", "b"]);
                assert_eq!(warning::due(tx, now, 1).await?, ["a"]);
                warning::take(tx, "a").await?;
                assert_eq!(warning::due(tx, later, 9).await?, ["b"], "the later one went with it");
                warning::take(tx, "b").await?;
                assert_eq!(warning::next_due(tx).await?, None);
                warning::save(tx, &one("w1", "c", Severity::Notice, now)).await?;
                warning::touch_open(tx).await?;
                assert_eq!(warning::due(tx, now, 9).await?, ["c"]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

fn message(stream: &str, body: &str) -> OutboxMessage {
    OutboxMessage::new(stream, "peer", "test", "/inbox", body.as_bytes().to_vec())
}

async fn claimed(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let now = tx.now();
    let all = outbox::claim(tx, "o", now, 9, LEASE).await?;
    Ok(all.into_iter().map(|message| String::from_utf8(message.body).unwrap()).collect())
}

async fn state(tx: &mut Tx, id: i64) -> Result<(State, u64), StoreError> {
    let found = exception::lock(tx, id).await?.unwrap();
    Ok((found.state, found.behind))
}

async fn decide(tx: &mut Tx, id: i64, action: Action) -> Result<(), StoreError> {
    let found = exception::find(tx, id).await?.unwrap();
    exception::decide(tx, &found, action, "wang", "why").await
}

#[tokio::test]
async fn tc609_14_7_5_c_a_failed_message_is_decided_about_and_never_lost() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("exceptions", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(60);
                let id = outbox::enqueue(tx, &message("s", "first")).await?;
                outbox::enqueue(tx, &message("s", "second")).await?;
                assert!(exception::list(tx, "", 9).await?.is_empty());
                assert_eq!(state(tx, id).await?, (State::Waiting, 1));
                assert_eq!(exception::find(tx, 99).await?, None);
                assert_eq!(exception::lock(tx, 99).await?, None);
                // It fails: it is tried again later, and the other one waits.
                assert_eq!(claimed(tx).await?, ["first"]);
                assert!(exception::find(tx, id).await?.unwrap().lease_until.is_some());
                outbox::retry(tx, id, later, "no route").await?;
                exception::failed(tx, id, Some("c"), false).await?;
                assert!(warning::due(tx, now, 9).await?.is_empty(), "once is no exception");
                assert_eq!(exception::backlog(tx, "c").await?, (0, 0));
                exception::failed(tx, id, Some("d"), true).await?;
                let listed = exception::list(tx, "c", 9).await?;
                assert_eq!((listed.len(), listed[0].last_error.as_str(), listed[0].due_at), (1, "no route", later));
                assert!(exception::list(tx, "d", 9).await?.is_empty(), "what it is about stays");
                assert!(claimed(tx).await?.is_empty());
                // It is tried now.
                decide(tx, id, Action::Retry).await?;
                assert_eq!(claimed(tx).await?, ["first"]);
                outbox::retry(tx, id, later, "no route").await?;
                assert_eq!(state(tx, id).await?, (State::Retrying, 1));
                // It is set aside, and the other one goes on.
                decide(tx, id, Action::SetAside).await?;
                assert_eq!(state(tx, id).await?, (State::SetAside, 0));
                assert_eq!(exception::backlog(tx, "c").await?, (0, 1));
                assert_eq!(claimed(tx).await?, ["second"]);
                assert_eq!(outbox::list_dead(tx, 9).await?.len(), 1);
                // It is tried after all, and fails again.
                decide(tx, id, Action::Retry).await?;
                assert_eq!(claimed(tx).await?, ["first"]);
                outbox::bury(tx, id, "403").await?;
                // It is given up: it stays, and is nobody's any more.
                decide(tx, id, Action::GiveUp).await?;
                let gone = exception::find(tx, id).await?.unwrap();
                assert_eq!(
                    (gone.state, gone.decided_by.as_deref(), gone.reason.as_deref()),
                    (State::GivenUp, Some("wang"), Some("why"))
                );
                assert_eq!(exception::backlog(tx, "c").await?, (0, 0));
                assert!(outbox::list_dead(tx, 9).await?.is_empty());
                assert!(claimed(tx).await?.is_empty());
                assert!(!outbox::done(tx, id).await?);
                outbox::prune(tx, later, 9).await?;
                assert_eq!(exception::list(tx, "", 9).await?.len(), 1);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn tc609_14_7_5_c_what_fails_again_and_again_counts_and_what_arrives_no_longer_does() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("backlog", move |tx| {
            Box::pin(async move {
                let now = tx.now();
                let id = outbox::enqueue(tx, &message("s", "first")).await?;
                for attempt in 1..=TRIES {
                    assert_eq!(claimed(tx).await?, ["first"]);
                    outbox::retry(tx, id, now, "no route").await?;
                    exception::failed(tx, id, Some("c"), attempt >= TRIES).await?;
                    assert_eq!(exception::backlog(tx, "c").await?, (u64::from(attempt >= TRIES), 0), "{attempt}");
                    assert_eq!(warning::due(tx, now, 9).await?.is_empty(), attempt < TRIES);
                }
                warning::take(tx, "c").await?;
                warning::touch_failed(tx).await?;
                assert_eq!(warning::due(tx, now, 9).await?, ["c"]);
                assert!(outbox::done(tx, id).await?);
                assert_eq!(exception::backlog(tx, "c").await?, (0, 0));
                assert_eq!(state(tx, id).await?, (State::Delivered, 0));
                assert!(exception::list(tx, "", 9).await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
