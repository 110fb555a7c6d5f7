//! Signed stubs of other lineages at both kinds of node: checked against the keys that a person gives, kept, and told to the evidence with the product that comes from
//! what they prove.

use std::sync::Arc;

use xinyu_core::effect::{Draft, Effect};
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::change::STUB_TAKEN;
use xinyu_core::lineage::stub::{self, Foreign, Stub};
use xinyu_core::lineage::{Edge, Graph, Ground, Node};
use xinyu_evidence::checkpoint::Keys;
use xinyu_protocol::api::List;
use xinyu_protocol::api::lineage::{LineageGround, LineageNode, LineageStep};
use xinyu_protocol::api::stub::{ForeignLineage, NewStub, StubInfo};
use xinyu_protocol::text::Text;
use xinyu_store::{Topic, Tx};

use crate::effect;
use crate::failure::Failure;
use crate::node::Node as Seat;
use crate::user::Person;

/// How many stubs are listed.
const MOST: u32 = 500;

/// Checks a stub against the keys that came with it.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(new: &NewStub) -> Result<Foreign, Failure> {
    let keys: Keys = new.keys.parse().map_err(|_| {
        let (zh, en) = ("keys 应为日志的两行公钥", "keys must be the two lines of the keys of a log");
        let next = Text::new(
            "请向对方空间的运营者取得日志的 key 文件",
            "ask the operator of that space for the file key of its log",
        );
        Rejection::bad("stub-keys", zh, en).clause("/keys").next(next)
    })?;
    let bytes = serde_json::to_vec(&new.stub).map_err(Failure::broken)?;
    Ok(Stub::parse(&bytes)?.verify(&keys)?)
}

/// Keeps a stub that was checked, and tells the evidence of the space that a product comes from it. The same again changes nothing.
///
/// # Errors
/// If the store fails.
pub async fn keep(
    node: &Arc<Seat>,
    tx: &mut Tx,
    (new, foreign): (&NewStub, &Foreign),
    space: &str,
    person: &Person,
) -> Result<StubInfo, Failure> {
    let product = new.product_id.as_str();
    let info = StubInfo {
        stub_id: foreign.id.clone(),
        product_id: product.to_owned(),
        origin: foreign.origin.clone(),
        size: foreign.size,
        node: foreign.node.id.clone(),
        contract_id: foreign.node.contract.clone(),
        digest: foreign.node.digest.clone(),
        taken_at: tx.now(),
    };
    if xinyu_store::stub::insert(tx, &info, new).await? {
        let mut draft = Draft::new(STUB_TAKEN, space)
            .subject(product)
            .fact("stub", foreign.id.as_str())
            .fact("origin", foreign.origin.as_str())
            .fact("node", foreign.node.id.as_str())
            .fact("size", foreign.size);
        if let Some(digest) = &foreign.node.digest {
            draft = draft.fact("digest", digest.as_str());
        }
        effect::apply(node, tx, vec![Effect::Record(draft)]).await?;
        let mut happened = person.happened("lineage.stub", product, "done");
        happened.detail = format!("{} {}", foreign.origin, foreign.node.id);
        xinyu_store::audit::append(tx, &happened).await?;
        tx.signal(Topic::Catalog);
    }
    Ok(info)
}

/// The stubs that were taken, of one product or of all.
///
/// # Errors
/// If the store fails.
pub async fn list(node: &Arc<Seat>, product: String) -> Result<List<StubInfo>, Failure> {
    let all = node.store.read("stub.list", move |tx| {
        Box::pin(async move { xinyu_store::stub::list(tx, &product, MOST).await.map_err(Failure::from) })
    });
    Ok(List { items: all.await? })
}

/// What a stub proves. It is kept with the keys that it was checked against, and checked again.
///
/// # Errors
/// If there is none.
pub async fn show(node: &Arc<Seat>, id: String) -> Result<ForeignLineage, Failure> {
    let wanted = id.clone();
    let found = node.store.read("stub.find", move |tx| {
        Box::pin(async move { xinyu_store::stub::find::<NewStub>(tx, &wanted).await.map_err(Failure::from) })
    });
    let (stubs, mut bodies): (Vec<StubInfo>, Vec<NewStub>) = found.await?.into_iter().unzip();
    let new = bodies.pop().ok_or_else(|| {
        Rejection::unknown("unknown-stub", format!("没有溯源存根 {id}"), format!("there is no stub {id}"))
    })?;
    let Graph { nodes, edges, .. } = check(&new)?.graph;
    Ok(ForeignLineage {
        stubs,
        nodes: nodes.into_values().map(node_info).collect(),
        steps: edges.into_iter().map(step).collect(),
    })
}

fn node_info(node: Node) -> LineageNode {
    LineageNode {
        id: node.id,
        kind: node.kind.as_str().to_owned(),
        contract_id: node.contract,
        holder: node.holder,
        holder_name: String::new(),
        digest: node.digest,
        rows: node.rows,
        born: ground(node.born),
        destroyed: node.destroyed.map(ground),
    }
}

fn step(edge: Edge) -> LineageStep {
    let Edge { from, to, activity, contract: contract_id, ground: stands } = edge;
    LineageStep { from, to, activity, contract_id, ground: ground(stands) }
}

fn ground(ground: Ground) -> LineageGround {
    let Ground { index, record: record_id, kind, actor, at } = ground;
    LineageGround { index, record_id, kind, actor, at }
}

/// The stub of a node, from the part of a lineage that leads to it, with the entries that the part cannot be read without.
///
/// # Errors
/// If it has too many entries, or the files of the log cannot be read.
pub async fn make(
    seat: &Arc<Seat>,
    space: &str,
    origin: &str,
    (part, node): (&Graph, &Node),
    needed: Vec<u64>,
) -> Result<Vec<u8>, Failure> {
    let mut positions = stub::grounds(part);
    positions.extend(needed);
    stub::must_be_few(positions.len())?;
    let (keys, extract) = crate::log::receipt::extract(seat, space, positions.into_iter().collect()).await?;
    let made = Stub::of(node, origin, extract);
    made.verify(&keys.parse().map_err(Failure::broken)?)?;
    Ok(made.to_bytes()?)
}
