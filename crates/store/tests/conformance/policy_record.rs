//! Policy records and their sets, at a platform and at a connector.

use serde_json::json;
use xinyu_core::policy_record::Version;
use xinyu_protocol::tc609::policy_record::{PolicySet, RecordState};
use xinyu_store::StoreError;
use xinyu_store::policy_record;
use xinyu_store::testing::{Fixture, on_each_engine};

fn one(id: &str, version: u32, space: &str, state: &str) -> Version {
    let since = "2026-06-01T00:00:00Z";
    serde_json::from_value(json!({
        "standing": { "recordId": id, "version": version, "state": state, "since": since },
        "signed": {
            "statement": {
                "record": {
                    "recordId": id, "spaceId": space, "layer": "space", "name": "n", "description": "", "kind": "constraint", "action": "deny",
                    "priority": 0, "policy": { "contractPolicies": [] },
                },
                "version": version, "suite": "intl", "authorId": "platform", "issuedAt": since,
            },
            "proof": "p",
        },
        "filing": { "platformId": "491350100M000100Y433501A1B2C3D4E", "keys": {}, "stamp": "s" },
        "author": "li", "steps": [], "conflicts": [], "history": [],
    }))
    .unwrap()
}

fn set(of: &[&Version]) -> PolicySet {
    PolicySet { records: of.iter().map(|one| one.signed.clone()).collect(), stamp: "s".to_owned() }
}

#[tokio::test]
async fn versions_of_a_policy_record_are_kept_and_never_written_over() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("policy_record", |tx| {
            Box::pin(async move {
                let (first, second) = (one("s-1", 1, "demo", "enabled"), one("s-1", 2, "demo", "draft"));
                assert!(policy_record::insert(tx, &first).await?);
                assert!(!policy_record::insert(tx, &one("s-1", 1, "other", "draft")).await?);
                assert!(policy_record::insert(tx, &second).await?);
                assert!(policy_record::insert(tx, &one("a-1", 1, "other", "enabled")).await?);
                assert_eq!(policy_record::versions(tx, "s-1").await?, [second.clone(), first.clone()]);
                assert_eq!(policy_record::lock(tx, "s-1").await?.len(), 2);
                assert!(policy_record::versions(tx, "s-2").await?.is_empty());
                assert_eq!(policy_record::enabled(tx, "demo").await?, [first]);
                assert_eq!(policy_record::list(tx, "", 10).await?.len(), 3);
                assert_eq!(policy_record::list(tx, "demo", 1).await?, std::slice::from_ref(&second));
                let mut enabled = second;
                enabled.standing.state = RecordState::Enabled;
                policy_record::save(tx, &enabled).await?;
                assert_eq!(policy_record::enabled(tx, "demo").await?.len(), 2);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_set_gives_way_to_a_newer_one_only_and_what_is_needed_is_never_needed_less() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("policy_set", |tx| {
            Box::pin(async move {
                assert_eq!(policy_record::sequence(tx, "demo").await?, None);
                assert_eq!(policy_record::lock_sequence(tx, "demo").await?, 0);
                assert_eq!(policy_record::sequence(tx, "demo").await?, Some((0, 0)));
                assert!(policy_record::sequences(tx).await?.is_empty(), "nothing was made yet");
                let (old, new) = (set(&[]), set(&[&one("s-1", 1, "demo", "enabled")]));
                assert!(policy_record::keep(tx, "demo", 2, &new).await?);
                assert!(!policy_record::keep(tx, "demo", 1, &old).await?, "a set is never rolled back");
                assert!(!policy_record::keep(tx, "demo", 2, &old).await?, "nor replaced by another of its number");
                assert_eq!(policy_record::set(tx, "demo").await?.as_ref(), Some(&new));
                policy_record::require(tx, "demo", 3).await?;
                policy_record::require(tx, "demo", 1).await?;
                assert_eq!(policy_record::sequence(tx, "demo").await?, Some((2, 3)));
                policy_record::require(tx, "other", 5).await?;
                assert_eq!(policy_record::sequence(tx, "other").await?, Some((0, 5)));
                assert!(policy_record::set(tx, "other").await?.is_none());
                assert_eq!(
                    policy_record::sequences(tx).await?.into_iter().collect::<Vec<_>>(),
                    [("demo".to_owned(), 2)]
                );
                assert!(policy_record::keep(tx, "demo", 3, &old).await?);
                assert_eq!(policy_record::sequence(tx, "demo").await?, Some((3, 3)));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
