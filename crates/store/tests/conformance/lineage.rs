//! The lineage in the store is the one that is read out of the log, whatever the records say.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use xinyu_core::evidence::Index;
use xinyu_core::lineage::change::{AGREED, changes};
use xinyu_core::lineage::{Direction, Graph, NodeKind};
use xinyu_evidence::entry::Record;
use xinyu_store::lineage::{self, Start};
use xinyu_store::log::{self, NewEntry};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, Tx};

const SPACE: &str = "s";

/// Few things, so that records meet; one has the name of what has not come about.
const NAMES: [&str; 3] = ["a", "b", AGREED];

fn one_of<'a>(random: &mut StdRng, all: &[&'a str]) -> &'a str {
    all[random.random_range(0..all.len())]
}

/// A record of some kind about few things, so that records meet.
fn record(random: &mut StdRng, at: usize) -> Record {
    let mut name = || one_of(random, &NAMES);
    let (actor, contract, subject, digest, other) = (name(), name(), name(), name(), name());
    let kinds = [
        "product.listed",
        "lineage.told",
        "lineage.stub_taken",
        "contract.filed",
        "transfer.delivered",
        "transfer.completed",
        "usage.done",
        "usage.kept",
        "usage.destroyed",
        "onward.offered",
        "onward.received",
        "onward.destroyed",
        "space.opened",
    ];
    let kind = one_of(random, &kinds);
    let mut facts = json!({
        "provider": actor, "product": subject, "digest": digest, "content": digest, "result_digest": digest, "rows": random.random_range(0..3_u64),
        "bytes": random.random_range(0..2_u64), "use": other, "stub": other, "inputs": [other, digest], "chain": if random.random() { json!([other]) } else { json!([]) },
    });
    if random.random_range(0..4) == 0 {
        facts["derived"] = json!(other);
    }
    if random.random_range(0..5) == 0 {
        facts = json!({});
    }
    let facts: serde_json::Map<String, Value> = facts.as_object().unwrap().clone();
    Record {
        v: 1,
        id: format!("r{at}"),
        kind: kind.to_owned(),
        space: SPACE.to_owned(),
        contract: (random.random_range(0..8) > 0).then(|| contract.to_owned()),
        subject: Some(subject.to_owned()),
        actor: actor.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        facts: facts.into_iter().collect(),
        refs: Vec::new(),
    }
}

fn entry(record: &Record, space: &str) -> NewEntry {
    let record = Record { space: space.to_owned(), id: format!("{space}/{}", record.id), ..record.clone() };
    NewEntry::of(&record, vec![1], Index::of(&record))
}

/// With the ids that the store's log gives to the records of this space.
fn named(mut graph: Graph) -> Graph {
    for node in graph.nodes.values_mut() {
        node.born.record = format!("{SPACE}/{}", node.born.record);
        if let Some(end) = &mut node.destroyed {
            end.record = format!("{SPACE}/{}", end.record);
        }
    }
    for edge in &mut graph.edges {
        edge.ground.record = format!("{SPACE}/{}", edge.ground.record);
    }
    graph
        .edges
        .sort_by(|one, next| (one.ground.index, &one.from, &one.to).cmp(&(next.ground.index, &next.from, &next.to)));
    graph.discrepancies.sort_by(|one, next| (&one.activity, one.what).cmp(&(&next.activity, next.what)));
    graph
}

#[tokio::test]
async fn tc609_16_6_10_c_the_store_tells_the_lineage_that_the_log_tells() {
    on_each_engine(async |fixture: Fixture| {
        for seed in 0..12 {
            let mut random = StdRng::seed_from_u64(seed);
            let records: Vec<Record> = (0..40).map(|at| record(&mut random, at)).collect();
            let whole = Graph::of((0..).zip(&records));
            let told = records.clone();
            let written = fixture.store.write("lineage.all", move |tx| {
                Box::pin(async move {
                    // Another space with the same names is another matter.
                    for table in ["log", "entry", "lineage_read", "lineage_node", "lineage_superseded"] {
                        tx.execute(emptied(table), Vec::new()).await?;
                    }
                    for table in ["lineage_digest", "lineage_edge", "lineage_offer", "lineage_event"] {
                        tx.execute(emptied(table), Vec::new()).await?;
                    }
                    for space in ["t", SPACE] {
                        log::create(tx, space, "{}").await?;
                        assert_eq!(lineage::lock(tx, space).await?, 0);
                        let mut found = Vec::new();
                        for record in &told {
                            found.extend(changes(appended(tx, entry(record, space)).await?, record));
                        }
                        lineage::apply(tx, space, found).await?;
                        lineage::advance(tx, space, 40).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            });
            written.await.unwrap();
            let read = fixture.store.read("lineage.parts", move |tx| {
                Box::pin(async move {
                    assert_eq!((lineage::position(tx, SPACE).await?, lineage::position(tx, "u").await?), (40, 0));
                    for id in whole.nodes.keys() {
                        for towards in [Some(Direction::Up), Some(Direction::Down), None] {
                            let ids = match towards {
                                Some(direction) => whole.reach(id, direction).unwrap(),
                                None => {
                                    let up = whole.reach(id, Direction::Up).unwrap();
                                    &up | &whole.reach(id, Direction::Down).unwrap()
                                }
                            };
                            let part = lineage::part(tx, SPACE, &Start::Node(id.clone(), towards), 1_000).await?;
                            assert_eq!(part.graph, named(whole.part(&ids)), "{seed} {id} {towards:?}");
                            assert!(!part.is_cut);
                        }
                    }
                    for contract in NAMES {
                        let start = Start::Contract(contract.to_owned());
                        let ids: BTreeSet<String> =
                            lineage::part(tx, SPACE, &start, 1_000).await?.graph.nodes.into_keys().collect();
                        assert_eq!(ids, whole.held_under(contract), "{seed} {contract}");
                    }
                    for kind in NodeKind::ALL {
                        let there = whole.nodes.values().filter(|node| node.kind == kind).count();
                        assert_eq!(lineage::list(tx, SPACE, kind, "", 100).await?.len(), there, "{seed} {kind:?}");
                    }
                    let none = lineage::part(tx, SPACE, &Start::Node("product:z".to_owned(), None), 10).await?;
                    assert_eq!(none.graph, Graph::default());
                    Ok::<_, StoreError>(())
                })
            });
            read.await.unwrap();
        }
    })
    .await;
}

fn emptied(table: &str) -> &'static str {
    match table {
        "log" => "DELETE FROM log",
        "entry" => "DELETE FROM entry",
        "lineage_read" => "DELETE FROM lineage_read",
        "lineage_node" => "DELETE FROM lineage_node",
        "lineage_superseded" => "DELETE FROM lineage_superseded",
        "lineage_digest" => "DELETE FROM lineage_digest",
        "lineage_edge" => "DELETE FROM lineage_edge",
        "lineage_offer" => "DELETE FROM lineage_offer",
        _ => "DELETE FROM lineage_event",
    }
}

#[tokio::test]
async fn what_is_too_much_is_cut_and_a_digest_finds_its_data() {
    on_each_engine(async |fixture: Fixture| {
        let done = |at: usize| Record {
            v: 1,
            id: format!("u{at}"),
            kind: "usage.done".to_owned(),
            space: SPACE.to_owned(),
            contract: Some("C".to_owned()),
            subject: Some(format!("use-{at}")),
            actor: "b".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            facts: json!({ "result_digest": format!("d{at}") }).as_object().unwrap().clone().into_iter().collect(),
            refs: Vec::new(),
        };
        let delivered = Record {
            kind: "transfer.completed".to_owned(),
            facts: json!({ "digest": "d" }).as_object().unwrap().clone().into_iter().collect(),
            ..done(0)
        };
        let written = fixture.store.write("lineage.many", move |tx| {
            Box::pin(async move {
                log::create(tx, SPACE, "{}").await?;
                let mut found = Vec::new();
                for record in std::iter::once(delivered).chain((1..200).map(done)) {
                    found.extend(changes(appended(tx, entry(&record, SPACE)).await?, &record));
                }
                lineage::apply(tx, SPACE, found).await?;
                let start = Start::Node("delivery:C".to_owned(), Some(Direction::Down));
                let part = lineage::part(tx, SPACE, &start, 150).await?;
                assert_eq!((part.graph.nodes.len(), part.graph.edges.len(), part.is_cut), (150, 149, true));
                assert!(part.graph.nodes.contains_key("delivery:C"), "what is next to the start comes first");
                let whole = lineage::part(tx, SPACE, &start, 200).await?;
                assert_eq!((whole.graph.nodes.len(), whole.is_cut), (200, false));
                let found = lineage::list(tx, SPACE, NodeKind::Product, "d7", 10).await?;
                assert_eq!(found.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["result:use-7"]);
                let newest = lineage::list(tx, SPACE, NodeKind::Result, "", 2).await?;
                assert_eq!(newest.iter().map(|node| node.born.index).collect::<Vec<_>>(), [199, 198]);
                Ok::<_, StoreError>(())
            })
        });
        written.await.unwrap();
    })
    .await;
}

/// Appends an entry that is new.
async fn appended(tx: &mut Tx, entry: NewEntry) -> Result<u64, StoreError> {
    match log::append(tx, vec![entry]).await?.as_slice() {
        [log::Place::At(position)] => Ok(*position),
        places => panic!("{places:?}"),
    }
}
