//! Participants and their connectors: registration, review, credential. TC609-6-2025-01 §5.2.2.2, §5.2.2.3; TC609-6-2025-12. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::participant::{CredentialIssue, Role, SpaceCard};

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Waits for the operator.
    Pending,
    /// Admitted.
    Approved,
    /// Not admitted.
    Refused,
    /// Admitted once, no longer.
    Revoked,
}

impl MemberState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
        }
    }
}

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
    /// When it registered.
    pub registered_at: Timestamp,
    /// When the operator decided.
    pub decided_at: Option<Timestamp>,
    /// Why, when refused or revoked.
    pub note: String,
}

/// Registers: one record in every space it asked for. The keys go into the log at once, so that a stranger finds them there.
#[must_use]
pub fn register(member: Member) -> (Member, Vec<Effect>) {
    let effects = member
        .spaces
        .iter()
        .map(|space| {
            Effect::Record(
                Draft::new("participant.registered", space)
                    .subject(member.connector_id.as_str())
                    .fact("participant", member.participant_id.as_str())
                    .fact("role", member.role.as_str()),
            )
        })
        .collect();
    (member, effects)
}

/// The operator admits: the credential is issued, the keys are written into the log of every space.
///
/// # Errors
/// If the member does not wait for a decision.
pub fn approve(
    member: Member,
    credential: String,
    spaces: Vec<SpaceCard>,
    now: Timestamp,
) -> Result<(Member, Vec<Effect>), Rejection> {
    let mut member = decide(member, MemberState::Approved, now)?;
    member.credential = Some(credential.clone());
    let mut effects = Vec::new();
    for space in &member.spaces {
        effects.push(Effect::Record(
            Draft::new("participant.key", space)
                .subject(member.connector_id.as_str())
                .fact("party", member.connector_id.as_str())
                .fact("participant", member.participant_id.as_str())
                .fact("role", member.role.as_str())
                .fact("keys", signing_keys(&member.keys)?),
        ));
    }
    let issue = CredentialIssue { connector_id: member.connector_id.clone(), credential, spaces };
    let party = member.connector_id.as_str();
    effects.push(Effect::Send(Outgoing::json(
        party,
        format!("party/{party}"),
        "credential",
        "/tc609/credential",
        &issue,
    )?));
    Ok((member, effects))
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

/// The operator does not admit.
///
/// # Errors
/// If the member does not wait for a decision.
pub fn refuse(member: Member, note: &str, now: Timestamp) -> Result<(Member, Vec<Effect>), Rejection> {
    let mut member = decide(member, MemberState::Refused, now)?;
    note.clone_into(&mut member.note);
    let effects = member
        .spaces
        .iter()
        .map(|space| {
            Effect::Record(
                Draft::new("participant.refused", space).subject(member.connector_id.as_str()).fact("note", note),
            )
        })
        .collect();
    Ok((member, effects))
}

fn decide(mut member: Member, state: MemberState, now: Timestamp) -> Result<Member, Rejection> {
    if member.state != MemberState::Pending {
        return Err(Rejection::conflict(
            "already-decided",
            format!("{}（{}）已有审核结论：{}", member.name, member.connector_id, member.state.as_str()),
            format!("{} ({}) is {} already", member.name, member.connector_id, member.state.as_str()),
        ));
    }
    member.state = state;
    member.decided_at = Some(now);
    Ok(member)
}
