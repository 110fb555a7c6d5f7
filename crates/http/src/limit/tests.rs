//! Tests of the limits that hold before anything is believed.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use bytes::Bytes;
use jiff::Timestamp;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;

async fn answer(router: Router, body: impl Into<Body>, length: Option<u64>) -> (u16, String, Option<String>) {
    let mut request = Request::builder().method("POST").uri("/");
    if let Some(length) = length {
        request = request.header(CONTENT_LENGTH, length);
    }
    let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let retry = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let code = serde_json::from_slice::<Problem>(&body).map(|problem| problem.code).unwrap_or_default();
    (status, code, retry)
}

fn echo() -> Router {
    Router::new().route("/", post(|body: Bytes| async move { body }))
}

#[tokio::test]
async fn a_body_is_bounded_before_and_while_it_is_read() {
    let router = echo().layer(from_fn_with_state(10_usize, limit_body));
    let (status, ..) = answer(router.clone(), "0123456789", Some(10)).await;
    assert_eq!(status, 200);
    let (status, code, _) = answer(router.clone(), "0123456789a", Some(11)).await;
    assert_eq!((status, code.as_str()), (413, "body-too-large"));
    let (status, ..) = answer(router, "0123456789a", None).await;
    assert_eq!(status, 413);
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_in_time_or_is_given_up() {
    let router = Router::new()
        .route("/", post(std::future::pending::<()>))
        .layer(from_fn_with_state(Duration::from_secs(5), limit_time));
    let (status, code, _) = answer(router, "", None).await;
    assert_eq!((status, code.as_str()), (504, "too-slow"));
}

fn source() -> Source {
    Source::new(|| Timestamp::UNIX_EPOCH, Uuid::nil)
}

#[tokio::test]
async fn a_caller_above_its_rate_is_told_when_to_come_back() {
    let limits = RequestLimits::new(Rate { per_second: 1, burst: 2 }, 8, source());
    let router = echo().layer(from_fn_with_state(limits, limit_requests));
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(answer(router.clone(), "", None).await);
    }
    assert_eq!(found.iter().map(|(status, ..)| *status).collect::<Vec<_>>(), [200, 200, 429]);
    assert_eq!(found[2], (429, "too-many-requests".to_owned(), Some("1".to_owned())));
}

#[tokio::test]
async fn a_caller_with_too_much_at_work_is_refused() {
    let limits = RequestLimits::new(Rate { per_second: 100, burst: 100 }, 1, source());
    let (entered, mut enters) = tokio::sync::mpsc::channel(1);
    let router = Router::new()
        .route(
            "/",
            post(move || async move {
                entered.send(()).await.unwrap();
                std::future::pending::<()>().await;
            }),
        )
        .layer(from_fn_with_state(limits, limit_requests));
    let first = tokio::spawn(answer(router.clone(), "", None));
    enters.recv().await.unwrap();
    let (status, code, retry) = answer(router, "", None).await;
    assert_eq!((status, code.as_str(), retry.as_deref()), (429, "too-many-at-once", Some("1")));
    first.abort();
}
