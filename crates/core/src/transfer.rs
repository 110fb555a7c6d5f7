//! Transfer processes. DSP 2025-1 §9; TC609-6-2025-01 §5.2.3 数据交付. Pure.

//!
//! Beside the protocol a transfer has a leg to its data plane: what the data plane is told and what it answers is `dataflow`'s business; here only the
//! order is kept, that a side moves when its data plane has.

mod message;
mod receiver;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_protocol::dsp::transfer as wire;
use xinyu_protocol::id::ContractId;

use crate::crossing::{Machine, Refusal, Standing};
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::negotiation::{Conduct, Side};

pub use message::{interrupted, record};
pub use receiver::{check_receiver, receiver_changes};

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

pub(crate) const MACHINE: Machine<State> = Machine { is_allowed, is_final: State::is_final, accomplished: Completed };

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Requested, Started, Suspended, Completed, Terminated];

    /// The state of a word on the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Completed | Terminated)
    }

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
    /// What it is over.
    #[serde(default)]
    pub product_id: String,
    /// How the data travels.
    #[serde(default = "pull")]
    pub format: String,
    /// Where to pull from, once started; where to push to, from the request on.
    pub address: Option<wire::DataAddress>,
    /// Why it ended or rests, if it does.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who decides on our side.
    #[serde(default)]
    pub conduct: Conduct,
    /// The data plane that moves the data, when it is not our own.
    #[serde(default)]
    pub data_plane: Option<String>,
    /// What that data plane calls the flow, when it does not call it by our process id.
    #[serde(default)]
    pub data_flow: Option<String>,
    /// How many messages we have sent, see [`crate::negotiation::Negotiation::sent`].
    #[serde(default)]
    pub sent: u32,
    /// How many moves were made, see [`crate::negotiation::Negotiation::steps`].
    #[serde(default)]
    pub steps: u32,
    /// What the other side has not taken of our moves, see [`crate::negotiation::Negotiation::untaken`].
    #[serde(default)]
    pub untaken: Vec<State>,
}

fn pull() -> String {
    wire::HTTP_PULL.to_owned()
}

/// What a side does.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Lets the data flow, from an address when it is pulled; also after a rest.
    Start(Option<wire::DataAddress>),
    /// Lets it rest.
    Suspend(String),
    /// The data has flowed: rows, bytes and digest as the mover saw them.
    Complete(Delivered),
    /// Ends it.
    Terminate(String),
}

impl Move {
    /// The state it leads to.
    #[must_use]
    pub fn target(&self) -> State {
        match self {
            Self::Start(_) => Started,
            Self::Suspend(_) => Suspended,
            Self::Complete(_) => Completed,
            Self::Terminate(_) => Terminated,
        }
    }
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

impl Delivered {
    /// As facts of a record.
    #[must_use]
    pub fn facts(&self, draft: Draft) -> Draft {
        draft.fact("rows", self.rows).fact("bytes", self.bytes).fact("digest", self.digest.clone())
    }
}

impl Transfer {
    /// Our own process id.
    #[must_use]
    pub fn pid(&self) -> &str {
        self.side.pid_of(&self.consumer_pid, self.provider_pid.as_deref()).unwrap_or_default()
    }

    /// The peer's process id, once it is known.
    #[must_use]
    pub fn peer_pid(&self) -> Option<&str> {
        self.side.other().pid_of(&self.consumer_pid, self.provider_pid.as_deref())
    }

    /// Whether the provider sends the data, rather than the consumer fetching it.
    #[must_use]
    pub fn is_push(&self) -> bool {
        self.format.to_ascii_lowercase().ends_with("push")
    }
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
pub fn open(mut transfer: Transfer, our_callback: &str) -> Result<(Transfer, Vec<Effect>), Rejection> {
    let effects = message::opening(&mut transfer, our_callback)?;
    Ok((transfer, effects))
}

/// The change of a transfer by a move of one side. A move of the other side that crossed one of ours may change nothing.
///
/// # Errors
/// A [`Rejection`] if the table does not allow the move; the state is unchanged.
pub fn step(mut next: Transfer, by: Side, action: Move) -> Result<(Transfer, Vec<Effect>), Rejection> {
    let target = action.target();
    let is_own = by == next.side;
    let ours = Standing { side: next.side, state: next.state, untaken: &mut next.untaken };
    match MACHINE.admit(ours, by, target) {
        Ok(true) => {}
        Ok(false) => return Ok((next, Vec::new())),
        Err(Refusal::NotAllowed) => return Err(illegal(next.state, by, target)),
        Err(Refusal::Outweighed) => return Err(outweighed(next.state, target)),
    }
    next.state = target;
    next.steps = next.steps.saturating_add(1);
    match &action {
        // After a rest an address is sent only when it is a new one.
        Move::Start(Some(address)) => next.address = Some(address.clone()),
        Move::Suspend(reason) | Move::Terminate(reason) => next.reason = Some(reason.clone()),
        Move::Complete(_) => next.reason = None,
        Move::Start(None) => {}
    }
    let effects = if is_own { message::effects(&mut next, &action)? } else { Vec::new() };
    Ok((next, effects))
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

/// Not a matter of what is allowed but of when: it may be tried again, and is moot once our move has arrived.
fn outweighed(state: State, to: State) -> Rejection {
    let (state, to) = (state.as_str(), to.as_str());
    Rejection::conflict(
        "too-late",
        format!("交付已为 {state}，变为 {to} 为时已晚"),
        format!("the transfer is {state}, it is too late for {to}"),
    )
    .clause("DSP 2025-1 §9.2")
}
