//! Limits that hold before anything is believed: size of the body, time, rate and number of requests at once. Order of the layers, from outside:
//! trace, address limits, body size, time, authentication, peer limits, proof, handler.

mod bucket;
mod gate;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::auth::Peer;
use crate::json::too_large;
use crate::problem::ProblemResponse;
use crate::source::Source;

pub use bucket::{Rate, RateLimiter};
pub use gate::{Gate, Permit};

/// Middleware: no body longer than the state's number of bytes. One that says so is refused at once; one that does not breaks off when it is read.
pub async fn limit_body(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| u64::try_from(limit).is_ok_and(|limit| length > limit)) {
        return ProblemResponse::new(too_large()).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}

/// Middleware: an answer within the state's time, or 504. A streamed body may take longer than that: the time ends with its head.
pub async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ProblemResponse::new(Problem::new(
            504,
            "too-slow",
            Text::new("处理超时", "request was not answered in time"),
        ))
        .into_response(),
    }
}

/// How many requests a caller may make. State of [`limit_requests`]; cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    rate: Arc<RateLimiter>,
    gate: Arc<Gate>,
    source: Source,
}

impl RequestLimits {
    /// At `rate`, and at most `at_once` at the same time, for each caller by itself.
    #[must_use]
    pub fn new(rate: Rate, at_once: usize, source: Source) -> Self {
        Self { rate: Arc::new(RateLimiter::new(rate)), gate: Arc::new(Gate::new(at_once)), source }
    }
}

/// Middleware: 429 with `Retry-After` for a caller above its limits. The caller is the authenticated peer inside of authentication, the address
/// outside of it; use one layer with its own [`RequestLimits`] for each.
pub async fn limit_requests(State(limits): State<RequestLimits>, request: Request, next: Next) -> Response {
    let caller = caller_of(&request);
    let Some(_permit) = limits.gate.enter(&caller) else {
        return busy("too-many-at-once", 1, Text::new("同时请求过多", "too many requests at once"));
    };
    if let Err(seconds) = limits.rate.take(&caller, limits.source.now()) {
        return busy("too-many-requests", seconds, Text::new("请求过于频繁", "too many requests"));
    }
    next.run(request).await
}

fn caller_of(request: &Request) -> String {
    if let Some(peer) = request.extensions().get::<Peer>() {
        return peer.party.as_str().to_owned();
    }
    match request.extensions().get::<ConnectInfo<SocketAddr>>() {
        Some(ConnectInfo(address)) => address.ip().to_string(),
        None => "unknown".to_owned(),
    }
}

fn busy(code: &str, seconds: u64, title: Text) -> Response {
    ProblemResponse::new(Problem::new(429, code, title)).header(RETRY_AFTER, HeaderValue::from(seconds)).into_response()
}

#[cfg(test)]
mod tests;
