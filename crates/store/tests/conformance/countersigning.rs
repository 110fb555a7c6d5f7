//! The signatures of service parties: gathered by text, looked at by their time; and what a service party was asked.

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_core::countersigning::gathering::{Gathering, State};
use xinyu_core::countersigning::request::{self, Request};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, contract, countersigning};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn signed() -> Value {
    json!({ "signatures": [], "contract": {
        "contractId": CONTRACT, "contractName": "n", "contractAbstract": "a", "createTime": "20260101000000", "signMode": "01",
        "signTime": "20260101000000", "indate": "20270101000000", "signatoryEntities": [], "contractPolicies": [],
        "expansionItem": { "spaceId": "s", "suite": "intl", "applicationId": "a", "agreementId": "g",
            "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] } },
    } })
}

fn gathering(hash: &str, at: Timestamp, hours: i64) -> Gathering {
    serde_json::from_value(json!({
        "contract_id": CONTRACT, "contract_hash": hash, "space_id": "s", "signed": signed(), "rounds": [], "state": "open",
        "answer_by": at + SignedDuration::from_hours(hours), "opened_at": at, "ended_at": null, "by": null, "reason": null,
    }))
    .unwrap()
}

fn request(hash: &str, at: Timestamp) -> Request {
    serde_json::from_value(json!({
        "contract_id": CONTRACT, "contract_hash": hash, "signed": signed(), "rounds": [], "state": "asked", "asked_at": at,
        "answer_by": at, "answered_at": null, "note": null, "filing": null,
    }))
    .unwrap()
}

#[tokio::test]
async fn signatures_are_gathered_by_text_and_looked_at_by_their_time() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("countersigning", move |tx| {
            Box::pin(async move {
                assert_eq!(countersigning::next_end(tx).await?, None);
                let (one, two) = (gathering("one", now, 5), gathering("two", now + SignedDuration::from_secs(1), 2));
                for each in [&one, &two] {
                    countersigning::gather(tx, each).await?;
                }
                assert_eq!(countersigning::gatherings(tx, CONTRACT).await?, [two.clone(), one.clone()]);
                assert_eq!(countersigning::open(tx, 9).await?, [two.clone(), one.clone()], "the nearest end first");
                assert_eq!(countersigning::next_end(tx).await?, Some(two.answer_by));
                let refused = Gathering { state: State::Refused, ended_at: Some(now), ..two };
                countersigning::gather(tx, &refused).await?;
                assert_eq!(countersigning::lock_gathering(tx, CONTRACT, "two").await?, Some(refused));
                assert_eq!(countersigning::lock_gathering(tx, CONTRACT, "three").await?, None);
                assert_eq!(countersigning::open(tx, 9).await?, std::slice::from_ref(&one));
                assert_eq!(countersigning::next_end(tx).await?, Some(one.answer_by));
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_was_asked_is_kept_by_text_and_newest_first() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("countersigning", move |tx| {
            Box::pin(async move {
                let (one, two) = (request("one", now), request("two", now + SignedDuration::from_secs(1)));
                for each in [&one, &two, &one] {
                    countersigning::save(tx, each).await?;
                }
                assert_eq!(countersigning::list(tx, 9).await?, [two.clone(), one.clone()]);
                let answered = Request { state: request::State::Refused, note: Some("不便".to_owned()), ..one };
                countersigning::save(tx, &answered).await?;
                assert_eq!(countersigning::lock(tx, CONTRACT, "one").await?, Some(answered.clone()));
                assert_eq!(countersigning::lock(tx, "C0", "one").await?, None);
                assert_eq!(countersigning::of_contract(tx, CONTRACT).await?, [two, answered]);
                // Asked twice, a party is there once; who was not asked finds nothing.
                for _ in 0..2 {
                    countersigning::admit(tx, CONTRACT, "service").await?;
                }
                assert!(contract::list(tx, "service", 9).await?.is_empty(), "there is no such contract");
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}
