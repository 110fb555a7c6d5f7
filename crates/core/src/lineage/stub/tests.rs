//! Stubs of a small log: what they prove, and what forged, cut and altered ones are refused for.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use xinyu_crypto::{SigningKey, Suite};
use xinyu_evidence::checkpoint::Keys;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_evidence::extract::Extract;
use xinyu_evidence::{LogState, grow, publish};

use super::super::tests::{record, story};
use super::super::{Graph, NodeKind};
use super::{MOST_NODES, Stub, grounds, is_needed, part};

const ORIGIN: &str = "xinyu/p/s";

/// The identifier of a party with a short name.
fn party(name: &str) -> String {
    format!("{name:0>32}")
}

/// A log with its keys and its files.
struct Log {
    keys: Keys,
    files: BTreeMap<String, Vec<u8>>,
    graph: Graph,
    records: Vec<Record>,
}

impl Log {
    /// The story, after the space and the keys of its parties.
    fn of(story: Vec<Record>, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut key = |suite| SigningKey::generate(suite, &mut random);
        let (platform, platform_sm) = (key(Suite::Intl), key(Suite::Sm));
        let names = ["a", "b", "e", "f"].map(party);
        let parties: BTreeMap<String, SigningKey> = names.into_iter().map(|name| (name, key(Suite::Intl))).collect();
        let opened = json!({ "party": party("platform"), "keys": [platform.public(), platform_sm.public()] });
        let mut records = vec![record("space.opened", "platform", None, "", opened)];
        for (name, key) in &parties {
            let registered = json!({ "party": name, "keys": [key.public()] });
            records.push(record("participant.key", "platform", None, name, registered));
        }
        records.extend(story);
        records.iter_mut().for_each(|record| record.actor = party(&record.actor));
        let sign = |record: &Record| {
            let key = parties.get(&record.actor).unwrap_or(&platform);
            SignedRecord::sign(record.clone(), key).unwrap().to_bytes().unwrap()
        };
        let leaves: Vec<Vec<u8>> = records.iter().map(sign).collect();
        let growth = grow(&LogState::new(), &leaves).unwrap();
        let mut files: BTreeMap<String, Vec<u8>> = growth.writes.into_iter().collect();
        let heads = publish(&growth.state, ORIGIN, &platform, &platform_sm).unwrap();
        files.extend(heads.map(|(path, text)| (path.to_owned(), text.into_bytes())));
        let keys = Keys::new(ORIGIN, platform.public(), platform_sm.public()).unwrap();
        Self { keys, files, graph: Graph::of((0..).zip(&records)), records }
    }

    fn extract(&self, positions: &[u64]) -> Extract {
        Extract::from_files(positions, |path| self.files.get(path).cloned()).unwrap()
    }

    fn positions(&self, node: &str) -> Vec<u64> {
        let part = part(&self.graph, node).unwrap();
        let mut positions = grounds(&part);
        positions.extend((0..).zip(&self.records).filter(|(_, one)| is_needed(&part, one)).map(|(at, _)| at));
        positions.into_iter().collect()
    }

    fn stub(&self, node: &str) -> Stub {
        Stub::of(&self.graph.nodes[node], ORIGIN, self.extract(&self.positions(node)))
    }
}

fn refused(stub: &Stub, keys: &Keys, code: &str) {
    let rejection = stub.verify(keys).unwrap_err();
    assert_eq!(rejection.code, code, "{rejection:?}");
}

#[test]
fn a_stub_proves_a_node_and_what_leads_to_it_with_nothing_but_the_keys() {
    let log = Log::of(story(), 1);
    for node in log.graph.nodes.keys() {
        let stub = Stub::parse(&log.stub(node).to_bytes().unwrap()).unwrap();
        let foreign = stub.verify(&log.keys).unwrap();
        assert_eq!((foreign.origin.as_str(), &foreign.node), (ORIGIN, &log.graph.nodes[node]));
        let expect = part(&log.graph, node).unwrap();
        assert_eq!((foreign.graph.nodes, foreign.graph.edges), (expect.nodes, expect.edges), "{node}");
    }
    // Made again when the log is longer, it is the same stub to whoever has it.
    let mut longer = story();
    longer.push(record("usage.done", "b", Some("C"), "u9", json!({ "result_digest": "r9" })));
    let (one, later) = (log.stub("derived:D"), Log::of(longer, 1).stub("derived:D"));
    assert_eq!(one.verify(&log.keys).unwrap().id, later.verify(&log.keys).unwrap().id);
    assert_ne!(one.verify(&log.keys).unwrap().id, log.stub("delivery:C").verify(&log.keys).unwrap().id);
}

#[test]
fn what_was_forged_cut_or_altered_is_refused_by_what_does_not_hold() {
    let log = Log::of(story(), 1);
    let (stub, keys) = (log.stub("derived:D"), &log.keys);
    let other = Log::of(story(), 2);
    refused(&stub, &other.keys, "stub-keys");
    refused(&Stub { log: other.stub("derived:D").log, ..stub.clone() }, keys, "stub-keys");
    refused(&Stub { origin: "xinyu/p/t".to_owned(), ..stub.clone() }, keys, "stub-origin");
    refused(&Stub { node: "derived:E".to_owned(), ..stub.clone() }, keys, "stub-node");
    refused(&Stub { digest: Some("00".to_owned()), ..stub.clone() }, keys, "stub-claim");
    refused(&Stub { contract: None, ..stub.clone() }, keys, "stub-claim");

    // An entry less: the filing, the delivery, the use that made it. The listing, which comes first, says nothing that the filing does not say.
    for at in 1..stub.log.entries.len() {
        let mut cut = stub.clone();
        cut.log.entries.remove(at);
        let code = cut.verify(keys).map(|_| at).unwrap_err().code;
        assert!(["stub-node", "stub-claim", "stub-cut"].contains(&code), "{at} {code}");
    }
    // A byte of an entry, a proof of another place, an entry of another log, entries out of order, no registrations.
    let mut altered = stub.clone();
    altered.log.entries[0].leaf = altered.log.entries[1].leaf.clone();
    refused(&altered, keys, "stub-proof");
    let mut moved = stub.clone();
    moved.log.entries[0].index = 0;
    refused(&moved, keys, "stub-proof");
    let mut swapped = stub.clone();
    swapped.log.entries.swap(0, 1);
    refused(&swapped, keys, "stub-proof");
    let mut bare = stub.clone();
    bare.log.registrations.clear();
    refused(&bare, keys, "stub-proof");
    let mut forged = stub.clone();
    forged.log.entries[1] = other.stub("derived:D").log.entries[1].clone();
    refused(&forged, keys, "stub-proof");
}

#[test]
fn what_is_no_stub_is_refused_before_anything_is_checked() {
    let log = Log::of(story(), 1);
    let stub = log.stub("delivery:C");
    let text = String::from_utf8(stub.to_bytes().unwrap()).unwrap();
    for (bytes, code) in [
        ("{}".to_owned(), "stub-form"),
        (text.replace("\"v\":1", "\"v\":2"), "stub-form"),
        (text.replace("\"node\"", "\"knot\""), "stub-form"),
        (text[1..].to_owned(), "stub-form"),
    ] {
        let refused = Stub::parse(bytes.as_bytes()).and_then(|stub| stub.verify(&log.keys)).unwrap_err();
        assert_eq!(refused.code, code, "{bytes:.80}");
    }
    let mut large = stub;
    large.log.entries = vec![large.log.entries[0].clone(); 65];
    assert_eq!(Stub::parse(&large.to_bytes().unwrap()).unwrap_err().code, "stub-size");
}

#[test]
fn a_long_way_back_is_told_as_far_as_a_stub_reaches() {
    let mut long = story();
    for hop in 3..40_u32 {
        let chain: Vec<String> = (1..hop).map(|before| format!("h{before}")).collect();
        let subject = format!("h{hop}");
        long.push(record("onward.offered", "e", Some("C"), &subject, json!({ "chain": chain, "rows": 5 })));
        long.push(record("onward.received", "f", Some("C"), &subject, json!({ "content": format!("d{hop}") })));
    }
    let log = Log::of(long, 1);
    let foreign = log.stub("handed:h39").verify(&log.keys).unwrap();
    assert_eq!((foreign.graph.nodes.len(), foreign.node.kind), (MOST_NODES, NodeKind::Handed));
    assert!(foreign.graph.nodes.contains_key("handed:h38") && !foreign.graph.nodes.contains_key("product:P"));
    let unlike: Value = serde_json::to_value(&log.graph.nodes["handed:h1"]).unwrap();
    assert_eq!(unlike["kind"], "handed");
}
