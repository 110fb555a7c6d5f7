//! Systems of other makers that we work with on arranged terms: partners (connectors that speak the Dataspace Protocol and nothing more), data planes
//! and control planes. Each is configured with its address and two tokens: what it shows us, and what we show it. Both are whatever stands in the
//! header `authorization`, since other makers put all kinds of things there. Only digests of what is shown to us are held.

mod client;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;
use url::Url;
use xinyu_core::dataflow::{CONTROL_PLANE, DATA_PLANE};
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_http::egress::EgressPolicy;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::node::Node;

pub use client::{ArrangedClient, Head, Unanswered};

/// What kind of system it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArrangedKind {
    /// Another maker's connector.
    Partner,
    /// A data plane that our control plane may use.
    DataPlane,
    /// A control plane that may use our data plane.
    ControlPlane,
}

impl ArrangedKind {
    /// The word in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::DataPlane => "data",
            Self::ControlPlane => "control",
        }
    }
}

/// One of them.
#[derive(Clone)]
pub struct Arranged {
    /// What kind.
    pub kind: ArrangedKind,
    /// Its name here; for a partner, how it names itself in the dataspace.
    pub id: String,
    /// For people.
    pub title: String,
    /// Base URL of its interface, without a slash at the end.
    pub address: String,
    /// The space whose rules apply; partners only.
    pub space_id: String,
    /// Under what name it knows us; none: our identifier. Partners only.
    pub known_as: Option<String>,
    /// How it moves data; data planes only.
    pub profiles: Vec<String>,
    /// Whether it is not configured but has joined by its credentials.
    pub joined: bool,
    /// Of one that our platform has registered as another maker's: what of a contract's rules it keeps by itself. None: who arranged it knows.
    pub enforces: Option<Vec<String>>,
    expects: Expects,
    presents: Presents,
}

/// How it shows us who it is.
#[derive(Clone)]
enum Expects {
    /// By a token, of which this is the digest.
    Token(String),
    /// By its credentials, its name being a DID.
    Credentials,
}

/// How we show it who we are.
#[derive(Clone)]
enum Presents {
    Nothing,
    Token(Arc<Zeroizing<String>>),
    /// By a token that we issue for ourselves, with the right to see our credentials.
    Credentials,
}

impl fmt::Debug for Arranged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arranged").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The two tokens.
#[derive(Default)]
pub struct Tokens {
    /// What it shows us.
    pub shown_to_us: String,
    /// What we show it.
    pub shown_by_us: Option<String>,
}

impl Arranged {
    /// A system with its tokens.
    #[must_use]
    pub fn new(kind: ArrangedKind, id: &str, title: &str, address: &str, tokens: Tokens) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            title: title.to_owned(),
            address: address.trim_end_matches('/').to_owned(),
            space_id: String::new(),
            known_as: None,
            profiles: Vec::new(),
            joined: false,
            enforces: None,
            expects: Expects::Token(digest(&tokens.shown_to_us)),
            presents: match tokens.shown_by_us {
                Some(token) => Presents::Token(Arc::new(Zeroizing::new(token))),
                None => Presents::Nothing,
            },
        }
    }

    /// A connector that is known by its DID: both sides show credentials. DCP 1.0.1.
    #[must_use]
    pub fn by_credentials(did: &str, title: &str, address: &str) -> Self {
        let mut one = Self::new(ArrangedKind::Partner, did, title, address, Tokens::default());
        (one.expects, one.presents) = (Expects::Credentials, Presents::Credentials);
        one
    }

    /// Whether it shows who it is by credentials.
    #[must_use]
    pub fn shows_credentials(&self) -> bool {
        matches!(self.expects, Expects::Credentials)
    }

    /// In a space.
    #[must_use]
    pub fn in_space(mut self, space_id: &str) -> Self {
        space_id.clone_into(&mut self.space_id);
        self
    }

    /// Knowing us under a name that is not our identifier.
    #[must_use]
    pub fn knowing_us_as(mut self, name: Option<String>) -> Self {
        self.known_as = name;
        self
    }

    /// Moving data in these ways.
    #[must_use]
    pub fn with_profiles(mut self, profiles: Vec<String>) -> Self {
        self.profiles = profiles;
        self
    }

    /// Whether an address that it gave is its own: of the same origin as the one it is configured with.
    ///
    /// # Errors
    /// If it is not, or leads where nothing may be sent.
    pub fn must_own(&self, address: &str, egress: &EgressPolicy) -> Result<String, Rejection> {
        let refuse = |zh: String, en: String| Rejection::bad("callback-address", zh, en).clause("DSP 2025-1 §8.2");
        let url = egress.check_url(address).map_err(|error| {
            refuse(format!("回调地址不可用：{error}"), format!("the callback address cannot be used: {error}"))
        })?;
        let own = Url::parse(&self.address).ok().is_some_and(|own| own.origin() == url.origin());
        if own && url.query().is_none() && url.fragment().is_none() {
            return Ok(address.trim_end_matches('/').to_owned());
        }
        Err(refuse(
            format!("回调地址「{address}」不在约定的地址 {} 之下", self.address),
            format!("callback address {address} is not below {}, which was arranged", self.address),
        ))
    }
}

/// All systems of one node: those that are configured, and the connectors that have joined since by showing their credentials.
#[derive(Clone, Debug, Default)]
pub struct Arrangements {
    configured: Arc<[Arranged]>,
    joined: Arc<RwLock<BTreeMap<String, Arranged>>>,
}

impl Arrangements {
    /// These systems.
    #[must_use]
    pub fn new(systems: Vec<Arranged>) -> Self {
        Self { configured: systems.into(), joined: Arc::default() }
    }

    /// Takes up a connector that has shown its credentials; whether anything about it is new. What is configured stays as it is.
    pub fn join(&self, one: Arranged) -> bool {
        let mut joined = self.joined.write().unwrap_or_else(PoisonError::into_inner);
        let is_known = joined.get(&one.id).is_some_and(|known| {
            (&known.title, &known.address, &known.space_id, &known.enforces)
                == (&one.title, &one.address, &one.space_id, &one.enforces)
        });
        if !is_known {
            joined.insert(one.id.clone(), one);
        }
        !is_known
    }

    /// All of a kind.
    #[must_use]
    pub fn of(&self, kind: ArrangedKind) -> Vec<Arranged> {
        let joined = self.joined.read().unwrap_or_else(PoisonError::into_inner);
        let is_configured = |id: &str| self.configured.iter().any(|one| one.kind == kind && one.id == id);
        let later = joined.values().filter(|one| !is_configured(&one.id));
        self.configured.iter().chain(later).filter(|one| one.kind == kind).cloned().collect()
    }

    /// One of a kind, by its name.
    #[must_use]
    pub fn find(&self, kind: ArrangedKind, id: &str) -> Option<Arranged> {
        if let Some(one) = self.configured.iter().find(|one| one.kind == kind && one.id == id) {
            return Some(one.clone());
        }
        let joined = self.joined.read().unwrap_or_else(PoisonError::into_inner);
        joined.get(id).filter(|one| one.kind == kind).cloned()
    }

    /// Who shows this token. Digests are compared: how long that takes tells nothing about the token.
    #[must_use]
    pub fn who_shows(&self, kind: ArrangedKind, token: &str) -> Option<&Arranged> {
        let shown = digest(token);
        let expects = |one: &&Arranged| matches!(&one.expects, Expects::Token(digest) if *digest == shown);
        self.configured.iter().filter(|one| one.kind == kind).find(expects)
    }

    /// The system that a message of the outbox is for, if it is one of these.
    #[must_use]
    pub fn destination(&self, to: &str) -> Option<Arranged> {
        if let Some(name) = to.strip_prefix(DATA_PLANE) {
            return self.find(ArrangedKind::DataPlane, name);
        }
        if let Some(name) = to.strip_prefix(CONTROL_PLANE) {
            return self.find(ArrangedKind::ControlPlane, name);
        }
        self.find(ArrangedKind::Partner, to)
    }
}

impl From<Unanswered> for Failure {
    fn from(error: Unanswered) -> Self {
        let mut rejection = Rejection::conflict(
            "partner-unreachable",
            format!("暂时无法连接对方：{}", error.text),
            format!("the other side cannot be reached: {}", error.text),
        );
        rejection.status = 502;
        rejection.into()
    }
}

/// Only systems of a kind reach these routes.
pub fn authenticated<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    node: &Arc<Node>,
    kind: ArrangedKind,
) -> Router<S> {
    routes.route_layer(from_fn_with_state((Arc::clone(node), kind), find_out))
}

async fn find_out(State((node, kind)): State<(Arc<Node>, ArrangedKind)>, mut request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match shown.and_then(|token| node.arranged.who_shows(kind, token)).cloned() {
        Some(system) => {
            request.extensions_mut().insert(system);
            next.run(request).await
        }
        None => {
            let mut rejection = Rejection::forbidden(
                "not-arranged",
                "请求方未与本节点约定",
                "the caller is not arranged with this node",
            );
            rejection.status = 401;
            Failure::from(rejection).into_response()
        }
    }
}

/// A request of a system on arranged terms.
#[derive(Clone, Debug)]
pub struct ArrangedCall {
    /// Who.
    pub system: Arranged,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for ArrangedCall {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let system = request.extensions().get::<Arranged>().cloned();
        let system = system.ok_or_else(|| Failure::broken("a route lacks authentication"))?;
        let body = Bytes::from_request(request, state).await.map_err(Failure::broken)?;
        Ok(Self { system, body })
    }
}

impl ArrangedCall {
    /// The message. Members that we do not know are let be.
    ///
    /// # Errors
    /// If it does not parse, saying where.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        xinyu_http::json::read_json(&self.body).map_err(|problem| crate::peer::malformed(&problem))
    }

    /// The message, or the one that says nothing when there is no body.
    ///
    /// # Errors
    /// As [`ArrangedCall::parse`].
    pub fn parse_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Failure> {
        if self.body.is_empty() { Ok(T::default()) } else { self.parse() }
    }
}

/// That a system registers under its own name, at an address of its own.
///
/// # Errors
/// If it does not.
pub fn must_be_itself(system: &Arranged, id: &str, endpoint: &str, egress: &EgressPolicy) -> Result<(), Rejection> {
    if id != system.id {
        return Err(unknown_system(id));
    }
    system.must_own(endpoint, egress).map(drop)
}

/// That nothing is arranged with a system of this name.
#[must_use]
pub fn unknown_system(id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-system",
        format!("没有约定的系统「{id}」"),
        format!("nothing is arranged with a system {id}"),
    )
}

/// The digest under which a token is held.
#[must_use]
pub fn digest(token: &str) -> String {
    Suite::Intl.hash(token.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner() -> Arranged {
        let tokens = Tokens { shown_to_us: "theirs".to_owned(), shown_by_us: Some("ours".to_owned()) };
        Arranged::new(ArrangedKind::Partner, "edc", "EDC", "http://127.0.0.1:8282/api/dsp/2025-1/", tokens)
    }

    #[test]
    fn a_token_opens_for_its_kind_alone_and_shows_in_no_debug() {
        let all = Arrangements::new(vec![partner()]);
        assert_eq!(all.who_shows(ArrangedKind::Partner, "theirs").map(|one| one.id.as_str()), Some("edc"));
        for (kind, token) in [
            (ArrangedKind::Partner, "ours"),
            (ArrangedKind::Partner, ""),
            (ArrangedKind::DataPlane, "theirs"),
            (ArrangedKind::ControlPlane, "theirs"),
        ] {
            assert!(all.who_shows(kind, token).is_none(), "{kind:?} {token}");
        }
        let shown = format!("{all:?}");
        assert!(!shown.contains("ours") && !shown.contains("theirs"), "{shown}");
    }

    #[test]
    fn an_address_of_another_origin_is_not_the_partners() {
        let egress = EgressPolicy::one_machine();
        for (address, expect) in [
            ("http://127.0.0.1:8282/api/dsp", true),
            ("http://127.0.0.1:8282/api/dsp/", true),
            ("http://127.0.0.1:8283/api/dsp", false),
            ("https://127.0.0.1:8282/api/dsp", false),
            ("http://169.254.169.254/api/dsp", false),
            ("http://127.0.0.1:8282/api/dsp?x=1", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(partner().must_own(address, &egress).is_ok(), expect, "{address}");
        }
    }
}
