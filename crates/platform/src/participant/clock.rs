//! The clocks of the approvals: whoever waits for the operator is reminded of on the last day, and when it is over. TC609-6-2025-12.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::participant::Member;
use xinyu_core::workday::reminder;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// How often the clocks are looked at.
const PAUSE: Duration = Duration::from_mins(5);

/// Looks at the clocks until the node stops.
pub async fn run(platform: Platform) {
    loop {
        if let Err(error) = remind(&platform).await {
            tracing::error!(%error, "the clocks of the approvals could not be read, the next attempt follows");
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Reminds of what is near or overdue, once each: a record in the log, and whoever follows live is told.
///
/// # Errors
/// If the store fails.
pub async fn remind(platform: &Platform) -> Result<(), Failure> {
    let node = Arc::clone(&platform.node);
    let now = node.store.clock().now();
    let due = node.store.read("participant.due", move |tx| Box::pin(due_members(tx, now)));
    if due.await?.is_empty() {
        return Ok(());
    }
    let this = Arc::clone(&node);
    node.store
        .write("participant.remind", move |tx| {
            Box::pin(async move {
                for member in due_members(tx, now).await? {
                    one(&this, tx, member, now).await?;
                }
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(())
            })
        })
        .await
}

async fn due_members(tx: &mut Tx, now: Timestamp) -> Result<Vec<Member>, Failure> {
    let all = xinyu_store::member::list(tx).await?;
    Ok(all.into_iter().filter(|member| new_reminder(member, now).is_some()).collect())
}

fn new_reminder(member: &Member, now: Timestamp) -> Option<xinyu_core::workday::Reminder> {
    let waits = member.state.awaits_review() || member.change.is_some();
    let reminder = reminder(member.due_at.filter(|_| waits)?, now)?;
    (member.reminded < Some(reminder)).then_some(reminder)
}

async fn one(node: &Arc<xinyu_shell::Node>, tx: &mut Tx, member: Member, now: Timestamp) -> Result<(), Failure> {
    let Some(mut member) = xinyu_store::member::lock(tx, &member.connector_id).await? else {
        return Ok(());
    };
    let Some(reminder) = new_reminder(&member, now) else {
        return Ok(());
    };
    member.reminded = Some(reminder);
    xinyu_store::member::save(tx, &member).await?;
    let draft = |space: &String| {
        let draft = Draft::new("participant.reminder", space).subject(member.connector_id.as_str());
        let draft = draft.fact("reminder", reminder.as_str());
        Effect::Record(match member.due_at {
            Some(due) => draft.fact("due", due.to_string()),
            None => draft,
        })
    };
    let effects = member.spaces.iter().map(draft).collect();
    tracing::warn!(connector = %member.connector_id, reminder = reminder.as_str(), "the decision on {} is {}", member.connector_id, reminder.as_str());
    effect::apply(node, tx, effects).await
}
