//! What a side's own moves send and record. Each message has a name (`@id`) that it keeps however often it is sent.

use serde::Serialize;
use serde_json::Value;
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::tc609::contract::SignedContract;

use super::{Move, Negotiation, Side};
use crate::effect::{Draft, Effect, Outgoing, PEER_PID};
use crate::fault::Rejection;

/// The first message: a request or an offer, with the address for the answers.
pub(super) fn opening(negotiation: &mut Negotiation, our_callback: &str) -> Result<Vec<Effect>, Rejection> {
    let base = negotiation.callback.clone();
    match negotiation.side {
        Side::Consumer => {
            let message = wire::ContractRequestMessage::new(
                negotiation.consumer_pid.clone(),
                None,
                Some(our_callback.to_owned()),
                negotiation.offer.clone(),
                negotiation.application_id.clone(),
                negotiation.proposal.as_deref().cloned(),
            );
            let path = format!("{base}/negotiations/request");
            let send = send(negotiation, "dsp.negotiation.request", path, &message)?;
            Ok(vec![send, Effect::Record(proposed(negotiation, "negotiation.requested", None))])
        }
        Side::Provider => {
            let message = wire::ContractOfferMessage::new(
                negotiation.provider_pid.clone().unwrap_or_default(),
                None,
                Some(our_callback.to_owned()),
                negotiation.offer.clone(),
                negotiation.proposal.as_deref().cloned(),
            );
            let path = format!("{base}/negotiations/offers");
            let send = send(negotiation, "dsp.negotiation.offer", path, &message)?;
            Ok(vec![send, Effect::Record(proposed(negotiation, "negotiation.offered", None))])
        }
    }
}

/// What follows from a move of ours that was made.
pub(super) fn effects(
    negotiation: &mut Negotiation,
    action: &Move,
    before: Option<&str>,
) -> Result<Vec<Effect>, Rejection> {
    let peer_pid = negotiation.peer_pid().unwrap_or(PEER_PID).to_owned();
    let base = format!("{}/negotiations/{peer_pid}", negotiation.callback);
    let (consumer, provider) = match negotiation.side {
        Side::Consumer => (negotiation.consumer_pid.clone(), peer_pid),
        Side::Provider => (peer_pid, negotiation.provider_pid.clone().unwrap_or_default()),
    };
    let (message, draft) = match action {
        Move::Request(offer) => {
            let (odrl, proposal) = (offer.odrl.clone(), offer.proposal.as_deref().cloned());
            let message = wire::ContractRequestMessage::new(consumer, Some(provider), None, odrl, None, proposal);
            let path = format!("{base}/request");
            (
                send(negotiation, "dsp.negotiation.counter", path, &message)?,
                proposed(negotiation, "negotiation.requested", before),
            )
        }
        Move::Offer(offer) => {
            let (odrl, proposal) = (offer.odrl.clone(), offer.proposal.as_deref().cloned());
            let message = wire::ContractOfferMessage::new(provider, Some(consumer), None, odrl, proposal);
            let path = format!("{base}/offers");
            (
                send(negotiation, "dsp.negotiation.offers", path, &message)?,
                proposed(negotiation, "negotiation.offered", before),
            )
        }
        Move::Accept => {
            let path = format!("{base}/events");
            let event = event(provider, consumer, wire::ACCEPTED);
            (send(negotiation, "dsp.negotiation.event", path, &event)?, record(negotiation, "negotiation.accepted"))
        }
        Move::Agree(agreement, contract) => {
            let message = wire::ContractAgreementMessage::new(provider, consumer, agreement.clone(), contract.clone());
            let path = format!("{base}/agreement");
            let draft = signed_by(record(negotiation, "negotiation.agreed"), contract.as_ref(), "provider");
            (send(negotiation, "dsp.negotiation.agreement", path, &message)?, draft)
        }
        Move::Verify(contract) => {
            let message = wire::ContractAgreementVerificationMessage::new(provider, consumer, contract.clone());
            let path = format!("{base}/agreement/verification");
            let mut draft = signed_by(record(negotiation, "negotiation.verified"), contract.as_ref(), "consumer");
            let services = contract.as_ref().map(|signed| signed.contract.expansion_item.service_parties.len());
            if let Some(services) = services.filter(|services| *services > 0) {
                draft = draft.fact("awaits", services);
            }
            (send(negotiation, "dsp.negotiation.verification", path, &message)?, draft)
        }
        Move::Finalize => {
            let path = format!("{base}/events");
            let event = event(provider, consumer, wire::FINALIZED);
            (send(negotiation, "dsp.negotiation.event", path, &event)?, record(negotiation, "negotiation.finalized"))
        }
        Move::Terminate(reason) => {
            let message = wire::ContractNegotiationTerminationMessage::new(
                provider,
                consumer,
                Some("terminated".to_owned()),
                vec![Value::String(reason.clone())],
            );
            let path = format!("{base}/termination");
            let draft = record(negotiation, "negotiation.terminated").fact("reason", reason.clone());
            (send(negotiation, "dsp.negotiation.termination", path, &message)?, draft)
        }
    };
    Ok(vec![message, Effect::Record(draft)])
}

/// How a partner ended a negotiation: it leaves no record of its own, and the platform follows contracts by records.
pub(super) fn witnessed(negotiation: &Negotiation, action: &Move) -> Vec<Effect> {
    let kind = match action {
        Move::Finalize => "negotiation.finalized",
        Move::Terminate(_) => "negotiation.terminated",
        _ => return Vec::new(),
    };
    if !negotiation.is_with_partner() {
        return Vec::new();
    }
    let mut draft = record(negotiation, kind).fact("told_by", negotiation.peer.clone());
    if let Move::Terminate(reason) = action {
        draft = draft.fact("reason", reason.clone());
    }
    vec![Effect::Record(draft)]
}

/// The other moves of a connector of another maker that our platform has registered: we record both sides.
pub(super) fn told(negotiation: &Negotiation, action: &Move) -> Vec<Effect> {
    let kind = match action {
        Move::Request(_) => "negotiation.requested",
        Move::Offer(_) => "negotiation.offered",
        Move::Accept => "negotiation.accepted",
        Move::Agree(..) => "negotiation.agreed",
        Move::Verify(_) => "negotiation.verified",
        Move::Finalize | Move::Terminate(_) => return Vec::new(),
    };
    let mut draft = record(negotiation, kind).fact("told_by", negotiation.peer.clone());
    if matches!(action, Move::Agree(..) | Move::Verify(_)) {
        draft = draft.fact("signed_by", "nobody");
    }
    vec![Effect::Record(draft)]
}

fn event(provider: String, consumer: String, event: &str) -> wire::ContractNegotiationEventMessage {
    wire::ContractNegotiationEventMessage::new(provider, consumer, event.to_owned())
}

fn signed_by(draft: Draft, contract: Option<&SignedContract>, side: &'static str) -> Draft {
    if contract.is_some() { draft.fact("signed_by", side) } else { draft.fact("signed_by", "nobody") }
}

fn send<T: Serialize>(
    negotiation: &mut Negotiation,
    kind: &'static str,
    path: String,
    message: &T,
) -> Result<Effect, Rejection> {
    negotiation.sent = negotiation.sent.saturating_add(1);
    let name = format!("{}#{}", negotiation.pid(), negotiation.sent);
    let stream = format!("negotiation/{}", negotiation.pid());
    Outgoing::named(&negotiation.peer, stream, kind, path, &name, message).map(Effect::Send)
}

/// A round: which one, the digest of what is proposed, and of what was on the table before. TC609-6-2025-15 §7.1.3 a.
fn proposed(negotiation: &Negotiation, kind: &'static str, before: Option<&str>) -> Draft {
    let mut draft = record(negotiation, kind);
    if let Some(signed) = &negotiation.proposal {
        draft = draft.fact("round", signed.proposal.round);
    }
    if let Some(digest) = super::document(&negotiation.proposal) {
        draft = draft.fact("document", digest);
    }
    if let Some(before) = before {
        draft = draft.fact("before", before.to_owned());
    }
    draft
}

fn record(negotiation: &Negotiation, kind: &'static str) -> Draft {
    Draft::new(kind, &negotiation.space_id)
        .contract(&negotiation.contract_id)
        .subject(if negotiation.consumer_pid.is_empty() { negotiation.pid() } else { &negotiation.consumer_pid })
        .fact("product", negotiation.product_id.clone())
        .fact("state", negotiation.state.as_str())
}
