//! A line to a node that fails as it is told: a small proxy on loopback. A request or its answer is lost as a network loses it, by a connection that ends
//! without a word; a request may also arrive late, long after its sender has given it up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request does not arrive.
    RequestLost,
    /// The request is handled, its answer does not arrive.
    AnswerLost,
    /// The request does not arrive in time. The first one arrives after all, when it is let go.
    Late,
}

/// A line to one node. Requests pass unless a fault strikes them.
#[derive(Debug)]
pub struct Line {
    address: String,
    way: Arc<Way>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Way {
    to: Mutex<Option<SocketAddr>>,
    strikes: Mutex<Vec<Strike>>,
    client: reqwest::Client,
}

/// A fault that strikes, until it is lifted, every message whose path or body holds a word.
#[derive(Clone, Debug)]
pub struct Strike {
    word: String,
    fault: Fault,
    seen: watch::Sender<Seen>,
}

/// What became of the messages with the word.
#[derive(Debug, Default)]
struct Seen {
    struck: u32,
    is_lifted: bool,
    passed: u32,
    late: Option<Message>,
}

/// A request, whole.
#[derive(Clone, Debug)]
struct Message {
    head: Parts,
    body: Bytes,
}

/// Nothing comes back.
type Lost = anyhow::Error;

impl Line {
    /// A line that leads nowhere yet.
    ///
    /// # Errors
    /// If there is no port, or TLS cannot be set up.
    pub async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build()?;
        let way = Arc::new(Way { to: Mutex::default(), strikes: Mutex::default(), client });
        let server = tokio::spawn(accept(listener, Arc::clone(&way)));
        Ok(Self { address, way, server })
    }

    /// Base URL of the node, as others know it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where the node really listens.
    pub fn lead_to(&self, to: SocketAddr) {
        *lock(&self.way.to) = Some(to);
    }

    /// From now on a fault strikes the messages that hold a word.
    pub fn strike(&self, word: &str, fault: Fault) -> Strike {
        let strike = Strike { word: word.to_owned(), fault, seen: watch::Sender::default() };
        lock(&self.way.strikes).push(strike.clone());
        strike
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Strike {
    /// Waits until a message was struck.
    pub async fn has_struck(&self) {
        self.until(|seen| seen.struck > 0).await;
    }

    /// From now on the messages pass.
    pub fn lift(&self) {
        self.seen.send_modify(|seen| seen.is_lifted = true);
    }

    /// Waits until a message has passed and its answer has come back.
    pub async fn has_passed(&self) {
        self.until(|seen| seen.passed > 0).await;
    }

    async fn until(&self, is_so: impl Fn(&Seen) -> bool) {
        // The sender is ours: it does not go away.
        let _ = self.seen.subscribe().wait_for(|seen| is_so(seen)).await;
    }
}

impl Line {
    /// Lets a message go that is late. The status with which it is answered, which nobody hears.
    ///
    /// # Errors
    /// If none is late, or the node does not answer.
    pub async fn let_go(&self, strike: &Strike) -> anyhow::Result<u16> {
        let mut late = None;
        strike.seen.send_modify(|seen| late = seen.late.take());
        let answer = self.way.forward(late.context("no message is late")?).await?;
        Ok(answer.status().as_u16())
    }
}

async fn accept(listener: TcpListener, way: Arc<Way>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, Arc::clone(&way)));
    }
}

async fn connection(stream: TcpStream, way: Arc<Way>) {
    let service = service_fn(move |request| carry(Arc::clone(&way), request));
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection of the line ended early");
    }
}

/// Carries one request. A failure ends the connection.
async fn carry(way: Arc<Way>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
    let (head, body) = request.into_parts();
    let message = Message { head, body: body.collect().await?.to_bytes() };
    let Some(strike) = way.strike_of(&message) else {
        return way.spawn(message).await;
    };
    let is_lifted = strike.seen.borrow().is_lifted;
    match strike.fault {
        _ if is_lifted => {
            let answer = way.spawn(message).await?;
            strike.seen.send_modify(|seen| seen.passed += 1);
            return Ok(answer);
        }
        Fault::AnswerLost => drop(way.spawn(message).await?),
        Fault::Late => strike.seen.send_modify(|seen| {
            seen.late.get_or_insert(message);
        }),
        Fault::RequestLost => {}
    }
    strike.seen.send_modify(|seen| seen.struck += 1);
    anyhow::bail!("{} lost", strike.word)
}

impl Way {
    fn strike_of(&self, message: &Message) -> Option<Strike> {
        let body = String::from_utf8_lossy(&message.body);
        let path = message.head.uri.path();
        let strikes = lock(&self.strikes);
        let holds = |strike: &&Strike| path.contains(&strike.word) || body.contains(&strike.word);
        // One that is in force goes before one that was lifted, which only counts.
        let in_force = strikes.iter().filter(holds).find(|strike| !strike.seen.borrow().is_lifted);
        in_force.or_else(|| strikes.iter().find(holds)).cloned()
    }

    /// Forwards to the end, even when the sender is gone meanwhile.
    async fn spawn(self: &Arc<Self>, message: Message) -> Result<Response<Full<Bytes>>, Lost> {
        let way = Arc::clone(self);
        tokio::spawn(async move { way.forward(message).await }).await?
    }

    async fn forward(&self, message: Message) -> Result<Response<Full<Bytes>>, Lost> {
        let to = lock(&self.to).context("the line leads nowhere")?;
        let path = message.head.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.client.request(message.head.method, format!("http://{to}{path}"));
        let answer = request.headers(end_to_end(message.head.headers)).body(message.body).send().await?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = end_to_end(answer.headers().clone());
        }
        Ok(response.body(Full::new(answer.bytes().await?))?)
    }
}

/// Without what belongs to a single connection.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
