//! `xinyu run-log …`: run logs by the management API, for the audit administrator; and an exported one verified without any node. NDI-TR-2025-05 §6.2.5.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use url::form_urlencoded;
use xinyu_core::chain::Walk;
use xinyu_core::run_log::{Placed, parse_digest, text};
use xinyu_protocol::api::List;
use xinyu_protocol::api::run_log::{RunLogInfo, RunLogPage, RunLogSource};
use xinyu_protocol::tc609::run_log::RunLogEntry;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// How many entries are fetched at once for a file.
const AT_ONCE: u32 = 500;

/// What can be done with run logs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出，新的在前 / entries, newest first.
    List {
        #[command(flatten)]
        wanted: Wanted,
        /// 条数，至多 500 / how many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// 归集情况：每个连接器归集到第几条 / how far each log is collected.
    Sources,
    /// 导出一个连接器的日志，每行一条 JSON / one log as a file, one entry a line.
    Export {
        /// 连接器，平台自身的用平台标识 / the connector, or the platform.
        connector: String,
        /// 写到此文件 / the file.
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线核验导出的日志，可核对存证中的摘要 / verifies an exported log, without any node.
    Verify {
        /// 导出的文件 / the exported file.
        file: PathBuf,
        /// 存证 run_log.collected 中的摘要，须在日志中 / a digest that a record of evidence names and that must be in it.
        #[arg(long)]
        digest: Option<String>,
    },
}

/// Which entries.
#[derive(Debug, Default, Args)]
pub(crate) struct Wanted {
    /// 只看此连接器 / only of this connector.
    #[arg(long)]
    connector: Option<String>,
    /// 类别 / category: system, operation, business.
    #[arg(long)]
    category: Option<String>,
    /// 级别 / level: info, warn, error.
    #[arg(long)]
    level: Option<String>,
    /// 编码 / code.
    #[arg(long)]
    log_code: Option<String>,
    /// 自此时刻起（RFC 3339） / from this moment on.
    #[arg(long)]
    since: Option<String>,
    /// 至此时刻前（RFC 3339） / before this moment.
    #[arg(long)]
    until: Option<String>,
    /// 上一页给出的位置 / what the page before gave as next.
    #[arg(long)]
    before: Option<String>,
}

impl Wanted {
    fn path(&self, limit: u32) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        let Self { connector, category, level, log_code, since, until, before } = self;
        for (name, value) in [
            ("connector", connector),
            ("category", category),
            ("level", level),
            ("code", log_code),
            ("since", since),
            ("until", until),
            ("before", before),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/api/v1/run-log?{}", query.finish())
    }
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List { wanted, limit } => {
            let path = wanted.path(*limit);
            let page: RunLogPage = ask(context, &asked.access, async |client| client.get(&path).await)?;
            list(context, &page)
        }
        Verb::Sources => {
            let path = "/api/v1/run-log/sources";
            let all: List<RunLogSource> = ask(context, &asked.access, async |client| client.get(path).await)?;
            sources(context, &all)
        }
        Verb::Export { connector, out } => export(context, asked, connector, out),
        Verb::Verify { file, digest } => verify(context, file, digest.as_deref()),
    }
}

fn list(context: &Context, page: &RunLogPage) -> Result<(), Failed> {
    if context.json {
        return context.print_json(page);
    }
    let head = match context.lang {
        Lang::Zh => ["序号", "时间", "来源", "级别", "类别", "内容"],
        Lang::En => ["no.", "time", "source", "level", "category", "what"],
    };
    let row = |one: &RunLogInfo| {
        vec![
            one.sequence.to_string(),
            one.at.to_string(),
            one.connector_id.clone(),
            one.level.as_str().to_owned(),
            one.category.as_str().to_owned(),
            context.say(&one.text.zh, &one.text.en).to_owned(),
        ]
    };
    context.print_table(&head, page.items.iter().map(row));
    if let Some(next) = &page.next {
        context.print(format!("--before {next}"));
    }
    Ok(())
}

fn sources(context: &Context, all: &List<RunLogSource>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(all);
    }
    let head = match context.lang {
        Lang::Zh => ["来源", "轮次", "归集至", "未归集", "最近上报", "情况"],
        Lang::En => ["source", "telling", "up to", "behind", "heard", "state"],
    };
    let row = |one: &RunLogSource| {
        let state = match (one.is_diverged, one.is_quiet) {
            (true, _) => context.say("曾不一致", "diverged"),
            (false, true) => context.say("久未上报", "quiet"),
            (false, false) => context.say("正常", "well"),
        };
        vec![
            one.connector_id.clone(),
            one.epoch.to_string(),
            one.sequence.to_string(),
            one.behind.to_string(),
            one.heard_at.map(|at| at.to_string()).unwrap_or_default(),
            state.to_owned(),
        ]
    };
    context.print_table(&head, all.items.iter().map(row));
    Ok(())
}

fn export(context: &Context, asked: &Asked<Verb>, connector: &str, out: &Path) -> Result<(), Failed> {
    let mut file = BufWriter::new(std::fs::File::create(out)?);
    let count = ask(context, &asked.access, async |client| {
        let mut wanted = Wanted { connector: Some(connector.to_owned()), ..Wanted::default() };
        let mut count = 0_u64;
        loop {
            let page: RunLogPage = client.get(&wanted.path(AT_ONCE)).await?;
            for one in &page.items {
                serde_json::to_writer(&mut file, one)?;
                file.write_all(b"\n")?;
                count = count.saturating_add(1);
            }
            wanted.before = page.next;
            if wanted.before.is_none() {
                return Ok(count);
            }
        }
    })?;
    file.flush()?;
    context.print(format!("{} {count} · {}", context.say("记录", "entries"), out.display()));
    Ok(())
}

/// A log as it was exported, in its order: by telling and place.
type Exported = BTreeMap<u32, BTreeMap<u64, (RunLogEntry, [u8; 32])>>;

fn read(file: &Path) -> Result<(String, Exported), Failed> {
    let (mut connector, mut all) = (None::<String>, Exported::new());
    for (number, line) in (1_u64..).zip(BufReader::new(std::fs::File::open(file)?).lines()) {
        let bad = |why: &str| Failed::usage(format!("{}:{number}: {why}", file.display()));
        let one: RunLogInfo = serde_json::from_str(&line?).map_err(|error| bad(&error.to_string()))?;
        if connector.get_or_insert_with(|| one.connector_id.clone()) != &one.connector_id {
            return Err(bad("一个文件只能有一个连接器的日志 / a file holds the log of one connector"));
        }
        let digest = parse_digest(&one.digest).ok_or_else(|| bad("digest"))?;
        let RunLogInfo { at, level, category, code, object, detail, .. } = one;
        let entry = RunLogEntry { at, level, category, code, object, detail };
        if all.entry(one.epoch).or_default().insert(one.sequence, (entry, digest)).is_some() {
            return Err(bad("序号重复 / the place is taken"));
        }
    }
    Ok((connector.unwrap_or_default(), all))
}

fn verify(context: &Context, file: &Path, wanted: Option<&str>) -> Result<(), Failed> {
    let (connector, all) = read(file)?;
    let (mut problems, mut count, mut head) = (Vec::new(), 0, String::new());
    for (epoch, entries) in &all {
        let (found, last) = follow(entries);
        problems.extend(found.into_iter().map(|problem| format!("{epoch}: {problem}")));
        count += entries.len();
        head = last;
    }
    context.print(format!("{connector} · {} {count} · {head}", context.say("记录", "entries")));
    problems.iter().for_each(|problem| context.print(problem));
    if !problems.is_empty() {
        return Err(Failed::from(context.say("运行日志不完整", "the run log is not whole")));
    }
    let is_there = |wanted: &str| all.values().flat_map(BTreeMap::values).any(|(_, digest)| text(digest) == wanted);
    if wanted.is_some_and(|wanted| !is_there(wanted)) {
        return Err(Failed::from(
            context.say("该摘要不在日志中：日志被替换或截断", "the digest is not in the log: it was replaced or cut"),
        ));
    }
    Ok(())
}

/// Follows one telling. Where its beginning is no longer kept, the first entry is taken as it stands.
fn follow(entries: &BTreeMap<u64, (RunLogEntry, [u8; 32])>) -> (Vec<String>, String) {
    let Some((first, (_, digest))) = entries.first_key_value() else { return (Vec::new(), String::new()) };
    let is_beginning = *first == 1;
    let mut walk = if is_beginning { Walk::default() } else { Walk::after(*first, *digest) };
    let mut last = *digest;
    let mut end = *first;
    for (sequence, (entry, digest)) in entries.iter().skip(usize::from(!is_beginning)) {
        walk.step(&Placed { sequence: *sequence, entry }, digest);
        (end, last) = (*sequence, *digest);
    }
    let (_, head, problems) = walk.end(end, &last);
    (problems, text(&head))
}

#[cfg(test)]
mod tests {
    use xinyu_core::chain::BEGINNING;
    use xinyu_core::run_log::{digests, entry};
    use xinyu_protocol::tc609::run_log::{Category, Level};

    use super::*;

    fn log(from: u64) -> BTreeMap<u64, (RunLogEntry, [u8; 32])> {
        let one = |n: i64| {
            let at = jiff::Timestamp::from_second(1_764_000_000 + n).unwrap();
            entry(at, Level::Info, Category::System, "node.started", "-", &n.to_string())
        };
        let entries: Vec<RunLogEntry> = (1..=4).map(one).collect();
        let chain = digests(1, BEGINNING, &entries);
        (1..).zip(entries.into_iter().zip(chain)).filter(|(sequence, _)| *sequence >= from).collect()
    }

    #[test]
    fn an_export_is_followed_and_what_is_altered_or_cut_out_is_found() {
        for from in 1..=4 {
            assert_eq!(follow(&log(from)).0, Vec::<String>::new(), "from {from}");
        }
        let mut altered = log(1);
        altered.get_mut(&1).unwrap().0.detail = "5".to_owned();
        assert_eq!(follow(&altered).0.len(), 1);
        let mut cut = log(1);
        cut.remove(&3);
        assert_eq!(follow(&cut).0.len(), 2);
    }
}
