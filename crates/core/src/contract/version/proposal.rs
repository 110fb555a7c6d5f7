//! A later version that is proposed by one side and answered by the other, as a connector keeps it. Pure.
//!
//! It goes the way of a proposed end (`termination::proposal`), by the same table: while it is proposed the contract goes on as it is; an agreement outweighs
//! a withdrawal that it crosses, since the proposer's signature was out; of two at once the one that the platform files first supersedes the other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::tc609::contract::{Contract, Filing, SignedContract};
use xinyu_protocol::tc609::version::{VersionAnswer, VersionKind, VersionLink, VersionProposal};

use crate::contract::signing;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
pub use crate::termination::proposal::State;
use crate::termination::proposal::{Event, Place};
use crate::termination::{REASON, must_be_said};

/// A proposed version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// Its proposer's key of it.
    pub version_id: String,
    /// The version, with the signatures so far.
    pub signed: SignedContract,
    /// What it is called by: the hash of what both sign.
    pub contract_hash: String,
    /// Whether we proposed it.
    pub is_ours: bool,
    /// The connector on the other side.
    pub peer: String,
    /// The space whose log tells of it.
    pub space_id: String,
    /// Where it stands.
    pub state: State,
    /// Why it was refused, withdrawn or superseded.
    pub note: Option<String>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

impl Pending {
    /// What it says of itself as a version; its check has ruled out that it says nothing.
    #[must_use]
    pub fn link(&self) -> VersionLink {
        self.signed.contract.expansion_item.version.clone().unwrap_or_else(|| VersionLink {
            number: 1,
            previous: String::new(),
            kind: VersionKind::Amendment,
            reason: String::new(),
            answer_by: self.proposed_at,
            renewed_by: None,
        })
    }

    /// Whether somebody still has to answer.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == State::Proposed && self.link().answer_by >= now
    }

    /// What our people may do with it.
    #[must_use]
    pub fn moves(&self, now: Timestamp) -> &'static [&'static str] {
        match (self.is_open(now), self.is_ours) {
            (true, true) => &["withdraw"],
            (true, false) => &["agree", "refuse"],
            (false, _) => &[],
        }
    }
}

/// We propose: the other party is told.
///
/// # Errors
/// If a message cannot be written.
pub fn propose(
    version_id: String,
    signed: SignedContract,
    place: Place<'_>,
    now: Timestamp,
) -> Result<(Pending, Vec<Effect>), Rejection> {
    let message = VersionProposal { version_id: version_id.clone(), contract: signed.clone() };
    let send = Outgoing::json(place.peer, stream(&version_id), "version", "/tc609/contractVersion", &message)?;
    let pending = kept(version_id, signed, place, true, now)?;
    let link = pending.link();
    let record = draft("contract.version_proposed", &pending)
        .fact("kind", link.kind.as_str())
        .fact("reason", link.reason)
        .fact("end", pending.signed.contract.indate.clone());
    Ok((pending, vec![Effect::Record(record), Effect::Send(send)]))
}

/// The other party proposes.
///
/// # Errors
/// If it has no canonical form.
pub fn receive(
    version_id: String,
    signed: SignedContract,
    place: Place<'_>,
    now: Timestamp,
) -> Result<Pending, Rejection> {
    kept(version_id, signed, place, false, now)
}

fn kept(
    version_id: String,
    signed: SignedContract,
    place: Place<'_>,
    is_ours: bool,
    now: Timestamp,
) -> Result<Pending, Rejection> {
    Ok(Pending {
        version_id,
        contract_hash: signing::hash(&signed.contract)?,
        signed,
        is_ours,
        peer: place.peer.to_owned(),
        space_id: place.space_id.to_owned(),
        state: State::Proposed,
        note: None,
        proposed_at: now,
        answered_at: None,
    })
}

/// We agree: with both signatures it goes to the platform, which files it and sends it down to both. Where the contract is sealed, the version before it goes
/// along, since the platform cannot read what it keeps.
///
/// # Errors
/// If it is ours, or the table does not lead there.
pub fn agree(
    pending: Pending,
    both: SignedContract,
    previous: &Contract,
    platform: &str,
    now: Timestamp,
) -> Result<(Pending, Vec<Effect>), Rejection> {
    must_be_answerable(&pending)?;
    let mut pending = moved(pending, Event::Agree)?;
    pending.answered_at = Some(now);
    pending.signed = both;
    let previous = previous.is_sealed().then(|| Box::new(previous.clone()));
    let filing = Filing { contract: pending.signed.clone(), rounds: Vec::new(), previous };
    let stream = stream(&pending.version_id);
    let send = Outgoing::json(platform, stream, FILING, "/tc609/contractRegistrate", &filing)?;
    let record = draft("contract.version_agreed", &pending);
    Ok((pending, vec![Effect::Record(record), Effect::Send(send)]))
}

/// The kind of message by which a version goes to the platform.
pub const FILING: &str = "version.filing";

/// That a proposal is the other side's and open: before it is signed.
///
/// # Errors
/// If it is not.
pub fn must_be_answerable(pending: &Pending) -> Result<(), Rejection> {
    let id = &pending.version_id;
    if pending.is_ours {
        return Err(Rejection::conflict(
            "own-proposal",
            format!("版本提案 {id} 是本方提出的，须由对方同意"),
            format!("the proposed version {id} is ours, the other party has to agree"),
        ));
    }
    moved(pending.clone(), Event::Agree).map(drop)
}

/// We refuse what they proposed, or withdraw what we did: the other party is told.
///
/// # Errors
/// If no reason is given for a refusal, or the table does not lead there.
pub fn decline(pending: Pending, reason: &str, now: Timestamp) -> Result<(Pending, Vec<Effect>), Rejection> {
    let (event, kind, answer) = if pending.is_ours {
        (Event::Withdraw, "contract.version_withdrawn", "withdrawn")
    } else {
        must_be_said(reason)?;
        (Event::Refuse, "contract.version_refused", "refused")
    };
    let mut pending = moved(pending, event)?;
    let reason: String = reason.chars().take(REASON).collect();
    pending.note = Some(reason.clone());
    pending.answered_at = Some(now);
    let message = VersionAnswer {
        version_id: pending.version_id.clone(),
        contract_id: pending.signed.contract.contract_id.clone(),
        answer: answer.to_owned(),
        reason: reason.clone(),
        at: now,
    };
    let stream = stream(&pending.version_id);
    let send = Outgoing::json(&pending.peer, stream, "version.answer", "/tc609/contractVersionAnswer", &message)?;
    let record = draft(kind, &pending).fact("reason", reason);
    Ok((pending, vec![Effect::Record(record), Effect::Send(send)]))
}

/// The other party refused what we proposed, or withdrew what it did. False: it came too late, the version is agreed.
///
/// # Errors
/// If the answer is none, or not theirs to give.
pub fn declined(pending: Pending, answer: &VersionAnswer) -> Result<(Pending, bool), Rejection> {
    let event = match (answer.answer.as_str(), pending.is_ours) {
        ("refused", true) => Event::Refuse,
        ("withdrawn", false) => Event::Withdraw,
        _ => return Err(unknown(&answer.version_id)),
    };
    match pending.state.after(event) {
        Some(state) => {
            let note = answer.reason.chars().take(REASON).collect();
            Ok((Pending { state, note: Some(note), answered_at: Some(answer.at), ..pending }, true))
        }
        None => Ok((pending, false)),
    }
}

/// A version was filed: this one, or another in its place. What is over already stays as it is.
#[must_use]
pub fn filed(pending: Pending, contract_hash: &str, note: &str) -> Pending {
    let event = if pending.contract_hash == contract_hash { Event::File } else { Event::Supersede };
    match pending.state.after(event) {
        Some(state) if event == Event::Supersede => Pending { state, note: Some(note.to_owned()), ..pending },
        Some(state) => Pending { state, note: None, ..pending },
        None => pending,
    }
}

fn moved(pending: Pending, event: Event) -> Result<Pending, Rejection> {
    match pending.state.after(event) {
        // Only the other side's words may cross: what its maker withdrew cannot be agreed to here.
        Some(state) if pending.state == State::Proposed => Ok(Pending { state, ..pending }),
        _ => {
            let (id, state) = (&pending.version_id, pending.state.as_str());
            Err(Rejection::conflict(
                "version-answered",
                format!("版本提案 {id} 已有结果（{state}），不能再答复"),
                format!("the proposed version {id} is {state} already"),
            )
            .clause("TC609-6-2025-14 §7.4 c"))
        }
    }
}

/// A proposal that is not there, or not for this caller.
#[must_use]
pub fn unknown(version_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-version",
        format!("没有版本提案 {version_id}"),
        format!("there is no proposed version {version_id}"),
    )
}

fn stream(version_id: &str) -> String {
    format!("version/{version_id}")
}

fn draft(kind: &'static str, pending: &Pending) -> Draft {
    let link = pending.link();
    Draft::new(kind, &pending.space_id)
        .contract(&pending.signed.contract.contract_id)
        .subject(pending.version_id.clone())
        .fact("version", link.number)
        .fact("digest", pending.contract_hash.clone())
        .fact("previous", link.previous)
}
