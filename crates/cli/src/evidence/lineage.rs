//! `xinyu evidence lineage DIR|URL`: where data came from and where it went, read out of a log that was verified first, with nothing but its files.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use xinyu_core::lineage::{Direction, Graph, Node, NodeKind, openlineage, prov};
use xinyu_evidence::entry::Record;
use xinyu_evidence::verify::{VerifyOptions, records, verify_log_with};

use super::{Beside, open, tell};
use crate::output::{Context, Failed};

/// How many nodes are named to whoever names none of them.
const MANY: usize = 20;

/// What is asked of the lineage.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// 存证目录或地址 / the folder or the URL of a log.
    source: String,
    /// 只看该节点的上下游，如 product:… / only what leads to a node, or comes of it, such as product:….
    #[arg(long, conflicts_with = "contract")]
    node: Option<String>,
    /// 只往一个方向 / in one direction only.
    #[arg(long, value_enum, requires = "node")]
    towards: Option<Towards>,
    /// 该合约名下及由其产生、尚未销毁的数据 / what is held under a contract, and came of that, and is still there.
    #[arg(long)]
    contract: Option<String>,
    /// 内容摘要为此值的数据及其来源与去向 / the data with this digest, where it came from and where it went.
    #[arg(long, conflicts_with_all = ["node", "contract"])]
    digest: Option<String>,
    /// 输出格式 / the form.
    #[arg(long, value_enum, default_value = "text")]
    form: Form,
}

/// A direction.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Towards {
    /// 来源 / where it came from.
    Source,
    /// 去向 / where it went.
    Use,
}

/// How the lineage is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// 供人阅读 / for people.
    Text,
    /// W3C PROV-JSON（GB/T 34945 的三类要素）.
    Prov,
    /// OpenLineage 事件，每行一个 / events of OpenLineage, one in each line.
    Openlineage,
}

/// Tells the lineage of a log.
///
/// # Errors
/// If the log is not whole, there is no such node, or the two sides of an event do not say the same.
pub(super) fn run(context: &Context, wanted: &Wanted) -> Result<(), Failed> {
    let files = open(&wanted.source)?;
    let report = verify_log_with(files.as_ref(), &VerifyOptions::default());
    if !report.ok {
        return tell(context, &wanted.source, &report, &Beside::default());
    }
    let records: Vec<(u64, Record)> = records(files.as_ref(), report.size)
        .map_err(Failed::from)?
        .into_iter()
        .map(|(position, signed)| (position, signed.record))
        .collect();
    let whole = Graph::of(records.iter().map(|(position, record)| (*position, record)));
    let graph = match chosen(context, wanted, &whole)? {
        Some(ids) => whole.part(&ids),
        None => whole,
    };
    match wanted.form {
        Form::Prov => context.print_json(&prov::document(&graph, &report.origin))?,
        Form::Openlineage => {
            for event in openlineage::events(&graph, &report.origin) {
                context.print(event.to_string());
            }
        }
        Form::Text if context.json => context.print_json(&graph)?,
        Form::Text => show(context, &graph),
    }
    differences(context, &graph)
}

fn chosen(context: &Context, wanted: &Wanted, whole: &Graph) -> Result<Option<BTreeSet<String>>, Failed> {
    if let Some(contract) = &wanted.contract {
        if whole.nodes.values().all(|node| node.contract.as_ref() != Some(contract)) {
            let (zh, en) = ("日志中没有该合约名下的数据", "the log knows no data under this contract");
            return Err(Failed::usage(format!("{contract}: {}", context.say(zh, en))));
        }
        return Ok(Some(whole.held_under(contract)));
    }
    if let Some(digest) = &wanted.digest {
        let same = whole.nodes.values().filter(|node| node.digest.as_ref() == Some(digest));
        let ways = same.flat_map(|node| [Direction::Up, Direction::Down].map(|way| whole.reach(&node.id, way)));
        let found: BTreeSet<String> = ways.flatten().flatten().collect();
        if found.is_empty() {
            let (zh, en) = ("日志中没有内容摘要为此值的数据", "the log knows no data with this digest");
            return Err(Failed::usage(format!("{digest}: {}", context.say(zh, en))));
        }
        return Ok(Some(found));
    }
    let Some(id) = &wanted.node else { return Ok(None) };
    let unknown = || {
        let known: Vec<&str> = whole.nodes.keys().map(String::as_str).take(MANY).collect();
        let (zh, en) = ("日志中没有该节点，已知的有", "the log knows no such node; it knows");
        Failed::usage(format!("{id}: {} {}", context.say(zh, en), known.join(", ")))
    };
    let reach = |direction| whole.reach(id, direction).ok_or_else(unknown);
    Ok(Some(match wanted.towards {
        Some(Towards::Source) => reach(Direction::Up)?,
        Some(Towards::Use) => reach(Direction::Down)?,
        None => &reach(Direction::Up)? | &reach(Direction::Down)?,
    }))
}

/// As a tree from each source; what was shown before is named only.
fn show(context: &Context, graph: &Graph) {
    let made: BTreeSet<&str> = graph.edges.iter().map(|edge| edge.to.as_str()).collect();
    let mut shown = BTreeSet::new();
    for node in graph.nodes.values().filter(|node| !made.contains(node.id.as_str())) {
        branch(context, graph, node, "", &mut shown);
    }
    // What has no source, since it goes in a circle.
    for node in graph.nodes.values() {
        if !shown.contains(&node.id) {
            branch(context, graph, node, "", &mut shown);
        }
    }
    if graph.nodes.is_empty() {
        context.print(context.say("没有数据", "there is no data"));
    }
}

fn branch(context: &Context, graph: &Graph, start: &Node, by: &str, shown: &mut BTreeSet<String>) {
    let mut stack = vec![(start, 0, by.to_owned())];
    while let Some((node, depth, by)) = stack.pop() {
        let is_new = shown.insert(node.id.clone());
        let more = if is_new { line(context, node) } else { "…".to_owned() };
        context.print(format!("{}{} {} {more}{by}", "  ".repeat(depth), word(context, node.kind), node.id));
        if !is_new {
            continue;
        }
        let steps = graph.edges.iter().filter(|edge| edge.from == node.id);
        for edge in steps.collect::<Vec<_>>().into_iter().rev() {
            if let Some(to) = graph.nodes.get(&edge.to) {
                stack.push((to, depth + 1, format!("  ← {} #{}", edge.ground.kind, edge.ground.index)));
            }
        }
    }
}

fn word(context: &Context, kind: NodeKind) -> &'static str {
    let (zh, en) = match kind {
        NodeKind::Product => ("产品", "product"),
        NodeKind::Delivery => ("交付", "delivery"),
        NodeKind::Derived => ("衍生数据", "derived data"),
        NodeKind::Handed => ("转授", "handed on"),
        NodeKind::Result => ("结果", "result"),
        NodeKind::Source => ("来源", "source"),
        NodeKind::Dataset => ("数据集", "dataset"),
        NodeKind::Foreign => ("他方数据", "data of another log"),
    };
    context.say(zh, en)
}

fn line(context: &Context, node: &Node) -> String {
    let mut all = Vec::new();
    all.extend(node.holder.as_ref().map(|holder| format!("@{holder}")));
    all.extend(node.rows.map(|rows| format!("{rows} {}", context.say("行", "rows"))));
    all.extend(node.digest.as_ref().map(|digest| digest.chars().take(16).collect()));
    all.extend(node.destroyed.as_ref().map(|end| format!("{} #{}", context.say("已销毁", "destroyed"), end.index)));
    all.join(" ")
}

fn differences(context: &Context, graph: &Graph) -> Result<(), Failed> {
    let Some(first) = graph.discrepancies.first() else { return Ok(()) };
    let side = |said: &Option<String>| said.clone().unwrap_or_else(|| context.say("无记录", "no record").to_owned());
    Err(Failed::from(format!(
        "{} ({}): {} {}: {} / {}",
        context.say("双方记录不一致", "the two sides do not say the same"),
        graph.discrepancies.len(),
        first.activity,
        first.what,
        side(&first.given),
        side(&first.taken)
    )))
}
