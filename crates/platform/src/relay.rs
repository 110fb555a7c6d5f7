//! The relay at the platform (中继): what is sent to a member that nobody can call waits here until the member takes it, and its answer goes back in the same breath. Nothing
//! is stored: whoever does not come in time was not reached, and the sender tries again as with any other address. What is carried, the ends sign and seal; the
//! platform only looks who may take from which place. TC609-6-2025-01 §5.2.3; docs/adr/0025-a-relay-is-no-party.md.

mod exchange;
mod place;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{OriginalUri, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use xinyu_core::fault::Rejection;
use xinyu_http::auth::Question;
use xinyu_http::relay::{
    self, EXCHANGE_HEADER, FRAME_TYPE, MOST_BYTES, Received, RequestHead, SEALED_PATH, SEALED_TYPE,
};
use xinyu_http::trace;
use xinyu_identity::request::{self, Exchange, Expect};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::relay::RelayTake;
use xinyu_shell::Failure;

use self::exchange::Exchanges;
use self::place::{Places, Waiting};
use crate::app::Platform;

/// How long a member waits here for something to take; then it asks again.
const TAKE: Duration = Duration::from_secs(25);
/// How long a sender waits for an answer.
const ANSWER: Duration = Duration::from_secs(60);

/// What goes through a platform at the moment.
#[derive(Default)]
pub struct Relay {
    places: Places,
    exchanges: Exchanges,
}

/// The routes, with bounds of their own: an answer may be as long as the data that is delivered.
pub fn routes(platform: &Platform) -> Router {
    Router::new()
        .route("/relay/{place}", post(take))
        .route("/relay/{place}/{*path}", any(pass))
        .route("/relay-answers", post(answer))
        .layer(from_fn_with_state(platform.node.source(), trace::trace_requests))
        .with_state(platform.clone())
}

/// Anything to a member, by anybody: whether it is heard there, the member decides.
///
/// # Errors
/// If the member does not take it, or does not answer in time.
pub async fn pass(
    State(platform): State<Platform>,
    Path((place, path)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| too_long())?;
    let is_sealed = format!("/{path}") == SEALED_PATH && is(&parts.headers, SEALED_TYPE);
    let bytes = if is_sealed {
        body
    } else {
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let headers = relay::list(&parts.headers);
        let head = RequestHead { method: parts.method.to_string(), path, headers, reader: None };
        let lead = relay::lead(&head).map_err(|_| too_long())?;
        Bytes::from([lead.as_slice(), &body].concat())
    };
    let relay = &platform.relay;
    let place = relay.places.awaiting(&place).await.ok_or_else(absent)?;
    let _turn = place.turn().ok_or_else(busy)?;
    let (exchange, answered) = relay.exchanges.begin()?;
    if !place.put(Waiting { exchange: exchange.id.clone(), received: Received { bytes, is_sealed } }) {
        return Err(busy());
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(answer)) => answer.into_response(is_sealed).await.ok_or_else(absent),
        _ => Err(absent()),
    }
}

/// `POST /relay/{place}`, by the member whose key the place is named after: takes the next request; 204 if none came in time.
///
/// # Errors
/// If the caller does not prove that the place is its own.
pub async fn take(
    State(platform): State<Platform>,
    Path(place): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let wanted: RelayTake = xinyu_http::json::read_json(&body).map_err(|_| {
        Rejection::bad("malformed-message", "中继请求无法解析", "the request to the relay does not parse")
    })?;
    let id = wanted.connector_id.as_str().to_owned();
    let found = platform.node.store.read("relay.party", move |tx| {
        Box::pin(async move { xinyu_store::party::find(tx, &id).await.map_err(Failure::from) })
    });
    let party = found.await?.ok_or_else(stranger)?;
    let keys = party.keys.clone();
    if keys.by_kid(&place).is_none() {
        return Err(stranger());
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or_else(stranger)?;
    let now = platform.node.store.clock().now();
    let caller = PartyId::from(wanted.connector_id);
    let exchange = Exchange { method: "POST", path: uri.path(), body: &body };
    let expect = Expect { iss: &caller, aud: &platform.node.platform.id, exchange };
    let verified = request::verify(token, &keys, expect, now).map_err(|_| stranger())?;
    let replays = &platform.node.replays;
    if replays.bars(Question::IsForgotten(&verified.claims), now)
        || replays.bars(Question::IsReplayed(&verified.claims), now)
    {
        return Err(stranger());
    }
    let next = async {
        loop {
            let waiting = platform.relay.places.take(&place).await;
            // Whoever has gone meanwhile needs no answer.
            if platform.relay.exchanges.is_open(&waiting.exchange) {
                return waiting;
            }
        }
    };
    let waiting = tokio::select! {
        () = platform.node.stopping() => return Ok(StatusCode::NO_CONTENT.into_response()),
        waiting = tokio::time::timeout(TAKE, next) => waiting,
    };
    let Ok(Waiting { exchange, received }) = waiting else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let kind = if received.is_sealed { SEALED_TYPE } else { FRAME_TYPE };
    let headers = [(header::CONTENT_TYPE.as_str(), kind), (EXCHANGE_HEADER, exchange.as_str())];
    Ok((headers, Body::from(received.bytes)).into_response())
}

/// `POST /relay-answers`, by whoever took the request: its answer, which is passed on as it comes.
///
/// # Errors
/// If nobody waits for it any more.
pub async fn answer(State(platform): State<Platform>, request: Request) -> Result<StatusCode, Failure> {
    let (parts, body) = request.into_parts();
    let exchange = parts.headers.get(EXCHANGE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_sealed = is(&parts.headers, SEALED_TYPE);
    let passed = platform
        .relay
        .exchanges
        .answer(exchange, is_sealed, body)
        .ok_or_else(|| Rejection::unknown("no-exchange", "没有等待该应答的请求", "nobody waits for this answer"))?;
    // What is read there is written here: this request lasts as long as its body is read.
    passed.await;
    Ok(StatusCode::NO_CONTENT)
}

fn is(headers: &HeaderMap, kind: &str) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value == kind)
}

fn stranger() -> Failure {
    let mut rejection = Rejection::forbidden(
        "relay-not-yours",
        "只有持有该密钥的已登记连接器可在此收取请求",
        "only the registered connector that holds this key takes requests here",
    );
    rejection.status = 401;
    rejection.into()
}

/// As from an address that does not answer: the sender tries again.
fn absent() -> Failure {
    let mut rejection = Rejection::conflict(
        "relay-absent",
        "该连接器目前未与平台保持连接，请稍后重试",
        "this connector is not in touch with its platform at the moment; try again later",
    );
    rejection.status = 503;
    rejection.into()
}

fn busy() -> Failure {
    let mut rejection = Rejection::conflict(
        "relay-busy",
        "等待该连接器的请求过多，请稍后重试",
        "too many requests wait for this connector; try again later",
    );
    rejection.status = 503;
    rejection.into()
}

fn too_long() -> Failure {
    let mut rejection =
        Rejection::bad("too-large", "请求过大，无法经中继传送", "the request is too large to be carried");
    rejection.status = 413;
    rejection.into()
}
