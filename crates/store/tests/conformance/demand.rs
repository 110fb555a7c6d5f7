//! Demands and resources: kept once a key, held while they are changed, seen by those who may.

use serde_json::json;
use xinyu_core::demand::Demand;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, demand, resource};

const OWN: &str = "591350100M000100Y433501A1B2C3D4T";
const OTHER: &str = "591350100M000100Y433501A1B2C3D5R";

fn wish(id: &str, (space, connector): (&str, &str), state: &str, at: Timestamp) -> Result<Demand, StoreError> {
    let body = json!({
        "demand_id": id, "space_id": space, "connector_id": connector, "participant_id": "91350100M000100Y43", "state": state, "version": 1,
        "card": { "title": "t", "description": "d", "purpose": "p" }, "published_at": at, "changed_at": at, "note": "", "met_by": null, "offers": [],
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn demands_are_seen_by_their_owner_and_open_ones_by_their_space() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("demand", move |tx| {
            Box::pin(async move {
                let at = |second: i64| now + jiff::SignedDuration::from_secs(second);
                for (id, place, state, second) in [
                    ("a", ("s", OWN), "open", 1),
                    ("b", ("s", OTHER), "open", 2),
                    ("c", ("s", OTHER), "met", 3),
                    ("d", ("t", OTHER), "open", 4),
                    ("e", ("t", OWN), "withdrawn", 5),
                ] {
                    demand::save(tx, &wish(id, place, state, at(second))?).await?;
                }
                let ids = |all: Vec<Demand>| all.into_iter().map(|one| one.demand_id).collect::<Vec<_>>();
                assert_eq!(ids(demand::seen_by(tx, OWN, &["s".to_owned()], 9).await?), ["e", "b", "a"]);
                assert_eq!(ids(demand::seen_by(tx, OWN, &["s".to_owned(), "t".to_owned()], 2).await?), ["e", "d"]);
                assert_eq!(ids(demand::list(tx, 9).await?), ["e", "d", "c", "b", "a"]);
                assert_eq!(ids(demand::open(tx, "s", 9).await?), ["b", "a"]);
                assert_eq!((demand::count_open(tx, OWN).await?, demand::count_open(tx, OTHER).await?), (1, 2));
                let ended = wish("a", ("s", OWN), "met", at(9))?;
                demand::save(tx, &ended).await?;
                assert_eq!((demand::lock(tx, "a").await?, demand::find(tx, "z").await?), (Some(ended), None));

                resource::save(tx, "1", "甲", &json!({ "rows": 1 })).await?;
                resource::save(tx, "2", "甲", &json!({ "rows": 2 })).await?;
                assert_eq!(resource::lock::<serde_json::Value>(tx, "甲").await?, Some(json!({ "rows": 2 })));
                resource::remove(tx, "甲").await?;
                assert_eq!(resource::find::<serde_json::Value>(tx, "甲").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
