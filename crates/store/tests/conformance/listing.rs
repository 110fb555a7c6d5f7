//! Listings: each change has the next number, and whoever reads them on misses none.

use serde_json::json;
use xinyu_core::listing::Listing;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, listing};

fn listing(product: &str, key: &str, now: Timestamp) -> Result<Listing, StoreError> {
    let body = json!({
        "product_id": product, "connector_id": "591350100M000100Y433501A1B2C3D4T", "provider_id": "91350100M000100Y43", "provider_name": "甲",
        "request": {
            "listingId": key, "spaceId": "s", "policies": [], "term": "P1D", "profile": {},
            "product": { "name": "n", "description": "d", "source": "s", "licence": "l", "topic": "B0300", "updateFrequency": "005",
                "keywords": [], "tables": [] },
            "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
        },
        "findings": [], "state": "reviewing", "requested_at": now, "decided_at": null, "note": "",
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn each_change_of_a_listing_has_the_next_number_and_shows_it_as_it_is_now() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("listing", move |tx| {
            Box::pin(async move {
                assert_eq!(listing::latest_change(tx).await?, 0);
                let mut one = listing("691350100M000100Y433501A1B2C3D47", "k1", now)?;
                let two = listing("691350100M000100Y433501A1B2C3D47•2", "k2", now)?;
                assert!(listing::insert(tx, &one).await? && listing::insert(tx, &two).await?);
                assert!(!listing::insert(tx, &one).await?, "the key is taken");
                one.state = ListingState::Listed;
                listing::save(tx, &one).await?;
                let all = listing::changed(tx, 0, 9).await?;
                let numbers: Vec<u64> = all.iter().map(|(at, _)| *at).collect();
                assert_eq!(numbers, [2, 4], "what changed twice is read once");
                assert_eq!(all.into_iter().map(|(_, listing)| listing).collect::<Vec<_>>(), [two.clone(), one.clone()]);
                assert_eq!(listing::changed(tx, 2, 9).await?, [(4, one.clone())]);
                assert_eq!(listing::changed(tx, 0, 1).await?, [(2, two.clone())]);
                assert_eq!(listing::latest_change(tx).await?, 4);
                let ids = [one.product_id.as_str().to_owned(), "none".to_owned()];
                assert_eq!(listing::of(tx, &ids).await?, [one.clone()]);
                // What the operator has to decide on is found by when that is due, and no more when it is decided.
                let later = now + jiff::SignedDuration::from_hours(5);
                let waiting = Listing { due_at: Some(later), ..two };
                listing::save(tx, &waiting).await?;
                assert_eq!(
                    (listing::due(tx, now).await?, listing::due(tx, later).await?),
                    (vec![], vec![waiting.clone()])
                );
                listing::save(tx, &Listing { due_at: None, ..waiting }).await?;
                assert_eq!(listing::due(tx, later).await?, []);
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}
