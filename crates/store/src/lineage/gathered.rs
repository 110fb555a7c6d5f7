//! What many changes add to a lineage, gathered so that it goes into the tables in few statements: a log grows faster than a statement a change is run.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use xinyu_core::lineage::{Edge, Node};

use crate::{StoreError, Tx, Value, args};

/// Data and steps on their way into the tables, as they would stand there if they had gone one by one.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// By digest and contract, the newest node of each.
    digests: BTreeMap<(String, String), String>,
    nodes: BTreeMap<String, Node>,
    edges: Vec<Edge>,
}

impl Gathered {
    /// What is known by its name alone is known better now; what was known stays.
    pub(super) fn add(&mut self, node: Node) {
        if let (Some(contract), Some(digest)) = (&node.contract, &node.digest) {
            self.digests.insert((digest.clone(), contract.clone()), node.id.clone());
        }
        match self.nodes.entry(node.id.clone()) {
            Entry::Vacant(place) => {
                place.insert(node);
            }
            Entry::Occupied(mut known) if known.get().holder.is_none() && known.get().digest.is_none() => {
                known.insert(node);
            }
            Entry::Occupied(_) => {}
        }
    }

    pub(super) fn step(&mut self, edge: Edge) {
        self.edges.push(edge);
    }

    /// Writes it into the tables of a space; nothing is gathered any more.
    pub(super) async fn write(&mut self, tx: &mut Tx, space_id: &str) -> Result<(), StoreError> {
        let Self { digests, nodes, edges } = std::mem::take(self);
        let sql = "INSERT INTO lineage_digest (space_id, digest, contract_id, node_id) VALUES {ROWS} \
                   ON CONFLICT (space_id, digest, contract_id) DO UPDATE SET node_id = EXCLUDED.node_id";
        let digest = |((digest, contract), node)| args![space_id, digest, contract, node];
        tx.execute_all(sql, digests.into_iter().map(digest).collect()).await?;
        let sql = "INSERT INTO lineage_node (space_id, node_id, kind, contract_id, holder, digest, data_rows, born) VALUES {ROWS} \
                   ON CONFLICT (node_id, space_id) DO UPDATE SET kind = EXCLUDED.kind, contract_id = EXCLUDED.contract_id, holder = EXCLUDED.holder, \
                   digest = EXCLUDED.digest, data_rows = EXCLUDED.data_rows, born = EXCLUDED.born \
                   WHERE lineage_node.holder IS NULL AND lineage_node.digest IS NULL";
        let rows = nodes.into_values().map(|node| row(space_id, node)).collect::<Result<_, _>>()?;
        tx.execute_all(sql, rows).await?;
        let sql = "INSERT INTO lineage_edge (space_id, position, from_id, to_id, activity, contract_id) VALUES {ROWS}";
        let edge = |Edge { from, to, activity, contract, ground }: Edge| {
            Ok(args![space_id, Value::unsigned(ground.index)?, from, to, activity, contract])
        };
        let rows = edges.into_iter().map(edge).collect::<Result<_, StoreError>>()?;
        tx.execute_all(sql, rows).await.map(drop)
    }
}

fn row(space_id: &str, node: Node) -> Result<Vec<Value>, StoreError> {
    let rows = node.rows.map(Value::unsigned).transpose()?.unwrap_or(Value::Null);
    let born = Value::unsigned(node.born.index)?;
    Ok(args![space_id, node.id, node.kind.as_str(), node.contract, node.holder, node.digest, rows, born])
}
