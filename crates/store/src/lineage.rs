//! The lineage of the data that the logs of this platform tell of: the same graph as `xinyu_core::lineage::Graph` reads out of a log, kept where a part of it is
//! found without reading all of it. It stands on the entries; thrown away, it is read again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::lineage::change::{AGREED, Change};
use xinyu_core::lineage::{Direction, Discrepancy, Edge, Event, Graph, Ground, Node, NodeKind, Side, id};

use self::gathered::Gathered;
use crate::log::{EntryRow, entry_row};
use crate::{Row, StoreError, Tx, Value, args};

mod gathered;

/// Where a part of a lineage begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At a node, one way or both.
    Node(String, Option<Direction>),
    /// At all that is held under a contract, downwards.
    Contract(String),
}

/// A part of a lineage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What was asked for; empty if the log knows no such thing.
    pub graph: Graph,
    /// Whether there is more of it.
    pub is_cut: bool,
}

/// How far the log of a space was read: the position of the entry that comes next.
///
/// # Errors
/// If the database fails.
pub async fn position(tx: &mut Tx, space_id: &str) -> Result<u64, StoreError> {
    let sql = "SELECT position FROM lineage_read WHERE space_id = $1";
    tx.fetch_optional(sql, args![space_id]).await?.map_or(Ok(0), |row| row.unsigned("position"))
}

/// The same, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, space_id: &str) -> Result<u64, StoreError> {
    let sql = "INSERT INTO lineage_read (space_id, position) VALUES ($1, 0) ON CONFLICT (space_id) DO NOTHING";
    tx.execute(sql, args![space_id]).await?;
    let sql = "SELECT position FROM lineage_read WHERE space_id = $1 {FOR_UPDATE}";
    tx.fetch_one(sql, args![space_id]).await?.unsigned("position")
}

/// Notes how far the log of a space was read.
///
/// # Errors
/// If the database fails.
pub async fn advance(tx: &mut Tx, space_id: &str, position: u64) -> Result<(), StoreError> {
    let sql = "UPDATE lineage_read SET position = $1 WHERE space_id = $2";
    tx.execute(sql, args![Value::unsigned(position)?, space_id]).await?;
    Ok(())
}

/// Applies changes to the lineage of a space, in their order.
///
/// # Errors
/// If the database fails.
pub async fn apply(tx: &mut Tx, space_id: &str, changes: Vec<Change>) -> Result<(), StoreError> {
    let mut gathered = Gathered::default();
    for change in changes {
        apply_one(tx, space_id, &mut gathered, change).await?;
    }
    gathered.write(tx, space_id).await
}

/// What only adds is gathered. It is written before anything that looks it up or changes it.
async fn apply_one(tx: &mut Tx, space_id: &str, gathered: &mut Gathered, change: Change) -> Result<(), StoreError> {
    match change {
        Change::Data(node) => gathered.add(node),
        // The entry itself says so.
        Change::Filed(_) => {}
        Change::Agreed(edge) | Change::Step(edge) => gathered.step(edge),
        Change::Delivered { contract, activity, ground } => {
            gathered.write(tx, space_id).await?;
            let sql = "UPDATE lineage_edge SET activity = $1, position = $2 WHERE to_id = $3 AND space_id = $4 AND activity = $5";
            let to = id(NodeKind::Delivery, &contract);
            tx.execute(sql, args![activity, Value::unsigned(ground.index)?, to, space_id, AGREED]).await?;
        }
        Change::Made(edge, digests) => {
            gathered.write(tx, space_id).await?;
            let sql = "SELECT node_id FROM lineage_digest WHERE space_id = $1 AND digest = $2 AND contract_id = $3";
            for digest in digests {
                let found = tx.fetch_optional(sql, args![space_id, digest, edge.contract.clone()]).await?;
                if let Some(row) = found {
                    gathered.step(Edge { from: row.text("node_id")?, ..edge.clone() });
                }
            }
        }
        Change::Superseded(result) => {
            let sql = "INSERT INTO lineage_superseded (space_id, node_id) VALUES ($1, $2) ON CONFLICT (node_id, space_id) DO NOTHING";
            tx.execute(sql, args![space_id, result]).await?;
        }
        Change::Offered { hop, from } => {
            let sql = "INSERT INTO lineage_offer (space_id, hop, from_id) VALUES ($1, $2, $3) \
                       ON CONFLICT (space_id, hop) DO UPDATE SET from_id = EXCLUDED.from_id";
            tx.execute(sql, args![space_id, hop, from]).await?;
        }
        Change::Received(edge) => {
            let sql = "SELECT from_id FROM lineage_offer WHERE space_id = $1 AND hop = $2";
            if let Some(row) = tx.fetch_optional(sql, args![space_id, &edge.activity]).await? {
                gathered.step(Edge { from: row.text("from_id")?, ..edge });
            }
        }
        Change::Destroyed { contract, holder, hop, ground } => {
            gathered.write(tx, space_id).await?;
            let sql = "UPDATE lineage_node SET destroyed = $1 WHERE contract_id = $2 AND space_id = $3 AND holder = $4 AND destroyed IS NULL \
                       AND (node_id = $5 OR ($5 = '' AND kind IN ('delivery', 'derived')))";
            let hop = hop.unwrap_or_default();
            tx.execute(sql, args![Value::unsigned(ground.index)?, contract, space_id, holder, hop]).await?;
        }
        Change::Said { activity, contract, is_given, side } => {
            said(tx, space_id, (&activity, contract), is_given, side).await?;
        }
    }
    Ok(())
}

/// What one side says, as it is stored.
#[derive(Serialize, Deserialize)]
struct Said {
    digest: Option<String>,
    rows: Option<u64>,
    bytes: Option<u64>,
}

async fn said(
    tx: &mut Tx,
    space_id: &str,
    (activity, contract): (&str, Option<String>),
    is_given: bool,
    side: Side,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO lineage_event (space_id, activity, contract_id, given, taken) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (space_id, activity) DO UPDATE SET contract_id = EXCLUDED.contract_id, \
               given = COALESCE(EXCLUDED.given, lineage_event.given), taken = COALESCE(EXCLUDED.taken, lineage_event.taken)";
    let Side { digest, rows, bytes } = side;
    let said = crate::document::write(&Said { digest, rows, bytes })?;
    let (given, taken) = if is_given { (Some(said), None) } else { (None, Some(said)) };
    tx.execute(sql, args![space_id, activity, contract, given, taken]).await.map(drop)
}

const DOWN: &str = "WITH RECURSIVE reach(id) AS (SELECT CAST($2 AS TEXT) UNION SELECT edge.to_id FROM reach JOIN lineage_edge edge \
                    ON edge.from_id = reach.id AND edge.space_id = $1) SELECT id FROM reach LIMIT $3";
const UP: &str = "WITH RECURSIVE reach(id) AS (SELECT CAST($2 AS TEXT) UNION SELECT edge.from_id FROM reach JOIN lineage_edge edge \
                  ON edge.to_id = reach.id AND edge.space_id = $1) SELECT id FROM reach LIMIT $3";
const UNDER: &str = "WITH RECURSIVE reach(id) AS (SELECT node_id FROM lineage_node WHERE contract_id = $2 AND space_id = $1 UNION SELECT edge.to_id \
                     FROM reach JOIN lineage_edge edge ON edge.from_id = reach.id AND edge.space_id = $1) SELECT id FROM reach LIMIT $3";

/// A part of the lineage of a space, of at most so many nodes each way, those next to the start first. A cycle ends nothing.
///
/// # Errors
/// If the database fails.
pub async fn part(tx: &mut Tx, space_id: &str, start: &Start, limit: u32) -> Result<Part, StoreError> {
    let (begin, ways): (&str, &[&'static str]) = match start {
        Start::Node(node, Some(Direction::Down)) => (node, &[DOWN]),
        Start::Node(node, Some(Direction::Up)) => (node, &[UP]),
        Start::Node(node, None) => (node, &[UP, DOWN]),
        Start::Contract(contract) => (contract, &[UNDER]),
    };
    let (mut ids, mut is_cut) = (BTreeSet::new(), false);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    for sql in ways {
        let found = tx.fetch(sql, args![space_id, begin, i64::from(limit).saturating_add(1)]).await?;
        is_cut |= found.len() > most;
        for row in found.iter().take(most) {
            ids.insert(row.text("id")?);
        }
    }
    let nodes = nodes(tx, space_id, ids).await?;
    let edges = edges(tx, space_id, &nodes).await?;
    // Steps of which an end is not known, or is known better as something else, lead nowhere: what was found through them only is not meant.
    let found = Graph { nodes, edges, discrepancies: Vec::new() };
    let meant = match start {
        Start::Node(node, Some(direction)) => found.reach(node, *direction),
        Start::Node(node, None) => {
            let up = found.reach(node, Direction::Up);
            up.zip(found.reach(node, Direction::Down)).map(|(up, down)| &up | &down)
        }
        Start::Contract(contract) => Some(found.held_under(contract)),
    };
    let mut graph = found.part(&meant.unwrap_or_default());
    graph.discrepancies = discrepancies(tx, space_id, &graph.nodes).await?;
    Ok(Part { graph, is_cut })
}

/// The entries of some contracts in a space that say over what a contract is, and from where a hop was offered, in the order of the log.
///
/// # Errors
/// If the database fails.
pub async fn supports(tx: &mut Tx, space_id: &str, contracts: &BTreeSet<&String>) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "SELECT space_id, position, record_id, leaf FROM entry \
               WHERE contract_id IN ({LIST}) AND kind IN ('contract.filed', 'onward.offered')";
    let rows = tx.fetch_among(sql, contracts.iter().copied().map(Value::from).collect()).await?;
    let mut found = rows.iter().map(entry_row).collect::<Result<Vec<_>, _>>()?;
    found.retain(|entry| entry.space_id == space_id);
    found.sort_by_key(|entry| entry.position);
    Ok(found)
}

/// The newest data of a kind, or all that has a content of this digest.
///
/// # Errors
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    space_id: &str,
    kind: NodeKind,
    digest: &str,
    limit: u32,
) -> Result<Vec<Node>, StoreError> {
    let by_kind =
        "SELECT node_id FROM lineage_node WHERE space_id = $1 AND kind = $2 ORDER BY born DESC, node_id LIMIT $3";
    let by_digest =
        "SELECT node_id FROM lineage_digest WHERE space_id = $1 AND digest = $2 ORDER BY contract_id LIMIT $3";
    let found = match digest {
        "" => tx.fetch(by_kind, args![space_id, kind.as_str(), i64::from(limit)]).await?,
        digest => tx.fetch(by_digest, args![space_id, digest, i64::from(limit)]).await?,
    };
    let ids = found.iter().map(|row| row.text("node_id")).collect::<Result<_, _>>()?;
    let mut nodes: Vec<Node> = nodes(tx, space_id, ids).await?.into_values().collect();
    nodes.sort_by(|one, next| next.born.index.cmp(&one.born.index).then_with(|| one.id.cmp(&next.id)));
    Ok(nodes)
}

/// The nodes of these ids that are data: known, and not known better as something else.
async fn nodes(tx: &mut Tx, space_id: &str, ids: BTreeSet<String>) -> Result<BTreeMap<String, Node>, StoreError> {
    let sql = "SELECT node.space_id AS space_id, node.node_id AS node_id, node.kind AS kind, node.contract_id AS contract_id, node.holder AS holder, \
               node.digest AS digest, node.data_rows AS data_rows, node.born AS born, birth.record_id AS born_record, birth.kind AS born_kind, \
               birth.actor AS born_actor, birth.at AS born_at, node.destroyed AS gone, death.record_id AS gone_record, death.kind AS gone_kind, \
               death.actor AS gone_actor, death.at AS gone_at FROM lineage_node node \
               JOIN entry birth ON birth.space_id = node.space_id AND birth.position = node.born \
               LEFT JOIN entry death ON death.space_id = node.space_id AND death.position = node.destroyed \
               LEFT JOIN lineage_superseded better ON better.node_id = node.node_id AND better.space_id = node.space_id \
               WHERE node.node_id IN ({LIST}) AND better.node_id IS NULL";
    let keys = ids.into_iter().map(Value::from).collect();
    let mut nodes = BTreeMap::new();
    for row in tx.fetch_among(sql, keys).await? {
        if row.text("space_id")? == space_id {
            let node = node(&row)?;
            nodes.insert(node.id.clone(), node);
        }
    }
    Ok(nodes)
}

async fn edges(tx: &mut Tx, space_id: &str, nodes: &BTreeMap<String, Node>) -> Result<Vec<Edge>, StoreError> {
    // By where they lead: data is made of little, and may be used a million times.
    let sql = "SELECT edge.space_id AS space_id, edge.from_id AS from_id, edge.to_id AS to_id, edge.activity AS activity, \
               edge.contract_id AS contract_id, edge.position AS born, entry.record_id AS born_record, entry.kind AS born_kind, entry.actor AS born_actor, \
               entry.at AS born_at FROM lineage_edge edge JOIN entry ON entry.space_id = edge.space_id AND entry.position = edge.position \
               WHERE edge.to_id IN ({LIST})";
    let keys = nodes.keys().map(Value::from).collect();
    let mut edges = Vec::new();
    for row in tx.fetch_among(sql, keys).await? {
        if row.text("space_id")? == space_id && nodes.contains_key(&row.text("from_id")?) {
            edges.push(Edge {
                from: row.text("from_id")?,
                to: row.text("to_id")?,
                activity: row.text("activity")?,
                contract: row.optional_text("contract_id")?,
                ground: ground(&row, ["born", "born_record", "born_kind", "born_actor", "born_at"])?,
            });
        }
    }
    edges.sort_by(|one, next| (one.ground.index, &one.from, &one.to).cmp(&(next.ground.index, &next.from, &next.to)));
    Ok(edges)
}

async fn discrepancies(
    tx: &mut Tx,
    space_id: &str,
    nodes: &BTreeMap<String, Node>,
) -> Result<Vec<Discrepancy>, StoreError> {
    let sql = "SELECT event.space_id AS space_id, event.activity AS activity, event.contract_id AS contract_id, event.given AS given, event.taken AS taken, \
               (SELECT COUNT(*) FROM entry WHERE entry.contract_id = event.contract_id AND entry.space_id = event.space_id \
               AND entry.kind = 'contract.filed') AS filed FROM lineage_event event WHERE event.contract_id IN ({LIST})";
    let contracts: BTreeSet<&String> = nodes.values().filter_map(|node| node.contract.as_ref()).collect();
    let mut found = Vec::new();
    for row in tx.fetch_among(sql, contracts.into_iter().map(Value::from).collect()).await? {
        if row.text("space_id")? != space_id {
            continue;
        }
        let event = Event {
            contract: row.optional_text("contract_id")?,
            given: side(row.optional_text("given")?)?,
            taken: side(row.optional_text("taken")?)?,
        };
        found.extend(event.differences(&row.text("activity")?, row.integer("filed")? > 0));
    }
    found.sort_by(|one, next| (&one.activity, one.what).cmp(&(&next.activity, next.what)));
    Ok(found)
}

fn side(text: Option<String>) -> Result<Option<Side>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let said: Said = serde_json::from_str(&text).map_err(|error| StoreError::column("given", error))?;
    Ok(Some(Side { digest: said.digest, rows: said.rows, bytes: said.bytes }))
}

fn node(row: &Row) -> Result<Node, StoreError> {
    let word = row.text("kind")?;
    let kind =
        NodeKind::parse(&word).ok_or_else(|| StoreError::column("kind", format!("{word} is no kind of data")))?;
    let gone = row
        .optional_integer("gone")?
        .map(|_| ground(row, ["gone", "gone_record", "gone_kind", "gone_actor", "gone_at"]));
    Ok(Node {
        id: row.text("node_id")?,
        kind,
        contract: row.optional_text("contract_id")?,
        holder: row.optional_text("holder")?,
        digest: row.optional_text("digest")?,
        rows: row.optional_integer("data_rows")?.and_then(|rows| u64::try_from(rows).ok()),
        born: ground(row, ["born", "born_record", "born_kind", "born_actor", "born_at"])?,
        destroyed: gone.transpose()?,
    })
}

fn ground(row: &Row, [index, record, kind, actor, at]: [&str; 5]) -> Result<Ground, StoreError> {
    let at: Timestamp = row.timestamp(at)?;
    Ok(Ground {
        index: row.unsigned(index)?,
        record: row.text(record)?,
        kind: row.text(kind)?,
        actor: row.text(actor)?,
        at,
    })
}
