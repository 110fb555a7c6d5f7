//! The run log of this connector on its way to the platform: what was written is put into the chain, and the platform is told what it has not yet, in order. Nothing
//! waits for it; while the platform is away the log grows here. TC609-6-2025-01 §5.2.2.12 d; TC609-6-2025-16 6.10 d.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use xinyu_core::fault::Rejection;
use xinyu_core::run_log::text;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::run_log::{Level, Outcome, RunLogAnswer, RunLogEntry, RunLogReport};
use xinyu_shell::{Failure, peer};
use xinyu_store::run_log::{Head, OWN};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

const SENDING: &str = "run_log/sending";
/// How long entries gather before they are sent.
const GATHER: Duration = Duration::from_millis(500);
/// After an attempt that failed.
const AGAIN: Duration = Duration::from_secs(5);
/// How often the platform hears that there is nothing new.
const STILL: Duration = Duration::from_hours(1);
/// Somewhat less, so that what is due by one clock is due by the other.
const STILL_FOR: SignedDuration = SignedDuration::from_mins(59);
/// How many entries are sent at once.
const AT_ONCE: u32 = 500;
/// How long the platform may take over one message.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which telling of the log the platform gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sending {
    epoch: u32,
    begin: u64,
}

impl Default for Sending {
    fn default() -> Self {
        Self { epoch: 1, begin: 1 }
    }
}

/// Sends until the node stops.
pub async fn run(connector: Connector) {
    let node = &connector.node;
    let mut wake = node.store.signals().subscribe(Topic::RunLog);
    loop {
        let told = turn(&connector).await;
        if let Err(error) = &told {
            tracing::debug!(%error, "the run log could not be sent, the next attempt follows");
        }
        let pause = if told.is_ok() { STILL } else { AGAIN };
        tokio::select! {
            () = node.stopping() => return,
            () = tokio::time::sleep(pause) => {}
            // An attempt that failed is not repeated for every entry that is written.
            woken = wake.wait(), if told.is_ok() => {
                if woken.is_err() {
                    return;
                }
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

/// Puts what was written into the chain and sends what the platform has not yet.
///
/// # Errors
/// If the store fails, or the platform does not take it.
pub async fn turn(connector: &Connector) -> Result<(), Failure> {
    let node = &connector.node;
    xinyu_shell::run_log::seal(&node.store).await?;
    if node.identity().is_none_or(|identity| identity.credential.is_none()) {
        return Ok(());
    }
    let mut begun = 0_u32;
    loop {
        let next = node.store.read("run_log.next", |tx| Box::pin(next(tx)));
        let Some(report) = next.await? else { return Ok(()) };
        let answer = tell(connector, &report).await?;
        let heard =
            node.store.write("run_log.heard", move |tx| Box::pin(async move { heard(tx, &report, &answer).await }));
        match heard.await? {
            Next::Done => return Ok(()),
            Next::More => {}
            Next::Anew => begun = begun.saturating_add(1),
        }
        if begun > 1 {
            return Err(Failure::broken("the platform does not take the run log that it was told anew"));
        }
    }
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The platform has all.
    Done,
    /// It wants more.
    More,
    /// It is told anew.
    Anew,
}

async fn sending(tx: &mut Tx) -> Result<Sending, Failure> {
    let kept = xinyu_store::setting::find(tx, SENDING).await?;
    kept.map_or_else(|| Ok(Sending::default()), |text| serde_json::from_str(&text).map_err(Failure::broken))
}

/// What is sent next: what follows the last entry that the platform is known to have. Nothing, if there is nothing new, and it has heard so lately.
async fn next(tx: &mut Tx) -> Result<Option<RunLogReport>, Failure> {
    let Some(head) = xinyu_store::run_log::own(tx).await? else { return Ok(None) };
    let Sending { epoch, begin } = sending(tx).await?;
    let before = xinyu_store::run_log::digest_at(tx, &head, head.settled).await?;
    let before = before.ok_or_else(|| Failure::broken("an entry of the run log that was sent is gone"))?;
    let entries = xinyu_store::run_log::after(tx, OWN, head.settled, AT_ONCE).await?;
    let entries: Vec<RunLogEntry> = entries.into_iter().map(|kept| kept.entry).collect();
    let was_heard = head.heard_at.is_some_and(|at| tx.now().duration_since(at) < STILL_FOR);
    if entries.is_empty() && was_heard {
        return Ok(None);
    }
    let from = head.settled.saturating_add(1);
    Ok(Some(RunLogReport { epoch, begin, from, before: text(&before), last: head.sequence, entries }))
}

async fn tell(connector: &Connector, report: &RunLogReport) -> Result<RunLogAnswer, Failure> {
    let node = &connector.node;
    let body = xinyu_protocol::json::canonical(report).map_err(Failure::broken)?;
    let platform = node.platform_id();
    // A member that is suspended still owes its log.
    let sent = peer::post_suspended(node, &platform, "/tc609/runLog", body);
    let sent = tokio::time::timeout(PATIENCE, sent).await.map_err(|_| Failure::broken("no answer in time"))?;
    let (status, answer) = sent.map_err(|error| Failure::broken(error.text))?;
    if status == 200 {
        return serde_json::from_slice(&answer).map_err(Failure::broken);
    }
    let why = serde_json::from_slice::<Problem>(&answer).map(|problem| problem.title).unwrap_or_default();
    Err(Rejection::conflict("run-log-refused", why.zh, why.en).into())
}

/// Takes up an answer: from where to go on.
///
/// # Errors
/// If the platform asks for what would lead nowhere.
async fn heard(tx: &mut Tx, report: &RunLogReport, answer: &RunLogAnswer) -> Result<Next, Failure> {
    let Some(mut head) = xinyu_store::run_log::lock(tx, OWN.0, OWN.1).await? else { return Ok(Next::Done) };
    let has =
        answer.next.checked_sub(1).ok_or_else(|| Failure::broken("the platform wants an entry before the first"))?;
    let is_known = has >= head.kept && has <= head.sequence;
    let ours = if is_known { xinyu_store::run_log::digest_at(tx, &head, has).await? } else { None };
    // A platform that holds nothing names no digest.
    let is_ours = ours.is_some_and(|ours| answer.digest.is_empty() || text(&ours) == answer.digest);
    if answer.outcome == Outcome::Diverged || !is_ours {
        return anew(tx, head, report, answer).await;
    }
    let is_moved = has != head.settled;
    if answer.outcome == Outcome::Gap && !is_moved {
        return Err(Failure::broken(format!("the platform misses what it is sent, from entry {} on", answer.next)));
    }
    let now = tx.now();
    head.heard_at = Some(now);
    if is_moved {
        head.settled = has;
        head.settled_at = now;
    }
    xinyu_store::run_log::save(tx, &head).await?;
    Ok(if is_moved && has < head.sequence { Next::More } else { Next::Done })
}

/// The platform holds what does not lead to this log, since one of the two was restored from an old backup: it is told anew, from where both agreed as far as is known
/// here, and kept apart there. The log here stays one chain. One that misses what is not kept here any more is told all that is.
async fn anew(tx: &mut Tx, mut head: Head, report: &RunLogReport, answer: &RunLogAnswer) -> Result<Next, Failure> {
    let last = if answer.outcome == Outcome::Gap { head.kept } else { head.settled };
    let begin = last.saturating_add(1);
    let next = Sending { epoch: answer.epoch.max(report.epoch).saturating_add(1), begin };
    head.settled = last;
    xinyu_store::run_log::save(tx, &head).await?;
    let kept = serde_json::to_string(&next).map_err(Failure::broken)?;
    xinyu_store::setting::set(tx, SENDING, &kept).await?;
    let detail = format!("epoch={} held={}:{} {}", next.epoch, answer.epoch, answer.next, answer.digest);
    xinyu_store::run_log::note(tx, Level::Warn, "run_log.epoch", &begin.to_string(), detail.trim_end()).await?;
    tracing::warn!(
        epoch = next.epoch,
        begin,
        "the platform holds another run log: it is told anew from entry {begin} on"
    );
    Ok(Next::Anew)
}
