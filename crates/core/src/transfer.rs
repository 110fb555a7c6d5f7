//! Transfer processes. DSP 2025-1 §9; TC609-6-2025-01 §5.2.3 数据交付. Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::dsp::transfer as wire;
use xinyu_protocol::id::ContractId;

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::negotiation::Side;

/// The five states of DSP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The consumer asked.
    Requested,
    /// Data may flow.
    Started,
    /// Paused.
    Suspended,
    /// Data has flowed.
    Completed,
    /// Either side ended it.
    Terminated,
}

use Side::{Consumer, Provider};
use State::{Completed, Requested, Started, Suspended, Terminated};

/// From which state which side may move to which state. DSP 2025-1 §9.2.
pub const TRANSITIONS: &[(Option<State>, Side, State)] = &[
    (None, Consumer, Requested),
    (Some(Requested), Provider, Started),
    (Some(Requested), Consumer, Terminated),
    (Some(Requested), Provider, Terminated),
    (Some(Started), Consumer, Completed),
    (Some(Started), Provider, Completed),
    (Some(Started), Consumer, Suspended),
    (Some(Started), Provider, Suspended),
    (Some(Started), Consumer, Terminated),
    (Some(Started), Provider, Terminated),
    (Some(Suspended), Consumer, Started),
    (Some(Suspended), Provider, Started),
    (Some(Suspended), Consumer, Terminated),
    (Some(Suspended), Provider, Terminated),
];

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Requested, Started, Suspended, Completed, Terminated];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Requested => "REQUESTED",
            Started => "STARTED",
            Suspended => "SUSPENDED",
            Completed => "COMPLETED",
            Terminated => "TERMINATED",
        }
    }
}

/// One transfer, as one side keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
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
    /// What is delivered follows from the contract alone.
    pub contract_id: ContractId,
    /// The ODRL agreement of the contract.
    pub agreement_id: String,
    /// Where to pull from, once started.
    pub address: Option<wire::DataAddress>,
}

/// What a side does.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Lets the data flow, from an address when it is pulled.
    Start(Option<wire::DataAddress>),
    /// The data has flowed: rows, bytes and digest as the mover saw them.
    Complete(Delivered),
    /// Ends it.
    Terminate(String),
}

/// What was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Rows in all tables.
    pub rows: u64,
    /// Bytes as they travelled, encrypted.
    pub bytes: u64,
    /// Digest of those bytes in the space's suite, hexadecimal.
    pub digest: String,
}

/// Whether a side may move from a state to another.
#[must_use]
pub fn is_allowed(from: Option<State>, by: Side, to: State) -> bool {
    TRANSITIONS.contains(&(from, by, to))
}

/// Opens a transfer on the consumer's side.
///
/// # Errors
/// If the request cannot be written.
pub fn open(transfer: Transfer, our_callback: &str) -> Result<(Transfer, Vec<Effect>), Rejection> {
    let message = wire::TransferRequestMessage::new(
        transfer.consumer_pid.clone(),
        transfer.agreement_id.clone(),
        "HttpData-PULL".to_owned(),
        our_callback.to_owned(),
    );
    let path = format!("{}/transfers/request", transfer.callback);
    let send = Outgoing::json(&transfer.peer, stream(&transfer), "dsp.transfer.request", path, &message)?;
    let draft = record(&transfer, "transfer.requested");
    Ok((transfer, vec![Effect::Send(send), Effect::Record(draft)]))
}

/// The change of a transfer by a move of one side.
///
/// # Errors
/// A [`Rejection`] if the table does not allow the move; the state is unchanged.
pub fn step(transfer: Transfer, by: Side, action: Move) -> Result<(Transfer, Vec<Effect>), Rejection> {
    let target = match &action {
        Move::Start(_) => Started,
        Move::Complete(_) => Completed,
        Move::Terminate(_) => Terminated,
    };
    if !is_allowed(Some(transfer.state), by, target) {
        return Err(illegal(transfer.state, by, target));
    }
    let mut next = transfer;
    next.state = target;
    if let Move::Start(address) = &action {
        next.address.clone_from(address);
    }
    let effects = if by == next.side { own_move(&next, &action)? } else { Vec::new() };
    Ok((next, effects))
}

fn own_move(transfer: &Transfer, action: &Move) -> Result<Vec<Effect>, Rejection> {
    let (consumer_pid, provider_pid) =
        (transfer.consumer_pid.clone(), transfer.provider_pid.clone().unwrap_or_default());
    let peer_pid = match transfer.side {
        Consumer => provider_pid.clone(),
        Provider => consumer_pid.clone(),
    };
    let base = format!("{}/transfers/{peer_pid}", transfer.callback);
    let to = &transfer.peer;
    let (send, draft) = match action {
        Move::Start(address) => {
            let message = wire::TransferStartMessage::new(provider_pid, consumer_pid, address.clone());
            (
                Outgoing::json(to, stream(transfer), "dsp.transfer.start", format!("{base}/start"), &message)?,
                record(transfer, "transfer.started"),
            )
        }
        Move::Complete(delivered) => {
            let message = wire::TransferCompletionMessage::new(provider_pid, consumer_pid);
            (
                Outgoing::json(
                    to,
                    usage_stream(transfer),
                    "dsp.transfer.completion",
                    format!("{base}/completion"),
                    &message,
                )?,
                delivered.facts(record(transfer, "transfer.completed")),
            )
        }
        Move::Terminate(reason) => {
            let message = wire::TransferTerminationMessage::new(
                provider_pid,
                consumer_pid,
                Some("terminated".to_owned()),
                vec![serde_json::Value::String(reason.clone())],
            );
            (
                Outgoing::json(
                    to,
                    stream(transfer),
                    "dsp.transfer.termination",
                    format!("{base}/termination"),
                    &message,
                )?,
                record(transfer, "transfer.terminated").fact("reason", reason.clone()),
            )
        }
    };
    Ok(vec![Effect::Send(send), Effect::Record(draft)])
}

impl Delivered {
    /// As facts of a record.
    #[must_use]
    pub fn facts(&self, draft: Draft) -> Draft {
        draft.fact("rows", self.rows).fact("bytes", self.bytes).fact("digest", self.digest.clone())
    }
}

/// A record about a transfer.
#[must_use]
pub fn record(transfer: &Transfer, kind: &'static str) -> Draft {
    Draft::new(kind, &transfer.space_id)
        .contract(&transfer.contract_id)
        .subject(transfer.consumer_pid.clone())
        .fact("state", transfer.state.as_str())
}

fn stream(transfer: &Transfer) -> String {
    format!("transfer/{}", transfer.consumer_pid)
}

/// The stream of what the consumer tells of its uses: the provider must know of the delivery before it hears of uses and of the destruction, since it
/// closes its account with that.
fn usage_stream(transfer: &Transfer) -> String {
    format!("usage/{}", transfer.contract_id)
}

fn illegal(from: State, by: Side, to: State) -> Rejection {
    let (zh, en) = match by {
        Consumer => ("使用方", "consumer"),
        Provider => ("提供方", "provider"),
    };
    Rejection::bad(
        "illegal-transition",
        format!("{zh}不能将交付从 {} 变为 {}", from.as_str(), to.as_str()),
        format!("the {en} cannot move a transfer from {} to {}", from.as_str(), to.as_str()),
    )
    .clause("DSP 2025-1 §9.2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dsp_2025_1_9_2_only_started_transfers_complete() {
        for from in State::ALL {
            assert_eq!(is_allowed(Some(from), Consumer, Completed), from == Started, "{from:?}");
        }
    }

    #[test]
    fn dsp_2025_1_9_2_final_states_are_final() {
        assert!(TRANSITIONS.iter().all(|(from, _, _)| !matches!(from, Some(Completed | Terminated))));
    }
}
