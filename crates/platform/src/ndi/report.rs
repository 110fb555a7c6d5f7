//! What function nodes are told: our connectors and what becomes of them, and operators that act for nobody any more. It goes through the outbox, so that
//! nothing is lost while a node is away. NDI-TR-2025-03 §7.2.1, §7.1.3.2, §8.3.3; TC609-6-2025-16 6.2 c.

use axum::Json;
use axum::extract::State;
use serde_json::json;
use xinyu_core::delegation::Delegation;
use xinyu_core::fault::Rejection;
use xinyu_core::heterogeneous::Heterogeneous;
use xinyu_core::listing::registration::KIND;
use xinyu_core::participant::{Member, MemberState};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::ndi::{OperatorAnswer, OperatorQuery};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::ndi::identity::OperatorStatus;
use xinyu_protocol::ndi::sync::{ConnectorBase, ConnectorExtension, ConnectorReport};
use xinyu_protocol::ndi::{Interface, Outcome};
use xinyu_protocol::tc609::connector::Device;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Delivery, Undelivered};
use xinyu_shell::user::Person;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{Timestamp, Topic, Tx};

use super::client::{self, CallError};
use super::grant;
use super::node::DESTINATION;
use super::product;
use super::registry;
use crate::app::Platform;

/// Tells every node that wants to know how a connector stands now.
///
/// # Errors
/// If the store fails.
pub async fn connector(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let kept = xinyu_store::connector::find(tx, member.connector_id.as_str()).await?;
    let is_gone = kept.as_ref().is_some_and(|kept| !kept.is_active());
    let device = kept.map(|kept| kept.device).unwrap_or_default();
    let stand = Stand {
        connector_id: &member.connector_id,
        participant_id: &member.participant_id,
        name: &member.name,
        is_usable: member.state == MemberState::Approved && !is_gone,
        since: member.decided_at.unwrap_or(member.registered_at),
    };
    device_told(platform, tx, &stand, &device).await
}

/// Likewise of a connector of another maker.
///
/// # Errors
/// If the store fails.
pub async fn heterogeneous(platform: &Platform, tx: &mut Tx, one: &Heterogeneous) -> Result<(), Failure> {
    let stand = Stand {
        connector_id: &one.connector_id,
        participant_id: &one.participant_id,
        name: &one.participant_name,
        is_usable: one.state.is_admitted(),
        since: one.decided_at.unwrap_or(one.registered_at),
    };
    device_told(platform, tx, &stand, &one.statement.device).await
}

/// Whose a connector is, and how it stands.
struct Stand<'a> {
    connector_id: &'a ConnectorId,
    participant_id: &'a ParticipantId,
    name: &'a str,
    is_usable: bool,
    since: Timestamp,
}

async fn device_told(platform: &Platform, tx: &mut Tx, stand: &Stand<'_>, device: &Device) -> Result<(), Failure> {
    if !platform.options.nodes.iter().any(|node| node.is_told) {
        return Ok(());
    }
    let report = ConnectorReport {
        base_info: ConnectorBase {
            identity_code: stand.connector_id.as_str().to_owned(),
            connector_name: device.name_or(stand.name),
            connector_ip_list: device.ip_list.clone(),
            connector_domain_list: device.domain_list.clone(),
            connector_join_type: device.join_type.code().to_owned(),
            enterprise_name: stand.name.to_owned(),
            enterprise_code: stand.participant_id.as_str().to_owned(),
            identity_status: if stand.is_usable { "1" } else { "0" }.to_owned(),
            auth_time: stand.since.strftime("%Y-%m-%d").to_string(),
        },
        extend_info: ConnectorExtension {
            supplier_name: device.supplier_name.clone(),
            supplier_code: device.supplier_code.clone(),
            connector_sn: device.connector_sn.clone(),
            connector_version: device.connector_version.clone(),
            connector_type: device.connector_type.sync_code().to_owned(),
            connector_mac: device.connector_mac.clone(),
        },
    };
    let body = xinyu_protocol::json::canonical(&report).map_err(Failure::broken)?;
    tell(platform, tx, stand.connector_id.as_str(), Interface::SyncConnectorInfo, &body).await
}

/// Has a message sent to every node that wants to be told; those about one thing arrive in their order.
///
/// # Errors
/// If the store fails.
pub(crate) async fn tell(
    platform: &Platform,
    tx: &mut Tx,
    about: &str,
    interface: Interface,
    body: &[u8],
) -> Result<(), Failure> {
    for node in platform.options.nodes.iter().filter(|node| node.is_told) {
        let to = format!("{DESTINATION}{}", node.id);
        let stream = format!("{to}/{about}");
        let row = OutboxMessage::new(&stream, &to, "ndi", interface.code(), body.to_vec());
        xinyu_store::outbox::enqueue(tx, &row).await?;
    }
    tx.signal(Topic::Outbox);
    Ok(())
}

/// Delivers a message of the outbox that is for a node; none if it is for somebody else.
pub async fn deliver(platform: &Platform, message: &OutboxMessage) -> Option<Delivery> {
    let id = message.destination.strip_prefix(DESTINATION)?;
    let lasting = |text: String| Undelivered { text, status: None, is_transient: false };
    let Some(node) = platform.options.nodes.iter().find(|node| node.id == id) else {
        return Some(Err(lasting(format!("function node {id} is not configured any more"))));
    };
    let Some(interface) = Interface::parse(&message.path) else {
        return Some(Err(lasting(format!("{} is no interface", message.path))));
    };
    let answered = client::call(platform, node, interface, &message.body).await;
    if message.kind == KIND {
        return Some(product::answered(message, answered));
    }
    Some(match answered {
        Ok(_) => Ok((200, Vec::new())),
        // It has this already: what was to be brought about is so.
        Err(CallError::Refused { code, .. }) if code.outcome == Outcome::Duplicate => Ok((200, Vec::new())),
        Err(error @ CallError::Unreached { .. }) => {
            Err(Undelivered { text: error.to_string(), status: None, is_transient: true })
        }
        Err(CallError::Refused { node, code, message }) => Err(Undelivered {
            text: format!("function node {node} answers {code}: {message}"),
            status: None,
            is_transient: code.is_transient(),
        }),
    })
}

/// An operator's delegation has ended: nodes are told that it acts for nobody any more, unless another delegation of it is good.
///
/// # Errors
/// If the store fails.
pub async fn operator(platform: &Platform, tx: &mut Tx, ended: &Delegation) -> Result<(), Failure> {
    if !platform.options.nodes.iter().any(|node| node.is_told) {
        return Ok(());
    }
    let Some(code) = registry::code_of(platform, tx, ended).await? else {
        return Ok(());
    };
    if registry::may_act(platform, tx, &code).await? == Some(true) {
        return Ok(());
    }
    let body = xinyu_protocol::json::canonical(&json!({ "identityCode": code })).map_err(Failure::broken)?;
    tell(platform, tx, &grant::digest(&code), Interface::SyncLogoffInfo, &body).await
}

fn checked(query: OperatorQuery) -> Result<String, Rejection> {
    let code = query.identity_code.trim().to_owned();
    if (1..=256).contains(&code.chars().count()) {
        return Ok(code);
    }
    Err(Rejection::bad("identity-code", "请填写经办人身份标识", "the operator's identity code is needed"))
}

/// `POST /api/v1/operators/logoff`: an operator acts for nobody any more; nodes are told, here it holds at once.
///
/// # Errors
/// If the store fails.
pub async fn log_off(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<OperatorQuery>,
) -> Result<Json<OperatorAnswer>, Failure> {
    let code = checked(body.value)?;
    let this = platform.clone();
    let done = platform.node.store.write("operator.log_off", move |tx| {
        Box::pin(async move {
            let digest = grant::digest(&code);
            if xinyu_store::ndi::log_off(tx, &digest).await? {
                let body =
                    xinyu_protocol::json::canonical(&json!({ "identityCode": code })).map_err(Failure::broken)?;
                tell(&this, tx, &digest, Interface::SyncLogoffInfo, &body).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    done.await?;
    Ok(Json(OperatorAnswer { status: "gone".to_owned(), node_id: None }))
}

/// `POST /api/v1/operators/status`: whether an operator may still act: here, else by the first node that knows. To be asked before a contract is signed
/// or an order paid.
///
/// # Errors
/// If a node is not reached: then it is not known, and nothing is to be signed.
pub async fn status(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<OperatorQuery>,
) -> Result<Json<OperatorAnswer>, Failure> {
    let code = checked(body.value)?;
    operator_status(&platform, &code).await.map(Json)
}

/// Whether an operator may still act.
///
/// # Errors
/// As [`status`].
pub async fn operator_status(platform: &Platform, code: &str) -> Result<OperatorAnswer, Failure> {
    let (digest, wanted, this) = (grant::digest(code), code.to_owned(), platform.clone());
    let here = platform.node.store.read("operator.status", move |tx| {
        Box::pin(async move {
            if xinyu_store::ndi::logged_off(tx, &digest).await?.is_some() {
                return Ok(Some(false));
            }
            registry::may_act(&this, tx, &wanted).await
        })
    });
    if let Some(may_act) = here.await? {
        let status = if may_act { "active" } else { "gone" };
        return Ok(OperatorAnswer { status: status.to_owned(), node_id: None });
    }
    let asked = xinyu_protocol::json::canonical(&json!({ "identityCode": code })).map_err(Failure::broken)?;
    for node in &platform.options.nodes {
        match client::call(platform, node, Interface::GetOperatorStatus, &asked).await {
            Ok(data) => {
                let told: OperatorStatus = serde_json::from_value(data.unwrap_or_default())
                    .map_err(|_| unreached(&format!("{} answers without authStatus", node.id)))?;
                let status = if told.auth_status == "1" { "active" } else { "gone" };
                return Ok(OperatorAnswer { status: status.to_owned(), node_id: Some(node.id.clone()) });
            }
            Err(CallError::Refused { code, .. }) if code.outcome == Outcome::NotFound => {}
            Err(CallError::Refused { code, .. }) if code.outcome == Outcome::Invalid => {
                return Ok(OperatorAnswer { status: "gone".to_owned(), node_id: Some(node.id.clone()) });
            }
            Err(error) => return Err(unreached(&error.to_string()).into()),
        }
    }
    Ok(OperatorAnswer { status: "unknown".to_owned(), node_id: None })
}

pub(super) fn unreached(why: &str) -> Rejection {
    let mut rejection = Rejection::conflict(
        "node-unreachable",
        format!("功能节点未给出可信答复：{why}"),
        format!("no answer of the function node that can be trusted: {why}"),
    );
    rejection.status = 502;
    rejection
}
