//! Lineage as this member knows it: what its pipelines tell, down to columns, its own records of what was given, taken and made, and what would lose its ground if a
//! contract ended. TC609-6-2025-01 §5.2.2.12; TC609-6-2025-16 6.10.

mod column;
mod known;
mod part;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::openlineage::{self, Beside};
use xinyu_core::lineage::pipeline::ColumnStep;
use xinyu_core::lineage::{Direction, Edge, Ground, Node, NodeKind};
use xinyu_protocol::api::lineage::{MemberColumn, MemberGround, MemberLineage, MemberNode, MemberStep};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use self::known::Known;
use self::part::{Part, Start};
use crate::app::Connector;
use crate::pipeline::told::Places;

/// What a step is by which a product lies where a dataset lies.
const PLACE: &str = "place";

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
}

impl Wanted {
    fn start(self) -> Result<Option<Start>, Rejection> {
        let towards = match self.towards.as_str() {
            "" => None,
            "source" => Some(Direction::Up),
            "use" => Some(Direction::Down),
            other => {
                let (zh, en) =
                    (format!("towards「{other}」应为 source、use"), format!("towards {other} must be source or use"));
                return Err(Rejection::bad("lineage-query", zh, en));
            }
        };
        Ok(match (self.node.is_empty(), self.contract.is_empty()) {
            (true, true) => None,
            (false, true) => Some(Start::Node(self.node, towards)),
            (true, false) => Some(Start::Contract(self.contract)),
            (false, false) => {
                let (zh, en) = ("node 与 contract 只能给出一个", "give a node or a contract, not both");
                return Err(Rejection::bad("lineage-start", zh, en));
            }
        })
    }
}

/// `GET /api/v1/lineage?node=&towards=&contract=`: a part of the lineage, or what one may begin at; the columns of what was asked for.
///
/// # Errors
/// 404 if nothing of the kind is known here; 400 if the question is none.
pub async fn show(
    State(connector): State<Connector>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Json<MemberLineage>, Failure> {
    let start = wanted.start()?;
    let (this, places) = (connector.clone(), Places::of(&connector).await?);
    let found = connector.node.store.read("lineage.show", move |tx| {
        Box::pin(async move {
            let known = Known::of(&this, tx, places).await?;
            let Some(start) = start else { return Ok((part::beginnings(tx, &known).await?, Vec::new())) };
            let part = part::part(tx, &known, &start).await?;
            let columns = match &start {
                Start::Node(id, _) => column::columns(tx, &known, id).await?,
                Start::Contract(_) => Vec::new(),
            };
            Ok::<_, Failure>((part, columns))
        })
    });
    let (part, columns) = found.await?;
    Ok(Json(told(part, columns)))
}

/// `GET /api/v1/lineage/file?node=&towards=&contract=`: the same as events of OpenLineage, one a line, each output with its columns.
///
/// # Errors
/// As [`show`]; 400 too if nothing says where to begin.
pub async fn export(
    State(connector): State<Connector>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Response, Failure> {
    let start = wanted.start()?.ok_or_else(|| {
        Rejection::bad("lineage-start", "请用 node 或 contract 指明起点", "say with node or contract where to begin")
    })?;
    let (this, places) = (connector.clone(), Places::of(&connector).await?);
    let found = connector.node.store.read("lineage.export", move |tx| {
        Box::pin(async move {
            let known = Known::of(&this, tx, places).await?;
            let part = part::part(tx, &known, &start).await?;
            let mut beside = Beside::default();
            for id in part.graph.nodes.keys() {
                beside.columns.insert(id.clone(), column::columns(tx, &known, id).await?);
            }
            beside.names = part.datasets.iter().map(|(id, kept)| (id.clone(), kept.dataset.name.clone())).collect();
            Ok::<_, Failure>((part, beside))
        })
    });
    let (part, beside) = found.await?;
    let events = openlineage::events_with(&part.graph, &column::origin(&connector), &beside);
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"lineage.openlineage.jsonl\""),
    ];
    Ok((headers, lines.join("\n") + "\n").into_response())
}

fn unknown(id: &str) -> Failure {
    let (zh, en) = (format!("本端没有数据 {id} 的记录"), format!("nothing is known here of data {id}"));
    let next = Text::new("请从产品或数据集列表选择", "choose a product or a dataset from the list");
    Rejection::unknown("unknown-data", zh, en).next(next).into()
}

fn told(part: Part, columns: Vec<ColumnStep>) -> MemberLineage {
    let Part { graph, datasets, names, is_cut } = part;
    let node = |node: Node| {
        let kept = datasets.get(&node.id);
        let columns = kept.and_then(|kept| kept.dataset.columns.as_ref()).map_or(&[][..], |said| &said.value);
        MemberNode {
            kind: node.kind.as_str().to_owned(),
            name: names.get(&node.id).cloned().unwrap_or_default(),
            contract_id: node.contract,
            holder: node.holder,
            digest: node.digest,
            rows: node.rows,
            born: ground(node.born),
            destroyed: node.destroyed.and_then(ground),
            columns: columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect(),
            id: node.id,
        }
    };
    let mut nodes: Vec<MemberNode> = graph.nodes.into_values().map(node).collect();
    let when = |node: &MemberNode| node.born.as_ref().map(|born| born.at);
    nodes.sort_by(|one, next| when(next).cmp(&when(one)).then_with(|| one.id.cmp(&next.id)));
    MemberLineage {
        nodes,
        steps: graph.edges.into_iter().map(step).collect(),
        columns: columns.into_iter().map(column_info).collect(),
        is_cut,
    }
}

fn step(edge: Edge) -> MemberStep {
    let Edge { from, to, activity, contract: contract_id, ground: stands } = edge;
    MemberStep { from, to, activity, contract_id, ground: ground(stands) }
}

fn ground(ground: Ground) -> Option<MemberGround> {
    let Ground { record: id, kind, actor, at, .. } = ground;
    (!id.is_empty()).then_some(MemberGround { id, kind, actor, at })
}

fn column_info(step: ColumnStep) -> MemberColumn {
    let ColumnStep { to, from, column, kind, subtype, is_masked, description } = step;
    MemberColumn { to, namespace: from.namespace, name: from.name, column, kind, subtype, is_masked, description }
}

/// What a node is known by, and of which kind it is.
fn split(id: &str) -> Option<(NodeKind, &str)> {
    let (kind, name) = id.split_once(':')?;
    let kind = NodeKind::parse(kind).or_else(|| (kind == NodeKind::Dataset.as_str()).then_some(NodeKind::Dataset))?;
    Some((kind, name))
}
