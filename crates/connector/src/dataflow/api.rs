//! The data plane's signalling interface for control planes of other makers, and what people see and decide. DPS 1.0-RC3 §4.3.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Map;
use xinyu_core::dataflow::{self as core, ControlPlane, DataFlow};
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, FlowInfo};
use xinyu_protocol::dps::{ControlPlaneRegistration, DATA_PATH, FlowNotice, FlowState, FlowStatus};
use xinyu_shell::Failure;
use xinyu_shell::arranged::{Arranged, ArrangedCall};
use xinyu_shell::user::Person;

use super::{Verb, hear, prepare, start, tell, unknown};
use crate::app::Connector;
use crate::plane;

/// `POST /dataflows/prepare`.
///
/// # Errors
/// If the process has a flow already.
pub async fn preparing(State(connector): State<Connector>, call: ArrangedCall) -> Result<Response, Failure> {
    let message = call.parse()?;
    let (this, from) = (connector.clone(), from(&call.system));
    let status = connector
        .node
        .store
        .write("dataflow.prepare", move |tx| Box::pin(async move { prepare(&this, tx, message, from).await }));
    Ok(begun(&status.await?))
}

/// `POST /dataflows/start`.
///
/// # Errors
/// If the process has a flow already, or an address is missing or too much.
pub async fn starting(State(connector): State<Connector>, call: ArrangedCall) -> Result<Response, Failure> {
    let message = call.parse()?;
    let (this, from) = (connector.clone(), from(&call.system));
    let status = connector
        .node
        .store
        .write("dataflow.start", move |tx| Box::pin(async move { start(&this, tx, message, from).await }));
    Ok(begun(&status.await?))
}

/// `POST /dataflows/{id}/{started,suspend,resume,completed,terminate}`.
///
/// # Errors
/// If there is no such flow of the caller's, or the table does not lead there.
pub async fn told(
    State(connector): State<Connector>,
    Path((id, verb)): Path<(String, String)>,
    call: ArrangedCall,
) -> Result<Response, Failure> {
    let known = [Verb::Started, Verb::Suspend, Verb::Resume, Verb::Completed, Verb::Terminate];
    let verb = known.into_iter().find(|known| known.as_str() == verb).ok_or_else(|| unknown(&id))?;
    let notice: FlowNotice = call.parse_or_default()?;
    let (this, from) = (connector.clone(), from(&call.system));
    let status = connector
        .node
        .store
        .write("dataflow.hear", move |tx| Box::pin(async move { hear(&this, tx, &id, verb, notice, &from).await }));
    Ok(Json(status.await?).into_response())
}

/// `GET /dataflows/{id}/status`.
///
/// # Errors
/// If there is no such flow of the caller's.
pub async fn status(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    call: ArrangedCall,
) -> Result<Json<FlowState>, Failure> {
    let from = from(&call.system);
    let flow = find(&connector, id.clone()).await?;
    let flow = flow.filter(|flow| flow.control_plane == from).ok_or_else(|| unknown(&id))?;
    Ok(Json(FlowState { data_flow_id: flow.flow_id, state: flow.state.as_str().to_owned() }))
}

/// `PUT /controlplanes`: a control plane that is arranged says where it is now.
///
/// # Errors
/// If it is another one's name, or address.
pub async fn register(State(connector): State<Connector>, call: ArrangedCall) -> Result<StatusCode, Failure> {
    let said: ControlPlaneRegistration = call.parse()?;
    let (id, endpoint) = (said.controlplane_id.clone(), said.endpoint.clone());
    let bare = ControlPlaneRegistration { authorization: Map::new(), ..said };
    plane::register(&connector, call.system, (&id, &endpoint), bare).await
}

/// `GET /api/v1/dataflows`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<FlowInfo>>, Failure> {
    let all = connector.node.store.read("dataflow.list", |tx| {
        Box::pin(async move { xinyu_store::dataflow::list(tx, 200).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: all.await?.iter().map(info).collect() }))
}

/// `POST /api/v1/dataflows/{id}/decision`: people say of a flow in their hands that it is prepared, started, completed or errored.
///
/// # Errors
/// If there is no such flow, or the table does not lead there.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Decision>,
) -> Result<Json<FlowInfo>, Failure> {
    let known = MOVES.map(|(name, _)| name);
    let action = body.value.action;
    let what = known.into_iter().find(|known| *known == action).ok_or_else(|| {
        Rejection::bad(
            "unknown-move",
            format!("未知的动作「{action}」，可选：{}", known.join(", ")),
            format!("unknown move {action}, known are {}", known.join(", ")),
        )
    })?;
    let (this, note) = (connector.clone(), body.value.note);
    let decided = connector.node.store.write("dataflow.decide", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dataflow::lock(tx, &id).await?;
            let mut flow = found.ok_or_else(|| Failure::from(unknown(&id)))?;
            if !note.is_empty() {
                flow.reason = Some(note);
            }
            tell(&this, tx, flow, what).await
        })
    });
    Ok(Json(info(&decided.await?)))
}

/// A flow as people see it.
pub(crate) fn info(flow: &DataFlow) -> FlowInfo {
    FlowInfo {
        flow_id: flow.flow_id.clone(),
        side: flow.side.as_str().to_owned(),
        state: flow.state.as_str().to_owned(),
        profile: flow.profile.clone(),
        counterparty: flow.counterparty.clone(),
        control_plane: match &flow.control_plane {
            ControlPlane::Own => None,
            ControlPlane::Other(name) => Some(name.clone()),
        },
        by_hand: flow.by_hand,
        moves: moves(flow),
        reason: flow.reason.clone(),
    }
}

/// What people may say of a flow in their hands.
const MOVES: [(&str, core::State); 4] = [
    ("prepared", core::State::Prepared),
    ("started", core::State::Started),
    ("completed", core::State::Completed),
    ("errored", core::State::Terminated),
];

fn moves(flow: &DataFlow) -> Vec<String> {
    let allowed = MOVES.iter().filter(|(_, to)| flow.by_hand && core::TRANSITIONS.contains(&(flow.state, *to)));
    allowed.map(|(name, _)| (*name).to_owned()).collect()
}

/// One flow.
pub(crate) async fn find(connector: &Connector, id: String) -> Result<Option<DataFlow>, Failure> {
    let found = connector.node.store.read("dataflow.find", move |tx| {
        Box::pin(async move { xinyu_store::dataflow::find(tx, &id).await.map_err(Failure::from) })
    });
    found.await
}

fn from(system: &Arranged) -> ControlPlane {
    ControlPlane::Other(system.id.clone())
}

/// 200, or 202 with where to ask, when it takes its time.
fn begun(status: &FlowStatus) -> Response {
    let is_done = !matches!(core::State::parse(&status.state), Some(core::State::Preparing | core::State::Starting));
    let body = Bytes::from(serde_json::to_vec(status).unwrap_or_default());
    let code = if is_done { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (code, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let place = format!("{DATA_PATH}/dataflows/{}/status", status.data_flow_id);
    if let (false, Ok(place)) = (is_done, HeaderValue::try_from(place)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
