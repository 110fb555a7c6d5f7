//! Contract negotiation over the Dataspace Protocol, both sides, ending in a digital contract that both signed. DSP 2025-1 §7; TC609-6-2025-14 §7.3.

pub mod consumer;
pub mod provider;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::draft::{Basis, Party};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Negotiation, Side};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::ProcessInfo;
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::tc609::application::{ApplicationNotice, ApplicationState};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, Node};
use xinyu_store::Tx;

use crate::app::Connector;

/// `GET /api/v1/negotiations`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ProcessInfo>>, Failure> {
    let all = connector
        .node
        .store
        .read("negotiation.list", |tx| {
            Box::pin(async move { xinyu_store::negotiation::list(tx, 200).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: all.iter().map(info).collect() }))
}

/// `GET …/negotiations/{pid}` of DSP: the state, for the other side only.
///
/// # Errors
/// 404 if there is no such negotiation with the caller.
pub async fn state(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let peer = call.peer.party.as_str().to_owned();
    let found = connector
        .node
        .store
        .read("negotiation.state", move |tx| Box::pin(async move { find(tx, &pid, &peer).await }))
        .await?;
    answer(200, &found)
}

/// The negotiation under our process id, if it is with this peer: another one's is not there.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, pid: &str, peer: &str) -> Result<Negotiation, Failure> {
    xinyu_store::negotiation::lock(tx, pid).await?.filter(|negotiation| negotiation.peer == peer).ok_or_else(|| {
        Rejection::unknown(
            "unknown-negotiation",
            format!("没有协商 {pid}"),
            format!("negotiation {pid} does not exist"),
        )
        .into()
    })
}

/// A negotiation as DSP answers it.
///
/// # Errors
/// If it has no JSON form, which cannot be.
pub fn answer(status: u16, negotiation: &Negotiation) -> Result<Answer, Failure> {
    let message = wire::ContractNegotiation::new(
        negotiation.provider_pid.clone().unwrap_or_default(),
        negotiation.consumer_pid.clone(),
        negotiation.state.as_str().to_owned(),
    );
    Answer::json(status, &message)
}

/// That a message is what its path takes.
///
/// # Errors
/// 400.
pub fn must_be(is_well_typed: bool, name: &str) -> Result<(), Failure> {
    if is_well_typed {
        return Ok(());
    }
    Err(Rejection::bad(
        "wrong-message",
        format!("此处应为 DSP 2025-1 的 {name}"),
        format!("a {name} of DSP 2025-1 is expected here"),
    )
    .clause("DSP 2025-1 §7.3")
    .into())
}

/// What a contract between the two sides of an approved application is drawn up from.
pub struct Ground {
    /// The application, as the platform told of it.
    pub notice: ApplicationNotice,
    provider: Party,
    consumer: Party,
    suite: xinyu_crypto::Suite,
}

impl Ground {
    /// From an application that both approved.
    ///
    /// # Errors
    /// If it is not approved, or we are not registered.
    pub fn new(connector: &Connector, notice: ApplicationNotice, side: Side) -> Result<Self, Failure> {
        if side == Side::Consumer && notice.state != ApplicationState::Approved {
            return Err(Rejection::conflict(
                "application-not-approved",
                format!("使用申请 {} 尚未获得平台和提供方批准", notice.application_id),
                format!("application {} is not approved by platform and provider", notice.application_id),
            )
            .into());
        }
        let me = me(connector)?;
        let other = Party {
            participant_id: notice.party.participant_id.clone(),
            name: notice.party.participant_name.clone(),
            connector_id: notice.party.connector_id.clone(),
        };
        let suite = connector.node.suite_of(&notice.entry.space_id);
        let (provider, consumer) = match side {
            Side::Provider => (me, other),
            Side::Consumer => (other, me),
        };
        Ok(Self { notice, provider, consumer, suite })
    }

    /// The basis of the contract.
    #[must_use]
    pub fn basis(&self) -> Basis<'_> {
        Basis {
            contract_id: &self.notice.contract_id,
            application_id: &self.notice.application_id,
            entry: &self.notice.entry,
            provider: &self.provider,
            consumer: &self.consumer,
            suite: self.suite,
        }
    }
}

fn me(connector: &Connector) -> Result<Party, Failure> {
    let connector_id = connector.node.party().and_then(|party| party.connector()).ok_or_else(|| {
        Failure::from(Rejection::conflict("not-registered", "本连接器尚未注册", "this connector is not registered yet"))
    })?;
    Ok(Party {
        participant_id: connector.options.participant_id.clone(),
        name: connector.options.participant_name.clone(),
        connector_id,
    })
}

/// Our own credential, which goes with our signatures.
///
/// # Errors
/// If the platform has not admitted us yet.
pub fn credential(node: &Node) -> Result<String, Failure> {
    node.identity().and_then(|identity| identity.credential).ok_or_else(|| {
        Rejection::conflict("not-admitted", "本连接器尚未获准接入", "this connector is not admitted yet").into()
    })
}

/// The base URL of the protocol below an address.
#[must_use]
pub fn protocol(address: &str) -> String {
    format!("{}{}", address.trim_end_matches('/'), xinyu_protocol::dsp::PATH)
}

fn info(negotiation: &Negotiation) -> ProcessInfo {
    let (pid, _) = xinyu_store::negotiation::pids(negotiation);
    ProcessInfo {
        pid,
        side: side(negotiation.side).to_owned(),
        state: negotiation.state.as_str().to_owned(),
        contract_id: negotiation.contract_id.as_str().to_owned(),
        peer: negotiation.peer.clone(),
        reason: negotiation.reason.clone(),
    }
}

/// The word for a side.
#[must_use]
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Consumer => "consumer",
        Side::Provider => "provider",
    }
}
