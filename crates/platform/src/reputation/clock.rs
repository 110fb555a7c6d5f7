//! Every admitted member has a statement that is not older than a day: computed, recorded and kept, so that whoever reads changes nothing.

use std::time::Duration;

use jiff::SignedDuration;
use xinyu_protocol::id::ConnectorId;
use xinyu_shell::Failure;

use crate::app::Platform;

/// How often it is looked whose statement is too old.
const PAUSE: Duration = Duration::from_mins(5);
/// How old a statement may be.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// How many are computed at a time.
const BATCH: u32 = 100;

/// Looks at the clock until the node stops.
pub async fn run(platform: Platform) {
    loop {
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = renew(&platform).await {
            tracing::error!(%error, "reputations could not be computed, the next attempt follows");
        }
    }
}

/// Computes what is too old by now.
///
/// # Errors
/// If the store fails.
pub async fn renew(platform: &Platform) -> Result<(), Failure> {
    let before = platform.node.store.clock().now().checked_sub(FRESH).map_err(Failure::broken)?;
    let stale = platform.node.store.read("reputation.stale", move |tx| {
        Box::pin(async move { xinyu_store::reputation::stale(tx, before, BATCH).await.map_err(Failure::from) })
    });
    for connector in stale.await? {
        super::anew(platform, ConnectorId::parse(&connector).map_err(Failure::broken)?, None).await?;
    }
    Ok(())
}
