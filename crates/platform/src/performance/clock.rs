//! The clock of the reports at the platform: one that does not come in time is told, once. TC609-6-2025-14 §7.5 c.

use xinyu_core::effect::Effect;
use xinyu_core::performance;
use xinyu_shell::{Failure, effect, timer};
use xinyu_store::{Timestamp, Topic};

use super::begin;
use crate::app::Platform;

/// How many are looked at in one turn.
const AT_ONCE: u32 = 100;

/// Looks when one is overdue, until the node stops. Contracts of before there were reports begin to be reported on.
pub async fn run(platform: Platform) {
    if let Err(error) = adopt(&platform).await {
        tracing::error!(%error, "reports on earlier contracts could not begin, they begin at the next start");
    }
    timer::run(&platform.node, Topic::Contract, "overdue performance reports", || round(&platform)).await;
}

async fn adopt(platform: &Platform) -> Result<(), Failure> {
    let this = platform.clone();
    let adopted = platform.node.store.write("performance.adopt", move |tx| {
        Box::pin(async move {
            for contract in xinyu_store::performance::unreported(tx).await? {
                begin(&this, tx, &contract).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    adopted.await
}

/// Tells of what is overdue. When to look again, if it is known.
///
/// # Errors
/// If the store fails.
pub async fn round(platform: &Platform) -> Result<Option<Timestamp>, Failure> {
    let next = platform.node.store.read("performance.next_due", |tx| {
        Box::pin(async move { xinyu_store::performance::next_due(tx).await.map_err(Failure::from) })
    });
    let next = next.await?;
    if next.is_none_or(|at| at > platform.node.store.clock().now()) {
        return Ok(next);
    }
    let this = platform.clone();
    let next = platform.node.store.write("performance.overdue", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            for found in xinyu_store::performance::due(tx, now, AT_ONCE).await? {
                let (id, reporter) = (found.contract_id.as_str(), found.reporter.as_str());
                // The contract first, as everybody else holds them.
                xinyu_store::contract::lock(tx, id).await?;
                let Some(chain) = xinyu_store::performance::lock(tx, id, reporter).await? else { continue };
                if chain.overdue_at().is_some_and(|at| at > now) {
                    continue;
                }
                let Some((chain, draft)) = chain.clone().miss(now) else {
                    xinyu_store::performance::save(tx, &chain, None).await?;
                    continue;
                };
                let detail = format!("{} #{}", chain.side.as_str(), chain.number.saturating_add(1));
                let alert = performance::alert("performance.overdue", &chain, &detail);
                // Until it comes, there is nothing more to tell.
                xinyu_store::performance::save(tx, &chain, None).await?;
                effect::apply(&this.node, tx, vec![Effect::Record(draft), alert]).await?;
                tx.signal(Topic::Contract);
            }
            Ok::<_, Failure>(xinyu_store::performance::next_due(tx).await?)
        })
    });
    next.await
}
