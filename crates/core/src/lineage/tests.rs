//! A story of one product, told by the records of those who were there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use xinyu_evidence::entry::Record;

use super::member::{self, Held};
use super::openlineage::Beside;
use super::pipeline::{ColumnStep, Name, read};
use super::{Direction, Graph, NodeKind, id, openlineage, prov};

pub(super) fn record(kind: &str, actor: &str, contract: Option<&str>, subject: &str, facts: Value) -> Record {
    Record {
        v: 1,
        id: format!("{kind}/{actor}/{subject}"),
        kind: kind.to_owned(),
        space: "s".to_owned(),
        contract: contract.map(str::to_owned),
        subject: (!subject.is_empty()).then(|| subject.to_owned()),
        actor: actor.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        facts: serde_json::from_value(facts).unwrap(),
        refs: Vec::new(),
    }
}

/// A product, its delivery, a use, derived data, and two hops.
pub(super) fn story() -> Vec<Record> {
    let c = Some("C");
    vec![
        record("product.listed", "platform", None, "P", json!({ "provider": "a" })),
        record("contract.filed", "platform", c, "", json!({ "product": "P", "provider": "a", "consumer": "b" })),
        record("transfer.completed", "b", c, "t", json!({ "digest": "d1", "rows": 9, "bytes": 90 })),
        record("transfer.delivered", "a", c, "t", json!({ "digest": "d1", "rows": 9, "bytes": 90 })),
        record("usage.done", "b", c, "u1", json!({ "result_digest": "r1", "rows_out": 2 })),
        record("usage.done", "b", c, "u2", json!({ "result_digest": "r2", "rows_out": 5 })),
        record("usage.kept", "b", c, "D", json!({ "use": "u2", "inputs": ["d1"], "digest": "d2", "rows": 5 })),
        record("onward.offered", "b", c, "h1", json!({ "derived": "D", "rows": 5, "sender": "b", "receiver": "e" })),
        record("onward.received", "e", c, "h1", json!({ "content": "d3" })),
        record("onward.offered", "e", c, "h2", json!({ "chain": ["h1"], "rows": 5 })),
        record("onward.received", "f", c, "h2", json!({ "content": "d4" })),
    ]
}

fn graph(records: &[Record]) -> Graph {
    Graph::of((0..).zip(records))
}

fn names(graph: &Graph, start: &str, direction: Direction) -> Vec<String> {
    graph.reach(start, direction).unwrap().into_iter().collect()
}

#[test]
fn tc609_16_6_10_c_data_is_followed_to_its_source_and_to_its_ends() {
    let graph = graph(&story());
    assert_eq!(
        names(&graph, "handed:h2", Direction::Up),
        ["delivery:C", "derived:D", "handed:h1", "handed:h2", "product:P"]
    );
    assert_eq!(
        names(&graph, "product:P", Direction::Down),
        ["delivery:C", "derived:D", "handed:h1", "handed:h2", "product:P", "result:u1"]
    );
    let steps: Vec<(&str, &str, &str, u64)> = graph
        .edges
        .iter()
        .map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.activity.as_str(), edge.ground.index))
        .collect();
    assert_eq!(
        steps,
        [
            ("product:P", "delivery:C", "t", 2),
            ("delivery:C", "result:u1", "u1", 4),
            ("delivery:C", "derived:D", "u2", 6),
            ("derived:D", "handed:h1", "h1", 8),
            ("handed:h1", "handed:h2", "h2", 10),
        ]
    );
    assert!(graph.discrepancies.is_empty() && graph.reach("product:Q", Direction::Up).is_none());
    let delivery = &graph.nodes["delivery:C"];
    assert_eq!(
        (delivery.digest.as_deref(), delivery.rows, delivery.holder.as_deref()),
        (Some("d1"), Some(9), Some("b"))
    );
    assert_eq!(graph.part(&graph.reach("derived:D", Direction::Up).unwrap()).edges.len(), 2);
}

#[test]
fn what_is_destroyed_is_there_no_more_and_what_left_is() {
    let mut records = story();
    let before = graph(&records);
    assert_eq!(before.held_under("C").len(), 5);
    records.push(record("usage.destroyed", "b", Some("C"), "x", json!({ "files": [] })));
    records.push(record("onward.destroyed", "e", Some("C"), "h1", json!({})));
    let after = graph(&records);
    let there: BTreeSet<String> = ["handed:h2", "result:u1"].map(str::to_owned).into();
    assert_eq!(after.held_under("C"), there);
    assert_eq!(after.nodes["derived:D"].destroyed.as_ref().unwrap().index, 11);
    // Somebody else's word destroys nothing.
    let mut forged = story();
    forged.push(record("usage.destroyed", "e", Some("C"), "x", json!({})));
    forged.push(record("onward.destroyed", "b", Some("C"), "h1", json!({})));
    assert_eq!(graph(&forged).held_under("C").len(), 5);
}

#[test]
fn two_sides_that_do_not_say_the_same_are_told() {
    let c = Some("C");
    let taken = |digest: &str, rows: u64| {
        record("transfer.completed", "b", c, "t", json!({ "digest": digest, "rows": rows, "bytes": 1 }))
    };
    let given = |digest: &str, rows: u64| {
        record("transfer.delivered", "a", c, "t", json!({ "digest": digest, "rows": rows, "bytes": 1 }))
    };
    let filed = || record("contract.filed", "p", c, "", json!({ "product": "P", "provider": "a" }));
    let offered = || record("onward.offered", "b", c, "h", json!({ "rows": 5 }));
    for (records, expect) in [
        (vec![taken("d", 1), given("d", 1)], vec![]),
        (vec![taken("d", 1), given("e", 1)], vec!["digest"]),
        (vec![given("d", 1), taken("e", 2)], vec!["digest", "rows"]),
        // Who delivers to somebody who is no member, or takes from one, is alone in the log.
        (vec![taken("d", 1)], vec![]),
        (vec![given("d", 1)], vec![]),
        (vec![filed(), taken("d", 1)], vec!["missing"]),
        (vec![filed(), given("d", 1)], vec!["missing"]),
        (vec![filed(), offered()], vec![]),
        (vec![filed(), given("d", 1), taken("d", 1)], vec![]),
    ] {
        let found: Vec<&str> = graph(&records).discrepancies.iter().map(|one| one.what).collect();
        assert_eq!(found, expect);
    }
}

#[test]
fn a_cycle_ends_and_ends_nothing() {
    let c = Some("C");
    let records = [
        record("onward.offered", "a", c, "x", json!({ "chain": ["y"] })),
        record("onward.received", "b", c, "x", json!({ "content": "1" })),
        record("onward.offered", "b", c, "y", json!({ "chain": ["x"] })),
        record("onward.received", "a", c, "y", json!({ "content": "2" })),
        record("onward.offered", "a", c, "x", json!({ "chain": ["y"] })),
        record("onward.received", "b", c, "x", json!({ "content": "1" })),
    ];
    let graph = graph(&records);
    for direction in [Direction::Up, Direction::Down] {
        assert_eq!(names(&graph, "handed:x", direction), ["handed:x", "handed:y"]);
    }
    assert_eq!(graph.held_under("C").len(), 2);
}

#[test]
fn records_that_say_nothing_are_passed_over() {
    let c = Some("C");
    let records = [
        record("usage.kept", "b", c, "D", json!({ "use": "u", "inputs": ["unknown"], "digest": 7 })),
        record("contract.filed", "p", None, "", json!({ "product": "P" })),
        record("usage.done", "b", c, "u", json!({})),
        record("transfer.completed", "b", None, "t", json!({ "digest": "d" })),
        record("onward.received", "e", c, "h", json!({ "content": "d" })),
        record("something.else", "e", c, "h", json!({ "content": "d" })),
    ];
    let graph = graph(&records);
    assert_eq!((graph.nodes.len(), graph.edges.len()), (2, 0), "{graph:?}");
}

#[test]
fn what_a_provider_made_a_product_from_stands_before_it() {
    let told = |run: &str, product: &str, inputs: Value| {
        record("lineage.told", "a", None, product, json!({ "run": run, "inputs": inputs }))
    };
    let mut records = story();
    records.push(told("r1", "P", json!(["s1", "s2"])));
    records.push(told("r2", "P", json!(["s1"])));
    records.push(told("r3", "nothing", json!(["s3"])));
    records.push(told("r4", "P", json!("s4")));
    let graph = graph(&records);
    assert_eq!(names(&graph, "product:P", Direction::Up), ["product:P", "source:s1", "source:s2"]);
    assert!(names(&graph, "source:s1", Direction::Down).contains(&"handed:h2".to_owned()));
    let source = &graph.nodes["source:s1"];
    assert_eq!((source.kind, source.holder.as_deref(), source.born.index), (NodeKind::Source, Some("a"), 11));
    // Of what the log knows no product, there is no step; what it came from is not held under a contract.
    assert_eq!(names(&graph, "source:s3", Direction::Down), ["source:s3"]);
    assert!(!graph.held_under("C").contains("source:s1") && !graph.nodes.contains_key("source:s4"));
}

#[test]
fn a_member_reads_it_out_of_its_own_records() {
    let own = |actor: &str| -> Vec<(u64, Record)> {
        let all = (0..).zip(story());
        all.filter(|(_, record)| record.actor == actor).collect()
    };
    let held = [Held {
        contract: "C".to_owned(),
        product: "P".to_owned(),
        provider: "a".to_owned(),
        consumer: "b".to_owned(),
    }];
    // Who took knows what it made of it, and who gave that it gave; neither blames the other for what it cannot see.
    let consumer = member::graph(&held, &own("b"));
    assert_eq!(names(&consumer, "derived:D", Direction::Up), ["delivery:C", "derived:D", "product:P"]);
    assert_eq!(consumer.nodes["delivery:C"].born.kind, "transfer.completed");
    let provider = member::graph(&held, &own("a"));
    assert_eq!(names(&provider, "product:P", Direction::Down), ["delivery:C", "product:P"]);
    let delivery = &provider.nodes["delivery:C"];
    assert_eq!((delivery.holder.as_deref(), delivery.digest.as_deref()), (Some("b"), Some("d1")));
    assert_eq!(delivery.born.kind, "transfer.delivered");
    assert!(consumer.discrepancies.is_empty() && provider.discrepancies.is_empty());
    assert!(member::graph(&held, &[]).nodes.is_empty());
}

#[test]
fn columns_and_names_of_others_are_told_in_the_events() {
    let graph = graph(&story());
    let step = |to: Option<&str>, is_masked: bool, kind: &str| ColumnStep {
        to: to.map(str::to_owned),
        from: Name::new("postgres://h:5432", "d.public.t"),
        column: "phone".to_owned(),
        kind: kind.to_owned(),
        subtype: String::new(),
        is_masked,
        description: String::new(),
    };
    let beside = Beside {
        names: [("product:P".to_owned(), Name::new("postgres://h:5432", "d.public.t"))].into(),
        columns: [("delivery:C".to_owned(), vec![step(Some("phone"), true, "DIRECT"), step(None, false, "")])].into(),
    };
    let event = &openlineage::events_with(&graph, "o", &beside)[0];
    assert_eq!(event["inputs"][0]["name"], "d.public.t");
    let facet = &event["outputs"][0]["facets"]["columnLineage"];
    assert_eq!(facet["fields"]["phone"]["inputFields"][0]["transformations"][0]["masking"], true);
    assert_eq!((facet["dataset"].as_array().unwrap().len(), &facet["dataset"][0]["field"]), (1, &json!("phone")));
    // What we tell is what we take.
    let read = read::events(event.to_string().as_bytes(), false).unwrap();
    assert_eq!(read[0].outputs[0].facets.made_from.as_ref().unwrap().len(), 2);
    for event in openlineage::events(&graph, "o") {
        read::events(event.to_string().as_bytes(), false).unwrap();
    }
}

#[test]
fn it_is_told_in_the_words_of_others() {
    let mut records = story();
    records.push(record("usage.destroyed", "b", Some("C"), "x", json!({})));
    let graph = graph(&records);
    let prov = prov::document(&graph, "xinyu/p/s");
    assert_eq!(prov["entity"].as_object().unwrap().len(), graph.nodes.len());
    assert_eq!(prov["entity"]["xinyu:delivery:C"]["xinyu:digest"], "d1");
    assert_eq!(prov["wasDerivedFrom"].as_object().unwrap().len(), graph.edges.len());
    assert_eq!(prov["wasInvalidatedBy"].as_object().unwrap().len(), 2);
    assert!(prov["agent"].as_object().unwrap().contains_key("xinyu:e"));
    // Whatever a relation names is declared.
    for (relation, ends) in [
        ("used", ["activity", "entity"]),
        ("wasGeneratedBy", ["entity", "activity"]),
        ("wasAssociatedWith", ["activity", "agent"]),
    ] {
        for link in prov[relation].as_object().unwrap().values() {
            for end in ends {
                let named = link[format!("prov:{end}")].as_str().unwrap();
                assert!(prov[end].as_object().unwrap().contains_key(named), "{relation} {named}");
            }
        }
    }

    let events = openlineage::events(&graph, "xinyu/p/s");
    assert_eq!(events.len(), 5);
    let kept = &events[2];
    assert_eq!(
        (kept["inputs"][0]["name"].as_str(), kept["outputs"][0]["name"].as_str()),
        (Some("delivery:C"), Some("derived:D"))
    );
    assert_eq!(kept["outputs"][0]["facets"]["version"]["datasetVersion"], "d2");
    assert_eq!(openlineage::events(&graph, "xinyu/p/s"), events, "the same log, the same runs");
    assert_ne!(openlineage::events(&graph, "xinyu/q/s")[2]["run"], kept["run"]);
    assert_eq!(id(NodeKind::Derived, "D"), "derived:D");
}
