//! The open end of our data plane: `GET /data/{flow}` serves what is pulled, `POST /data/{flow}` takes what is pushed, `POST /data/{flow}/token` renews a
//! token of the HTTP profile. The agreement is asked each time: what is served follows from it alone.

use axum::Form;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::dataflow::{ControlPlane, DataFlow, State as FlowState};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_dataplane::plain::plain;
use xinyu_dataplane::prepare::TablePlan;
use xinyu_identity::client_token::ClientToken;
use xinyu_shell::Failure;
use xinyu_shell::arranged::{ArrangedKind, digest};

use super::watch::{Ground, watched};
use super::{SEALED, inbox, note_when_served, prepare, salt};
use crate::app::Connector;
use crate::dataflow::{api, is_member, opens, renew, unknown};

/// Which table of the product.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    table: Option<String>,
}

/// `GET /data/{flow}?table=`, with the token of the data address: one table as CSV.
///
/// # Errors
/// 404 unless the token opens a flow that is started; 409 if the agreement does not let data flow; 400 if there are several tables and none is named.
pub async fn serve(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let flow = opened(&connector, &id, &headers, Side::Provider).await?;
    let (product, terms, contract_id, space_id) = ground(&connector, &flow).await?;
    // What another control plane agreed on has no space here.
    let under = Ground::of(&flow, Some(contract_id.as_str()).filter(|_| !space_id.is_empty()));
    let (this, space, receiver) = (connector.clone(), space_id.clone(), flow.counterparty.clone());
    let contract = contract_id.clone();
    let plans = connector.node.store.read("delivery.plan", move |tx| {
        Box::pin(async move { prepare(&this, tx, (&space, &product, &contract), &terms, &receiver).await })
    });
    let (plans, basis) = plans.await?;
    let plan = only(plans, choice.table.as_deref())?;
    let suite = connector.node.suite_of(&space_id);
    let (stream, done) = plain(plan, suite, salt(&connector, suite, &contract_id));
    let stream = watched(&connector, under.by(basis), stream);
    note_when_served(&connector, contract_id, done);
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    Ok(response)
}

/// `POST /data/{flow}`, with the token of the address that we gave: what is pushed to us, by a member encrypted for us, by a partner as CSV.
///
/// # Errors
/// 404 unless the token opens a flow that is started; 409 if the agreement does not let data flow; 400 if it is not what such a sender delivers.
pub async fn take(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Failure> {
    let flow = opened(&connector, &id, &headers, Side::Consumer).await?;
    let agreement = own_agreement(&connector, &flow).await?.ok_or_else(|| unknown(&id))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let under = Ground::of(&flow, Some(agreement.contract_id.as_str()));
    let pieces = watched(&connector, under, body.into_data_stream());
    let taken = match (is_member(&flow.counterparty), kind == SEALED) {
        (true, true) => inbox::take_sealed(&connector, &flow, &agreement, pieces).await,
        (true, false) => Err(Failure::broken("a member delivers what is encrypted for its receiver, nothing in plain")),
        (false, _) => inbox::take_plain(&connector, &flow, &agreement, kind, pieces).await,
    };
    taken.map_err(|failure| match failure {
        Failure::Broken(why) => Rejection::bad(
            "delivery",
            format!("推送的数据未被接收：{why}"),
            format!("what was pushed is not taken: {why}"),
        )
        .into(),
        other => other,
    })?;
    Ok(StatusCode::OK)
}

/// A renewal, RFC 6749 §6.
#[derive(Debug, Deserialize)]
pub struct Renewal {
    grant_type: String,
    refresh_token: String,
}

/// New tokens, RFC 6749 §5.1.
#[derive(Debug, Serialize)]
pub struct Renewed {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
}

/// `POST /data/{flow}/token`: new tokens for old ones, for who proves with its DID that it is the consumer and has the old one.
///
/// # Errors
/// 400 or 401 unless everything fits.
pub async fn token(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(renewal): Form<Renewal>,
) -> Result<Json<Renewed>, Failure> {
    let refuse = |zh: &str, en: &str| {
        let mut rejection = Rejection::bad("token-renewal", zh, en).clause("RFC 6749 §5.2");
        rejection.status = 401;
        Failure::from(rejection)
    };
    if renewal.grant_type != "refresh_token" {
        return Err(Rejection::bad(
            "unsupported-grant-type",
            "仅支持 grant_type=refresh_token",
            "only grant_type=refresh_token is supported",
        )
        .into());
    }
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let jwt = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    let audience = connector.options.data_plane_id.as_deref().unwrap_or(&me);
    let now = connector.node.store.clock().now();
    let token = ClientToken::parse(jwt, audience, now).map_err(|error| {
        refuse(&format!("客户端令牌无效：{error}"), &format!("the client token is not valid: {error}"))
    })?;
    let flow = api::find(&connector, id.clone()).await?.ok_or_else(|| unknown(&id))?;
    if flow.refresh_digest.as_deref() != Some(digest(&renewal.refresh_token).as_str()) {
        return Err(refuse("续期令牌无效", "the refresh token is not valid"));
    }
    if token.issuer().as_str() != flow.counterparty {
        return Err(refuse("客户端不是该数据流的使用方", "the client is not the consumer of this flow"));
    }
    let document = connector.node.dcp.document_of(token.issuer()).await.map_err(|error| {
        refuse(&format!("DID 文档不可用：{error}"), &format!("the did document cannot be had: {error}"))
    })?;
    let claims = token.verify_by(&document).map_err(|error| {
        refuse(&format!("客户端令牌无效：{error}"), &format!("the client token is not valid: {error}"))
    })?;
    if claims.token.as_deref().map(digest) != flow.token_digest {
        return Err(refuse("访问令牌不是该数据流的", "the access token is not the one of this flow"));
    }
    let old = flow.refresh_digest.clone();
    let renewed = connector.node.store.write("dataflow.renew", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dataflow::lock(tx, &id).await?;
            // A refresh token is good once: a second request with it comes too late.
            let mut flow = found.filter(|flow| flow.refresh_digest == old).ok_or_else(|| unknown(&id))?;
            let (access_token, refresh_token, expires_in) = renew(&mut flow, tx);
            xinyu_store::dataflow::save(tx, &flow).await?;
            Ok::<_, Failure>(Renewed { access_token, token_type: "Bearer", expires_in, refresh_token })
        })
    });
    Ok(Json(renewed.await?))
}

/// The flow that a token opens. Who has no right to it learns nothing about it.
async fn opened(connector: &Connector, id: &str, headers: &HeaderMap, side: Side) -> Result<DataFlow, Failure> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let now = connector.node.store.clock().now().as_second();
    let flow = api::find(connector, id.to_owned()).await?;
    let flow = flow
        .filter(|flow| flow.side == side && flow.state == FlowState::Started && opens(flow, shown, now))
        .ok_or_else(|| unknown(id))?;
    Ok(flow)
}

async fn own_agreement(connector: &Connector, flow: &DataFlow) -> Result<Option<Agreement>, Failure> {
    let (name, side, peer) = (flow.agreement_id.clone(), flow.side, flow.counterparty.clone());
    let this = connector.clone();
    let found = connector.node.store.read("dataflow.agreement", move |tx| {
        Box::pin(async move {
            match xinyu_store::agreement::find_by_name(tx, &name, side, &peer).await? {
                Some(found) => crate::transfer::in_force(&this, tx, found.contract_id.as_str(), side).await.map(Some),
                None => Ok(None),
            }
        })
    });
    found.await
}

/// What may be served: product, terms, contract and space. From our own agreement, or from the one that another control plane has.
async fn ground(connector: &Connector, flow: &DataFlow) -> Result<(String, Terms, String, String), Failure> {
    if let Some(agreement) = own_agreement(connector, flow).await? {
        let contract_id = agreement.contract_id.as_str().to_owned();
        return Ok((agreement.product_id, agreement.terms, contract_id, agreement.space_id));
    }
    let ControlPlane::Other(name) = &flow.control_plane else {
        return Err(unknown(&flow.flow_id).into());
    };
    let arranged = connector.node.arranged.find(ArrangedKind::ControlPlane, name);
    let arranged = arranged.ok_or_else(|| unknown(&flow.flow_id))?;
    let path = format!("/transfers/{}/agreement", flow.flow_id);
    let client = &connector.node.arranged_client;
    let request = client.request(&arranged, reqwest::Method::GET, &path)?;
    let (status, body) = client.exchange(&arranged, request).await?;
    let agreement: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let agreement = xinyu_protocol::dsp::tolerant::plain(agreement);
    let text = |name: &str| agreement.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if !(200..300).contains(&status) || text("@id") != flow.agreement_id || text("target").is_empty() {
        return Err(unknown(&flow.flow_id).into());
    }
    Ok((text("target"), Terms::Unsigned(agreement.clone()), flow.agreement_id.clone(), String::new()))
}

/// The table that is asked for, or the only one.
pub(super) fn only(mut plans: Vec<TablePlan>, table: Option<&str>) -> Result<TablePlan, Failure> {
    let names: Vec<String> = plans.iter().map(|plan| plan.table.clone()).collect();
    match table {
        Some(table) => plans.retain(|plan| plan.table == table),
        None if plans.len() > 1 => plans.clear(),
        None => {}
    }
    plans.pop().ok_or_else(|| {
        Rejection::bad(
            "which-table",
            format!("请用 ?table= 指明数据表，可选：{}", names.join("、")),
            format!("name the table with ?table=, there are {}", names.join(", ")),
        )
        .into()
    })
}
