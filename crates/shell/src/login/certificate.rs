//! Login by digital certificate, NDI-TR-2025-03 §7.1.4.2: the person shows a certificate and a signature over a challenge. The certificate must be tied to
//! an account, its chain must end at an authority that is trusted for people, and it must not be taken back. A certificate that is taken back is untied
//! from its account, and what it opened ends.

mod trust;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::certificate::refused;
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_core::user::statement::Purpose;
use xinyu_crypto::x509::{Certificate, X509Error};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::Session;
use xinyu_protocol::api::login::{CertificateLogin, Challenge, NewCertificateKey};
use xinyu_protocol::api::user::LoginKeyInfo;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::audit::Happened;
use xinyu_store::login_key::LoginKey;

use super::key::{self, NewKey};
use super::{Proof, enter_with, not_let_in, signed, unknown};
use crate::access::From;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::{self, Person};

const METHOD: Method = Method::Certificate;

/// `POST /api/v1/login/certificate/challenge`.
///
/// # Errors
/// If too many logins are under way.
pub async fn challenge(State(node): State<Arc<Node>>) -> Result<Json<Challenge>, Failure> {
    signed::ask(&node, METHOD, Purpose::Login).await.map(Json)
}

/// `POST /api/v1/login/certificate`.
///
/// # Errors
/// If certificate, signature or code are wrong, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<CertificateLogin>,
) -> Result<Json<Session>, Failure> {
    let CertificateLogin { challenge_id, certificate, signature, code } = body.value;
    let text = signed::take(&node, METHOD, &Purpose::Login, challenge_id).await?;
    let shown = end_of(&read(&certificate)?)?;
    let signature = signature_of(&signature)?;
    let Some(key) = key::find(&node, METHOD, &shown.fingerprint()).await? else {
        return Err(unknown(&node, METHOD, ip).await?.into());
    };
    let is_right = shown.public().verifies_der(text.as_bytes(), &signature);
    if is_right && let Err(error) = is_trusted(&node, &key).await? {
        // Whoever has the key is told what is wrong with its certificate.
        not_let_in(&node, METHOD, (&key.user_name, refused(&error).code), &ip).await?;
        return Err(of_login(&error).into());
    }
    let wrong = (!is_right).then_some("wrong-signature");
    let proof = Proof { method: METHOD, name: key.user_name.clone(), wrong, is_strong: false, code };
    enter_with(&node, proof, Some(key), &ip).await
}

/// `POST /api/v1/me/login-keys/certificate/challenge`.
///
/// # Errors
/// If too many logins are under way.
pub async fn bind_challenge(State(node): State<Arc<Node>>, person: Person) -> Result<Json<Challenge>, Failure> {
    signed::ask(&node, METHOD, Purpose::Bind { account: person.name }).await.map(Json)
}

/// `POST /api/v1/me/login-keys/certificate`.
///
/// # Errors
/// If the password or the signature is wrong, the certificate is not trusted here, or tied to an account already.
pub async fn bind(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<NewCertificateKey>,
) -> Result<Json<LoginKeyInfo>, Failure> {
    let NewCertificateKey { challenge_id, certificate, signature, label, password } = body.value;
    user::must_be_self(&node, &person, password).await?;
    let chain = read(&certificate)?;
    let (end, signature) = (end_of(&chain)?, signature_of(&signature)?);
    let purpose = Purpose::Bind { account: person.name.clone() };
    let text = signed::take(&node, METHOD, &purpose, challenge_id).await?;
    if !end.public().verifies_der(text.as_bytes(), &signature) {
        return Err(Rejection::bad(
            "wrong-signature",
            "签名与证书、挑战不符",
            "the signature is not that of the certificate's key over the challenge",
        )
        .clause("/signature")
        .next(Text::new(
            "请用该证书的私钥对挑战原文（不含换行）签名：P-256 用 SHA-256，SM2 用 SM3",
            "sign the text of the challenge, without an end of line, with the key of this certificate: P-256 with SHA-256, SM2 with SM3",
        ))
        .into());
    }
    trust::check(&node, &chain, &person.name).await?.map_err(|error| refused(&error))?;
    let label = if label.trim().is_empty() { end.subject_text() } else { label };
    let new = NewKey { method: METHOD, subject: end.fingerprint(), label, data: kept(&chain)? };
    let bound = node.store.write("login_key.add", move |tx| Box::pin(async move { key::add(tx, &person, new).await }));
    bound.await.map(Json)
}

/// What is kept of a chain: whoever issued it may not come along at the login.
fn kept(chain: &[Certificate]) -> Result<Vec<u8>, Failure> {
    let pem = chain.iter().map(Certificate::to_pem).collect::<Result<String, _>>();
    pem.map(String::into_bytes).map_err(Failure::broken)
}

/// Ties a certificate that this node just issued to the account of its holder.
///
/// # Errors
/// If there are too many keys.
pub async fn bind_issued(
    tx: &mut Tx,
    person: &Person,
    chain: &[Certificate],
    label: String,
) -> Result<LoginKeyInfo, Failure> {
    let end = end_of(chain)?;
    let label = if label.trim().is_empty() { end.subject_text() } else { label };
    let new = NewKey { method: METHOD, subject: end.fingerprint(), label, data: kept(chain)? };
    key::add(tx, person, new).await
}

/// Unties a certificate that was taken back: what it opened ends in the same transaction. Whether it was tied to an account.
///
/// # Errors
/// If the store fails.
pub async fn forget(tx: &mut Tx, fingerprint: &str) -> Result<bool, Failure> {
    let Some(key) = xinyu_store::login_key::hold(tx, METHOD.as_str(), fingerprint).await? else {
        return Ok(false);
    };
    xinyu_store::login_key::remove(tx, &key.user_name, &key.key_id).await?;
    let ended = xinyu_store::session::close_by_key(tx, &key.key_id).await?;
    let happened = Happened {
        actor: "-".to_owned(),
        action: "login-key.revoked".to_owned(),
        object: key.user_name,
        result: "done".to_owned(),
        ip: "-".to_owned(),
        detail: format!("{} {ended}", key.key_id),
    };
    crate::audit::append(tx, happened).await?;
    Ok(true)
}

/// Unties what the lists of others' authorities say was taken back, between two logins. How many.
///
/// # Errors
/// If the store fails.
pub async fn sweep(node: &Node) -> Result<usize, Failure> {
    if node.login.authorities.is_empty() {
        return Ok(0);
    }
    let kept = node.store.read("login_key.list", |tx| {
        Box::pin(
            async move { xinyu_store::login_key::list_of_method(tx, METHOD.as_str()).await.map_err(Failure::from) },
        )
    });
    let mut gone = 0_usize;
    for key in kept.await? {
        if let Err(X509Error::Revoked { .. }) = is_trusted(node, &key).await? {
            let forgotten = node
                .store
                .write("login_key.revoked", move |tx| Box::pin(async move { forget(tx, &key.subject).await }));
            gone = gone.saturating_add(usize::from(forgotten.await?));
        }
    }
    Ok(gone)
}

async fn is_trusted(node: &Node, key: &LoginKey) -> Result<Result<(), X509Error>, Failure> {
    let pem = std::str::from_utf8(&key.data).map_err(Failure::broken)?;
    let chain = Certificate::chain_from_pem(pem).map_err(Failure::broken)?;
    trust::check(node, &chain, &key.user_name).await
}

fn read(pem: &str) -> Result<Vec<Certificate>, Rejection> {
    Certificate::chain_from_pem(pem).map_err(|error| {
        let mut rejection = refused(&error);
        rejection.clause = Some("/certificate".to_owned());
        rejection
    })
}

fn end_of(chain: &[Certificate]) -> Result<Certificate, Failure> {
    chain.first().cloned().ok_or_else(|| Failure::broken("a chain of no certificates"))
}

fn signature_of(text: &str) -> Result<Vec<u8>, Rejection> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|_| {
        Rejection::bad("malformed-signature", "签名须为 base64", "the signature must be base64").clause("/signature")
    })
}

/// What is wrong with a certificate, at a login.
fn of_login(error: &X509Error) -> Rejection {
    let mut rejection = refused(error).clause("NDI-TR-2025-03 §7.1.4.2").next(Text::new(
        "请改用其他登录方式，并在「我的账号」绑定有效的证书",
        "log in another way, and tie a valid certificate to your account",
    ));
    rejection.status = 403;
    rejection
}
