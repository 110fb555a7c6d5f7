//! The mover of data: woken by commits, it pulls what can be pulled and pushes what is to be pushed, flows side by side. What fails is tried again with
//! growing patience; what is told to rest or to end stops at once.

use std::time::Duration;

use axum::http::{HeaderValue, Method};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio_util::sync::CancellationToken;
use xinyu_core::agreement::Agreement;
use xinyu_core::dataflow::DataFlow;
use xinyu_core::negotiation::Side;
use xinyu_core::transfer::Delivered;
use xinyu_dataplane::deliver::deliver;
use xinyu_dataplane::plain::plain;
use xinyu_http::{GRANT_HEADER, SendOptions, guarded_client};
use xinyu_protocol::dsp::transfer::DataAddress;
use xinyu_shell::Failure;
use xinyu_store::Topic;

use super::watch::{Ground, watched};
use super::{SEALED, inbox};
use crate::app::Connector;
use crate::dataflow::is_member;

/// The largest delivery that is taken from a member.
const DELIVERY_LIMIT: u64 = 64 << 30;
/// The HTTP profile of Data Plane Signaling.
const HTTP_PROFILE: &str = "https://w3id.org/dspace-sig/profile/http";
/// How many flows are looked at in one turn.
const AT_ONCE: u32 = 256;

/// Moves until the node stops.
pub async fn run(connector: Connector) {
    let mut wake = connector.node.store.signals().subscribe(Topic::Transfer);
    loop {
        match waiting(&connector).await {
            Ok(flows) => {
                for flow in flows {
                    if let Some(token) = connector.moving.enter(&flow.flow_id) {
                        tokio::spawn(carry(connector.clone(), flow, token));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "data flows cannot be read, the next attempt follows"),
        }
        tokio::select! {
            () = connector.node.stopping() => return,
            _ = tokio::time::timeout(Duration::from_secs(5), wake.wait()) => {}
        }
    }
}

/// The flows that our data plane has to move.
async fn waiting(connector: &Connector) -> Result<Vec<DataFlow>, Failure> {
    let all = connector.node.store.read("dataflow.waiting", |tx| {
        Box::pin(async move { xinyu_store::dataflow::list_to_move(tx, AT_ONCE).await.map_err(Failure::from) })
    });
    all.await
}

/// Moves one flow, however often it takes, until it is done, rests or ends.
async fn carry(connector: Connector, flow: DataFlow, token: CancellationToken) {
    let id = flow.flow_id.clone();
    let mut patience = Duration::from_millis(200);
    loop {
        let outcome = tokio::select! {
            outcome = attempt(&connector, &flow) => outcome,
            () = token.cancelled() => break,
            () = connector.node.stopping() => break,
        };
        match outcome {
            Ok(()) => break,
            Err(error) => {
                tracing::warn!(%error, flow = %id, "the data of flow {id} did not move, the next attempt follows");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(patience) => {}
            () = token.cancelled() => break,
            () = connector.node.stopping() => break,
        }
        patience = patience.saturating_mul(2).min(Duration::from_secs(30));
        if !matches!(is_moving(&connector, &id).await, Ok(true)) {
            break;
        }
    }
    connector.moving.leave(&id);
    // Whatever was told meanwhile is looked at once more.
    connector.node.store.signals().fire(&[Topic::Transfer]);
}

/// Moves it once.
async fn attempt(connector: &Connector, flow: &DataFlow) -> Result<(), Failure> {
    let agreement = agreement_of(connector, flow).await?;
    match flow.side {
        Side::Consumer => pull(connector, flow, &agreement).await,
        Side::Provider => push(connector, flow, &agreement).await,
    }
}

async fn is_moving(connector: &Connector, id: &str) -> Result<bool, Failure> {
    let flow = crate::dataflow::api::find(connector, id.to_owned()).await?;
    Ok(flow.is_some_and(|flow| flow.state == xinyu_core::dataflow::State::Started))
}

async fn agreement_of(connector: &Connector, flow: &DataFlow) -> Result<Agreement, Failure> {
    let (name, side, peer) = (flow.agreement_id.clone(), flow.side, flow.counterparty.clone());
    let this = connector.clone();
    let found = connector.node.store.read("dataflow.agreement", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find_by_name(tx, &name, side, &peer).await?;
            let found = found.ok_or_else(|| Failure::broken(format!("agreement {name} is not known here")))?;
            crate::transfer::in_force(&this, tx, found.contract_id.as_str(), side).await
        })
    });
    found.await
}

async fn pull(connector: &Connector, flow: &DataFlow, agreement: &Agreement) -> Result<(), Failure> {
    let address = flow.address.as_ref().ok_or_else(|| Failure::broken("a started flow has no address"))?;
    let under = Ground::of(flow, Some(agreement.contract_id.as_str()));
    if !is_member(&flow.counterparty) {
        let (kind, body) = fetch(connector, address).await?;
        let body = watched(connector, under, body);
        return inbox::take_plain(connector, flow, agreement, &kind, body).await;
    }
    let node = &connector.node;
    let endpoint = address.url().unwrap_or_default().to_owned();
    let grant = address.property("authorization").unwrap_or_default();
    let peer = xinyu_shell::peer::address(node, &flow.counterparty).await.map_err(Failure::Broken)?;
    let client = node.client().ok_or_else(|| Failure::broken("not registered"))?;
    let mut options = SendOptions { max_reply_bytes: DELIVERY_LIMIT, ..SendOptions::default() };
    options.headers.insert(GRANT_HEADER, HeaderValue::from_str(grant).map_err(Failure::broken)?);
    let reply = client.stream(&peer, Method::GET, &endpoint, Vec::new(), options).await.map_err(Failure::broken)?;
    inbox::take_sealed(connector, flow, agreement, watched(connector, under, reply.body)).await
}

/// What a partner's data plane serves at an address that it gave: behind the egress guard like everything that a peer names.
async fn fetch(
    connector: &Connector,
    address: &DataAddress,
) -> Result<(String, BoxStream<'static, Result<Bytes, String>>), Failure> {
    let egress = &connector.node.egress;
    let url = egress.check_url(address.url().unwrap_or_default()).map_err(Failure::broken)?;
    let client = guarded_client(egress).map_err(Failure::broken)?;
    let mut request = client.get(url);
    if let Some(token) = authorization(address)? {
        request = request.header(AUTHORIZATION, token);
    }
    let told = |error: reqwest::Error| Failure::broken(error.without_url());
    let response = request.send().await.map_err(told)?;
    if !response.status().is_success() {
        return Err(Failure::broken(format!("the data plane answered {}", response.status())));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let body = response.bytes_stream().map(|piece| piece.map_err(|error| error.without_url().to_string()));
    Ok((kind, body.boxed()))
}

/// What the address says to show: as it stands, since other makers take nothing in front of it; as a bearer token in the HTTP profile, which says so.
fn authorization(address: &DataAddress) -> Result<Option<HeaderValue>, Failure> {
    let Some(token) = address.property("authorization") else {
        return Ok(None);
    };
    let is_profile = address.endpoint_type.starts_with(HTTP_PROFILE);
    let is_bearer = is_profile && address.property("authType").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let text = if is_bearer && !token.starts_with("Bearer ") { format!("Bearer {token}") } else { token.to_owned() };
    let mut value = HeaderValue::try_from(text).map_err(|_| Failure::broken("the token of an address is no header"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

async fn push(connector: &Connector, flow: &DataFlow, agreement: &Agreement) -> Result<(), Failure> {
    let address = flow.address.as_ref().ok_or_else(|| Failure::broken("a started flow has no address"))?;
    let (this, terms, product) = (connector.clone(), agreement.terms.clone(), agreement.product_id.clone());
    let (space, receiver) = (agreement.space_id.clone(), flow.counterparty.clone());
    let contract = agreement.contract_id.clone();
    let plans = connector.node.store.read("delivery.plan", move |tx| {
        Box::pin(async move {
            let about = (space.as_str(), product.as_str(), contract.as_str());
            super::prepare(&this, tx, about, &terms, &receiver).await
        })
    });
    let suite = connector.node.suite_of(&agreement.space_id);
    let salt = super::salt(connector, suite, agreement.contract_id.as_str());
    let (plans, basis) = plans.await?;
    let under = Ground::of(flow, Some(agreement.contract_id.as_str())).by(basis);
    let (kind, stream, done) = if is_member(&flow.counterparty) {
        let peer = xinyu_shell::peer::address(&connector.node, &flow.counterparty).await.map_err(Failure::Broken)?;
        let keys = peer.keys.ok_or_else(|| Failure::broken("the consumer's keys are not known"))?;
        let context = agreement.contract_id.as_str().as_bytes().to_vec();
        let (stream, done) = deliver(plans, suite, keys.sealing(suite).clone(), context, salt);
        (SEALED, watched(connector, under, stream), done)
    } else {
        let (stream, done) = plain(super::plain::only(plans, None)?, suite, salt);
        ("text/csv; charset=utf-8", watched(connector, under, stream), done)
    };
    let egress = &connector.node.egress;
    let url = egress.check_url(address.url().unwrap_or_default()).map_err(Failure::broken)?;
    let client = guarded_client(egress).map_err(Failure::broken)?;
    let mut request = client.post(url).header(CONTENT_TYPE, kind);
    if let Some(token) = authorization(address)? {
        request = request.header(AUTHORIZATION, token);
    }
    let told = |error: reqwest::Error| Failure::broken(error.without_url());
    let response = request.body(reqwest::Body::wrap_stream(stream)).send().await.map_err(told)?;
    if !response.status().is_success() {
        return Err(Failure::broken(format!("the consumer's data plane answered {}", response.status())));
    }
    let delivered = done.await.map_err(|_| Failure::broken("the delivery broke off"))?;
    let delivered = Delivered { rows: delivered.rows, bytes: delivered.bytes, digest: delivered.digest };
    inbox::sent(connector, flow, agreement, delivered).await
}
