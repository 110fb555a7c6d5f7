//! What is over by the clock is written down as over: a record in the log, and its holder is told. That it is over holds without that.

use std::time::Duration;

use xinyu_core::certification::{self, Act, By};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{attest, spaces};
use crate::app::Platform;

/// How often the clock is looked at.
const PAUSE: Duration = Duration::from_mins(5);
/// How many one transaction writes down.
const BATCH: u32 = 100;

/// Looks at the clock until the node stops.
pub async fn run(platform: Platform) {
    loop {
        if let Err(error) = expire(&platform).await {
            tracing::error!(%error, "certifications that are over could not be written down, the next attempt follows");
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Writes down what is over by now.
///
/// # Errors
/// If the store fails.
pub async fn expire(platform: &Platform) -> Result<(), Failure> {
    let now = platform.node.store.clock().now();
    let is_due = platform.node.store.read("certification.is_due", move |tx| {
        Box::pin(async move { xinyu_store::certification::is_due(tx, now).await.map_err(Failure::from) })
    });
    if !is_due.await? {
        return Ok(());
    }
    let this = platform.clone();
    platform
        .node
        .store
        .write("certification.expire", move |tx| Box::pin(async move { one_batch(&this, tx).await }))
        .await
}

async fn one_batch(platform: &Platform, tx: &mut Tx) -> Result<(), Failure> {
    let now = tx.now();
    let mut effects = Vec::new();
    for one in xinyu_store::certification::due(tx, now, BATCH).await? {
        let mut one = certification::step(one, Act::Expire, By::Platform, "", now)?;
        let gone = one.credentials.drain(..).map(|attested| attested.credential_id).collect();
        xinyu_store::certification::save(tx, &one).await?;
        effects.extend(certification::records_of(&one, Act::Expire, &spaces(tx, &one).await?));
        effects.push(attest::notice(&one, gone)?);
    }
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Participant);
    Ok(())
}
