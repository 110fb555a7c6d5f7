//! Metering: books are opened once and found when they are due, records are counted once and in portions, and a closed period stays as it was.

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_core::evidence::Index;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::{ClosedPeriod, Count, Tally};
use xinyu_store::record::OwnRecord;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, metering, record};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn closed(period: u32, uses: i64) -> ClosedPeriod {
    let counted = Tally::from([("uses".to_owned(), uses)]);
    ClosedPeriod {
        contract_id: ContractId::parse(CONTRACT).unwrap(),
        from: Timestamp::UNIX_EPOCH,
        until: Timestamp::UNIX_EPOCH,
        provider: None,
        consumer: None,
        platform: Count {
            period,
            counted: counted.clone(),
            adjustments: [(1, counted.clone())].into(),
            total: counted,
            is_final: false,
            definitions: String::new(),
        },
        differences: Vec::new(),
        silent: vec!["provider".to_owned()],
        disputed_since: Some(1),
    }
}

#[tokio::test]
async fn books_are_opened_once_and_a_closed_period_stays_as_it_was() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("metering", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(60);
                assert!(metering::open(tx, CONTRACT, Some(later), &json!({ "n": 1 })).await?);
                assert!(!metering::open(tx, CONTRACT, None, &json!({ "n": 2 })).await?);
                assert_eq!(metering::lock::<Value>(tx, CONTRACT).await?, Some(json!({ "n": 1 })));
                assert_eq!(metering::find::<Value>(tx, "nothing").await?, None);
                assert_eq!((metering::due(tx, now, 9).await?.len(), metering::next_due(tx).await?), (0, Some(later)));
                metering::wake(tx, CONTRACT).await?;
                assert_eq!(metering::due(tx, now, 9).await?, [CONTRACT]);
                metering::save(tx, CONTRACT, None, &json!({ "n": 3 })).await?;
                assert_eq!(metering::next_due(tx).await?, None);
                metering::wake(tx, CONTRACT).await?;
                assert_eq!(metering::next_due(tx).await?, Some(now), "what had nothing to come is woken too");

                assert!(metering::keep(tx, &closed(1, 4)).await?);
                assert!(metering::keep(tx, &closed(2, -1)).await?);
                assert!(!metering::keep(tx, &closed(1, 9)).await?);
                assert_eq!(metering::periods(tx, CONTRACT, 9).await?, [closed(2, -1), closed(1, 4)]);
                assert_eq!(metering::periods(tx, CONTRACT, 1).await?.len(), 1);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_record_is_counted_once_the_earliest_first() {
    on_each_engine(async |fixture: Fixture| {
        let counted = fixture.store.write("metering", move |tx| {
            Box::pin(async move {
                let own = |at: i64, kind: &str| OwnRecord {
                    record_id: format!("r{at}"),
                    space_id: "s".to_owned(),
                    contract_id: Some(CONTRACT.to_owned()),
                    kind: kind.to_owned(),
                    at_micros: at,
                    position: None,
                    body: json!(at),
                };
                let all = [(3, "usage.done"), (1, "transfer.completed"), (2, "contract.signed"), (4, "usage.refused")];
                let all = all.map(|(at, kind)| (own(at, kind), "me".to_owned(), Index::default()));
                record::insert_all(tx, all.into()).await?;
                let mut portions = Vec::new();
                for limit in [2, 2, 2] {
                    let mut portion: Vec<i64> = Vec::new();
                    for body in metering::count(tx, CONTRACT, 1, limit).await? {
                        portion.extend(body.as_i64());
                    }
                    portion.sort_unstable();
                    portions.push(portion);
                }
                Ok::<_, StoreError>(portions)
            })
        });
        assert_eq!(counted.await.unwrap(), [vec![1, 3], vec![4], vec![]]);
    })
    .await;
}
