//! What time does to registrations at the function node: what is looked at there is asked for again, and what was listed before there was such a node is sent
//! to it. TC609-6-2025-11 §7.2.4 b.

use std::time::Duration;

use jiff::Timestamp;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use super::{PLATFORM, ask, is_public, keep};
use crate::app::Platform;

/// How long nothing is looked at, at most.
const LONGEST: Duration = Duration::from_secs(60);
/// Products that are sent at once.
const AT_ONCE: u32 = 100;

/// Looks at what is due until the node stops.
pub async fn run(platform: Platform) {
    if platform.options.nodes.is_empty() {
        return;
    }
    let mut changed = platform.node.store.signals().subscribe(Topic::Catalog);
    let mut behind = Some(String::new());
    loop {
        let pause = match turn(&platform, &mut behind).await {
            Ok(next) => until(&platform, next),
            Err(error) => {
                tracing::error!(%error, "registrations at the function node could not be looked at, the next attempt follows");
                LONGEST
            }
        };
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(pause, changed.wait()) => {}
        }
    }
}

fn until(platform: &Platform, next: Option<Timestamp>) -> Duration {
    let left = next.map(|next| next.duration_since(platform.node.store.clock().now()));
    left.map_or(LONGEST, |left| Duration::try_from(left).unwrap_or(Duration::from_millis(10)).min(LONGEST))
}

/// Does what is due now. When the next is.
async fn turn(platform: &Platform, behind: &mut Option<String>) -> Result<Option<Timestamp>, Failure> {
    while let Some(after) = behind.clone() {
        *behind = catch_up(platform, after).await?;
    }
    let due = platform.node.store.read("registration.due", |tx| {
        Box::pin(async move {
            let now = tx.now();
            xinyu_store::registration::due(tx, now).await.map_err(Failure::from)
        })
    });
    for one in due.await? {
        result(platform, (one.product_id.as_str().to_owned(), one.node_id)).await?;
    }
    let next = platform.node.store.read("registration.next", |tx| {
        Box::pin(async move { xinyu_store::registration::next_due(tx).await.map_err(Failure::from) })
    });
    next.await
}

/// Sends some of what was listed, or listed anew, while there was no node to send it to; whatever is listed from now on is sent with its listing. Where to go on,
/// if that was not all.
async fn catch_up(platform: &Platform, after: String) -> Result<Option<String>, Failure> {
    let Some(node) = platform.options.registry().map(|node| node.id.clone()) else { return Ok(None) };
    let told = platform.node.store.read("registration.told", move |tx| {
        Box::pin(
            async move { xinyu_store::registration::told(tx, &node, &after, AT_ONCE).await.map_err(Failure::from) },
        )
    });
    let told = told.await?;
    let is_all = u32::try_from(told.len()).is_ok_and(|count| count < AT_ONCE);
    let last = told.last().map(|(listing, _)| listing.product_id.as_str().to_owned());
    for (listing, version) in told {
        if is_public(&listing) && version.is_none_or(|version| version < i64::from(listing.version())) {
            send(platform, listing.product_id.as_str().to_owned()).await?;
        }
    }
    Ok(last.filter(|_| !is_all))
}

/// Sends one.
async fn send(platform: &Platform, product: String) -> Result<(), Failure> {
    let this = platform.clone();
    let sent = platform.node.store.write("registration.send", move |tx| {
        Box::pin(async move {
            let Some(node) = this.options.registry() else { return Ok(()) };
            let listing = xinyu_store::listing::lock(tx, &product).await?;
            let Some(listing) = listing.filter(|one| one.state == ListingState::Listed) else { return Ok(()) };
            let there = xinyu_store::registration::lock(tx, &product, &node.id).await?;
            if there.as_ref().is_some_and(|there| !there.is_behind(listing.version())) {
                return Ok(());
            }
            let effects = ask(tx, there, &listing, (node, PLATFORM)).await?;
            effect::apply(&this.node, tx, effects).await
        })
    });
    sent.await
}

/// Asks a node what came of a request.
async fn result(platform: &Platform, (product, node): (String, String)) -> Result<(), Failure> {
    let this = platform.clone();
    let asked = platform.node.store.write("registration.query", move |tx| {
        Box::pin(async move {
            let there = xinyu_store::registration::lock(tx, &product, &node).await?;
            let now = tx.now();
            let due = there.filter(|there| there.ask_at.is_some_and(|at| at <= now));
            let Some(there) = due else { return Ok(()) };
            let effects = keep(tx, there.query()?).await?;
            effect::apply(&this.node, tx, effects).await
        })
    });
    asked.await
}
