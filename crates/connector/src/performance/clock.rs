//! The clock of the reports at a connector: ours are drawn up when they are due or the contract is over, the other side's are missed. It sleeps until the next
//! moment that the store knows, and is woken by commits.

use std::sync::atomic::{AtomicBool, Ordering};

use xinyu_core::performance;
use xinyu_shell::{Failure, effect, timer};
use xinyu_store::{Timestamp, Topic, Tx};

use super::{begin, draw, facts};
use crate::app::Connector;

/// How many are looked at in one turn.
const AT_ONCE: u32 = 50;

/// Reports until the node stops. Contracts of before there were reports begin to be reported on.
pub async fn run(connector: Connector) {
    let is_adopted = AtomicBool::new(false);
    timer::run(&connector.node, Topic::Contract, "performance reports", || turn(&connector, &is_adopted)).await;
}

async fn turn(connector: &Connector, is_adopted: &AtomicBool) -> Result<Option<Timestamp>, Failure> {
    if connector.node.party().is_none() {
        return Ok(None);
    }
    if !is_adopted.load(Ordering::Relaxed) {
        adopt(connector).await?;
        is_adopted.store(true, Ordering::Relaxed);
    }
    loop {
        let due = connector.node.store.read("performance.due", |tx| {
            Box::pin(async move {
                let now = tx.now();
                let due = xinyu_store::performance::due(tx, now, AT_ONCE).await?;
                Ok::<_, Failure>((due, xinyu_store::performance::next_due(tx).await?))
            })
        });
        let (due, next) = due.await?;
        if due.is_empty() {
            return Ok(next);
        }
        for chain in due {
            let (this, id) = (connector.clone(), chain.contract_id.as_str().to_owned());
            let reporter = chain.reporter.as_str().to_owned();
            let looked = connector
                .node
                .store
                .write("performance.look", move |tx| Box::pin(async move { look(&this, tx, &id, &reporter).await }));
            looked.await?;
        }
    }
}

async fn adopt(connector: &Connector) -> Result<(), Failure> {
    const MOST: u32 = 10_000;
    let this = connector.clone();
    let adopted = connector.node.store.write("performance.adopt", move |tx| {
        Box::pin(async move {
            for agreement in xinyu_store::performance::unopened(tx, MOST).await? {
                if agreement.statement.is_none() && agreement.ended_at.is_none() {
                    begin(&this, tx, &agreement).await?;
                }
            }
            Ok::<_, Failure>(())
        })
    });
    adopted.await
}

/// Looks at one chain whose moment has come.
async fn look(connector: &Connector, tx: &mut Tx, id: &str, reporter: &str) -> Result<(), Failure> {
    let agreement = xinyu_store::agreement::lock(tx, id).await?;
    let chain = xinyu_store::performance::lock(tx, id, reporter).await?;
    let (Some(agreement), Some(chain)) = (agreement, chain) else { return Ok(()) };
    let (now, is_ours) = (tx.now(), connector.node.party().is_some_and(|me| me.as_str() == reporter));
    if chain.is_final {
        return Ok(xinyu_store::performance::save(tx, &chain, None).await?);
    }
    if is_ours {
        let (_, is_over) = facts(tx, &agreement, &chain).await?;
        if is_over || chain.due_at().is_some_and(|due| due <= now) {
            draw(connector, tx, &agreement, chain).await?;
        } else {
            xinyu_store::performance::save(tx, &chain, chain.due_at()).await?;
        }
        return Ok(());
    }
    if chain.overdue_at().is_some_and(|at| at > now) {
        return Ok(xinyu_store::performance::save(tx, &chain, chain.overdue_at()).await?);
    }
    let missed = chain.clone().miss(now);
    let (chain, is_new) = missed.map_or((chain, false), |(chain, _)| (chain, true));
    // Until it comes, there is nothing more to tell.
    xinyu_store::performance::save(tx, &chain, None).await?;
    if is_new {
        let detail = format!("{} #{}", chain.side.as_str(), chain.number.saturating_add(1));
        effect::apply(&connector.node, tx, vec![performance::alert("performance.overdue", &chain, &detail)]).await?;
    }
    Ok(())
}
