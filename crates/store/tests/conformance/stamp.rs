//! A head has one time-stamp, and what waits for one is known.

use jiff::SignedDuration;
use xinyu_store::stamp::{self, StampRow};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, log};

#[tokio::test]
async fn a_head_is_stamped_once_and_the_oldest_that_waits_is_known() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let one = move |size: u64| StampRow {
            space_id: "s".to_owned(),
            size,
            stamped_at: now,
            authority: "CN=Time".to_owned(),
            token: vec![48, 0],
        };
        let first = fixture.store.write("stamp.first", move |tx| {
            Box::pin(async move {
                assert_eq!(stamp::waiting_since(tx).await?, None);
                log::create(tx, "s", "{}").await?;
                log::create(tx, "t", "{}").await?;
                assert!(log::publish(tx, "s", 3, "{}", "a", "b").await?);
                assert_eq!(stamp::waiting_since(tx).await?, Some(now));
                assert!(stamp::insert(tx, &one(3)).await?);
                assert!(!stamp::insert(tx, &one(3)).await?, "the first one stands");
                assert_eq!(stamp::waiting_since(tx).await?, None);
                Ok::<_, StoreError>(())
            })
        });
        first.await.unwrap();
        let later = now + SignedDuration::from_secs(5);
        fixture.clock.advance(SignedDuration::from_secs(5));
        let second = fixture.store.write("stamp.second", move |tx| {
            Box::pin(async move {
                assert!(log::publish(tx, "s", 4, "{}", "a", "b").await?);
                assert!(log::publish(tx, "t", 1, "{}", "a", "b").await?);
                assert_eq!(stamp::waiting_since(tx).await?, Some(later));
                assert!(stamp::insert(tx, &one(9)).await?);
                assert_eq!(stamp::waiting_since(tx).await?, Some(later), "of the other log");
                let sizes: Vec<u64> = stamp::newest(tx, "s", 5).await?.iter().map(|one| one.size).collect();
                assert_eq!(sizes, [9, 3]);
                assert_eq!(stamp::newest(tx, "s", 1).await?, [one(9)]);
                Ok::<_, StoreError>(())
            })
        });
        second.await.unwrap();
    })
    .await;
}
