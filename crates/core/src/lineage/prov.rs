//! A lineage in the terms of W3C PROV, as PROV-JSON: data are entities, transfers, uses and hops are activities, connectors are agents, destruction is
//! invalidation. GB/T 34945 (信息技术 数据溯源描述模型) has the same three classes: 数据实体, 溯源活动, 主体.

use serde_json::{Map, Value, json};

use super::{Graph, Ground};

/// The PROV-JSON document of a graph that stands in a log of this origin.
#[must_use]
pub fn document(graph: &Graph, origin: &str) -> Value {
    let name = |id: &str| format!("xinyu:{id}");
    let (mut entity, mut activity, mut agent) = (Map::new(), Map::new(), Map::new());
    let (mut derived, mut generated, mut used) = (Map::new(), Map::new(), Map::new());
    let (mut attributed, mut associated, mut invalidated) = (Map::new(), Map::new(), Map::new());
    for node in graph.nodes.values() {
        let mut said = Map::from_iter([
            ("prov:type".to_owned(), json!({ "$": format!("xinyu:{}", node.kind.as_str()), "type": "xsd:QName" })),
            ("xinyu:entry".to_owned(), node.born.index.into()),
        ]);
        let facts = [
            ("xinyu:contract", node.contract.clone().map(Value::from)),
            ("xinyu:digest", node.digest.clone().map(Value::from)),
            ("xinyu:rows", node.rows.map(Value::from)),
        ];
        said.extend(facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        entity.insert(name(&node.id), said.into());
        if let Some(holder) = &node.holder {
            agent.insert(name(holder), json!({ "prov:type": { "$": "prov:Organization", "type": "xsd:QName" } }));
            let link = json!({ "prov:entity": name(&node.id), "prov:agent": name(holder) });
            attributed.insert(format!("_:at{}", attributed.len()), link);
        }
        if let Some(end) = &node.destroyed {
            let link = json!({ "prov:entity": name(&node.id), "prov:time": end.at, "xinyu:entry": end.index });
            invalidated.insert(format!("_:in{}", invalidated.len()), link);
        }
    }
    for edge in &graph.edges {
        let act = name(&format!("activity:{}", edge.activity));
        let (from, to) = (name(&edge.from), name(&edge.to));
        let Ground { index, kind, actor, at, .. } = &edge.ground;
        activity.entry(&act).or_insert_with(|| json!({ "prov:endTime": at, "xinyu:kind": kind, "xinyu:entry": index }));
        agent
            .entry(name(actor))
            .or_insert_with(|| json!({ "prov:type": { "$": "prov:Organization", "type": "xsd:QName" } }));
        let n = derived.len();
        let derivation =
            json!({ "prov:generatedEntity": to, "prov:usedEntity": from, "prov:activity": act, "xinyu:entry": index });
        derived.insert(format!("_:de{n}"), derivation);
        used.insert(format!("_:us{n}"), json!({ "prov:activity": act, "prov:entity": from, "prov:time": at }));
        generated.insert(format!("_:ge{n}"), json!({ "prov:entity": to, "prov:activity": act, "prov:time": at }));
        associated.insert(format!("_:as{n}"), json!({ "prov:activity": act, "prov:agent": name(actor) }));
    }
    json!({
        "prefix": { "xinyu": format!("urn:xinyu:{}#", origin), "xsd": "http://www.w3.org/2001/XMLSchema#" },
        "entity": entity, "activity": activity, "agent": agent, "wasDerivedFrom": derived, "wasGeneratedBy": generated,
        "used": used, "wasAttributedTo": attributed, "wasAssociatedWith": associated, "wasInvalidatedBy": invalidated,
    })
}
