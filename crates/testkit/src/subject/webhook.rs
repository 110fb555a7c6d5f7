//! The webhooks by which the kits make the subject act as consumer; each is a call of the management API. And the door for the DPS kit's planes, which show
//! no token: it adds the arranged one.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_core::negotiation::Side;
use xinyu_protocol::api::connector::{NewNegotiation, NewTransfer, ProcessInfo};
use xinyu_shell::Failure;

use super::dsp::Agent;
use super::{KIT, PLANE, PLANE_TOKEN};

#[derive(Clone)]
struct Door {
    agent: Agent,
    address: String,
    http: reqwest::Client,
}

/// The webhooks of both kits.
pub(super) fn router(agent: &Agent, address: &str) -> Router {
    let door = Door { agent: agent.clone(), address: address.to_owned(), http: reqwest::Client::new() };
    Router::new()
        .route("/negotiations/requests", post(negotiate))
        .route("/transfers/requests", post(transfer))
        .route("/dataflows/trigger", post(flow))
        .route("/signaling/{*rest}", any(signal))
        .with_state(door)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Negotiate {
    offer_id: String,
    dataset_id: String,
}

async fn negotiate(State(door): State<Door>, Json(asked): Json<Negotiate>) -> Result<Json<ProcessInfo>, Refused> {
    let offer = json!({
        "@type": "Offer", "@id": asked.offer_id, "target": asked.dataset_id, "permission": [{"action": "use"}],
    });
    let new = NewNegotiation {
        partner: Some(KIT.to_owned()),
        dataset: Some(asked.dataset_id),
        offer: Some(offer),
        stepwise: true,
        ..NewNegotiation::default()
    };
    Ok(Json(door.agent.api.post("/api/v1/negotiations", &new).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transfer {
    agreement_id: String,
    format: String,
}

async fn transfer(State(door): State<Door>, Json(asked): Json<Transfer>) -> Result<Json<ProcessInfo>, Refused> {
    let contract_id = door.contract(&asked.agreement_id, KIT).await?;
    let new =
        NewTransfer { contract_id, format: Some(asked.format), stepwise: true, again: true, ..NewTransfer::default() };
    Ok(Json(door.agent.api.post("/api/v1/transfers", &new).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flow {
    agreement_id: String,
}

async fn flow(State(door): State<Door>, Json(asked): Json<Flow>) -> Result<Json<Value>, Refused> {
    let contract_id = door.contract(&asked.agreement_id, super::PARTICIPANTS[0]).await?;
    let new = NewTransfer { contract_id, data_plane: Some(PLANE.to_owned()), again: true, ..NewTransfer::default() };
    let process: ProcessInfo = door.agent.api.post("/api/v1/transfers", &new).await?;
    Ok(Json(json!({ "id": process.pid })))
}

async fn signal(State(door): State<Door>, Path(rest): Path<String>, method: Method, _: Uri, body: Bytes) -> Response {
    let url = format!("{}/dps/control/{rest}", door.address);
    let request = door.http.request(method, url).header(header::AUTHORIZATION, PLANE_TOKEN);
    match request.header(header::CONTENT_TYPE, "application/json").body(body).send().await {
        Ok(answer) => {
            let status = answer.status();
            (status, HeaderMap::new(), answer.bytes().await.unwrap_or_default()).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Door {
    /// The contract of an agreement that was seeded.
    async fn contract(&self, agreement_id: &str, peer: &str) -> Result<String, Refused> {
        let (name, peer) = (agreement_id.to_owned(), peer.to_owned());
        let found = self.agent.store.read("seed.agreement", move |tx| {
            Box::pin(async move {
                let found = xinyu_store::agreement::find_by_name(tx, &name, Side::Consumer, &peer).await;
                found.map_err(Failure::from)
            })
        });
        let found = found.await.map_err(|error| Refused(error.to_string()))?;
        let found = found.ok_or_else(|| Refused(format!("no agreement {agreement_id} was seeded")))?;
        Ok(found.contract_id.as_str().to_owned())
    }
}

/// Why a webhook does not do what it is asked to.
struct Refused(String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}

impl From<xinyu_http::ApiError> for Refused {
    fn from(error: xinyu_http::ApiError) -> Self {
        Self(error.to_string())
    }
}
