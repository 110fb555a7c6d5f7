//! The exchange with a provider: discovery, the address that the browser is sent to, the code for tokens, the keys. All by the egress guard, bounded in
//! size and time, following no redirect.

use serde::{Deserialize, Serialize};
use url::Url;
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_http::json::read_json;
use xinyu_protocol::api::login::OidcAnswer;

use super::jws::{KeySet, verified};
use super::provider::Provider;
use super::refused;
use super::token::{Expected, IdToken};
use crate::failure::Failure;
use crate::node::Node;

/// The longest answer of a provider.
const MAX_ANSWER: u64 = 256 * 1024;

/// What is kept of a login that was begun.
#[derive(Serialize, Deserialize)]
pub(super) struct Flow {
    pub(super) provider: String,
    /// Who ties an account; none at a login.
    pub(super) account: Option<String>,
    state: String,
    nonce: String,
    verifier: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Whether our secret stands in the body and not in a header.
    secret_in_body: bool,
    /// Whether the answer must name its issuer.
    names_issuer: bool,
}

/// What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// Begins: what is kept, and where the browser is sent.
pub(super) async fn begin(
    node: &Node,
    provider: &Provider,
    account: Option<String>,
) -> Result<Result<(Flow, String), Rejection>, Failure> {
    let metadata = match discover(provider).await {
        Ok(metadata) => metadata,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let ids = node.store.ids();
    let word = || hex::encode(ids.bytes::<32>());
    let (state, nonce, verifier) = (word(), word(), word());
    let Ok(mut url) = Url::parse(&metadata.authorization_endpoint) else {
        return Ok(Err(malformed(provider)));
    };
    let challenge = base64url(Suite::Intl.hash(verifier.as_bytes()).as_bytes());
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &redirect(node))
        .append_pair("scope", &provider.scope)
        .append_pair("state", &state)
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    let methods = metadata.token_endpoint_auth_methods_supported.unwrap_or_default();
    let has = |word: &str| methods.iter().any(|method| method == word);
    let flow = Flow {
        provider: provider.id.clone(),
        account,
        state,
        nonce,
        verifier,
        token_endpoint: metadata.token_endpoint,
        jwks_uri: metadata.jwks_uri,
        secret_in_body: has("client_secret_post") && !has("client_secret_basic"),
        names_issuer: metadata.authorization_response_iss_parameter_supported,
    };
    Ok(Ok((flow, url.into())))
}

/// Where the provider sends the browser back to; it is registered there.
fn redirect(node: &Node) -> String {
    format!("{}/login/callback", node.console)
}

async fn discover(provider: &Provider) -> Result<Metadata, Rejection> {
    let url = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let metadata: Metadata = read_json(&get(provider, &url).await?).map_err(|_| malformed(provider))?;
    if metadata.issuer != provider.issuer {
        return Err(refused(
            "wrong-issuer",
            provider,
            "其发现文档属于另一签发者",
            "its discovery document is another issuer's",
        ));
    }
    let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
    for endpoint in endpoints {
        provider.egress.check_url(endpoint).map_err(|error| {
            refused(
                "provider-address",
                provider,
                &format!("端点地址不被允许：{error}"),
                &format!("an endpoint: {error}"),
            )
        })?;
    }
    let methods = &metadata.code_challenge_methods_supported;
    if methods.as_ref().is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
        return Err(refused("provider-pkce", provider, "不支持 PKCE S256", "it does not know PKCE with S256"));
    }
    Ok(metadata)
}

/// Ends: what the provider says of whoever came back, if all of it is as it must be.
pub(super) async fn finish(
    node: &Node,
    provider: &Provider,
    flow: &Flow,
    answer: &OidcAnswer,
) -> Result<Result<IdToken, Rejection>, Failure> {
    let now = node.store.clock().now().as_second();
    Ok(exchange(&redirect(node), provider, flow, answer, now).await)
}

async fn exchange(
    redirect: &str,
    provider: &Provider,
    flow: &Flow,
    answer: &OidcAnswer,
    now: i64,
) -> Result<IdToken, Rejection> {
    let wrong = |(code, zh, en): (&'static str, &str, &str)| refused(code, provider, zh, en);
    if answer.state != flow.state {
        return Err(wrong(("wrong-state", "与发起的登录不符", "it is not of the login that was begun")));
    }
    // RFC 9207: with several providers, one of them could hand in another's code.
    let is_named = match &answer.iss {
        Some(iss) => *iss == provider.issuer,
        None => !flow.names_issuer,
    };
    if !is_named {
        return Err(wrong(("wrong-issuer", "应答来自另一签发者", "another issuer sent it")));
    }
    let tokens = tokens(redirect, provider, flow, &answer.code).await?;
    let keys: KeySet = read_json(&get(provider, &flow.jwks_uri).await?).map_err(|_| malformed(provider))?;
    let payload = verified(&tokens.id_token, &keys)
        .map_err(|why| wrong(("bad-signature", &format!("身份令牌签名无效（{why}）"), &format!("its token: {why}"))))?;
    let token: IdToken =
        read_json(&payload).map_err(|_| wrong(("bad-claims", "身份令牌内容不合规", "its token is malformed")))?;
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        audiences: &provider.audiences,
        nonce: &flow.nonce,
        now,
    };
    token.check(&expected).map_err(wrong)?;
    Ok(token)
}

async fn tokens(redirect: &str, provider: &Provider, flow: &Flow, code: &str) -> Result<Tokens, Rejection> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", flow.verifier.as_str()),
    ];
    let secret = provider.secret.as_ref().map(|secret| secret.as_str());
    let mut basic = None;
    match secret {
        Some(secret) if !flow.secret_in_body => basic = Some((provider.client_id.as_str(), secret)),
        _ => {
            form.push(("client_id", &provider.client_id));
            form.extend(secret.map(|secret| ("client_secret", secret)));
        }
    }
    let answer = provider.fetcher.post_form(&flow.token_endpoint, basic, &form, MAX_ANSWER).await;
    let answer = answer.map_err(|error| unreachable(provider, &error))?;
    if answer.status != 200 {
        return Err(refused(
            "code-refused",
            provider,
            &format!("授权码未被接受（{}）", answer.status),
            &format!("it does not accept the code ({})", answer.status),
        ));
    }
    read_json(&answer.body).map_err(|_| malformed(provider))
}

async fn get(provider: &Provider, url: &str) -> Result<Vec<u8>, Rejection> {
    provider.fetcher.get(url, "application/json", MAX_ANSWER).await.map_err(|error| unreachable(provider, &error))
}

fn unreachable(provider: &Provider, error: &xinyu_http::FetchError) -> Rejection {
    tracing::warn!(provider = provider.id, %error, "provider {} cannot be used", provider.id);
    let mut rejection = refused("provider-unreachable", provider, "暂时无法访问", "it cannot be reached");
    rejection.status = 502;
    rejection
}

fn malformed(provider: &Provider) -> Rejection {
    let mut rejection = refused("provider-malformed", provider, "应答无法解析", "what it says is malformed");
    rejection.status = 502;
    rejection
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
