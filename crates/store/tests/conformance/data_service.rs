//! Services of members: kept once a key by its owner, listed by space.

use serde_json::json;
use xinyu_core::data_service::DataService;
use xinyu_protocol::tc609::data_service::ServiceState;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, data_service};

const OWN: &str = "591350100M000100Y433501A1B2C3D4T";
const OTHER: &str = "591350100M000100Y433501A1B2C3D5R";

fn service(id: &str, (space, connector): (&str, &str), state: &str, at: Timestamp) -> Result<DataService, StoreError> {
    let body = json!({
        "service_id": id, "space_id": space, "connector_id": connector, "participant_id": "91350100M000100Y43", "state": state, "version": 1,
        "card": { "name": "n", "kind": "audit", "description": "d" }, "next": null, "findings": [], "published_at": at, "changed_at": at, "note": "",
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn tc609_16_6_3_d_services_are_found_by_their_space_and_their_owner() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("service", move |tx| {
            Box::pin(async move {
                let at = |second: i64| now + jiff::SignedDuration::from_secs(second);
                for (id, place, state, second) in [
                    ("a", ("s", OWN), "reviewing", 1),
                    ("b", ("s", OTHER), "listed", 2),
                    ("c", ("t", OTHER), "listed", 3),
                    ("d", ("s", OWN), "listed", 4),
                ] {
                    data_service::save(tx, &service(id, place, state, at(second))?).await?;
                }
                let ids = |all: Vec<DataService>| all.into_iter().map(|one| one.service_id).collect::<Vec<_>>();
                assert_eq!(ids(data_service::listed(tx, "s", 9).await?), ["d", "b"]);
                assert_eq!(ids(data_service::of(tx, OWN, 9).await?), ["d", "a"]);
                assert_eq!(ids(data_service::list(tx, 3).await?), ["d", "c", "b"]);
                // Another's key changes nothing.
                data_service::save(tx, &service("b", ("s", OWN), "delisted", at(9))?).await?;
                let there = data_service::lock(tx, "b").await?.map(|one| (one.connector_id.to_string(), one.state));
                assert_eq!(there, Some((OTHER.to_owned(), ServiceState::Listed)));
                assert_eq!(data_service::find(tx, "z").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
