//! `xinyu evidence stub make|verify`: a node of a lineage with what leads to it, as one file that others check offline; made from the files of a log, or checked against
//! the keys of one.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::Graph;
use xinyu_core::lineage::stub::{self, Stub};
use xinyu_evidence::checkpoint::Keys;
use xinyu_evidence::entry::Record;
use xinyu_evidence::extract::Extract;
use xinyu_evidence::verify::{VerifyOptions, records, verify_log_with};

use super::{Beside, open, receipt, tell};
use crate::output::{Context, Failed};

/// What can be done with stubs.
#[derive(Debug, Subcommand)]
pub(crate) enum Stubs {
    /// 由日志文件取一份数据的存根 / the stub of some data, from the files of a log.
    Make {
        /// 存证目录或地址 / the folder or the URL of a log.
        source: String,
        /// 数据，如 delivery:C49… / the data, such as delivery:C49….
        #[arg(long)]
        node: String,
    },
    /// 离线核验存根 / checks a stub offline.
    Verify {
        /// 存根文件 / a stub.
        stub: PathBuf,
        /// 该日志的公钥文件（存证目录中的 key），须另行取得 / the file key of its log, as known from elsewhere.
        #[arg(long)]
        keys: PathBuf,
    },
}

/// Makes or checks a stub.
///
/// # Errors
/// If the log is not whole or knows no such data, or by what of the stub does not hold.
pub(super) fn run(context: &Context, verb: &Stubs) -> Result<(), Failed> {
    match verb {
        Stubs::Make { source, node } => make(context, source, node),
        Stubs::Verify { stub, keys } => verify(context, stub, keys),
    }
}

fn make(context: &Context, source: &str, node: &str) -> Result<(), Failed> {
    let files = open(source)?;
    let report = verify_log_with(files.as_ref(), &VerifyOptions::default());
    if !report.ok {
        return tell(context, source, &report, &Beside::default());
    }
    let all = records(files.as_ref(), report.size).map_err(Failed::from)?;
    let all: Vec<(u64, Record)> = all.into_iter().map(|(position, signed)| (position, signed.record)).collect();
    let whole = Graph::of(all.iter().map(|(position, record)| (*position, record)));
    let unknown = || {
        let (zh, en) = ("日志中没有该数据", "the log knows no such data");
        Failed::usage(format!("{node}: {}", context.say(zh, en)))
    };
    let part = stub::part(&whole, node).ok_or_else(unknown)?;
    let about = part.nodes.get(node).ok_or_else(unknown)?;
    let mut positions = stub::grounds(&part);
    positions.extend(all.iter().filter(|(_, record)| stub::is_needed(&part, record)).map(|(position, _)| *position));
    let told = |rejection: Rejection| said(context, &rejection);
    stub::must_be_few(positions.len()).map_err(told)?;
    let positions: Vec<u64> = positions.into_iter().collect();
    let extract = Extract::from_files(&positions, |path| files.read(path).ok())
        .map_err(|error| Failed::from(format!("{source}: {error}")))?;
    let made = Stub::of(about, &report.origin, extract);
    made.verify(&receipt::keys(files.as_ref())?).map_err(told)?;
    context.print(String::from_utf8_lossy(&made.to_bytes().map_err(told)?));
    Ok(())
}

fn verify(context: &Context, path: &Path, keys: &Path) -> Result<(), Failed> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())));
    let text = String::from_utf8_lossy(&read(keys)?).into_owned();
    let keys = text.parse::<Keys>().map_err(|error| Failed::usage(format!("{}: {error}", keys.display())))?;
    let told = |rejection: Rejection| said(context, &rejection);
    let bytes = read(path)?;
    let foreign = Stub::parse(bytes.trim_ascii()).and_then(|stub| stub.verify(&keys)).map_err(told)?;
    if context.json {
        return context.print_json(&json!({
            "ok": true, "id": foreign.id, "origin": foreign.origin, "size": foreign.size, "node": foreign.node, "graph": foreign.graph,
        }));
    }
    let count = foreign.graph.nodes.len();
    context.print(format!(
        "{} {} @ {} / {}",
        context.say("存根有效", "the stub is valid"),
        foreign.node.id,
        foreign.origin,
        foreign.size
    ));
    context.print(format!("{} {count}", context.say("数据（含来源）", "data, with what leads to it:")));
    for edge in &foreign.graph.edges {
        context.print(format!("  {} → {}  {} #{}", edge.from, edge.to, edge.ground.kind, edge.ground.index));
    }
    Ok(())
}

fn said(context: &Context, rejection: &Rejection) -> Failed {
    let text = context.say(&rejection.text.zh, &rejection.text.en);
    let detail = rejection.detail.as_ref().map_or_else(String::new, |detail| format!(": {}", detail.en));
    Failed::from(format!("{text}{detail} ({})", rejection.code))
}
