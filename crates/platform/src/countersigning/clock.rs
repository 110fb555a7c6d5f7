//! The clock of the signatures: whoever does not sign in time has not signed, and what waited for a regulator's lift is filed.

use std::time::Duration;

use xinyu_core::countersigning::gathering::{self, Gathering, Outcome};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_shell::Failure;
use xinyu_store::Topic;

use super::{end, lock, settle};
use crate::app::Platform;

/// The longest pause, in case a signal was lost.
const PAUSE: Duration = Duration::from_secs(5);
/// The shortest, so that a clock that stands still keeps nobody busy.
const SHORTEST: Duration = Duration::from_millis(20);
/// How many are looked at in one turn.
pub(super) const AT_ONCE: u32 = 200;

/// Looks at the clock until the node stops.
pub async fn run(platform: Platform) {
    let mut wake = platform.node.store.signals().subscribe(Topic::Contract);
    loop {
        if let Err(error) = round(&platform).await {
            tracing::error!(%error, "the signatures of contracts could not be looked at, the next attempt follows");
        }
        let pause = until_next(&platform).await;
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

/// Ends what is out of time or cannot be filed any more, and files what is complete, each in a transaction of its own.
///
/// # Errors
/// If the store fails.
pub async fn round(platform: &Platform) -> Result<(), Failure> {
    let open = platform.node.store.read("countersigning.open", |tx| {
        Box::pin(async move { xinyu_store::countersigning::open(tx, AT_ONCE).await.map_err(Failure::from) })
    });
    let now = platform.node.store.clock().now();
    for one in open.await? {
        if !one.is_overdue(now) && !one.is_complete() && !is_over(platform, &one).await? {
            continue;
        }
        let this = platform.clone();
        let looked = platform.node.store.write("countersigning.look", move |tx| {
            Box::pin(async move {
                let (registered, gathering) = lock(tx, one.contract_id.as_str(), &one.contract_hash).await?;
                if gathering.state != gathering::State::Open {
                    return Ok(());
                }
                let outcome = |state, zh: &str, en: &str| Outcome { state, by: None, reason: format!("{zh} / {en}") };
                let now = tx.now();
                if registered.status == ContractStatus::Terminated {
                    let why = outcome(gathering::State::Failed, "合约已终止", "the contract has ended");
                    return end(&this, tx, registered, gathering, why).await;
                }
                if gathering.is_complete() {
                    return settle(&this, tx, registered, gathering).await;
                }
                if gathering.is_overdue(now) {
                    let why = outcome(gathering::State::Expired, "逾期未签", "not everybody has signed in time");
                    return end(&this, tx, registered, gathering, why).await;
                }
                Ok(())
            })
        });
        looked.await?;
    }
    Ok(())
}

/// Whether the contract has ended meanwhile, in another way.
async fn is_over(platform: &Platform, gathering: &Gathering) -> Result<bool, Failure> {
    let id = gathering.contract_id.clone();
    let found = platform.node.store.read("countersigning.contract", move |tx| {
        Box::pin(async move { xinyu_store::contract::find(tx, id.as_str()).await.map_err(Failure::from) })
    });
    Ok(found.await?.is_some_and(|contract| contract.status == ContractStatus::Terminated))
}

async fn until_next(platform: &Platform) -> Duration {
    let next = platform.node.store.read("countersigning.next_end", |tx| {
        Box::pin(async move { xinyu_store::countersigning::next_end(tx).await.map_err(Failure::from) })
    });
    match next.await {
        Ok(Some(next)) => {
            let left = next.duration_since(platform.node.store.clock().now());
            Duration::try_from(left).unwrap_or(SHORTEST).clamp(SHORTEST, PAUSE)
        }
        _ => PAUSE,
    }
}
