//! Lineage (溯源): where data came from, where it went, what became of it, read out of the records of a log alone. Whoever has verified the log has verified the
//! graph: every edge names the entry that it stands on. TC609-6-2025-01 §5.2.2.12; TC609-6-2025-16 6.10. Pure.
//!
//! Nodes are products, what was delivered of them under a contract, what was derived of that, what was handed on of either, and the results that left a use.

pub mod openlineage;
pub mod prov;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use xinyu_evidence::entry::Record;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A data product (数据产品).
    Product,
    /// What was delivered of it under a contract.
    Delivery,
    /// What a use made of it and kept.
    Derived,
    /// What was handed on to another connector (转授).
    Handed,
    /// What left a use as its result.
    Result,
}

impl NodeKind {
    /// The word in ids and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Delivery => "delivery",
            Self::Derived => "derived",
            Self::Handed => "handed",
            Self::Result => "result",
        }
    }
}

/// The entry of the log that something stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ground {
    /// Its place in the log.
    pub index: u64,
    /// Its record.
    pub record: String,
    /// What happened.
    pub kind: String,
    /// Who says so.
    pub actor: String,
    /// When, by its clock.
    pub at: Timestamp,
}

/// Some data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The kind and what the data is known by.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The contract that it is held under; none for a product.
    pub contract: Option<String>,
    /// Who has it.
    pub holder: Option<String>,
    /// The digest of its content, hexadecimal; none if no record tells it.
    pub digest: Option<String>,
    /// Its rows, if a record tells them.
    pub rows: Option<u64>,
    /// The entry that it appeared with.
    pub born: Ground,
    /// The entry with which its destruction was proven (当前状态); none while it is there.
    pub destroyed: Option<Ground>,
}

/// One step of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// From which node.
    pub from: String,
    /// To which.
    pub to: String,
    /// By what: a transfer, a use, a hop.
    pub activity: String,
    /// Under which contract.
    pub contract: Option<String>,
    /// The entry that says so.
    pub ground: Ground,
}

/// Two sides of one event that do not say the same, or one that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discrepancy {
    /// The transfer or the hop.
    pub activity: String,
    /// The contract.
    pub contract: Option<String>,
    /// `missing`, `digest`, `rows` or `bytes`.
    pub what: &'static str,
    /// What who gave says.
    pub given: Option<String>,
    /// What who took says.
    pub taken: Option<String>,
}

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Where it came from.
    Up,
    /// Where it went.
    Down,
}

/// What the records tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The data, by id.
    pub nodes: BTreeMap<String, Node>,
    /// Its steps, in the order of the log.
    pub edges: Vec<Edge>,
    /// Where the two sides of an event differ.
    pub discrepancies: Vec<Discrepancy>,
}

/// What one side says of what was given or taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    digest: Option<String>,
    rows: Option<u64>,
    bytes: Option<u64>,
}

/// What both sides say of one event.
#[derive(Clone, Debug, Default)]
struct Event {
    contract: Option<String>,
    given: Option<Side>,
    taken: Option<Side>,
}

impl Graph {
    /// Reads the graph out of records, each with its place in the log, in the order of the log. Records of other things are passed over.
    pub fn of<'r>(records: impl IntoIterator<Item = (u64, &'r Record)>) -> Self {
        let mut reader = Reader::default();
        for (index, record) in records {
            reader.read(index, record);
        }
        reader.end()
    }

    /// The nodes from which a node came, or to which it went, itself included. None if there is no such node. A cycle, which an honest log has not, ends nothing.
    #[must_use]
    pub fn reach(&self, id: &str, direction: Direction) -> Option<BTreeSet<String>> {
        let (start, _) = self.nodes.get_key_value(id)?;
        let mut steps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for edge in &self.edges {
            let (from, to) = match direction {
                Direction::Down => (edge.from.as_str(), edge.to.as_str()),
                Direction::Up => (edge.to.as_str(), edge.from.as_str()),
            };
            steps.entry(from).or_default().push(to);
        }
        let mut seen = BTreeSet::from([start.clone()]);
        let mut next = VecDeque::from([start.as_str()]);
        while let Some(at) = next.pop_front() {
            for to in steps.get(at).into_iter().flatten() {
                if seen.insert((*to).to_owned()) {
                    next.push_back(to);
                }
            }
        }
        Some(seen)
    }

    /// The part of it with some nodes, and the steps between them.
    #[must_use]
    pub fn part(&self, ids: &BTreeSet<String>) -> Self {
        let nodes: BTreeMap<String, Node> = self
            .nodes
            .iter()
            .filter(|(id, _)| ids.contains(*id))
            .map(|(id, node)| (id.clone(), node.clone()))
            .collect();
        let edges: Vec<Edge> =
            self.edges.iter().filter(|edge| ids.contains(&edge.from) && ids.contains(&edge.to)).cloned().collect();
        let contracts: BTreeSet<&String> = nodes.values().filter_map(|node| node.contract.as_ref()).collect();
        let is_here = |one: &&Discrepancy| one.contract.as_ref().is_some_and(|contract| contracts.contains(contract));
        let discrepancies = self.discrepancies.iter().filter(is_here).cloned().collect();
        Self { nodes, edges, discrepancies }
    }

    /// What would be without ground if a contract ended: the data that is held under it and whatever came of that, as far as it is still there.
    #[must_use]
    pub fn held_under(&self, contract: &str) -> BTreeSet<String> {
        let own = self.nodes.values().filter(|node| node.contract.as_deref() == Some(contract));
        let reached = own.filter_map(|node| self.reach(&node.id, Direction::Down)).flatten();
        let is_there = |id: &String| self.nodes.get(id).is_some_and(|node| node.destroyed.is_none());
        reached.filter(is_there).collect()
    }
}

/// The id of a node.
#[must_use]
pub fn id(kind: NodeKind, name: &str) -> String {
    format!("{}:{name}", kind.as_str())
}

#[derive(Default)]
struct Reader {
    graph: Graph,
    events: BTreeMap<String, Event>,
    /// Data by the contract and digest that a record names it by.
    by_digest: BTreeMap<(String, String), String>,
    /// The data that is held under each contract.
    by_contract: BTreeMap<String, Vec<String>>,
    /// The step that each contract agreed on, by its place.
    agreed: BTreeMap<String, usize>,
    /// From which node each hop is offered.
    offers: BTreeMap<String, String>,
    /// Results that were kept as derived data.
    kept: BTreeSet<String>,
}

impl Reader {
    fn read(&mut self, index: u64, record: &Record) {
        let ground = || Ground {
            index,
            record: record.id.clone(),
            kind: record.kind.clone(),
            actor: record.actor.clone(),
            at: record.at,
        };
        let subject = record.subject.as_deref().unwrap_or_default();
        match record.kind.as_str() {
            "product.listed" => {
                let holder = text(record, "provider");
                self.add(NodeKind::Product, subject, None, holder, record, ground());
            }
            "contract.filed" => self.filed(record, ground()),
            "transfer.delivered" => self.event(record).given = Some(side(record, "digest")),
            "transfer.completed" => {
                self.event(record).taken = Some(side(record, "digest"));
                self.delivered(record, subject, ground());
            }
            "usage.done" => self.done(record, subject, ground()),
            "usage.kept" => self.kept(record, subject, ground()),
            "usage.destroyed" | "onward.destroyed" => self.destroyed(record, subject, &ground()),
            "onward.offered" => {
                self.event(record).given = Some(side(record, "content"));
                self.offered(record, subject);
            }
            "onward.received" => {
                self.event(record).taken = Some(side(record, "content"));
                self.received(record, subject, ground());
            }
            _ => {}
        }
    }

    fn event(&mut self, record: &Record) -> &mut Event {
        let event = self.events.entry(record.subject.clone().unwrap_or_default()).or_default();
        event.contract.clone_from(&record.contract);
        event
    }

    fn add(
        &mut self,
        kind: NodeKind,
        name: &str,
        digest: Option<String>,
        holder: Option<String>,
        record: &Record,
        born: Ground,
    ) -> String {
        let id = id(kind, name);
        let contract = record.contract.clone().filter(|_| kind != NodeKind::Product);
        if let (Some(contract), Some(digest)) = (&contract, &digest) {
            self.by_digest.insert((contract.clone(), digest.clone()), id.clone());
        }
        let node = Node {
            id: id.clone(),
            kind,
            contract,
            holder,
            digest,
            rows: number(record, "rows").or_else(|| number(record, "rows_out")),
            born,
            destroyed: None,
        };
        match self.graph.nodes.get_mut(&id) {
            // Known by its name alone so far.
            Some(there) if there.holder.is_none() && there.digest.is_none() => *there = node,
            Some(_) => {}
            None => {
                if let Some(contract) = &node.contract {
                    self.by_contract.entry(contract.clone()).or_default().push(id.clone());
                }
                self.graph.nodes.insert(id.clone(), node);
            }
        }
        id
    }

    fn step(&mut self, from: String, to: String, activity: &str, record: &Record, ground: Ground) {
        let edge = Edge { from, to, activity: activity.to_owned(), contract: record.contract.clone(), ground };
        self.graph.edges.push(edge);
    }

    /// A contract binds a product: its delivery is known by name before anything flows.
    fn filed(&mut self, record: &Record, ground: Ground) {
        let (Some(contract), Some(product)) = (&record.contract, text(record, "product")) else { return };
        let from = self.add(NodeKind::Product, &product, None, text(record, "provider"), record, ground.clone());
        let to = id(NodeKind::Delivery, contract);
        self.agreed.insert(contract.clone(), self.graph.edges.len());
        self.step(from, to, "contract", record, ground);
    }

    fn delivered(&mut self, record: &Record, subject: &str, ground: Ground) {
        let Some(contract) = &record.contract else { return };
        let digest = text(record, "digest");
        self.add(NodeKind::Delivery, contract, digest, Some(record.actor.clone()), record, ground.clone());
        // What was agreed has come about: the step stands on the delivery.
        let agreed = self.agreed.remove(contract).and_then(|place| self.graph.edges.get_mut(place));
        if let Some(edge) = agreed {
            subject.clone_into(&mut edge.activity);
            edge.ground = ground;
        }
    }

    fn done(&mut self, record: &Record, subject: &str, ground: Ground) {
        let (Some(contract), Some(digest)) = (&record.contract, text(record, "result_digest")) else { return };
        let from = id(NodeKind::Delivery, contract);
        let holder = Some(record.actor.clone());
        let to = self.add(NodeKind::Result, subject, Some(digest), holder, record, ground.clone());
        self.step(from, to, subject, record, ground);
    }

    fn kept(&mut self, record: &Record, subject: &str, ground: Ground) {
        let Some(contract) = &record.contract else { return };
        let activity = text(record, "use").unwrap_or_default();
        let inputs: Vec<String> = texts(record, "inputs")
            .filter_map(|digest| self.by_digest.get(&(contract.clone(), digest)).cloned())
            .collect();
        let digest = text(record, "digest");
        let to = self.add(NodeKind::Derived, subject, digest, Some(record.actor.clone()), record, ground.clone());
        for from in inputs {
            self.step(from, to.clone(), &activity, record, ground.clone());
        }
        // The use has told of a result from the delivery: it is known better now.
        self.kept.insert(id(NodeKind::Result, &activity));
    }

    /// From where a hop comes is told when it is offered; what comes of it, when it is received.
    fn offered(&mut self, record: &Record, subject: &str) {
        let Some(contract) = &record.contract else { return };
        let from = match (text(record, "derived"), texts(record, "chain").last()) {
            (Some(derived), _) => id(NodeKind::Derived, &derived),
            (None, Some(hop)) => id(NodeKind::Handed, &hop),
            (None, None) => id(NodeKind::Delivery, contract),
        };
        self.offers.insert(subject.to_owned(), from);
    }

    fn received(&mut self, record: &Record, subject: &str, ground: Ground) {
        let from = self.offers.get(subject).cloned();
        let digest = text(record, "content");
        let to = self.add(NodeKind::Handed, subject, digest, Some(record.actor.clone()), record, ground.clone());
        if let Some(from) = from {
            self.step(from, to, subject, record, ground);
        }
    }

    fn destroyed(&mut self, record: &Record, subject: &str, ground: &Ground) {
        let hop = (record.kind == "onward.destroyed").then(|| id(NodeKind::Handed, subject));
        let held = record.contract.as_ref().and_then(|contract| self.by_contract.get(contract));
        for id in held.into_iter().flatten() {
            let Some(node) = self.graph.nodes.get_mut(id) else { continue };
            let is_meant = match &hop {
                Some(hop) => id == hop,
                // With a contract goes all that its holder has under it; what left, left.
                None => matches!(node.kind, NodeKind::Delivery | NodeKind::Derived),
            };
            if is_meant && node.holder.as_ref() == Some(&record.actor) {
                node.destroyed.get_or_insert_with(|| ground.clone());
            }
        }
    }

    fn end(mut self) -> Graph {
        for result in &self.kept {
            self.graph.nodes.remove(result);
        }
        let nodes = &self.graph.nodes;
        // What was agreed and never flowed is no step of data.
        self.graph.edges.retain(|edge| nodes.contains_key(&edge.from) && nodes.contains_key(&edge.to));
        for (activity, event) in self.events {
            let Event { contract, given, taken } = event;
            let mut differ = |what, given: Option<String>, taken: Option<String>| {
                let contract = contract.clone();
                let one = Discrepancy { activity: activity.clone(), contract, what, given, taken };
                self.graph.discrepancies.push(one);
            };
            match (given, taken) {
                (Some(given), Some(taken)) => {
                    let shown = |number: Option<u64>| number.map(|number| number.to_string());
                    for (what, given, taken) in [
                        ("digest", given.digest, taken.digest),
                        ("rows", shown(given.rows), shown(taken.rows)),
                        ("bytes", shown(given.bytes), shown(taken.bytes)),
                    ] {
                        if given != taken && given.is_some() && taken.is_some() {
                            differ(what, given, taken);
                        }
                    }
                }
                (None, Some(taken)) => differ("missing", None, taken.digest),
                // What is offered may be on its way, or refused: that it is missing is no contradiction yet.
                (Some(_) | None, None) => {}
            }
        }
        self.graph
    }
}

fn side(record: &Record, digest: &str) -> Side {
    Side { digest: text(record, digest), rows: number(record, "rows"), bytes: number(record, "bytes") }
}

fn text(record: &Record, name: &str) -> Option<String> {
    record.facts.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn texts<'r>(record: &'r Record, name: &str) -> impl Iterator<Item = String> + use<'r> {
    let list = record.facts.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn number(record: &Record, name: &str) -> Option<u64> {
    record.facts.get(name).and_then(Value::as_u64)
}
