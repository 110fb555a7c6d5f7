//! What negotiations and transfers have in common on the command line: how they are listed, told and followed.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use futures::StreamExt as _;
use serde::Deserialize;
use xinyu_http::ApiError;
use xinyu_protocol::api::connector::ProcessInfo;
use xinyu_protocol::api::{ClauseInfo, List};
use xinyu_store::Clock;

use crate::client::{Access, Client, segment};
use crate::output::{Context, Failed};

/// How often to try again when the node is away, and how long to wait in between.
const TRIES: u32 = 15;
const WAIT: Duration = Duration::from_secs(1);

/// Negotiations or transfers.
pub(crate) struct Kind {
    /// Where the API has them.
    pub path: &'static str,
    /// Under which topic their changes are told.
    pub topic: &'static str,
    /// The state in which one has ended well.
    pub good: &'static str,
}

/// Negotiations.
pub(crate) const NEGOTIATION: Kind = Kind { path: "/api/v1/negotiations", topic: "negotiation", good: "FINALIZED" };
/// Transfers.
pub(crate) const TRANSFER: Kind = Kind { path: "/api/v1/transfers", topic: "transfer", good: "COMPLETED" };

/// Prints a list.
pub(crate) fn print_list(context: &Context, list: &List<ProcessInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有记录", "none"));
        return Ok(());
    }
    let head = match context.lang {
        xinyu_protocol::text::Lang::Zh => ["进程", "状态", "本方", "对方", "可做的操作"],
        xinyu_protocol::text::Lang::En => ["process", "state", "side", "other side", "moves"],
    };
    context.print_table(&head, list.items.iter().map(|one| row(context, one)));
    Ok(())
}

fn row(context: &Context, process: &ProcessInfo) -> Vec<String> {
    vec![
        process.pid.clone(),
        state(context, &process.state),
        context.word("role", &process.side),
        peer(process).to_owned(),
        process.moves.join(", "),
    ]
}

/// The other side's name, or what it is called in the dataspace.
fn peer(process: &ProcessInfo) -> &str {
    if process.peer_name.is_empty() { &process.peer } else { &process.peer_name }
}

/// A state in the reader's words and in those of the protocol.
pub(crate) fn state(context: &Context, state: &str) -> String {
    format!("{} {state}", context.word("process", state))
}

/// Prints what has become of one.
pub(crate) fn print_one(context: &Context, process: &ProcessInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(process);
    }
    context.print(line(context, process));
    Ok(())
}

fn line(context: &Context, process: &ProcessInfo) -> String {
    let mut line = format!("{}  {}  {}", process.pid, state(context, &process.state), peer(process));
    if let Some(reason) = &process.reason {
        line.push_str(&format!("  {}{reason}", context.say("原因：", "why: ")));
    }
    if !process.moves.is_empty() {
        line.push_str(&format!("  {}{}", context.say("可做：", "moves: "), process.moves.join(", ")));
    }
    line
}

/// The facts of one, for people.
pub(crate) fn facts(context: &Context, process: &ProcessInfo) -> Vec<(&'static str, &'static str, String)> {
    let mut facts = vec![
        ("进程", "process", process.pid.clone()),
        ("状态", "state", state(context, &process.state)),
        ("对方", "other side", format!("{} {}", process.peer_name, process.peer).trim().to_owned()),
        ("本方", "our side", context.word("role", &process.side)),
        ("由谁决定", "who decides", context.word("conduct", &process.conduct)),
        ("标的", "about", process.product_id.clone()),
        ("合约", "contract", process.contract_id.clone()),
        ("可做的操作", "moves", process.moves.join(", ")),
    ];
    if let Some(reason) = &process.reason {
        facts.push(("原因", "why", reason.clone()));
    }
    facts
}

/// Prints facts, one a line.
pub(crate) fn print_facts(context: &Context, facts: &[(&'static str, &'static str, String)]) {
    for (zh, en, value) in facts.iter().filter(|(_, _, value)| !value.is_empty()) {
        context.print(format!("{}{}{value}", context.say(zh, en), context.say("：", ": ")));
    }
}

/// Prints clauses, one a line, each with how it is enforced.
pub(crate) fn print_clauses(context: &Context, clauses: &[ClauseInfo], indent: &str) {
    for clause in clauses {
        let enforcement = context.word("enforcement", &clause.enforcement);
        context.print(format!("{indent}{} [{enforcement}]", context.text(&clause.text)));
    }
}

/// What was told of each process; nothing before the first look.
#[derive(Default)]
struct Seen {
    has_looked: bool,
    told: BTreeMap<String, (String, u32, Vec<String>, Option<String>)>,
}

/// Prints a line at every change, of one process or of all. Of one: whether it ended well. Of all it goes on until Ctrl-C, which is no failure.
pub(crate) async fn watch(
    context: &Context,
    access: &Access,
    client: &Client,
    kind: &Kind,
    pid: Option<&str>,
) -> anyhow::Result<bool> {
    tokio::select! {
        outcome = follow(context, access, client.clone(), kind, pid) => outcome,
        pressed = tokio::signal::ctrl_c() => Ok(pressed.map(|()| true)?),
    }
}

async fn follow(
    context: &Context,
    access: &Access,
    mut client: Client,
    kind: &Kind,
    pid: Option<&str>,
) -> anyhow::Result<bool> {
    let mut seen = Seen::default();
    loop {
        // First follow, then look: what happens in between is told.
        let mut changes = client.changes().await?;
        loop {
            if let Some(ended_well) = report(context, &client, kind, pid, &mut seen).await? {
                return Ok(ended_well);
            }
            // Changes of other kinds say nothing new.
            let told = loop {
                match changes.next().await {
                    Some(topic) if topic != kind.topic => {}
                    other => break other,
                }
            };
            if told.is_none() {
                break;
            }
        }
        client = again(access).await?;
    }
}

/// Logs in anew: the node was away, or the session has ended.
async fn again(access: &Access) -> anyhow::Result<Client> {
    for _ in 0..TRIES {
        tokio::time::sleep(WAIT).await;
        match access.login().await {
            Ok(client) => return Ok(client),
            Err(error) if is_away(&error) => {}
            Err(error) => return Err(error),
        }
    }
    bail!("the node has been away for {} s", u64::from(TRIES) * WAIT.as_secs())
}

fn is_away(error: &anyhow::Error) -> bool {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<ApiError>());
    matches!(cause, Some(ApiError::Unreachable { .. })) || cause.and_then(ApiError::status).is_some_and(|s| s >= 500)
}

/// A process by itself is answered with more than its line.
#[derive(Deserialize)]
struct One {
    process: ProcessInfo,
}

/// Prints what is new. Of one process: whether it ended well, once it has ended.
async fn report(
    context: &Context,
    client: &Client,
    kind: &Kind,
    pid: Option<&str>,
    seen: &mut Seen,
) -> anyhow::Result<Option<bool>> {
    let is_first = !std::mem::replace(&mut seen.has_looked, true);
    let processes = match pid {
        Some(pid) => vec![client.get::<One>(&format!("{}/{}", kind.path, segment(pid))).await?.process],
        None => client.get::<List<ProcessInfo>>(kind.path).await?.items,
    };
    for process in processes.iter().rev() {
        let now = (process.state.clone(), process.steps, process.moves.clone(), process.reason.clone());
        let is_new = seen.told.insert(process.pid.clone(), now.clone()).as_ref() != Some(&now);
        // What was over before anybody looked is no news.
        let is_old = is_first && pid.is_none() && process.moves.is_empty();
        if is_new && !is_old {
            tell(context, process).map_err(|failed| anyhow::anyhow!(failed.line.unwrap_or_default()))?;
        }
    }
    let ended = processes.iter().find(|process| pid == Some(&process.pid) && process.moves.is_empty());
    Ok(ended.map(|process| process.state == kind.good))
}

fn tell(context: &Context, process: &ProcessInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json_line(process);
    }
    let at = xinyu_locale::format::time(context.locale(), Clock::system().now());
    context.print(format!("{at}  {}", line(context, process)));
    Ok(())
}
