//! docs/dataspace-protocol.md names every endpoint and every transition, and only sequences that there are.

use std::collections::BTreeSet;
use std::path::Path;

use xinyu_core::{dataflow, negotiation, transfer};
use xinyu_testkit::kit;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn every_endpoint_is_listed() {
    let (router, document) = (read("crates/connector/src/router.rs"), read("docs/dataspace-protocol.md"));
    let routes: Vec<&str> = router
        .split('"')
        .filter(|text| {
            text.starts_with("/dsp/2025-1/") || text.starts_with("/dps/") || text.ends_with("dspace-version")
        })
        .collect();
    assert!(routes.len() > 25, "{routes:?}");
    for route in routes {
        let path = route.strip_prefix("/dsp/2025-1").unwrap_or(route);
        assert!(document.contains(&format!("| `{path}` |")), "{path} is not in the document");
    }
}

#[test]
fn every_transition_is_listed() {
    let document = read("docs/dataspace-protocol.md");
    let sections: Vec<&str> = document.split("\n## ").collect();
    let section = |name: &str| *sections.iter().find(|section| section.contains(name)).unwrap();
    for (from, by, to) in negotiation::TRANSITIONS {
        let from = from.map_or("–", negotiation::State::as_str);
        let row = format!("| {from} | {} | {} |", to.as_str(), by.as_str());
        assert!(section("negotiation, transitions").contains(&row), "{row}");
    }
    for (from, by, to) in transfer::TRANSITIONS {
        let from = from.map_or("–", transfer::State::as_str);
        let row = format!("| {from} | {} | {} |", to.as_str(), by.as_str());
        assert!(section("transfer, transitions").contains(&row), "{row}");
    }
    for (from, to) in dataflow::TRANSITIONS {
        let row = format!("| {} | {} |", from.as_str(), to.as_str());
        assert!(section("data flow, transitions").contains(&row), "{row}");
    }
}

#[test]
fn every_sequence_that_is_named_is_one_that_runs() {
    let known: BTreeSet<&str> = kit::sequences().collect();
    let document = read("docs/dataspace-protocol.md");
    let named = document.split(|c: char| !(c.is_ascii_alphanumeric() || "_:-".contains(c)));
    let named: BTreeSet<&str> = named.filter(|word| word.contains(':') && word.contains('-')).collect();
    assert!(named.len() > 50, "{named:?}");
    for id in named {
        assert!(known.contains(id), "{id} is no sequence");
    }
}
