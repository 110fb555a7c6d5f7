//! Data flows: what a data plane does for a transfer, as its control plane tells it. DPS 1.0-RC3 §4. Pure.
//!
//! One table makes the code, the diagram in the docs and the exhaustive test. A flow is named by its transfer process. What flows follows from the
//! agreement, which is asked for when data is served, never from the message that starts the flow.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_protocol::dps;
use xinyu_protocol::dsp::transfer::DataAddress;

use crate::effect::{Effect, Outgoing};
use crate::fault::Rejection;
use crate::negotiation::Side;

/// The eight states of DPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Known, nothing done.
    Initialized,
    /// Getting ready.
    Preparing,
    /// Ready.
    Prepared,
    /// About to flow.
    Starting,
    /// Flows.
    Started,
    /// Rests.
    Suspended,
    /// Has flowed.
    Completed,
    /// Ended early.
    Terminated,
}

use State::{Completed, Initialized, Prepared, Preparing, Started, Starting, Suspended, Terminated};

/// From which state to which. DPS 1.0-RC3 §4.2: only prepare and start may take their time; every state that is not final may be terminated.
pub const TRANSITIONS: &[(State, State)] = &[
    (Initialized, Preparing),
    (Initialized, Prepared),
    (Initialized, Starting),
    (Initialized, Started),
    (Initialized, Terminated),
    (Preparing, Prepared),
    (Preparing, Terminated),
    (Prepared, Starting),
    (Prepared, Started),
    (Prepared, Terminated),
    (Starting, Started),
    (Starting, Terminated),
    (Started, Suspended),
    (Started, Completed),
    (Started, Terminated),
    (Suspended, Starting),
    (Suspended, Started),
    (Suspended, Terminated),
];

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [Initialized, Preparing, Prepared, Starting, Started, Suspended, Completed, Terminated];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Initialized => "INITIALIZED",
            Preparing => "PREPARING",
            Prepared => "PREPARED",
            Starting => "STARTING",
            Started => "STARTED",
            Suspended => "SUSPENDED",
            Completed => "COMPLETED",
            Terminated => "TERMINATED",
        }
    }

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
}

/// Who holds the other end of the flow's signals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlPlane {
    /// Our own, in this process: it is called, in the transaction of the change.
    Own,
    /// Another one, by the name under which it is registered here.
    Other(String),
}

/// One flow, as the data plane keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFlow {
    /// The transfer process.
    pub flow_id: String,
    /// Whether we receive or send.
    pub side: Side,
    /// Where it stands.
    pub state: State,
    /// Who tells us.
    pub control_plane: ControlPlane,
    /// The other side of the transfer.
    pub counterparty: String,
    /// What is delivered follows from it.
    pub agreement_id: String,
    /// The dataset.
    pub dataset_id: String,
    /// How the data travels.
    pub profile: String,
    /// Where the data is, or is to be sent.
    pub address: Option<DataAddress>,
    /// Whether a person, or a program over the API, says when it is ready and when it is done.
    pub by_hand: bool,
    /// Digest of the token that opens our end, hexadecimal, when the token is ours.
    #[serde(default)]
    pub token_digest: Option<String>,
    /// Digest of the token that renews it.
    #[serde(default)]
    pub refresh_digest: Option<String>,
    /// Until when the token opens our end, seconds since 1970.
    #[serde(default)]
    pub token_expires: Option<i64>,
    /// Why it ended or rests.
    #[serde(default)]
    pub reason: Option<String>,
    /// How many signals we have sent.
    #[serde(default)]
    pub sent: u32,
}

impl DataFlow {
    /// Whether the provider sends the data, rather than the consumer fetching it.
    #[must_use]
    pub fn is_push(&self) -> bool {
        is_push(&self.profile)
    }

    /// Whether our data plane has to move it: as consumer what is pulled, as provider what is pushed, once it is started and it is known where.
    #[must_use]
    pub fn is_to_move(&self) -> bool {
        self.state == Started
            && !self.by_hand
            && self.address.is_some()
            && self.is_push() == (self.side == Side::Provider)
    }

    /// The flow's state as the data plane answers it, with the address that the other side needs.
    #[must_use]
    pub fn status(&self, message_id: String) -> dps::FlowStatus {
        let is_ours = match self.side {
            Side::Provider => !self.is_push(),
            Side::Consumer => self.is_push(),
        };
        dps::FlowStatus {
            message_id,
            data_flow_id: self.flow_id.clone(),
            state: self.state.as_str().to_owned(),
            data_address: self.address.clone().filter(|_| is_ours),
            error: self.reason.clone().filter(|_| self.state == Terminated),
        }
    }
}

/// Whether a profile is one in which the provider sends.
#[must_use]
pub fn is_push(profile: &str) -> bool {
    profile.to_ascii_lowercase().ends_with("push")
}

/// Whether a flow may go from a state to another.
#[must_use]
pub fn is_allowed(from: State, to: State) -> bool {
    TRANSITIONS.contains(&(from, to))
}

/// Moves a flow. Being there already changes nothing: a signal may come twice.
///
/// # Errors
/// A [`Rejection`] if the table does not lead there; the state is unchanged.
pub fn step(mut flow: DataFlow, to: State) -> Result<DataFlow, Rejection> {
    if flow.state == to {
        return Ok(flow);
    }
    if !is_allowed(flow.state, to) {
        return Err(Rejection::bad(
            "illegal-transition",
            format!("数据流不能从 {} 变为 {}", flow.state.as_str(), to.as_str()),
            format!("a data flow cannot go from {} to {}", flow.state.as_str(), to.as_str()),
        )
        .clause("DPS 1.0-RC3 §4.2"));
    }
    flow.state = to;
    Ok(flow)
}

/// What a data plane tells another control plane of a flow: `prepared`, `started`, `completed` or `errored`.
///
/// # Errors
/// If the message cannot be written.
pub fn tell(mut flow: DataFlow, what: &'static str) -> Result<(DataFlow, Vec<Effect>), Rejection> {
    let ControlPlane::Other(name) = &flow.control_plane else {
        return Ok((flow, Vec::new()));
    };
    let to = format!("{CONTROL_PLANE}{name}");
    flow.sent = flow.sent.saturating_add(1);
    let status = flow.status(format!("{}#{}", flow.flow_id, flow.sent));
    let path = format!("/transfers/{}/dataflow/{what}", flow.flow_id);
    let send = Outgoing::json(&to, format!("dataflow/{}", flow.flow_id), "dps.status", path, &status)?;
    Ok((flow, vec![Effect::Send(send)]))
}

/// Before the name of another control plane, as the destination of a message.
pub const CONTROL_PLANE: &str = "control-plane:";
/// Before the name of another data plane, as the destination of a message.
pub const DATA_PLANE: &str = "data-plane:";
