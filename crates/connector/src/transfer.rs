//! Transfer processes over the Dataspace Protocol, both sides. What is served follows from the agreement alone, never from the request; a side moves when
//! its data plane has. DSP 2025-1 §9; TC609-6-2025-01 §5.2.3.

pub mod control;
mod info;
pub mod receive;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::dataflow::State as FlowState;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Conduct, Side};
use xinyu_core::transfer::{self, Delivered, Move, Transfer};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NewTransfer, ProcessInfo, TransferInfo};
use xinyu_protocol::dps::FlowStatus;
use xinyu_protocol::dsp::transfer as wire;
use xinyu_shell::arranged::{self, ArrangedKind};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, standing};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::dataflow::Verb;
use crate::health;
use crate::negotiation::protocol;
use crate::signal;

/// `GET /api/v1/transfers`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ProcessInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("transfer.list", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::transfer::list(tx, 200).await?;
            let names = xinyu_store::party::names(tx).await?;
            Ok::<_, Failure>(all.iter().map(|one| info::process(&this, one, &names)).collect())
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/transfers/{pid}`.
///
/// # Errors
/// If there is no such transfer.
pub async fn show(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    _: Person,
) -> Result<Json<TransferInfo>, Failure> {
    let this = connector.clone();
    let shown = connector.node.store.read("transfer.show", move |tx| {
        Box::pin(async move {
            let transfer = xinyu_store::transfer::find(tx, &pid).await?.ok_or_else(|| Failure::from(unknown(&pid)))?;
            let names = xinyu_store::party::names(tx).await?;
            let flow = xinyu_store::dataflow::find(tx, &pid).await?;
            Ok::<_, Failure>(info::whole(&this, &transfer, &names, flow.as_ref()))
        })
    });
    Ok(Json(shown.await?))
}

/// `POST /api/v1/transfers`: asks the provider for the data of a contract; one that is open is continued.
///
/// # Errors
/// If the contract is not in force, or stopped; if the format or the data plane is not known.
pub async fn start(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewTransfer>,
) -> Result<Json<ProcessInfo>, Failure> {
    let (this, new) = (connector.clone(), body.value);
    let format = format(new.format.as_deref().unwrap_or(wire::HTTP_PULL))?;
    if let Some(plane) = &new.data_plane {
        connector.node.arranged.find(ArrangedKind::DataPlane, plane).ok_or_else(|| arranged::unknown_system(plane))?;
    }
    let transfer = connector.node.store.write("transfer.start", move |tx| {
        Box::pin(async move {
            if !new.again
                && let Some(there) = xinyu_store::transfer::find_by_contract(tx, &new.contract_id).await?
                && there.state != transfer::State::Terminated
            {
                return Ok::<_, Failure>(there);
            }
            let agreement = in_force(&this, tx, &new.contract_id, Side::Consumer).await?;
            let transfer = Transfer {
                side: Side::Consumer,
                state: transfer::State::Requested,
                consumer_pid: format!("urn:uuid:{}", tx.new_id()),
                provider_pid: None,
                callback: callback_of(&this, tx, &agreement.peer).await?,
                peer: agreement.peer,
                space_id: agreement.space_id,
                contract_id: agreement.contract_id,
                agreement_id: agreement.agreement_id,
                product_id: agreement.product_id,
                format,
                address: None,
                reason: None,
                conduct: if new.stepwise { Conduct::Stepwise } else { Conduct::Rule },
                data_plane: new.data_plane,
                data_flow: None,
                sent: 0,
                steps: 0,
                untaken: Vec::new(),
            };
            xinyu_store::transfer::insert(tx, &transfer).await?;
            let pid = transfer.consumer_pid.clone();
            if let Some(status) = signal::prepare(&this, tx, &transfer).await? {
                follow(&this, tx, &pid, status, Delivered::default()).await?;
            }
            tx.signal(Topic::Transfer);
            xinyu_store::transfer::find(tx, &pid).await?.ok_or_else(|| unknown(&pid).into())
        })
    });
    Ok(Json(info::process(&connector, &transfer.await?, &std::collections::BTreeMap::new())))
}

/// Where a peer takes the messages of the protocol.
async fn callback_of(connector: &Connector, tx: &mut Tx, peer: &str) -> Result<String, Failure> {
    if let Some(partner) = connector.node.arranged.find(ArrangedKind::Partner, peer) {
        return Ok(partner.address.clone());
    }
    let party = xinyu_store::party::find(tx, peer).await?;
    let party = party.ok_or_else(|| Failure::broken(format!("the other side {peer} of an agreement is not known")))?;
    Ok(protocol(&party.address))
}

/// `POST /api/v1/transfers/{pid}/decision`, by our people: `start`, `suspend`, `complete` or `terminate`.
///
/// # Errors
/// If there is no such transfer, or the table does not allow the move.
pub async fn decide(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    _: Person,
    body: StrictJson<Decision>,
) -> Result<Json<ProcessInfo>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    let process = connector.node.store.write("transfer.decide", move |tx| {
        Box::pin(async move {
            let transfer = xinyu_store::transfer::lock(tx, &pid).await?.ok_or_else(|| Failure::from(unknown(&pid)))?;
            let note: String = decision.note.chars().take(256).collect();
            let transfer = match decision.action.as_str() {
                "start" => begin(&this, tx, transfer).await?,
                "suspend" => act(&this, tx, transfer, Move::Suspend(note)).await?,
                "complete" => act(&this, tx, transfer, Move::Complete(Delivered::default())).await?,
                "terminate" => act(&this, tx, transfer, Move::Terminate(note)).await?,
                unknown => {
                    return Err(Failure::from(Rejection::bad(
                        "unknown-move",
                        format!("未知的动作「{unknown}」，可选：start, suspend, complete, terminate"),
                        format!("unknown move {unknown}, known are start, suspend, complete, terminate"),
                    )));
                }
            };
            let names = xinyu_store::party::names(tx).await?;
            Ok(info::process(&this, &transfer, &names))
        })
    });
    Ok(Json(process.await?))
}

/// Lets the data flow: the provider at first, either side after a rest.
async fn begin(connector: &Connector, tx: &mut Tx, transfer: Transfer) -> Result<Transfer, Failure> {
    if transfer.state != transfer::State::Requested {
        return act(connector, tx, transfer, Move::Start(None)).await;
    }
    if transfer.side == Side::Consumer {
        // Refused as the table refuses it.
        return act(connector, tx, transfer, Move::Start(None)).await;
    }
    in_force(connector, tx, transfer.contract_id.as_str(), Side::Provider).await?;
    let pid = transfer.pid().to_owned();
    if let Some(status) = signal::start(connector, tx, &transfer).await? {
        follow(connector, tx, &pid, status, Delivered::default()).await?;
    }
    xinyu_store::transfer::find(tx, &pid).await?.ok_or_else(|| unknown(&pid).into())
}

/// Ends a transfer whose contract has ended.
///
/// # Errors
/// If the store fails.
pub(crate) async fn terminate(
    connector: &Connector,
    tx: &mut Tx,
    transfer: Transfer,
    reason: &str,
) -> Result<(), Failure> {
    let why = reason.chars().take(256).collect();
    act(connector, tx, transfer, Move::Terminate(why)).await.map(drop)
}

/// Makes a move of ours and tells the data plane.
async fn act(connector: &Connector, tx: &mut Tx, transfer: Transfer, action: Move) -> Result<Transfer, Failure> {
    let verb = verb_of(transfer.state, &action);
    let side = transfer.side;
    let (transfer, effects) = transfer::step(transfer, side, action)?;
    xinyu_store::transfer::save(tx, &transfer).await?;
    effect::apply(&connector.node, tx, effects).await?;
    signal::tell(connector, tx, &transfer, verb, None).await?;
    tx.signal(Topic::Transfer);
    Ok(transfer)
}

/// What a move means to the data plane of the side that did not begin it.
fn verb_of(from: transfer::State, action: &Move) -> Verb {
    match action {
        Move::Start(_) if from == transfer::State::Suspended => Verb::Resume,
        Move::Start(_) => Verb::Started,
        Move::Suspend(_) => Verb::Suspend,
        // Completed there while it rested here: what rests cannot complete, it only ends.
        Move::Complete(_) if from == transfer::State::Suspended => Verb::Terminate,
        Move::Complete(_) => Verb::Completed,
        Move::Terminate(_) => Verb::Terminate,
    }
}

/// The data plane has moved, and so do we: prepared, the consumer asks; started, the provider starts; completed or ended early, so is the transfer.
///
/// # Errors
/// If a message cannot be written. What comes too late changes nothing.
pub(crate) async fn follow(
    connector: &Connector,
    tx: &mut Tx,
    pid: &str,
    status: FlowStatus,
    delivered: Delivered,
) -> Result<(), Failure> {
    let Some(mut transfer) = xinyu_store::transfer::lock(tx, pid).await? else {
        return Err(unknown(pid).into());
    };
    if !status.data_flow_id.is_empty() && status.data_flow_id != pid && transfer.data_plane.is_some() {
        transfer.data_flow = Some(status.data_flow_id.clone());
    }
    let side = transfer.side;
    let (transfer, effects) = match (FlowState::parse(&status.state), side, transfer.state) {
        (Some(FlowState::Prepared), Side::Consumer, transfer::State::Requested) if transfer.sent == 0 => {
            if transfer.is_push() {
                transfer.address = status.data_address;
            }
            transfer::open(transfer, &protocol(&connector.node.address))?
        }
        (Some(FlowState::Started), Side::Provider, transfer::State::Requested) => {
            let address = status.data_address.filter(|_| !transfer.is_push());
            transfer::step(transfer, side, Move::Start(address))?
        }
        (Some(FlowState::Completed), _, transfer::State::Started) => {
            transfer::step(transfer, side, Move::Complete(delivered))?
        }
        (Some(FlowState::Terminated), _, state) if !state.is_final() => {
            let why = status.error.unwrap_or_else(|| "the data plane ended the flow".to_owned());
            transfer::step(transfer, side, Move::Terminate(why))?
        }
        _ => (transfer, Vec::new()),
    };
    xinyu_store::transfer::save(tx, &transfer).await?;
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Transfer);
    Ok(())
}

/// An agreement under which data may flow, between two who are both in good standing, while we are fit.
pub(crate) async fn in_force(
    connector: &Connector,
    tx: &mut Tx,
    contract_id: &str,
    side: Side,
) -> Result<Agreement, Failure> {
    let agreement = xinyu_store::agreement::find(tx, contract_id)
        .await?
        .filter(|agreement| agreement.side == side)
        .ok_or_else(|| xinyu_core::contract::unknown(contract_id))?;
    must_be_in_force(&agreement)?;
    agreement.must_not_have_ended(tx.now())?;
    agreement.must_last(tx.now())?;
    health::must_be_fit(connector, &agreement.space_id, tx.now())?;
    standing::must_stand(&connector.node, tx, &agreement.peer).await?;
    Ok(agreement)
}

fn must_be_in_force(agreement: &Agreement) -> Result<(), Rejection> {
    let contract_id = &agreement.contract_id;
    if let Some(stop) = &agreement.stopped {
        return Err(xinyu_core::contract::frozen(contract_id, Some(&stop.reason)));
    }
    if !agreement.is_in_force() {
        return Err(Rejection::conflict(
            "contract-not-in-force",
            format!("合约 {contract_id} 尚未备案生效"),
            format!("contract {contract_id} is not filed, so not in force"),
        ));
    }
    if agreement.statement.is_some() {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {contract_id} 已终止"),
            format!("contract {contract_id} has ended"),
        ));
    }
    Ok(())
}

/// That an agreement still lets data flow: asked again at the moment of serving.
///
/// # Errors
/// If it does not.
pub async fn may_flow(connector: &Connector, tx: &mut Tx, transfer: &Transfer) -> Result<Agreement, Failure> {
    if transfer.state != transfer::State::Started {
        return Err(not_started().into());
    }
    in_force(connector, tx, transfer.contract_id.as_str(), transfer.side).await
}

pub(crate) fn not_started() -> Rejection {
    Rejection::conflict("transfer-not-started", "交付未处于进行状态", "the transfer is not started")
        .clause("DSP 2025-1 §9.2")
}

/// A format that we move data by.
fn format(format: &str) -> Result<String, Rejection> {
    if crate::dataflow::is_known(format) {
        return Ok(format.to_owned());
    }
    Err(Rejection::bad(
        "unknown-format",
        format!("不支持的交付格式「{format}」，可选 HttpData-PULL、HttpData-PUSH"),
        format!("format {format} is not supported, HttpData-PULL and HttpData-PUSH are"),
    )
    .clause("DSP 2025-1 §9.3.1"))
}

fn unknown(pid: &str) -> Rejection {
    Rejection::unknown("unknown-transfer", format!("没有交付 {pid}"), format!("transfer {pid} does not exist"))
}
