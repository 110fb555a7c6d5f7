//! What one record changes of a lineage. A record alone tells: what it refers to is looked up where the change is applied, in memory ([`super::Graph::of`]) or in
//! a store, and either comes to the same.

use serde_json::Value;
use xinyu_evidence::entry::Record;

use super::pipeline::MOST_DATASETS;
use super::{Edge, Ground, Node, NodeKind, Side, id};

/// The record with which a provider tells that a pipeline of its own has made a product from something.
pub const TOLD: &str = "lineage.told";

/// The record with which a stub of another log is taken, from which a product comes.
pub const STUB_TAKEN: &str = "lineage.stub_taken";

/// The activity of a step that a contract has agreed on and that has not come about.
pub const AGREED: &str = "contract";

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Data is there. What was known by its name alone, without holder and digest, is known better now; what was known, stays.
    Data(Node),
    /// A contract was filed: what one side alone tells of is missing on the other from now on.
    Filed(String),
    /// A contract binds a product: the step to its delivery, which is shown when something is delivered. Its activity is [`AGREED`].
    Agreed(Edge),
    /// It has come about: every step that the contract agreed on stands on the delivery, if that is the first.
    Delivered {
        /// The contract.
        contract: String,
        /// The transfer.
        activity: String,
        /// The entry.
        ground: Ground,
    },
    /// A step.
    Step(Edge),
    /// A step from whatever is held under its contract with one of these digests; where it comes from is left out.
    Made(Edge, Vec<String>),
    /// A result is known better as derived data, whether or not it is known yet.
    Superseded(String),
    /// From where a hop comes.
    Offered {
        /// The hop.
        hop: String,
        /// The node.
        from: String,
    },
    /// A step from where its activity, a hop, was offered from; where that is, is left out.
    Received(Edge),
    /// What a holder has under a contract is gone: what came of one hop, or the delivery and all that was derived of it.
    Destroyed {
        /// The contract.
        contract: String,
        /// Who says so.
        holder: String,
        /// The node of a hop.
        hop: Option<String>,
        /// The entry.
        ground: Ground,
    },
    /// One side tells of an event.
    Said {
        /// The transfer or the hop.
        activity: String,
        /// The contract.
        contract: Option<String>,
        /// Whether it gave, rather than took.
        is_given: bool,
        /// What it says.
        side: Side,
    },
}

/// What a record at a place of the log changes. Most change nothing.
#[must_use]
pub fn changes(index: u64, record: &Record) -> Vec<Change> {
    let from = Teller { index, record, subject: record.subject.as_deref().unwrap_or_default() };
    match (record.kind.as_str(), &record.contract) {
        ("product.listed", _) => {
            vec![from.data(NodeKind::Product, from.subject, None, text(record, "provider"))]
        }
        (TOLD, _) => from.told(),
        (STUB_TAKEN, _) => from.stub_taken(),
        ("contract.filed", Some(contract)) => from.filed(contract),
        ("transfer.delivered", _) => vec![from.said(true, "digest")],
        ("transfer.completed", None) => vec![from.said(false, "digest")],
        ("transfer.completed", Some(contract)) => from.delivered(contract),
        ("usage.done", Some(contract)) => from.done(contract),
        ("usage.kept", Some(contract)) => from.kept(contract),
        ("usage.destroyed", Some(contract)) => vec![from.destroyed(contract, None)],
        ("onward.destroyed", Some(contract)) => {
            vec![from.destroyed(contract, Some(id(NodeKind::Handed, from.subject)))]
        }
        ("onward.offered", Some(contract)) => from.offered(contract),
        ("onward.received", _) => from.received(),
        _ => Vec::new(),
    }
}

/// What the record of who gave tells whoever has no record of who took: that this holder has it.
pub(super) fn given(index: u64, record: &Record, holder: &str) -> Vec<Change> {
    let from = Teller { index, record, subject: record.subject.as_deref().unwrap_or_default() };
    let Some(contract) = record.contract.clone().filter(|_| record.kind == "transfer.delivered") else {
        return Vec::new();
    };
    let data = from.data(NodeKind::Delivery, &contract, text(record, "digest"), Some(holder.to_owned()));
    vec![data, Change::Delivered { contract, activity: from.subject.to_owned(), ground: from.ground() }]
}

/// A record that tells.
struct Teller<'r> {
    index: u64,
    record: &'r Record,
    subject: &'r str,
}

impl Teller<'_> {
    fn ground(&self) -> Ground {
        ground(self.index, self.record)
    }

    fn actor(&self) -> Option<String> {
        Some(self.record.actor.clone())
    }

    fn data(&self, kind: NodeKind, name: &str, digest: Option<String>, holder: Option<String>) -> Change {
        let record = self.record;
        Change::Data(Node {
            id: id(kind, name),
            kind,
            contract: record
                .contract
                .clone()
                .filter(|_| !matches!(kind, NodeKind::Product | NodeKind::Source | NodeKind::Foreign)),
            holder,
            digest,
            rows: number(record, "rows").or_else(|| number(record, "rows_out")),
            born: self.ground(),
            destroyed: None,
        })
    }

    fn edge(&self, from: String, to: String, activity: &str) -> Edge {
        let contract = self.record.contract.clone();
        Edge { from, to, activity: activity.to_owned(), contract, ground: self.ground() }
    }

    fn said(&self, is_given: bool, digest: &str) -> Change {
        let record = self.record;
        let side = Side { digest: text(record, digest), rows: number(record, "rows"), bytes: number(record, "bytes") };
        Change::Said { activity: self.subject.to_owned(), contract: record.contract.clone(), is_given, side }
    }

    /// A run of the provider's pipeline has made a product from some datasets.
    fn told(&self) -> Vec<Change> {
        let (run, product) = (text(self.record, "run").unwrap_or_default(), id(NodeKind::Product, self.subject));
        let source = |input: String| {
            let data = self.data(NodeKind::Source, &input, None, self.actor());
            [data, Change::Step(self.edge(id(NodeKind::Source, &input), product.clone(), &run))]
        };
        texts(self.record, "inputs").take(MOST_DATASETS).flat_map(source).collect()
    }

    /// A product comes from what the stub of another log proves.
    fn stub_taken(&self) -> Vec<Change> {
        let Some(stub) = text(self.record, "stub") else { return Vec::new() };
        let data = self.data(NodeKind::Foreign, &stub, text(self.record, "digest"), None);
        let (from, to) = (id(NodeKind::Foreign, &stub), id(NodeKind::Product, self.subject));
        vec![data, Change::Step(self.edge(from, to, &stub))]
    }

    /// A contract binds a product: its delivery is known by name before anything flows.
    fn filed(&self, contract: &str) -> Vec<Change> {
        let filed = Change::Filed(contract.to_owned());
        let Some(product) = text(self.record, "product") else { return vec![filed] };
        let data = self.data(NodeKind::Product, &product, None, text(self.record, "provider"));
        let (from, to) = (id(NodeKind::Product, &product), id(NodeKind::Delivery, contract));
        vec![filed, data, Change::Agreed(self.edge(from, to, AGREED))]
    }

    fn delivered(&self, contract: &str) -> Vec<Change> {
        let data = self.data(NodeKind::Delivery, contract, text(self.record, "digest"), self.actor());
        let (contract, activity) = (contract.to_owned(), self.subject.to_owned());
        vec![self.said(false, "digest"), data, Change::Delivered { contract, activity, ground: self.ground() }]
    }

    fn done(&self, contract: &str) -> Vec<Change> {
        let Some(digest) = text(self.record, "result_digest") else { return Vec::new() };
        let data = self.data(NodeKind::Result, self.subject, Some(digest), self.actor());
        let (from, to) = (id(NodeKind::Delivery, contract), id(NodeKind::Result, self.subject));
        vec![data, Change::Step(self.edge(from, to, self.subject))]
    }

    fn kept(&self, _contract: &str) -> Vec<Change> {
        let activity = text(self.record, "use").unwrap_or_default();
        let data = self.data(NodeKind::Derived, self.subject, text(self.record, "digest"), self.actor());
        let edge = self.edge(String::new(), id(NodeKind::Derived, self.subject), &activity);
        let made = Change::Made(edge, texts(self.record, "inputs").collect());
        // The use has told of a result from the delivery: it is known better now.
        vec![made, data, Change::Superseded(id(NodeKind::Result, &activity))]
    }

    /// From where a hop comes is told when it is offered; what comes of it, when it is received.
    fn offered(&self, contract: &str) -> Vec<Change> {
        let from = match (text(self.record, "derived"), texts(self.record, "chain").last()) {
            (Some(derived), _) => id(NodeKind::Derived, &derived),
            (None, Some(hop)) => id(NodeKind::Handed, &hop),
            (None, None) => id(NodeKind::Delivery, contract),
        };
        vec![self.said(true, "content"), Change::Offered { hop: self.subject.to_owned(), from }]
    }

    fn received(&self) -> Vec<Change> {
        let data = self.data(NodeKind::Handed, self.subject, text(self.record, "content"), self.actor());
        let edge = self.edge(String::new(), id(NodeKind::Handed, self.subject), self.subject);
        vec![self.said(false, "content"), data, Change::Received(edge)]
    }

    fn destroyed(&self, contract: &str, hop: Option<String>) -> Change {
        let holder = self.record.actor.clone();
        Change::Destroyed { contract: contract.to_owned(), holder, hop, ground: self.ground() }
    }
}

/// The entry that a record is.
pub(super) fn ground(index: u64, record: &Record) -> Ground {
    Ground { index, record: record.id.clone(), kind: record.kind.clone(), actor: record.actor.clone(), at: record.at }
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
