//! The platform's certificate authority: certificates for connectors and for itself, revocation, revocation lists, roots. NDI-TR-2025-03 §7.2.1 e–g, §7.2.2,
//! Appendix A.

mod authority;
pub mod person;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use xinyu_core::certificate::{self, CertificateState, Issued};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Certificate, CertificateRequest, Issue, Place, RevocationList, Revoked};
use xinyu_http::json::StrictJson;
use xinyu_http::relay::place_at;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certificate::{CertificateInfo, Revocation};
use xinyu_protocol::tc609::certificate::{CertificateAnswer, CertificateAsk, CertificateRevocation};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, keys};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;

pub use authority::{Authorities, own_chain};

/// How long a certificate of a connector is good.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long a revocation list is good; each reading signs a new one.
const LIST_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// The newest certificates that a list shows.
const MOST: u32 = 500;

/// `POST /tc609/certificateRequest`, by a connector that was admitted.
///
/// # Errors
/// If the request proves nothing, names somebody else or a place that the connector did not register.
pub async fn request(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let ask: CertificateAsk = call.parse()?;
    let request = CertificateRequest::from_pem(&ask.request).map_err(|error| certificate::refused(&error))?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "certificate.request", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let places = places(&this, tx, &me).await?;
            let subject = certificate::admit(&request, me.connector_id.as_str(), &places)?;
            let now = tx.now();
            let life = Issue { now: seconds(now), seconds: LIFE.as_secs().unsigned_abs() };
            let suite = request.public.suite();
            let authority = this.authority.of(&this.options.authority, suite)?;
            let mut rng = keys::entropy().map_err(Failure::broken)?;
            let fresh =
                authority.issue(&request, &subject, life, &mut rng).map_err(|error| certificate::refused(&error))?;
            let issued = Issued::of(&fresh, me.connector_id.as_str(), now)?;
            let before = xinyu_store::certificate::of_holder(tx, me.connector_id.as_str()).await?;
            let (replaced, effects) = certificate::issue(&issued, before, &me.spaces, now);
            for one in &replaced {
                xinyu_store::certificate::save(tx, one).await?;
            }
            xinyu_store::certificate::insert(tx, &issued).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Participant);
            Answer::json(200, &CertificateAnswer { chain: this.authority.chain(&fresh)? })
        })
    })
    .await
}

/// The domains and addresses that a connector is known to be at.
async fn places(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<Vec<Place>, Failure> {
    let kept = xinyu_store::connector::find(tx, member.connector_id.as_str()).await?;
    let declared = kept.map(|kept| kept.places()).unwrap_or_default();
    // Whoever is reached through the platform is not where the platform is.
    let own = place_at(&platform.node.address, &member.address).is_none();
    let host = authority::host(&member.address).filter(|_| own);
    Ok(host.into_iter().chain(declared).collect())
}

/// `GET /api/v1/certificates`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<CertificateInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("certificate.list", |tx| {
        Box::pin(async move {
            let members = xinyu_store::member::list(tx).await?;
            let name = |holder: &str| {
                if let Some(account) = certificate::account_of(holder) {
                    return account.to_owned();
                }
                let found = members.iter().find(|member| member.connector_id.as_str() == holder);
                found.map_or_else(|| this.options.operator_name.clone(), |member| member.name.clone())
            };
            let all = xinyu_store::certificate::list(tx, MOST).await?;
            all.iter().map(|one| info(one, name(&one.holder), tx.now())).collect::<Result<Vec<_>, Failure>>()
        })
    });
    Ok(Json(List { items: items.await? }))
}

fn info(issued: &Issued, holder_name: String, now: Timestamp) -> Result<CertificateInfo, Failure> {
    let parsed = Certificate::from_pem(&issued.pem).map_err(Failure::broken)?;
    let state = match issued.state {
        CertificateState::Valid if now > issued.not_after => "expired",
        state => state.as_str(),
    };
    Ok(CertificateInfo {
        serial: issued.serial.clone(),
        holder: issued.holder.clone(),
        holder_name,
        suite: issued.suite.to_string(),
        subject: parsed.subject_text(),
        issuer: parsed.issuer_text(),
        fingerprint: issued.fingerprint.clone(),
        not_before: issued.not_before,
        not_after: issued.not_after,
        state: state.to_owned(),
        revoked_at: issued.revoked_at,
        reason: issued.reason.clone(),
    })
}

/// `GET /api/v1/certificates/{serial}/file`: the certificate with its chain, in PEM.
///
/// # Errors
/// If there is none of that number.
pub async fn export(
    State(platform): State<Platform>,
    Path(serial): Path<String>,
    _: Person,
) -> Result<Response, Failure> {
    let wanted = serial.clone();
    let found = platform.node.store.read("certificate.find", |tx| {
        Box::pin(async move { xinyu_store::certificate::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let issued = found.await?.ok_or_else(|| unknown(&serial))?;
    let certificate = Certificate::from_pem(&issued.pem).map_err(Failure::broken)?;
    Ok(pem(platform.authority.chain(&certificate)?))
}

/// `POST /api/v1/certificates/{serial}/revocation`: taken back from now on; the next list that anybody reads names it.
///
/// # Errors
/// If there is none of that number, or it was taken back before.
pub async fn revoke(
    State(platform): State<Platform>,
    Path(serial): Path<String>,
    person: Person,
    body: StrictJson<Revocation>,
) -> Result<Json<CertificateInfo>, Failure> {
    let node = Arc::clone(&platform.node);
    let this = platform.clone();
    let revoked = platform.node.store.write("certificate.revoke", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::certificate::lock(tx, &serial).await?.ok_or_else(|| unknown(&serial))?;
            let member = xinyu_store::member::find(tx, &found.holder).await?;
            let spaces = member.as_ref().map(|member| member.spaces.clone()).unwrap_or_default();
            let (issued, mut effects) = certificate::revoke(found, &body.value.reason, &spaces, tx.now())?;
            if let Some(member) = &member {
                effects.push(told(member, &issued)?);
            }
            xinyu_store::certificate::save(tx, &issued).await?;
            // What a person's certificate opened ends with it, at once.
            xinyu_shell::login::certificate::forget(tx, &issued.fingerprint).await?;
            effect::apply(&node, tx, effects).await?;
            xinyu_store::audit::append(tx, &person.happened("certificate.revoke", &issued.serial, "done")).await?;
            tx.signal(Topic::Participant);
            let account = certificate::account_of(&issued.holder).map(str::to_owned);
            let name = member.map(|member| member.name).or(account);
            let name = name.unwrap_or_else(|| this.options.operator_name.clone());
            info(&issued, name, tx.now())
        })
    });
    Ok(Json(revoked.await?))
}

/// Tells a connector that its certificate was taken back.
pub(crate) fn told(member: &Member, issued: &Issued) -> Result<Effect, Rejection> {
    let party = member.connector_id.as_str();
    let message = CertificateRevocation { serial: issued.serial.clone(), reason: issued.reason.clone() };
    Ok(Effect::Send(Outgoing::json(
        party,
        format!("party/{party}"),
        "certificateRevocation",
        "/tc609/certificateRevocation",
        &message,
    )?))
}

/// `GET /authority/{suite}/root.pem`: the root, for whoever decides to trust it.
///
/// # Errors
/// If there is no such suite.
pub async fn root(State(platform): State<Platform>, Path(suite): Path<String>) -> Result<Response, Failure> {
    Ok(pem(platform.authority.certificates(known(&suite)?).root.to_pem().map_err(Failure::broken)?))
}

/// `GET /authority/{suite}/issuing.pem`: who issues under the root.
///
/// # Errors
/// If there is no such suite.
pub async fn issuing(State(platform): State<Platform>, Path(suite): Path<String>) -> Result<Response, Failure> {
    Ok(pem(platform.authority.certificates(known(&suite)?).issuing.to_pem().map_err(Failure::broken)?))
}

/// `GET /authority/{suite}/list.crl`: what was taken back, as of now, in DER.
///
/// # Errors
/// If there is no such suite.
pub async fn revocation_list(State(platform): State<Platform>, Path(suite): Path<String>) -> Result<Response, Failure> {
    let suite = known(&suite)?;
    let list = list_of(&platform, suite).await?;
    Ok(([(header::CONTENT_TYPE, "application/pkix-crl")], list.to_der().map_err(Failure::broken)?).into_response())
}

/// A fresh revocation list.
pub(crate) async fn list_of(platform: &Platform, suite: Suite) -> Result<RevocationList, Failure> {
    let revoked = platform.node.store.read("certificate.revoked", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let all = xinyu_store::certificate::revoked(tx, suite.as_str(), now).await?;
            let entry =
                |one: Issued| Revoked { at: seconds(one.revoked_at.unwrap_or(one.issued_at)), serial: one.serial };
            Ok::<_, Failure>((all.into_iter().map(entry).collect::<Vec<_>>(), now))
        })
    });
    let (revoked, now) = revoked.await?;
    // Numbers must rise with every list: the time in microseconds does.
    let number = now.as_microsecond().unsigned_abs();
    let authority = platform.authority.of(&platform.options.authority, suite)?;
    let life = LIST_LIFE.as_secs().unsigned_abs();
    RevocationList::sign(&authority, number, &revoked, seconds(now), life).map_err(Failure::broken)
}

fn known(suite: &str) -> Result<Suite, Rejection> {
    suite
        .parse()
        .map_err(|_| Rejection::unknown("unknown-suite", "密码套件只有 sm 与 intl", "the suites are sm and intl"))
}

fn pem(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], text).into_response()
}

pub(crate) fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or_default()
}

fn unknown(serial: &str) -> Rejection {
    Rejection::unknown(
        "unknown-certificate",
        format!("没有序列号为 {serial} 的证书"),
        format!("there is no certificate {serial}"),
    )
}
