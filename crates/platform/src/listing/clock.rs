//! The clock of the review of products: the operator is reminded on the last day, and when it is over. TC609-6-2025-01 §5.3.3.3 b.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::listing::Listing;
use xinyu_shell::{Failure, Node, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// How often the clocks are looked at.
const PAUSE: Duration = Duration::from_mins(5);

/// How long before it is due something may be near.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Looks at the clocks until the node stops.
pub async fn run(platform: Platform) {
    loop {
        if let Err(error) = remind(&platform).await {
            tracing::error!(%error, "the clocks of the review could not be read, the next attempt follows");
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
    let due = node.store.read("listing.due", move |tx| Box::pin(due(tx, now))).await?;
    if due.is_empty() {
        return Ok(());
    }
    let this = Arc::clone(&node);
    let reminded = node.store.write("listing.remind", move |tx| {
        Box::pin(async move {
            for listing in due {
                one(&this, tx, listing.product_id.as_str(), now).await?;
            }
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    reminded.await
}

async fn due(tx: &mut Tx, now: Timestamp) -> Result<Vec<Listing>, Failure> {
    let waiting = xinyu_store::listing::due(tx, now.checked_add(AHEAD).unwrap_or(now)).await?;
    Ok(waiting.into_iter().filter(|listing| listing.new_reminder(now).is_some()).collect())
}

async fn one(node: &Arc<Node>, tx: &mut Tx, product: &str, now: Timestamp) -> Result<(), Failure> {
    let Some(mut listing) = xinyu_store::listing::lock(tx, product).await? else { return Ok(()) };
    let Some(reminder) = listing.new_reminder(now) else { return Ok(()) };
    listing.reminded = Some(reminder);
    xinyu_store::listing::save(tx, &listing).await?;
    let record = Draft::new("product.reminder", &listing.request.space_id).subject(product);
    let record = record.fact("reminder", reminder.as_str());
    let record = match listing.due_at {
        Some(due) => record.fact("due", due.to_string()),
        None => record,
    };
    tracing::warn!(product, reminder = reminder.as_str(), "the decision on {product} is {}", reminder.as_str());
    effect::apply(node, tx, vec![Effect::Record(record)]).await
}
