//! The connector's own certificates: asked for with a proof of possession, checked when they come, renewed, and exported. NDI-TR-2025-03 §7.2.1 e–h.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use url::Url;
use xinyu_core::certificate::refused;
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Certificate, CertificateRequest, Expected, Place, Subject, verify_chain};
use xinyu_http::json::StrictJson;
use xinyu_http::relay::place_at;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certificate::{CertificateInfo, NewCertificate};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::certificate::{CertificateAnswer, CertificateAsk, CertificateRevocation};
use xinyu_protocol::tc609::run_log::Level;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, Node};
use xinyu_store::Topic;

use crate::app::Connector;
use crate::platform;

fn setting(suite: Suite) -> String {
    format!("certificate/{suite}")
}

fn revocation(serial: &str) -> String {
    format!("certificate/revoked/{serial}")
}

/// `POST /api/v1/certificates`: asks the platform for a certificate. The one of that suite that there is already is renewed.
///
/// # Errors
/// If the connector is not admitted yet, or what the platform says.
pub async fn request(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewCertificate>,
) -> Result<Json<CertificateInfo>, Failure> {
    let suite: Suite = body.value.suite.parse().map_err(|_| {
        let suite = &body.value.suite;
        Rejection::bad(
            "unknown-suite",
            format!("未知的密码套件「{suite}」，可选 sm（SM2）、intl（P-256）"),
            format!("unknown suite {suite}, known are sm (SM2) and intl (P-256)"),
        )
    })?;
    let chain = obtain(&connector, suite, body.value.place.as_deref()).await?;
    info(&connector, &chain, None).map(Json)
}

/// Asks for a certificate and keeps it.
///
/// # Errors
/// As [`request`].
pub async fn obtain(connector: &Connector, suite: Suite, place: Option<&str>) -> Result<Vec<Certificate>, Failure> {
    let node = &connector.node;
    let party = node.party().ok_or_else(|| {
        Rejection::conflict(
            "not-registered",
            "连接器尚未注册，须先取得标识",
            "this connector is not registered yet: it needs its identifier first",
        )
    })?;
    let place = match place {
        Some(place) => Place::parse(place).map_err(|error| refused(&error))?,
        None => host(node).ok_or_else(|| {
            Rejection::bad(
                "certificate-place",
                format!("连接器地址 {} 中没有可用于证书的域名或 IP", node.address),
                format!("the connector's address {} has no domain or IP for a certificate", node.address),
            )
        })?,
    };
    let subject = Subject {
        place,
        unit: party.as_str().to_owned(),
        organization: Some(connector.options.participant_name.clone()),
        others: Vec::new(),
    };
    let key = node.certificate_keys.of(suite);
    let request = CertificateRequest::make(key, &subject).map_err(|error| refused(&error))?;
    let ask = CertificateAsk { key: node.store.ids().new_id().to_string(), request: request.pem().to_owned() };
    let answer: CertificateAnswer = platform::ask(node, "/tc609/certificateRequest", &ask).await?;
    let chain = check(node, suite, &answer.chain)?;
    let kept = answer.chain;
    let serial = chain.first().map(Certificate::serial).unwrap_or_default();
    node.store
        .write("certificate.keep", move |tx| {
            Box::pin(async move {
                xinyu_store::setting::set(tx, &setting(suite), &kept).await?;
                xinyu_store::run_log::note(tx, Level::Info, "certificate.kept", &serial, &suite.to_string()).await?;
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(chain)
}

/// That a chain leads from our key and name to a root. The root is the platform's, since the platform proved the answer that it came with.
fn check(node: &Node, suite: Suite, bundle: &str) -> Result<Vec<Certificate>, Failure> {
    let chain = Certificate::chain_from_pem(bundle).map_err(|error| refused(&error))?;
    let party = node.party();
    let now = u64::try_from(node.store.clock().now().as_second()).unwrap_or_default();
    let expected = Expected {
        roots: chain.last().map(std::slice::from_ref).unwrap_or_default(),
        lists: &[],
        must_have_lists: false,
        unit: party.as_ref().map(|party| party.as_str()),
        place: None,
        now,
    };
    verify_chain(&chain, &expected).map_err(|error| refused(&error))?;
    let is_ours = chain.first().is_some_and(|first| *first.public() == node.certificate_keys.of(suite).public());
    if is_ours {
        return Ok(chain);
    }
    Err(Rejection::bad(
        "certificate-key",
        "证书不是签发给本连接器密钥的",
        "the certificate is not for this connector's key",
    )
    .into())
}

/// Where it is, if that is a place of its own: the host of one that is reached through its platform is the platform's.
fn host(node: &Node) -> Option<Place> {
    if place_at(&node.platform.address, &node.address).is_some() {
        return None;
    }
    Url::parse(&node.address).ok()?.host_str().and_then(|host| Place::parse(host).ok())
}

/// The chains that are kept, each with the reason for which its certificate was taken back.
async fn kept(node: &Node) -> Result<Vec<(Vec<Certificate>, Option<String>)>, Failure> {
    let found = node.store.read("certificate.find", |tx| {
        Box::pin(async move {
            let mut all = Vec::new();
            for suite in Suite::ALL {
                let Some(text) = xinyu_store::setting::find(tx, &setting(suite)).await? else {
                    continue;
                };
                let chain = Certificate::chain_from_pem(&text).map_err(Failure::broken)?;
                let serial = chain.first().map(Certificate::serial).unwrap_or_default();
                all.push((chain, xinyu_store::setting::find(tx, &revocation(&serial)).await?));
            }
            Ok::<_, Failure>(all)
        })
    });
    found.await
}

/// `GET /api/v1/certificates`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<CertificateInfo>>, Failure> {
    let kept = kept(&connector.node).await?;
    let items = kept.iter().map(|(chain, revoked)| info(&connector, chain, revoked.clone()));
    Ok(Json(List { items: items.collect::<Result<_, _>>()? }))
}

fn info(connector: &Connector, chain: &[Certificate], revoked: Option<String>) -> Result<CertificateInfo, Failure> {
    let certificate = chain.first().ok_or_else(|| Failure::broken("a kept chain is empty"))?;
    let time =
        |seconds: u64| Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX)).map_err(Failure::broken);
    let not_after = time(certificate.not_after())?;
    let state = match &revoked {
        Some(_) => "revoked",
        None if connector.node.store.clock().now() > not_after => "expired",
        None => "valid",
    };
    Ok(CertificateInfo {
        serial: certificate.serial(),
        holder: certificate.subject().map_err(Failure::broken)?.unit,
        holder_name: connector.options.participant_name.clone(),
        suite: certificate.suite().to_string(),
        subject: certificate.subject_text(),
        issuer: certificate.issuer_text(),
        fingerprint: certificate.fingerprint(),
        not_before: time(certificate.not_before())?,
        not_after,
        state: state.to_owned(),
        revoked_at: None,
        reason: revoked.unwrap_or_default(),
    })
}

/// `GET /api/v1/certificates/{serial}/file`: the certificate with its chain, in PEM.
///
/// # Errors
/// If there is none of that number.
pub async fn export(
    State(connector): State<Connector>,
    Path(serial): Path<String>,
    _: Person,
) -> Result<Response, Failure> {
    let kept = kept(&connector.node).await?;
    let found = kept.into_iter().find(|(chain, _)| chain.first().is_some_and(|first| first.serial() == serial));
    let (chain, _) = found.ok_or_else(|| {
        Rejection::unknown(
            "unknown-certificate",
            format!("没有序列号为 {serial} 的证书"),
            format!("there is no certificate {serial}"),
        )
    })?;
    let pem = chain.iter().map(Certificate::to_pem).collect::<Result<String, _>>().map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// `POST /tc609/certificateRevocation`, by the platform: one of our certificates was taken back.
///
/// # Errors
/// If somebody else calls.
pub async fn revoked(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let told: CertificateRevocation = call.parse()?;
    let node = Arc::clone(&connector.node);
    call.once(&node, "certificate.revoked", move |tx| {
        Box::pin(async move {
            xinyu_store::setting::set(tx, &revocation(&told.serial), &told.reason).await?;
            xinyu_store::run_log::note(tx, Level::Warn, "certificate.revoked", &told.serial, "").await?;
            tx.signal(Topic::Participant);
            Answer::json(200, &Status::done())
        })
    })
    .await
}
