//! Tests of fetching, DID documents above all, against servers that serve them and servers that do other things.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures::StreamExt;

use xinyu_identity::DidWeb;

use super::*;
use crate::server::Serving;
use crate::testing::serving;

/// For servers on this machine.
fn fetcher() -> Fetcher {
    Fetcher::new(EgressPolicy::one_machine()).unwrap()
}

/// Where most of what we fetch is.
async fn document(fetcher: &Fetcher, did: &DidWeb) -> Result<Vec<u8>, FetchError> {
    fetcher.get(&did.document_url(fetcher.scheme()), "application/did+json", 64 * 1024).await
}

/// The DID of a server of this test, with `:` and a path behind it.
fn did_of(server: &Serving, path: &str) -> DidWeb {
    let address = server.address();
    DidWeb::parse(&format!("did:web:{}%3A{}{path}", address.ip(), address.port())).unwrap()
}

fn outcome(result: Result<Vec<u8>, FetchError>) -> String {
    match result.map_err(|error| error.why) {
        Ok(document) => format!("{} bytes", document.len()),
        Err(Why::Egress(refused)) => format!("egress: {refused}"),
        Err(Why::Unreachable(_)) => "unreachable".to_owned(),
        Err(Why::Timeout) => "timeout".to_owned(),
        Err(Why::TooLarge(limit)) => format!("more than {limit}"),
        Err(Why::Redirected(status)) => format!("redirected {status}"),
        Err(Why::Refused(status)) => format!("refused {status}"),
        Err(Why::NoHeader) => "no header".to_owned(),
    }
}

#[tokio::test]
async fn a_document_is_found_at_its_host_or_below_its_path() {
    let router = Router::new()
        .route("/.well-known/did.json", get(|| async { "the host's" }))
        .route("/org/7/did.json", get(|| async { ([("content-type", "text/plain")], "the path's") }));
    let server = serving(router).await;
    let fetcher = fetcher();
    for (path, expect) in [("", "the host's"), (":org:7", "the path's")] {
        assert_eq!(document(&fetcher, &did_of(&server, path)).await.unwrap(), expect.as_bytes());
    }
    let by_name = format!("did:web:localhost%3A{}", server.address().port());
    assert_eq!(document(&fetcher, &DidWeb::parse(&by_name).unwrap()).await.unwrap(), b"the host's");
}

#[tokio::test]
async fn the_question_says_nothing_about_us() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let router = Router::new().fallback(async move |request: Request| {
        let mut names: Vec<_> = request.headers().keys().map(ToString::to_string).collect();
        names.sort();
        record.lock().unwrap().push(format!("{} {} {names:?}", request.method(), request.uri()));
    });
    let server = serving(router).await;
    document(&fetcher(), &did_of(&server, "")).await.unwrap();
    let expect = r#"GET /.well-known/did.json ["accept", "host", "user-agent"]"#;
    assert_eq!(*seen.lock().unwrap(), [expect]);
}

fn long(bytes: usize) -> Response {
    vec![b'x'; bytes].into_response()
}

fn endless() -> Response {
    let piece = Bytes::from(vec![b'x'; 1024]);
    Body::from_stream(futures::stream::repeat_with(move || Ok::<_, Infallible>(piece.clone()))).into_response()
}

fn stalling() -> Response {
    let begin = futures::stream::iter([Ok::<_, Infallible>(Bytes::from("{"))]);
    Body::from_stream(begin.chain(futures::stream::pending())).into_response()
}

fn breaking() -> Response {
    let pieces = [Ok(Bytes::from("{")), Err(std::io::Error::other("broken"))];
    Body::from_stream(futures::stream::iter(pieces)).into_response()
}

#[tokio::test]
async fn answers_that_are_no_document_are_told_apart() {
    let router = Router::new()
        .route("/full/did.json", get(|| async { long(64 * 1024) }))
        .route("/long/did.json", get(|| async { long(64 * 1024 + 1) }))
        .route("/endless/did.json", get(|| async { endless() }))
        .route("/silent/did.json", get(std::future::pending::<()>))
        .route("/stalling/did.json", get(|| async { stalling() }))
        .route("/breaking/did.json", get(|| async { breaking() }))
        .route("/moved/did.json", get(|| async { Redirect::permanent("/full/did.json") }))
        .route("/away/did.json", get(|| async { Redirect::temporary("http://169.254.169.254/latest/") }))
        .route("/down/did.json", get(|| async { StatusCode::SERVICE_UNAVAILABLE }));
    let server = serving(router).await;
    let patient = fetcher();
    let impatient = Fetcher { timeout: Duration::from_millis(200), ..patient.clone() };
    let cases = [
        (":full", "65536 bytes", None),
        (":long", "more than 65536", Some(false)),
        (":endless", "more than 65536", Some(false)),
        (":silent", "timeout", Some(true)),
        (":stalling", "timeout", Some(true)),
        (":breaking", "unreachable", Some(true)),
        (":moved", "redirected 308", Some(false)),
        (":away", "redirected 307", Some(false)),
        (":down", "refused 503", Some(true)),
        (":missing", "refused 404", Some(false)),
    ];
    for (path, expect, is_transient) in cases {
        let fetcher = if expect == "timeout" { &impatient } else { &patient };
        let found = document(fetcher, &did_of(&server, path)).await;
        assert_eq!(found.as_ref().err().map(FetchError::is_transient), is_transient, "{path}");
        assert_eq!(outcome(found), expect, "{path}");
    }
    let nobody = document(&patient, &DidWeb::parse("did:web:127.0.0.1%3A1").unwrap()).await;
    assert_eq!(outcome(nobody), "unreachable");
}

#[tokio::test]
async fn documents_are_not_fetched_from_where_we_do_not_connect() {
    let public = EgressPolicy::default();
    let http = EgressPolicy { allow_http: true, ports: None, ..EgressPolicy::default() };
    let listed = EgressPolicy { allowed_hosts: Some(vec!["b.example".to_owned()]), ..EgressPolicy::default() };
    let cases = [
        (&public, "did:web:127.0.0.1", "127.0.0.1 has a loopback address"),
        (&public, "did:web:localhost", "localhost has a loopback address"),
        (&public, "did:web:10.0.0.1", "10.0.0.1 has a private address"),
        (&public, "did:web:169.254.169.254", "a cloud metadata address"),
        (&public, "did:web:metadata.google.internal", "a cloud metadata address"),
        (&public, "did:web:a.example%3A22", "port 22 is not allowed"),
        (&http, "did:web:127.0.0.1%3A8083", "127.0.0.1 has a loopback address"),
        (&listed, "did:web:a.example", "a.example is not in the list"),
        // The guard of names: both resolve to where nothing may go.
        (&public, "did:web:rebind.example", "rebind.example has a loopback address"),
        (&http, "did:web:rebind.example", "rebind.example has a loopback address"),
    ];
    for (policy, did, expect) in cases {
        let names = GuardedResolver::with_lookup(policy.clone(), |_| {
            Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
        });
        let Ok(fetcher) = Fetcher::with_resolver(policy.clone(), names) else {
            eprintln!("no root certificates on this machine: {did} over https left out");
            continue;
        };
        let found = outcome(document(&fetcher, &DidWeb::parse(did).unwrap()).await);
        assert!(found.starts_with("egress: ") && found.contains(expect), "{did}: {found}");
    }
}

#[tokio::test]
async fn without_leave_for_http_a_document_comes_by_https_alone() {
    let server = serving(Router::new().fallback(|| async { "by http" })).await;
    let egress = EgressPolicy { allow_http: false, ..EgressPolicy::one_machine() };
    let Ok(fetcher) = Fetcher::new(egress) else {
        eprintln!("no root certificates on this machine: https left out");
        return;
    };
    let found = document(&fetcher, &did_of(&server, "")).await;
    assert_eq!(outcome(found), "unreachable");
}

#[test]
fn messages_name_the_url_and_not_its_query() {
    let error = FetchError { url: shown("https://a.example/x?secret=1#2"), why: Why::Redirected(302) };
    assert_eq!(error.to_string(), "https://a.example/x is redirected (302), which is not followed");
}
