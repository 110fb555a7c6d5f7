//! What pipelines tell: the same rows whatever the order of the events, steps that are walked both ways, and what the evidence was told of.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xinyu_core::lineage::Direction;
use xinyu_core::lineage::pipeline::{Name, RunEvent, Told, place, read};
use xinyu_protocol::api::stub::StubInfo;
use xinyu_store::pipeline::{self, Binding, Step};
use xinyu_store::stub;
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{Row, StoreError, Tx};

const TABLES: [(&str, &str); 5] = [
    ("SELECT run_id || state || at || body AS row FROM pipeline_run", "DELETE FROM pipeline_run"),
    ("SELECT dataset_id || body AS row FROM pipeline_dataset", "DELETE FROM pipeline_dataset"),
    ("SELECT namespace || name || dataset_id AS row FROM pipeline_name", "DELETE FROM pipeline_name"),
    ("SELECT run_id || from_id || to_id AS row FROM pipeline_step", "DELETE FROM pipeline_step"),
    ("SELECT run_id || to_id || body AS row FROM pipeline_column", "DELETE FROM pipeline_column"),
];

fn run(number: u8) -> String {
    format!("0176a8c2-fe01-7439-87e6-56a1a1b4029{number}")
}

fn event(kind: &str, number: u8, second: u8, inputs: &[&str], outputs: &[&str]) -> RunEvent {
    let data = |name: &&str| {
        json!({
            "namespace": "file", "name": format!("/{name}.csv"), "facets": {
                "schema": { "fields": [{ "name": format!("c{second}"), "type": "TEXT" }] },
                "symlinks": { "identifiers": [{ "namespace": "hive", "name": format!("{name}{second}") }] },
            },
        })
    };
    let mut outputs: Vec<Value> = outputs.iter().map(data).collect();
    if let (Some(first), Some(input)) = (outputs.first_mut(), inputs.first()) {
        let from = json!([{ "namespace": "file", "name": format!("/{input}.csv"), "field": format!("c{second}") }]);
        first["facets"]["columnLineage"] = json!({ "fields": { "c": { "inputFields": from } } });
    }
    let event = json!({
        "eventType": kind, "eventTime": format!("2026-11-27T08:00:0{second}Z"), "run": { "runId": run(number) }, "producer": "p", "schemaURL": "s",
        "job": { "namespace": "n", "name": format!("job{number}") }, "inputs": inputs.iter().map(data).collect::<Vec<_>>(), "outputs": outputs,
    });
    read::events(event.to_string().as_bytes(), false).unwrap().remove(0)
}

/// a and b make c, c makes d; a run that failed, and one that is late.
fn story() -> Vec<RunEvent> {
    vec![
        event("START", 1, 0, &["a", "b"], &["c"]),
        event("COMPLETE", 1, 2, &["a"], &["c"]),
        event("COMPLETE", 2, 3, &["c"], &["d"]),
        event("FAIL", 3, 4, &["x"], &["d"]),
        event("RUNNING", 2, 5, &["b"], &[]),
        event("COMPLETE", 4, 6, &["c"], &["d"]),
    ]
}

async fn take(tx: &mut Tx, events: &[RunEvent]) -> Result<(), StoreError> {
    for event in events {
        let told = Told::of(std::slice::from_ref(event)).unwrap();
        for dataset in told.datasets.into_values() {
            pipeline::join_dataset(tx, dataset).await?;
        }
        for run in told.runs.into_values() {
            pipeline::join_run(tx, run).await?.unwrap();
        }
    }
    Ok(())
}

async fn rows(tx: &mut Tx) -> Result<Vec<BTreeSet<String>>, StoreError> {
    let mut all = Vec::new();
    for (sql, _) in TABLES {
        let found = tx.fetch(sql, Vec::new()).await?;
        all.push(found.iter().map(|row: &Row| row.text("row")).collect::<Result<_, _>>()?);
    }
    Ok(all)
}

fn key(name: &str) -> String {
    Name::new("file", format!("/{name}.csv")).key()
}

fn keys(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| key(name)).collect()
}

#[tokio::test]
async fn the_rows_are_the_same_whatever_order_the_events_came_in() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("pipeline.orders", |tx| {
            Box::pin(async move {
                let mut expect: Option<Vec<BTreeSet<String>>> = None;
                for turn in 0..6 {
                    for (_, sql) in TABLES {
                        tx.execute(sql, Vec::new()).await?;
                    }
                    let mut events = story();
                    events.rotate_left(turn);
                    if turn % 2 == 1 {
                        events.reverse();
                    }
                    take(tx, &events).await?;
                    take(tx, &events[turn..]).await?;
                    let found = rows(tx).await?;
                    assert_eq!(found.iter().map(BTreeSet::len).collect::<Vec<_>>(), [4, 5, 10, 5, 3], "{found:?}");
                    assert_eq!(expect.get_or_insert_with(|| found.clone()), &found, "turn {turn}");
                }
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn steps_are_walked_and_told_once_and_a_binding_stays() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("pipeline.walk", |tx| {
            Box::pin(async move {
                take(tx, &story()).await?;
                let up = pipeline::reach(tx, &key("d"), Direction::Up, 9).await?;
                assert_eq!(up, (keys(&["a", "b", "c", "d"]), false), "what failed leads nowhere");
                assert_eq!(pipeline::reach(tx, &key("a"), Direction::Down, 9).await?, (keys(&["a", "c", "d"]), false));
                let (ids, is_cut) = pipeline::reach(tx, &key("d"), Direction::Up, 2).await?;
                assert!(ids.len() == 2 && ids.contains(&key("d")) && is_cut);
                let steps = pipeline::steps_to(tx, &keys(&["d"])).await?;
                let latest = |from: &str, number: u8| Step { run_id: run(number), from: key(from), to: key("d") };
                let mut expect = vec![latest("b", 2), latest("c", 4)];
                expect.sort_by(|one, next| one.from.cmp(&next.from));
                assert_eq!(steps, expect);
                assert_eq!(pipeline::columns(tx, &key("d"), 9).await?.len(), 2);
                let states: Vec<String> =
                    pipeline::runs(tx, 9).await?.iter().map(|run| run.standing.as_str().to_owned()).collect();
                assert_eq!(states, ["complete", "failed", "complete", "complete"]);

                let untold = pipeline::untold(tx, &key("d"), "P", 9).await?;
                assert_eq!(untold.len(), 3);
                pipeline::told(tx, "P", &run(2), &keys(&["b", "c"])).await?;
                pipeline::told(tx, "P", &run(2), &keys(&["c"])).await?;
                assert_eq!(pipeline::untold(tx, &key("d"), "P", 9).await?, [latest("c", 4)]);
                assert_eq!(
                    pipeline::untold(tx, &key("d"), "Q", 2).await?.len(),
                    2,
                    "another product is another matter"
                );

                let name = place::file("/d.csv");
                assert_eq!(pipeline::named(tx, &name).await?, keys(&["d"]));
                let binding = Binding::Product("listing".to_owned());
                assert!(pipeline::bind(tx, &key("d"), Some(&binding)).await?);
                assert!(!pipeline::bind(tx, "nothing", None).await?);
                take(tx, &story()).await?;
                assert_eq!(pipeline::bound(tx, &binding).await?, keys(&["d"]));
                assert_eq!(pipeline::datasets(tx, &keys(&["d"])).await?[0].binding, Some(binding.clone()));
                let other = Binding::Resource("r".to_owned());
                pipeline::bind(tx, &key("d"), Some(&other)).await?;
                assert!(pipeline::bound(tx, &binding).await?.is_empty());
                assert_eq!(pipeline::bound(tx, &other).await?.len(), 1);
                pipeline::bind(tx, &key("d"), None).await?;
                assert!(pipeline::bound(tx, &other).await?.is_empty());

                let all = pipeline::search(tx, "", "", 9).await?;
                assert_eq!(all.len(), 5);
                assert_eq!(pipeline::search(tx, "", &all[2].id, 9).await?.len(), 2);
                assert_eq!(pipeline::search(tx, "D.CSV", "", 9).await?.len(), 1);
                assert!(pipeline::search(tx, "%", "", 9).await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_stub_is_kept_once_for_each_product_that_comes_from_it() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("stub", |tx| {
            Box::pin(async move {
                let taken_at = tx.now();
                let info = |stub: &str, product: &str| StubInfo {
                    stub_id: stub.to_owned(),
                    product_id: product.to_owned(),
                    origin: "xinyu/p/s".to_owned(),
                    size: 9,
                    node: "delivery:C".to_owned(),
                    contract_id: None,
                    digest: Some("d1".to_owned()),
                    taken_at,
                };
                for (stub, product, is_new) in [("a", "P", true), ("a", "Q", true), ("a", "P", false), ("b", "P", true)]
                {
                    assert_eq!(stub::insert(tx, &info(stub, product), &json!({ "of": stub })).await?, is_new);
                }
                assert_eq!(stub::list(tx, "", 9).await?.len(), 3);
                assert_eq!(stub::list(tx, "P", 9).await?, [info("a", "P"), info("b", "P")]);
                assert_eq!(stub::list(tx, "P", 1).await?.len(), 1);
                let found: Vec<(StubInfo, Value)> = stub::find(tx, "a").await?;
                assert_eq!(found, [(info("a", "P"), json!({ "of": "a" })), (info("a", "Q"), json!({ "of": "a" }))]);
                assert!(stub::find::<Value>(tx, "c").await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
