//! A lineage as events of OpenLineage: each activity is a run that is complete, with the data it read and made. OpenLineage 2-0-2.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Builder;
use xinyu_crypto::Suite;

use super::{Edge, Graph};

const PRODUCER: &str = "urn:xinyu:lineage";
const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const VERSION_FACET: &str =
    "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet";

/// The events of a graph that stands in a log of this origin, in the order of the log.
#[must_use]
pub fn events(graph: &Graph, origin: &str) -> Vec<Value> {
    let mut runs: BTreeMap<(u64, &str), Vec<&Edge>> = BTreeMap::new();
    for edge in &graph.edges {
        runs.entry((edge.ground.index, edge.activity.as_str())).or_default().push(edge);
    }
    runs.into_iter().filter_map(|((_, activity), edges)| event(graph, origin, activity, &edges)).collect()
}

fn event(graph: &Graph, origin: &str, activity: &str, edges: &[&Edge]) -> Option<Value> {
    let ground = &edges.first()?.ground;
    let inputs: BTreeSet<&str> = edges.iter().map(|edge| edge.from.as_str()).collect();
    let outputs: BTreeSet<&str> = edges.iter().map(|edge| edge.to.as_str()).collect();
    let data = |ids: BTreeSet<&str>| -> Vec<Value> { ids.into_iter().map(|id| dataset(graph, origin, id)).collect() };
    Some(json!({
        "eventType": "COMPLETE", "eventTime": ground.at, "producer": PRODUCER, "schemaURL": SCHEMA,
        "run": { "runId": run_id(origin, activity) },
        "job": { "namespace": format!("xinyu://{origin}"), "name": format!("{}/{activity}", ground.actor) },
        "inputs": data(inputs), "outputs": data(outputs),
    }))
}

/// The same activity of the same log is the same run, whoever tells of it.
fn run_id(origin: &str, activity: &str) -> String {
    let digest = Suite::Intl.hash(format!("xinyu/lineage/v1\n{origin}\n{activity}").as_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.as_bytes()) {
        *byte = *from;
    }
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

fn dataset(graph: &Graph, origin: &str, id: &str) -> Value {
    let mut facets = Map::new();
    if let Some(node) = graph.nodes.get(id) {
        if let Some(digest) = &node.digest {
            facets.insert(
                "version".to_owned(),
                json!({ "_producer": PRODUCER, "_schemaURL": VERSION_FACET, "datasetVersion": digest }),
            );
        }
        let mut own = json!({
            "_producer": PRODUCER, "_schemaURL": "urn:xinyu:lineage:evidence:1", "kind": node.kind, "entry": node.born.index,
        });
        if let (Some(own), Some(contract)) = (own.as_object_mut(), &node.contract) {
            own.insert("contract".to_owned(), contract.as_str().into());
        }
        facets.insert("xinyu_evidence".to_owned(), own);
    }
    json!({ "namespace": format!("xinyu://{origin}"), "name": id, "facets": facets })
}
