//! Connectors of other makers as the operator, their owners and the console see them, in the list of all connectors.

use xinyu_core::connector::Happened;
use xinyu_core::heartbeat::Pulse;
use xinyu_core::heterogeneous::{Heterogeneous, adapt, capabilities};
use xinyu_core::participant::{Act, MemberState, target};
use xinyu_protocol::api::device::{ConnectorEvent, ConnectorInfo, ConnectorLife, HeterogeneousInfo};
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

use super::lacking;
use crate::app::Platform;
use crate::connector::trusted;

/// One line of the list; the pulse is looked up if it is not given.
///
/// # Errors
/// If the store fails.
pub async fn info(
    platform: &Platform,
    tx: &mut Tx,
    one: &Heterogeneous,
    pulse: Option<&Pulse>,
) -> Result<ConnectorInfo, Failure> {
    let id = one.connector_id.as_str();
    let found = if pulse.is_none() { xinyu_store::heartbeat::find(tx, id).await? } else { None };
    let pulse = pulse.or(found.as_ref());
    let issued = xinyu_store::issuance::of_holder(tx, &one.statement.did).await?;
    let mut credentials: Vec<String> = issued.iter().map(|issued| issued.kind.as_str().to_owned()).collect();
    credentials.sort();
    credentials.dedup();
    Ok(ConnectorInfo {
        connector_id: id.to_owned(),
        participant_id: one.participant_id.as_str().to_owned(),
        name: one.statement.device.name_or(&one.participant_name),
        membership: one.state.as_str().to_owned(),
        state: if one.state == MemberState::Departed { "deregistered" } else { "active" }.to_owned(),
        liveness: pulse.map_or("none", |pulse| pulse.liveness.as_str()).to_owned(),
        seen_at: pulse.map(|pulse| pulse.seen_at),
        started_at: pulse.map(|pulse| pulse.started_at),
        address: one.probed.endpoint.clone(),
        version: one.statement.device.connector_version.clone(),
        binary_digest: String::new(),
        device: one.statement.device.clone(),
        capabilities: capabilities(&one.statement),
        is_supplier_trusted: trusted(platform, &one.statement.device),
        lacking: lacking(tx, one).await?,
        attachments: 0,
        heterogeneous: Some(Box::new(HeterogeneousInfo {
            statement: one.statement.clone(),
            probed: one.probed.clone(),
            adaptation: adapt::plan(&one.statement),
            credentials,
            note: one.note.clone(),
            moves: moves(one),
        })),
    })
}

/// With its history, also after it left.
///
/// # Errors
/// If the store fails.
pub async fn life(platform: &Platform, tx: &mut Tx, one: &Heterogeneous, most: u32) -> Result<ConnectorLife, Failure> {
    let connector = info(platform, tx, one, None).await?;
    let history = xinyu_store::connector::history(tx, one.connector_id.as_str(), most).await?;
    let event = |(at, happened): (Timestamp, Happened)| ConnectorEvent { kind: happened.kind, at, text: happened.text };
    Ok(ConnectorLife { connector, history: history.into_iter().map(event).collect(), attachments: Vec::new() })
}

fn moves(one: &Heterogeneous) -> Vec<String> {
    let leads = |act| target(Some(one.state), act).is_some();
    [
        ("approve", leads(Act::Admit)),
        ("refuse", leads(Act::Refuse)),
        ("suspend", leads(Act::Suspend)),
        ("resume", leads(Act::Resume)),
        ("revoke", leads(Act::Revoke)),
        ("look", one.state != MemberState::Departed),
    ]
    .into_iter()
    .filter(|(_, can)| *can)
    .map(|(name, _)| name.to_owned())
    .collect()
}
