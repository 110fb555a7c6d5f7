//! The second factor of a login: setting it up, checking its codes, forgetting it when it is lost. NDI-TR-2025-03 §9.2.1 c. The secret lies sealed for
//! the node's own key; codes and recovery codes count once.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use qrcode::QrCode;
use qrcode::render::svg;
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_core::user::totp;
use xinyu_crypto::password;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::user::{Enrolment, OneTimeCode, Reauthentication, RecoveryCodes, UserInfo};
use xinyu_store::Tx;
use xinyu_store::user::User;

use crate::failure::Failure;
use crate::node::Node;
use crate::user::{self, Person};

/// `POST /api/v1/me/second-factor`: a new secret, which counts once its first code was given. The former one counts until then.
///
/// # Errors
/// If the password is wrong.
pub async fn begin(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<Reauthentication>,
) -> Result<Json<Enrolment>, Failure> {
    user::must_be_self(&node, &person, body.value.password).await?;
    let secret = node.store.ids().bytes::<{ totp::SECRET_BYTES }>();
    let sealed = seal(&node, &person.name, &secret)?;
    let (uri, base32) = totp::enrolment(&secret, &format!("信域 {}", node.name), &person.name)
        .ok_or_else(|| Failure::broken("no enrolment"))?;
    let code = QrCode::new(uri.as_bytes()).map_err(Failure::broken)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(220, 220).quiet_zone(true).build();
    node.store
        .write("second_factor.begin", move |tx| {
            Box::pin(async move {
                xinyu_store::user::begin_second_factor(tx, &person.name, sealed).await?;
                crate::audit::append(tx, person.happened("second-factor.begin", &person.name, "done")).await
            })
        })
        .await?;
    Ok(Json(Enrolment { uri, secret: base32, svg }))
}

/// `POST /api/v1/me/second-factor/confirmation`: the first code of the new secret. This session counts as one with a second factor from here on.
///
/// # Errors
/// If none was begun, or the code is wrong.
pub async fn confirm(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<OneTimeCode>,
) -> Result<Json<RecoveryCodes>, Failure> {
    let codes: Vec<String> =
        (0..totp::RECOVERY_CODES).map(|_| totp::recovery_code(node.store.ids().bytes::<10>())).collect();
    let kept: Vec<String> = codes.iter().filter_map(|code| totp::as_recovery_code(code)).collect();
    let store = node.store.clone();
    store
        .write("second_factor.confirm", move |tx| {
            Box::pin(async move {
                let found = xinyu_store::user::hold(tx, &person.name).await?;
                let pending = found.and_then(|user| user.totp_pending).ok_or_else(not_begun)?;
                let secret = open(&node, &person.name, &pending)?;
                let step = totp::step_of(&secret, &body.value.code, seconds(tx), 0).ok_or_else(wrong_code)?;
                xinyu_store::user::confirm_second_factor(tx, &person.name, step, &kept).await?;
                xinyu_store::session::raise(tx, &person.token).await?;
                crate::audit::append(tx, person.happened("second-factor.confirm", &person.name, "done")).await
            })
        })
        .await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// `POST /api/v1/users/{name}/second-factor/reset`: for somebody who lost it. Sessions end; the next login needs the password only, and then a new one.
///
/// # Errors
/// If there is no such user, or it is oneself.
pub async fn reset(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
) -> Result<Json<UserInfo>, Failure> {
    user::must_be_another(&person, &name)?;
    node.store
        .write("second_factor.reset", move |tx| {
            Box::pin(async move {
                let user = user::held(tx, &name).await?;
                xinyu_store::user::forget_second_factor(tx, &user.name).await?;
                // A passkey is a second factor too, and may be what was lost.
                xinyu_store::login_key::remove_all(tx, &user.name, Method::Passkey.as_str()).await?;
                xinyu_store::session::close_all(tx, &user.name).await?;
                crate::audit::append(tx, person.happened("second-factor.reset", &name, "done")).await?;
                user::info_of(tx, &name).await
            })
        })
        .await
        .map(Json)
}

/// Whether a code is good, now and for the first time; it is used then.
pub(crate) async fn is_good(node: &Node, tx: &mut Tx, user: &User, sealed: &[u8], code: &str) -> Result<bool, Failure> {
    if let Some(code) = totp::as_recovery_code(code) {
        let is_good = xinyu_store::user::use_recovery_code(tx, &user.name, &code).await?;
        return Ok(is_good);
    }
    let secret = open(node, &user.name, sealed)?;
    match totp::step_of(&secret, code, seconds(tx), user.totp_step) {
        Some(step) => Ok(xinyu_store::user::use_step(tx, &user.name, step).await?),
        None => Ok(false),
    }
}

fn seconds(tx: &Tx) -> u64 {
    u64::try_from(tx.now().as_second()).unwrap_or_default()
}

fn context(name: &str) -> Vec<u8> {
    format!("xinyu-second-factor:{name}").into_bytes()
}

fn seal(node: &Node, name: &str, secret: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut rng = crate::keys::entropy().map_err(Failure::broken)?;
    Ok(node.ring.public().sealing(node.suite).wrap(secret, &context(name), &mut rng))
}

fn open(node: &Node, name: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let opened = node.ring.opening(node.suite).unwrap(sealed, &context(name));
    opened.map(|secret| secret.to_vec()).map_err(Failure::broken)
}

fn not_begun() -> Rejection {
    Rejection::conflict("second-factor-not-begun", "请先开始设置第二因素", "begin to set up the second factor first")
}

fn wrong_code() -> Rejection {
    Rejection::bad(
        "wrong-code",
        "动态口令不正确，请核对手机时间后重试",
        "the code is wrong; see that the clock of the authenticator is right",
    )
    .clause("/code")
}

/// Checks a password in a thread of its own: it takes its time by design.
pub(crate) async fn verify(secret: String, stored: String) -> Result<bool, Failure> {
    let checked = tokio::task::spawn_blocking(move || password::verify(&secret, &stored).is_ok()).await;
    checked.map_err(Failure::broken)
}
