//! Tests of the server: slow senders, graceful shutdown.

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

async fn fetch(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

#[tokio::test]
async fn it_tells_its_address_and_that_of_the_sender() {
    let router = Router::new()
        .route("/", get(|ConnectInfo(remote): ConnectInfo<SocketAddr>| async move { remote.ip().to_string() }));
    let shutdown = CancellationToken::new();
    let serving = serve(anywhere(), router, shutdown.clone(), ServeOptions::default()).await.unwrap();
    let address = serving.address();
    assert_ne!(address.port(), 0);
    assert!(fetch(address).await.unwrap().ends_with("127.0.0.1"));
    assert!(serve(address, Router::new(), shutdown.clone(), ServeOptions::default()).await.is_err(), "port is taken");
    shutdown.cancel();
    serving.stopped().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_request_at_work_is_finished_after_the_shutdown_began() {
    let (entered, mut enters) = tokio::sync::mpsc::channel::<()>(1);
    let release = CancellationToken::new();
    let released = release.clone();
    let router = Router::new().route(
        "/",
        get(move || async move {
            entered.send(()).await.unwrap();
            released.cancelled().await;
            "done"
        }),
    );
    let shutdown = CancellationToken::new();
    let serving = serve(anywhere(), router, shutdown.clone(), ServeOptions::default()).await.unwrap();
    let answer = tokio::spawn(fetch(serving.address()));
    enters.recv().await.unwrap();
    shutdown.cancel();
    release.cancel();
    assert!(answer.await.unwrap().unwrap().ends_with("done"));
    serving.stopped().await;
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut() {
    let (entered, mut enters) = tokio::sync::mpsc::channel::<()>(1);
    let router = Router::new().route(
        "/",
        get(move || async move {
            entered.send(()).await.unwrap();
            std::future::pending::<()>().await;
        }),
    );
    let shutdown = CancellationToken::new();
    let options = ServeOptions { drain: Duration::from_millis(20), ..ServeOptions::default() };
    let serving = serve(anywhere(), router, shutdown.clone(), options).await.unwrap();
    let answer = tokio::spawn(fetch(serving.address()));
    enters.recv().await.unwrap();
    shutdown.cancel();
    serving.stopped().await;
    assert_eq!(answer.await.unwrap().unwrap_or_default(), "");
}

#[tokio::test]
async fn who_says_nothing_or_half_a_head_is_hung_up_on() {
    let shutdown = CancellationToken::new();
    let options = ServeOptions { head_timeout: Duration::from_millis(50), ..ServeOptions::default() };
    let serving = serve(anywhere(), Router::new(), shutdown, options).await.unwrap();
    for sent in ["", "GET / HTTP/1.1\r\nhost:"] {
        let mut stream = TcpStream::connect(serving.address()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Ends, by closing or by a reset, only because the server gives up.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{sent:?}");
    }
}
