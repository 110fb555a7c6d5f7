//! The kit's own endpoint, to which the subject sends its messages.
//!
//! As at the official kit, a message that nobody expects gets 404, and an expectation is met once. Paths are those of one process, not
//! patterns: many sequences run at once. Only a first request, which names no process of ours, is told by a member of its body.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Options;

/// A server that ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Counterpart {
    address: String,
    desk: Arc<Desk>,
    server: JoinHandle<()>,
}

/// Which message is expected.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) path: String,
    /// A JSON pointer into the body and what must stand there.
    pub(crate) member: Option<(&'static str, String)>,
}

/// What a message is answered with.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

/// While it lives, the message is expected.
#[derive(Debug)]
pub(crate) struct Expectation {
    number: u64,
    desk: Arc<Desk>,
}

impl Counterpart {
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen).await.with_context(|| format!("bind {}", options.listen))?;
        let address = match &options.address {
            Some(address) => address.trim_end_matches('/').to_owned(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let desk = Arc::<Desk>::default();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&desk));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the counterpart's server ended");
            }
        });
        Ok(Self { address, desk, server })
    }

    /// How the subject reaches it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Expects one message; `act` decides over it while the subject waits for the answer. `act` sees null for an empty body.
    pub(crate) fn expect(&self, expected: Expected, act: impl FnOnce(Value) -> Answer + Send + 'static) -> Expectation {
        let mut log = self.desk.log();
        log.next += 1;
        let number = log.next;
        log.waiting.push(Waiting { number, expected, act: Box::new(act) });
        Expectation { number, desk: Arc::clone(&self.desk) }
    }

    /// The messages that nobody expected and whose path or body names one of `ids`.
    pub(crate) fn unexpected(&self, ids: &[&str]) -> Vec<String> {
        let named = |line: &&String| ids.iter().any(|id| line.contains(id));
        self.desk.log().unexpected.iter().filter(named).cloned().collect()
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Drop for Expectation {
    fn drop(&mut self) {
        self.desk.log().waiting.retain(|waiting| waiting.number != self.number);
    }
}

#[derive(Default)]
struct Desk(Mutex<Log>);

#[derive(Default)]
struct Log {
    next: u64,
    waiting: Vec<Waiting>,
    unexpected: Vec<String>,
}

struct Waiting {
    number: u64,
    expected: Expected,
    act: Box<dyn FnOnce(Value) -> Answer + Send>,
}

impl Desk {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Expected {
    fn is(&self, path: &str, body: &Value) -> bool {
        let member = self.member.as_ref();
        path == self.path
            && member.is_none_or(|(pointer, text)| body.pointer(pointer).and_then(Value::as_str) == Some(text))
    }
}

async fn receive(State(desk): State<Arc<Desk>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let path = uri.path().trim_end_matches('/');
    let body: Value = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into()),
    };
    let found = {
        let mut log = desk.log();
        let place = log.waiting.iter().position(|waiting| method == Method::POST && waiting.expected.is(path, &body));
        match place {
            Some(place) => Some(log.waiting.remove(place)),
            None => {
                log.unexpected.push(format!("{method} {path} {body}"));
                None
            }
        }
    };
    let Some(waiting) = found else {
        return (StatusCode::NOT_FOUND, "nobody expects this message").into_response();
    };
    let answer = (waiting.act)(body);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match answer.body {
        Some(body) => (status, Json(body)).into_response(),
        None => status.into_response(),
    }
}
