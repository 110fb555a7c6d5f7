//! Signed stubs: a node of the lineage of one log with what leads to it, in one file that another connector or space checks offline. A stub brings the entries that
//! everything in it stands on, with their proofs and the signed heads; the graph is read out of these entries again, so that it can say nothing that they do not. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_evidence::checkpoint::Keys;
use xinyu_evidence::entry::Record;
use xinyu_evidence::extract::Extract;
use xinyu_evidence::receipt::ReceiptError;
use xinyu_protocol::json;
use xinyu_protocol::text::Text;

use super::{Direction, Graph, Node, NodeKind, id};
use crate::fault::Rejection;

/// The version of the form.
pub const VERSION: u8 = 1;
/// Nodes that a stub tells of at most, those next to its own first.
pub const MOST_NODES: usize = 16;
/// Entries in a stub at most.
pub const MOST_ENTRIES: usize = 64;

/// A stub as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stub {
    /// [`VERSION`].
    pub v: u8,
    /// The log that it stands in.
    pub origin: String,
    /// The node that it is about.
    pub node: String,
    /// The contract that this is held under.
    pub contract: Option<String>,
    /// The digest of its content, hexadecimal.
    pub digest: Option<String>,
    /// The entries, with everything that proves them.
    pub log: Extract,
}

/// What a stub proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What the stub is known by: a digest of what it proves of its node, whenever it was made.
    pub id: String,
    /// The log that it stands in.
    pub origin: String,
    /// Entries of that log when the stub was made.
    pub size: u64,
    /// The node that it is about.
    pub node: Node,
    /// The node with what leads to it.
    pub graph: Graph,
}

/// The part of a lineage that a stub of a node tells of; none if there is no such node.
#[must_use]
pub fn part(graph: &Graph, node: &str) -> Option<Graph> {
    graph.nearest(node, Direction::Up, MOST_NODES).map(|(ids, _)| graph.part(&ids))
}

/// The entries that a part stands on by itself.
#[must_use]
pub fn grounds(part: &Graph) -> BTreeSet<u64> {
    let nodes = part.nodes.values().flat_map(|node| [Some(&node.born), node.destroyed.as_ref()]);
    let edges = part.edges.iter().map(|edge| Some(&edge.ground));
    nodes.chain(edges).flatten().map(|ground| ground.index).collect()
}

/// Whether a part cannot be read without a record though nothing in it stands there: the filing of a contract says over which product it is, and the offer of a hop
/// where it comes from.
#[must_use]
pub fn is_needed(part: &Graph, record: &Record) -> bool {
    let Some(contract) = &record.contract else { return false };
    match record.kind.as_str() {
        "contract.filed" => part.nodes.contains_key(&id(NodeKind::Delivery, contract)),
        "onward.offered" => {
            record.subject.as_ref().is_some_and(|hop| part.nodes.contains_key(&id(NodeKind::Handed, hop)))
        }
        _ => false,
    }
}

/// That a stub of so many entries can be made.
///
/// # Errors
/// If there are too many.
pub fn must_be_few(entries: usize) -> Result<(), Rejection> {
    if entries <= MOST_ENTRIES {
        return Ok(());
    }
    let (zh, en) = (format!("存根的存证超过 {MOST_ENTRIES} 条"), format!("a stub has at most {MOST_ENTRIES} entries"));
    let next = Text::new("请从更靠近来源的数据取存根", "take the stub of something nearer to the source");
    Err(Rejection::bad("stub-size", zh, en).next(next))
}

impl Stub {
    /// A stub of a node.
    #[must_use]
    pub fn of(node: &Node, origin: &str, log: Extract) -> Self {
        let Node { id, contract, digest, .. } = node;
        Self {
            v: VERSION,
            origin: origin.to_owned(),
            node: id.clone(),
            contract: contract.clone(),
            digest: digest.clone(),
            log,
        }
    }

    /// The file: canonical JSON.
    ///
    /// # Errors
    /// None that a stub made here can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Rejection> {
        json::canonical(self).map_err(|error| Rejection::unwritable(&error.to_string()))
    }

    /// Reads the file. What it claims is for [`Self::verify`].
    ///
    /// # Errors
    /// If it is none, or has too many entries.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let stub: Self = json::parse(bytes, json::Limits::WIRE).map_err(|error| {
            Rejection::bad("stub-form", "不是溯源存根", "this is no stub of a lineage").detail(error.text())
        })?;
        must_be_few(stub.log.entries.len())?;
        must_be_few(stub.log.registrations.len())?;
        if stub.v == VERSION {
            return Ok(stub);
        }
        let (zh, en) = (format!("不识别的存根版本 {}", stub.v), format!("stubs of version {} are not known", stub.v));
        Err(Rejection::bad("stub-form", zh, en))
    }

    /// Checks everything in it against the keys of its log, which must be known from elsewhere, and reads its graph out of the entries.
    ///
    /// # Errors
    /// By what does not hold: `stub-keys`, `stub-proof`, `stub-origin`, `stub-node`, `stub-claim`, `stub-cut`.
    pub fn verify(&self, keys: &Keys) -> Result<Foreign, Rejection> {
        let report = self.log.verify(keys).map_err(|error| untrue(&error))?;
        if report.origin != self.origin {
            let (zh, en) = (
                format!("存根自称出自 {}，日志头却是 {} 的", self.origin, report.origin),
                format!("the stub says that it is of {}, and its head is of {}", self.origin, report.origin),
            );
            return Err(Rejection::bad("stub-origin", zh, en));
        }
        let graph = Graph::of(report.entries.iter().map(|(index, signed)| (*index, &signed.record)));
        let graph = part(&graph, &self.node);
        let found = graph.and_then(|graph| Some((graph.nodes.get(&self.node)?.clone(), graph)));
        let (node, graph) = found.ok_or_else(|| {
            let (zh, en) = (
                format!("存根的存证中没有数据 {}，可能被删减", self.node),
                format!("the entries of the stub know no data {}, something was cut out", self.node),
            );
            Rejection::bad("stub-node", zh, en)
        })?;
        if node.contract != self.contract || node.digest != self.digest {
            let (zh, en) = ("存根所称的合约或内容摘要与存证不符", "contract or digest are not what the entries say");
            return Err(Rejection::bad("stub-claim", zh, en));
        }
        must_be_connected(&node, &graph)?;
        let mut hasher = Suite::Intl.hasher();
        for part in ["xinyu-stub-1", &self.origin, &self.node, self.digest.as_deref().unwrap_or_default()] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let id = hasher.finalize().to_string().chars().take(32).collect();
        Ok(Foreign { id, origin: report.origin, size: report.size, node, graph })
    }
}

/// Whatever is not a source by its nature was made from something: a stub from which that was cut out says less than its log. Where a stub is as large as stubs
/// may be, it ends somewhere.
fn must_be_connected(node: &Node, graph: &Graph) -> Result<(), Rejection> {
    let made: BTreeSet<&str> = graph.edges.iter().map(|edge| edge.to.as_str()).collect();
    let is_source = |kind| matches!(kind, NodeKind::Product | NodeKind::Source | NodeKind::Foreign);
    let is_whole = graph.nodes.len() < MOST_NODES;
    let loose = graph
        .nodes
        .values()
        .find(|one| !is_source(one.kind) && !made.contains(one.id.as_str()) && (is_whole || one.id == node.id));
    let Some(loose) = loose else { return Ok(()) };
    let (zh, en) = (
        format!("存根没有说明 {} 从何而来，可能被删减", loose.id),
        format!("the stub does not say where {} comes from, something was cut out", loose.id),
    );
    Err(Rejection::bad("stub-cut", zh, en))
}

fn untrue(error: &ReceiptError) -> Rejection {
    let words = Text::new(error.to_string(), error.to_string());
    let (code, zh, en) = match error {
        ReceiptError::Checkpoint(_) => (
            "stub-keys",
            "存根的日志头不是所给密钥签的",
            "the head in the stub is not signed by the keys that were given",
        ),
        _ => (
            "stub-proof",
            "存根的证明不成立，可能被伪造或改动",
            "the proofs in the stub do not hold: it was forged or altered",
        ),
    };
    Rejection::bad(code, zh, en).detail(words)
}
