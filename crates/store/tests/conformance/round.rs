//! The archive of negotiations: in order, each move once, and of no other negotiation.

use xinyu_protocol::tc609::negotiation::HistoryEntry;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, round};

#[tokio::test]
async fn tc609_14_7_3_h_rounds_are_kept_in_order_and_never_written_over() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let entry = move |number: u32, kind: &str| HistoryEntry {
            number,
            kind: kind.to_owned(),
            by: "consumer".to_owned(),
            at: now,
            digest: (kind == "request").then(|| "0".repeat(64)),
            proposal: None,
            offer: Some(serde_json::json!({ "@id": "o", "名": "值" })),
            contract: None,
            note: None,
        };
        let kept = fixture.store.write("round", move |tx| {
            Box::pin(async move {
                for (pid, number, kind) in [("p", 2, "offer"), ("p", 1, "request"), ("q", 1, "request")] {
                    round::append(tx, pid, "c", &entry(number, kind)).await?;
                }
                assert_eq!(round::list(tx, "p").await?, [entry(1, "request"), entry(2, "offer")]);
                assert_eq!(round::list(tx, "q").await?.len(), 1);
                assert!(round::list(tx, "r").await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        kept.await.unwrap();
        let again = fixture
            .store
            .write("round", move |tx| Box::pin(async move { round::append(tx, "p", "c", &entry(1, "offer")).await }));
        assert!(again.await.is_err(), "a move is archived once");
    })
    .await;
}
