//! A document with many nodes of a kind, such as a catalogue: each is read for itself, with the nodes it refers to in their places.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Aliases, Embedding, Names, collect, identifier};

/// Nodes at most for one that is read, each counted as often as it is referred to.
const MOST_EACH: usize = 20_000;
/// Nodes at most for all that are read.
const MOST_ALL: usize = 1_000_000;

/// A document in the names of our own prefixes.
#[derive(Debug)]
pub(crate) struct Graph {
    document: Value,
}

/// Its nodes by name, and what is left of the work that a document may make.
#[derive(Debug)]
pub(crate) struct Nodes<'a> {
    index: BTreeMap<&'a str, &'a Value>,
    used: BTreeSet<String>,
    left: usize,
}

impl Graph {
    /// Gives all names their usual short form, by the document's own context.
    pub(crate) fn new(document: Value, aliases: Aliases) -> Self {
        Self { document: Names::default().canonical(document, aliases) }
    }

    /// The whole.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// Its nodes.
    pub(crate) fn nodes(&self) -> Nodes<'_> {
        let mut index = BTreeMap::new();
        collect(&self.document, &mut index);
        Nodes { index, used: BTreeSet::new(), left: MOST_ALL }
    }
}

impl Nodes<'_> {
    /// Whether a node stands in the place of a reference to it somewhere.
    pub(crate) fn is_used(&self, id: &str) -> bool {
        self.used.contains(id)
    }

    /// The node with what it refers to in its places, and whether that could be done: where references multiply they stay references.
    pub(crate) fn whole(&mut self, node: &Value) -> (Value, bool) {
        let most = self.left.min(MOST_EACH);
        let mut embedding = Embedding { index: &self.index, used: BTreeSet::new(), nodes: 0, most };
        let own: Vec<&str> = identifier(node).into_iter().collect();
        let whole = embedding.embed(node, &own);
        self.left = self.left.saturating_sub(embedding.nodes);
        self.used.append(&mut embedding.used);
        whole.map_or_else(|| (node.clone(), false), |whole| (whole, true))
    }
}
