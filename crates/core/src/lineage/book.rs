//! A lineage in memory, changed record by record.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{AGREED, Change};
use super::{Edge, Event, Graph, Ground, Node, NodeKind};

/// What is known, with what later changes refer to.
#[derive(Default)]
pub(super) struct Book {
    graph: Graph,
    events: BTreeMap<String, Event>,
    /// Data by the contract and digest that a record names it by.
    by_digest: BTreeMap<(String, String), String>,
    /// The data that is held under each contract.
    by_contract: BTreeMap<String, Vec<String>>,
    /// The steps that contracts agreed on and that have not come about, by their places.
    agreed: BTreeMap<String, Vec<usize>>,
    /// Contracts that were filed.
    filed: BTreeSet<String>,
    /// From which node each hop is offered.
    offers: BTreeMap<String, String>,
    /// Results that are known better as derived data.
    superseded: BTreeSet<String>,
}

impl Book {
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Data(node) => self.add(node),
            Change::Filed(contract) => {
                self.filed.insert(contract);
            }
            Change::Agreed(edge) => {
                if let Some(contract) = &edge.contract {
                    self.agreed.entry(contract.clone()).or_default().push(self.graph.edges.len());
                }
                self.graph.edges.push(edge);
            }
            Change::Delivered { contract, activity, ground } => self.come_about(contract, &activity, &ground),
            Change::Step(edge) => self.graph.edges.push(edge),
            Change::Made(edge, digests) => {
                let contract = edge.contract.clone().unwrap_or_default();
                for digest in digests {
                    if let Some(from) = self.by_digest.get(&(contract.clone(), digest)) {
                        self.graph.edges.push(Edge { from: from.clone(), ..edge.clone() });
                    }
                }
            }
            Change::Superseded(result) => {
                self.superseded.insert(result);
            }
            Change::Offered { hop, from } => {
                self.offers.insert(hop, from);
            }
            Change::Received(edge) => {
                if let Some(from) = self.offers.get(&edge.activity) {
                    self.graph.edges.push(Edge { from: from.clone(), ..edge });
                }
            }
            Change::Destroyed { contract, holder, hop, ground } => {
                self.destroy(&contract, &holder, hop.as_deref(), &ground);
            }
            Change::Said { activity, contract, is_given, side } => {
                let event = self.events.entry(activity).or_default();
                event.contract = contract;
                *if is_given { &mut event.given } else { &mut event.taken } = Some(side);
            }
        }
    }

    fn add(&mut self, node: Node) {
        if let (Some(contract), Some(digest)) = (&node.contract, &node.digest) {
            self.by_digest.insert((contract.clone(), digest.clone()), node.id.clone());
        }
        match self.graph.nodes.get_mut(&node.id) {
            Some(there) if there.holder.is_none() && there.digest.is_none() => *there = node,
            Some(_) => {}
            None => {
                if let Some(contract) = &node.contract {
                    self.by_contract.entry(contract.clone()).or_default().push(node.id.clone());
                }
                self.graph.nodes.insert(node.id.clone(), node);
            }
        }
    }

    fn come_about(&mut self, contract: String, activity: &str, ground: &Ground) {
        let places = self.agreed.remove(&contract).unwrap_or_default();
        for place in &places {
            if let Some(edge) = self.graph.edges.get_mut(*place) {
                (edge.activity, edge.ground) = (activity.to_owned(), ground.clone());
            }
        }
        // Whoever names a transfer so has agreed on it and no more.
        if activity == AGREED {
            self.agreed.insert(contract, places);
        }
    }

    fn destroy(&mut self, contract: &str, holder: &str, hop: Option<&str>, ground: &Ground) {
        for id in self.by_contract.get(contract).into_iter().flatten() {
            let Some(node) = self.graph.nodes.get_mut(id) else { continue };
            let is_meant = match hop {
                Some(hop) => id == hop,
                // With a contract goes all that its holder has under it; what left, left.
                None => matches!(node.kind, NodeKind::Delivery | NodeKind::Derived),
            };
            if is_meant && node.holder.as_deref() == Some(holder) {
                node.destroyed.get_or_insert_with(|| ground.clone());
            }
        }
    }

    pub(super) fn close(self) -> Graph {
        let mut graph = self.graph;
        for result in &self.superseded {
            graph.nodes.remove(result);
        }
        let nodes = &graph.nodes;
        // What was agreed and never flowed is no step of data.
        graph.edges.retain(|edge| nodes.contains_key(&edge.from) && nodes.contains_key(&edge.to));
        for (activity, event) in self.events {
            let is_filed = event.contract.as_ref().is_some_and(|contract| self.filed.contains(contract));
            graph.discrepancies.extend(event.differences(&activity, is_filed));
        }
        graph
    }
}
