//! Registrations at function nodes: one a product and node, found when their result is to be asked for.

use jiff::SignedDuration;
use serde_json::json;
use xinyu_core::listing::Listing;
use xinyu_core::listing::registration::{self as domain, PLATFORM, Place};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, listing, registration};

const NODE: &str = "291350100M000100Y433501A1B2C3D4L";

fn listed(product: &str, key: &str, now: Timestamp) -> Result<Listing, StoreError> {
    let body = json!({
        "product_id": product, "connector_id": "591350100M000100Y433501A1B2C3D4T", "provider_id": "91350100M000100Y43", "provider_name": "甲",
        "request": {
            "listingId": key, "spaceId": "s", "policies": [], "term": "P1D", "profile": {},
            "product": { "name": "n", "description": "d", "source": "s", "licence": "l", "topic": "B0300", "updateFrequency": "005",
                "keywords": [], "tables": [] },
            "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
        },
        "findings": [], "state": "listed", "requested_at": now, "decided_at": null, "note": "",
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn what_a_node_looks_at_is_found_when_it_is_to_be_asked() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("registration", move |tx| {
            Box::pin(async move {
                let one = listed("691350100M000100Y433501A1B2C3D47", "k1", now)?;
                let two = listed("691350100M000100Y433501A1B2C3D47•2", "k2", now)?;
                let down = Listing {
                    state: ListingState::Delisted,
                    ..listed("691350100M000100Y433501A1B2C3D47•3", "k3", now)?
                };
                for listing in [&one, &two, &down] {
                    assert!(listing::insert(tx, listing).await?);
                }
                let place = Place { node_id: NODE, name: "节点" };
                let mut there = domain::ask(None, &one, place, (json!({}), PLATFORM), now).unwrap().registration;
                let told = registration::told(tx, NODE, "", 9).await?;
                assert_eq!(told, [(one.clone(), None), (two.clone(), None)]);
                registration::save(tx, &there).await?;
                let told = registration::told(tx, NODE, "", 9).await?;
                assert_eq!(told, [(one.clone(), Some(i64::from(one.version()))), (two.clone(), None)]);
                let after = registration::told(tx, NODE, one.product_id.as_str(), 9).await?;
                assert_eq!(after, [(two.clone(), None)]);
                assert_eq!(registration::told(tx, "another", "", 1).await?, [(one.clone(), None)]);
                assert_eq!(registration::next_due(tx).await?, None);
                let later = now + SignedDuration::from_mins(1);
                there.ask_at = Some(later);
                registration::save(tx, &there).await?;
                assert_eq!(registration::next_due(tx).await?, Some(later));
                assert_eq!(registration::due(tx, now).await?, []);
                assert_eq!(registration::due(tx, later).await?, [there.clone()]);
                let product = one.product_id.as_str();
                assert_eq!(registration::lock(tx, product, NODE).await?, Some(there.clone()));
                assert_eq!(registration::lock(tx, product, "another").await?, None);
                assert_eq!(registration::of_product(tx, product).await?, [there.clone()]);
                assert_eq!(registration::list(tx).await?, [there]);
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}
