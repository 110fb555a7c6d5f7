//! Messages whose address was not known when they were written, and messages that the other side refused for good.

use xinyu_core::effect::PEER_PID;
use xinyu_core::negotiation;
use xinyu_core::transfer;
use xinyu_shell::Failure;
use xinyu_shell::outbox::Refused;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// Our process id: streams are named after it.
pub(super) fn pid_of(message: &OutboxMessage) -> &str {
    message.stream.split_once('/').map_or("", |(_, pid)| pid)
}

/// Puts the peer's process id where it was not known yet.
pub(super) async fn complete(tx: &mut Tx, mut message: OutboxMessage) -> Result<OutboxMessage, Failure> {
    if !message.path.contains(PEER_PID) {
        return Ok(message);
    }
    let pid = pid_of(&message).to_owned();
    let known = if message.kind.starts_with("dsp.negotiation") {
        let found = xinyu_store::negotiation::find(tx, &pid).await?;
        found.and_then(|one| one.peer_pid().map(str::to_owned))
    } else {
        let found = xinyu_store::transfer::find(tx, &pid).await?;
        found.and_then(|one| one.peer_pid().map(str::to_owned))
    };
    if let Some(peer_pid) = known {
        message.path = message.path.replace(PEER_PID, &peer_pid);
        let body = String::from_utf8_lossy(&message.body).replace(PEER_PID, &peer_pid);
        message.body = body.into_bytes();
    }
    Ok(message)
}

/// The other side will never take it. What had not begun there is over here too; what had keeps its state, with the reason for people to see.
pub(super) async fn refused(connector: &Connector, tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    let (pid, kind) = (pid_of(&refused.message).to_owned(), refused.message.kind.as_str());
    let why: String = format!("对方拒绝 / refused: {}", refused.why).chars().take(256).collect();
    if kind.starts_with("dsp.negotiation") {
        let Some(mut negotiation) = xinyu_store::negotiation::lock(tx, &pid).await? else { return Ok(()) };
        if matches!(kind, "dsp.negotiation.request" | "dsp.negotiation.offer") && !negotiation.state.is_final() {
            negotiation.state = negotiation::State::Terminated;
        }
        // Some refuse what they have had already: what is final needs no reason.
        if negotiation.state != negotiation::State::Finalized {
            negotiation.reason.get_or_insert(why);
        }
        xinyu_store::negotiation::save(tx, &negotiation).await?;
        tx.signal(Topic::Negotiation);
    } else if kind.starts_with("dsp.transfer") || matches!(kind, "dps.prepare" | "dps.start") {
        let Some(mut transfer) = xinyu_store::transfer::lock(tx, &pid).await? else { return Ok(()) };
        let has_not_begun = kind == "dsp.transfer.request" || (kind == "dps.prepare" && transfer.sent == 0);
        if has_not_begun && !transfer.state.is_final() {
            transfer.state = transfer::State::Terminated;
            transfer.reason = Some(why);
            let verb = crate::dataflow::Verb::Terminate;
            crate::signal::tell(connector, tx, &transfer, verb, None).await?;
        } else {
            transfer.reason.get_or_insert(why);
        }
        xinyu_store::transfer::save(tx, &transfer).await?;
        tx.signal(Topic::Transfer);
    }
    Ok(())
}
