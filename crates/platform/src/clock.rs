//! The clocks of what waits for the operator: he is reminded on the last day, and when it is over, once each. TC609-6-2025-12; TC609-6-2025-01 §5.3.3.3 b.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xinyu_core::component::Component;
use xinyu_core::data_service::DataService;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::listing::Listing;
use xinyu_core::participant::Member;
use xinyu_core::workday::{Deadline, Reminder};
use xinyu_shell::{Failure, Node, effect};
use xinyu_store::{StoreError, Topic, Tx};

use crate::app::Platform;

/// How often the clocks are looked at.
const PAUSE: Duration = Duration::from_mins(5);

/// How long before it is due something may be near.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Something on which the operator has to decide by a time.
pub(crate) trait Waits: Sized + Send + Sync + 'static {
    /// The kind of the record of a reminder.
    const RECORD: &'static str;
    /// Whoever follows these live.
    const TOPIC: Topic;

    /// Those that have to be decided on by a time.
    fn due(tx: &mut Tx, by: Timestamp) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send;

    /// As it is now, held until the transaction ends.
    fn lock<'t>(&'t self, tx: &'t mut Tx) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send + 't;

    /// Kept as it is.
    fn save<'t>(&'t self, tx: &'t mut Tx) -> impl Future<Output = Result<(), StoreError>> + Send + 't;

    /// Until when; none if nothing waits.
    fn deadline(&self) -> Deadline;

    /// What the operator is reminded of now.
    fn remind(&mut self, reminder: Reminder);

    /// What it is called in the log.
    fn subject(&self) -> &str;

    /// In the logs of which spaces.
    fn spaces(&self) -> Vec<String>;
}

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

/// Reminds of what is near or overdue: a record in the log, and whoever follows live is told. One line for each kind.
///
/// # Errors
/// If the store fails.
pub async fn remind(platform: &Platform) -> Result<(), Failure> {
    // What fails of one kind is no reason to be silent about the others.
    let reminded = [
        of::<Member>(&platform.node).await,
        of::<Listing>(&platform.node).await,
        of::<DataService>(&platform.node).await,
        of::<Component>(&platform.node).await,
    ];
    reminded.into_iter().collect()
}

async fn of<W: Waits>(node: &Arc<Node>) -> Result<(), Failure> {
    let now = node.store.clock().now();
    let due = node.store.read("clock.due", move |tx| {
        Box::pin(async move {
            let waiting = W::due(tx, now.checked_add(AHEAD).unwrap_or(now)).await?;
            let is_new = |one: &W| one.deadline().reminder(now).is_some();
            Ok::<_, Failure>(waiting.into_iter().filter(is_new).collect::<Vec<W>>())
        })
    });
    for one in due.await? {
        let this = Arc::clone(node);
        let reminded = node.store.write("clock.remind", move |tx| {
            Box::pin(async move {
                told(&this, tx, &one, now).await?;
                tx.signal(W::TOPIC);
                Ok::<_, Failure>(())
            })
        });
        reminded.await?;
    }
    Ok(())
}

async fn told<W: Waits>(node: &Arc<Node>, tx: &mut Tx, waiting: &W, now: Timestamp) -> Result<(), Failure> {
    // It may have been decided meanwhile.
    let Some(mut one) = waiting.lock(tx).await? else { return Ok(()) };
    let Some(reminder) = one.deadline().reminder(now) else { return Ok(()) };
    one.remind(reminder);
    one.save(tx).await?;
    let record = |space: &String| {
        let draft = Draft::new(W::RECORD, space).subject(one.subject()).fact("reminder", reminder.as_str());
        Effect::Record(match one.deadline().due_at {
            Some(due) => draft.fact("due", due.to_string()),
            None => draft,
        })
    };
    let effects = one.spaces().iter().map(record).collect();
    tracing::warn!(subject = one.subject(), reminder = reminder.as_str(), "a decision is {}", reminder.as_str());
    effect::apply(node, tx, effects).await
}
