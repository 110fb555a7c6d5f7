//! Contract negotiation over the Dataspace Protocol, both sides. With a member it ends in a digital contract that both signed; with a partner, where the
//! space's rules allow it, in an ODRL agreement. DSP 2025-1 §7; TC609-6-2025-14 §7.3.

mod act;
pub mod archive;
mod info;
mod member;
mod partner;
pub mod receive;
pub mod standard;
pub mod start;
mod terms;

pub(crate) use act::{end, finalize};
pub(crate) use info::{clauses, conduct, peer_name};
pub(crate) use member::{GATHERING, agreement_on, credential, holding_of, me};
pub(crate) use partner::{name_of_us, offer_of, unreadable};
pub(crate) use terms::{Wanted, of_contract};

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Negotiation;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NegotiationInfo, ProcessInfo};
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_shell::Failure;
use xinyu_shell::dsp::DspCall;
use xinyu_shell::peer::Answer;
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use crate::app::Connector;
use crate::delegation;
use act::Action;

/// `GET /api/v1/negotiations`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ProcessInfo>>, Failure> {
    let this = connector.clone();
    let items = connector
        .node
        .store
        .read("negotiation.list", move |tx| {
            Box::pin(async move {
                let all = xinyu_store::negotiation::list(tx, 200).await?;
                let names = xinyu_store::party::names(tx).await?;
                Ok::<_, Failure>(all.iter().map(|one| info::process(&this, one, &names)).collect())
            })
        })
        .await?;
    Ok(Json(List { items }))
}

/// `GET /api/v1/negotiations/{pid}`.
///
/// # Errors
/// If there is no such negotiation.
pub async fn show(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    _: Person,
) -> Result<Json<NegotiationInfo>, Failure> {
    let this = connector.clone();
    let shown = connector.node.store.read("negotiation.show", move |tx| {
        Box::pin(async move {
            let negotiation =
                xinyu_store::negotiation::find(tx, &pid).await?.ok_or_else(|| Failure::from(unknown(&pid)))?;
            let names = xinyu_store::party::names(tx).await?;
            info::whole(&this, tx, &negotiation, &names).await
        })
    });
    Ok(Json(shown.await?))
}

/// `POST /api/v1/negotiations/{pid}/decision`, by our people: the move that our side makes.
///
/// # Errors
/// If there is no such negotiation, the move is none of ours, or the table does not allow it.
pub async fn decide(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    person: Person,
    body: StrictJson<Decision>,
) -> Result<Json<ProcessInfo>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    // Whoever signs for the organisation must be allowed to, and the platform is asked before.
    let acting = match decision.action.as_str() {
        "request" | "offer" | "agree" | "verify" | "accept" => {
            let contract = contract_of(&connector, pid.clone()).await?;
            delegation::who_acts(&connector, &person, &contract, Wanted::from(&decision)).await?
        }
        _ => None,
    };
    if decision.action == "terminate" {
        crate::countersigning::side::withdraw(&connector, &pid, &decision.note).await?;
    }
    let process = connector
        .node
        .store
        .write("negotiation.decide", move |tx| {
            Box::pin(async move {
                let negotiation =
                    xinyu_store::negotiation::lock(tx, &pid).await?.ok_or_else(|| Failure::from(unknown(&pid)))?;
                let table = match &negotiation.application_id {
                    Some(_) => {
                        Some(terms::on_table(&negotiation, &member::ground(&this, tx, &negotiation).await?.notice))
                    }
                    None => None,
                };
                let action = Action::parse(&decision, &negotiation, table)?;
                if matches!(action, Action::Terminate(_)) && negotiation.awaited().is_some() {
                    // The platform was asked: it ends the signing for everybody, and with it the negotiation.
                    let names = xinyu_store::party::names(tx).await?;
                    return Ok::<_, Failure>(info::process(&this, &negotiation, &names));
                }
                if let Some(acting) = &acting {
                    delegation::acts(tx, negotiation.contract_id.as_str(), acting).await?;
                }
                let negotiation = act::act(&this, tx, negotiation, action).await?;
                let negotiation = act::advance(&this, tx, negotiation).await?;
                let names = xinyu_store::party::names(tx).await?;
                Ok::<_, Failure>(info::process(&this, &negotiation, &names))
            })
        })
        .await?;
    Ok(Json(process))
}

async fn contract_of(connector: &Connector, pid: String) -> Result<String, Failure> {
    let found = connector.node.store.read("negotiation.contract", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::negotiation::find(tx, &pid).await?;
            found.map(|found| found.contract_id.as_str().to_owned()).ok_or_else(|| Failure::from(unknown(&pid)))
        })
    });
    found.await
}

/// `GET …/negotiations/{pid}` of DSP: the state, for the other side only.
///
/// # Errors
/// 404 if there is no such negotiation with the caller.
pub async fn state(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let peer = call.caller.id().to_owned();
    let found = connector
        .node
        .store
        .read("negotiation.state", move |tx| {
            Box::pin(async move {
                let found = xinyu_store::negotiation::find(tx, &pid).await?;
                found.filter(|negotiation| negotiation.peer == peer).ok_or_else(|| Failure::from(unknown(&pid)))
            })
        })
        .await?;
    answer(200, &found)
}

/// The negotiation under our process id, if it is with this peer: another one's is not there.
async fn find(tx: &mut Tx, pid: &str, peer: &str) -> Result<Negotiation, Failure> {
    let found = xinyu_store::negotiation::lock(tx, pid).await?;
    found.filter(|negotiation| negotiation.peer == peer).ok_or_else(|| unknown(pid).into())
}

fn unknown(pid: &str) -> Rejection {
    Rejection::unknown("unknown-negotiation", format!("没有协商 {pid}"), format!("negotiation {pid} does not exist"))
}

/// A negotiation as DSP answers it.
fn answer(status: u16, negotiation: &Negotiation) -> Result<Answer, Failure> {
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

/// That one of the ids in a message is the one in its path: who writes a fresh id for the other side is understood, who writes to another process is not.
///
/// # Errors
/// 400.
pub fn must_name(pid: &str, provider_pid: &str, consumer_pid: &str) -> Result<(), Failure> {
    if pid == provider_pid || pid == consumer_pid {
        return Ok(());
    }
    Err(Rejection::bad(
        "another-process",
        format!("报文中的进程标识不是路径中的 {pid}"),
        format!("the message names another process than {pid} in its path"),
    )
    .clause("DSP 2025-1 §7.3")
    .into())
}

/// The base URL of the protocol below an address.
#[must_use]
pub fn protocol(address: &str) -> String {
    format!("{}{}", address.trim_end_matches('/'), xinyu_protocol::dsp::PATH)
}
