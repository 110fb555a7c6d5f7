//! Tests of the client of the management API against a server on loopback.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{delete, get, post};
use bytes::Bytes;
use futures::StreamExt;

use super::*;
use crate::json::StrictJson;
use crate::problem::{ProblemResponse, not_found};
use crate::server::Serving;
use crate::testing::serving;

fn api() -> Router {
    let session = |headers: HeaderMap| async move {
        let session = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        axum::Json(session)
    };
    let twice = |number: StrictJson<u64>| async move { axum::Json(number.value * 2) };
    let refuse = || async { ProblemResponse::new(Problem::new(409, "taken", Text::new("已占用", "is taken"))) };
    let events = || async {
        let pieces = ["data: a\n\nda", "ta: b\n", "\n"].map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        Body::from_stream(futures::stream::iter(pieces)).into_response()
    };
    Router::new()
        .route("/api/session", get(session))
        .route("/api/twice", post(twice))
        .route("/api/thing", delete(|| async { StatusCode::NO_CONTENT }).post(|| async { StatusCode::NO_CONTENT }))
        .route("/api/taken", get(refuse))
        .route("/api/html", get(|| async { (StatusCode::BAD_GATEWAY, "<html>") }))
        .route("/api/rubbish", get(|| async { "{" }))
        .route("/api/elsewhere", get(|| async { Redirect::temporary("http://127.0.0.1:1/") }))
        .route("/api/events", get(events))
        .fallback(not_found)
}

fn client(serving: &Serving) -> ApiClient {
    ApiClient::new(format!("http://{}/api/", serving.address()).parse().unwrap()).unwrap()
}

#[tokio::test]
async fn calls_carry_the_session_and_answers_are_read() {
    let serving = serving(api()).await;
    let client = client(&serving);
    assert_eq!(client.get::<Option<String>>("/session").await.unwrap(), None);
    let session = client.with_session("s3cret");
    assert_eq!(session.get::<Option<String>>("/session").await.unwrap().as_deref(), Some("Bearer s3cret"));
    assert!(!format!("{session:?}").contains("s3cret"));
    assert_eq!(client.post::<_, u64>("/twice", &21).await.unwrap(), 42);
    client.delete("/thing").await.unwrap();
    client.post::<_, ()>("/thing", &()).await.unwrap();
    assert_eq!(client.get_bytes("/rubbish").await.unwrap(), b"{");
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let serving = serving(api()).await;
    let client = client(&serving);
    let origin = format!("http://{}", serving.address());
    let cases = [
        ("/taken", "409 taken: is taken".to_owned()),
        ("/nothing", "404 not-found: nothing is served here".to_owned()),
        ("/html", "502 http-status: server answers 502".to_owned()),
        ("/elsewhere", "307 http-status: server answers 307".to_owned()),
        ("nothing", "call cannot be made: path nothing does not begin with /".to_owned()),
    ];
    for (path, expect) in cases {
        assert_eq!(client.get::<u64>(path).await.unwrap_err().to_string(), expect, "{path}");
    }
    let rubbish = client.get::<u64>("/rubbish").await.unwrap_err();
    assert!(rubbish.to_string().starts_with(&format!("answer of {origin} is not understood")), "{rubbish}");
    let wrong = client.post::<_, u64>("/twice", "x").await.unwrap_err();
    assert_eq!(wrong.status(), Some(400), "{wrong}");
    let nobody = ApiClient::new("http://127.0.0.1:1".parse().unwrap()).unwrap();
    let error = nobody.get::<u64>("/x?token=1").await.unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }) && !error.to_string().contains("token"), "{error}");
}

#[tokio::test]
async fn events_come_as_they_are_sent() {
    let serving = serving(api()).await;
    let client = client(&serving);
    let events: Vec<_> = client.events("/events").await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(events, ["a", "b"]);
    assert_eq!(client.events("/taken").await.err().and_then(|error| error.status()), Some(409));
}
