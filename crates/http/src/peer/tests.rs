//! Tests of the client for peers, against honest and lying servers.

use std::convert::Infallible;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures::StreamExt;
use xinyu_identity::{Credential, ResponseClaims};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use super::*;
use crate::auth::{
    Credentials, HeadOnly, Peer, Prover, ReplayCache, Trust, authenticate, prove_responses, verify_peer,
};
use crate::problem::ProblemResponse;
use crate::server::Serving;
use crate::testing::{BOTH, claims, connector, now, platform, ring, serving, source, uuid};

mod bounds;
mod guard;

/// The authentication of connector 2, as a node composes it.
fn authenticated(router: Router) -> Router {
    let replay = Arc::new(ReplayCache::new(now(), 1000));
    let check = move |request: Request, next: Next| {
        let replay = Arc::clone(&replay);
        async move {
            let verify = async |received: crate::PeerRequest<'_>| {
                let (me, issuer, issuer_keys) = (connector(2), platform(), ring(1).public());
                let trust =
                    Trust { me: &me, issuer: &issuer, issuer_keys: &issuer_keys, checked: &Credentials::new(1) };
                verify_peer(received, trust, now(), |question| replay.bars(question, now()))
            };
            match authenticate(request, 1 << 16, verify).await {
                Ok(request) => next.run(request).await,
                Err(response) => response,
            }
        }
    };
    let prover = Prover::new(ring(3), 1 << 16);
    router.layer(from_fn_with_state(prover, prove_responses)).layer(from_fn(check))
}

/// Connector 1 as a client.
fn client(suite: Suite, egress: EgressPolicy) -> PeerClient {
    let credential = Credential::issue(&claims(1, &ring(2)), ring(1).signing(suite));
    let (_, credential) = watch::channel(Some(credential));
    PeerClient::new(ring(2), suite, connector(1), credential, egress, source()).unwrap()
}

fn address(serving: &Serving) -> PeerAddress {
    let base = format!("http://{}/base/", serving.address()).parse().unwrap();
    PeerAddress { party: connector(2), base, keys: Some(ring(3).public()) }
}

async fn send(router: Router, path: &str) -> Result<Reply, SendError> {
    let serving = serving(Router::new().nest("/base", router)).await;
    let client = client(Suite::Intl, EgressPolicy::one_machine());
    client.send(&address(&serving), Method::POST, path, b"{}".to_vec(), SendOptions::default()).await
}

fn outcome(result: &Result<Reply, SendError>) -> String {
    match result {
        Ok(reply) => format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)),
        Err(SendError::Forged { fault, .. }) => format!("forged {}", fault.code()),
        Err(SendError::Unproven { status, .. }) => format!("unproven {status}"),
        Err(SendError::Redirected { status, .. }) => format!("redirected {status}"),
        Err(SendError::TooLarge { .. }) => "too large".to_owned(),
        Err(SendError::Timeout { .. }) => "timeout".to_owned(),
        Err(SendError::Egress(error)) => format!("egress: {error}"),
        Err(error) => format!("{error}"),
    }
}

#[tokio::test]
async fn ndi_03_8_both_ends_of_an_exchange_are_authenticated() {
    for suite in BOTH {
        let serving = serving(Router::new().nest("/base", greeting())).await;
        let client = client(suite, EgressPolicy::one_machine());
        let options = SendOptions { timeout: Duration::from_secs(30), ..SendOptions::default() };
        let reply = client.send(&address(&serving), Method::POST, "/greet?a=b%20c", "你好".into(), options).await;
        assert_eq!(outcome(&reply), format!("200 {} says 你好", connector(1)), "{suite}");
        assert!(reply.unwrap().is_proven);
    }
}

#[tokio::test]
async fn a_request_that_comes_twice_is_refused() {
    let serving = serving(Router::new().nest("/base", greeting())).await;
    let mut to = address(&serving);
    to.keys = None;
    let mut codes = Vec::new();
    // Two clients whose ids both begin at the same number.
    for _ in 0..2 {
        let client = client(Suite::Intl, EgressPolicy::one_machine());
        let reply = client.send(&to, Method::POST, "/greet", vec![], SendOptions::default()).await.unwrap();
        codes.push((reply.status, reply.json::<Problem>().map(|problem| problem.code).unwrap_or_default()));
    }
    assert_eq!(codes, [(200, String::new()), (401, "replayed".to_owned())]);
}

fn greeting() -> Router {
    let greet = |peer: Peer, body: String| async move { format!("{} says {body}", peer.party) };
    authenticated(Router::new().route("/greet", post(greet)))
}

#[tokio::test]
async fn refusals_are_proven_too_and_read() {
    let refuse = || async {
        ProblemResponse::new(Problem::new(409, "taken", Text::new("已占用", "is taken"))).into_response()
    };
    let reply = send(authenticated(Router::new().route("/x", post(refuse))), "/x").await.unwrap();
    assert!(reply.is_proven);
    let error = reply.into_success(&connector(2)).unwrap_err();
    assert_eq!(error.to_string(), format!("{} refuses with 409: 409 taken: is taken", connector(2)));
    assert_eq!((error.is_transient(), error.fault(), error.status()), (false, Fault::Ours, Some(409)));
}

#[tokio::test]
async fn who_is_not_authenticated_gets_no_proof() {
    let router = authenticated(Router::new().route("/x", post(|| async { "secret" })));
    let serving = serving(Router::new().nest("/base", router)).await;
    let (_, none) = watch::channel(None);
    let stranger =
        PeerClient::new(ring(9), Suite::Intl, connector(9), none, EgressPolicy::one_machine(), source()).unwrap();
    let mut to = address(&serving);
    let found = stranger.send(&to, Method::POST, "/x", vec![], SendOptions::default()).await;
    assert_eq!(outcome(&found), "unproven 401");
    to.keys = None;
    let reply = stranger.send(&to, Method::POST, "/x", vec![], SendOptions::default()).await.unwrap();
    assert!(!reply.is_proven && reply.status == 401 && reply.headers["www-authenticate"] == "Bearer");
    assert_eq!(reply.json::<Problem>().unwrap().code, "unauthenticated");
}

/// A server that proves with the given keys whatever claims it likes.
fn liar(body: &'static str, seed: u64, change: fn(&mut ResponseClaims)) -> Router {
    Router::new().route(
        "/x",
        post(move |peer_claims: axum::http::HeaderMap| async move {
            let token = peer_claims["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
            let token = xinyu_crypto::jws::parse(&token).unwrap();
            let asked: RequestClaims = serde_json::from_slice(token.payload_unverified()).unwrap();
            let mut claims = ResponseClaims::over_body(Suite::Intl, connector(2), asked.iss, asked.jti, 200, b"truth");
            change(&mut claims);
            let proof = response::mint(&claims, ring(seed).signing(Suite::Intl));
            ([(PROOF_HEADER, proof)], body)
        }),
    )
}

#[tokio::test]
async fn a_lying_server_is_found_out() {
    let cases: [(&str, Router, &str); 9] = [
        ("honest", liar("truth", 3, |_| ()), "200 truth"),
        ("no proof", Router::new().route("/x", post(|| async { "truth" })), "unproven 200"),
        ("other body", liar("a lie", 3, |_| ()), "forged body-changed"),
        ("proof of the head for a whole answer", liar("truth", 3, |claims| claims.dig = None), "forged body-changed"),
        ("keys of another", liar("truth", 9, |_| ()), "forged unknown-key"),
        ("other status", liar("truth", 3, |claims| claims.sts = 201), "forged wrong-status"),
        ("old answer", liar("truth", 3, |claims| claims.jti = uuid(77)), "forged wrong-exchange"),
        ("meant for another", liar("truth", 3, |claims| claims.aud = connector(5)), "forged wrong-audience"),
        ("in another's name", liar("truth", 3, |claims| claims.iss = connector(5)), "forged wrong-issuer"),
    ];
    for (name, router, expect) in cases {
        let found = send(router, "/x").await;
        assert_eq!(outcome(&found), expect, "{name}");
        assert!(found.is_ok() || !found.is_err_and(|error| error.is_transient()), "{name}");
    }
    let twice = Router::new().route("/x", post(|| async { ([(PROOF_HEADER, "a"), (PROOF_HEADER, "b")], "truth") }));
    assert!(send(twice, "/x").await.is_err());
}

#[tokio::test]
async fn nobody_there_is_worth_another_try() {
    let serving = serving(Router::new()).await;
    let address = address(&serving);
    let unused = PeerAddress { base: "http://127.0.0.1:1/".parse().unwrap(), ..address };
    let client = client(Suite::Intl, EgressPolicy::one_machine());
    let error = client.send(&unused, Method::GET, "/secret?token=1", vec![], SendOptions::default()).await.unwrap_err();
    assert!(error.is_transient() && error.fault() == Fault::Network, "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn data_is_streamed_under_a_proof_of_its_head() {
    let stream = || async {
        let pieces = (0..100).map(|number: u8| Ok::<_, Infallible>(Bytes::from(vec![number; 1000])));
        let mut response = Body::from_stream(futures::stream::iter(pieces)).into_response();
        response.extensions_mut().insert(HeadOnly);
        response
    };
    let refuse = || async { ProblemResponse::new(Problem::new(403, "frozen", Text::new("已冻结", "is frozen"))) };
    let router = authenticated(
        Router::new()
            .route("/data", get(stream))
            .route("/whole", get(|| async { "small" }))
            .route("/frozen", get(refuse)),
    );
    let serving = serving(Router::new().nest("/base", router)).await;
    let to = address(&serving);
    let client = client(Suite::Sm, EgressPolicy::one_machine());
    let options = SendOptions { max_reply_bytes: 1 << 20, ..SendOptions::default() };

    let mut reply = client.stream(&to, Method::GET, "/data", vec![], options.clone()).await.unwrap();
    let mut bytes = 0;
    while let Some(piece) = reply.body.next().await {
        bytes += piece.unwrap().len();
    }
    assert_eq!((reply.status, reply.is_proven, bytes), (200, true, 100_000));

    let mut whole = client.stream(&to, Method::GET, "/whole", vec![], options.clone()).await.unwrap();
    assert_eq!(whole.body.next().await.unwrap().unwrap(), "small");
    assert!(whole.is_proven && whole.body.next().await.is_none());

    let refused = client.stream(&to, Method::GET, "/frozen", vec![], options.clone()).await.unwrap_err();
    assert!(
        matches!(refused, SendError::Refused { status: 403, problem: Some(problem), .. } if problem.code == "frozen")
    );

    let missing = client.stream(&to, Method::GET, "/nothing", vec![], options).await.unwrap_err();
    assert_eq!(missing.status(), Some(404));
}

#[tokio::test]
async fn an_answer_too_large_to_prove_is_our_error_not_an_unproven_answer() {
    let router = authenticated(Router::new().route("/x", post(|| async { vec![b'x'; (1 << 16) + 1] })));
    let reply = send(router, "/x").await.unwrap();
    assert_eq!((reply.status, reply.is_proven), (500, true));
}
