//! Callers of the Dataspace Protocol: members, who prove themselves and to whom every answer is proven, and partners, on arranged terms or by the
//! credentials that they show. Answers that refuse are the typed errors of the protocol. DSP 2025-1 §4–§9; DCP 1.0.1.

mod error;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_crypto::ForeignJws;
use xinyu_http::CREDENTIAL_HEADER;
use xinyu_http::auth::Peer;
use xinyu_identity::TokenKind;
use xinyu_protocol::dsp::tolerant;
use xinyu_store::partner::Known;
use xinyu_store::{BoxFuture, StoreError, Tx};

use crate::arranged::{Arranged, ArrangedKind};
use crate::dcp::{self, verifier};
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
    let partner = match partner.cloned() {
        Some(partner) => partner,
        None if is_member || !shown.is_some_and(is_foreign) => return peer::find_out(node, request, next).await,
        None => match by_credentials(&node, request.headers()).await {
            Ok(partner) => partner,
            Err(failure) => return failure.into_response(),
        },
    };
    request.extensions_mut().insert(partner);
    next.run(request).await
}

/// Whether this may be a token of someone who shows credentials: what the platform itself calls with is none, by its type.
fn is_foreign(shown: &str) -> bool {
    let token =
        shown.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let jws = token.and_then(|token| ForeignJws::parse(token).ok());
    jws.is_some_and(|jws| jws.typ().is_none_or(|typ| typ.eq_ignore_ascii_case(TokenKind::Client.typ())))
}

/// A connector of another maker that shows who it is. One that is not configured joins in the space of its membership.
async fn by_credentials(node: &Node, headers: &HeaderMap) -> Result<Arranged, Failure> {
    let proven = verifier::verify(node, dcp::call::bearer(headers)?).await?;
    let did = proven.did.as_str();
    // What our platform has told of it comes before what its credentials said a moment ago.
    if let Some(bar) = node.standings.bar(did) {
        return Err(bar.into());
    }
    if let Some(configured) = node.arranged.find(ArrangedKind::Partner, did).filter(|one| !one.joined) {
        return Ok(configured);
    }
    let space = proven.spaces.iter().find(|space| node.rules_of(space).is_some()).ok_or_else(|| {
        Rejection::forbidden(
            "no-common-space",
            format!("{did} 与本连接器没有共同的逻辑空间"),
            format!("{did} takes part in no space that this connector is in"),
        )
    })?;
    let known = Known {
        did: did.to_owned(),
        name: proven.name.clone(),
        address: proven.address.clone(),
        space_id: space.clone(),
        enforces: proven.enforces.clone(),
    };
    join(node, known).await
}

/// Takes up a connector of another maker that is known by its DID.
///
/// # Errors
/// If the store fails.
pub async fn join(node: &Node, known: Known) -> Result<Arranged, Failure> {
    let partner = joined(node, &known);
    if node.arranged.join(partner.clone()) {
        let now = node.store.clock().now();
        let save = node.store.write("partner.save", move |tx| {
            Box::pin(async move { xinyu_store::partner::save(tx, &known, now).await.map_err(Failure::from) })
        });
        save.await?;
    }
    Ok(partner)
}

fn joined(node: &Node, known: &Known) -> Arranged {
    let mut one = Arranged::by_credentials(&known.did, &known.name, &known.address)
        .in_space(&known.space_id)
        .knowing_us_as(Some(node.dcp.did.to_string()));
    one.joined = true;
    one.enforces.clone_from(&known.enforces);
    one
}

/// Takes up those who joined before a restart.
///
/// # Errors
/// If the store fails.
pub async fn resume(node: &Node) -> Result<(), Failure> {
    let read = node.store.read("partner.list", |tx| {
        Box::pin(async move { xinyu_store::partner::list(tx).await.map_err(Failure::from) })
    });
    for known in read.await? {
        node.arranged.join(joined(node, &known));
    }
    Ok(())
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
