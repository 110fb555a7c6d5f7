//! Components at a platform, and what a connector keeps of where they stand.

use serde_json::json;
use xinyu_core::component::Component;
use xinyu_protocol::tc609::component::{ComponentStanding, ComponentState};
use xinyu_store::StoreError;
use xinyu_store::component;
use xinyu_store::testing::{Fixture, on_each_engine};

const SOURCE: &str = "591350100M000100Y433501A1B2C3D4T";

fn one(version: &str, key: &str) -> Component {
    let digest = "ab".repeat(32);
    let since = "2026-06-01T00:00:00Z";
    serde_json::from_value(json!({
        "standing": { "componentId": "cmp-1", "version": version, "state": "submitted", "since": since },
        "signed": {
            "statement": {
                "registrationId": key, "spaceId": "demo", "suite": "intl", "kind": "algorithm", "name": "n", "version": version,
                "mediaType": "application/sql", "sizeBytes": 1, "digests": { "sm3": digest, "sha256": digest }, "outputs": "o",
                "outputLeaves": true, "description": "", "purpose": "p", "sourceId": SOURCE, "sourceEntityId": "91350100M000100Y43", "issuedAt": since,
            },
            "signature": { "connectorId": SOURCE, "kid": "k", "signature": "AA", "credential": "c" },
        },
        "has_content": true,
        "filing": { "platformId": "491350100M000100Y433501A1B2C3D4E", "keys": {}, "stamp": "s" },
        "history": [],
    }))
    .unwrap()
}

#[tokio::test]
async fn versions_of_a_component_are_kept_in_their_order_with_their_content() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("component", |tx| {
            Box::pin(async move {
                let (first, second) = (one("1.0", "r1"), one("0.9", "r2"));
                assert!(component::insert(tx, &first, 0, Some(b"SELECT 1")).await?);
                assert!(!component::insert(tx, &one("1.0", "r9"), 1, None).await?, "a version is never written over");
                assert!(!component::insert(tx, &one("2.0", "r1"), 1, None).await?, "a key is one registration");
                assert!(!component::insert(tx, &one("2.0", "r9"), 0, None).await?, "two do not follow the same");
                assert!(component::insert(tx, &second, 1, None).await?);
                assert_eq!(component::versions(tx, "cmp-1").await?, [second.clone(), first.clone()]);
                assert_eq!(component::lock(tx, "cmp-1").await?.len(), 2);
                assert!(component::versions(tx, "cmp-2").await?.is_empty());
                assert_eq!(component::content(tx, "cmp-1", "1.0").await?.unwrap(), b"SELECT 1");
                assert!(component::content(tx, "cmp-1", "0.9").await?.is_none());
                assert!(component::content(tx, "cmp-1", "3").await?.is_none());
                assert_eq!(component::find_by_key(tx, SOURCE, "r1").await?.as_ref(), Some(&first));
                assert!(component::find_by_key(tx, "other", "r1").await?.is_none());
                let standing = ComponentStanding { state: ComponentState::Approved, ..first.standing.clone() };
                component::save(tx, &Component { standing, ..first.clone() }).await?;
                assert_eq!(component::versions(tx, "cmp-1").await?[1].standing.state, ComponentState::Approved);
                assert_eq!(component::list(tx, "demo", 10).await?.len(), 2);
                assert_eq!(component::list(tx, "", 1).await?.len(), 1);
                assert!(component::list(tx, "other", 10).await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_connector_keeps_the_newest_standing_whatever_comes_last() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("component", |tx| {
            Box::pin(async move {
                let at = |state: ComponentState, since: &str| ComponentStanding {
                    state,
                    since: since.parse().unwrap(),
                    ..one("1.0", "r").standing
                };
                let withdrawn = at(ComponentState::Withdrawn, "2026-06-03T00:00:00Z");
                component::learn(tx, &at(ComponentState::Approved, "2026-06-02T00:00:00Z")).await?;
                component::learn(tx, &withdrawn).await?;
                component::learn(tx, &at(ComponentState::Suspended, "2026-06-01T00:00:00Z")).await?;
                assert_eq!(component::standing(tx, "cmp-1", "1.0").await?, Some(withdrawn));
                assert!(component::standing(tx, "cmp-1", "2.0").await?.is_none());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
