//! The client for other nodes. Every request carries a token that is good for it alone; every answer of a node whose keys are known must prove
//! itself. Addresses pass the egress guard, answers are bounded in size and time. Nothing is retried here: that is the outbox's, which knows
//! whether it is worth it from [`SendError::is_transient`].

mod error;
mod reply;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::sync::watch;
use url::Url;
use uuid::Uuid;
use xinyu_crypto::{KeyRing, PublicKeys, Suite};
use xinyu_identity::request::{self, Exchange};
use xinyu_identity::response::{self, Proven};
use xinyu_identity::{IdentityError, RequestClaims};
use xinyu_protocol::id::PartyId;

use crate::client::{ClientError, client_with};
use crate::egress::{EgressPolicy, GuardedResolver};
use crate::path::is_plain_path;
use crate::relay;
use crate::source::Source;
use crate::trace::{self, TRACEPARENT_HEADER};
use crate::{CREDENTIAL_HEADER, PROOF_HEADER};

pub(crate) use error::is_transient_status;
pub use error::{Fault, SendError};
pub use reply::Reply;

/// Another node.
#[derive(Clone, Debug)]
pub struct PeerAddress {
    /// Who it is: the audience of the request and the issuer of the proof.
    pub party: PartyId,
    /// Where it is. Paths are below this URL.
    pub base: Url,
    /// Its keys. With them an answer without a valid proof is an error; without them (first contact, other makers) no answer is proven.
    pub keys: Option<PublicKeys>,
}

/// What varies from request to request.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// The suite to sign in; none: that of the client.
    pub suite: Option<Suite>,
    /// Further headers, such as a grant.
    pub headers: HeaderMap,
    /// The type of the body, if there is one.
    pub content_type: HeaderValue,
    /// For the whole exchange; with [`PeerClient::stream`] for the head, and then for each piece of the body.
    pub timeout: Duration,
    /// The longest answer.
    pub max_reply_bytes: u64,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            suite: None,
            headers: HeaderMap::new(),
            content_type: HeaderValue::from_static("application/json"),
            timeout: Duration::from_secs(10),
            max_reply_bytes: 1 << 20,
        }
    }
}

/// The body of an answer to [`PeerClient::stream`], in pieces.
pub struct StreamReply {
    /// HTTP status, always 2xx.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// True if the peer has proven the head. The body carries its own protection.
    pub is_proven: bool,
    /// The pieces. It ends with an error if the peer stalls, sends too much or breaks off.
    pub body: BoxStream<'static, Result<Bytes, SendError>>,
}

/// A client for other nodes. Cheap to clone.
#[derive(Clone)]
pub struct PeerClient {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    ring: Arc<KeyRing>,
    suite: Suite,
    me: PartyId,
    credential: watch::Receiver<Option<String>>,
    egress: EgressPolicy,
    source: Source,
}

impl PeerClient {
    /// A client that speaks for `me`, signs with `ring` in `suite`, and shows the credential that `credential` holds at the time (the platform has
    /// none).
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(
        ring: Arc<KeyRing>,
        suite: Suite,
        me: PartyId,
        credential: watch::Receiver<Option<String>>,
        egress: EgressPolicy,
        source: Source,
    ) -> Result<Self, ClientError> {
        let resolver = GuardedResolver::new(egress.clone());
        Self::with_resolver(ring, suite, me, credential, egress, source, resolver)
    }

    /// The same with another resolver, such as one of a simulated network.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn with_resolver(
        ring: Arc<KeyRing>,
        suite: Suite,
        me: PartyId,
        credential: watch::Receiver<Option<String>>,
        egress: EgressPolicy,
        source: Source,
        resolver: GuardedResolver,
    ) -> Result<Self, ClientError> {
        let http = client_with(&egress, resolver)?;
        Ok(Self { inner: Arc::new(Inner { http, ring, suite, me, credential, egress, source }) })
    }

    /// Sends a request and reads the whole answer, of whatever status: see [`Reply::into_success`]. `path` is below the peer's base URL, or an
    /// absolute URL of the same origin, such as a callback address that the peer gave.
    ///
    /// # Errors
    /// If the request may not or cannot be sent, or the answer is not proven, too large, too slow or a redirect.
    pub async fn send(
        &self,
        to: &PeerAddress,
        method: Method,
        path: &str,
        body: Vec<u8>,
        options: SendOptions,
    ) -> Result<Reply, SendError> {
        let timeout = options.timeout;
        let exchange = async {
            let (response, proof) = self.exchange(to, method, path, body, &options).await?;
            whole(to, response, proof, options.max_reply_bytes).await
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(reply) => reply,
            Err(_) => Err(SendError::Timeout { party: to.party.clone() }),
        }
    }

    /// Sends a request and gives the answer's body as it comes, for data. An answer other than 2xx is [`SendError::Refused`].
    ///
    /// # Errors
    /// As [`PeerClient::send`]; the pieces can fail later.
    pub async fn stream(
        &self,
        to: &PeerAddress,
        method: Method,
        path: &str,
        body: Vec<u8>,
        options: SendOptions,
    ) -> Result<StreamReply, SendError> {
        let head = async {
            let (response, proof) = self.exchange(to, method, path, body, &options).await?;
            // Refusals, and answers whose proof covers the body, are small enough to be read and checked whole.
            let is_streamed = response.status().is_success() && proof.as_ref().is_none_or(Proven::is_head_only);
            if is_streamed {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let body = reply::pieces(to.party.clone(), response, &options);
                return Ok(StreamReply { status, headers, is_proven: proof.is_some(), body });
            }
            let limit = options.max_reply_bytes.min(SendOptions::default().max_reply_bytes);
            let reply = whole(to, response, proof, limit).await?.into_success(&to.party)?;
            let is_proven = reply.is_proven;
            let body = Box::pin(futures::stream::iter([Ok(Bytes::from(reply.body))]));
            Ok(StreamReply { status: reply.status, headers: reply.headers, is_proven, body })
        };
        match tokio::time::timeout(options.timeout, head).await {
            Ok(reply) => reply,
            Err(_) => Err(SendError::Timeout { party: to.party.clone() }),
        }
    }

    /// Up to the head of the answer, with the proof of the head if the peer's keys are known.
    async fn exchange(
        &self,
        to: &PeerAddress,
        method: Method,
        path: &str,
        body: Vec<u8>,
        options: &SendOptions,
    ) -> Result<(reqwest::Response, Option<Proven>), SendError> {
        let url = self.target(to, path)?;
        let jti = self.inner.source.id();
        let headers = self.headers(to, &method, &url, &body, jti, options)?;
        let response = match to.keys.as_ref().filter(|keys| relay::is_place_of(&to.base, keys)) {
            Some(keys) => self.relayed(to, keys, (&method, &url, &headers, &body), options).await?,
            None => {
                let request = self.inner.http.request(method, url).headers(headers).body(body);
                request.send().await.map_err(|error| SendError::from_transport(&to.party, &error))?
            }
        };
        let proof = self.check_proof(to, jti, &response)?;
        if response.status().is_redirection() {
            return Err(SendError::Redirected { party: to.party.clone(), status: response.status().as_u16() });
        }
        Ok((response, proof))
    }

    /// A request to a node that its platform carries for: sealed, so that the platform reads neither it nor the answer.
    async fn relayed(
        &self,
        to: &PeerAddress,
        keys: &PublicKeys,
        (method, url, headers, body): (&Method, &Url, &HeaderMap, &[u8]),
        options: &SendOptions,
    ) -> Result<reqwest::Response, SendError> {
        let inner = &self.inner;
        let (suite, nonce) = (options.suite.unwrap_or(inner.suite), inner.source.id());
        let request = relay::Carried { base: &to.base, keys, suite, method, url, headers, body, nonce };
        relay::carry(&inner.http, &inner.ring, request).await.map_err(|error| match error {
            relay::CarryError::Transport(error) => SendError::from_transport(&to.party, &error),
            relay::CarryError::Frame(error) => {
                SendError::Unreachable { party: to.party.clone(), reason: error.to_string() }
            }
        })
    }

    fn target(&self, to: &PeerAddress, path: &str) -> Result<Url, SendError> {
        let is_below = path.starts_with('/');
        let text = if is_below { format!("{}{path}", to.base.as_str().trim_end_matches('/')) } else { path.to_owned() };
        let url = self.inner.egress.check_url(&text)?;
        if !is_plain_path(url.path()) || (is_below && !is_plain_path(path)) {
            return Err(SendError::BadPath { party: to.party.clone() });
        }
        if url.origin() != to.base.origin() || url.fragment().is_some() || to.base.query().is_some() {
            return Err(SendError::ForeignUrl { party: to.party.clone() });
        }
        Ok(url)
    }

    fn headers(
        &self,
        to: &PeerAddress,
        method: &Method,
        url: &Url,
        body: &[u8],
        jti: Uuid,
        options: &SendOptions,
    ) -> Result<HeaderMap, SendError> {
        let inner = &self.inner;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let suite = options.suite.unwrap_or(inner.suite);
        let exchange = Exchange { method: method.as_str(), path: &path, body };
        let now = inner.source.now();
        let claims = RequestClaims::new(suite, inner.me.clone(), to.party.clone(), exchange, jti, now);
        let token = request::mint(&claims, inner.ring.signing(suite));
        let mut headers = options.headers.clone();
        let mut set = |name: HeaderName, value: String| {
            let mut value =
                HeaderValue::try_from(value).map_err(|_| SendError::BadHeader { header: name.to_string() })?;
            value.set_sensitive(true);
            headers.insert(name, value);
            Ok::<(), SendError>(())
        };
        set(AUTHORIZATION, format!("Bearer {token}"))?;
        let credential = inner.credential.borrow().clone();
        if let Some(credential) = credential {
            set(HeaderName::from_static(CREDENTIAL_HEADER), credential)?;
        }
        if let Some(id) = trace::current() {
            set(HeaderName::from_static(TRACEPARENT_HEADER), id.traceparent(&inner.source))?;
        }
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, options.content_type.clone());
        }
        Ok(headers)
    }

    fn check_proof(
        &self,
        to: &PeerAddress,
        jti: Uuid,
        response: &reqwest::Response,
    ) -> Result<Option<Proven>, SendError> {
        let Some(keys) = &to.keys else { return Ok(None) };
        let status = response.status().as_u16();
        let mut values = response.headers().get_all(PROOF_HEADER).iter();
        let (Some(Ok(proof)), None) = (values.next().map(HeaderValue::to_str), values.next()) else {
            return Err(SendError::Unproven { party: to.party.clone(), status });
        };
        let expect = response::Expect { iss: &to.party, aud: &self.inner.me, jti, status };
        match response::verify(proof, keys, expect) {
            Ok(proven) => Ok(Some(proven)),
            Err(fault) => Err(forged(to, fault)),
        }
    }
}

impl fmt::Debug for PeerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerClient")
            .field("me", &self.inner.me)
            .field("suite", &self.inner.suite)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StreamReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Reads the whole body and holds the proof against it.
async fn whole(
    to: &PeerAddress,
    response: reqwest::Response,
    proof: Option<Proven>,
    limit: u64,
) -> Result<Reply, SendError> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = reply::collect(&to.party, response, limit).await?;
    if let Some(proof) = &proof {
        proof.check_body(&body).map_err(|fault| forged(to, fault))?;
    }
    Ok(Reply { status, headers, body, is_proven: proof.is_some() })
}

fn forged(to: &PeerAddress, fault: IdentityError) -> SendError {
    SendError::Forged { party: to.party.clone(), fault }
}

#[cfg(test)]
mod tests;
