//! Connectors as devices: declaration at every start, address report with proof of possession, documents, deregistration, and what the operator sees.
//! NDI-TR-2025-03 §7.2; NDI-TR-2025-05 §6.2.6, §8; TC609-6-2025-16 6.2.

pub mod address;
pub mod attachment;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::certificate::{self, CertificateState};
use xinyu_core::connector::{self, Connector, Happened};
use xinyu_core::fault::Rejection;
use xinyu_core::heartbeat::{self, Pulse};
use xinyu_core::participant::{Act, Member};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::device::{ConnectorEvent, ConnectorInfo, ConnectorLife, Deregistration};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::connector::{Capabilities, Declaration, DeclarationAnswer, Device, Lacking};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Timestamp, Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::participant::standing;
use crate::{certificate as certificates, heterogeneous, ndi};

/// The newest events that a history shows.
const MOST: u32 = 200;

/// Registers the device of a member that is new, with the transaction of its registration.
pub(crate) async fn register(
    tx: &mut Tx,
    member: &Member,
    device: Device,
    capabilities: Capabilities,
) -> Result<(), Failure> {
    let id = member.connector_id.as_str();
    let connector = Connector::register(id, device, capabilities, tx.now())?;
    xinyu_store::connector::save(tx, &connector).await?;
    let happened =
        Happened::new("connector.registered", "提交注册，分配标识", "registered, its identifier was allocated");
    Ok(xinyu_store::connector::note(tx, id, &happened).await?)
}

/// What a reviewer has to see before a member is admitted. TC609-6-2025-16 6.2 d.
///
/// # Errors
/// If it cannot be admitted, or not without a reason.
pub(crate) async fn review(platform: &Platform, tx: &mut Tx, member: &Member, note: &str) -> Result<(), Failure> {
    let found = find_or_default(tx, member).await?;
    let lacking = lacking(tx, &found, &member.spaces).await?;
    Ok(connector::review(&lacking, trusted(platform, &found.device), note)?)
}

/// A connector as it is kept; one that registered before devices were kept has said nothing of itself.
pub(crate) async fn find_or_default(tx: &mut Tx, member: &Member) -> Result<Connector, Failure> {
    let id = member.connector_id.as_str();
    match xinyu_store::connector::lock(tx, id).await? {
        Some(found) => Ok(found),
        None => Ok(Connector::register(id, Device::default(), Capabilities::default(), member.registered_at)?),
    }
}

/// What a space's rules ask of it and it lacks.
///
/// # Errors
/// If the store fails.
pub(crate) async fn lacking(tx: &mut Tx, connector: &Connector, spaces: &[String]) -> Result<Vec<Lacking>, Failure> {
    let all = xinyu_store::space::list(tx).await?;
    let wanted = all.iter().filter(|space| spaces.contains(&space.space_id));
    let wanted = wanted.map(|space| (space.space_id.as_str(), space.requires.as_slice()));
    Ok(connector::lacking(&connector.capabilities, wanted))
}

pub(crate) fn trusted(platform: &Platform, device: &Device) -> Option<bool> {
    let list = &platform.options.trusted_suppliers;
    (!list.is_empty()).then(|| list.contains(&device.supplier_code))
}

/// `POST /tc609/connectorDeclaration`, by a connector at every start.
///
/// # Errors
/// If it is not admitted, or what it says is not in order.
pub async fn declare(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let declared: Declaration = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "connector.declare", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let before = find_or_default(tx, &me).await?;
            let (after, happened, effects) = connector::declare(before.clone(), &declared, &me.spaces, tx.now())?;
            xinyu_store::connector::save(tx, &after).await?;
            for one in &happened {
                xinyu_store::connector::note(tx, by.as_str(), one).await?;
            }
            let lacking = lacking(tx, &after, &me.spaces).await?;
            if before.device != after.device || before.version.is_empty() {
                ndi::report::connector(&this, tx, &me).await?;
            }
            effect::apply(&this.node, tx, effects).await?;
            if !happened.is_empty() {
                tx.signal(Topic::Participant);
            }
            Answer::json(200, &DeclarationAnswer { lacking })
        })
    })
    .await
}

/// `GET /api/v1/connectors`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<ConnectorInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("connector.list", |tx| {
        Box::pin(async move {
            let members = xinyu_store::member::list(tx).await?;
            let kept = xinyu_store::connector::list(tx).await?;
            let kept: BTreeMap<String, Connector> =
                kept.into_iter().map(|one| (one.connector_id.clone(), one)).collect();
            let pulses = xinyu_store::heartbeat::list(tx).await?;
            let pulses: BTreeMap<String, Pulse> =
                pulses.into_iter().map(|one| (one.connector_id.clone(), one)).collect();
            let mut items = Vec::new();
            for member in &members {
                let id = member.connector_id.as_str();
                items.push(info(&this, tx, member, kept.get(id), pulses.get(id)).await?);
            }
            for one in &xinyu_store::heterogeneous::list(tx).await? {
                items.push(heterogeneous::info::info(&this, tx, one, pulses.get(one.connector_id.as_str())).await?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

async fn info(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    kept: Option<&Connector>,
    pulse: Option<&Pulse>,
) -> Result<ConnectorInfo, Failure> {
    let id = member.connector_id.as_str();
    let kept = match kept {
        Some(kept) => kept.clone(),
        None => Connector::register(id, Device::default(), Capabilities::default(), member.registered_at)?,
    };
    let of_pulse = |read: fn(&Pulse) -> &String, other: &String| pulse.map_or(other, read).clone();
    Ok(ConnectorInfo {
        connector_id: id.to_owned(),
        participant_id: member.participant_id.as_str().to_owned(),
        name: kept.device.name_or(&member.name),
        membership: member.state.as_str().to_owned(),
        state: kept.state.as_str().to_owned(),
        liveness: pulse.map_or("none", |pulse| pulse.liveness.as_str()).to_owned(),
        seen_at: pulse.map(|pulse| pulse.seen_at),
        started_at: pulse.map(|pulse| pulse.started_at),
        address: member.address.clone(),
        version: of_pulse(|pulse| &pulse.version, &kept.version),
        binary_digest: of_pulse(|pulse| &pulse.binary_digest, &kept.binary_digest),
        is_supplier_trusted: trusted(platform, &kept.device),
        lacking: lacking(tx, &kept, &member.spaces).await?,
        attachments: u64::try_from(xinyu_store::connector::attachments(tx, id).await?.len()).unwrap_or(u64::MAX),
        device: kept.device,
        capabilities: kept.capabilities,
        heterogeneous: None,
    })
}

/// `GET /api/v1/connectors/{id}`: with its history and documents, also after it left.
///
/// # Errors
/// If there is none of that identifier.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ConnectorLife>, Failure> {
    let this = platform.clone();
    let life = platform.node.store.read("connector.show", |tx| {
        Box::pin(async move {
            if let Some(one) = xinyu_store::heterogeneous::find(tx, &id).await? {
                return heterogeneous::info::life(&this, tx, &one, MOST).await;
            }
            let member = xinyu_store::member::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let kept = xinyu_store::connector::find(tx, &id).await?;
            let pulses = xinyu_store::heartbeat::list(tx).await?;
            let pulse = pulses.iter().find(|pulse| pulse.connector_id == id);
            let connector = info(&this, tx, &member, kept.as_ref(), pulse).await?;
            let history = xinyu_store::connector::history(tx, &id, MOST).await?;
            let event =
                |(at, happened): (Timestamp, Happened)| ConnectorEvent { kind: happened.kind, at, text: happened.text };
            let history = history.into_iter().map(event).collect();
            let attachments = xinyu_store::connector::attachments(tx, &id).await?;
            Ok::<_, Failure>(ConnectorLife { connector, history, attachments })
        })
    });
    Ok(Json(life.await?))
}

/// `POST /api/v1/connectors/{id}/deregistration`: it leaves, its certificates are taken back, its history stays. NDI-TR-2025-03 §7.2.2.
///
/// # Errors
/// If there is none, it left before, or no reason is given.
pub async fn deregister(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Deregistration>,
) -> Result<Json<ConnectorInfo>, Failure> {
    let (this, node) = (platform.clone(), Arc::clone(&platform.node));
    let info = platform.node.store.write("connector.deregister", move |tx| {
        Box::pin(async move {
            if xinyu_store::heterogeneous::find(tx, &id).await?.is_some() {
                return heterogeneous::deregister(&this, tx, &id, &body.value).await;
            }
            let parsed = ConnectorId::parse(&id).map_err(|_| unknown(&id))?;
            let member = xinyu_store::member::lock(tx, &parsed).await?.ok_or_else(|| unknown(&id))?;
            let before = find_or_default(tx, &member).await?;
            let now = tx.now();
            let (after, happened, mut effects) =
                connector::deregister(before, &body.value.reason, &member.spaces, now)?;
            xinyu_store::connector::save(tx, &after).await?;
            xinyu_store::connector::note(tx, &id, &happened).await?;
            for one in xinyu_store::certificate::of_holder(tx, &id).await? {
                if one.state == CertificateState::Valid {
                    let (one, records) = certificate::revoke(one, "deregistered", &member.spaces, now)?;
                    xinyu_store::certificate::save(tx, &one).await?;
                    effects.extend(records);
                    effects.push(certificates::told(&member, &one)?);
                }
            }
            let pulse = xinyu_store::heartbeat::lock(tx, &id).await?;
            if let Some(pulse) = pulse.clone() {
                let (pulse, _, _) = heartbeat::step(pulse, heartbeat::Event::Leave, &[], now);
                xinyu_store::heartbeat::save(tx, &pulse).await?;
            }
            let reason = body.value.reason.trim().to_owned();
            let member = standing::take(&this, tx, member, Act::Leave, reason).await?;
            ndi::report::connector(&this, tx, &member).await?;
            effect::apply(&node, tx, effects).await?;
            tx.signal(Topic::Participant);
            info(&this, tx, &member, Some(&after), pulse.as_ref()).await
        })
    });
    Ok(Json(info.await?))
}

pub(crate) fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-connector", format!("没有接入连接器 {id}"), format!("connector {id} does not exist"))
}
