//! Delegations at the platform: registered by the organisation, ended by either, asked for before something is signed. NDI-TR-2025-03 §7,
//! GetOperatorStatus.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::delegation::{self, Delegation};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::delegation::{
    DelegationEnd, DelegationRequest, OperatorPerson, OperatorStatus, OperatorStatusRequest,
};
use xinyu_protocol::tc609::identity::IdentityStatus;
use xinyu_shell::delegation::{info, unknown};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, sealed};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::ndi;
use crate::participant::{lock, parse_id};

/// What the sealed person is, so that it opens as nothing else.
const CONTEXT: &str = "xinyu/operator/v1";

/// `POST /tc609/delegation`, by a connector. The same key is the same delegation.
///
/// # Errors
/// If the person is not verified, or the authority is not shown.
pub async fn register(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: DelegationRequest = call.parse()?;
    let (by, node) = (call.connector()?, Arc::clone(&platform.node));
    call.once(&platform.node, "delegation.register", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let has_letter = match &request.attachment_id {
                Some(id) => xinyu_store::attachment::find(tx, id)
                    .await?
                    .is_some_and(|(attachment, _)| attachment.connector_id == by.as_str()),
                None => false,
            };
            let registered = delegation::register(&request, by.as_str(), has_letter, tx.now())?;
            let person = OperatorPerson {
                operator: request.operator,
                operator_id: request.operator_id,
                operator_auth_type: request.operator_auth_type,
            };
            let plain = serde_json::to_vec(&person).map_err(Failure::broken)?;
            let sealed = sealed::seal(&node, CONTEXT, &plain)?;
            if !xinyu_store::delegation::insert(tx, &registered, &sealed).await? {
                let there = xinyu_store::delegation::find(tx, &registered.delegation_id).await?;
                let is_same = there
                    .is_some_and(|there| Delegation { registered_at: registered.registered_at, ..there } == registered);
                if !is_same {
                    let id = &registered.delegation_id;
                    return Err(Rejection::conflict(
                        "delegation-taken",
                        format!("授权编号 {id} 已被使用"),
                        format!("delegation {id} is another one"),
                    )
                    .into());
                }
                return Answer::json(200, &Status::done());
            }
            effect::apply(&node, tx, delegation::records(&registered, &me.spaces, "delegation.registered")).await?;
            tx.signal(Topic::Participant);
            Answer::json(201, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/delegationEnd`, by a connector: its operator acts no more, at once.
///
/// # Errors
/// If there is no such delegation of the caller.
pub async fn end(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: DelegationEnd = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "delegation.end", move |tx| {
        Box::pin(async move {
            close(&this, tx, &by, &order, false).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /api/v1/participants/{id}/delegations/{delegation}/end`, by the operator of the platform; the connector is told at once.
///
/// # Errors
/// If there is no such delegation.
pub async fn end_by_operator(
    State(platform): State<Platform>,
    Path((connector, delegation_id)): Path<(String, String)>,
    _: Person,
    body: StrictJson<EndDelegation>,
) -> Result<Json<DelegationInfo>, Failure> {
    let (id, this) = (parse_id(&connector)?, platform.clone());
    let order = DelegationEnd { delegation_id, reason: body.value.reason };
    let ended = platform.node.store.write("delegation.end_by_operator", move |tx| {
        Box::pin(async move {
            let ended = close(&this, tx, &id, &order, true).await?;
            info(&this.node, tx, CONTEXT, ended).await
        })
    });
    Ok(Json(ended.await?))
}

async fn close(
    platform: &Platform,
    tx: &mut Tx,
    connector: &ConnectorId,
    order: &DelegationEnd,
    tells: bool,
) -> Result<Delegation, Failure> {
    let there = xinyu_store::delegation::lock(tx, &order.delegation_id)
        .await?
        .filter(|there| there.connector_id == connector.as_str())
        .ok_or_else(|| unknown(&order.delegation_id))?;
    if there.ended_at.is_some() {
        return Ok(there);
    }
    let ended = delegation::end(there, &order.reason, tx.now());
    xinyu_store::delegation::save(tx, &ended).await?;
    let me = lock(tx, connector).await?;
    let mut effects = delegation::records(&ended, &me.spaces, "delegation.ended");
    if tells {
        let stream = format!("delegation/{}", ended.delegation_id);
        let party = connector.as_str();
        effects.push(Effect::Send(Outgoing::json(party, stream, "delegation", "/tc609/delegationEnd", order)?));
    }
    effect::apply(&platform.node, tx, effects).await?;
    ndi::report::operator(platform, tx, &ended).await?;
    tx.signal(Topic::Participant);
    Ok(ended)
}

/// `POST /tc609/operatorStatus`: GetOperatorStatus, by the connector whose operator it is, before it signs or pays.
///
/// # Errors
/// If there is no such delegation of the caller.
pub async fn status(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: OperatorStatusRequest = call.parse()?;
    let by = call.connector()?;
    let (now, this) = (platform.node.store.clock().now(), platform.clone());
    let found = platform.node.store.read("delegation.status", move |tx| {
        Box::pin(async move {
            let there = xinyu_store::delegation::find(tx, &request.delegation_id).await?;
            let there = there.filter(|there| there.connector_id == by.as_str());
            let there = there.ok_or_else(|| Failure::from(unknown(&request.delegation_id)))?;
            // What a function node has said of the operator holds here too.
            let is_gone = ndi::registry::is_logged_off(&this, tx, &there).await?;
            Ok::<_, Failure>(OperatorStatus {
                auth_status: if is_gone { IdentityStatus::Unusable } else { there.status(now) },
                delegation_id: there.delegation_id,
                connector_id: by,
            })
        })
    });
    Answer::json(200, &found.await?)
}

/// `GET /api/v1/participants/{id}/delegations`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
) -> Result<Json<List<DelegationInfo>>, Failure> {
    let (id, node) = (parse_id(&connector)?, Arc::clone(&platform.node));
    let items = platform.node.store.read("delegation.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for one in xinyu_store::delegation::list(tx, id.as_str()).await? {
                items.push(info(&node, tx, CONTEXT, one).await?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// Who the operator of a delegation is.
///
/// # Errors
/// If the store fails, or what is sealed does not open.
pub(crate) async fn person(node: &xinyu_shell::Node, tx: &mut Tx, id: &str) -> Result<OperatorPerson, Failure> {
    xinyu_shell::delegation::person(node, tx, CONTEXT, id).await
}
