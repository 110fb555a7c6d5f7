//! An early end that is proposed by one party and agreed, refused or withdrawn: each connector keeps its own view of it. TC609-6-2025-14 §7.6 a. Pure.
//!
//! While it is proposed the contract goes on. Messages may cross: an agreement outweighs a withdrawal, since the proposer's signature was out; two proposals
//! at once stand side by side, and whichever voucher the platform files first supersedes the other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::tc609::contract::Signature;
use xinyu_protocol::tc609::termination::{TerminationAnswer, TerminationNotice, TerminationProposal};

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::{must_be_said, voucher};

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Signed by one.
    Proposed,
    /// Signed by both; the platform has not said yet that the voucher is filed.
    Agreed,
    /// The other party does not want it.
    Refused,
    /// Its maker does not want it any more.
    Withdrawn,
    /// The contract ends otherwise, or the platform did not take it.
    Superseded,
    /// The platform filed its voucher.
    Filed,
}

/// What happens to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The party that did not make it signs too.
    Agree,
    /// That party says no.
    Refuse,
    /// Its maker takes it back.
    Withdraw,
    /// The platform filed it.
    File,
    /// The platform filed another end, or refused this one.
    Supersede,
}

use Event::{Agree, File, Refuse, Supersede, Withdraw};
use State::{Agreed, Filed, Proposed, Refused, Superseded, Withdrawn};

/// From which state which event leads where. An agreement that crosses the withdrawal stands.
pub const TRANSITIONS: &[(State, Event, State)] = &[
    (Proposed, Agree, Agreed),
    (Proposed, Refuse, Refused),
    (Proposed, Withdraw, Withdrawn),
    (Proposed, File, Filed),
    (Proposed, Supersede, Superseded),
    (Withdrawn, Agree, Agreed),
    (Withdrawn, File, Filed),
    (Agreed, File, Filed),
    (Agreed, Supersede, Superseded),
];

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [Proposed, Agreed, Refused, Withdrawn, Superseded, Filed];

    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Proposed => "proposed",
            Agreed => "agreed",
            Refused => "refused",
            Withdrawn => "withdrawn",
            Superseded => "superseded",
            Filed => "filed",
        }
    }

    /// Where an event leads, if anywhere.
    #[must_use]
    pub fn after(self, event: Event) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, by, _)| (*from, *by) == (self, event)).map(|(_, _, to)| *to)
    }
}

/// A proposal, as one side keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What is proposed.
    pub notice: TerminationNotice,
    /// Whether we made it.
    pub is_ours: bool,
    /// The connector on the other side.
    pub peer: String,
    /// The space whose log tells of it.
    pub space_id: String,
    /// Where it stands.
    pub state: State,
    /// The proposer's signature, and the other's once it is agreed.
    pub signatures: Vec<Signature>,
    /// Why it was refused, withdrawn or superseded.
    pub note: Option<String>,
    /// When it was agreed, refused or withdrawn.
    pub answered_at: Option<Timestamp>,
}

/// Where it is kept, and where its messages go.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The other connector.
    pub peer: &'a str,
    /// The space.
    pub space_id: &'a str,
    /// The platform.
    pub platform: &'a str,
}

/// We propose: the other party is told.
///
/// # Errors
/// If a message cannot be written.
pub fn propose(
    notice: TerminationNotice,
    signature: Signature,
    place: Place<'_>,
) -> Result<(Proposal, Vec<Effect>), Rejection> {
    let message = TerminationProposal { notice: notice.clone(), signature: signature.clone() };
    let send = Outgoing::json(
        place.peer,
        stream(&notice.termination_id),
        "termination",
        "/tc609/terminationProposal",
        &message,
    )?;
    let record = draft("contract.end_proposed", &notice, place.space_id);
    let record = record.fact("reason", notice.reason.clone()).fact("disposal", notice.disposal.as_str());
    let record = match notice.agreed_end_time {
        Some(end) => record.fact("end", end.to_string()),
        None => record,
    };
    Ok((kept(notice, signature, place, true), vec![Effect::Record(record), Effect::Send(send)]))
}

/// The other party proposes.
#[must_use]
pub fn receive(notice: TerminationNotice, signature: Signature, place: Place<'_>) -> Proposal {
    kept(notice, signature, place, false)
}

fn kept(notice: TerminationNotice, signature: Signature, place: Place<'_>, is_ours: bool) -> Proposal {
    Proposal {
        notice,
        is_ours,
        peer: place.peer.to_owned(),
        space_id: place.space_id.to_owned(),
        state: Proposed,
        signatures: vec![signature],
        note: None,
        answered_at: None,
    }
}

/// We agree: with both signatures it goes to the platform, and to the other party.
///
/// # Errors
/// If it is ours, or the table does not lead there.
pub fn agree(
    proposal: Proposal,
    signature: Signature,
    platform: &str,
    now: Timestamp,
) -> Result<(Proposal, Vec<Effect>), Rejection> {
    must_be_theirs(&proposal)?;
    let mut proposal = moved(proposal, Agree)?;
    proposal.signatures.push(signature);
    proposal.answered_at = Some(now);
    let message = voucher::request(&proposal.notice, now, proposal.signatures.clone());
    let id = proposal.notice.termination_id.clone();
    let tell = |to: &str| {
        Outgoing::json(to, format!("{}/{to}", stream(&id)), "termination.agreed", "/tc609/contractTerminate", &message)
    };
    let record = draft("contract.end_agreed", &proposal.notice, &proposal.space_id);
    let effects =
        vec![Effect::Record(record), Effect::Send(tell(platform)?), Effect::Send(tell(&proposal.peer.clone())?)];
    Ok((proposal, effects))
}

/// The other party has agreed to what we proposed.
///
/// # Errors
/// If it was not ours, or the table does not lead there.
pub fn agreed(proposal: Proposal, signatures: Vec<Signature>, at: Timestamp) -> Result<Proposal, Rejection> {
    if !proposal.is_ours {
        return Err(unknown(&proposal.notice.termination_id));
    }
    if matches!(proposal.state, Agreed | Filed) {
        return Ok(proposal);
    }
    let mut proposal = moved(proposal, Agree)?;
    proposal.signatures = signatures;
    proposal.answered_at = Some(at);
    proposal.note = None;
    Ok(proposal)
}

/// We refuse what they proposed, or withdraw what we did: the other party is told.
///
/// # Errors
/// If it is not ours to do so, no reason is given for a refusal, or the table does not lead there.
pub fn decline(proposal: Proposal, reason: &str, now: Timestamp) -> Result<(Proposal, Vec<Effect>), Rejection> {
    let (event, kind, answer) = if proposal.is_ours {
        (Withdraw, "contract.end_withdrawn", "withdrawn")
    } else {
        must_be_said(reason)?;
        (Refuse, "contract.end_refused", "refused")
    };
    let mut proposal = moved(proposal, event)?;
    let reason: String = reason.chars().take(super::REASON).collect();
    proposal.note = Some(reason.clone());
    proposal.answered_at = Some(now);
    let id = proposal.notice.termination_id.clone();
    let message = TerminationAnswer {
        termination_id: id.clone(),
        contract_id: proposal.notice.contract_id.clone(),
        answer: answer.to_owned(),
        reason: reason.clone(),
        at: now,
    };
    let record = draft(kind, &proposal.notice, &proposal.space_id).fact("reason", reason);
    let send = Outgoing::json(&proposal.peer, stream(&id), "termination.answer", "/tc609/terminationAnswer", &message)?;
    Ok((proposal, vec![Effect::Record(record), Effect::Send(send)]))
}

/// The other party refused what we proposed, or withdrew what it did. False: it came too late, the end is agreed.
///
/// # Errors
/// If the answer is none, or not theirs to give.
pub fn declined(proposal: Proposal, answer: &TerminationAnswer) -> Result<(Proposal, bool), Rejection> {
    let event = match (answer.answer.as_str(), proposal.is_ours) {
        ("refused", true) => Refuse,
        ("withdrawn", false) => Withdraw,
        _ => return Err(unknown(&answer.termination_id)),
    };
    match proposal.state.after(event) {
        Some(state) => {
            let reason = answer.reason.chars().take(super::REASON).collect();
            Ok((Proposal { state, note: Some(reason), answered_at: Some(answer.at), ..proposal }, true))
        }
        None => Ok((proposal, false)),
    }
}

/// The platform filed an end: this one, or another. What is over already stays as it is.
#[must_use]
pub fn filed(proposal: Proposal, termination_id: &str, note: &str) -> Proposal {
    let event = if proposal.notice.termination_id == termination_id { File } else { Supersede };
    match proposal.state.after(event) {
        Some(state) if event == Supersede => Proposal { state, note: Some(note.to_owned()), ..proposal },
        Some(state) => Proposal { state, ..proposal },
        None => proposal,
    }
}

fn moved(proposal: Proposal, event: Event) -> Result<Proposal, Rejection> {
    // Only the other side's words may cross: what our own people withdrew they cannot agree to.
    match proposal.state.after(event) {
        Some(state) if proposal.state != Withdrawn || proposal.is_ours => Ok(Proposal { state, ..proposal }),
        _ => {
            let (id, state) = (&proposal.notice.termination_id, proposal.state);
            let word = match state {
                Proposed => ("待答复", "is proposed"),
                Agreed => ("双方已同意", "is agreed"),
                Refused => ("已被拒绝", "was refused"),
                Withdrawn => ("已撤回", "was withdrawn"),
                Superseded => ("已被取代", "was superseded"),
                Filed => ("已备案生效", "is filed"),
            };
            Err(Rejection::conflict(
                "termination-answered",
                format!("终止提议 {id} {}", word.0),
                format!("the proposal {id} {} already", word.1),
            )
            .clause("TC609-6-2025-14 §7.6 a"))
        }
    }
}

fn must_be_theirs(proposal: &Proposal) -> Result<(), Rejection> {
    if !proposal.is_ours {
        return Ok(());
    }
    let id = &proposal.notice.termination_id;
    Err(Rejection::conflict(
        "own-proposal",
        format!("终止提议 {id} 是本方提出的，须由对方同意"),
        format!("the proposal {id} is ours, the other party has to agree"),
    ))
}

/// A proposal that is not there, or not for this caller.
#[must_use]
pub fn unknown(termination_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-termination",
        format!("没有终止提议 {termination_id}"),
        format!("there is no proposal {termination_id}"),
    )
}

fn stream(termination_id: &str) -> String {
    format!("termination/{termination_id}")
}

fn draft(kind: &'static str, notice: &TerminationNotice, space: &str) -> Draft {
    Draft::new(kind, space).contract(&notice.contract_id).subject(notice.termination_id.clone())
}
