//! What was collected of a run log is fixed by a record of evidence, once a day and whenever much is new: from then on nobody can change it unnoticed, the operator
//! included. A log that has nothing new causes no record.

use jiff::SignedDuration;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::run_log::text;
use xinyu_shell::run_log::COLLECTED;
use xinyu_shell::{Failure, effect};
use xinyu_store::run_log::{Head, OWN};
use xinyu_store::{Timestamp, Tx};

use super::heads;
use crate::app::Platform;

/// How long something may be collected and not fixed.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How many entries may be.
const MANY: u64 = 100_000;

/// Fixes what is due.
///
/// # Errors
/// If the store fails.
pub async fn turn(platform: &Platform) -> Result<(), Failure> {
    fix(platform, EVERY).await
}

/// Fixes what has waited for so long.
///
/// # Errors
/// If the store fails.
pub async fn fix(platform: &Platform, every: SignedDuration) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let found = heads(platform, after.as_ref()).await?;
        let Some(last) = found.last().cloned() else { return Ok(()) };
        let now = platform.node.store.clock().now();
        for head in found.into_iter().filter(|head| is_due(head, every, now)) {
            let this = platform.clone();
            let fixed = platform
                .node
                .store
                .write("run_log.fix", move |tx| Box::pin(async move { fix_one(&this, tx, &head, every).await }));
            fixed.await?;
        }
        after = Some(last);
    }
}

fn is_due(head: &Head, every: SignedDuration, now: Timestamp) -> bool {
    let new = head.sequence.saturating_sub(head.settled);
    new >= MANY || new > 0 && now.duration_since(head.settled_at) >= every
}

async fn fix_one(platform: &Platform, tx: &mut Tx, head: &Head, every: SignedDuration) -> Result<(), Failure> {
    let now = tx.now();
    let Some(mut head) = xinyu_store::run_log::lock(tx, &head.party, head.epoch).await? else { return Ok(()) };
    if !is_due(&head, every, now) {
        return Ok(());
    }
    let own = platform.options.platform_id.as_str();
    let (party, space) = if head.party == OWN.0 {
        (own.to_owned(), platform.node.spaces().into_iter().next())
    } else {
        let member = xinyu_store::member::find(tx, &head.party).await?;
        (head.party.clone(), member.and_then(|member| member.spaces.into_iter().next()))
    };
    // Without a space there is no log of evidence to fix it in.
    let Some(space) = space else { return Ok(()) };
    let draft = Draft::new(COLLECTED, &space)
        .subject(party.clone())
        .fact("connector", party)
        .fact("epoch", head.epoch)
        .fact("begin", head.begin)
        .fact("sequence", head.sequence)
        .fact("digest", text(&head.digest));
    head.settled = head.sequence;
    head.settled_at = now;
    xinyu_store::run_log::save(tx, &head).await?;
    effect::apply(&platform.node, tx, vec![Effect::Record(draft)]).await
}
