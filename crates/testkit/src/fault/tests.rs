//! What the line does to a message, as its sender and its receiver see it.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::routing::post;

use super::*;

/// A node that counts what arrives.
async fn node() -> (SocketAddr, Arc<AtomicU32>) {
    let count = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&count);
    let handler = move |body: String| async move { format!("{body} {}", counted.fetch_add(1, Ordering::SeqCst)) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/{*path}", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, count)
}

async fn say(line: &Line, word: &str) -> Option<String> {
    let answer = reqwest::Client::new().post(format!("{}/a", line.address())).body(word.to_owned()).send().await;
    answer.ok()?.text().await.ok()
}

/// A message struck by a fault: what the sender hears and how many arrived, before it is lifted, and again after.
async fn check(fault: Fault, expect: [(Option<&str>, u32); 2]) -> (Line, Strike, Arc<AtomicU32>) {
    let (address, count) = node().await;
    let line = Line::open().await.unwrap();
    line.lead_to(address);
    let strike = line.strike("struck", fault);
    for (heard, arrived) in expect {
        assert_eq!(say(&line, "struck").await.as_deref(), heard, "{fault:?}");
        assert_eq!(count.load(Ordering::SeqCst), arrived, "{fault:?}");
        strike.has_struck().await;
        strike.lift();
    }
    strike.has_passed().await;
    (line, strike, count)
}

#[tokio::test]
async fn what_is_lost_is_lost_until_the_fault_is_lifted() {
    check(Fault::RequestLost, [(None, 0), (Some("struck 0"), 1)]).await;
    let (line, _, count) = check(Fault::AnswerLost, [(None, 1), (Some("struck 1"), 2)]).await;
    assert_eq!(say(&line, "another").await.as_deref(), Some("another 2"));
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_late_arrives_once_it_is_let_go() {
    let (line, strike, count) = check(Fault::Late, [(None, 0), (Some("struck 0"), 1)]).await;
    assert_eq!(line.let_go(&strike).await.unwrap(), 200);
    assert_eq!(count.load(Ordering::SeqCst), 2);
    assert!(line.let_go(&strike).await.is_err());
}
