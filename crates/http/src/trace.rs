//! One trace id a request: taken from a W3C `traceparent` or made here, in every log line, problem and onward request. Bodies, tokens and queries
//! are never logged; the path is, as its template.

use std::fmt;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::source::Source;

/// Names the trace id in a response.
pub const TRACE_HEADER: &str = "x-trace-id";

/// The header of W3C Trace Context.
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// 16 bytes, not all zero; written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace id of a `traceparent` (W3C Trace Context §3.2). Anything irregular is ignored, as the recommendation asks.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_regular = is_hex(version, 2) && version != "ff" && is_hex(parent, 16) && is_hex(flags, 2);
        let ends = version != "00" || parts.next().is_none();
        if !is_regular || !ends || !is_hex(trace, 32) || parent.bytes().all(|byte| byte == b'0') {
            return None;
        }
        match u128::from_str_radix(trace, 16) {
            Ok(id) if id != 0 => Some(Self(id)),
            _ => None,
        }
    }

    /// A new one.
    #[must_use]
    pub fn new(source: &Source) -> Self {
        Self(source.id().as_u128().max(1))
    }

    /// The `traceparent` for a request made within this trace.
    #[must_use]
    pub fn traceparent(self, source: &Source) -> String {
        let (_, low) = source.id().as_u64_pair();
        format!("00-{self}-{:016x}-01", low.max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

tokio::task_local! {
    static CURRENT: TraceId;
}

/// The trace that the present task works for; none outside of a request, unless [`within`] set one.
#[must_use]
pub fn current() -> Option<TraceId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Runs a future within a trace, such as a driver's work that a request has caused.
pub async fn within<F: Future>(id: TraceId, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

/// Middleware, outermost: gives the request its trace, a span, one log line at its end, and the response its header.
pub async fn trace_requests(State(source): State<Source>, request: Request, next: Next) -> Response {
    let id = trace_of(request.headers()).unwrap_or_else(|| TraceId::new(&source));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", trace_id = %id, %method, %route);
    let started = Instant::now();
    let answer = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if status >= 500 {
            tracing::warn!(status, latency_us, "{method} {route} failed with {status}");
        } else {
            tracing::info!(status, latency_us, "{method} {route} answered {status}");
        }
        response
    };
    let mut response = within(id, answer.instrument(span)).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(TRACE_HEADER, value);
    }
    response
}

fn trace_of(headers: &HeaderMap) -> Option<TraceId> {
    let mut values = headers.get_all(TRACEPARENT_HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => TraceId::from_traceparent(value.to_str().ok()?),
        _ => None,
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
