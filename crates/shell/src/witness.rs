//! A node as a witness of logs: of those of its platform, if it is a connector, and of whatever logs of other spaces it is told to watch. It cosigns a head only
//! if it is shown to extend the one that it cosigned before, so that a log which takes back or rewrites what it has shown finds nobody who says otherwise.
//! C2SP tlog-witness.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_crypto::{Digest, Suite};
use xinyu_evidence::cosignature::{self, Cosigner};
use xinyu_evidence::note::Verifier;
use xinyu_evidence::witness::{AddCheckpoint, Known, Refusal, answer, judge};
use xinyu_protocol::api::witness::{OwnWitnessInfo, WitnessedInfo};
use xinyu_store::witness::Witnessed;

use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::user::Person;

/// Where a node is a witness, below its address.
pub const PATH: &str = "/witness";

/// The name under which a party cosigns.
#[must_use]
pub fn name_of(party: &str) -> String {
    format!("xinyu/{party}/witness")
}

/// `GET /witness/key`: the verifier key of this witness, for the policies of logs.
///
/// # Errors
/// If the node is not registered yet.
pub async fn key(State(node): State<Arc<Node>>) -> Result<String, Failure> {
    Ok(format!("{}\n", own(&node)?))
}

/// `POST /witness/add-checkpoint`, by anybody: the log's signature speaks for itself.
pub async fn add_checkpoint(State(node): State<Arc<Node>>, body: Bytes) -> Response {
    match cosign(&node, &body).await {
        Ok(Ok(lines)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response(),
        Ok(Err(refusal)) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, [(header::CONTENT_TYPE, refusal.content_type())], refusal.body()).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// `GET /api/v1/witness`.
///
/// # Errors
/// If the store fails, or the node is not registered yet.
pub async fn show(State(node): State<Arc<Node>>, _: Person) -> Result<Json<OwnWitnessInfo>, Failure> {
    let found = node.store.read("witness.list", |tx| {
        Box::pin(async move { xinyu_store::witness::list(tx).await.map_err(Failure::from) })
    });
    let log = |one: Witnessed| WitnessedInfo {
        origin: one.origin,
        size: one.size,
        root: one.root,
        cosigned_at: one.cosigned_at,
    };
    let logs = found.await?.into_iter().map(log).collect();
    Ok(Json(OwnWitnessInfo { key: own(&node)?.to_string(), logs }))
}

fn own(node: &Node) -> Result<Cosigner, Failure> {
    let party = node.party().ok_or_else(not_yet)?;
    let key = node.ring.public().signing(Suite::Intl).clone();
    Cosigner::new(&name_of(party.as_str()), key).map_err(Failure::broken)
}

fn not_yet() -> Failure {
    Rejection::conflict("not-registered", "本节点尚未注册", "this node is not registered yet").into()
}

/// The key that speaks for a log, if this node is its witness. A platform is no witness of its own.
fn verifier(node: &Node, origin: &str) -> Option<Verifier> {
    // The name of a log of the platform is the platform's with that of its space behind it.
    if origin.starts_with(&crate::log::origin(&node.platform_id(), "")) {
        let key = node.platform.keys.signing(Suite::Intl).clone();
        return if node.kind == NodeKind::Connector { Verifier::new(origin, key).ok() } else { None };
    }
    node.witnessed.iter().find(|log| log.name() == origin).cloned()
}

/// Judges a request, keeps what is cosigned, and only then cosigns it: looking, judging and keeping are one transaction.
async fn cosign(node: &Arc<Node>, body: &[u8]) -> Result<Result<String, Refusal>, Failure> {
    let own = own(node)?;
    let request = match AddCheckpoint::parse(body) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let origin = &request.checkpoint().origin;
    let Some(verifier) = verifier(node, origin) else { return Ok(Err(Refusal::UnknownLog(origin.clone()))) };
    // Of what the log has not signed nothing is looked up, kept or told: anybody can write its name.
    if let Err(error) = request.note().verify(&[&verifier]) {
        return Ok(Err(Refusal::Signature(error)));
    }
    let (this, asked) = (Arc::clone(node), request.clone());
    let judged = node.store.write("witness.cosign", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let origin = asked.checkpoint().origin.clone();
            let before = xinyu_store::witness::lock(tx, &origin).await?;
            let known = before.as_ref().map(known).transpose()?;
            match judge(&asked, &[&verifier], known) {
                Ok(Known { size, root }) => {
                    let kept = Witnessed { origin, size, root: root.to_string(), cosigned_at: now };
                    xinyu_store::witness::keep(tx, &kept).await?;
                    Ok(Ok(now))
                }
                Err(refusal) => {
                    if let Some(alert) = alert(&asked, known, &refusal) {
                        crate::effect::apply(&this, tx, vec![alert]).await?;
                    }
                    Ok::<_, Failure>(Err(refusal))
                }
            }
        })
    });
    let at = match judged.await? {
        Ok(at) => at,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let seconds = u64::try_from(at.as_second()).map_err(Failure::broken)?;
    let signing = node.ring.signing(Suite::Intl);
    let line = cosignature::cosign(signing, own.name(), &request.note().text, seconds).map_err(Failure::broken)?;
    Ok(Ok(answer(&[line])))
}

fn known(before: &Witnessed) -> Result<Known, Failure> {
    Ok(Known { size: before.size, root: before.root.parse::<Digest>().map_err(Failure::broken)? })
}

/// What a log has signed that cannot both be true: two heads of one size. Of what does not prove to extend another that cannot be said: anybody can send a signed
/// head with a wrong proof, or an old one once more.
fn alert(request: &AddCheckpoint, known: Option<Known>, refusal: &Refusal) -> Option<Effect> {
    let shown = request.checkpoint();
    let is_other = known.is_some_and(|known| known.size == shown.size && known.root != shown.root);
    let is_false = matches!(refusal, Refusal::EmptyRoot);
    let detail = format!("{} {}", shown.size, shown.root);
    (is_other || is_false).then(|| Effect::Alert { action: "log.diverged", object: shown.origin.clone(), detail })
}
