//! Transfer processes over the Dataspace Protocol, both sides. What is served follows from the agreement alone, never from the request.
//! DSP 2025-1 §9; TC609-6-2025-01 §5.2.3.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::transfer::{self, Delivered, Move, Transfer};
use xinyu_http::json::StrictJson;
use xinyu_identity::grant::{self, GrantClaims};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{ProcessInfo, Start};
use xinyu_protocol::dsp::transfer as wire;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{must_be, protocol, side};

/// How long a grant for the data is good, in seconds.
const GRANT_SECONDS: i64 = 6 * 60 * 60;

/// `GET /api/v1/transfers`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ProcessInfo>>, Failure> {
    let all = connector
        .node
        .store
        .read("transfer.list", |tx| {
            Box::pin(async move { xinyu_store::transfer::list(tx, 200).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: all.iter().map(info).collect() }))
}

/// `POST /api/v1/transfers`: asks the provider for the data of a contract; an open transfer is continued.
///
/// # Errors
/// If the contract is not in force, or stopped.
pub async fn start(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<Start>,
) -> Result<Json<ProcessInfo>, Failure> {
    person.must_act()?;
    let (this, contract_id) = (connector.clone(), body.value.contract_id);
    let transfer = connector
        .node
        .store
        .write("transfer.start", move |tx| {
            Box::pin(async move {
                if let Some(there) = xinyu_store::transfer::find_by_contract(tx, &contract_id).await?
                    && there.state != transfer::State::Terminated
                {
                    return Ok::<_, Failure>(there);
                }
                let agreement = in_force(tx, &contract_id, Side::Consumer).await?;
                let address = xinyu_store::party::find(tx, &agreement.peer)
                    .await?
                    .ok_or_else(|| Failure::broken("the provider of an agreement is not known"))?
                    .address;
                let transfer = Transfer {
                    side: Side::Consumer,
                    state: transfer::State::Requested,
                    consumer_pid: format!("urn:uuid:{}", tx.new_id()),
                    provider_pid: None,
                    peer: agreement.peer,
                    callback: protocol(&address),
                    space_id: agreement.space_id,
                    contract_id: agreement.contract_id,
                    agreement_id: agreement.agreement_id,
                    address: None,
                };
                let (transfer, effects) = transfer::open(transfer, &protocol(&this.node.address))?;
                xinyu_store::transfer::insert(tx, &transfer).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Transfer);
                Ok(transfer)
            })
        })
        .await?;
    Ok(Json(info(&transfer)))
}

/// An agreement under which data may flow.
async fn in_force(tx: &mut Tx, contract_id: &str, side: Side) -> Result<Agreement, Failure> {
    let agreement = xinyu_store::agreement::find(tx, contract_id)
        .await?
        .filter(|agreement| agreement.side == side)
        .ok_or_else(|| xinyu_core::contract::unknown(contract_id))?;
    if let Some(stop) = &agreement.stopped {
        return Err(Rejection::conflict(
            "contract-frozen",
            format!("合约 {contract_id} 已被冻结：{}", stop.reason),
            format!("contract {contract_id} is frozen: {}", stop.reason),
        )
        .into());
    }
    if agreement.filing.is_none() {
        return Err(Rejection::conflict(
            "contract-not-in-force",
            format!("合约 {contract_id} 尚未备案生效"),
            format!("contract {contract_id} is not filed, so not in force"),
        )
        .into());
    }
    if agreement.statement.is_some() {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {contract_id} 已终止"),
            format!("contract {contract_id} has ended"),
        )
        .into());
    }
    Ok(agreement)
}

/// `POST /dsp/2025-1/transfers/request`, by a consumer.
///
/// # Errors
/// If the agreement is not the caller's, not in force, or stopped.
pub async fn request(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: wire::TransferRequestMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferRequestMessage::TYPE)?;
    let this = connector.clone();
    let (peer, address, party) =
        (call.peer.party.as_str().to_owned(), call.peer.address.clone().unwrap_or_default(), call.peer.party.clone());
    call.once(&connector.node, "transfer.request", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::transfer::find_by_peer(tx, &peer, &message.consumer_pid).await? {
                return answer(201, &there);
            }
            let contract_id = message.agreement_id.strip_prefix("urn:xinyu:agreement:").unwrap_or_default().to_owned();
            let agreement = in_force(tx, &contract_id, Side::Provider).await?;
            if agreement.peer != peer || agreement.agreement_id != message.agreement_id {
                return Err(xinyu_core::contract::unknown(&contract_id).into());
            }
            if message.callback_address.trim_end_matches('/') != protocol(&address) {
                return Err(Rejection::bad(
                    "callback-address",
                    "回调地址不在凭证登记的地址之下",
                    "the callback address is not below the address that the credential names",
                )
                .into());
            }
            let provider_pid = format!("urn:uuid:{}", tx.new_id());
            let transfer = Transfer {
                side: Side::Provider,
                state: transfer::State::Requested,
                consumer_pid: message.consumer_pid,
                provider_pid: Some(provider_pid.clone()),
                peer,
                callback: protocol(&address),
                space_id: agreement.space_id,
                contract_id: agreement.contract_id.clone(),
                agreement_id: agreement.agreement_id,
                address: None,
            };
            xinyu_store::transfer::insert(tx, &transfer).await?;
            let now = tx.now().as_second();
            let claims = GrantClaims {
                iss: this.node.party().ok_or_else(|| Failure::broken("not registered"))?,
                sub: party,
                contract: agreement.contract_id,
                transfer: provider_pid.clone(),
                iat: now,
                exp: now.saturating_add(GRANT_SECONDS),
                jti: tx.new_id(),
            };
            let grant = grant::mint(&claims, this.node.ring.signing(this.node.suite));
            let endpoint = format!("{}/dataplane/{provider_pid}", this.node.address);
            let address = wire::DataAddress::pull(endpoint, &[("authorization", &grant)]);
            let requested = transfer.clone();
            let (transfer, effects) = transfer::step(transfer, Side::Provider, Move::Start(Some(address)))?;
            xinyu_store::transfer::save(tx, &transfer).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Transfer);
            answer(201, &requested)
        })
    })
    .await
}

/// `GET …/transfers/{pid}` of DSP: the state, for the other side only.
///
/// # Errors
/// 404 if there is no such transfer with the caller.
pub async fn state(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let peer = call.peer.party.as_str().to_owned();
    let found = connector
        .node
        .store
        .read("transfer.state", move |tx| Box::pin(async move { find(tx, &pid, &peer).await }))
        .await?;
    answer(200, &found)
}

/// `POST {callback}/transfers/{consumerPid}/start`, by the provider: the data can be pulled.
///
/// # Errors
/// If the transfer is not there, or not requested.
pub async fn started(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferStartMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferStartMessage::TYPE)?;
    let provider_pid = message.provider_pid.clone();
    moved(&connector, pid, call, Some(provider_pid), Move::Start(message.data_address)).await
}

/// `POST …/transfers/{pid}/completion`, by the other side.
///
/// # Errors
/// If the transfer is not there, or not started.
pub async fn completed(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferCompletionMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferCompletionMessage::TYPE)?;
    moved(&connector, pid, call, None, Move::Complete(Delivered::default())).await
}

/// `POST …/transfers/{pid}/termination`, by the other side.
///
/// # Errors
/// If the transfer is not there, or over.
pub async fn terminated(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::TransferTerminationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::TransferTerminationMessage::TYPE)?;
    moved(&connector, pid, call, None, Move::Terminate("terminated by the peer".to_owned())).await
}

async fn moved(
    connector: &Connector,
    pid: String,
    call: PeerCall,
    provider_pid: Option<String>,
    action: Move,
) -> Result<Answer, Failure> {
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    call.once(&connector.node, "transfer.moved", move |tx| {
        Box::pin(async move {
            let mut transfer = find(tx, &pid, &peer).await?;
            if transfer.provider_pid.is_none() {
                transfer.provider_pid = provider_pid;
            }
            let by = match transfer.side {
                Side::Consumer => Side::Provider,
                Side::Provider => Side::Consumer,
            };
            let is_complete = matches!(action, Move::Complete(_));
            let (transfer, _) = transfer::step(transfer, by, action)?;
            xinyu_store::transfer::save(tx, &transfer).await?;
            if is_complete && transfer.side == Side::Provider {
                crate::delivery::confirm(&this, tx, &transfer).await?;
            }
            tx.signal(Topic::Transfer);
            answer(200, &transfer)
        })
    })
    .await
}

/// The transfer under our process id, if it is with this peer: another one's is not there.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, pid: &str, peer: &str) -> Result<Transfer, Failure> {
    xinyu_store::transfer::lock(tx, pid).await?.filter(|transfer| transfer.peer == peer).ok_or_else(|| {
        Rejection::unknown("unknown-transfer", format!("没有交付 {pid}"), format!("transfer {pid} does not exist"))
            .into()
    })
}

fn answer(status: u16, transfer: &Transfer) -> Result<Answer, Failure> {
    let message = wire::TransferProcess::new(
        transfer.provider_pid.clone().unwrap_or_default(),
        transfer.consumer_pid.clone(),
        transfer.state.as_str().to_owned(),
    );
    Answer::json(status, &message)
}

fn info(transfer: &Transfer) -> ProcessInfo {
    let (pid, _) = xinyu_store::transfer::pids(transfer);
    ProcessInfo {
        pid,
        side: side(transfer.side).to_owned(),
        state: transfer.state.as_str().to_owned(),
        contract_id: transfer.contract_id.as_str().to_owned(),
        peer: transfer.peer.clone(),
        reason: None,
    }
}

/// That an agreement still lets data flow: asked again at the moment of serving.
///
/// # Errors
/// If it does not.
pub async fn may_flow(tx: &mut Tx, transfer: &Transfer) -> Result<Agreement, Failure> {
    if transfer.state != transfer::State::Started {
        return Err(Rejection::conflict("transfer-not-started", "交付未处于进行状态", "the transfer is not started")
            .clause("DSP 2025-1 §9.2")
            .into());
    }
    in_force(tx, transfer.contract_id.as_str(), transfer.side).await
}
