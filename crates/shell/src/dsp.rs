//! Callers of the Dataspace Protocol: members, who prove themselves and to whom every answer is proven, and partners on arranged terms. Answers that
//! refuse are the typed errors of the protocol. DSP 2025-1 §4–§9.

mod error;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_http::CREDENTIAL_HEADER;
use xinyu_http::auth::Peer;
use xinyu_protocol::dsp::tolerant;
use xinyu_store::{BoxFuture, StoreError, Tx};

use crate::arranged::{Arranged, ArrangedKind};
use crate::failure::Failure;
use crate::node::Node;
use crate::peer::{self, Answer};

/// Only members and partners reach these routes. A refusal gets its typed form before it is proven; those to whom nothing can be proven get it at last.
pub fn authenticated<S: Clone + Send + Sync + 'static>(routes: Router<S>, node: &Arc<Node>) -> Router<S> {
    routes
        .route_layer(axum::middleware::from_fn(error::typed))
        .route_layer(from_fn_with_state(peer::prover(node), xinyu_http::auth::prove_responses))
        .route_layer(from_fn_with_state(Arc::clone(node), find_out))
        .route_layer(axum::middleware::from_fn(error::typed))
}

async fn find_out(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_member = request.headers().contains_key(CREDENTIAL_HEADER);
    let partner = shown.filter(|_| !is_member).and_then(|token| node.arranged.who_shows(ArrangedKind::Partner, token));
    match partner.cloned() {
        Some(partner) => {
            request.extensions_mut().insert(partner);
            next.run(request).await
        }
        None => peer::find_out(node, request, next).await,
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A member of our platform.
    Member(Box<Peer>),
    /// Another maker's connector.
    Partner(Box<Arranged>),
}

impl Caller {
    /// Under what name its processes are kept.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Member(peer) => peer.party.as_str(),
            Self::Partner(partner) => &partner.id,
        }
    }

    /// The partner, if it is one.
    #[must_use]
    pub fn partner(&self) -> Option<&Arranged> {
        match self {
            Self::Member(_) => None,
            Self::Partner(partner) => Some(partner),
        }
    }

    /// A callback address as the caller may give it: below its own address, through the egress guard. Without a slash at the end.
    ///
    /// # Errors
    /// If it is anywhere else. DSP 2025-1 §8.2.
    pub fn callback(&self, given: &str, node: &Node) -> Result<String, Rejection> {
        let peer = match self {
            Self::Partner(partner) => return partner.must_own(given, &node.egress),
            Self::Member(peer) => peer,
        };
        let base = peer.address.as_deref().unwrap_or_default().trim_end_matches('/');
        let expected = format!("{base}{}", xinyu_protocol::dsp::PATH);
        let given = given.trim_end_matches('/');
        if given == expected && node.egress.check_url(given).is_ok() {
            return Ok(expected);
        }
        Err(Rejection::bad(
            "callback-address",
            format!("回调地址「{given}」不在凭证登记的地址 {base} 之下"),
            format!("callback address {given} is not below {base}, which the credential names"),
        )
        .clause("DSP 2025-1 §8.2"))
    }
}

/// A message of the Dataspace Protocol, from someone we know.
#[derive(Clone, Debug)]
pub struct DspCall {
    /// Who sent it.
    pub caller: Caller,
    /// Method and path.
    pub path: String,
    /// The exact bytes.
    pub body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for DspCall {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let member = request.extensions().get::<Peer>().cloned().map(|peer| Caller::Member(Box::new(peer)));
        let partner = || request.extensions().get::<Arranged>().cloned().map(|one| Caller::Partner(Box::new(one)));
        let caller = member.or_else(partner).ok_or_else(|| Failure::broken("a dsp route lacks authentication"))?;
        let path = format!("{} {}", request.method(), request.uri().path());
        let body = Bytes::from_request(request, state).await.map_err(Failure::broken)?;
        Ok(Self { caller, path, body })
    }
}

impl DspCall {
    /// The message, brought into plain form and read.
    ///
    /// # Errors
    /// If it does not parse, saying where.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let message: Value = xinyu_http::json::read_json(&self.body).map_err(|problem| peer::malformed(&problem))?;
        serde_json::from_value(tolerant::plain(message)).map_err(|error| {
            Rejection::bad(
                "malformed-message",
                format!("报文无法解析：{error}"),
                format!("the message does not parse: {error}"),
            )
            .into()
        })
    }

    /// Handles the message in one transaction, once. A message with a name (`@id`) that was answered before gets the same answer. One without, which
    /// may be a repetition or the same move made again, is tried first: if it cannot be made and the same bytes were answered before, it was a
    /// repetition.
    ///
    /// # Errors
    /// What the handler says; then nothing was changed.
    pub async fn once<F>(&self, node: &Node, name: &'static str, handle: F) -> Result<Answer, Failure>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Failure>> + Send + 'static,
    {
        let sender = self.caller.id().to_owned();
        let message = peer::fingerprint(&self.path, &self.body);
        let is_named = is_named(&self.body);
        node.store
            .write(name, move |tx| {
                Box::pin(async move {
                    let seen = xinyu_store::inbox::seen(tx, &sender, &message).await?;
                    if is_named && let Some(stored) = &seen {
                        return Answer::from_stored(stored);
                    }
                    let answer = match (handle(tx).await, &seen) {
                        (Ok(answer), _) => answer,
                        (Err(Failure::Rejected(_)), Some(stored)) => return Answer::from_stored(stored),
                        (Err(failure), _) => return Err(failure),
                    };
                    if seen.is_none()
                        && !xinyu_store::inbox::remember(tx, &sender, &message, &answer.to_stored()).await?
                    {
                        let reason = "the same message is being handled at this moment".to_owned();
                        return Err(StoreError::Contended { reason }.into());
                    }
                    Ok(answer)
                })
            })
            .await
    }
}

fn is_named(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|message| message.get("@id").is_some_and(Value::is_string))
}
