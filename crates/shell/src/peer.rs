//! Peers who call: authenticated by the http crate, answered once. A message received again gets the stored answer and changes nothing; a message that
//! is refused leaves nothing behind. And messages that we deliver.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use xinyu_core::fault::Rejection;
use xinyu_crypto::{Suite, jws};
use xinyu_http::auth::{Peer, Prover, Question, Trust, authenticate, prove_responses, verify_peer};
use xinyu_http::{PeerAddress, SendOptions, limit, trace};
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::usage::FulfilmentProof;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{BoxFuture, Tx};

use crate::dcp;
use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::standing;

/// The largest message a peer may send.
pub(crate) const BODY_LIMIT: usize = 4 << 20;
/// The largest answer that is proven as a whole.
const ANSWER_LIMIT: usize = 16 << 20;

/// Only authenticated peers reach these routes, and every answer is proven to them.
pub fn authenticated<S: Clone + Send + Sync + 'static>(routes: Router<S>, node: &Arc<Node>) -> Router<S> {
    routes
        .route_layer(from_fn_with_state(prover(node), prove_responses))
        .route_layer(from_fn_with_state(Arc::clone(node), check))
}

pub(crate) fn prover(node: &Node) -> Prover {
    Prover::new(Arc::clone(&node.ring), ANSWER_LIMIT)
}

/// What holds for all routes: traces and the size of bodies.
pub fn layers<S: Clone + Send + Sync + 'static>(routes: Router<S>, node: &Arc<Node>) -> Router<S> {
    routes
        .layer(from_fn_with_state(BODY_LIMIT, limit::limit_body))
        .layer(from_fn_with_state(node.source(), trace::trace_requests))
}

/// As [`authenticated`], for what a member may send while it is suspended too.
pub fn authenticated_suspended<S: Clone + Send + Sync + 'static>(routes: Router<S>, node: &Arc<Node>) -> Router<S> {
    routes
        .route_layer(from_fn_with_state(prover(node), prove_responses))
        .route_layer(from_fn_with_state(Arc::clone(node), check_suspended))
}

async fn check(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    find_out(node, request, next).await
}

async fn check_suspended(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    find_out_with(node, request, next, true).await
}

/// Finds out who sent a request, and hands it on; or says why not.
pub(crate) async fn find_out(node: Arc<Node>, request: Request, next: Next) -> Response {
    find_out_with(node, request, next, false).await
}

async fn find_out_with(node: Arc<Node>, request: Request, next: Next, may_be_suspended: bool) -> Response {
    let Some(me) = node.party() else {
        return Failure::from(Rejection::conflict(
            "not-registered",
            "本节点尚未注册",
            "this node is not registered yet",
        ))
        .into_response();
    };
    let now = node.store.clock().now();
    let trust =
        Trust { me: &me, issuer: &node.platform.id, issuer_keys: &node.platform.keys, checked: &node.credentials };
    let verified = authenticate(request, BODY_LIMIT, async |received| {
        let verified = verify_peer(received, trust, now, |question| match question {
            Question::IsRevoked(credential) => node.standings.bars(&node, credential),
            other => node.replays.bars(other, now),
        });
        verified.map_err(|rejection| standing::refused(&node, &rejection))
    })
    .await;
    let request = match verified {
        Ok(request) => request,
        Err(response) => return response,
    };
    let credential =
        request.extensions().get::<Peer>().and_then(|peer| Some((peer.credential_id?, peer.party.clone())));
    match credential {
        // The platform knows at first hand, and asks itself at every request.
        Some((id, party)) if node.kind == NodeKind::Platform => {
            match standing::must_be_good(&node, id, party, may_be_suspended).await {
                Ok(()) => next.run(request).await,
                Err(failure) => failure.into_response(),
            }
        }
        _ => next.run(request).await,
    }
}

/// What is wrong with a message that does not parse.
pub(crate) fn malformed(problem: &Problem) -> Failure {
    let mut rejection = Rejection::bad("malformed-message", problem.title.zh.clone(), problem.title.en.clone());
    if let Some(detail) = &problem.detail {
        rejection.text.zh = format!("{}：{}", rejection.text.zh, detail.zh);
        rejection.text.en = format!("{}: {}", rejection.text.en, detail.en);
    }
    rejection.status = problem.status;
    rejection.clause.clone_from(&problem.clause);
    rejection.into()
}

/// What two messages have in common only if they are the same one: digest of path and bytes.
pub(crate) fn fingerprint(path: &str, body: &[u8]) -> String {
    let mut hasher = Suite::Intl.hasher();
    hasher.update(path.as_bytes());
    hasher.update(b"\n");
    hasher.update(body);
    hasher.finalize().to_string()
}

/// A message of an authenticated peer.
#[derive(Clone, Debug)]
pub struct PeerCall {
    /// Who.
    pub peer: Peer,
    /// Method and path.
    pub path: String,
    /// The exact bytes.
    pub body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for PeerCall {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let peer = request.extensions().get::<Peer>().cloned();
        let peer = peer.ok_or_else(|| Failure::broken("a peer route lacks authentication"))?;
        let path = format!("{} {}", request.method(), request.uri().path());
        let body = Bytes::from_request(request, state).await.map_err(Failure::broken)?;
        Ok(Self { peer, path, body })
    }
}

impl PeerCall {
    /// The message, strictly.
    ///
    /// # Errors
    /// If it does not parse, saying where.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        xinyu_http::json::read_json(&self.body).map_err(|problem| malformed(&problem))
    }

    /// The calling connector.
    ///
    /// # Errors
    /// If the caller is the platform.
    pub fn connector(&self) -> Result<ConnectorId, Failure> {
        self.peer.party.connector().ok_or_else(|| {
            Rejection::forbidden("not-a-connector", "该接口仅供接入连接器调用", "only connectors may call this").into()
        })
    }

    /// That the platform calls.
    ///
    /// # Errors
    /// If somebody else does.
    pub fn must_be_platform(&self, node: &Node) -> Result<(), Failure> {
        if self.peer.party == node.platform.id {
            return Ok(());
        }
        Err(Rejection::forbidden("not-the-platform", "该接口仅供服务平台调用", "only the platform may call this")
            .into())
    }

    /// The caller's role, as its credential says.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.peer.credential_id.map(|_| self.peer.role)
    }

    /// That the caller has a role.
    ///
    /// # Errors
    /// If it has another one.
    pub fn must_be(&self, role: Role) -> Result<(), Failure> {
        if self.role() == Some(role) {
            return Ok(());
        }
        Err(Rejection::forbidden(
            "wrong-role",
            format!("该操作仅限角色 {}", role.as_str()),
            format!("only a {} may do this", role.as_str()),
        )
        .into())
    }

    /// That the proof of fulfilment is signed by the caller. TC609-6-2025-15 §9.2.4.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_fulfilment(&self, proof: &FulfilmentProof) -> Result<(), Failure> {
        let refuse = |why: &str| {
            Rejection::bad(
                "fulfilment-signature",
                format!("履约证明签名无效：{why}"),
                format!("the proof of fulfilment is not signed well: {why}"),
            )
            .clause("TC609-6-2025-15 §9.2.4")
        };
        let unverified = jws::parse(&proof.signature).map_err(|error| refuse(&error.to_string()))?;
        let key = unverified.kid().and_then(|kid| self.peer.keys.by_kid(kid)).ok_or_else(|| refuse("unknown key"))?;
        let payload = unverified.verify(key, "xinyu-fulfilment+jwt").map_err(|error| refuse(&error.to_string()))?;
        let unsigned = FulfilmentProof { signature: String::new(), ..proof.clone() };
        let expected = xinyu_protocol::json::canonical(&unsigned).map_err(Failure::broken)?;
        if payload == expected { Ok(()) } else { Err(refuse("it signs something else").into()) }
    }

    /// Handles the message in one transaction, once: the same bytes from the same sender on the same path get the same answer.
    ///
    /// # Errors
    /// What the handler says; then nothing was changed.
    pub async fn once<F>(&self, node: &Node, name: &'static str, handle: F) -> Result<Answer, Failure>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Failure>> + Send + 'static,
    {
        let (sender, message) = (self.peer.party.as_str().to_owned(), fingerprint(&self.path, &self.body));
        once(node, name, sender, message, handle).await
    }
}

/// Handles a message in one transaction, once, and keeps the answer under who sent it and what it is known by.
///
/// # Errors
/// What the handler says; then nothing was changed.
pub(crate) async fn once<F>(
    node: &Node,
    name: &'static str,
    sender: String,
    message: String,
    handle: F,
) -> Result<Answer, Failure>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Failure>> + Send + 'static,
{
    node.store
        .write(name, move |tx| {
            Box::pin(async move {
                if let Some(stored) = xinyu_store::inbox::seen(tx, &sender, &message).await? {
                    return Answer::from_stored(&stored);
                }
                let answer = handle(tx).await?;
                if !xinyu_store::inbox::remember(tx, &sender, &message, &answer.to_stored()).await? {
                    let reason = "the same message is being handled at this moment".to_owned();
                    return Err(xinyu_store::StoreError::Contended { reason }.into());
                }
                Ok(answer)
            })
        })
        .await
}

/// An answer to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    ///
    /// # Errors
    /// If the value has no JSON form.
    pub fn json<T: Serialize>(status: u16, value: &T) -> Result<Self, Failure> {
        Ok(Self { status, body: serde_json::to_vec(value).map_err(Failure::broken)? })
    }

    pub(crate) fn to_stored(&self) -> Vec<u8> {
        let mut stored = self.status.to_be_bytes().to_vec();
        stored.extend_from_slice(&self.body);
        stored
    }

    pub(crate) fn from_stored(stored: &[u8]) -> Result<Self, Failure> {
        match stored {
            [high, low, body @ ..] => Ok(Self { status: u16::from_be_bytes([*high, *low]), body: body.to_vec() }),
            _ => Err(Failure::broken("a stored answer is too short")),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from(self.body)).into_response()
    }
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// For the log.
    pub text: String,
    /// The status of an answer, if there was one that its sender did not prove.
    pub status: Option<u16>,
    /// Whether it makes sense to try again.
    pub is_transient: bool,
}

/// What came of a delivery: status and body of the answer.
pub type Delivery = Result<(u16, Vec<u8>), Undelivered>;

/// Delivers a message of the outbox: status and body of the answer, which the receiver proved.
///
/// # Errors
/// If it did not arrive, or the answer is not the receiver's.
pub async fn deliver(node: &Node, message: &OutboxMessage) -> Result<(u16, Vec<u8>), Undelivered> {
    if dcp::send::is_ours(message) {
        return dcp::send::deliver(node, message).await;
    }
    if let Some(system) = node.arranged.destination(&message.destination) {
        let answer = node.arranged_client.post(&system, &message.path, message.body.clone()).await;
        return answer.map_err(|error| Undelivered {
            text: error.text,
            status: None,
            is_transient: error.is_transient,
        });
    }
    post(node, &message.destination, &message.path, message.body.clone()).await
}

/// Sends a message to a party: to a path below its address, or to a URL that it gave us, which must be of the same origin.
///
/// # Errors
/// If it did not arrive, or the answer is not the receiver's.
pub async fn post(node: &Node, party: &str, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Undelivered> {
    // While we are barred nobody would take it; what waits is not lost, and goes out when we are let in again.
    if let Some(bar) = node.party().and_then(|me| node.standings.bar(me.as_str())) {
        return Err(Undelivered { text: bar.text.en, status: None, is_transient: true });
    }
    post_suspended(node, party, path, body).await
}

/// The same for what is taken of a member that is suspended too, see [`authenticated_suspended`].
///
/// # Errors
/// As [`post`].
pub async fn post_suspended(
    node: &Node,
    party: &str,
    path: &str,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), Undelivered> {
    let lasting = |text: String| Undelivered { text, status: None, is_transient: false };
    let passing = |text: String| Undelivered { text, status: None, is_transient: true };
    let client = node.client().ok_or_else(|| passing("this node is not registered yet".to_owned()))?;
    // Without a credential nobody would know us: what is said before the admission waits for it.
    let is_known = node.identity().is_some_and(|identity| identity.credential.is_some());
    if node.kind == NodeKind::Connector && !is_known {
        return Err(passing("this connector is not admitted yet".to_owned()));
    }
    let address = address(node, party).await.map_err(lasting)?;
    match client.send(&address, Method::POST, path, body, SendOptions::default()).await {
        Ok(reply) => Ok((reply.status, reply.body)),
        Err(error) => {
            Err(Undelivered { text: error.to_string(), status: error.status(), is_transient: error.is_transient() })
        }
    }
}

/// Where a party is, and with which keys it proves its answers.
///
/// # Errors
/// If the party is not known, or its address is no URL.
pub async fn address(node: &Node, party: &str) -> Result<PeerAddress, String> {
    let id = PartyId::parse(party).map_err(|error| error.to_string())?;
    let (base, keys) = if id == node.platform.id {
        (node.platform.address.clone(), node.platform.keys.clone())
    } else {
        let wanted = party.to_owned();
        let found = node
            .store
            .read("party.find", move |tx| {
                Box::pin(async move { xinyu_store::party::find(tx, &wanted).await.map_err(Failure::from) })
            })
            .await
            .map_err(|error| error.to_string())?
            .ok_or_else(|| format!("party {party} is not known"))?;
        (found.address, found.keys)
    };
    let base = Url::parse(&base).map_err(|error| format!("{base} is no URL: {error}"))?;
    Ok(PeerAddress { party: id, base, keys: Some(keys) })
}
