//! What a side's own moves send and record.

use serde::Serialize;
use serde_json::Value;
use xinyu_protocol::dsp::transfer as wire;

use super::{Move, Transfer};
use crate::effect::{Draft, Effect, Outgoing, PEER_PID};
use crate::fault::Rejection;
use crate::negotiation::Side;

/// The consumer's request. When the data is pushed it says where to.
pub(super) fn opening(transfer: &mut Transfer, our_callback: &str) -> Result<Vec<Effect>, Rejection> {
    let message = wire::TransferRequestMessage::new(
        transfer.consumer_pid.clone(),
        transfer.agreement_id.clone(),
        transfer.format.clone(),
        our_callback.to_owned(),
        transfer.address.clone().filter(|_| transfer.is_push()),
    );
    let path = format!("{}/transfers/request", transfer.callback);
    let send = send(transfer, "dsp.transfer.request", path, &message)?;
    Ok(vec![send, Effect::Record(record(transfer, "transfer.requested"))])
}

/// What follows from a move of ours that was made.
pub(super) fn effects(transfer: &mut Transfer, action: &Move) -> Result<Vec<Effect>, Rejection> {
    let peer_pid = transfer.peer_pid().unwrap_or(PEER_PID).to_owned();
    let base = format!("{}/transfers/{peer_pid}", transfer.callback);
    let (consumer, provider) = match transfer.side {
        Side::Consumer => (transfer.consumer_pid.clone(), peer_pid),
        Side::Provider => (peer_pid, transfer.provider_pid.clone().unwrap_or_default()),
    };
    let why = |reason: &String| vec![Value::String(reason.clone())];
    let (message, draft) = match action {
        Move::Start(address) => {
            let message = wire::TransferStartMessage::new(provider, consumer, address.clone());
            let path = format!("{base}/start");
            (send(transfer, "dsp.transfer.start", path, &message)?, record(transfer, "transfer.started"))
        }
        Move::Suspend(reason) => {
            let code = Some("suspended".to_owned());
            let message = wire::TransferSuspensionMessage::new(provider, consumer, code, why(reason));
            let path = format!("{base}/suspension");
            let draft = record(transfer, "transfer.suspended").fact("reason", reason.clone());
            (send(transfer, "dsp.transfer.suspension", path, &message)?, draft)
        }
        Move::Complete(delivered) => {
            let message = wire::TransferCompletionMessage::new(provider, consumer);
            let path = format!("{base}/completion");
            let send = send(transfer, "dsp.transfer.completion", path, &message)?;
            (send, delivered.facts(record(transfer, "transfer.completed")))
        }
        Move::Terminate(reason) => {
            let code = Some("terminated".to_owned());
            let message = wire::TransferTerminationMessage::new(provider, consumer, code, why(reason));
            let path = format!("{base}/termination");
            let draft = record(transfer, "transfer.terminated").fact("reason", reason.clone());
            (send(transfer, "dsp.transfer.termination", path, &message)?, draft)
        }
    };
    Ok(vec![message, Effect::Record(draft)])
}

fn send<T: Serialize>(
    transfer: &mut Transfer,
    kind: &'static str,
    path: String,
    message: &T,
) -> Result<Effect, Rejection> {
    transfer.sent = transfer.sent.saturating_add(1);
    let name = format!("{}#{}", transfer.pid(), transfer.sent);
    Outgoing::named(&transfer.peer, stream(transfer), kind, path, &name, message).map(Effect::Send)
}

/// A record about a transfer.
#[must_use]
pub fn record(transfer: &Transfer, kind: &'static str) -> Draft {
    Draft::new(kind, &transfer.space_id)
        .contract(&transfer.contract_id)
        .subject(transfer.consumer_pid.clone())
        .fact("state", transfer.state.as_str())
}

/// A record of data that was broken off while it moved: the bytes that had moved, and what let no more of them.
#[must_use]
pub fn interrupted(transfer: &Transfer, bytes: u64, why: &Rejection) -> Draft {
    let draft = record(transfer, "transfer.interrupted").fact("bytes", bytes).fact("reason", why.code);
    match &why.clause {
        Some(clause) => draft.fact("clause", clause.clone()),
        None => draft,
    }
}

/// The provider's moves stay in the order of the transfer. The consumer's stand in one order with what it tells of its uses: the provider must know of the
/// delivery before it hears of uses and of the destruction, since it closes its account with that; and the completion must not overtake the moves before.
fn stream(transfer: &Transfer) -> String {
    match transfer.side {
        Side::Consumer => format!("usage/{}", transfer.contract_id),
        Side::Provider => format!("transfer/{}", transfer.pid()),
    }
}
