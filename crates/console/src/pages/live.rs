//! Live state for the browser: what the node says has changed, relayed for the session of the person who looks. The script then asks for the page again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::ready;
use futures::stream::{self, StreamExt};
use xinyu_protocol::api::{self, LiveEvent};

use crate::app::Console;
use crate::visitor::cookie;

/// As the node does it.
const HEARTBEAT: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_secs(2);

/// `GET /live`. Without a session it is refused and not tried again; it ends with the node's own stream.
pub(crate) async fn relay(State(console): State<Console>, headers: HeaderMap) -> Response {
    let Some(token) = cookie(&headers, &console.session_cookie) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let found = console.api.with_session(token).events(&format!("{}/live", api::PATH)).await;
    let events = match found {
        Ok(events) => events,
        Err(error) => {
            let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
            return status.unwrap_or(StatusCode::BAD_GATEWAY).into_response();
        }
    };
    let relayed = events.take_while(|event| ready(event.is_ok())).filter_map(|event| {
        let told = event.ok().and_then(|data| serde_json::from_str::<LiveEvent>(&data).ok());
        ready(told.map(|told| Ok::<_, Infallible>(Event::default().event(told.topic).data("{}"))))
    });
    let greeting = Event::default().retry(RETRY).comment("here is what changes from now on");
    let whole = stream::once(ready(Ok(greeting))).chain(relayed);
    let mut response = Sse::new(whole).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
