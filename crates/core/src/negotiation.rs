//! Contract negotiation. DSP 2025-1 §7; TC609-6-2025-14 §7.3 合约协商. Pure.
//!
//! One table of transitions makes the code, the diagram in the docs and the exhaustive test. Both sides run the same machine; a side's own moves leave
//! a message and a record, the peer's moves only change the state. A partner leaves no evidence: how it ends a negotiation, we record in its stead.

mod conduct;
mod message;
mod round;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::negotiation::SignedProposal;

use crate::crossing::{Machine, Refusal, Standing};
use crate::effect::Effect;
use crate::fault::Rejection;

pub use conduct::{Conduct, Next, is_as_asked, next, same_rules};
pub use round::keep;

/// Which side of a process a party is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The data consumer.
    Consumer,
    /// The data provider.
    Provider,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Consumer => Provider,
            Provider => Consumer,
        }
    }

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Consumer => "consumer",
            Provider => "provider",
        }
    }

    /// Of a process's two ids, consumer's and provider's, the one of this side, once it is known.
    pub(crate) fn pid_of<'a>(self, consumer: &'a str, provider: Option<&'a str>) -> Option<&'a str> {
        match self {
            Consumer => Some(consumer),
            Provider => provider,
        }
        .filter(|pid| !pid.is_empty())
    }
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

pub(crate) const MACHINE: Machine<State> = Machine { is_allowed, is_final: State::is_final, accomplished: Finalized };

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

    /// The state of a word on the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
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
    /// The provider's id; who did not choose it learns it from the first answer or message.
    pub provider_pid: Option<String>,
    /// The connector on the other side: a member's identifier, or the name of a partner.
    pub peer: String,
    /// Base URL to which the peer's messages go.
    pub callback: String,
    /// The space whose rules apply.
    pub space_id: String,
    /// What is negotiated over.
    pub product_id: String,
    /// The application that platform and provider approved; none with a partner, whose protocol has no such thing.
    pub application_id: Option<String>,
    /// One contract id through everything.
    pub contract_id: ContractId,
    /// The offer on the table.
    pub offer: Value,
    /// What the consumer asked for last: an offer that says the same needs no second look.
    #[serde(default)]
    pub asked: Value,
    /// The terms on the table as their author signed them; none with a partner, who signs nothing.
    #[serde(default)]
    pub proposal: Option<Box<SignedProposal>>,
    /// What the consumer asked for last, likewise.
    #[serde(default)]
    pub asked_proposal: Option<Box<SignedProposal>>,
    /// The ODRL agreement, once agreed.
    #[serde(default)]
    pub agreement: Option<Value>,
    /// The digital contract, once agreed; none with a partner.
    pub contract: Option<SignedContract>,
    /// Why it ended, if it did.
    pub reason: Option<String>,
    /// Who decides on our side.
    #[serde(default)]
    pub conduct: Conduct,
    /// How many messages we have sent: each has a name of its own, so that the same move made twice is not taken for one message sent twice.
    #[serde(default)]
    pub sent: u32,
    /// How many moves were made, by either side: who looks now and then sees that it is not where it was, although the state is the same.
    #[serde(default)]
    pub steps: u32,
    /// How many moves were archived. See [`keep`].
    #[serde(default)]
    pub kept: u32,
    /// The states that our moves left and that the other side, which has not taken those moves, may still move from. See [`crate::crossing`].
    #[serde(default)]
    pub untaken: Vec<State>,
}

/// What is put on the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// As the Dataspace Protocol carries it.
    pub odrl: Value,
    /// The same terms with price and term, signed by their author; none with a partner.
    pub proposal: Option<Box<SignedProposal>>,
}

impl From<Value> for Offer {
    fn from(odrl: Value) -> Self {
        Self { odrl, proposal: None }
    }
}

/// What a side does.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Asks again, for terms of its own.
    Request(Offer),
    /// Offers.
    Offer(Offer),
    /// Accepts the offer.
    Accept,
    /// Agrees: the ODRL agreement, and the contract it signed.
    Agree(Value, Option<SignedContract>),
    /// Verifies, with the contract that both signed.
    Verify(Option<SignedContract>),
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
            Self::Request(_) => Requested,
            Self::Offer(_) => Offered,
            Self::Accept => Accepted,
            Self::Agree(..) => Agreed,
            Self::Verify(_) => Verified,
            Self::Finalize => Finalized,
            Self::Terminate(_) => Terminated,
        }
    }
}

impl Negotiation {
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

    /// What is on the table, as the move that put it there.
    #[must_use]
    pub fn table(&self) -> Move {
        let offer = Offer { odrl: self.offer.clone(), proposal: self.proposal.clone() };
        if self.state == Requested { Move::Request(offer) } else { Move::Offer(offer) }
    }

    /// The contract that both sides have signed and service parties have not, as far as this side knows.
    #[must_use]
    pub fn awaited(&self) -> Option<&SignedContract> {
        let signed = self.contract.as_ref().filter(|signed| signed.contract.has_service_parties());
        signed.filter(|_| self.state == Verified)
    }

    /// Whether the other side is another maker's connector, which neither signs nor files.
    #[must_use]
    pub fn is_with_partner(&self) -> bool {
        self.application_id.is_none()
    }
}

/// Whether a side may move from a state to another.
#[must_use]
pub fn is_allowed(from: Option<State>, by: Side, to: State) -> bool {
    TRANSITIONS.contains(&(from, by, to))
}

/// That a side may move a negotiation to a state now: asked before anything is done for the move, such as a signature.
///
/// # Errors
/// If the table does not allow it.
pub fn must_be_allowed(negotiation: &Negotiation, by: Side, to: State) -> Result<(), Rejection> {
    if is_allowed(Some(negotiation.state), by, to) { Ok(()) } else { Err(illegal(negotiation.state, by, to)) }
}

/// The change of a negotiation by a move of one side. A move of the other side that crossed one of ours may change nothing.
///
/// # Errors
/// A [`Rejection`] if the table does not allow the move; the state is unchanged.
pub fn step(mut next: Negotiation, by: Side, action: Move) -> Result<(Negotiation, Vec<Effect>), Rejection> {
    let target = action.target();
    let is_own = by == next.side;
    let ours = Standing { side: next.side, state: next.state, untaken: &mut next.untaken };
    match MACHINE.admit(ours, by, target) {
        Ok(true) => {}
        Ok(false) => return Ok((next, Vec::new())),
        Err(Refusal::NotAllowed) => return Err(illegal(next.state, by, target)),
        Err(Refusal::Outweighed) => return Err(outweighed(next.state, target)),
    }
    let before = document(&next.proposal);
    next.state = target;
    next.steps = next.steps.saturating_add(1);
    match &action {
        Move::Request(offer) => {
            next.offer = offer.odrl.clone();
            next.asked = offer.odrl.clone();
            next.proposal.clone_from(&offer.proposal);
            next.asked_proposal.clone_from(&offer.proposal);
        }
        Move::Offer(offer) => {
            next.offer = offer.odrl.clone();
            next.proposal.clone_from(&offer.proposal);
        }
        Move::Agree(agreement, contract) => {
            next.agreement = Some(agreement.clone());
            next.contract.clone_from(contract);
        }
        Move::Verify(contract) => next.contract.clone_from(contract),
        Move::Terminate(reason) => next.reason = Some(reason.clone()),
        // An end of ours that came too late is withdrawn.
        Move::Finalize => next.reason = None,
        Move::Accept => {}
    }
    let effects = if is_own {
        message::effects(&mut next, &action, before.as_deref())?
    } else {
        message::witnessed(&next, &action)
    };
    Ok((next, effects))
}

/// Opens a negotiation on our side: the consumer asks, the provider offers.
///
/// # Errors
/// If the message cannot be written.
pub fn open(mut negotiation: Negotiation, our_callback: &str) -> Result<(Negotiation, Vec<Effect>), Rejection> {
    let effects = message::opening(&mut negotiation, our_callback)?;
    Ok((negotiation, effects))
}

/// What there is to record of a move of a connector of another maker that reports nothing itself, beside what [`step`] does.
#[must_use]
pub fn told(negotiation: &Negotiation, action: &Move) -> Vec<Effect> {
    message::told(negotiation, action)
}

/// The digest of a proposal, as evidence names it.
fn document(proposal: &Option<Box<SignedProposal>>) -> Option<String> {
    proposal.as_ref().and_then(|signed| crate::contract::proposal::digest(&signed.proposal).ok())
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

/// Not a matter of what is allowed but of when: it may be tried again, and is moot once our move has arrived.
fn outweighed(state: State, to: State) -> Rejection {
    let (state, to) = (state.as_str(), to.as_str());
    Rejection::conflict(
        "too-late",
        format!("协商已为 {state}，变为 {to} 为时已晚"),
        format!("the negotiation is {state}, it is too late for {to}"),
    )
    .clause("DSP 2025-1 §7.2")
}
