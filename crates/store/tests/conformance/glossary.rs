//! Vocabularies of spaces: every version is kept and found, and what columns mean by them goes with their resource. TC609-6-2025-11 §7.3.5.

use serde_json::{Value, json};
use xinyu_protocol::tc609::glossary::Glossary;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, glossary};

fn edition(space: &str, number: u32, version: &str, at: Timestamp) -> Result<Glossary, StoreError> {
    let body = json!({
        "edition": {
            "spaceId": space, "number": number, "vocabularyId": "urn:v", "version": version, "title": { "zh": "术语", "en": "terms" }, "terms": 0,
            "digest": format!("{space}-{version}"), "publishedAt": at,
        },
        "vocabulary": { "id": "urn:v", "version": version, "title": {}, "terms": [] },
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}

#[tokio::test]
async fn tc609_11_7_3_5_every_version_of_a_vocabulary_stays_readable() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("glossary", move |tx| {
            Box::pin(async move {
                for (space, number, version) in [("a", 1, "1"), ("a", 2, "2025"), ("b", 1, "1")] {
                    assert!(glossary::insert(tx, &edition(space, number, version, now)?).await?);
                }
                // A number is given once.
                assert!(!glossary::insert(tx, &edition("a", 2, "other", now)?).await?);
                let said = |glossary: Option<Glossary>| glossary.map(|one| (one.edition.number, one.edition.digest));
                assert_eq!(said(glossary::newest(tx, "a").await?), Some((2, "a-2025".to_owned())));
                assert_eq!(said(glossary::find(tx, "a", "1").await?), Some((1, "a-1".to_owned())));
                assert_eq!(glossary::find(tx, "a", "1").await?, Some(edition("a", 1, "1", now)?));
                assert_eq!((glossary::find(tx, "a", "9").await?, glossary::newest(tx, "c").await?), (None, None));
                let versions: Vec<String> =
                    glossary::editions(tx, "a", 9).await?.into_iter().map(|one| one.version).collect();
                assert_eq!(versions, ["2025", "1"]);
                let newest: Vec<(String, u32)> =
                    glossary::list(tx).await?.into_iter().map(|one| (one.space_id, one.number)).collect();
                assert_eq!(newest, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
                // What is fetched takes the place of what was fetched under its number.
                glossary::keep(tx, &edition("a", 2, "other", now)?).await?;
                assert_eq!(said(glossary::newest(tx, "a").await?), Some((2, "a-other".to_owned())));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn tc609_11_7_3_5_what_columns_mean_is_kept_by_resource_and_space() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("glossary.mapping", |tx| {
            Box::pin(async move {
                for (at, said) in [("r", "a"), ("r", "b"), ("s", "a")].into_iter().zip([1, 2, 3]) {
                    glossary::save_mapping(tx, at, &json!({ "said": said })).await?;
                }
                glossary::save_mapping(tx, ("r", "a"), &json!({ "said": 4 })).await?;
                assert_eq!(glossary::lock_mapping::<Value>(tx, "r", "a").await?, Some(json!({ "said": 4 })));
                glossary::forget_mappings(tx, "r").await?;
                assert_eq!(glossary::mapping::<Value>(tx, "r", "b").await?, None);
                assert_eq!(glossary::mapping::<Value>(tx, "s", "a").await?, Some(json!({ "said": 3 })));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
