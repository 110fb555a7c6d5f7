//! Serving a router on an address: bounded connections, bounded waiting for a request's head (slow senders), graceful shutdown. Plain HTTP/1.1; TLS
//! for incoming requests is ended in front of us.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What varies.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// Connections at the same time; more have to wait.
    pub max_connections: usize,
    /// From the opening of a connection, or the end of a request, to the end of the next request's head.
    pub head_timeout: Duration,
    /// How long requests at work may go on after the shutdown began.
    pub drain: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self { max_connections: 4096, head_timeout: Duration::from_secs(30), drain: Duration::from_secs(10) }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Serving {
    /// The address it is bound to, with the real port if 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it has stopped: the token was cancelled and all requests have ended or were given up.
    pub async fn stopped(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "server on {} ended abnormally", self.address);
        }
    }
}

/// Binds and serves until `shutdown` is cancelled. Handlers find the sender's address as `ConnectInfo<SocketAddr>`.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(
    address: SocketAddr,
    router: Router,
    shutdown: CancellationToken,
    options: ServeOptions,
) -> io::Result<Serving> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(accept(listener, router, shutdown, options));
    Ok(Serving { address, task })
}

async fn accept(listener: TcpListener, router: Router, shutdown: CancellationToken, options: ServeOptions) {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(options.head_timeout).max_headers(MAX_HEADERS);
    let places = Arc::new(Semaphore::new(options.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    while let Some(place) = until(&shutdown, Arc::clone(&places).acquire_owned()).await {
        let Some(accepted) = until(&shutdown, listener.accept()).await else {
            break;
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, remote)) => {
                let connection = graceful.watch(connect(&builder, stream, remote, router.clone()));
                connections.spawn(async move {
                    // Connections that break are the sender's affair.
                    let _ = connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "connection was not accepted");
                // Out of file descriptors: give others the time to close theirs.
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(options.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("{} connections are cut after {:?}", connections.len(), options.drain);
    }
    connections.shutdown().await;
}

fn connect(
    builder: &auto::Builder<TokioExecutor>,
    stream: TcpStream,
    remote: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "connection has no nodelay");
    }
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(remote));
        request
    });
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned()
}

/// What the future says, or none if the shutdown begins before.
async fn until<F: Future>(shutdown: &CancellationToken, future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        output = future => Some(output),
    }
}

const MAX_HEADERS: usize = 64;
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests;
