//! Proving what we answer: the other half of mutual authentication.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use xinyu_crypto::KeyRing;
use xinyu_identity::ResponseClaims;
use xinyu_identity::response::mint;

use super::Peer;
use crate::PROOF_HEADER;
use crate::problem::internal;

/// Signs responses. State of [`prove_responses`].
#[derive(Clone, Debug)]
pub struct Prover {
    ring: Arc<KeyRing>,
    limit: usize,
}

impl Prover {
    /// With the node's keys; responses are buffered up to `limit` bytes.
    #[must_use]
    pub fn new(ring: Arc<KeyRing>, limit: usize) -> Self {
        Self { ring, limit }
    }
}

/// An extension of a response whose body is a stream that carries its own protection: it is not buffered, and the proof is over its head.
#[derive(Clone, Copy, Debug)]
pub struct HeadOnly;

/// Middleware, inside of authentication: adds `x-xinyu-proof` to the responses of authenticated peer requests, in the suite of the request.
pub async fn prove_responses(State(prover): State<Prover>, request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<Peer>() else {
        return next.run(request).await;
    };
    let (me, party, jti, suite) = (peer.me.clone(), peer.party.clone(), peer.request_id, peer.suite);
    let has_body = request.method() != Method::HEAD;
    let response = next.run(request).await;
    let (response, claims) = if response.extensions().get::<HeadOnly>().is_some() {
        let status = response.status().as_u16();
        (response, ResponseClaims::over_head(me, party, jti, status))
    } else {
        let (parts, body) = buffered(response, prover.limit).await.into_parts();
        let proven: &[u8] = if has_body { &body } else { b"" };
        let claims = ResponseClaims::over_body(suite, me, party, jti, parts.status.as_u16(), proven);
        (Response::from_parts(parts, Body::from(body)), claims)
    };
    let mut response = response;
    match HeaderValue::try_from(mint(&claims, prover.ring.signing(suite))) {
        Ok(proof) => {
            response.headers_mut().insert(PROOF_HEADER, proof);
            response
        }
        Err(error) => internal(&error).into_response(),
    }
}

/// The response with its body in memory, or an internal error if it is too large or breaks off.
async fn buffered(response: Response, limit: usize) -> axum::http::Response<bytes::Bytes> {
    let (parts, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => axum::http::Response::from_parts(parts, body.to_bytes()),
        Err(error) => {
            let (parts, body) = internal(error.as_ref()).into_response().into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            axum::http::Response::from_parts(parts, body)
        }
    }
}
