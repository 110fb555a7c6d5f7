//! The clock of drafts: what nobody answers in time, whose product is delisted, whose party is barred or whose contract was ended comes to nothing.

use std::time::Duration;

use xinyu_core::draft::is_overdue;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::draft::DraftState;
use xinyu_shell::Failure;
use xinyu_store::Topic;

use super::{barred, end, lock};
use crate::app::Platform;

/// The longest pause, in case a signal was lost.
const PAUSE: Duration = Duration::from_secs(5);
/// The shortest, so that a clock that stands still keeps nobody busy.
const SHORTEST: Duration = Duration::from_millis(20);
/// How many are looked at in one turn.
const AT_ONCE: u32 = 200;

/// Looks at the clock until the node stops.
pub async fn run(platform: Platform) {
    let mut wake = platform.node.store.signals().subscribe(Topic::Contract);
    loop {
        if let Err(error) = round(&platform).await {
            tracing::error!(%error, "the drafts of contracts could not be looked at, the next attempt follows");
        }
        let pause = until_next(&platform).await;
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

/// Ends what cannot go on, each in a transaction of its own.
///
/// # Errors
/// If the store fails.
pub async fn round(platform: &Platform) -> Result<(), Failure> {
    let found = platform.node.store.read("draft.open", |tx| {
        Box::pin(async move {
            let now = tx.now();
            let mut due = Vec::new();
            for one in xinyu_store::draft::open(tx, AT_ONCE).await? {
                let contract = xinyu_store::contract::find(tx, one.document.contract_id.as_str()).await?;
                let is_over = contract.is_some_and(|contract| contract.status == ContractStatus::Terminated);
                if is_over || is_overdue(&one.document, now) || barred(tx, &one).await?.is_some() {
                    due.push(one.document.contract_id.to_string());
                }
            }
            Ok::<_, Failure>(due)
        })
    });
    for id in found.await? {
        let this = platform.clone();
        let looked = platform.node.store.write("draft.look", move |tx| {
            Box::pin(async move {
                let (registered, draft) = lock(tx, &id).await?;
                if draft.document.state.is_final() {
                    return Ok(());
                }
                let now = tx.now();
                let (state, by, why) = if registered.status == ContractStatus::Terminated {
                    (DraftState::Failed, None, "合约已终止 / the contract has ended".to_owned())
                } else if let Some((by, why)) = barred(tx, &draft).await? {
                    (DraftState::Failed, by, why)
                } else if is_overdue(&draft.document, now) {
                    let why = match draft.document.state {
                        DraftState::Signing => "逾期未签 / not everybody has signed in time",
                        _ => "逾期未达成一致 / the two have not agreed in time",
                    };
                    (DraftState::Expired, None, why.to_owned())
                } else {
                    return Ok(());
                };
                end(&this, tx, registered, draft, (state, by.as_deref(), &why)).await
            })
        });
        looked.await?;
    }
    Ok(())
}

async fn until_next(platform: &Platform) -> Duration {
    let next = platform.node.store.read("draft.next_end", |tx| {
        Box::pin(async move { xinyu_store::draft::next_end(tx).await.map_err(Failure::from) })
    });
    match next.await {
        Ok(Some(next)) => {
            let left = next.duration_since(platform.node.store.clock().now());
            Duration::try_from(left).unwrap_or(SHORTEST).clamp(SHORTEST, PAUSE)
        }
        _ => PAUSE,
    }
}
