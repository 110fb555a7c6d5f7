//! The clock of the ends: what was agreed for later takes effect, and what is over ends. TC609-6-2025-14 §7.6 a, b.

use std::time::Duration;

use xinyu_core::termination::register;
use xinyu_shell::Failure;
use xinyu_store::Topic;

use super::{Seal, conclude};
use crate::app::Platform;

/// The longest pause, in case a signal was lost.
const PAUSE: Duration = Duration::from_secs(5);
/// The shortest, so that a clock that stands still keeps nobody busy.
const SHORTEST: Duration = Duration::from_millis(20);
/// How many contracts are looked at in one turn.
const AT_ONCE: u32 = 200;

/// Looks at the clock until the node stops.
pub async fn run(platform: Platform) {
    let mut wake = platform.node.store.signals().subscribe(Topic::Contract);
    loop {
        if let Err(error) = round(&platform).await {
            tracing::error!(%error, "the ends of contracts could not be looked at, the next attempt follows");
        }
        let pause = until_next(&platform).await;
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

/// Ends what is over, each contract in a transaction of its own.
///
/// # Errors
/// If the store fails.
pub async fn round(platform: &Platform) -> Result<(), Failure> {
    let due = platform.node.store.read("contract.ending", |tx| {
        Box::pin(async move { xinyu_store::contract::ending(tx, AT_ONCE).await.map_err(Failure::from) })
    });
    for contract in due.await? {
        let (this, id) = (platform.clone(), contract.contract_id.as_str().to_owned());
        let looked = platform.node.store.write("contract.end", move |tx| {
            Box::pin(async move {
                let Some(contract) = xinyu_store::contract::lock(tx, &id).await? else {
                    return Ok(());
                };
                let (seal, now) = (Seal::of(&this), tx.now());
                let (contract, effects) = register::look(contract, &this.options.operator_id, &seal.at(now))?;
                if effects.is_empty() {
                    // So that the database says when it ends.
                    return Ok(xinyu_store::contract::save(tx, &contract).await?);
                }
                conclude(&this, tx, contract, effects).await
            })
        });
        looked.await?;
    }
    Ok(())
}

async fn until_next(platform: &Platform) -> Duration {
    let next = platform.node.store.read("contract.next_end", |tx| {
        Box::pin(async move { xinyu_store::contract::next_end(tx).await.map_err(Failure::from) })
    });
    match next.await {
        Ok(Some(next)) => {
            let left = next.duration_since(platform.node.store.clock().now());
            Duration::try_from(left).unwrap_or(SHORTEST).clamp(SHORTEST, PAUSE)
        }
        _ => PAUSE,
    }
}
