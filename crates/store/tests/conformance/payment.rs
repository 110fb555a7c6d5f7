//! Payment orders, with the contracts and agreements that they belong to.

use jiff::SignedDuration;
use serde_json::json;
use xinyu_core::agreement::Agreement;
use xinyu_core::contract::Registered;
use xinyu_core::payment::{Order, State};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, agreement, payment};

fn order(digit: char, stated_at: Timestamp) -> Order {
    let number = |check| format!("C491350100M000100Y43350120250829120000A1B2C3D{digit}{check}");
    let checks = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".chars();
    let contract_id = checks.map(number).find(|number| ContractId::parse(number).is_ok());
    serde_json::from_value(json!({
        "contract_id": contract_id, "space_id": "s", "product_id": "p",
        "payer": "91440300MA7XYU2188", "payees": [{ "participant_id": "91310000MA7XYU103F", "amount_fen": 850, "confirmed_at": null }],
        "statement_hash": "00", "stated_at": stated_at, "state": "due", "attempts": [], "contested": [],
    }))
    .unwrap()
}

fn agreed(order: &Order) -> Agreement {
    serde_json::from_value(json!({
        "contract_id": order.contract_id, "side": "consumer", "space_id": "s", "product_id": "p", "peer": "edc",
        "agreement_id": order.contract_id, "terms": { "unsigned": {} }, "contract_hash": "", "filing": null, "stopped": null, "statement": null,
    }))
    .unwrap()
}

fn registered(order: &Order) -> Registered {
    serde_json::from_value(json!({
        "contract_id": order.contract_id, "space_id": "s", "suite": "sm", "application_id": "a", "product_id": "p", "name": "n",
        "provider": "a", "consumer": "b", "status": "06", "frozen_at": null, "signed": null, "contract_hash": null, "filing": null,
        "created_at": order.stated_at, "filed_at": null, "ended_at": null, "statement": null,
        "metering": { "provider": null, "consumer": null, "platform": Meter::default(), "differences": [] },
    }))
    .unwrap()
}

#[tokio::test]
async fn a_payment_order_is_kept_once_for_its_contract_and_found_with_it() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("payment", move |tx| {
            Box::pin(async move {
                let (first, second) = (order('1', now), order('2', now + SignedDuration::from_secs(1)));
                for one in [&first, &second] {
                    payment::insert(tx, one).await?;
                }
                agreement::save(tx, &agreed(&first)).await?;
                let other = Order { space_id: "other".to_owned(), ..first.clone() };
                payment::insert(tx, &other).await?;
                assert_eq!(payment::find(tx, first.contract_id.as_str()).await?.as_ref(), Some(&first));
                assert_eq!(payment::list(tx, 9).await?, [second.clone(), first.clone()]);
                assert_eq!(payment::list(tx, 1).await?.len(), 1);
                let confirmed = Order { state: State::Confirmed, ..second };
                payment::save(tx, &confirmed).await?;
                assert_eq!(payment::lock(tx, confirmed.contract_id.as_str()).await?, Some(confirmed));
                let contract = registered(&first);
                xinyu_store::contract::insert(tx, &contract).await?;
                for (party, expect) in [("a", vec![first.clone()]), ("b", vec![first.clone()]), ("c", Vec::new())] {
                    assert_eq!(payment::open_of(tx, party, 9).await?, expect, "{party}");
                }
                assert_eq!(agreement::with_payment(tx, 9).await?, [agreed(&first)]);
                assert_eq!(xinyu_store::contract::with_payment(tx, 9).await?, [contract]);
                let done = Order { state: State::Confirmed, ..first };
                payment::save(tx, &done).await?;
                assert_eq!(payment::open_of(tx, "a", 9).await?, []);
                assert_eq!(payment::find(tx, "nowhere").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
