//! What the other side says of a transfer. DSP 2025-1 §9, §10.

use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Conduct, Side};
use xinyu_core::transfer::{self, Delivered, Move, Transfer};
use xinyu_protocol::dsp::transfer as wire;
use xinyu_shell::Failure;
use xinyu_shell::dsp::DspCall;
use xinyu_shell::peer::Answer;
use xinyu_store::{Topic, Tx};

use super::{follow, format, must_be_in_force, unknown, verb_of};
use crate::app::Connector;
use crate::negotiation::{must_be, must_name, receive::reason};
use crate::signal;

/// `POST /transfers/request`, by a consumer. What is served follows from the agreement.
///
/// # Errors
/// If the agreement is not the caller's, not in force, or stopped; if the format is not one of ours.
pub async fn request(State(connector): State<Connector>, call: DspCall) -> Result<Answer, Failure> {
    let message: wire::TransferRequestMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferRequestMessage::TYPE)?;
    let callback = call.caller.callback(&message.callback_address, &connector.node)?;
    let format = format(&message.format)?;
    let (this, peer) = (connector.clone(), call.caller.id().to_owned());
    call.once(&connector.node, "transfer.request", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::transfer::find_by_peer(tx, &peer, &message.consumer_pid).await? {
                return answer(201, &there);
            }
            let agreement =
                xinyu_store::agreement::find_by_name(tx, &message.agreement_id, Side::Provider, &peer).await?;
            let agreement = agreement.ok_or_else(|| unknown_agreement(&message.agreement_id))?;
            must_be_in_force(&agreement)?;
            let offering = xinyu_store::offering::find_by_target(tx, &agreement.product_id).await?;
            let transfer = Transfer {
                side: Side::Provider,
                state: transfer::State::Requested,
                consumer_pid: message.consumer_pid,
                provider_pid: Some(format!("urn:uuid:{}", tx.new_id())),
                peer,
                callback,
                space_id: agreement.space_id,
                contract_id: agreement.contract_id,
                agreement_id: agreement.agreement_id,
                product_id: agreement.product_id,
                format,
                address: message.data_address,
                reason: None,
                // A contract in force is delivered under; only where people want every step for themselves do they start it.
                conduct: match offering.as_ref().map(xinyu_core::offering::Offering::conduct) {
                    Some(Conduct::Stepwise) => Conduct::Stepwise,
                    _ => Conduct::Rule,
                },
                data_plane: offering.and_then(|offering| offering.data_plane),
                data_flow: None,
                sent: 0,
                steps: 0,
                untaken: Vec::new(),
            };
            if transfer.is_push() && transfer.address.is_none() {
                return Err(Rejection::bad("data-address", "推送需要 dataAddress", "a push needs a dataAddress")
                    .clause("DSP 2025-1 §9.3.1")
                    .into());
            }
            xinyu_store::transfer::insert(tx, &transfer).await?;
            if transfer.conduct == Conduct::Rule
                && let Some(status) = signal::start(&this, tx, &transfer).await?
            {
                follow(&this, tx, transfer.pid(), status, Delivered::default()).await?;
            }
            tx.signal(Topic::Transfer);
            answer(201, &transfer)
        })
    })
    .await
}

fn unknown_agreement(id: &str) -> Rejection {
    // 400 rather than 404, which would say that there is no such address. It tells nobody whether the agreement is another's.
    Rejection::bad("unknown-agreement", format!("没有协议「{id}」"), format!("agreement {id} is not one with you"))
        .clause("DSP 2025-1 §9.3.1")
}

/// `GET …/transfers/{pid}`: the state, for the other side only.
///
/// # Errors
/// 404 if there is no such transfer with the caller.
pub async fn state(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let peer = call.caller.id().to_owned();
    let found = connector.node.store.read("transfer.state", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::transfer::find(tx, &pid).await?;
            found.filter(|transfer| transfer.peer == peer).ok_or_else(|| Failure::from(unknown(&pid)))
        })
    });
    answer(200, &found.await?)
}

/// `POST …/transfers/{pid}/start`: by the provider, or by either side after a rest.
///
/// # Errors
/// If the transfer is not there, or not where a start leads on.
pub async fn started(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferStartMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferStartMessage::TYPE)?;
    let ids = Ids::of(&pid, message.provider_pid, &message.consumer_pid)?;
    heard(&connector, pid, call, ids, Move::Start(message.data_address)).await
}

/// `POST …/transfers/{pid}/suspension`, by the other side.
///
/// # Errors
/// If the transfer is not there, or not started.
pub async fn suspended(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferSuspensionMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferSuspensionMessage::TYPE)?;
    let ids = Ids::of(&pid, message.provider_pid, &message.consumer_pid)?;
    heard(&connector, pid, call, ids, Move::Suspend(why(message.code.as_deref(), &message.reason))).await
}

/// `POST …/transfers/{pid}/completion`, by the other side.
///
/// # Errors
/// If the transfer is not there, or not started.
pub async fn completed(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferCompletionMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferCompletionMessage::TYPE)?;
    let ids = Ids::of(&pid, message.provider_pid, &message.consumer_pid)?;
    heard(&connector, pid, call, ids, Move::Complete(Delivered::default())).await
}

/// `POST …/transfers/{pid}/termination`, by the other side.
///
/// # Errors
/// If the transfer is not there, or over.
pub async fn terminated(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferTerminationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferTerminationMessage::TYPE)?;
    let ids = Ids::of(&pid, message.provider_pid, &message.consumer_pid)?;
    heard(&connector, pid, call, ids, Move::Terminate(why(message.code.as_deref(), &message.reason))).await
}

fn why(code: Option<&str>, reasons: &[Value]) -> String {
    reason(code, reasons)
}

/// The provider's process id, as the message names it.
struct Ids {
    provider: String,
}

impl Ids {
    fn of(pid: &str, provider: String, consumer: &str) -> Result<Self, Failure> {
        must_name(pid, &provider, consumer)?;
        Ok(Self { provider })
    }
}

async fn heard(connector: &Connector, pid: String, call: DspCall, ids: Ids, action: Move) -> Result<Answer, Failure> {
    let (this, peer) = (connector.clone(), call.caller.id().to_owned());
    call.once(&connector.node, "transfer.heard", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::transfer::lock(tx, &pid).await?;
            let mut transfer =
                found.filter(|transfer| transfer.peer == peer).ok_or_else(|| Failure::from(unknown(&pid)))?;
            if transfer.side == Side::Consumer && transfer.provider_pid.is_none() && ids.provider != pid {
                transfer.provider_pid = Some(ids.provider);
            }
            let verb = verb_of(transfer.state, &action);
            let address = match &action {
                Move::Start(address) => address.clone(),
                _ => None,
            };
            let is_complete = matches!(action, Move::Complete(_));
            let (by, before) = (transfer.side.other(), transfer.state);
            let (transfer, _) = transfer::step(transfer, by, action)?;
            if transfer.state == before {
                // It crossed a move of ours, which is on its way.
                xinyu_store::transfer::save(tx, &transfer).await?;
                return answer(200, &transfer);
            }
            if is_complete && transfer.side == Side::Provider {
                confirm(&this, tx, &transfer).await?;
            }
            xinyu_store::transfer::save(tx, &transfer).await?;
            signal::tell(&this, tx, &transfer, verb, address).await?;
            tx.signal(Topic::Transfer);
            answer(200, &transfer)
        })
    })
    .await
}

/// A member's completion is counted against what was served to it; a partner may complete what it never fetched.
async fn confirm(connector: &Connector, tx: &mut Tx, transfer: &Transfer) -> Result<(), Failure> {
    match crate::delivery::confirm(connector, tx, transfer).await {
        Err(Failure::Rejected(_)) if !crate::dataflow::is_member(&transfer.peer) => Ok(()),
        other => other,
    }
}

fn answer(status: u16, transfer: &Transfer) -> Result<Answer, Failure> {
    let message = wire::TransferProcess::new(
        transfer.provider_pid.clone().unwrap_or_default(),
        transfer.consumer_pid.clone(),
        transfer.state.as_str().to_owned(),
    );
    Answer::json(status, &message)
}
