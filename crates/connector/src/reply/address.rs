//! Messages whose address was not known when they were written, and messages that the other side refused for good.

use serde_json::Value;
use xinyu_core::crossing::acknowledge;
use xinyu_core::effect::PEER_PID;
use xinyu_core::negotiation;
use xinyu_core::transfer;
use xinyu_shell::Failure;
use xinyu_shell::outbox::Refused;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// Our process id: messages of the Dataspace Protocol are named after it, what is told to data planes stands in a stream that is.
pub(super) fn pid_of(message: &OutboxMessage) -> String {
    let body: Value = serde_json::from_slice(&message.body).unwrap_or_default();
    let name = body.get("@id").and_then(Value::as_str).and_then(|name| name.rsplit_once('#'));
    let stream = || message.stream.split_once('/').map(|(_, pid)| pid);
    name.map(|(pid, _)| pid).or_else(stream).unwrap_or_default().to_owned()
}

/// Puts the peer's process id where it was not known yet.
pub(super) async fn complete(tx: &mut Tx, mut message: OutboxMessage) -> Result<OutboxMessage, Failure> {
    if !message.path.contains(PEER_PID) {
        return Ok(message);
    }
    let pid = pid_of(&message);
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

/// The other side has taken a move of ours.
pub(super) async fn taken(tx: &mut Tx, message: &OutboxMessage) -> Result<(), Failure> {
    let pid = pid_of(message);
    if message.kind.starts_with("dsp.negotiation")
        && let Some(mut negotiation) = xinyu_store::negotiation::lock(tx, &pid).await?
    {
        acknowledge(&mut negotiation.untaken);
        xinyu_store::negotiation::save(tx, &negotiation).await?;
    } else if message.kind.starts_with("dsp.transfer")
        && let Some(mut transfer) = xinyu_store::transfer::lock(tx, &pid).await?
    {
        acknowledge(&mut transfer.untaken);
        xinyu_store::transfer::save(tx, &transfer).await?;
    }
    Ok(())
}

/// Whether it no longer matters that the other side takes a move of ours: it crossed one of theirs, and both stand where they should.
pub(super) async fn is_moot(tx: &mut Tx, message: &OutboxMessage) -> Result<bool, Failure> {
    if opens(&message.kind) || !message.kind.starts_with("dsp.") {
        return Ok(false);
    }
    let pid = pid_of(message);
    Ok(if message.kind.starts_with("dsp.negotiation") {
        xinyu_store::negotiation::find(tx, &pid).await?.is_some_and(|one| one.untaken.is_empty())
    } else {
        xinyu_store::transfer::find(tx, &pid).await?.is_some_and(|one| one.untaken.is_empty())
    })
}

/// Whether a process begins with such a message.
fn opens(kind: &str) -> bool {
    matches!(kind, "dsp.negotiation.request" | "dsp.negotiation.offer" | "dsp.transfer.request")
}

/// The other side will never take it. What had not begun there is over here too; what had keeps its state, with the reason for people to see.
pub(super) async fn refused(connector: &Connector, tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    let (pid, kind) = (pid_of(&refused.message), refused.message.kind.as_str());
    let why: String = format!("对方拒绝 / refused: {}", refused.why).chars().take(256).collect();
    if kind.starts_with("dsp.negotiation") {
        let Some(mut negotiation) = xinyu_store::negotiation::lock(tx, &pid).await? else { return Ok(()) };
        if opens(kind) && !negotiation.state.is_final() {
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
        let has_not_begun = opens(kind) || (kind == "dps.prepare" && transfer.sent == 0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_our_process_whatever_stream_it_stands_in() {
        for (stream, body, expect) in [
            ("negotiation/urn:uuid:a", r#"{"@id":"urn:uuid:a#3"}"#, "urn:uuid:a"),
            ("usage/C1", r#"{"@id":"urn:xinyu:negotiation:edc:x#y#12"}"#, "urn:xinyu:negotiation:edc:x#y"),
            ("dataflow/urn:uuid:a", r#"{"messageId":"m"}"#, "urn:uuid:a"),
            ("dataflow/urn:uuid:a", "", "urn:uuid:a"),
        ] {
            let message = OutboxMessage::new(stream, "edc", "dsp.transfer.completion", "/", body.as_bytes().to_vec());
            assert_eq!(pid_of(&message), expect, "{stream} {body}");
        }
    }
}
