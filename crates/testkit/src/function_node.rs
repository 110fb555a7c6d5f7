//! A function node that stands in for those of areas and industries: it speaks the interfaces of NDI-TR-2025-03, rightly or in one of the wrong ways that
//! a real one might, it registers products, and it asks a platform as one would.

mod register;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{
    Authority, Certificate, CertificateKey, CertificatePublic, CertificateRequest, Issue, Place, Subject,
};
use xinyu_platform::ndi::node::FunctionNode;
use xinyu_protocol::ndi::message::signed_reply;
use xinyu_protocol::ndi::sync::RunLogPart;
use xinyu_protocol::ndi::{Code, Headers, Interface, Outcome, Reply, VERSION};
use xinyu_shell::keys;

use self::register::Register;

pub use self::register::Entry;

/// A year.
const LIFE_SECONDS: u64 = 31_536_000;

/// How the node answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Right,
    /// Without a signature.
    Unsigned,
    /// Signed by another key.
    Forged,
    /// What is no JSON.
    Broken,
    /// An hour later.
    Slow,
    /// That it is busy.
    Busy,
    /// That it has this already.
    Duplicate,
    /// With a status of HTTP that says no.
    Down,
}

/// What the node was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Which interface.
    pub interface: String,
    /// What was said.
    pub body: Value,
    /// Its sequence number.
    pub sequence: String,
    /// Whether it was signed with the platform's key.
    pub is_signed: bool,
}

/// A function node that runs.
#[derive(Clone)]
pub struct StandIn {
    /// Base URL of its interfaces.
    pub address: String,
    /// Its identifier.
    pub id: String,
    inner: Arc<Inner>,
}

struct Inner {
    key: CertificateKey,
    other: CertificateKey,
    chain: Vec<Certificate>,
    root: Certificate,
    manner: Mutex<Manner>,
    heard: Mutex<Vec<Heard>>,
    caller: Mutex<Option<CertificatePublic>>,
    id: String,
    register: Mutex<Register>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StandIn {
    /// Starts on a free port of loopback, with a certificate that is good from `now` on for a year.
    ///
    /// # Errors
    /// If there is no port or no randomness.
    pub async fn start(id: &str, now: u64, stop: CancellationToken) -> anyhow::Result<Self> {
        let mut rng = keys::entropy()?;
        let mut key = || CertificateKey::generate(Suite::Sm, &mut rng);
        let (root_key, issuing_key, own, other) = (key(), key(), key(), key());
        let life = Issue { now, seconds: LIFE_SECONDS };
        let authority = Authority::found(&root_key, &issuing_key, "区域功能节点", life, &mut rng)?;
        let subject =
            Subject { place: Place::parse("127.0.0.1")?, unit: id.to_owned(), organization: None, others: Vec::new() };
        let request = CertificateRequest::make(&own, &subject)?;
        let certificate = authority.issue(&request, &subject, life, &mut rng)?;
        let inner = Arc::new(Inner {
            key: own,
            other,
            chain: vec![certificate, authority.certificates().issuing.clone()],
            root: authority.certificates().root.clone(),
            manner: Mutex::new(Manner::Right),
            heard: Mutex::default(),
            caller: Mutex::default(),
            id: id.to_owned(),
            register: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let routes = Router::new().route("/{interface}", post(answer)).with_state(Arc::clone(&inner));
        tokio::spawn(async move {
            let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the stand-in of a function node has ended");
            }
        });
        Ok(Self { address, id: id.to_owned(), inner })
    }

    /// The node as a platform configures it.
    #[must_use]
    pub fn configured(&self) -> FunctionNode {
        FunctionNode {
            id: self.id.clone(),
            name: "区域功能节点".to_owned(),
            address: self.address.clone(),
            chain: self.inner.chain.clone(),
            roots: vec![self.inner.root.clone()],
            is_told: true,
            registers_products: false,
        }
    }

    /// The same, and products are registered there.
    #[must_use]
    pub fn registering(&self) -> FunctionNode {
        FunctionNode { registers_products: true, ..self.configured() }
    }

    /// Whether requests about products wait from now on for somebody who looks at them. What waits is decided when its result is asked for after that.
    pub fn review(&self, is_reviewing: bool) {
        lock(&self.inner.register).is_reviewing = is_reviewing;
    }

    /// Asks for a member of products besides those without which nothing is registered.
    pub fn require(&self, member: &str) {
        lock(&self.inner.register).required.push(member.to_owned());
    }

    /// Refuses to revoke anything from now on, for this reason, or revokes again.
    pub fn keep(&self, why: Option<&str>) {
        lock(&self.inner.register).kept = why.map(str::to_owned);
    }

    /// Gives this for an identifier from now on, or what is right again.
    pub fn misname(&self, code: Option<&str>) {
        lock(&self.inner.register).wrong = code.map(str::to_owned);
    }

    /// The products in its register, by the platform's identifiers.
    #[must_use]
    pub fn products(&self) -> BTreeMap<String, Entry> {
        lock(&self.inner.register).entries()
    }

    /// Answers in a manner from now on.
    pub fn behave(&self, manner: Manner) {
        *lock(&self.inner.manner) = manner;
    }

    /// Whose signatures are checked.
    pub fn expect(&self, caller: CertificatePublic) {
        *lock(&self.inner.caller) = Some(caller);
    }

    /// What it was told so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.inner.heard).clone()
    }

    /// The parts of run logs that it was told, each once however often it came.
    #[must_use]
    pub fn run_logs(&self) -> Vec<RunLogPart> {
        let mut parts: BTreeMap<(String, u32, u64), RunLogPart> = BTreeMap::new();
        for heard in lock(&self.inner.heard).iter().filter(|heard| heard.interface == "XinyuSyncRunLog") {
            if let Ok(part) = serde_json::from_value::<RunLogPart>(heard.body.clone()) {
                parts.insert((part.identity_code.clone(), part.epoch, part.first), part);
            }
        }
        parts.into_values().collect()
    }

    /// The headers of a message of this node.
    #[must_use]
    pub fn headers(&self, interface: Interface, now_ms: i64, sequence: &str) -> Headers {
        Headers {
            interface,
            version: VERSION.to_owned(),
            timestamp_ms: now_ms,
            sequence: sequence.to_owned(),
            client_id: Some(self.id.clone()),
        }
    }

    /// Asks a platform, and checks that it signed its answer.
    ///
    /// # Errors
    /// If it does not answer, or its answer is not signed.
    pub async fn ask(
        &self,
        platform: &str,
        headers: &Headers,
        body: &Value,
        platform_key: &CertificatePublic,
    ) -> anyhow::Result<Reply<Value>> {
        let body = serde_json::to_vec(body)?;
        let signature = hex::encode(self.inner.key.sign(&headers.signed(&body))?);
        let pairs: Vec<(&str, String)> = headers.pairs().into_iter().chain([("signValue", signature)]).collect();
        let called = headers.interface.code();
        ask_with(platform, called, &pairs, body, (platform_key, &headers.sequence)).await
    }
}

/// Posts a message to a platform as it stands, and checks that the platform signed its answer.
///
/// # Errors
/// If it does not answer, or its answer is not signed.
pub async fn ask_with(
    platform: &str,
    interface: &str,
    headers: &[(&str, String)],
    body: Vec<u8>,
    (key, sequence): (&CertificatePublic, &str),
) -> anyhow::Result<Reply<Value>> {
    let mut request = reqwest::Client::new().post(format!("{platform}/ndi/{interface}")).body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = request.send().await?;
    anyhow::ensure!(response.status() == 200, "status {}", response.status());
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let time: i64 = header("timestamp").context("no timestamp")?.parse()?;
    let signature = hex::decode(header("signValue").context("no signValue")?)?;
    let answer = response.bytes().await?;
    anyhow::ensure!(key.verifies(&signed_reply(time, sequence, &answer), &signature), "the answer is not signed");
    Ok(serde_json::from_slice(&answer)?)
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let find = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(interface) = Interface::parse(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let manner = *lock(&inner.manner);
    let Ok(message) = Headers::read(interface, find) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let signature = find("signValue").and_then(|text| hex::decode(text).ok()).unwrap_or_default();
    let is_signed = lock(&inner.caller).as_ref().is_some_and(|key| key.verifies(&message.signed(&body), &signature));
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let sequence = message.sequence.clone();
    lock(&inner.heard).push(Heard { interface: name, body: said.clone(), sequence: sequence.clone(), is_signed });
    let module = interface.module();
    let reply = match manner {
        Manner::Slow => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            return StatusCode::REQUEST_TIMEOUT.into_response();
        }
        Manner::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Manner::Busy => Reply::failed(Code::new(module, Outcome::Busy), None),
        Manner::Duplicate => Reply::failed(Code::new(module, Outcome::Duplicate), None),
        _ if is_of_products(interface) && !is_signed => {
            Reply::failed(Code::new(module, Outcome::KeyInvalid), Some("signValue"))
        }
        _ if is_of_products(interface) => lock(&inner.register).answer(&inner.id, interface, &said),
        _ => right(interface, &said),
    };
    let bytes = match manner {
        Manner::Broken => b"{\"code\":".to_vec(),
        _ => serde_json::to_vec(&reply).unwrap_or_default(),
    };
    let time = message.timestamp_ms;
    let key = if manner == Manner::Forged { &inner.other } else { &inner.key };
    let signature = key.sign(&signed_reply(time, &sequence, &bytes)).unwrap_or_default();
    if manner == Manner::Unsigned {
        return bytes.into_response();
    }
    ([("timestamp", time.to_string()), ("signValue", hex::encode(signature))], bytes).into_response()
}

fn is_of_products(interface: Interface) -> bool {
    matches!(
        interface,
        Interface::RegisterProduct
            | Interface::UpdateProduct
            | Interface::RevokeProduct
            | Interface::QueryProductRegistration
    )
}

fn person() -> Value {
    json!({ "identityCode": "P00000000000000018", "fullName": "某某", "certType": "1", "identityStatus": "1" })
}

/// What a node answers that is in order: operators whose code ends in 0 are gone, those in 9 are not known.
fn right(interface: Interface, said: &Value) -> Reply<Value> {
    let module = interface.module();
    let text = |name: &str| said[name].as_str().unwrap_or_default();
    match interface {
        // A user who authorised it brought one of these.
        Interface::GetToken if text("authCode").starts_with("allowed-") => {
            return Reply::done(module, Some(json!({ "token": text("authCode").replacen("allowed-", "token-", 1) })));
        }
        Interface::GetToken => return Reply::failed(Code::new(module, Outcome::KeyInvalid), Some("authCode")),
        Interface::GetPersonInfo if text("token") == "token-person" => {
            return Reply::done(module, Some(json!({ "baseInfo": person() })));
        }
        Interface::GetPersonBaseInfo if text("token") == "token-person" => return Reply::done(module, Some(person())),
        Interface::GetOperatorInfo if text("token") == "token-operator" => {
            let base = json!({ "identityCode": "91350100M000100Y43/1", "operator": "某某", "authStatus": "1" });
            return Reply::done(module, Some(json!({ "baseInfo": base })));
        }
        Interface::GetOperatorBaseInfo if text("token") == "token-nobody" => {
            return Reply::done(module, Some(json!({})));
        }
        Interface::GetPersonInfo
        | Interface::GetPersonBaseInfo
        | Interface::GetOperatorInfo
        | Interface::GetOperatorBaseInfo
        | Interface::GetEnterpriseInfo
        | Interface::GetEnterpriseBaseInfo => return Reply::failed(Code::new(module, Outcome::NotFound), None),
        Interface::GetOperatorStatus => {}
        _ => return Reply::done(module, None),
    }
    match said["identityCode"].as_str().and_then(|code| code.chars().last()) {
        Some('0') => Reply::done(module, Some(json!({ "authStatus": "0" }))),
        Some('9') | None => Reply::failed(Code::new(module, Outcome::NotFound), None),
        Some(_) => Reply::done(module, Some(json!({ "authStatus": "1" }))),
    }
}
