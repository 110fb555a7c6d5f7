//! Subscriptions and notices: kept once a key, told once, compared by one process at a time.

use serde_json::json;
use xinyu_core::subscription::{Notice, Subscription};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, subscription};

const OWN: &str = "591350100M000100Y433501A1B2C3D4T";
const OTHER: &str = "591350100M000100Y433501A1B2C3D5R";

fn of(connector: &str, id: &str, q: &str, since: Timestamp) -> Result<Subscription, StoreError> {
    let body = json!({ "subscription_id": id, "connector_id": connector, "title": "t", "wanted": { "q": q }, "since": since, "after": 3 });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

fn notice(id: &str, at: Timestamp) -> Notice {
    let told = json!({
        "noticeId": id, "kind": "demand", "about": "d-1", "title": "t", "productId": "p", "productName": "n", "providerName": "v", "version": 1,
        "at": at,
    });
    Notice { to: OWN.parse().unwrap(), told: serde_json::from_value(told).unwrap() }
}

#[tokio::test]
async fn ndi_06_6_4_d_a_subscription_is_kept_once_a_key_and_a_notice_told_once() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("subscription", move |tx| {
            Box::pin(async move {
                let at = |second: i64| now + jiff::SignedDuration::from_secs(second);
                for (connector, id, q, second) in
                    [(OWN, "b", "港口", 2), (OWN, "a", "航班", 1), (OTHER, "a", "气象", 3), (OWN, "b", "集装箱", 2)]
                {
                    subscription::save(tx, &of(connector, id, q, at(second))?).await?;
                }
                let words = |all: Vec<Subscription>| all.into_iter().map(|one| one.wanted.q).collect::<Vec<_>>();
                assert_eq!(words(subscription::of(tx, OWN).await?), ["航班", "集装箱"]);
                assert_eq!(subscription::list(tx).await?.len(), 3);
                assert!(subscription::remove(tx, OWN, "b").await? && !subscription::remove(tx, OWN, "b").await?);
                assert_eq!(words(subscription::of(tx, OTHER).await?), ["气象"]);

                assert!(subscription::keep(tx, &notice("n-1", at(1))).await?);
                assert!(!subscription::keep(tx, &notice("n-1", at(9))).await?);
                assert!(subscription::keep(tx, &notice("n-2", at(2))).await?);
                subscription::see(tx, at(1)).await?;
                let told = subscription::notices(tx, 9).await?;
                let told: Vec<_> = told.iter().map(|(one, seen)| (one.notice_id.as_str(), *seen)).collect();
                assert_eq!(told, [("n-2", false), ("n-1", true)]);

                let position = subscription::position(tx).await?;
                assert!(subscription::move_on(tx, position, position + 5).await?);
                assert!(!subscription::move_on(tx, position, position + 9).await?);
                assert_eq!(subscription::position(tx).await?, position + 5);

                for id in ["d-2", "d-1", "d-2"] {
                    subscription::put_due(tx, id).await?;
                }
                assert_eq!(subscription::due(tx, 9).await?, ["d-1", "d-2"]);
                subscription::done(tx, "d-1").await?;
                assert_eq!(subscription::due(tx, 9).await?, ["d-2"]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
