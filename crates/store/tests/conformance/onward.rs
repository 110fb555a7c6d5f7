//! Derived data and hops, found by their id, their contract and their receiver.

use serde_json::{Value, json};
use xinyu_core::derived::{Derived, DerivedState};
use xinyu_core::onward::{Onward, State};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, derived, onward};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";
const CONNECTOR: &str = "591350100M000100Y433501A1B2C3D4T";

fn lineage(id: &str, made_at: &str) -> Value {
    json!({
        "derivedId": id, "inputs": [], "strategyId": "s", "useId": "u", "action": "read", "queryDigest": "", "fields": [],
        "madeAt": made_at, "rows": 1, "digest": "ab",
    })
}

fn kept(id: &str, made_at: &str) -> Derived {
    serde_json::from_value(json!({
        "lineage": lineage(id, made_at), "contract_id": CONTRACT, "space_id": "s", "suite": "sm", "holder": CONNECTOR,
        "table": { "name": "derived", "fields": [], "rows": 1 }, "policies": [], "file": { "name": "f", "bytes": 1, "digest": "cd" },
        "state": "held",
    }))
    .unwrap()
}

fn hop(id: &str, state: &str, offered_at: &str) -> Onward {
    serde_json::from_value(json!({
        "onward_id": id, "offered_at": offered_at, "state": state, "steps": [],
        "place": {
            "contract_id": CONTRACT, "contract_hash": "00", "space_id": "s", "suite": "sm", "provider": "a", "consumer": "b", "platform": "p",
        },
        "grant": {
            "spaceId": "s", "productId": "p", "provider": CONNECTOR, "consumer": CONNECTOR, "sender": CONNECTOR, "receiver": CONNECTOR,
            "receiverEntityId": "91330100MA7XYU3302", "action": "distribute", "purpose": "", "tables": [], "rows": 1, "digest": "ab",
            "limits": {}, "original": [], "policies": [], "request": {}, "firstUseAt": null, "endsAt": null,
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn derived_data_is_kept_once_and_found_by_its_contract_in_the_order_in_which_it_was_made() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("derived", |tx| {
            Box::pin(async move {
                let (first, second) = (kept("d1", "2026-01-01T00:00:00Z"), kept("d2", "2026-01-02T00:00:00Z"));
                assert!(derived::insert(tx, &second).await?);
                assert!(derived::insert(tx, &first).await?);
                assert!(
                    !derived::insert(tx, &kept("d1", "2026-01-03T00:00:00Z")).await?,
                    "an id is never written over"
                );
                assert_eq!(derived::find(tx, "d1").await?.as_ref(), Some(&first));
                assert_eq!(derived::find(tx, "d9").await?, None);
                assert_eq!(derived::of_contract(tx, CONTRACT).await?, [first.clone(), second.clone()]);
                assert_eq!(derived::of_contract(tx, "other").await?, []);
                let gone = Derived { state: DerivedState::Destroyed, ..first };
                derived::save(tx, &gone).await?;
                assert_eq!(derived::list(tx, 9).await?, [second.clone(), gone]);
                assert_eq!(derived::list(tx, 1).await?, [second]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_hop_is_kept_once_and_found_where_its_data_is() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("onward", |tx| {
            Box::pin(async move {
                let (first, second) =
                    (hop("o1", "offered", "2026-01-01T00:00:00Z"), hop("o2", "taken", "2026-01-02T00:00:00Z"));
                assert!(onward::insert(tx, &first).await?);
                assert!(onward::insert(tx, &second).await?);
                assert!(!onward::insert(tx, &hop("o1", "taken", "2026-01-03T00:00:00Z")).await?);
                assert_eq!(onward::find(tx, "o1").await?.as_ref(), Some(&first));
                assert_eq!(onward::lock(tx, "o9").await?, None);
                assert_eq!(onward::of_contract(tx, CONTRACT).await?, [first.clone(), second.clone()]);
                assert_eq!(onward::list(tx, 1).await?, std::slice::from_ref(&second));
                assert_eq!(onward::live_at(tx, CONNECTOR).await?, std::slice::from_ref(&second));
                for (state, is_live) in [(State::Received, true), (State::Revoked, true), (State::Destroyed, false)] {
                    let moved = Onward { state, ..second.clone() };
                    onward::save(tx, &moved).await?;
                    assert_eq!(onward::lock(tx, "o2").await?, Some(moved));
                    assert_eq!(onward::live_at(tx, CONNECTOR).await?.len(), usize::from(is_live), "{state:?}");
                }
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
