//! The run log (运行日志) of this node, and on a platform those that it collected: what is written, the chain that it is put into, and what people see of it.
//! TC609-6-2025-01 §5.2.2.12 d; NDI-TR-2025-05 §6.2.5. What a connector sends to its platform, and a platform to function nodes, stands there.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use xinyu_core::chain::Walk;
use xinyu_core::fault::Rejection;
use xinyu_core::run_log::{Placed, of_record, tell};
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::List;
use xinyu_protocol::api::run_log::{RunLogCheck, RunLogInfo, RunLogPage, RunLogSource};
use xinyu_protocol::tc609::run_log::{Category, Level};
use xinyu_store::run_log::{Head, Kept, OWN, Search};
use xinyu_store::{Store, Tx};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};

/// The kind of the records by which a platform fixes what it collected. It is in no run log itself: else each would make the next one due.
pub const COLLECTED: &str = "run_log.collected";
/// How many entries get their places in one transaction.
const PIECE: u32 = 500;
/// How many entries a page has at most, and unless somebody says so.
const MOST: u32 = 500;
const USUAL: u32 = 100;
/// How many entries are read at once when a chain is verified.
const WALK: u32 = 1_000;
/// How many logs are listed.
const SOURCES: u32 = 5_000;
/// How many tellings of one log are verified.
const TELLINGS: u32 = 1_000;
/// A connector says something every hour at the least.
const QUIET: SignedDuration = SignedDuration::from_hours(3);
/// Set while the node runs.
const RUNNING: &str = "run_log/running";

/// Notes that the node starts, and whether it was stopped in order the time before.
///
/// # Errors
/// If the store fails.
pub async fn started(node: &Node, version: &'static str) -> Result<(), Failure> {
    let noted = node.store.write("run_log.started", move |tx| {
        Box::pin(async move {
            if xinyu_store::setting::find(tx, RUNNING).await?.is_some() {
                xinyu_store::run_log::note(tx, Level::Warn, "node.broken-off", "-", "").await?;
            }
            xinyu_store::setting::set(tx, RUNNING, version).await?;
            xinyu_store::run_log::note(tx, Level::Info, "node.started", "-", version).await?;
            Ok::<_, Failure>(())
        })
    });
    noted.await
}

/// Notes that the node stops in order. What cannot be noted is told in the log of the process.
pub async fn stopped(node: &Node) {
    let noted = node.store.write("run_log.stopped", |tx| {
        Box::pin(async move {
            if xinyu_store::setting::remove(tx, RUNNING).await? {
                xinyu_store::run_log::note(tx, Level::Info, "node.stopped", "-", "").await?;
            }
            Ok::<_, Failure>(())
        })
    });
    if let Err(error) = noted.await {
        tracing::error!(%error, "that the node stops in order could not be noted");
    }
}

/// Writes what records of this node's own tell, in the transaction that keeps them.
///
/// # Errors
/// If the store fails.
pub(crate) async fn recorded(tx: &mut Tx, records: &[SignedRecord]) -> Result<(), Failure> {
    let own = records.iter().map(|signed| &signed.record).filter(|record| record.kind != COLLECTED);
    let entries = own.map(|record| of_record(record.at, &record.kind, &record.id, record.contract.as_deref()));
    Ok(xinyu_store::run_log::note_all(tx, entries.collect()).await?)
}

/// Puts all that was written into the chain, piece by piece.
///
/// # Errors
/// If the store fails; what is in the chain stays there.
pub async fn seal(store: &Store) -> Result<(), Failure> {
    loop {
        let waiting = store.read("run_log.waiting", |tx| {
            Box::pin(async move { xinyu_store::run_log::is_waiting(tx).await.map_err(Failure::from) })
        });
        if !waiting.await? {
            return Ok(());
        }
        let sealed = store.write("run_log.seal", |tx| {
            Box::pin(async move { xinyu_store::run_log::seal(tx, PIECE).await.map_err(Failure::from) })
        });
        sealed.await?;
    }
}

/// Removes what is older than an instant and safe elsewhere too, piece by piece. How many.
///
/// # Errors
/// If the store fails; what was removed before stays so.
pub async fn prune(store: &Store, before: Timestamp) -> Result<u64, Failure> {
    let heads = store.read("run_log.heads", |tx| {
        Box::pin(async move { xinyu_store::run_log::heads(tx, None, SOURCES).await.map_err(Failure::from) })
    });
    let mut all = 0_u64;
    for head in heads.await? {
        loop {
            let (party, epoch) = (head.party.clone(), head.epoch);
            let gone = store.write("run_log.prune", move |tx| {
                Box::pin(async move {
                    xinyu_store::run_log::prune(tx, &party, epoch, before, PIECE).await.map_err(Failure::from)
                })
            });
            let gone = gone.await?;
            all = all.saturating_add(gone);
            if gone < u64::from(PIECE) {
                break;
            }
        }
    }
    Ok(all)
}

/// What to look for; what is empty is not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    connector: String,
    category: String,
    level: String,
    code: String,
    since: String,
    until: String,
    before: String,
    limit: Option<u32>,
}

/// `GET /api/v1/run-log`, newest first.
///
/// # Errors
/// If what is asked for makes no sense.
pub async fn list(State(node): State<Arc<Node>>, Query(asked): Query<Asked>) -> Result<Json<RunLogPage>, Failure> {
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
    let search = read(&node, &asked)?;
    let found = node.store.read("run_log.list", move |tx| {
        Box::pin(async move {
            xinyu_store::run_log::list(tx, &search, limit.saturating_add(1)).await.map_err(Failure::from)
        })
    });
    let mut found = found.await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > most;
    found.truncate(most);
    let last = found.last().filter(|_| is_more);
    let next = last.map(|last| format!("{}.{}", last.entry.at.as_microsecond(), last.id));
    Ok(Json(RunLogPage { items: found.into_iter().map(|kept| info(&node, kept)).collect(), next }))
}

/// By what name a log is known here: a node's own is kept under none.
fn party(node: &Node, connector: &str) -> String {
    if own_id(node) == connector { OWN.0.to_owned() } else { connector.to_owned() }
}

fn own_id(node: &Node) -> String {
    node.party().map(|party| party.as_str().to_owned()).unwrap_or_default()
}

fn named(node: &Node, party: String) -> String {
    if party == OWN.0 { own_id(node) } else { party }
}

fn read(node: &Node, asked: &Asked) -> Result<Search, Rejection> {
    let bad = |name: &str, zh: &str, en: &str| Rejection::bad("run-log-search", zh, en).clause(format!("/{name}"));
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let time = |name: &str, text: &str| match given(text) {
        None => Ok(None),
        Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| {
            bad(
                name,
                "时间须为 RFC 3339 格式，如 2026-11-25T08:00:00Z",
                "a time is written as in RFC 3339: 2026-11-25T08:00:00Z",
            )
        }),
    };
    let category = given(&asked.category).map(|word| {
        Category::parse(&word).ok_or_else(|| {
            bad("category", "类别须为 system、operation 或 business", "a category is system, operation or business")
        })
    });
    let level = given(&asked.level).map(|word| {
        Level::parse(&word)
            .ok_or_else(|| bad("level", "级别须为 info、warn 或 error", "a level is info, warn or error"))
    });
    let before = given(&asked.before).map(|text| {
        let parsed = text
            .split_once('.')
            .and_then(|(at, id)| Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse::<i64>().ok()?)));
        parsed.ok_or_else(|| bad("before", "before 须取自上一页的 next", "before is what the page before gave as next"))
    });
    Ok(Search {
        party: given(&asked.connector).map(|connector| party(node, &connector)),
        category: category.transpose()?,
        level: level.transpose()?,
        code: given(&asked.code),
        since: time("since", &asked.since)?,
        until: time("until", &asked.until)?,
        before: before.transpose()?,
    })
}

fn info(node: &Node, kept: Kept) -> RunLogInfo {
    let text = tell(&kept.entry);
    RunLogInfo {
        connector_id: named(node, kept.party),
        epoch: kept.epoch,
        sequence: kept.sequence,
        at: kept.entry.at,
        level: kept.entry.level,
        category: kept.entry.category,
        code: kept.entry.code,
        object: kept.entry.object,
        detail: kept.entry.detail,
        text,
        digest: hex::encode(kept.digest),
    }
}

/// `GET /api/v1/run-log/sources`: on a platform its own log and those of its connectors, each by its latest telling; on a connector how far its own is collected.
///
/// # Errors
/// If the store fails.
pub async fn sources(State(node): State<Arc<Node>>) -> Result<Json<List<RunLogSource>>, Failure> {
    let found = node.store.read("run_log.sources", |tx| {
        Box::pin(async move {
            let heads = xinyu_store::run_log::heads(tx, None, SOURCES).await?;
            Ok::<_, Failure>((heads, xinyu_store::party::names(tx).await?))
        })
    });
    let (heads, names) = found.await?;
    let mut latest: BTreeMap<String, RunLogSource> = BTreeMap::new();
    for head in heads {
        let was_diverged = latest.get(&head.party).is_some_and(|before| before.is_diverged);
        let mut source = source(&node, &head, &names);
        source.is_diverged |= was_diverged;
        latest.insert(head.party, source);
    }
    Ok(Json(List { items: latest.into_values().collect() }))
}

fn source(node: &Node, head: &Head, names: &BTreeMap<String, String>) -> RunLogSource {
    let is_own = head.party == OWN.0;
    let connector_id = named(node, head.party.clone());
    let name = names.get(&connector_id).cloned();
    // At a connector its own is behind while the platform has not taken it.
    let (heard_at, behind) = match (is_own, node.kind) {
        (true, NodeKind::Connector) => (head.heard_at, head.sequence.saturating_sub(head.settled)),
        (true, NodeKind::Platform) => (head.last_at, 0),
        (false, _) => (head.heard_at, head.told.saturating_sub(head.sequence)),
    };
    let since = heard_at.map(|at| node.store.clock().now().duration_since(at));
    RunLogSource {
        name: name.unwrap_or_else(|| if is_own { node.name.clone() } else { connector_id.clone() }),
        connector_id,
        epoch: head.epoch,
        first: head.kept.saturating_add(1),
        sequence: head.sequence,
        digest: hex::encode(head.digest),
        last_at: head.last_at,
        heard_at,
        behind,
        is_quiet: !(is_own && node.kind == NodeKind::Platform) && since.is_none_or(|since| since > QUIET),
        is_diverged: head.diverged_at.is_some(),
    }
}

/// Whose chain to verify.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Of {
    connector: String,
}

/// `GET /api/v1/run-log/verification?connector=`: a log is computed again, all its tellings, as far as they are kept; without a connector the node's own.
///
/// # Errors
/// If there is no such log.
pub async fn verify(State(node): State<Arc<Node>>, Query(of): Query<Of>) -> Result<Json<RunLogCheck>, Failure> {
    let party = party(&node, of.connector.trim());
    let wanted = party.clone();
    let heads = node.store.read("run_log.heads", move |tx| {
        Box::pin(async move { xinyu_store::run_log::heads_of(tx, &wanted, TELLINGS).await.map_err(Failure::from) })
    });
    let heads = heads.await?;
    // A node's own log is there from the start, if only with nothing in it.
    if heads.is_empty() && party != OWN.0 {
        return Err(Rejection::unknown(
            "unknown-run-log",
            format!("没有 {} 的运行日志", of.connector),
            format!("there is no run log of {}", of.connector),
        )
        .into());
    }
    let head = heads.last().map(|last| hex::encode(last.digest)).unwrap_or_default();
    let connector_id = named(&node, party);
    let (mut entries, mut problems) = (0_u64, Vec::new());
    for head in &heads {
        let (count, found) = walk(&node, head).await?;
        entries = entries.saturating_add(count);
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", head.epoch)));
    }
    Ok(Json(RunLogCheck { connector_id, ok: problems.is_empty(), entries, head, problems }))
}

/// Follows one telling up to where it ended when this began. It is read in pieces, between which others' transactions run.
async fn walk(node: &Node, head: &Head) -> Result<(u64, Vec<String>), Failure> {
    let mut walk = Walk::after(head.kept, head.kept_digest);
    let (mut at, mut count) = (head.kept, 0_u64);
    while at < head.sequence {
        let (party, epoch) = (head.party.clone(), head.epoch);
        let piece = node.store.read("run_log.verify", move |tx| {
            Box::pin(
                async move { xinyu_store::run_log::after(tx, (&party, epoch), at, WALK).await.map_err(Failure::from) },
            )
        });
        let piece = piece.await?;
        let Some(last) = piece.last() else { break };
        at = last.sequence;
        for one in piece.iter().filter(|one| one.sequence <= head.sequence) {
            walk.step(&Placed { sequence: one.sequence, entry: &one.entry }, &one.digest);
            count = count.saturating_add(1);
        }
    }
    Ok((count, walk.end(head.sequence, &head.digest).2))
}
