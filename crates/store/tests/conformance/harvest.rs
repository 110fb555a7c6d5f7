//! Other catalogues and their records: kept once a key, told by the number of their change, gone without a trace but that.

use serde_json::json;
use xinyu_core::harvest::{HarvestSource, HarvestedRecord};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, harvest};

fn source(id: &str, due_at: Option<Timestamp>, at: Timestamp) -> Result<HarvestSource, StoreError> {
    let body = json!({
        "harvest_id": id, "title": id, "address": "https://data.example.org/", "format": "", "partner": "", "space_id": "s", "every_hours": 24,
        "is_paused": false, "token": null, "is_whole_next": false, "failures": 0, "added_at": at, "due_at": due_at, "last": null,
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

fn record(id: &str, (of, key): (&str, &str), digest: &str) -> Result<HarvestedRecord, StoreError> {
    let body = json!({
        "info": { "recordId": id, "harvestId": of, "source": "", "spaceId": "s", "title": key, "description": "", "publisher": "", "keywords": [],
            "topic": "", "licence": "", "page": "", "addresses": [] },
        "key": key, "digest": digest, "columns": [], "record": {},
        "codes": { "industry": "", "scenario": "", "form": "", "frequency": "", "quality": "", "security": "" },
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn ndi_06_6_3_c_records_are_kept_by_their_source_and_told_by_their_change() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("harvest", move |tx| {
            Box::pin(async move {
                let at = |second: i64| now + jiff::SignedDuration::from_secs(second);
                for (id, due) in [("a", Some(at(5))), ("b", Some(at(1))), ("c", None), ("d", Some(at(9)))] {
                    harvest::save(tx, &source(id, due, now)?).await?;
                }
                let due = harvest::due(tx, at(5)).await?.into_iter().map(|one| one.harvest_id).collect::<Vec<_>>();
                assert_eq!(
                    (due, harvest::next_due(tx, at(5)).await?),
                    (vec!["b".to_owned(), "a".to_owned()], Some(at(9)))
                );
                // What is kept for the next read stays when the source is stored anew.
                assert_eq!(harvest::kept(tx, "a").await?, "");
                harvest::keep(tx, "a", "{}").await?;
                harvest::save(tx, &source("a", None, now)?).await?;
                assert_eq!(harvest::kept(tx, "a").await?, "{}");
                assert_eq!(harvest::lock(tx, "a").await?.and_then(|one| one.due_at), None);

                let records =
                    [record("1", ("a", "x"), "d1")?, record("2", ("a", "y"), "d2")?, record("3", ("b", "x"), "d3")?];
                harvest::put(tx, &records).await?;
                let keys = |changed: &[harvest::Changed]| {
                    changed.iter().map(|(at, id, record)| (*at, id.clone(), record.is_some())).collect::<Vec<_>>()
                };
                let told = |id: &str, at: u64, is_there: bool| (at, id.to_owned(), is_there);
                let changed = harvest::changed(tx, 0, 10).await?;
                assert_eq!(keys(&changed), [told("1", 1, true), told("2", 2, true), told("3", 3, true)]);
                harvest::put(tx, &[record("1", ("a", "x"), "d4")?]).await?;
                harvest::take_away(tx, "a", &["y".to_owned(), "never".to_owned()]).await?;
                let changed = harvest::changed(tx, 1, 10).await?;
                assert_eq!(keys(&changed), [told("3", 3, true), told("1", 4, true), told("2", 5, false)]);
                assert_eq!(harvest::latest_change(tx).await?, 6);
                let marks = harvest::marks(tx, "a").await?;
                assert_eq!(marks.into_iter().collect::<Vec<_>>(), [("x".to_owned(), ("d4".to_owned(), None))]);
                assert_eq!(harvest::counts(tx).await?, [("a".to_owned(), 1), ("b".to_owned(), 1)].into());
                let found = harvest::of(tx, &["1".to_owned(), "2".to_owned(), "9".to_owned()]).await?;
                assert_eq!(found.into_iter().map(|one| one.key).collect::<Vec<_>>(), ["x"]);
                assert!(harvest::remove(tx, "a").await? && !harvest::remove(tx, "a").await?);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
