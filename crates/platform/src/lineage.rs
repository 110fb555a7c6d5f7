//! Lineage at the platform: read out of each log as it grows, told in parts that one can walk, and as a file in the words of others.
//! TC609-6-2025-01 §5.2.2.12; TC609-6-2025-16 6.10.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::change::changes;
use xinyu_core::lineage::{Direction, Discrepancy, Edge, Graph, Ground, Node, NodeKind, openlineage, prov};
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::lineage::{LineageDifference, LineageGround, LineageInfo, LineageNode, LineageStep};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::lineage::{Part, Start};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::event::{Names, names};

/// Entries that are read in one transaction: few enough that nobody waits long for the store meanwhile.
const AT_ONCE: u32 = 2_048;
/// How often is looked though nobody called, for a signal that was lost on its way from another process.
const LOST: Duration = Duration::from_secs(5);
/// How long a question waits until what stood in the log before it is read. Under a load that keeps the lineage back it is answered as far as that has come.
const SOON: Duration = Duration::from_secs(2);
/// Nodes that are told each way at most.
const MOST: u32 = 300;
/// Nodes that are told to whoever says not where to begin.
const BEGINNINGS: u32 = 50;

/// Reads the logs as they grow, until the node stops.
pub async fn run(platform: Platform) {
    let mut grown = platform.node.store.signals().subscribe(Topic::Evidence);
    loop {
        catch_up(&platform).await;
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(LOST, grown.wait()) => {}
        }
    }
}

/// Reads all logs to their ends. One that cannot be read holds up no other.
async fn catch_up(platform: &Platform) {
    let logs = platform
        .node
        .store
        .read("lineage.logs", |tx| Box::pin(async move { xinyu_store::log::list(tx).await.map_err(Failure::from) }));
    let logs = logs.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the logs cannot be listed, their lineage is read later");
        Vec::new()
    });
    for space in logs.into_iter().map(|log| log.space_id) {
        loop {
            let read = read_on(platform, space.clone()).await;
            platform.lineage.send_modify(|count| *count = count.wrapping_add(1));
            match read {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, %space, "the lineage of {space} could not be read on, the next attempt follows");
                    break;
                }
            }
        }
    }
}

/// Reads some entries on. Whether there may be more. They are read and understood before anybody waits for the writer.
async fn read_on(platform: &Platform, space: String) -> Result<bool, Failure> {
    let looked = space.clone();
    let waiting = platform.node.store.read("lineage.waiting", move |tx| {
        Box::pin(async move {
            let from = xinyu_store::lineage::position(tx, &looked).await?;
            Ok::<_, Failure>((from, xinyu_store::log::entries(tx, &looked, from, AT_ONCE).await?))
        })
    });
    let (from, entries) = waiting.await?;
    let Some(last) = entries.last() else { return Ok(false) };
    let (next, is_full) =
        (last.position.saturating_add(1), u32::try_from(entries.len()).is_ok_and(|count| count >= AT_ONCE));
    let mut found = Vec::new();
    for entry in &entries {
        let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
        found.extend(changes(entry.position, &record));
    }
    let read = platform.node.store.write_behind("lineage.read", move |tx| {
        Box::pin(async move {
            // Two processes of one platform read one after the other: the second finds that the first has been here, and looks again.
            if xinyu_store::lineage::lock(tx, &space).await? != from {
                return Ok(true);
            }
            xinyu_store::lineage::apply(tx, &space, found).await?;
            xinyu_store::lineage::advance(tx, &space, next).await?;
            Ok::<_, Failure>(is_full)
        })
    });
    read.await
}

/// Waits until the lineage of a space has come to where its log ends now, but not for long. How many entries are still to be read then.
///
/// # Errors
/// If the store fails.
pub(crate) async fn abreast(platform: &Platform, space: &str) -> Result<u64, Failure> {
    let mut news = platform.lineage.subscribe();
    let look = || {
        let space = space.to_owned();
        platform.node.store.read("lineage.abreast", move |tx| {
            Box::pin(async move {
                let end = xinyu_store::log::find(tx, &space).await?.map_or(0, |log| log.size);
                Ok::<_, Failure>((xinyu_store::lineage::position(tx, &space).await?, end))
            })
        })
    };
    let (mut read, end) = look().await?;
    let waiting = async {
        while read < end && news.changed().await.is_ok() {
            (read, _) = look().await?;
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(SOON, waiting).await.unwrap_or(Ok(()))?;
    Ok(end.saturating_sub(read))
}

/// Where to begin, and which way.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// At this node.
    #[serde(default)]
    node: String,
    /// `source`, `use`, or both ways.
    #[serde(default)]
    towards: String,
    /// At all that is held under this contract, as far as it is still there.
    #[serde(default)]
    contract: String,
    /// At nothing: what has a content of this digest.
    #[serde(default)]
    digest: String,
    /// At nothing: the newest of this kind; products unless it says so.
    #[serde(default)]
    kind: String,
    /// As a file: `prov` or `openlineage`.
    #[serde(default)]
    form: String,
}

impl Wanted {
    fn start(&self) -> Result<Option<Start>, Rejection> {
        let towards = match self.towards.as_str() {
            "" => None,
            "source" => Some(Direction::Up),
            "use" => Some(Direction::Down),
            other => return Err(bad("towards", other, "source、use", "source or use")),
        };
        Ok(match (self.node.as_str(), self.contract.as_str()) {
            ("", "") => None,
            (node, "") => Some(Start::Node(node.to_owned(), towards)),
            ("", contract) => Some(Start::Contract(contract.to_owned())),
            _ => {
                let (zh, en) = ("node 与 contract 只能给出一个", "give a node or a contract, not both");
                return Err(Rejection::bad("lineage-start", zh, en));
            }
        })
    }
}

fn bad(name: &str, given: &str, zh: &str, en: &str) -> Rejection {
    Rejection::bad("lineage-query", format!("{name}「{given}」应为 {zh}"), format!("{name} {given} must be {en}"))
}

/// `GET /api/v1/evidence/{space}/lineage?node=&towards=&contract=&digest=&kind=`: a part of the lineage, or what one may begin at.
///
/// # Errors
/// 404 if the log knows no such node or contract; 400 if the question is none.
pub async fn show(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Json<LineageInfo>, Failure> {
    let kind = match wanted.kind.as_str() {
        "" => NodeKind::Product,
        word => NodeKind::parse(word).ok_or_else(|| {
            let all = NodeKind::ALL.map(NodeKind::as_str);
            bad("kind", word, &all.join("、"), &all.join(", "))
        })?,
    };
    let start = wanted.start()?;
    let left = abreast(&platform, &space).await?;
    let (this, space_id) = (platform.clone(), space.clone());
    let found = platform.node.store.read("lineage.show", move |tx| {
        Box::pin(async move {
            must_be_space(tx, &space).await?;
            let part = match start {
                Some(start) => part(tx, &space, &start, left).await?,
                None => {
                    let nodes = xinyu_store::lineage::list(tx, &space, kind, &wanted.digest, BEGINNINGS).await?;
                    let is_cut = u32::try_from(nodes.len()).is_ok_and(|count| count >= BEGINNINGS);
                    let nodes = nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
                    Part { graph: Graph { nodes, ..Graph::default() }, is_cut }
                }
            };
            Ok::<_, Failure>((part, names(&this, tx).await?, xinyu_store::lineage::position(tx, &space).await?))
        })
    });
    let (Part { graph, is_cut }, names, read) = found.await?;
    let mut nodes: Vec<LineageNode> = graph.nodes.into_values().map(|one| node(one, &names)).collect();
    nodes.sort_by(|one, next| next.born.index.cmp(&one.born.index).then_with(|| one.id.cmp(&next.id)));
    let steps = graph.edges.into_iter().map(step).collect();
    let differences = graph.discrepancies.into_iter().map(difference).collect();
    Ok(Json(LineageInfo { space_id, read, nodes, steps, differences, is_cut }))
}

/// `GET /api/v1/evidence/{space}/lineage/file?form=prov|openlineage&node=&contract=`: the same as a document of W3C PROV, or as events of OpenLineage.
///
/// # Errors
/// As [`show`]; 400 too if nothing says where to begin.
pub async fn export(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Response, Failure> {
    let start = wanted.start()?.ok_or_else(|| {
        Rejection::bad("lineage-start", "请用 node 或 contract 指明起点", "say with node or contract where to begin")
    })?;
    let left = abreast(&platform, &space).await?;
    let origin = xinyu_shell::log::origin(platform.options.platform_id.as_str(), &space);
    let found = platform.node.store.read("lineage.export", move |tx| {
        Box::pin(async move {
            must_be_space(tx, &space).await?;
            part(tx, &space, &start, left).await
        })
    });
    let graph = found.await?.graph;
    let (name, kind, text) = match wanted.form.as_str() {
        "" | "prov" => ("lineage.prov.json", "application/json", prov::document(&graph, &origin).to_string()),
        "openlineage" => {
            let events: Vec<String> = openlineage::events(&graph, &origin).iter().map(ToString::to_string).collect();
            ("lineage.openlineage.jsonl", "application/x-ndjson", events.join("\n") + "\n")
        }
        other => return Err(bad("form", other, "prov、openlineage", "prov or openlineage").into()),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, text).into_response())
}

pub(crate) async fn must_be_space(tx: &mut Tx, space: &str) -> Result<(), Failure> {
    if xinyu_store::log::find(tx, space).await?.is_some() {
        return Ok(());
    }
    let (zh, en) = (format!("没有逻辑空间 {space}"), format!("there is no space {space}"));
    Err(Rejection::unknown("unknown-space", zh, en).into())
}

/// A part that begins at something that the log knows, of which so many entries are still to be read.
pub(crate) async fn part(tx: &mut Tx, space: &str, start: &Start, left: u64) -> Result<Part, Failure> {
    let part = xinyu_store::lineage::part(tx, space, start, MOST).await?;
    match start {
        Start::Node(node, _) if !part.graph.nodes.contains_key(node) => Err(unknown(node, left).into()),
        _ => Ok(part),
    }
}

/// What is said of data that is not found: it may stand in an entry that is still to be read.
pub(crate) fn unknown(node: &str, left: u64) -> Rejection {
    let next = if left == 0 {
        Text::new("请从产品列表选择，或按内容摘要查找", "choose a product from the list, or look for a digest")
    } else {
        Text::new(
            format!("日志另有 {left} 条存证尚未读入溯源，请稍后再查"),
            format!("{left} more entries of the log are still to be read for its lineage, ask again in a moment"),
        )
    };
    let (zh, en) = (format!("日志中没有数据 {node}"), format!("the log knows no data {node}"));
    Rejection::unknown("unknown-data", zh, en).next(next)
}

fn node(node: Node, names: &Names) -> LineageNode {
    LineageNode {
        id: node.id,
        kind: node.kind.as_str().to_owned(),
        contract_id: node.contract,
        holder_name: node.holder.as_ref().and_then(|holder| names.get(holder)).cloned().unwrap_or_default(),
        holder: node.holder,
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

fn difference(one: Discrepancy) -> LineageDifference {
    let Discrepancy { activity, contract: contract_id, what, given, taken } = one;
    LineageDifference { activity, contract_id, what: what.to_owned(), given, taken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_too_early_is_told_so() {
        let next = |left| unknown("delivery:C1", left).next.expect("what to do next").en;
        assert!(next(0).contains("digest"));
        assert!(next(7).starts_with("7 more entries"));
    }
}
