//! Connectors, heartbeats, certificates, grants.

use jiff::SignedDuration;
use xinyu_core::certificate::{CertificateState, Issued};
use xinyu_core::connector::{Connector, Happened};
use xinyu_core::heartbeat::{Liveness, Pulse};
use xinyu_core::heterogeneous::{Heterogeneous, Owner};
use xinyu_core::participant::{Act, MemberState};
use xinyu_crypto::Suite;
use xinyu_protocol::api::device::AttachmentInfo;
use xinyu_protocol::id::{AreaCode, ConnectorId, ParticipantId};
use xinyu_protocol::tc609::connector::{Capabilities, Device};
use xinyu_protocol::tc609::heterogeneous::{Probed, Statement};
use xinyu_store::ndi::{self as identity, Grant};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, certificate, connector, heartbeat, heterogeneous};

#[tokio::test]
async fn the_next_silence_is_found_and_taken_up() {
    on_each_engine(async |fixture: Fixture| {
        let (store, now) = (&fixture.store, fixture.clock.now());
        let pulse = move |id: &str, due: Option<i64>| Pulse {
            connector_id: id.to_owned(),
            liveness: Liveness::Online,
            seen_at: now,
            started_at: now,
            version: String::new(),
            binary_digest: String::new(),
            due_at: due.map(|seconds| now + SignedDuration::from_secs(seconds)),
        };
        let next = || store.read("next", |tx| Box::pin(heartbeat::next_due(tx)));
        assert_eq!(next().await, Ok(None));
        let saved = store.write("save", move |tx| {
            Box::pin(async move {
                for (id, due) in [("a", Some(12)), ("b", Some(5)), ("c", None), ("b", Some(7))] {
                    heartbeat::save(tx, &pulse(id, due)).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        saved.await.unwrap();
        assert_eq!(next().await, Ok(Some(now + SignedDuration::from_secs(7))));
        let due = |seconds| {
            let until = now + SignedDuration::from_secs(seconds);
            store.write("due", move |tx| Box::pin(heartbeat::due(tx, until, 10)))
        };
        let ids = |pulses: Vec<Pulse>| pulses.into_iter().map(|pulse| pulse.connector_id).collect::<Vec<_>>();
        assert!(due(6).await.unwrap().is_empty());
        assert_eq!(ids(due(12).await.unwrap()), ["b", "a"]);
    })
    .await;
}

#[tokio::test]
async fn a_connector_keeps_its_history_and_each_document_once() {
    on_each_engine(async |fixture: Fixture| {
        let (store, now) = (&fixture.store, fixture.clock.now());
        let done = store.write("connector", move |tx| {
            Box::pin(async move {
                let mut one = Connector::register("c", Device::default(), Capabilities::default(), now).unwrap();
                connector::save(tx, &one).await?;
                one.version = "2".to_owned();
                connector::save(tx, &one).await?;
                assert_eq!(connector::list(tx).await?, [one]);
                for kind in ["first", "second", "third"] {
                    connector::note(tx, "c", &Happened::new(kind, "甲", "a")).await?;
                }
                let newest = connector::history(tx, "c", 2).await?;
                let kinds: Vec<&str> = newest.iter().map(|(_, happened)| happened.kind.as_str()).collect();
                assert_eq!(kinds, ["second", "third"]);
                let info = |key: &str, digest: &str| AttachmentInfo {
                    attachment_id: key.to_owned(),
                    kind: "tee".to_owned(),
                    name: "n".to_owned(),
                    issue_org: String::new(),
                    expire_date: String::new(),
                    digest: digest.to_owned(),
                    size_bytes: 3,
                    uploaded_at: now,
                };
                for (key, digest, expect) in [("1", "x", true), ("2", "x", false), ("3", "y", true)] {
                    assert_eq!(connector::attach(tx, "c", &info(key, digest), b"\0\xffx").await?, expect, "{key}");
                }
                let (_, content) = connector::attachment(tx, "c", "3").await?.unwrap();
                assert_eq!(content, b"\0\xffx");
                assert!(connector::attachment(tx, "d", "3").await?.is_none(), "another connector's is not there");
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_was_revoked_is_listed_until_it_expires_and_a_grant_is_redeemed_once() {
    on_each_engine(async |fixture: Fixture| {
        let (store, now) = (&fixture.store, fixture.clock.now());
        let later = now + SignedDuration::from_hours(1);
        let issued = move |serial: &str, suite: Suite| Issued {
            serial: serial.to_owned(),
            holder: "c".to_owned(),
            suite,
            fingerprint: String::new(),
            not_before: now,
            not_after: later,
            issued_at: now,
            pem: String::new(),
            state: CertificateState::Valid,
            revoked_at: None,
            reason: String::new(),
        };
        let done = store.write("certificate", move |tx| {
            Box::pin(async move {
                for (serial, suite) in [("1", Suite::Sm), ("2", Suite::Sm), ("3", Suite::Intl)] {
                    certificate::insert(tx, &issued(serial, suite)).await?;
                }
                for (serial, suite) in [("1", Suite::Sm), ("3", Suite::Intl)] {
                    certificate::save(tx, &Issued { state: CertificateState::Revoked, ..issued(serial, suite) })
                        .await?;
                }
                let revoked = async |tx: &mut _, at| {
                    let all = certificate::revoked(tx, "sm", at).await.unwrap();
                    all.into_iter().map(|one| one.serial).collect::<Vec<_>>()
                };
                assert_eq!(revoked(tx, now).await, ["1"]);
                assert!(revoked(tx, later + SignedDuration::from_secs(1)).await.is_empty());
                assert_eq!(certificate::of_holder(tx, "c").await?.len(), 3);

                let grant = Grant { participant_id: "p".to_owned(), node_id: "n".to_owned(), expires_at: later };
                identity::allow(tx, "digest", &grant).await?;
                assert_eq!(identity::redeem(tx, "digest", "other").await?, None, "another node's is not there");
                assert_eq!(identity::redeem(tx, "digest", "n").await?, Some(grant));
                assert_eq!(identity::redeem(tx, "digest", "n").await?, None);
                assert!(identity::log_off(tx, "d").await? && !identity::log_off(tx, "d").await?);
                assert!(identity::logged_off(tx, "d").await?.is_some());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn one_did_is_one_connector_of_another_maker() {
    on_each_engine(async |fixture: Fixture| {
        let (store, now) = (&fixture.store, fixture.clock.now());
        let participant = ParticipantId::parse("91350100M000100Y43").unwrap();
        let area = AreaCode::parse("3501").unwrap();
        let one = move |number: u64, did: &str| {
            let owner = ConnectorId::compose(&participant, &area, 1);
            let spaces = vec!["s".to_owned()];
            let owner = Owner {
                connector_id: &owner,
                participant_id: &participant,
                name: "n",
                state: MemberState::Approved,
                spaces: &spaces,
            };
            let statement: Statement = serde_json::from_value(serde_json::json!({
                "did": did, "address": "https://a.example", "device": {}, "role": "consumer", "spaces": ["s"],
            }))
            .unwrap();
            let probed = Probed {
                at: now,
                versions: Vec::new(),
                endpoint: "https://a.example".to_owned(),
                credential_service: String::new(),
            };
            let id = ConnectorId::compose(owner.participant_id, &area, number);
            Heterogeneous::enrol(id, &owner, statement, probed, now).0
        };
        let (first, second) = (one(2, "did:web:a.example"), one(3, "did:web:a.example"));
        let (kept, id) = (first.clone(), first.connector_id.as_str().to_owned());
        let saved = store.write("save", move |tx| {
            Box::pin(async move {
                heterogeneous::save(tx, &kept).await?;
                assert_eq!(heterogeneous::admitted(tx).await?, []);
                let (admitted, ..) = kept.clone().step(Act::Admit, "", now).unwrap();
                heterogeneous::save(tx, &admitted).await?;
                assert_eq!(heterogeneous::find(tx, &id).await?.as_ref(), Some(&admitted));
                assert_eq!(heterogeneous::lock(tx, &id).await?.as_ref(), Some(&admitted));
                assert_eq!(heterogeneous::lock_did(tx, "did:web:a.example").await?.as_ref(), Some(&admitted));
                assert_eq!(heterogeneous::lock_of(tx, admitted.owner.as_str()).await?, std::slice::from_ref(&admitted));
                assert_eq!(heterogeneous::lock_of(tx, &id).await?, []);
                assert_eq!(heterogeneous::admitted(tx).await?, std::slice::from_ref(&admitted));
                let (barred, ..) = admitted.step(Act::Suspend, "审查", now).unwrap();
                heterogeneous::save(tx, &barred).await?;
                assert_eq!(heterogeneous::barred(tx).await?, std::slice::from_ref(&barred));
                assert_eq!(heterogeneous::list(tx).await?, [barred]);
                Ok::<_, StoreError>(())
            })
        });
        saved.await.unwrap();
        let twice = store.write("twice", move |tx| Box::pin(async move { heterogeneous::save(tx, &second).await }));
        assert!(twice.await.is_err());
    })
    .await;
}
