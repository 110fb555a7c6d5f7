//! Where a party stands, as others are told of it and keep it: who is barred, and why. NDI-TR-2025-03 §8. Pure.

use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::participant::{MemberState, Standing, StatusNotice};

use super::Member;
use crate::effect::{Effect, Outgoing};
use crate::fault::Rejection;

/// A member's standing, as others are told.
#[must_use]
pub fn of(member: &Member) -> Standing {
    Standing {
        connector_id: member.connector_id.clone(),
        did: None,
        state: member.state,
        sequence: member.sequence,
        reason: if member.state.is_admitted() { String::new() } else { member.note.clone() },
        changed_at: member.changed_at.unwrap_or(member.registered_at),
        card: None,
    }
}

/// Tells connectors, each on a stream of its own, so that nothing waits in front of it. `key` names the change.
///
/// # Errors
/// If the notice has no canonical form, which cannot be.
pub fn announce(to: &[ConnectorId], key: &str, notice: &StatusNotice) -> Result<Vec<Effect>, Rejection> {
    let send = |connector: &ConnectorId| {
        let party = connector.as_str();
        let stream = format!("status/{key}/{party}");
        Outgoing::json(party, stream, "status", "/tc609/participantStatus", notice).map(Effect::Send)
    };
    to.iter().map(send).collect()
}

/// Why a party is barred, if it is.
#[must_use]
pub fn bar(standing: &Standing) -> Option<Rejection> {
    let (code, zh, en) = match standing.state {
        MemberState::Approved => return None,
        MemberState::Suspended => ("party-suspended", "已被暂停", "is suspended"),
        MemberState::Revoked => ("party-revoked", "的准入已被吊销", "is revoked"),
        MemberState::Departed => ("party-departed", "已注销", "has left"),
        MemberState::Pending | MemberState::Verified | MemberState::Refused => {
            ("party-not-admitted", "未获准接入", "is not admitted")
        }
    };
    let id = &standing.connector_id;
    let because = |sign: &str| match standing.reason.as_str() {
        "" => String::new(),
        reason => format!("{sign}{reason}"),
    };
    let text = (format!("{id} {zh}{}", because("：")), format!("{id} {en}{}", because(": ")));
    Some(Rejection::forbidden(code, text.0, text.1).clause("NDI-TR-2025-03 §8"))
}
