//! Performance reports: a chain is opened once and found when it is due, a report is kept under its number, a record is counted once.

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_core::evidence::Index;
use xinyu_core::negotiation::Side;
use xinyu_core::performance::Chain;
use xinyu_protocol::id::{AreaCode, ConnectorId, ContractId, ParticipantId};
use xinyu_store::record::OwnRecord;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, performance, record};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn chain(side: Side, since: Timestamp) -> Chain {
    let contract = ContractId::parse(CONTRACT).unwrap();
    let owner = ParticipantId::parse("91110000MA7XYU007Q").unwrap();
    let place = if side == Side::Provider { 1 } else { 2 };
    let reporter = ConnectorId::compose(&owner, &AreaCode::parse("1100").unwrap(), place);
    Chain::open((&contract, "s", xinyu_crypto::Suite::Intl), (&reporter, side), 60, since)
}

fn own(id: &str, kind: &str) -> OwnRecord {
    OwnRecord {
        record_id: id.to_owned(),
        space_id: "s".to_owned(),
        contract_id: Some(CONTRACT.to_owned()),
        kind: kind.to_owned(),
        at_micros: 1,
        position: None,
        body: json!({ "id": id }),
    }
}

#[tokio::test]
async fn a_chain_is_opened_once_and_found_when_it_is_due() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("performance", move |tx| {
            Box::pin(async move {
                let later = now + SignedDuration::from_secs(60);
                let (one, other) = (chain(Side::Provider, now), chain(Side::Consumer, now));
                assert!(performance::open(tx, &one, Some(later)).await?);
                assert!(!performance::open(tx, &Chain { number: 9, ..one.clone() }, None).await?);
                assert!(performance::open(tx, &other, None).await?);
                assert!(performance::due(tx, now, 9).await?.is_empty());
                assert_eq!(performance::next_due(tx).await?, Some(later));
                assert_eq!(performance::due(tx, later, 9).await?, std::slice::from_ref(&one));
                performance::wake(tx, CONTRACT, one.reporter.as_str()).await?;
                performance::wake(tx, CONTRACT, other.reporter.as_str()).await?;
                assert_eq!(
                    performance::due(tx, now, 9).await?,
                    std::slice::from_ref(&one),
                    "what is closed is not woken"
                );
                let moved = Chain { number: 1, ..one.clone() };
                performance::save(tx, &moved, None).await?;
                assert_eq!(performance::lock(tx, CONTRACT, one.reporter.as_str()).await?.as_ref(), Some(&moved));
                assert_eq!(performance::lock(tx, CONTRACT, "nobody").await?, None);
                assert_eq!(performance::next_due(tx).await?, None);
                assert_eq!(performance::of_contract(tx, CONTRACT).await?.len(), 2);
                for (number, until) in [(1, now), (2, later)] {
                    let key = (CONTRACT, one.reporter.as_str(), number);
                    performance::keep(tx, key, until, &json!({ "number": number })).await?;
                }
                performance::keep(tx, (CONTRACT, one.reporter.as_str(), 2), later, &json!({ "taken": true })).await?;
                let found: Option<Value> = performance::find(tx, CONTRACT, one.reporter.as_str(), 2).await?;
                assert_eq!(found, Some(json!({ "taken": true })));
                let all: Vec<Value> = performance::reports(tx, CONTRACT, "", 9).await?;
                assert_eq!(all, [json!({ "taken": true }), json!({ "number": 1 })]);
                let none: Vec<Value> = performance::reports(tx, CONTRACT, other.reporter.as_str(), 9).await?;
                assert!(none.is_empty());
                let list: Vec<(Chain, Option<Value>)> = performance::list(tx, 9).await?;
                let latest = |chain: &Chain| list.iter().find(|(one, _)| one == chain).unwrap().1.clone();
                assert_eq!((latest(&moved), latest(&other)), (Some(json!({ "taken": true })), None));
                assert!(
                    performance::unopened(tx, 9).await?.is_empty() && performance::unreported(tx).await?.is_empty()
                );
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_record_is_counted_for_one_report() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("performance.count", move |tx| {
            Box::pin(async move {
                let three = [own("r1", "usage.done"), own("r2", "negotiation.agreed"), own("r3", "transfer.completed")];
                record::insert_all(tx, three.map(|one| (one, "a".to_owned(), Index::default())).into()).await?;
                assert_eq!(performance::count(tx, CONTRACT, 1).await?.len(), 2);
                record::insert_all(tx, vec![(own("r4", "usage.refused"), "a".to_owned(), Index::default())]).await?;
                assert_eq!(performance::count(tx, CONTRACT, 2).await?, [json!({ "id": "r4" })]);
                assert!(performance::count(tx, CONTRACT, 3).await?.is_empty());
                assert_eq!(performance::position(tx, CONTRACT).await?, None);
                record::acknowledge(tx, "r1", 7).await?;
                assert_eq!(performance::position(tx, CONTRACT).await?, Some(7));
                assert_eq!(performance::backlog(tx, CONTRACT).await?, (0, 0));
                assert_eq!(performance::alerts(tx, CONTRACT, now).await?, 0);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
