//! The server's side of peer authentication: credential, request token, and the proof of what we answer.
//!
//! A connector sends `authorization: Bearer <request token>` and `x-xinyu-credential: <credential>`; the platform itself sends the token alone, its
//! keys are known. Everything is checked against the exact request before a handler sees it. What the handler may do for the peer is not decided here.

mod credentials;
mod proof;
mod rejection;
mod replay;

use axum::body::Body;
use axum::extract::{FromRequestParts, OriginalUri, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_identity::request::{self, Exchange, Expect, Verified};
use xinyu_identity::{Credential, IdentityError, RequestClaims};
use xinyu_protocol::id::{ParticipantId, PartyId};
use xinyu_protocol::tc609::participant::Role;

use crate::CREDENTIAL_HEADER;
use crate::json::read_body;
use crate::path::is_plain_path;
use crate::problem::ProblemResponse;

pub use credentials::Credentials;
pub use proof::{HeadOnly, Prover, prove_responses};
pub use rejection::Rejection;
pub use replay::ReplayCache;

/// A request as it was received.
#[derive(Clone, Copy, Debug)]
pub struct PeerRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query, exactly as in the request line.
    pub path: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The exact bytes of the body.
    pub body: &'a [u8],
}

/// Whom we believe.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// Who we are: the audience of every request to us.
    pub me: &'a PartyId,
    /// The platform that issues credentials, and may call by itself.
    pub issuer: &'a PartyId,
    /// Its keys, pinned by configuration.
    pub issuer_keys: &'a PublicKeys,
    /// Which of its credentials were checked already.
    pub checked: &'a Credentials,
}

/// What only the caller of [`verify_peer`] can know. The answer `true` bars the request.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Was this credential revoked?
    IsRevoked(&'a Credential),
    /// Was this `jti` seen before? Asked last, once everything else is right, so that it can be remembered in the same step.
    IsReplayed(&'a RequestClaims),
    /// Is a token issued at this time too old to tell, since what was seen then is forgotten?
    IsForgotten(&'a RequestClaims),
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Connector or platform.
    pub party: PartyId,
    /// Who stands behind it.
    pub participant: ParticipantId,
    /// Its role; the platform's is [`Role::Operator`].
    pub role: Role,
    /// Its public keys.
    pub keys: PublicKeys,
    /// Its base URL as the credential says; none for the platform, whose address is configured.
    pub address: Option<String>,
    /// The credential; none for the platform.
    pub credential_id: Option<Uuid>,
    /// The `jti` of this request, for who keeps a durable record of them as well.
    pub request_id: Uuid,
    /// Until this second (since 1970) the request could be replayed.
    pub replayable_until: i64,
    /// The suite it signed in, in which it is answered.
    pub suite: Suite,
    /// As whom it called us.
    pub me: PartyId,
}

/// Who sends this request? `is_barred` answers what only the caller knows, see [`Question`]; [`ReplayCache`] answers two of the three.
///
/// # Errors
/// If anything about credential, token or request is missing, wrong or contradictory: see [`Rejection`].
pub fn verify_peer(
    received: PeerRequest<'_>,
    trust: Trust<'_>,
    now: Timestamp,
    mut is_barred: impl FnMut(Question<'_>) -> bool,
) -> Result<Peer, Rejection> {
    if !is_plain_path(received.path) {
        return Err(Rejection::UnsafePath);
    }
    let token = bearer(received.headers)?;
    let credential =
        only(received.headers, CREDENTIAL_HEADER)?.map(|jws| trust.checked.verify(jws, trust, now)).transpose()?;
    let (party, keys) = match &credential {
        Some(credential) => (&credential.sub, &credential.keys),
        None => (trust.issuer, trust.issuer_keys),
    };
    let exchange = Exchange { method: received.method.as_str(), path: received.path, body: received.body };
    let Verified { claims, suite } =
        match request::verify(token, keys, Expect { iss: party, aud: trust.me, exchange }, now) {
            // Without a credential only the platform can call: say so, rather than that its keys are not the platform's.
            Err(IdentityError::UnknownKey { .. }) if credential.is_none() => {
                return Err(Rejection::Missing { header: CREDENTIAL_HEADER });
            }
            other => other?,
        };
    if let Some(credential) = &credential
        && is_barred(Question::IsRevoked(credential))
    {
        return Err(Rejection::Revoked { credential: credential.jti, party: credential.sub.clone() });
    }
    if is_barred(Question::IsForgotten(&claims)) {
        return Err(Rejection::Forgotten);
    }
    if is_barred(Question::IsReplayed(&claims)) {
        return Err(Rejection::Replayed { jti: claims.jti });
    }
    Ok(Peer {
        party: party.clone(),
        participant: party.owner(),
        role: credential.as_ref().map_or(Role::Operator, |credential| credential.participant.role),
        keys: keys.clone(),
        address: credential.as_ref().map(|credential| credential.address.clone()),
        credential_id: credential.as_ref().map(|credential| credential.jti),
        request_id: claims.jti,
        replayable_until: claims.replayable_until(),
        suite,
        me: claims.aud,
    })
}

/// Collects the body of a request (at most `limit` bytes), lets `verify` find out who sent it, and hands the request on with the [`Peer`] in its
/// extensions and the body restored. For a middleware that knows whom to trust.
///
/// # Errors
/// The response to send instead: 413 for a body that is too large, what [`Rejection`] says, or whatever `verify` answers.
pub async fn authenticate<E: IntoResponse>(
    request: Request,
    limit: usize,
    verify: impl AsyncFnOnce(PeerRequest<'_>) -> Result<Peer, E>,
) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    let body = read_body(body, limit).await.map_err(IntoResponse::into_response)?;
    // Below a nested router the URI has lost its prefix; the peer has signed the whole.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let received = PeerRequest { method: &parts.method, path: &path, headers: &parts.headers, body: &body };
    let peer = verify(received).await.map_err(IntoResponse::into_response)?;
    parts.extensions.insert(peer);
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The peer that [`authenticate`] found; 401 where it did not run.
impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let missing = || Rejection::Missing { header: "authorization" }.response();
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    let value = only(headers, AUTHORIZATION.as_str())?.ok_or(Rejection::Missing { header: "authorization" })?;
    let (scheme, token) = value.split_once(' ').ok_or(Rejection::NotBearer)?;
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() { Ok(token) } else { Err(Rejection::NotBearer) }
}

/// The value of a header that may stand once: of two, a proxy and we might read different ones.
fn only<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Rejection> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Rejection::Unreadable { header: name }),
        (Some(_), Some(_)) => Err(Rejection::Repeated { header: name }),
    }
}

#[cfg(test)]
mod tests;
