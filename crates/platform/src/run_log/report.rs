//! Function nodes are told of the space's run logs, period by period: how many entries of which kind, up to which digest, and those above `info` themselves. Each
//! entry is told once: how far was told stands with the log, and is committed with the message. TC609-6-2025-01 §5.3.3.6 a; TC609-6-2025-11 §7.

use jiff::{SignedDuration, Timestamp};
use xinyu_core::run_log::text;
use xinyu_protocol::ndi::Interface;
use xinyu_protocol::ndi::sync::{RunLogCount, RunLogLine, RunLogPart};
use xinyu_shell::Failure;
use xinyu_store::Tx;
use xinyu_store::run_log::{Head, OWN};

use super::heads;
use crate::app::Platform;

/// How long a period is.
const PERIOD: SignedDuration = SignedDuration::from_hours(24);
/// How many entries one part tells in full.
const IN_FULL: u32 = 50;
/// How many entries one part is about at most.
const PART: u64 = 50_000;
/// Up to when the period goes that is running.
const UNTIL: &str = "run_log/until";

/// Tells of the period that is over, if one is.
///
/// # Errors
/// If the store fails; what was told before stays told.
pub async fn turn(platform: &Platform) -> Result<(), Failure> {
    if !platform.options.nodes.iter().any(|node| node.is_told) {
        return Ok(());
    }
    let until = platform.node.store.write("run_log.period", |tx| {
        Box::pin(async move {
            let first = tx.now().checked_add(PERIOD).map_err(Failure::broken)?.to_string();
            let until = xinyu_store::setting::find_or_set(tx, UNTIL, &first).await?;
            until.parse::<Timestamp>().map_err(Failure::broken)
        })
    });
    let until = until.await?;
    if platform.node.store.clock().now() < until {
        return Ok(());
    }
    tell(platform, until).await
}

/// Tells of all that was not told yet, as of a period that goes up to an instant, and begins the next one.
///
/// # Errors
/// If the store fails; what was told before stays told.
pub async fn tell(platform: &Platform, until: Timestamp) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let found = heads(platform, after.as_ref()).await?;
        let Some(last) = found.last().cloned() else { break };
        for head in found.into_iter().filter(|head| head.reported < head.sequence) {
            // Up to where the log went when its turn came: what is written meanwhile belongs to the next period.
            while part(platform, &head, until).await? {}
        }
        after = Some(last);
    }
    let next = platform.node.store.write("run_log.period", move |tx| {
        Box::pin(async move {
            let next = until.max(tx.now()).checked_add(PERIOD).map_err(Failure::broken)?;
            xinyu_store::setting::set(tx, UNTIL, &next.to_string()).await.map_err(Failure::from)
        })
    });
    next.await
}

/// Tells one part; whether more is left.
async fn part(platform: &Platform, head: &Head, until: Timestamp) -> Result<bool, Failure> {
    let (this, party, epoch, end) = (platform.clone(), head.party.clone(), head.epoch, head.sequence);
    let told = platform.node.store.write("run_log.report", move |tx| {
        Box::pin(async move {
            let Some(mut head) = xinyu_store::run_log::lock(tx, &party, epoch).await? else { return Ok(false) };
            if head.reported >= end {
                return Ok(false);
            }
            let part = made(&this, tx, &head, end, until).await?;
            let about = format!("run-log/{}", part.identity_code);
            let body = xinyu_protocol::json::canonical(&part).map_err(Failure::broken)?;
            crate::ndi::report::tell(&this, tx, &about, Interface::XinyuSyncRunLog, &body).await?;
            head.reported = part.last;
            xinyu_store::run_log::save(tx, &head).await?;
            Ok::<_, Failure>(head.reported < end)
        })
    });
    told.await
}

async fn made(
    platform: &Platform,
    tx: &mut Tx,
    head: &Head,
    end: u64,
    until: Timestamp,
) -> Result<RunLogPart, Failure> {
    let log = (head.party.as_str(), head.epoch);
    // What was removed before a node was ever told is told of no more.
    let after = head.reported.max(head.kept);
    let mut last = end.min(after.saturating_add(PART));
    let mut found = xinyu_store::run_log::troubles(tx, log, after, last, IN_FULL.saturating_add(1)).await?;
    if found.len() > usize::try_from(IN_FULL).unwrap_or(usize::MAX) {
        found.pop();
        last = found.last().map_or(last, |one| one.sequence);
    }
    let counts = xinyu_store::run_log::counts(tx, log, after, last).await?;
    let digest = xinyu_store::run_log::digest_at(tx, head, last).await?;
    let digest = digest.ok_or_else(|| Failure::broken("an entry of a run log is gone"))?;
    let own = platform.options.platform_id.as_str();
    Ok(RunLogPart {
        identity_code: if head.party == OWN.0 { own.to_owned() } else { head.party.clone() },
        epoch: head.epoch,
        until,
        first: after.saturating_add(1),
        last,
        digest: text(&digest),
        counts: counts.into_iter().map(|(category, level, count)| RunLogCount { category, level, count }).collect(),
        entries: found.into_iter().map(|one| RunLogLine { sequence: one.sequence, entry: one.entry }).collect(),
    })
}
