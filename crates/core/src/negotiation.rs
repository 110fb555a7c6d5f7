//! Contract negotiation. DSP 2025-1 §7; TC609-6-2025-14 §7.3 合约协商. Pure.
//!
//! One table of transitions makes the code, the diagram in the docs and the exhaustive test. Both sides run the same machine; a side's own moves leave
//! a message and a record, the peer's moves only change the state.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::SignedContract;

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

#[cfg(test)]
mod tests;

/// Which side of a process a party is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The data consumer.
    Consumer,
    /// The data provider.
    Provider,
}

/// The seven states of DSP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The consumer asked.
    Requested,
    /// The provider offered.
    Offered,
    /// The consumer accepted.
    Accepted,
    /// The provider agreed.
    Agreed,
    /// The consumer verified.
    Verified,
    /// The provider finalised: the agreement is in force.
    Finalized,
    /// Either side ended it.
    Terminated,
}

use Side::{Consumer, Provider};
use State::{Accepted, Agreed, Finalized, Offered, Requested, Terminated, Verified};

/// From which state which side may move to which state. DSP 2025-1 §7.2; termination from every state that is not final.
pub const TRANSITIONS: &[(Option<State>, Side, State)] = &[
    (None, Consumer, Requested),
    (None, Provider, Offered),
    (Some(Requested), Provider, Offered),
    (Some(Requested), Provider, Agreed),
    (Some(Requested), Consumer, Terminated),
    (Some(Requested), Provider, Terminated),
    (Some(Offered), Consumer, Requested),
    (Some(Offered), Consumer, Accepted),
    (Some(Offered), Consumer, Terminated),
    (Some(Offered), Provider, Terminated),
    (Some(Accepted), Provider, Agreed),
    (Some(Accepted), Consumer, Terminated),
    (Some(Accepted), Provider, Terminated),
    (Some(Agreed), Consumer, Verified),
    (Some(Agreed), Consumer, Terminated),
    (Some(Agreed), Provider, Terminated),
    (Some(Verified), Provider, Finalized),
    (Some(Verified), Consumer, Terminated),
    (Some(Verified), Provider, Terminated),
];

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [Requested, Offered, Accepted, Agreed, Verified, Finalized, Terminated];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Requested => "REQUESTED",
            Offered => "OFFERED",
            Accepted => "ACCEPTED",
            Agreed => "AGREED",
            Verified => "VERIFIED",
            Finalized => "FINALIZED",
            Terminated => "TERMINATED",
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Finalized | Terminated)
    }
}

/// One negotiation, as one side keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Negotiation {
    /// Our side.
    pub side: Side,
    /// Where it stands.
    pub state: State,
    /// The consumer's id.
    pub consumer_pid: String,
    /// The provider's id; the consumer learns it from the first answer.
    pub provider_pid: Option<String>,
    /// The connector on the other side.
    pub peer: String,
    /// Base URL to which the peer's messages go.
    pub callback: String,
    /// The space whose rules apply.
    pub space_id: String,
    /// What is negotiated over.
    pub product_id: String,
    /// The application both approved.
    pub application_id: String,
    /// One contract id through everything.
    pub contract_id: ContractId,
    /// The offer on the table.
    pub offer: Value,
    /// The contract, once agreed.
    pub contract: Option<SignedContract>,
    /// Why it ended, if it did.
    pub reason: Option<String>,
}

/// What a side does.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Asks for the offer.
    Request,
    /// Agrees, with the contract it signed.
    Agree(SignedContract),
    /// Verifies, with the contract that both signed.
    Verify(SignedContract),
    /// Finalises.
    Finalize,
    /// Ends it.
    Terminate(String),
}

impl Move {
    /// The state it leads to.
    #[must_use]
    pub fn target(&self) -> State {
        match self {
            Self::Request => Requested,
            Self::Agree(_) => Agreed,
            Self::Verify(_) => Verified,
            Self::Finalize => Finalized,
            Self::Terminate(_) => Terminated,
        }
    }
}

/// Whether a side may move from a state to another.
#[must_use]
pub fn is_allowed(from: Option<State>, by: Side, to: State) -> bool {
    TRANSITIONS.contains(&(from, by, to))
}

/// The change of a negotiation by a move of one side.
///
/// # Errors
/// A [`Rejection`] if the table does not allow the move; the state is unchanged.
pub fn step(negotiation: Negotiation, by: Side, action: Move) -> Result<(Negotiation, Vec<Effect>), Rejection> {
    let target = action.target();
    if !is_allowed(Some(negotiation.state), by, target) {
        return Err(illegal(negotiation.state, by, target));
    }
    let mut next = negotiation;
    next.state = target;
    match &action {
        Move::Agree(contract) | Move::Verify(contract) => next.contract = Some(contract.clone()),
        Move::Terminate(reason) => next.reason = Some(reason.clone()),
        Move::Request | Move::Finalize => {}
    }
    let effects = if by == next.side { own_move(&next, &action)? } else { Vec::new() };
    Ok((next, effects))
}

/// Opens a negotiation on the consumer's side.
///
/// # Errors
/// If the request cannot be written.
pub fn open(negotiation: Negotiation, our_callback: &str) -> Result<(Negotiation, Vec<Effect>), Rejection> {
    let message = wire::ContractRequestMessage::new(
        negotiation.consumer_pid.clone(),
        None,
        Some(our_callback.to_owned()),
        negotiation.offer.clone(),
        Some(negotiation.application_id.clone()),
    );
    let path = format!("{}/negotiations/request", negotiation.callback);
    let send = Outgoing::json(&negotiation.peer, stream(&negotiation), "dsp.negotiation.request", path, &message)?;
    let record = record(&negotiation, "negotiation.requested");
    Ok((negotiation, vec![Effect::Send(send), Effect::Record(record)]))
}

fn own_move(negotiation: &Negotiation, action: &Move) -> Result<Vec<Effect>, Rejection> {
    let (consumer_pid, provider_pid) =
        (negotiation.consumer_pid.clone(), negotiation.provider_pid.clone().unwrap_or_default());
    let base = &negotiation.callback;
    let peer_pid = match negotiation.side {
        Consumer => provider_pid.clone(),
        Provider => consumer_pid.clone(),
    };
    let send = |kind, path: String, body: Result<Vec<u8>, _>| -> Result<Effect, Rejection> {
        let body = body.map_err(|error: xinyu_protocol::json::JsonError| Rejection::unwritable(&error.to_string()))?;
        Ok(Effect::Send(Outgoing { to: negotiation.peer.clone(), stream: stream(negotiation), kind, path, body }))
    };
    let (kind, path, body, mut draft) = match action {
        Move::Request => {
            return Err(illegal(negotiation.state, negotiation.side, Requested));
        }
        Move::Agree(contract) => {
            let agreement = agreement(negotiation, contract);
            let message = wire::ContractAgreementMessage::new(
                provider_pid,
                consumer_pid.clone(),
                agreement,
                Some(contract.clone()),
            );
            let body = xinyu_protocol::json::canonical(&message);
            let draft = record(negotiation, "negotiation.agreed").fact("signed_by", "provider");
            ("dsp.negotiation.agreement", format!("{base}/negotiations/{peer_pid}/agreement"), body, draft)
        }
        Move::Verify(contract) => {
            let message = wire::ContractAgreementVerificationMessage::new(
                provider_pid.clone(),
                consumer_pid,
                Some(contract.clone()),
            );
            let body = xinyu_protocol::json::canonical(&message);
            let draft = record(negotiation, "negotiation.verified").fact("signed_by", "consumer");
            (
                "dsp.negotiation.verification",
                format!("{base}/negotiations/{peer_pid}/agreement/verification"),
                body,
                draft,
            )
        }
        Move::Finalize => {
            let message =
                wire::ContractNegotiationEventMessage::new(provider_pid, consumer_pid.clone(), "FINALIZED".to_owned());
            let body = xinyu_protocol::json::canonical(&message);
            (
                "dsp.negotiation.event",
                format!("{base}/negotiations/{peer_pid}/events"),
                body,
                record(negotiation, "negotiation.finalized"),
            )
        }
        Move::Terminate(reason) => {
            let message = wire::ContractNegotiationTerminationMessage::new(
                provider_pid.clone(),
                consumer_pid.clone(),
                Some("terminated".to_owned()),
                vec![Value::String(reason.clone())],
            );
            let body = xinyu_protocol::json::canonical(&message);
            let draft = record(negotiation, "negotiation.terminated").fact("reason", reason.clone());
            ("dsp.negotiation.termination", format!("{base}/negotiations/{peer_pid}/termination"), body, draft)
        }
    };
    draft = draft.fact("state", negotiation.state.as_str());
    Ok(vec![send(kind, path, body)?, Effect::Record(draft)])
}

/// The ODRL agreement of a contract: the offer with its parties and time.
fn agreement(negotiation: &Negotiation, contract: &SignedContract) -> Value {
    let mut agreement = negotiation.offer.clone();
    if let Value::Object(members) = &mut agreement {
        let terms = &contract.contract;
        let party = |party: Option<&xinyu_protocol::tc609::contract::Signatory>| {
            Value::String(party.map(|party| party.connector_id.as_str().to_owned()).unwrap_or_default())
        };
        members.insert("@type".to_owned(), Value::String("Agreement".to_owned()));
        members.insert("@id".to_owned(), Value::String(terms.expansion_item.agreement_id.clone()));
        members.insert("target".to_owned(), Value::String(negotiation.product_id.clone()));
        members.insert("assigner".to_owned(), party(terms.provider()));
        members.insert("assignee".to_owned(), party(terms.consumer()));
        members.remove("@context");
    }
    agreement
}

fn record(negotiation: &Negotiation, kind: &'static str) -> Draft {
    Draft::new(kind, &negotiation.space_id)
        .contract(&negotiation.contract_id)
        .subject(negotiation.consumer_pid.clone())
        .fact("product", negotiation.product_id.clone())
        .fact("state", negotiation.state.as_str())
}

fn stream(negotiation: &Negotiation) -> String {
    format!("negotiation/{}", negotiation.consumer_pid)
}

fn illegal(from: State, by: Side, to: State) -> Rejection {
    let (zh, en) = match by {
        Consumer => ("使用方", "consumer"),
        Provider => ("提供方", "provider"),
    };
    Rejection::bad(
        "illegal-transition",
        format!("{zh}不能将协商从 {} 变为 {}", from.as_str(), to.as_str()),
        format!("the {en} cannot move a negotiation from {} to {}", from.as_str(), to.as_str()),
    )
    .clause("DSP 2025-1 §7.2")
}
