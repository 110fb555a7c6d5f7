//! Our control plane as data planes of other makers see it: what they tell of a flow, and the agreement that they may ask for. DPS 1.0-RC3 §4.4.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use xinyu_core::agreement::Terms;
use xinyu_core::negotiation::Side;
use xinyu_core::transfer::{Delivered, Transfer};
use xinyu_protocol::dps::{DataPlaneRegistration, FlowStatus};
use xinyu_protocol::dsp;
use xinyu_shell::Failure;
use xinyu_shell::arranged::ArrangedCall;

use super::{follow, unknown};
use crate::app::Connector;
use crate::plane;

/// `POST /transfers/{id}/dataflow/{prepared,started,completed,errored}`.
///
/// # Errors
/// If there is no such transfer on the caller's data plane.
pub async fn told(
    State(connector): State<Connector>,
    Path((id, what)): Path<(String, String)>,
    call: ArrangedCall,
) -> Result<StatusCode, Failure> {
    let state = match what.as_str() {
        "prepared" => "PREPARED",
        "started" => "STARTED",
        "completed" => "COMPLETED",
        "errored" => "TERMINATED",
        _ => return Err(unknown(&id).into()),
    };
    let mut status: FlowStatus = call.parse_or_default()?;
    // The path says what happened; a state in the body is only a repetition of it.
    state.clone_into(&mut status.state);
    let this = connector.clone();
    let told = connector.node.store.write("transfer.told", move |tx| {
        Box::pin(async move {
            let transfer = xinyu_store::transfer::lock(tx, &id).await?;
            let is_its_own = |transfer: &Transfer| transfer.data_plane.as_deref() == Some(call.system.id.as_str());
            transfer.filter(is_its_own).ok_or_else(|| Failure::from(unknown(&id)))?;
            follow(&this, tx, &id, status, Delivered::default()).await
        })
    });
    told.await?;
    Ok(StatusCode::OK)
}

/// `GET /transfers/{id}/agreement`: the ODRL agreement, so that a data plane can keep to it.
///
/// # Errors
/// If there is no such transfer on the caller's data plane.
pub async fn agreement(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    call: ArrangedCall,
) -> Result<Json<Value>, Failure> {
    let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    let found = connector.node.store.read("transfer.agreement", move |tx| {
        Box::pin(async move {
            let transfer = xinyu_store::transfer::find(tx, &id).await?;
            let transfer = transfer
                .filter(|transfer| transfer.data_plane.as_deref() == Some(call.system.id.as_str()))
                .ok_or_else(|| Failure::from(unknown(&id)))?;
            let agreement = xinyu_store::agreement::find(tx, transfer.contract_id.as_str()).await?;
            agreement.ok_or_else(|| Failure::from(unknown(&id)))
        })
    });
    let found = found.await?;
    let mut agreement = match &found.terms {
        Terms::Unsigned(agreement) => agreement.clone(),
        Terms::Signed(_) | Terms::HandedOn(_) => {
            let policy = xinyu_policy::parse_value(&found.terms.policy_document())
                .map_err(|errors| crate::negotiation::unreadable(&errors))?;
            let (assigner, assignee) = match found.side {
                Side::Provider => (me, found.peer.clone()),
                Side::Consumer => (found.peer.clone(), me),
            };
            let ids = xinyu_policy::OdrlIds {
                id: found.agreement_id.clone(),
                target: Some(found.product_id.clone()),
                assigner: Some(assigner),
                assignee: Some(assignee),
            };
            policy.to_odrl(xinyu_policy::OdrlKind::Agreement, &ids)
        }
    };
    if let Value::Object(members) = &mut agreement {
        members.insert("@context".to_owned(), json!([dsp::CONTEXT]));
    }
    Ok(Json(agreement))
}

/// `PUT /dataplanes`: a data plane that is arranged says where it is and what it can do now.
///
/// # Errors
/// If it is another one's name, or address.
pub async fn register(State(connector): State<Connector>, call: ArrangedCall) -> Result<StatusCode, Failure> {
    let said: DataPlaneRegistration = call.parse()?;
    let (id, endpoint) = (said.dataplane_id.clone(), said.endpoint.clone());
    let bare = DataPlaneRegistration { authorization: Map::new(), ..said };
    plane::register(&connector, call.system, (&id, &endpoint), bare).await
}
