//! The clock of the metering periods at a connector: each is counted when it is over, the last when the contract is, and its data gone.

use xinyu_core::metering::book::Book;
use xinyu_core::negotiation::Side;
use xinyu_shell::{Failure, timer};
use xinyu_store::{Timestamp, Topic, Tx};

use super::count;
use crate::app::Connector;
use crate::performance::is_over;

/// How many are looked at in one turn.
const AT_ONCE: u32 = 50;

/// Counts until the node stops.
pub async fn run(connector: Connector) {
    timer::run(&connector.node, Topic::Contract, "metering periods", || turn(&connector)).await;
}

async fn turn(connector: &Connector) -> Result<Option<Timestamp>, Failure> {
    if connector.node.party().is_none() {
        return Ok(None);
    }
    loop {
        let due = connector.node.store.read("metering.due", |tx| {
            Box::pin(async move {
                let now = tx.now();
                let due = xinyu_store::metering::due(tx, now, AT_ONCE).await?;
                Ok::<_, Failure>((due, xinyu_store::metering::next_due(tx).await?))
            })
        });
        let (due, next) = due.await?;
        if due.is_empty() {
            return Ok(next);
        }
        for id in due {
            let this = connector.clone();
            let looked = connector
                .node
                .store
                .write("metering.look", move |tx| Box::pin(async move { look(&this, tx, &id).await }));
            looked.await?;
        }
    }
}

/// Looks at the book of one contract whose moment has come.
async fn look(connector: &Connector, tx: &mut Tx, id: &str) -> Result<(), Failure> {
    let agreement = xinyu_store::agreement::lock(tx, id).await?;
    let book = xinyu_store::metering::lock::<Book>(tx, id).await?;
    let (Some(agreement), Some(book)) = (agreement, book) else { return Ok(()) };
    let is_last = match book.side {
        Side::Consumer => is_over(tx, &agreement).await?,
        // What the consumer tells of its last uses comes before its last word, or before the settlement.
        Side::Provider => {
            let is_settled = agreement.statement.is_some() && is_over(tx, &agreement).await?;
            book.is_marked_final && book.marked <= book.next() || is_settled
        }
    };
    let is_open = !book.account.is_final || book.account.is_pending();
    let is_due = book.due_at().is_some_and(|at| at <= tx.now());
    if is_open && (is_last || is_due) {
        return count(connector, tx, &agreement, is_last).await;
    }
    Ok(xinyu_store::metering::save(tx, id, book.due_at(), &book).await?)
}
