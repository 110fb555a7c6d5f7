//! Alerts reach the address of those who watch over security. NDI-TR-2025-03 §9.2.1 b.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::sync::mpsc;
use xinyu_shell::alert::{self, AlertReceiver};
use xinyu_testkit::world::Seat;

use super::people::{Like, add, log_in, world};

/// A receiver that is out of order for its first `failures` requests: its address, and what it took.
async fn receiver(failures: usize) -> (String, mpsc::UnboundedReceiver<(String, Value)>) {
    let (taken, seen) = mpsc::unbounded_channel();
    let left = Arc::new(AtomicUsize::new(failures));
    let take = move |headers: HeaderMap, Json(alert): Json<Value>| {
        let (taken, left) = (taken.clone(), Arc::clone(&left));
        async move {
            if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            let token = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
            taken.send((token.unwrap_or_default(), alert)).unwrap();
            StatusCode::NO_CONTENT
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/alerts", post(take))).await });
    (format!("http://{address}/alerts"), seen)
}

async fn lock(seat: &Seat, name: &str) {
    add(seat, name, Like { role: "viewer", ..Like::default() }).await;
    for _ in 0..5 {
        let _ = log_in(seat, name, "Wrong-2026!", None).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_9_2_1_b_a_lock_is_told_at_once_and_again_until_it_is_taken() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    lock(seat, "before").await;
    let (url, mut seen) = receiver(1).await;
    let token = Some("secret-token".to_owned().into());
    // What is told from is agreed before anything happens.
    let node = Arc::clone(&seat.node);
    let begun = tokio::spawn(alert::run(node, AlertReceiver { url, token }));
    while seat
        .node
        .store
        .read("sent", |tx| Box::pin(xinyu_store::setting::find(tx, "alerts.sent")))
        .await
        .unwrap()
        .is_none()
    {
        tokio::task::yield_now().await;
    }
    lock(seat, "wang").await;
    lock(seat, "li").await;
    for expect in ["wang", "li"] {
        let (authorization, alert) = seen.recv().await.unwrap();
        assert_eq!(authorization, "Bearer secret-token");
        assert_eq!(
            (alert["action"].as_str(), alert["object"].as_str()),
            (Some("login.locked"), Some(expect)),
            "{alert}"
        );
        assert!(alert["text"]["zh"].as_str().unwrap().contains(expect) && alert["ip"] == "127.0.0.1", "{alert}");
        assert!(!alert.to_string().contains("Wrong-2026!"));
    }
    world.stop().await;
    begun.await.unwrap();
    assert!(seen.try_recv().is_err(), "each once, and none from before");
}
