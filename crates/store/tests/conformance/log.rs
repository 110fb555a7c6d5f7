//! The log: every entry one place, without gaps, whatever comes twice, together or at the same time.

use std::collections::BTreeSet;

use xinyu_core::evidence::Index;
use xinyu_store::log::{self, NewEntry, Place};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, Tx};

fn entry(space: &str, id: &str, leaf: u8) -> NewEntry {
    NewEntry {
        space_id: space.to_owned(),
        record_id: id.to_owned(),
        contract_id: None,
        kind: "usage.done".to_owned(),
        actor: "a".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        leaf: vec![leaf],
        index: Index::default(),
    }
}

async fn logs(fixture: &Fixture) {
    let made = fixture.store.write("logs", |tx| {
        Box::pin(async move {
            log::create(tx, "s", "{}").await?;
            log::create(tx, "t", "{}").await
        })
    });
    made.await.unwrap();
}

async fn append(fixture: &Fixture, entries: Vec<NewEntry>) -> Result<Vec<Place>, StoreError> {
    fixture.store.write("append", |tx: &mut Tx| Box::pin(async move { log::append(tx, entries).await })).await
}

async fn stored(fixture: &Fixture, space: &'static str) -> Vec<(u64, String)> {
    let read = fixture.store.read("entries", move |tx| Box::pin(log::entries(tx, space, 0, 10_000)));
    read.await.unwrap().into_iter().map(|row| (row.position, row.record_id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_keeps_its_place_and_what_differs_has_none() {
    on_each_engine(async |fixture: Fixture| {
        logs(&fixture).await;
        let first = vec![entry("s", "1", 1), entry("t", "2", 2), entry("s", "3", 3), entry("s", "1", 1)];
        assert_eq!(append(&fixture, first).await.unwrap(), [0, 0, 1, 0].map(Place::At));
        // The same once more, one of them with other bytes, one in another space, and a new one between them.
        let again = vec![entry("s", "3", 3), entry("s", "1", 9), entry("s", "4", 4), entry("s", "2", 2)];
        let places = append(&fixture, again).await.unwrap();
        assert_eq!(places, [Place::At(1), Place::Taken, Place::At(2), Place::Taken]);
        let ids = |space| stored(&fixture, space);
        assert_eq!(ids("s").await, [(0, "1".to_owned()), (1, "3".to_owned()), (2, "4".to_owned())]);
        assert_eq!(ids("t").await, [(0, "2".to_owned())]);
        assert_eq!(append(&fixture, Vec::new()).await.unwrap(), []);
        // Where there is no log nothing is kept, of what came with it neither.
        let nowhere = vec![entry("s", "5", 5), entry("u", "6", 6)];
        assert!(matches!(append(&fixture, nowhere).await, Err(StoreError::NoRow { .. })));
        assert_eq!(ids("s").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_come_at_the_same_time_have_places_of_their_own() {
    on_each_engine(async |fixture: Fixture| {
        logs(&fixture).await;
        let many = (0..8).map(|task: u32| {
            // Half of what a task appends the next one appends as well.
            let entries = (0..50).map(|at: u32| entry("s", &format!("{}", task * 25 + at), 0)).collect();
            append(&fixture, entries)
        });
        for places in futures::future::join_all(many).await {
            assert!(places.unwrap().iter().all(|place| matches!(place, Place::At(_))));
        }
        let stored = stored(&fixture, "s").await;
        assert_eq!(stored.len(), 225);
        assert!(stored.iter().zip(0..).all(|((position, _), expected)| *position == expected));
        assert_eq!(stored.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(), 225);
    })
    .await;
}
