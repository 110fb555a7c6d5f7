//! Participants and their connectors: registration, review, admission, suspension, change, departure. TC609-6-2025-01 §5.2.2.2, §5.2.2.3;
//! TC609-6-2025-12; NDI-TR-2025-03 §8. Pure.
//!
//! A credential that stops being good is revoked for ever: whoever comes back, or changes, gets a new one. So a list of revoked credentials only grows,
//! and no order in which its copies arrive can make it forget.

pub mod standing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::catalog::audience::labels;
use xinyu_protocol::tc609::participant::{CredentialIssue, Role, SpaceCard};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::workday::Reminder;

pub use xinyu_protocol::tc609::participant::MemberState;

use MemberState::{Approved, Departed, Pending, Refused, Revoked, Suspended, Verified};

/// What happens to a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// It registers, or does so again.
    Register,
    /// The authorities confirm who it is.
    Verify,
    /// The operator admits it.
    Admit,
    /// The operator does not.
    Refuse,
    /// The operator bars it for a time.
    Suspend,
    /// The operator lets it in again.
    Resume,
    /// What it changed is approved.
    Change,
    /// The operator takes its admission back.
    Revoke,
    /// It leaves.
    Leave,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Register,
        Self::Verify,
        Self::Admit,
        Self::Refuse,
        Self::Suspend,
        Self::Resume,
        Self::Change,
        Self::Revoke,
        Self::Leave,
    ];

    /// In both languages.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Register => ("注册", "register"),
            Self::Verify => ("核验", "be verified"),
            Self::Admit => ("准入", "be admitted"),
            Self::Refuse => ("驳回", "be refused"),
            Self::Suspend => ("暂停", "be suspended"),
            Self::Resume => ("恢复", "be resumed"),
            Self::Change => ("变更", "be changed"),
            Self::Revoke => ("吊销", "be revoked"),
            Self::Leave => ("注销", "leave"),
        }
    }
}

/// From which state what leads to which state.
pub const TRANSITIONS: &[(Option<MemberState>, Act, MemberState)] = &[
    (None, Act::Register, Pending),
    (Some(Pending), Act::Register, Pending),
    (Some(Pending), Act::Verify, Verified),
    (Some(Pending), Act::Admit, Approved),
    (Some(Pending), Act::Refuse, Refused),
    (Some(Pending), Act::Leave, Departed),
    (Some(Verified), Act::Register, Pending),
    (Some(Verified), Act::Admit, Approved),
    (Some(Verified), Act::Refuse, Refused),
    (Some(Verified), Act::Leave, Departed),
    (Some(Refused), Act::Register, Pending),
    (Some(Approved), Act::Change, Approved),
    (Some(Approved), Act::Suspend, Suspended),
    (Some(Approved), Act::Revoke, Revoked),
    (Some(Approved), Act::Leave, Departed),
    (Some(Suspended), Act::Resume, Approved),
    (Some(Suspended), Act::Revoke, Revoked),
    (Some(Suspended), Act::Leave, Departed),
    (Some(Revoked), Act::Leave, Departed),
    (Some(Departed), Act::Register, Pending),
];

/// A participant with its connector, as the platform keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The connector's identifier, allocated at registration.
    pub connector_id: ConnectorId,
    /// The organisation.
    pub participant_id: ParticipantId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where the connector can be reached.
    pub address: String,
    /// The spaces it asked for.
    pub spaces: Vec<String>,
    /// The connector's public keys.
    pub keys: PublicKeys,
    /// Where it stands.
    pub state: MemberState,
    /// The credential in force.
    pub credential: Option<String>,
    /// Its id.
    #[serde(default)]
    pub credential_id: Option<Uuid>,
    /// When it registered.
    pub registered_at: Timestamp,
    /// When the operator decided.
    pub decided_at: Option<Timestamp>,
    /// Since when it stands there.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
    /// Counts the changes of its state.
    #[serde(default)]
    pub sequence: u64,
    /// Until when the operator has to decide, on the registration or on the change. TC609-6-2025-12.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// What was reminded of.
    #[serde(default)]
    pub reminded: Option<Reminder>,
    /// What it wants to change.
    #[serde(default)]
    pub change: Option<Change>,
    /// Why, when refused, suspended or revoked.
    pub note: String,
}

impl Member {
    /// What it has that a product may be for. NDI-TR-2025-06 §9.5.1.
    #[must_use]
    pub fn labels(&self) -> BTreeSet<String> {
        labels(self.role, &self.participant_id, &self.connector_id)
    }
}

/// What a member wants to be different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where the connector can be reached.
    pub address: String,
    /// The spaces.
    pub spaces: Vec<String>,
    /// The connector's public keys.
    pub keys: PublicKeys,
    /// Whether identity information changed too, which stands elsewhere.
    pub is_identity_changed: bool,
    /// When it asked.
    pub requested_at: Timestamp,
}

/// A credential that was just issued, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Its id.
    pub credential_id: Uuid,
    /// The credential.
    pub credential: String,
    /// The spaces.
    pub spaces: Vec<SpaceCard>,
}

/// What happens, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It registers (again), as the value says.
    Register,
    /// The authorities have confirmed it.
    Verify,
    /// It is admitted.
    Admit(Admission),
    /// It is not admitted, for a reason.
    Refuse(String),
    /// It is barred, for a reason.
    Suspend(String),
    /// It is let in again.
    Resume(Admission),
    /// It is now as it wanted to be.
    Change(Admission),
    /// It is barred for good, for a reason.
    Revoke(String),
    /// It leaves.
    Leave(String),
}

impl Step {
    /// What it is.
    #[must_use]
    pub fn act(&self) -> Act {
        match self {
            Self::Register => Act::Register,
            Self::Verify => Act::Verify,
            Self::Admit(_) => Act::Admit,
            Self::Refuse(_) => Act::Refuse,
            Self::Suspend(_) => Act::Suspend,
            Self::Resume(_) => Act::Resume,
            Self::Change(_) => Act::Change,
            Self::Revoke(_) => Act::Revoke,
            Self::Leave(_) => Act::Leave,
        }
    }
}

/// Where an act leads from a state, if it leads anywhere.
#[must_use]
pub fn target(from: Option<MemberState>, act: Act) -> Option<MemberState> {
    TRANSITIONS.iter().find(|(state, by, _)| *state == from && *by == act).map(|(_, _, to)| *to)
}

/// Registers for the first time: one record in every space it asked for.
#[must_use]
pub fn register(mut member: Member) -> (Member, Vec<Effect>) {
    member.state = Pending;
    member.sequence = 1;
    let effects = records(&member, "participant.registered", |draft| {
        draft.fact("participant", member.participant_id.as_str()).fact("role", member.role.as_str())
    });
    (member, effects)
}

/// One step. The keys go into the log when they are admitted or changed, so that a stranger finds them there.
///
/// # Errors
/// If the table does not lead anywhere from here, a reason is missing, or there is no change to approve.
pub fn step(mut member: Member, step: Step, now: Timestamp) -> Result<(Member, Vec<Effect>), Rejection> {
    let act = step.act();
    let to = target(Some(member.state), act).ok_or_else(|| impossible(&member, act))?;
    if let Step::Refuse(reason) | Step::Suspend(reason) | Step::Revoke(reason) = &step {
        must_have_reason(reason)?;
    }
    let had_keys = member.keys.clone();
    if act == Act::Change {
        let change = member.change.take().ok_or_else(|| no_change(&member))?;
        member.name = change.name;
        member.role = change.role;
        member.address = change.address;
        member.spaces = change.spaces;
        member.keys = change.keys;
    }
    member.state = to;
    member.sequence = member.sequence.saturating_add(1);
    member.changed_at = Some(now);
    if act != Act::Verify {
        member.due_at = None;
        member.reminded = None;
    }
    let mut effects = Vec::new();
    match step {
        Step::Register => {
            member.registered_at = now;
            member.decided_at = None;
            member.note.clear();
            effects = records(&member, "participant.registered", |draft| {
                draft.fact("participant", member.participant_id.as_str()).fact("role", member.role.as_str())
            });
        }
        Step::Verify => effects = records(&member, "participant.verified", |draft| draft),
        Step::Admit(admission) => {
            member.note.clear();
            member.decided_at = Some(now);
            effects = keys(&member)?;
            effects.extend(issue(&mut member, admission, "")?);
        }
        Step::Resume(admission) => {
            member.note.clear();
            effects = issue(&mut member, admission, "participant.resumed")?;
        }
        Step::Change(admission) => {
            member.decided_at = Some(now);
            if member.keys != had_keys {
                effects = keys(&member)?;
            }
            effects.extend(issue(&mut member, admission, "participant.changed")?);
        }
        Step::Refuse(reason) => {
            member.decided_at = Some(now);
            effects = ended(&mut member, "participant.refused", reason, "note");
        }
        Step::Suspend(reason) => effects = ended(&mut member, "participant.suspended", reason, "reason"),
        Step::Revoke(reason) => effects = ended(&mut member, "participant.revoked", reason, "reason"),
        Step::Leave(reason) => effects = ended(&mut member, "participant.departed", reason, "reason"),
    }
    Ok((member, effects))
}

/// A member wants to change: it stays what it is until the operator has approved. NDI-TR-2025-03 §8: re-verified, re-issued.
///
/// # Errors
/// If it is not admitted.
pub fn request_change(mut member: Member, change: Change) -> Result<(Member, Vec<Effect>), Rejection> {
    target(Some(member.state), Act::Change).ok_or_else(|| impossible(&member, Act::Change))?;
    member.change = Some(change);
    member.reminded = None;
    let effects = records(&member, "participant.change_requested", |draft| draft);
    Ok((member, effects))
}

/// The operator does not approve the change; the member stays what it is.
///
/// # Errors
/// If there is none, or no reason.
pub fn refuse_change(mut member: Member, reason: &str) -> Result<(Member, Vec<Effect>), Rejection> {
    must_have_reason(reason)?;
    member.change.take().ok_or_else(|| no_change(&member))?;
    member.due_at = None;
    member.reminded = None;
    let effects = records(&member, "participant.change_refused", |draft| draft.fact("note", reason));
    reason.clone_into(&mut member.note);
    Ok((member, effects))
}

/// A new credential in the place of one that could not be kept.
///
/// # Errors
/// If the message has no canonical form, which cannot be.
pub fn reissue(mut member: Member, admission: Admission) -> Result<(Member, Vec<Effect>), Rejection> {
    let effects = issue(&mut member, admission, "")?;
    Ok((member, effects))
}

/// Something that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// In both languages, naming the thing.
    pub text: Text,
}

/// That nothing is open which a departure would leave behind. NDI-TR-2025-03 §8: running business first, operators before their organisation.
///
/// # Errors
/// If something is, with the list of it.
pub fn must_be_closed(member: &Member, open: &[Open]) -> Result<(), Rejection> {
    if open.is_empty() {
        return Ok(());
    }
    let join =
        |pick: fn(&Text) -> &str, with: &str| open.iter().map(|one| pick(&one.text)).collect::<Vec<_>>().join(with);
    Err(Rejection::conflict(
        "business-open",
        format!("{} 尚有 {} 项业务未了结，不能注销", member.name, open.len()),
        format!("{} cannot leave, {} things are open", member.name, open.len()),
    )
    .clause("NDI-TR-2025-03 §8")
    .detail(Text::new(join(|text| &text.zh, "；"), join(|text| &text.en, "; ")))
    .next(Text::new("请先了结上述各项，再申请注销", "end these first, then leave")))
}

/// The keys with which a party signs, as a list of JWKs: what a log tells of it.
///
/// # Errors
/// If a key has no JSON form, which cannot be.
pub fn signing_keys(keys: &PublicKeys) -> Result<Value, Rejection> {
    Suite::ALL
        .iter()
        .map(|&suite| {
            serde_json::to_value(keys.signing(suite)).map_err(|error| Rejection::unwritable(&error.to_string()))
        })
        .collect()
}

fn keys(member: &Member) -> Result<Vec<Effect>, Rejection> {
    let keys = signing_keys(&member.keys)?;
    Ok(records(member, "participant.key", |draft| {
        draft
            .fact("party", member.connector_id.as_str())
            .fact("participant", member.participant_id.as_str())
            .fact("role", member.role.as_str())
            .fact("keys", keys.clone())
    }))
}

/// The new credential takes the place of the old one, and is sent.
fn issue(member: &mut Member, admission: Admission, kind: &'static str) -> Result<Vec<Effect>, Rejection> {
    let Admission { credential_id, credential, spaces } = admission;
    let mut effects = match kind {
        "" => Vec::new(),
        kind => records(member, kind, |draft| draft.fact("credential", credential_id.to_string())),
    };
    member.credential = Some(credential.clone());
    member.credential_id = Some(credential_id);
    let issue = CredentialIssue { connector_id: member.connector_id.clone(), credential, spaces };
    let party = member.connector_id.as_str();
    let stream = format!("party/{party}");
    effects.push(Effect::Send(Outgoing::json(party, stream, "credential", "/tc609/credential", &issue)?));
    Ok(effects)
}

/// Its credential is gone.
fn ended(member: &mut Member, kind: &'static str, reason: String, fact: &'static str) -> Vec<Effect> {
    let credential = member.credential_id.take();
    member.credential = None;
    member.change = None;
    let effects = records(member, kind, |draft| {
        let draft = draft.fact(fact, reason.as_str());
        match credential {
            Some(id) => draft.fact("credential", id.to_string()),
            None => draft,
        }
    });
    member.note = reason;
    effects
}

fn records(member: &Member, kind: &'static str, fill: impl Fn(Draft) -> Draft) -> Vec<Effect> {
    let draft = |space: &String| fill(Draft::new(kind, space).subject(member.connector_id.as_str()));
    member.spaces.iter().map(|space| Effect::Record(draft(space))).collect()
}

fn must_have_reason(reason: &str) -> Result<(), Rejection> {
    if !reason.trim().is_empty() {
        return Ok(());
    }
    Err(Rejection::bad(
        "reason-missing",
        "驳回、暂停或吊销须说明理由",
        "a refusal, suspension or revocation needs a reason",
    )
    .clause("TC609-6-2025-12")
    .next(Text::new("请填写理由", "say why")))
}

/// That an act leads nowhere from where a member stands.
#[must_use]
pub fn impossible(member: &Member, act: Act) -> Rejection {
    let (name, id, state) = (&member.name, &member.connector_id, member.state.as_str());
    let (zh, en) = act.words();
    let code = if matches!(act, Act::Admit | Act::Refuse) { "already-decided" } else { "illegal-transition" };
    Rejection::conflict(
        code,
        format!("{name}（{id}）当前状态为 {state}，不能{zh}"),
        format!("{name} ({id}) is {state} and cannot {en}"),
    )
    .clause("NDI-TR-2025-03 §8")
}

fn no_change(member: &Member) -> Rejection {
    Rejection::conflict(
        "no-change",
        format!("{}（{}）没有待审核的变更", member.name, member.connector_id),
        format!("{} ({}) has no change to decide on", member.name, member.connector_id),
    )
}
