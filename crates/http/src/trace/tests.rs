//! Tests of trace ids.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use jiff::Timestamp;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;

#[test]
fn w3c_trace_context_3_2_irregular_headers_are_ignored() {
    let cases = [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Some("0af7651916cd43dd8448eb211c80319c")),
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what", Some("0af7651916cd43dd8448eb211c80319c")),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what", None),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None),
        ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", None),
        ("00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
        ("", None),
    ];
    for (header, expect) in cases {
        let id = TraceId::from_traceparent(header).map(|id| id.to_string());
        assert_eq!(id.as_deref(), expect, "{header}");
    }
}

fn source() -> Source {
    Source::new(|| Timestamp::UNIX_EPOCH, || Uuid::from_u128(0xabc))
}

async fn trace_seen_by(headers: &[(&str, &str)]) -> (String, String) {
    let router = Router::new()
        .route("/", get(|| async { current().map(|id| id.traceparent(&source())).unwrap_or_default() }))
        .layer(from_fn_with_state(source(), trace_requests));
    let mut request = Request::builder().uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let header = response.headers()[TRACE_HEADER].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    (header, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_request_keeps_its_trace_and_hands_it_on() {
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let kept = (
        "0af7651916cd43dd8448eb211c80319c".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000abc-01".to_owned(),
    );
    let made = (
        "00000000000000000000000000000abc".to_owned(),
        "00-00000000000000000000000000000abc-0000000000000abc-01".to_owned(),
    );
    assert_eq!(trace_seen_by(&[("traceparent", given)]).await, kept);
    assert_eq!(trace_seen_by(&[]).await, made);
    assert_eq!(trace_seen_by(&[("traceparent", "rubbish")]).await, made);
    assert_eq!(trace_seen_by(&[("traceparent", given), ("traceparent", given)]).await, made);
}
