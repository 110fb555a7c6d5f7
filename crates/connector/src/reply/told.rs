//! Whoever was to be told of a use has acknowledged it, or refuses to hear: the duties that are about that are settled, and leave a record.
//! TC609-6-2025-15 §7.1.2.4 e, f, h. An outage is neither: the outbox tries again until there is an answer.

use xinyu_core::usage::Use;
use xinyu_core::usage::duty::{self, UseDuty};
use xinyu_core::usage::violation::Violation;
use xinyu_evidence::entry::Record;
use xinyu_protocol::tc609::usage::ExecutionFeedback;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Timestamp, Topic, Tx};

use crate::app::Connector;

/// The provider was told of a use.
pub(super) async fn taken(connector: &Connector, tx: &mut Tx, body: &[u8]) -> Result<(), Failure> {
    let feedback: ExecutionFeedback = super::read(body)?;
    let state = feedback.details.state;
    settle(connector, tx, &feedback.details.use_id, move |one, now| duty::settle_told(one, &state, true, now)).await
}

/// The provider refuses to hear of a use.
pub(super) async fn refused(connector: &Connector, tx: &mut Tx, body: &[u8]) -> Result<(), Failure> {
    let feedback: ExecutionFeedback = super::read(body)?;
    let state = feedback.details.state;
    settle(connector, tx, &feedback.details.use_id, move |one, now| duty::settle_told(one, &state, false, now)).await
}

/// The platform's log holds a record. That of the end of a use is the one that was to be sent.
pub(super) async fn recorded(connector: &Connector, tx: &mut Tx, record: &Record) -> Result<(), Failure> {
    match (record.kind.as_str(), &record.subject) {
        ("usage.done" | "usage.stopped" | "usage.failed", Some(use_id)) => {
            settle(connector, tx, use_id, duty::settle_recorded).await
        }
        _ => Ok(()),
    }
}

async fn settle(
    connector: &Connector,
    tx: &mut Tx,
    use_id: &str,
    by: impl FnOnce(&mut Use, Timestamp) -> Vec<UseDuty>,
) -> Result<(), Failure> {
    let Some(found) = xinyu_store::usage::find(tx, use_id).await? else { return Ok(()) };
    if found.duties.is_empty() && duty::awaited(&found).is_none() {
        return Ok(());
    }
    // In the order in which a use locks them.
    let Some(holding) = xinyu_store::holding::lock(tx, found.contract_id.as_str()).await? else { return Ok(()) };
    let Some(mut one) = xinyu_store::usage::lock(tx, use_id).await? else { return Ok(()) };
    let settled = by(&mut one, tx.now());
    xinyu_store::usage::save(tx, &one).await?;
    let mut effects = Vec::new();
    for duty in &settled {
        effects.push(duty.record(&holding, &one));
        if duty.state == duty::DutyState::Failed {
            effects.push(Violation::Duty.alert(holding.contract_id.as_str()));
        }
    }
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Usage);
    Ok(())
}
