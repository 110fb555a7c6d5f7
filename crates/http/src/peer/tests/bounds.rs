//! How much and how long is waited for.

use super::*;

fn endless() -> Response {
    let piece = Bytes::from(vec![b'x'; 1024]);
    Body::from_stream(futures::stream::repeat_with(move || Ok::<_, Infallible>(piece.clone()))).into_response()
}

fn stalling() -> Response {
    let begin = futures::stream::iter([Ok::<_, Infallible>(Bytes::from("begin"))]);
    Body::from_stream(begin.chain(futures::stream::pending())).into_response()
}

fn odd_answers() -> Router {
    Router::new()
        .route("/endless", get(|| async { endless() }))
        .route("/long", get(|| async { vec![b'x'; 5000] }))
        .route("/silent", get(std::future::pending::<()>))
        .route("/stalling", get(|| async { stalling() }))
}

#[tokio::test]
async fn oversized_and_slow_answers_are_cut() {
    let serving = serving(Router::new().nest("/base", odd_answers())).await;
    let mut to = address(&serving);
    to.keys = None;
    let client = client(Suite::Intl, EgressPolicy::one_machine());
    // What is too large is so however slow the machine is; what does not come is not waited for long.
    let within = |expect: &str| {
        let timeout = if expect == "timeout" { Duration::from_millis(200) } else { Duration::from_secs(30) };
        SendOptions { timeout, max_reply_bytes: 4096, ..SendOptions::default() }
    };
    for (path, expect) in
        [("/endless", "too large"), ("/long", "too large"), ("/silent", "timeout"), ("/stalling", "timeout")]
    {
        let found = client.send(&to, Method::GET, path, vec![], within(expect)).await;
        assert_eq!(outcome(&found), expect, "{path}");
    }
    for (path, expect) in [("/endless", "too large"), ("/long", "too large"), ("/stalling", "timeout")] {
        let mut reply = client.stream(&to, Method::GET, path, vec![], within(expect)).await.unwrap();
        let mut last = None;
        let mut bytes = 0;
        while let Some(piece) = reply.body.next().await {
            bytes += piece.as_ref().map_or(0, Bytes::len);
            last = Some(piece);
        }
        let last =
            last.unwrap().map(|_| Reply { status: 200, headers: HeaderMap::new(), body: vec![], is_proven: false });
        assert_eq!(outcome(&last), expect, "{path}");
        assert!(bytes <= 4096, "{path}: {bytes}");
    }
    let silent = client.stream(&to, Method::GET, "/silent", vec![], within("timeout")).await;
    assert!(matches!(silent, Err(SendError::Timeout { .. })));
}
