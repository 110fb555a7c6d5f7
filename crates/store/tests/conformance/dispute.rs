//! Disputes, found by their id and by their contract.

use jiff::SignedDuration;
use serde_json::json;
use xinyu_core::dispute::{Dispute, State};
use xinyu_protocol::id::ContractId;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, dispute};

fn over(digit: char, id: &str, opened_at: Timestamp) -> Dispute {
    let number = |check| format!("C491350100M000100Y43350120250829120000A1B2C3D{digit}{check}");
    let checks = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".chars();
    let contract_id = checks.map(number).find(|number| ContractId::parse(number).is_ok());
    serde_json::from_value(json!({
        "dispute_id": id, "subject": "payment", "opener": "a", "opened_at": opened_at, "answer_by": opened_at, "state": "opened", "steps": [],
        "place": {
            "contract_id": contract_id, "contract_hash": "00", "space_id": "s", "suite": "sm", "provider": "a", "consumer": "b", "platform": "p",
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn a_dispute_is_kept_once_and_found_by_its_contract_newest_first() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("dispute", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(1);
                let (first, second, other) = (over('1', "d1", now), over('1', "d2", later), over('2', "d3", now));
                for one in [&first, &second, &other] {
                    assert!(dispute::insert(tx, one).await?);
                }
                let taken = Dispute { opener: "b".to_owned(), ..first.clone() };
                assert!(!dispute::insert(tx, &taken).await?);
                assert_eq!(dispute::find(tx, "d1").await?.as_ref(), Some(&first));
                assert_eq!(dispute::lock(tx, "nowhere").await?, None);
                let contract = first.place.contract_id.clone();
                assert_eq!(dispute::of_contract(tx, contract.as_str()).await?, [second.clone(), first.clone()]);
                let closed = Dispute { state: State::Withdrawn, ..second };
                dispute::save(tx, &closed).await?;
                assert_eq!(dispute::lock(tx, "d2").await?.as_ref(), Some(&closed));
                assert_eq!(dispute::list(tx, 9).await?, [closed.clone(), first, other]);
                assert_eq!(dispute::list(tx, 1).await?, [closed]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
