//! What was cosigned is kept by log and by witness, and nothing older takes its place.

use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::witness::{self, Cosigned, Witnessed};
use xinyu_store::{StoreError, Timestamp};

fn said(witness: &str, size: u64, at: Timestamp, trouble: Option<&str>) -> Cosigned {
    Cosigned {
        space_id: "s".to_owned(),
        witness: witness.to_owned(),
        size,
        line: format!("— {witness} {size}"),
        cosigned_at: trouble.is_none().then_some(at),
        asked_at: at,
        trouble: trouble.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_head_is_cosigned_from_what_was_cosigned_before() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("witness", move |tx| {
            Box::pin(async move {
                assert_eq!(witness::lock(tx, "xinyu/p/s").await?, None, "nothing yet");
                assert_eq!(witness::lock(tx, "xinyu/p/s").await?, None, "and to have looked is no head");
                assert!(witness::list(tx).await?.is_empty());
                let one = |size, root: &str| Witnessed {
                    origin: "xinyu/p/s".to_owned(),
                    size,
                    root: root.to_owned(),
                    cosigned_at: now,
                };
                witness::keep(tx, &one(0, "e3")).await?;
                assert_eq!(witness::lock(tx, "xinyu/p/s").await?, Some(one(0, "e3")), "an empty log has a root too");
                witness::keep(tx, &one(7, "ab")).await?;
                assert_eq!(witness::lock(tx, "xinyu/p/s").await?, Some(one(7, "ab")));
                assert_eq!(witness::lock(tx, "xinyu/p/other").await?, None);
                assert_eq!(witness::list(tx).await?, [one(7, "ab")]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_does_not_take_the_place_of_a_newer_one() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("cosignature", move |tx| {
            Box::pin(async move {
                for one in [said("b", 5, now, None), said("a", 9, now, None), said("a", 7, now, None)] {
                    witness::save(tx, &one).await?;
                }
                assert_eq!(witness::of_log(tx, "s").await?, [said("a", 9, now, None), said("b", 5, now, None)]);
                let refused = said("a", 9, now, Some("gone"));
                witness::save(tx, &refused).await?;
                assert_eq!(witness::of_log(tx, "s").await?.first(), Some(&refused));
                assert!(witness::of_log(tx, "t").await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
