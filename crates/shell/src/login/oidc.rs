//! Login by the organisation's own provider of identities: OpenID Connect, authorization code with PKCE (S256), state, nonce and the issuer's name in the
//! answer (RFC 9207). The flow belongs to the browser that began it. An account at the provider opens an account here only if its holder tied it, or if
//! the provider is configured to name accounts; it never makes one, and gives no role. ADR 0009.

mod client;
mod jws;
pub mod provider;
mod token;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::Session;
use xinyu_protocol::api::login::{OidcAnswer, OidcBinding, OidcCode, OidcOutcome, OidcStart, OidcStarted};
use xinyu_protocol::api::user::LoginKeyInfo;
use xinyu_protocol::text::Text;
use xinyu_store::login_key::LoginKey;

use self::client::Flow;
use self::provider::Provider;
use self::token::IdToken;
use super::key::{self, NewKey};
use super::{Proof, challenge, enter_with, not_let_in, signed, unknown, wrong};
use crate::access::From;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::{self, Person};

const METHOD: Method = Method::Oidc;
/// Purposes of challenges.
const LOGIN: &str = "oidc-login";
const BIND: &str = "oidc-bind";
const CODE: &str = "oidc-code";

/// `POST /api/v1/login/oidc/start`.
///
/// # Errors
/// If there is no such provider, or what it says of itself cannot be had or used.
pub async fn start(State(node): State<Arc<Node>>, body: StrictJson<OidcStart>) -> Result<Json<OidcStarted>, Failure> {
    begin(&node, LOGIN, &body.value.provider, None).await.map(Json)
}

/// `POST /api/v1/login/oidc`.
///
/// # Errors
/// If what came back is not the provider's answer to this browser, names nobody here, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<OidcAnswer>,
) -> Result<Json<OidcOutcome>, Failure> {
    let flow: Flow = challenge::take(&node, LOGIN, body.value.flow.clone()).await?;
    let provider = provider(&node, &flow.provider)?;
    let token = match client::finish(&node, provider, &flow, &body.value).await? {
        Ok(token) => token,
        Err(refused) => {
            not_let_in(&node, METHOD, ("-", refused.code), &ip).await?;
            return Err(refused.into());
        }
    };
    let Some(key) = account(&node, provider, &token, &ip).await? else {
        return Err(unknown(&node, METHOD, ip).await?.into());
    };
    let shown = Shown { subject: key.subject.clone(), is_strong: provider.is_strong(&token) };
    match enter_with(&node, shown.proof(&key, None), Some(key), &ip).await {
        Ok(Json(session)) => Ok(Json(OidcOutcome { session: Some(session), continuation: None })),
        // The provider's code is used up: what it proved is kept for the moment that the one-time code takes.
        Err(Failure::Rejected(rejection)) if rejection.code == "second-factor-needed" => {
            let continuation = challenge::give(&node, CODE, &shown).await?;
            Ok(Json(OidcOutcome { session: None, continuation: Some(continuation) }))
        }
        Err(failure) => Err(failure),
    }
}

/// `POST /api/v1/login/oidc/code`.
///
/// # Errors
/// If the code is wrong, or the account cannot be used.
pub async fn code(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<OidcCode>,
) -> Result<Json<Session>, Failure> {
    let OidcCode { continuation, code } = body.value;
    let shown: Shown = challenge::take(&node, CODE, continuation).await?;
    let Some(key) = key::find(&node, METHOD, &shown.subject).await? else {
        return Err(unknown(&node, METHOD, ip).await?.into());
    };
    enter_with(&node, shown.proof(&key, Some(code)), Some(key), &ip).await
}

/// `POST /api/v1/me/login-keys/oidc/start`.
///
/// # Errors
/// As [`start`], or if the password is wrong.
pub async fn bind_start(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<OidcBinding>,
) -> Result<Json<OidcStarted>, Failure> {
    let OidcBinding { provider, password } = body.value;
    user::must_be_self(&node, &person, password).await?;
    begin(&node, BIND, &provider, Some(person.name)).await.map(Json)
}

/// `POST /api/v1/me/login-keys/oidc`.
///
/// # Errors
/// If what came back is not the provider's answer to this person, or the account there is tied to one here already.
pub async fn bind(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<OidcAnswer>,
) -> Result<Json<LoginKeyInfo>, Failure> {
    let flow: Flow = challenge::take(&node, BIND, body.value.flow.clone()).await?;
    if flow.account.as_ref() != Some(&person.name) {
        return Err(challenge::unknown().into());
    }
    let provider = provider(&node, &flow.provider)?;
    let token = client::finish(&node, provider, &flow, &body.value).await??;
    let new = NewKey {
        method: METHOD,
        subject: subject(provider, &token),
        label: provider.name.zh.clone(),
        data: Vec::new(),
    };
    let bound = node.store.write("login_key.add", move |tx| Box::pin(async move { key::add(tx, &person, new).await }));
    bound.await.map(Json)
}

/// What a provider proved of somebody.
#[derive(Serialize, Deserialize)]
struct Shown {
    subject: String,
    is_strong: bool,
}

impl Shown {
    fn proof(&self, key: &LoginKey, code: Option<String>) -> Proof {
        Proof { method: METHOD, name: key.user_name.clone(), wrong: None, is_strong: self.is_strong, code }
    }
}

async fn begin(
    node: &Node,
    purpose: &'static str,
    provider: &str,
    account: Option<String>,
) -> Result<OidcStarted, Failure> {
    let provider = self::provider(node, provider)?;
    let _permit = provider.beginning.try_acquire().map_err(|_| challenge::too_many())?;
    let (flow, url) = client::begin(node, provider, account).await??;
    let expires_at = signed::expires_at(node.store.clock().now())?;
    Ok(OidcStarted { flow: challenge::give(node, purpose, &flow).await?, url, expires_at })
}

fn provider<'n>(node: &'n Node, id: &str) -> Result<&'n Provider, Rejection> {
    node.login.providers.iter().find(|one| one.id == id).ok_or_else(|| {
        Rejection::unknown("unknown-provider", "没有该身份提供方", "there is no such provider of identities")
            .clause("/provider")
    })
}

/// An account at a provider, as keys have it. Names are unique within one issuer only.
fn subject(provider: &Provider, token: &IdToken) -> String {
    format!("{} {}", provider.issuer, token.sub)
}

/// The key that an account at the provider is: tied by its holder; or, where the provider names accounts, tied now, the first time, so that from then on it
/// is the same account there and not merely one of the same name.
async fn account(node: &Node, provider: &Provider, token: &IdToken, ip: &str) -> Result<Option<LoginKey>, Failure> {
    let subject = subject(provider, token);
    if let Some(key) = key::find(node, METHOD, &subject).await? {
        return Ok(Some(key));
    }
    let Some(name) = provider.named(token) else {
        return Ok(None);
    };
    let (issuer, label) = (format!("{} ", provider.issuer), provider.name.zh.clone());
    let (wanted, ip_kept) = (subject.clone(), ip.to_owned());
    let tied = node.store.write("login_key.name", move |tx| {
        Box::pin(async move {
            let Some(user) = xinyu_store::user::hold(tx, &name).await? else {
                return Ok::<_, Failure>(Tied::Nobody);
            };
            let keys = xinyu_store::login_key::list(tx, &user.name).await?;
            let is_other = |key: &LoginKey| key.method == METHOD.as_str() && key.subject.starts_with(&issuer);
            if keys.iter().any(is_other) {
                return Ok(Tied::Otherwise(user.name));
            }
            let word = METHOD.as_str();
            if let Some(id) = xinyu_store::login_key::insert(tx, &user.name, word, &wanted, &label, &[]).await? {
                let happened = xinyu_store::audit::Happened {
                    actor: user.name.clone(),
                    action: "login-key.add".to_owned(),
                    object: id,
                    result: "done".to_owned(),
                    ip: ip_kept,
                    detail: format!("{word} named"),
                };
                crate::audit::append(tx, happened).await?;
            }
            Ok(Tied::Now)
        })
    });
    match tied.await? {
        Tied::Now => key::find(node, METHOD, &subject).await,
        Tied::Nobody => Ok(None),
        Tied::Otherwise(name) => {
            not_let_in(node, METHOD, (&name, "other-subject"), ip).await?;
            Err(wrong().into())
        }
    }
}

/// What came of tying an account that its provider named.
enum Tied {
    Now,
    Nobody,
    /// The account is tied to another one at the same provider.
    Otherwise(String),
}

/// What is wrong with a provider or its answer. It names nobody here, and no secret.
fn refused(code: &'static str, provider: &Provider, zh: &str, en: &str) -> Rejection {
    let mut rejection = Rejection::forbidden(
        code,
        format!("「{}」的登录应答不被接受：{zh}", provider.name.zh),
        format!("the answer of {} is not accepted: {en}", provider.name.en),
    )
    .clause("OpenID Connect Core 1.0 §3.1.3.7")
    .next(Text::new(
        "请重新发起登录；若持续出现，请联系管理员核对该身份提供方的配置",
        "begin again; if it persists, ask the administrator to see to the configuration of this provider",
    ));
    rejection.status = 401;
    rejection
}
