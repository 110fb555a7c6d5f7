//! The kit's own endpoint, to which the subject sends its messages.
//!
//! As at the official kit, a message that nobody expects gets 404, and an expectation is met once. Where many sequences run at once, a path
//! names the process, and a first request, which names no process of ours, is told by a member of its body.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
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
    pub(crate) method: Method,
    /// A segment `*` stands for any one segment.
    pub(crate) path: String,
    /// A JSON pointer into the body and what must stand there.
    pub(crate) member: Option<(&'static str, String)>,
    /// Once, or as often as it comes.
    pub(crate) is_lasting: bool,
}

/// What a message is answered with.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    /// The `Location` header.
    pub(crate) location: Option<String>,
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

    /// Expects a message; `act` decides over it while the subject waits for the answer. `act` sees null for an empty body.
    pub(crate) fn expect(
        &self,
        expected: Expected,
        act: impl Fn(&Value) -> Answer + Send + Sync + 'static,
    ) -> Expectation {
        let mut log = self.desk.log();
        log.next += 1;
        let number = log.next;
        log.waiting.push(Waiting { number, expected, act: Arc::new(act) });
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

impl Expected {
    /// A message that comes once, at this path.
    pub(crate) fn once(path: String) -> Self {
        Self { method: Method::POST, path, member: None, is_lasting: false }
    }

    /// A message that may come often, at this path.
    pub(crate) fn lasting(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), member: None, is_lasting: true }
    }

    fn is(&self, method: &Method, path: &str, body: &Value) -> bool {
        let (own, theirs) = (self.path.split('/'), path.split('/'));
        let is_there = own.clone().count() == theirs.clone().count();
        let (pointer, text) = match &self.member {
            Some((pointer, text)) => (*pointer, Some(text.as_str())),
            None => ("", None),
        };
        *method == self.method
            && is_there
            && own.zip(theirs).all(|(own, theirs)| own == "*" || own == theirs)
            && text.is_none_or(|text| body.pointer(pointer).and_then(Value::as_str) == Some(text))
    }
}

impl Answer {
    /// An answer with a body.
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), location: None }
    }

    /// An empty answer.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, location: None }
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
    act: Act,
}

type Act = Arc<dyn Fn(&Value) -> Answer + Send + Sync>;

impl Desk {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// What decides over a message, if it is expected; the expectation ends with it, unless it lasts.
    fn take(&mut self, method: &Method, path: &str, body: &Value) -> Option<Act> {
        let place = self.waiting.iter().position(|waiting| waiting.expected.is(method, path, body))?;
        let waiting = self.waiting.get(place)?;
        let act = Arc::clone(&waiting.act);
        if !waiting.expected.is_lasting {
            self.waiting.remove(place);
        }
        Some(act)
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

async fn receive(State(desk): State<Arc<Desk>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let path = uri.path().trim_end_matches('/');
    let body: Value = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into()),
    };
    let act = desk.log().take(&method, path, &body);
    let Some(act) = act else {
        desk.log().unexpected.push(format!("{method} {path} {body}"));
        return (StatusCode::NOT_FOUND, "nobody expects this message").into_response();
    };
    let answer = act(&body);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let location = answer.location.map(|location| [(LOCATION, location)]);
    match answer.body {
        Some(body) => (status, location, Json(body)).into_response(),
        None => (status, location, ()).into_response(),
    }
}
