//! The identity interfaces that the platform serves to function nodes and connectors: one door for all of them, where headers, time, signature and
//! sequence number are checked before anything is read. NDI-TR-2025-03 §8.2, §8.3.

mod answer;
pub mod client;
pub mod grant;
pub mod lookup;
pub mod node;
pub(crate) mod product;
pub mod registry;
pub mod report;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use xinyu_core::certificate::CertificateState;
use xinyu_core::participant::MemberState;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Certificate, CertificatePublic};
use xinyu_protocol::ndi::message::{WINDOW_MS, signed_reply};
use xinyu_protocol::ndi::{Code, Headers, Interface, Module, Outcome, Reply};
use xinyu_shell::Failure;
use xinyu_store::Tx;

use crate::app::Platform;

/// The longest body that is read; a connector's lists of addresses have some hundred bytes.
const BODY_LIMIT: usize = 64 << 10;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallerKind {
    /// A function node that is configured.
    Node,
    /// A connector that was admitted.
    Connector,
}

/// A caller that proved itself.
struct Caller {
    id: String,
    kind: CallerKind,
}

/// What an interface says instead of an answer.
enum Refused {
    /// A code of Appendix C, with what it is about.
    Code(Outcome, Option<&'static str>),
    /// Our own fault.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// `POST /ndi/{interface}`. The answer is always 200 with a return code, signed with the platform's SM2 certificate.
pub async fn serve(
    State(platform): State<Platform>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let sequence = value(&headers, "sequenceNum").unwrap_or_default().to_owned();
    let interface = Interface::parse(&name);
    let module = interface.map_or(Module::Common, Interface::module);
    let outcome = match interface {
        Some(interface) => handle(&platform, interface, &headers, &body).await,
        None => Err(Refused::Code(Outcome::MessageName, None)),
    };
    let reply = outcome.unwrap_or_else(|refused| match refused {
        Refused::Code(outcome, about) => Reply::failed(Code::new(module, outcome), about),
        Refused::Failed(failure) => {
            if !matches!(failure, Failure::Rejected(_)) {
                tracing::error!(error = %failure, interface = %name, "the interface {name} failed by our own fault");
            }
            let is_busy = matches!(&failure, Failure::Store(error) if error.is_transient());
            let outcome = if is_busy { Outcome::Busy } else { Outcome::SystemUnknown };
            Reply::failed(Code::new(module, outcome), None)
        }
    });
    answer_with(&platform, &sequence, &reply)
}

fn answer_with(platform: &Platform, sequence: &str, reply: &Reply<Value>) -> Response {
    let now = platform.node.store.clock().now().as_millisecond();
    let Ok(body) = serde_json::to_vec(reply) else {
        return Failure::broken("an answer has no JSON form").into_response();
    };
    let key = platform.node.certificate_keys.of(Suite::Sm);
    let Ok(signature) = key.sign(&signed_reply(now, sequence, &body)) else {
        return Failure::broken("an answer cannot be signed").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("timestamp", now.to_string()),
        ("signValue", hex::encode(signature)),
    ];
    (headers, body).into_response()
}

async fn handle(
    platform: &Platform,
    interface: Interface,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Reply<Value>, Refused> {
    if body.len() > BODY_LIMIT {
        return Err(Refused::Code(Outcome::Length, Some("body")));
    }
    let message = Headers::read(interface, |name| value(headers, name))
        .map_err(|rule| Refused::Code(rule.outcome, Some(rule.name)))?;
    let now = platform.node.store.clock().now();
    message.check_time(now.as_millisecond()).map_err(|rule| Refused::Code(rule.outcome, Some(rule.name)))?;
    let signature = value(headers, "signValue").and_then(|text| hex::decode(text).ok());
    let signature = signature.ok_or(Refused::Code(Outcome::Format, Some("signValue")))?;
    let caller = identify(platform, &message, body, &signature, now).await?;
    if !may_call(caller.kind, interface) {
        return Err(Refused::Code(Outcome::Unauthorised, Some("msgcode")));
    }
    // GetIdentityProviderList has no parameters: an empty body is none.
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    let asked = xinyu_http::json::read_json(text).map_err(|_| Refused::Code(Outcome::Parse, None))?;
    let this = platform.clone();
    let used = platform.node.store.write("ndi.handle", move |tx| {
        Box::pin(async move {
            if !is_fresh(tx, &caller.id, &message).await? {
                return Ok(Err((Outcome::Unauthorised, Some("sequenceNum"))));
            }
            answer::answer(&this, tx, &caller.id, interface, asked).await
        })
    });
    used.await.map_err(Refused::Failed)?.map_err(|(outcome, about)| Refused::Code(outcome, about))
}

/// Uses up a sequence number: each counts once, also after a restart.
async fn is_fresh(tx: &mut Tx, caller: &str, message: &Headers) -> Result<bool, Failure> {
    // For as long as the time check would let it through, and a minute more.
    let kept = SignedDuration::from_millis(2 * WINDOW_MS + 60_000);
    let until = tx.now().checked_add(kept).map_err(Failure::broken)?;
    Ok(xinyu_store::replay::insert(tx, &format!("ndi:{caller}"), &message.sequence, until).await?)
}

/// Who signed a message: whoever `clientId` names; without it one of the configured nodes, whose certificates are tried.
async fn identify(
    platform: &Platform,
    message: &Headers,
    body: &[u8],
    signature: &[u8],
    now: Timestamp,
) -> Result<Caller, Refused> {
    let signed = message.signed(body);
    let is_signer = |key: &CertificatePublic| key.suite() == Suite::Sm && key.verifies(&signed, signature);
    let wanted = |id: &str| message.client_id.as_deref().is_none_or(|client| client == id);
    for node in platform.options.nodes.iter().filter(|node| wanted(&node.id)) {
        if node.public(now).is_some_and(|key| is_signer(&key)) {
            return Ok(Caller { id: node.id.clone(), kind: CallerKind::Node });
        }
    }
    let Some(id) = message.client_id.clone() else {
        return Err(Refused::Code(Outcome::KeyInvalid, Some("clientId")));
    };
    let holder = id.clone();
    let found = platform.node.store.read("ndi.identify", move |tx| {
        Box::pin(async move {
            let member = xinyu_store::member::find(tx, &holder).await?;
            let is_member = member.is_some_and(|member| member.state == MemberState::Approved);
            let certificates = xinyu_store::certificate::of_holder(tx, &holder).await?;
            Ok::<_, Failure>(if is_member { certificates } else { Vec::new() })
        })
    });
    let is_good = |one: &xinyu_core::certificate::Issued| {
        one.suite == Suite::Sm && one.state == CertificateState::Valid && now <= one.not_after
    };
    for one in found.await?.iter().filter(|one| is_good(one)) {
        let certificate = Certificate::from_pem(&one.pem).map_err(Failure::broken)?;
        if is_signer(certificate.public()) {
            return Ok(Caller { id, kind: CallerKind::Connector });
        }
    }
    Err(Refused::Code(Outcome::KeyInvalid, Some("signValue")))
}

/// Table 18: connectors ask for the roots; everything else is between nodes.
fn may_call(kind: CallerKind, interface: Interface) -> bool {
    kind == CallerKind::Node || interface == Interface::GetIdentityProviderList
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    // A header that comes twice says two things.
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
