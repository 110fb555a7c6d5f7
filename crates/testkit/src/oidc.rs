//! A stand-in for an organisation's provider of identities (OpenID Connect): it logs in whomever it is told to, checks its client, PKCE and the redirect as
//! a real one does, and answers rightly or in one of the ways in which an attacker or a broken provider would.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use xinyu_crypto::{Es256Key, Suite};
use xinyu_shell::keys;

/// Our client's name there.
pub const CLIENT: &str = "xinyu-space";
/// Its secret, with what has to be escaped in a header.
pub const SECRET: &str = "open:sesame %+2026";

/// By which algorithm it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5, which most have.
    Rs256,
    /// RSASSA-PSS.
    Ps256,
    /// ECDSA on P-256.
    Es256,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    #[default]
    Nothing,
    /// The discovery document names another issuer.
    OtherDiscovery,
    /// The discovery document is no JSON.
    BrokenDiscovery,
    /// The keys stand at an address within our network.
    PrivateKeysAddress,
    /// The keys stand at a host of somebody else.
    OtherHost,
    /// It does not know PKCE with S256.
    PlainPkce,
    /// It says that its answers name the issuer, and they do not.
    Unnamed,
    /// Its answer names another issuer.
    OtherName,
    /// The token is of another issuer.
    OtherIssuer,
    /// The token is for somebody else.
    OtherAudience,
    /// The token is for us and somebody else.
    MoreAudiences,
    /// The token is of another login.
    OtherNonce,
    /// The token has no nonce.
    NoNonce,
    /// The token has expired.
    Expired,
    /// `exp` is a text.
    TextExpiry,
    /// A claim stands twice in the token.
    TwoSubjects,
    /// The token is not signed.
    NoSignature,
    /// The token is signed with our secret (HS256).
    Hmac,
    /// The token is signed with HMAC under the public key, as if that were a secret.
    HmacOfKey,
    /// The token is signed by a key that is in no set.
    OtherKey,
    /// The token brings its own key along.
    OwnKey,
    /// RS256 is said to be PS256.
    OtherAlgorithm,
    /// The key is for encryption.
    EncryptionKey,
    /// The token endpoint redirects.
    Redirected,
    /// The token endpoint never ends.
    Endless,
    /// The token endpoint never answers.
    Silent,
    /// The token endpoint refuses.
    Refusing,
}

/// A provider that runs until it is dropped.
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    state: Arc<Inner>,
    _guard: DropGuard,
}

struct Inner {
    issuer: String,
    rsa: RsaKeyPair,
    es256: Es256Key,
    stranger: Es256Key,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    said: Mutex<Said>,
}

struct Said {
    person: Value,
    wrong: Wrong,
    algorithm: Algorithm,
    codes: HashMap<String, Asked>,
    count: u64,
}

struct Asked {
    nonce: String,
    challenge: String,
    redirect: String,
}

impl Provider {
    /// Starts one, with a clock.
    ///
    /// # Errors
    /// If there is no port or no randomness.
    pub async fn start(now: impl Fn() -> i64 + Send + Sync + 'static) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow::anyhow!("no RSA key"))?;
        let mut rng = keys::entropy()?;
        let said = Said {
            person: json!({ "sub": "s-1" }),
            wrong: Wrong::Nothing,
            algorithm: Algorithm::Rs256,
            codes: HashMap::new(),
            count: 0,
        };
        let state = Arc::new(Inner {
            issuer: issuer.clone(),
            rsa,
            es256: Es256Key::generate(&mut rng),
            stranger: Es256Key::generate(&mut rng),
            now: Box::new(now),
            said: Mutex::new(said),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/keys", get(key_set))
            .with_state(Arc::clone(&state));
        let stop = CancellationToken::new();
        let ended = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await });
        Ok(Self { issuer, state, _guard: stop.drop_guard() })
    }

    /// Who logs in there from now on: the claims.
    pub fn person(&self, claims: Value) {
        self.state.said().person = claims;
    }

    /// What goes wrong from now on.
    pub fn wrong(&self, wrong: Wrong) {
        self.state.said().wrong = wrong;
    }

    /// How it signs from now on.
    pub fn algorithm(&self, algorithm: Algorithm) {
        self.state.said().algorithm = algorithm;
    }
}

impl Inner {
    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public RSA key as PKCS#1 has it: of 2048 bits with exponent 65537 it always has this form.
    fn rsa_jwk(&self) -> Value {
        let der = self.rsa.public_key().as_ref();
        let part = |from: usize, to: usize| URL_SAFE_NO_PAD.encode(der.get(from..to).unwrap_or_default());
        json!({ "kty": "RSA", "use": "sig", "kid": "r-1", "n": part(9, 265), "e": part(267, 270) })
    }

    fn signed(&self, wrong: Wrong, algorithm: Algorithm, payload: &[u8]) -> anyhow::Result<String> {
        let assemble = |header: Value| {
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload))
        };
        let hmac = |key: &[u8]| {
            let text = assemble(json!({ "alg": "HS256", "typ": "JWT" }));
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes())))
        };
        match wrong {
            Wrong::NoSignature => return Ok(format!("{}.", assemble(json!({ "alg": "none" })))),
            Wrong::Hmac => return Ok(hmac(SECRET.as_bytes())),
            Wrong::HmacOfKey => return Ok(hmac(self.rsa.public_key().as_ref())),
            Wrong::OtherKey => return Ok(self.stranger.sign_jws("JWT", &self.es256.kid(), payload)),
            Wrong::OwnKey => {
                let jwk = self.stranger.public_jwk();
                let text = assemble(json!({ "alg": "ES256", "typ": "JWT", "jwk": jwk }));
                let whole = self.stranger.sign_jws("JWT", "own", payload);
                let signature = whole.rsplit_once('.').map(|(_, last)| last).unwrap_or_default();
                return Ok(format!("{text}.{signature}"));
            }
            _ if algorithm == Algorithm::Es256 => {
                return Ok(self.es256.sign_jws("JWT", &self.es256.kid(), payload));
            }
            _ => {}
        }
        let is_pss = algorithm == Algorithm::Ps256;
        let said = if is_pss || wrong == Wrong::OtherAlgorithm { "PS256" } else { "RS256" };
        let text = assemble(json!({ "alg": said, "kid": "r-1", "typ": "JWT" }));
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        let padding: &dyn aws_lc_rs::signature::RsaEncoding = if is_pss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        self.rsa
            .sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .ok()
            .context("RSA cannot sign")?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

async fn discovery(State(state): State<Arc<Inner>>) -> Response {
    let wrong = state.said().wrong;
    let at = |path: &str| format!("{}{path}", state.issuer);
    let issuer = if wrong == Wrong::OtherDiscovery { "https://other.example".to_owned() } else { state.issuer.clone() };
    let keys = match wrong {
        Wrong::PrivateKeysAddress => "http://169.254.169.254/latest/meta-data".to_owned(),
        Wrong::OtherHost => "https://keys.evil.example/keys".to_owned(),
        _ => at("/keys"),
    };
    if wrong == Wrong::BrokenDiscovery {
        return "<html>".into_response();
    }
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize?tenant=t"),
        "token_endpoint": at("/token"),
        "jwks_uri": keys,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": [if wrong == Wrong::PlainPkce { "plain" } else { "S256" }],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn authorize(State(state): State<Arc<Inner>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut said = state.said();
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let is_right = get("client_id") == CLIENT
        && get("response_type") == "code"
        && get("scope").split(' ').any(|scope| scope == "openid")
        && get("code_challenge_method") == "S256"
        && get("tenant") == "t";
    if !is_right {
        return (StatusCode::BAD_REQUEST, format!("{asked:?}")).into_response();
    }
    said.count = said.count.saturating_add(1);
    let code = format!("code-{}", said.count);
    let kept = Asked { nonce: get("nonce"), challenge: get("code_challenge"), redirect: get("redirect_uri") };
    said.codes.insert(code.clone(), kept);
    let mut back = format!("{}?code={code}&state={}", get("redirect_uri"), get("state"));
    match said.wrong {
        Wrong::Unnamed => {}
        Wrong::OtherName => back.push_str("&iss=https%3A%2F%2Fother.example"),
        _ => back.push_str(&format!("&iss={}", state.issuer)),
    }
    Redirect::to(&back).into_response()
}

async fn token(
    State(state): State<Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let (wrong, algorithm, person, asked) = {
        let mut said = state.said();
        let asked = said.codes.remove(form.get("code").map(String::as_str).unwrap_or_default());
        (said.wrong, said.algorithm, said.person.clone(), asked)
    };
    match wrong {
        Wrong::Redirected => return Redirect::temporary("http://127.0.0.1:1/token").into_response(),
        Wrong::Refusing => return StatusCode::BAD_REQUEST.into_response(),
        Wrong::Silent => std::future::pending::<()>().await,
        Wrong::Endless => {
            let endless = futures::stream::repeat_with(|| Ok::<_, std::convert::Infallible>(vec![b' '; 1024]));
            return Body::from_stream(endless).into_response();
        }
        _ => {}
    }
    // RFC 6749 §2.3.1: both are form-encoded before they are put together.
    let expect = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:open%3Asesame+%25%2B2026")));
    let is_ours = headers.get("authorization").is_some_and(|value| value.as_bytes() == expect.as_bytes());
    let Some(asked) = asked.filter(|_| is_ours) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let hash = URL_SAFE_NO_PAD.encode(Suite::Intl.hash(verifier.as_bytes()).as_bytes());
    let is_right = hash == asked.challenge
        && (43..=128).contains(&verifier.len())
        && form.get("redirect_uri") == Some(&asked.redirect)
        && form.get("grant_type").is_some_and(|grant| grant == "authorization_code");
    if !is_right {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    match state.signed(wrong, algorithm, claims(&state, wrong, person, &asked).as_bytes()) {
        Ok(token) => Json(json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" })).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn claims(state: &Inner, wrong: Wrong, person: Value, asked: &Asked) -> String {
    let now = (state.now)();
    let mut claims = json!({
        "iss": state.issuer, "aud": CLIENT, "iat": now, "exp": now.saturating_add(300), "nonce": asked.nonce,
    });
    let set: Option<(&str, Value)> = match wrong {
        Wrong::OtherIssuer => Some(("iss", json!("https://other.example"))),
        Wrong::OtherAudience => Some(("aud", json!("another-client"))),
        Wrong::MoreAudiences => Some(("aud", json!([CLIENT, "another-client"]))),
        Wrong::OtherNonce => Some(("nonce", json!("n"))),
        Wrong::NoNonce => Some(("nonce", Value::Null)),
        Wrong::Expired => Some(("exp", json!(now.saturating_sub(61)))),
        Wrong::TextExpiry => Some(("exp", json!("4102444800"))),
        _ => None,
    };
    if let (Some(claims), Some(person)) = (claims.as_object_mut(), person.as_object()) {
        claims.extend(person.clone());
        claims.extend(set.map(|(name, value)| (name.to_owned(), value)));
    }
    let text = claims.to_string();
    match wrong {
        Wrong::TwoSubjects => text.replacen('{', "{\"sub\":\"s-0\",", 1),
        _ => text,
    }
}

async fn key_set(State(state): State<Arc<Inner>>) -> Json<Value> {
    let mut rsa = state.rsa_jwk();
    if let (Wrong::EncryptionKey, Some(members)) = (state.said().wrong, rsa.as_object_mut()) {
        members.insert("use".to_owned(), json!("enc"));
    }
    Json(json!({ "keys": [rsa, state.es256.public_jwk(), { "kty": "oct", "k": "AAAA", "kid": "o" }] }))
}
