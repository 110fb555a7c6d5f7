//! A lineage as events of OpenLineage: each activity is a run that is complete, with the data it read and made. OpenLineage 2-0-2.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Builder;
use xinyu_crypto::Suite;

use super::pipeline::{ColumnStep, Name};
use super::{Edge, Graph, NodeKind};

const PRODUCER: &str = "urn:xinyu:lineage";
const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const VERSION_FACET: &str =
    "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet";
const COLUMN_FACET: &str =
    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";

/// What a member knows besides the graph.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// What others call a node, by its id: whoever reads the events of several tells with it that it is the same.
    pub names: BTreeMap<String, Name>,
    /// From which columns the columns of a node are made, by its id.
    pub columns: BTreeMap<String, Vec<ColumnStep>>,
}

/// The events of a graph that stands in a log of this origin, in the order of the log.
#[must_use]
pub fn events(graph: &Graph, origin: &str) -> Vec<Value> {
    events_with(graph, origin, &Beside::default())
}

/// The same, with names and columns.
#[must_use]
pub fn events_with(graph: &Graph, origin: &str, beside: &Beside) -> Vec<Value> {
    let mut runs: BTreeMap<(u64, &str), Vec<&Edge>> = BTreeMap::new();
    for edge in &graph.edges {
        runs.entry((edge.ground.index, edge.activity.as_str())).or_default().push(edge);
    }
    runs.into_iter().filter_map(|((_, activity), edges)| event(graph, (origin, beside), activity, &edges)).collect()
}

fn event(graph: &Graph, (origin, beside): (&str, &Beside), activity: &str, edges: &[&Edge]) -> Option<Value> {
    let ground = &edges.first()?.ground;
    let inputs: BTreeSet<&str> = edges.iter().map(|edge| edge.from.as_str()).collect();
    let outputs: BTreeSet<&str> = edges.iter().map(|edge| edge.to.as_str()).collect();
    let read = inputs.into_iter().map(|id| dataset(graph, (origin, beside), id)).collect::<Vec<_>>();
    let written = outputs.into_iter().map(|id| {
        let mut output = dataset(graph, (origin, beside), id);
        let steps = beside.columns.get(id).filter(|steps| !steps.is_empty());
        if let (Some(steps), Some(facets)) = (steps, output.get_mut("facets").and_then(Value::as_object_mut)) {
            facets.insert("columnLineage".to_owned(), column_lineage(steps));
        }
        output
    });
    Some(json!({
        "eventType": "COMPLETE", "eventTime": ground.at, "producer": PRODUCER, "schemaURL": SCHEMA,
        "run": { "runId": run_id(origin, activity) },
        "job": { "namespace": format!("xinyu://{origin}"), "name": format!("{}/{activity}", ground.actor) },
        "inputs": read, "outputs": written.collect::<Vec<_>>(),
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

fn column_lineage(steps: &[ColumnStep]) -> Value {
    let mut fields: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let mut whole = Vec::new();
    for step in steps {
        let ColumnStep { from, column, kind, subtype, is_masked, description, .. } = step;
        let mut input = json!({ "namespace": from.namespace, "name": from.name, "field": column });
        let how = json!([{ "type": kind, "subtype": subtype, "description": description, "masking": is_masked }]);
        if let Some(input) = input.as_object_mut().filter(|_| !kind.is_empty()) {
            input.insert("transformations".to_owned(), how);
        }
        match &step.to {
            Some(to) => fields.entry(to).or_default().push(input),
            None => whole.push(input),
        }
    }
    let fields: Map<String, Value> =
        fields.into_iter().map(|(to, inputs)| (to.to_owned(), json!({ "inputFields": inputs }))).collect();
    json!({ "_producer": PRODUCER, "_schemaURL": COLUMN_FACET, "fields": fields, "dataset": whole })
}

fn dataset(graph: &Graph, (origin, beside): (&str, &Beside), id: &str) -> Value {
    let mut facets = Map::new();
    // What stands on a run of a pipeline stands on no entry.
    if let Some(node) = graph.nodes.get(id).filter(|node| node.kind != NodeKind::Dataset) {
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
    match beside.names.get(id) {
        Some(Name { namespace, name }) => json!({ "namespace": namespace, "name": name, "facets": facets }),
        None => json!({ "namespace": format!("xinyu://{origin}"), "name": id, "facets": facets }),
    }
}
