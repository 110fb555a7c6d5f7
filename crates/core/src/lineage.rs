//! Lineage (溯源): where data came from, where it went, what became of it, read out of the records of a log alone. Whoever has verified the log has verified the
//! graph: every edge names the entry that it stands on. TC609-6-2025-01 §5.2.2.12; TC609-6-2025-16 6.10. Pure.
//!
//! Nodes are products, what their providers' own pipelines made them from, what was delivered of them under a contract, what was derived of that, what was handed on
//! of either, and the results that left a use.

mod book;
pub mod change;
pub mod member;
pub mod openlineage;
pub mod pipeline;
pub mod prov;
pub mod stub;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use xinyu_evidence::entry::Record;

use book::Book;
use change::changes;

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
    /// What a pipeline of the provider made a product from, known by a salted digest.
    Source,
    /// A dataset of a member's own pipelines, at its connector only: no log knows it.
    Dataset,
    /// What a product comes from by the log of another space, known by its stub.
    Foreign,
}

impl NodeKind {
    /// All kinds that a log knows.
    pub const ALL: [Self; 7] =
        [Self::Product, Self::Delivery, Self::Derived, Self::Handed, Self::Result, Self::Source, Self::Foreign];

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word in ids and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Delivery => "delivery",
            Self::Derived => "derived",
            Self::Handed => "handed",
            Self::Result => "result",
            Self::Source => "source",
            Self::Dataset => "dataset",
            Self::Foreign => "foreign",
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
pub struct Side {
    /// The digest of the content, hexadecimal.
    pub digest: Option<String>,
    /// Its rows.
    pub rows: Option<u64>,
    /// Its bytes as they travelled.
    pub bytes: Option<u64>,
}

/// What both sides say of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The contract.
    pub contract: Option<String>,
    /// What who gave says.
    pub given: Option<Side>,
    /// What who took says.
    pub taken: Option<Side>,
}

impl Event {
    /// Where the two sides differ. Of a transfer under a contract that was not filed here only one side may be a member, which is then no gap; what is offered to be
    /// handed on may be on its way, or refused.
    #[must_use]
    pub fn differences(self, activity: &str, is_filed: bool) -> Vec<Discrepancy> {
        let Self { contract, given, taken } = self;
        let differ = |what, given: Option<String>, taken: Option<String>| Discrepancy {
            activity: activity.to_owned(),
            contract: contract.clone(),
            what,
            given,
            taken,
        };
        match (given, taken) {
            (Some(given), Some(taken)) => {
                let shown = |number: Option<u64>| number.map(|number| number.to_string());
                let said = [
                    ("digest", given.digest, taken.digest),
                    ("rows", shown(given.rows), shown(taken.rows)),
                    ("bytes", shown(given.bytes), shown(taken.bytes)),
                ];
                let apart =
                    said.into_iter().filter(|(_, given, taken)| given != taken && given.is_some() && taken.is_some());
                apart.map(|(what, given, taken)| differ(what, given, taken)).collect()
            }
            (None, Some(taken)) if is_filed => vec![differ("missing", None, taken.digest)],
            (Some(given), None) if is_filed && given.bytes.is_some() => vec![differ("missing", given.digest, None)],
            (Some(_) | None, None) | (None, Some(_)) => Vec::new(),
        }
    }
}

impl Graph {
    /// Reads the graph out of records, each with its place in the log, in the order of the log. Records of other things are passed over.
    pub fn of<'r>(records: impl IntoIterator<Item = (u64, &'r Record)>) -> Self {
        let mut book = Book::default();
        for (index, record) in records {
            changes(index, record).into_iter().for_each(|change| book.apply(change));
        }
        book.close()
    }

    /// The nodes from which a node came, or to which it went, itself included. None if there is no such node. A cycle, which an honest log has not, ends nothing.
    #[must_use]
    pub fn reach(&self, id: &str, direction: Direction) -> Option<BTreeSet<String>> {
        self.nearest(id, direction, usize::MAX).map(|(ids, _)| ids)
    }

    /// The same, at most so many, those next to it first; and whether there are more.
    #[must_use]
    pub fn nearest(&self, id: &str, direction: Direction, most: usize) -> Option<(BTreeSet<String>, bool)> {
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
            for to in steps.get(at).into_iter().flatten().filter(|to| self.nodes.contains_key(**to)) {
                if seen.len() >= most && !seen.contains(*to) {
                    return Some((seen, true));
                }
                if seen.insert((*to).to_owned()) {
                    next.push_back(to);
                }
            }
        }
        Some((seen, false))
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
