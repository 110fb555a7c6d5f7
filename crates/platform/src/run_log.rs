//! Run logs at the platform: those of its connectors come in and are checked against what is held, once a day a record of evidence fixes how far each goes, and
//! function nodes are told. TC609-6-2025-01 §5.2.2.12 d, §5.3.3.6 a; TC609-6-2025-16 6.10 d; NDI-TR-2025-05 §6.2.5.

pub mod anchor;
pub mod report;

use std::time::Duration;

use axum::extract::State;
use tokio::time::Instant;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::MemberState;
use xinyu_core::run_log::{Batch, Held, Taken, check, take as decide, text};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::run_log::{Outcome, RunLogAnswer, RunLogReport};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::run_log::Head;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// How long entries gather before they get their places.
const GATHER: Duration = Duration::from_millis(500);
/// How often is looked for what is due.
const LOOK: Duration = Duration::from_secs(60);

/// `POST /tc609/runLog`, by a member, also while it is suspended: what follows in its own log. What it sends twice is taken once. What does not go on from what is
/// held is answered with where the platform stands, and not refused: a refusal would leave no alert behind.
///
/// # Errors
/// If the caller is no member, or the report is malformed.
pub async fn take(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let (by, report) = (call.connector()?, call.parse::<RunLogReport>()?);
    let last = report.last;
    let batch = check(report)?;
    let this = platform.clone();
    let taken = platform.node.store.write("run_log.take", move |tx| {
        Box::pin(async move {
            must_be_member(tx, &by).await?;
            let answer = taken(&this, tx, &by, batch, last).await?;
            Answer::json(200, &answer)
        })
    });
    taken.await
}

async fn must_be_member(tx: &mut Tx, by: &ConnectorId) -> Result<(), Failure> {
    let member = xinyu_store::member::find(tx, by.as_str()).await?;
    if member.is_some_and(|member| matches!(member.state, MemberState::Approved | MemberState::Suspended)) {
        return Ok(());
    }
    Err(Rejection::forbidden("not-admitted", format!("{by} 尚未获准接入"), format!("{by} is not admitted")).into())
}

async fn taken(
    platform: &Platform,
    tx: &mut Tx,
    by: &ConnectorId,
    batch: Batch,
    last: u64,
) -> Result<RunLogAnswer, Failure> {
    let (now, id) = (tx.now(), by.as_str());
    let before = xinyu_store::run_log::lock_latest(tx, id).await?;
    let held = before.as_ref().map(|head| Held {
        epoch: head.epoch,
        begin: head.begin,
        sequence: head.sequence,
        digest: head.digest,
    });
    let (outcome, head) = match decide(held.as_ref(), &batch) {
        Taken::Gap { next } => {
            // Of a telling that is not held yet, what is held of the one before is no answer.
            let head = before.filter(|head| head.epoch == batch.epoch);
            return Ok(answer(Outcome::Gap, head.as_ref(), next));
        }
        Taken::Diverged => {
            let Some(mut head) = before else { return Err(Failure::broken("nothing diverges from nothing")) };
            alarm(platform, tx, &mut head, &batch).await?;
            head.heard_at = Some(now);
            (Outcome::Diverged, head)
        }
        Taken::New { skip, digests, is_beginning } => {
            let mut head = match before {
                Some(head) if !is_beginning => head,
                before => {
                    if let Some(mut before) = before {
                        alarm(platform, tx, &mut before, &batch).await?;
                        xinyu_store::run_log::save(tx, &before).await?;
                    }
                    Head::begin(id, batch.epoch, batch.begin, batch.before, now)
                }
            };
            let new = batch.entries.into_iter().zip(digests).skip(skip).collect();
            xinyu_store::run_log::extend(tx, &mut head, new).await?;
            head.told = last.max(head.sequence);
            head.heard_at = Some(now);
            (Outcome::Taken, head)
        }
    };
    xinyu_store::run_log::save(tx, &head).await?;
    let next = head.sequence.saturating_add(1);
    Ok(answer(outcome, Some(&head), next))
}

fn answer(outcome: Outcome, head: Option<&Head>, next: u64) -> RunLogAnswer {
    let digest = head.map(|head| text(&head.digest)).unwrap_or_default();
    RunLogAnswer { outcome, epoch: head.map_or(0, |head| head.epoch), next, digest }
}

/// Tells the security administrator, once for each telling that is held, that another one came.
async fn alarm(platform: &Platform, tx: &mut Tx, head: &mut Head, batch: &Batch) -> Result<(), Failure> {
    if head.diverged_at.is_some() {
        return Ok(());
    }
    head.diverged_at = Some(tx.now());
    let detail = format!("held={}:{} told={}:{}", head.epoch, head.sequence, batch.epoch, batch.from);
    let alert = Effect::Alert { action: "run_log.diverged", object: head.party.clone(), detail };
    effect::apply(&platform.node, tx, vec![alert]).await
}

/// Puts the platform's own log into its chain, fixes what was collected and tells function nodes, until the node stops.
pub async fn run(platform: Platform) {
    let node = &platform.node;
    let mut wake = node.store.signals().subscribe(Topic::RunLog);
    let mut look = Instant::now();
    loop {
        if let Err(error) = xinyu_shell::run_log::seal(&node.store).await {
            tracing::error!(%error, "the run log could not be put into its chain, the next attempt follows");
        }
        if Instant::now() >= look {
            look = Instant::now() + LOOK;
            if let Err(error) = anchor::turn(&platform).await {
                tracing::error!(%error, "what was collected of run logs could not be fixed, the next attempt follows");
            }
            if let Err(error) = report::turn(&platform).await {
                tracing::error!(%error, "function nodes could not be told of run logs, the next attempt follows");
            }
        }
        tokio::select! {
            () = node.stopping() => return,
            () = tokio::time::sleep_until(look) => {}
            woken = wake.wait() => {
                if woken.is_err() {
                    return;
                }
                tokio::select! {
                    () = node.stopping() => return,
                    () = tokio::time::sleep(GATHER) => {}
                }
            }
        }
    }
}

/// The heads of all logs here, piece by piece: what follows a head.
async fn heads(platform: &Platform, after: Option<&Head>) -> Result<Vec<Head>, Failure> {
    const PIECE: u32 = 200;
    let after = after.map(|head| (head.party.clone(), head.epoch));
    let found = platform.node.store.read("run_log.heads", move |tx| {
        Box::pin(async move {
            let after = after.as_ref().map(|(party, epoch)| (party.as_str(), *epoch));
            xinyu_store::run_log::heads(tx, after, PIECE).await.map_err(Failure::from)
        })
    });
    found.await
}
