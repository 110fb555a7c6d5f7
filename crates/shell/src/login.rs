//! Login: one door for all methods. NDI-TR-2025-03 §7.1.4, §9.2.1. A method, a file each, says whether what was shown is right and whose it is; whether
//! the account may be entered with it is decided here, in one transaction: failures count, and lock; a code of the second factor counts once.

pub mod captcha;
pub mod certificate;
pub mod challenge;
pub mod did;
pub mod key;
pub mod methods;
pub mod oidc;
pub mod passkey;
pub mod password;
mod signed;
pub mod step_up;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use xinyu_access::{Asker, Role};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_protocol::api::Session;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::audit::Happened;
use xinyu_store::login_key::LoginKey;
use xinyu_store::session::Opening;
use xinyu_store::user::User;

use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;
use crate::{second_factor, session};

/// What somebody showed, as its method judged it.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// How.
    pub(crate) method: Method,
    /// Whose account it is said to open.
    pub(crate) name: String,
    /// Nothing, if it is right; otherwise why not, for the audit log: it counts as a failure.
    pub(crate) wrong: Option<&'static str>,
    /// Whether it is two factors by itself, so that no one-time code is asked for.
    pub(crate) is_strong: bool,
    /// The one-time code that came with it.
    pub(crate) code: Option<String>,
}

/// How a login ended, apart from failures of ours.
enum Outcome {
    Opened(String),
    Refused(Rejection),
    /// Counts as a failure.
    Wrong(&'static str),
}

/// Opens a session for what was shown.
///
/// # Errors
/// If it is wrong, a one-time code is missing or wrong, or the account cannot be used.
pub(crate) async fn enter(node: &Arc<Node>, proof: Proof, ip: &str) -> Result<Json<Session>, Failure> {
    enter_with(node, proof, None, ip).await
}

/// The same with a key of the account. It must still be there, and what it opens ends with it.
///
/// # Errors
/// As [`enter`].
pub(crate) async fn enter_with(
    node: &Arc<Node>,
    proof: Proof,
    key: Option<LoginKey>,
    ip: &str,
) -> Result<Json<Session>, Failure> {
    let (outcome, user) = attempt(node, proof, key, ip).await?;
    let token = match outcome {
        Outcome::Opened(token) => token,
        Outcome::Refused(rejection) => return Err(rejection.into()),
        Outcome::Wrong(_) => return Err(wrong().into()),
    };
    tracing::info!(user = user.name, "user {} logged in", user.name);
    let now = node.store.clock().now();
    let (found, read) = (token.clone(), node.store.clone());
    let opened = read.read("session.find", move |tx| {
        Box::pin(async move { xinyu_store::session::find(tx, &found).await.map_err(Failure::from) })
    });
    let opened = opened.await?.ok_or_else(|| Failure::broken("the session that was opened is not there"))?;
    let person = Person {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        role: user.role.clone(),
        asker: Asker {
            name: user.name.clone(),
            role: Role::from_word(&user.role),
            state: session::state(&user, now),
            second_factor: opened.second_factor,
            must_change_password: session::must_change(node, &user, now),
        },
        ip: ip.to_owned(),
        session_id: opened.session_id,
        token: token.clone(),
    };
    Ok(Json(Session { token, user: session::card(node, &person, &user).await?, expires_at: opened.expires_at }))
}

/// Says in the audit log that somebody failed who cannot be named: what was given as a name may be a password, and is not kept.
///
/// # Errors
/// If the store fails.
pub(crate) async fn unknown(node: &Node, method: Method, ip: String) -> Result<Rejection, Failure> {
    let happened = Happened {
        actor: "-".to_owned(),
        action: "login".to_owned(),
        object: "-".to_owned(),
        result: "wrong-login".to_owned(),
        ip,
        detail: method.as_str().to_owned(),
    };
    node.store.write("login.unknown", move |tx| Box::pin(crate::audit::append(tx, happened))).await?;
    Ok(wrong())
}

/// Says in the audit log that somebody who is known by a key did not get in, for a reason that is no guess and counts as none.
///
/// # Errors
/// If the store fails.
pub(crate) async fn not_let_in(
    node: &Node,
    method: Method,
    (name, why): (&str, &str),
    ip: &str,
) -> Result<(), Failure> {
    let happened = Happened {
        actor: name.to_owned(),
        action: "login".to_owned(),
        object: name.to_owned(),
        result: why.to_owned(),
        ip: ip.to_owned(),
        detail: method.as_str().to_owned(),
    };
    node.store.write("login.refused", move |tx| Box::pin(crate::audit::append(tx, happened))).await
}

/// One transaction decides: however many try at once, each sees what those before it did.
async fn attempt(node: &Arc<Node>, proof: Proof, key: Option<LoginKey>, ip: &str) -> Result<(Outcome, User), Failure> {
    let (node, ip) = (Arc::clone(node), ip.to_owned());
    let store = node.store.clone();
    store
        .write("login", move |tx| {
            Box::pin(async move {
                let user = xinyu_store::user::hold(tx, &proof.name).await?.ok_or_else(wrong)?;
                let outcome = decide(&node, tx, &user, &proof, key.as_ref(), &ip).await?;
                let result = match &outcome {
                    Outcome::Opened(_) => "done",
                    Outcome::Refused(rejection) => rejection.code,
                    Outcome::Wrong(why) => *why,
                };
                let happened = |action: &str, result: &str| Happened {
                    actor: user.name.clone(),
                    action: action.to_owned(),
                    object: user.name.clone(),
                    result: result.to_owned(),
                    ip: ip.clone(),
                    detail: proof.method.as_str().to_owned(),
                };
                xinyu_store::audit::append(tx, &happened("login", result)).await?;
                if matches!(outcome, Outcome::Wrong(_)) {
                    let failures = xinyu_store::user::count_failure(tx, &user.name).await?.unwrap_or_default();
                    if let Some(until) = node.access.rules.lock_until(failures, tx.now()) {
                        xinyu_store::user::lock(tx, &user.name, until).await?;
                        xinyu_store::audit::append(tx, &happened("login.locked", "done")).await?;
                        tracing::warn!(user = user.name, "user {} is locked after {failures} failed logins", user.name);
                    }
                }
                Ok((outcome, user))
            })
        })
        .await
}

async fn decide(
    node: &Node,
    tx: &mut Tx,
    user: &User,
    proof: &Proof,
    key: Option<&LoginKey>,
    ip: &str,
) -> Result<Outcome, Failure> {
    let now = tx.now();
    if user.locked_until.is_some_and(|until| until > now) {
        return Ok(Outcome::Refused(locked()));
    }
    if let Some(why) = proof.wrong {
        return Ok(Outcome::Wrong(why));
    }
    if let Some(key) = key {
        // Between looking it up and now it may have been removed, or revoked.
        let held = xinyu_store::login_key::hold(tx, &key.method, &key.subject).await?;
        if held.is_none_or(|held| held.key_id != key.key_id) {
            return Ok(Outcome::Wrong("key-removed"));
        }
    }
    if !user.off.is_empty() {
        return Ok(Outcome::Refused(switched_off(&user.off)));
    }
    let mut has_second_factor = proof.is_strong;
    if let (Some(sealed), false) = (&user.totp_secret, proof.is_strong) {
        let Some(code) = proof.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(Outcome::Refused(second_factor_needed()));
        };
        if !second_factor::is_good(node, tx, user, sealed, code).await? {
            return Ok(Outcome::Wrong("wrong-code"));
        }
        has_second_factor = true;
    }
    xinyu_store::user::logged_in(tx, &user.name).await?;
    let mut sessions = xinyu_store::session::list(tx, &user.name).await?;
    let most = usize::try_from(node.access.rules.sessions).unwrap_or(usize::MAX);
    while sessions.len() >= most {
        let oldest = sessions.remove(0);
        xinyu_store::session::close_by_id(tx, &user.name, &oldest.session_id).await?;
    }
    if let Some(key) = key {
        xinyu_store::login_key::used(tx, &key.key_id, &key.data).await?;
    }
    let opening = Opening {
        ip: ip.to_owned(),
        second_factor: has_second_factor,
        method: proof.method.as_str().to_owned(),
        login_key: key.map(|key| key.key_id.clone()).unwrap_or_default(),
    };
    let expires_at = node.access.rules.session_ends_at(now);
    Ok(Outcome::Opened(xinyu_store::session::open_as(tx, &user.name, expires_at, &opening).await?))
}

fn locked() -> Rejection {
    Rejection::forbidden(
        "account-locked",
        "连续多次登录失败，账号已临时锁定",
        "too many failed logins, the account is locked for a while",
    )
    .clause("NDI-TR-2025-03 §9.2.1 b")
    .next(Text::new("请稍后再试，或联系安全管理员解锁", "wait, or ask the security administrator to unlock it"))
}

fn switched_off(off: &str) -> Rejection {
    let code = if off == "dormant" { "account-dormant" } else { "account-disabled" };
    Rejection::forbidden(code, "账号已停用或休眠", "the account is disabled or dormant")
        .next(Text::new("请联系系统管理员启用", "ask the system administrator to enable it"))
}

fn second_factor_needed() -> Rejection {
    let mut rejection = Rejection::forbidden("second-factor-needed", "请输入动态口令", "the one-time code is needed")
        .next(Text::new(
            "请在登录时填写验证器显示的 6 位口令或恢复码",
            "give the code of your authenticator, or a recovery code",
        ));
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    rejection
}

/// The code of a wrong name or key.
pub(crate) const WRONG: &str = "wrong-login";

/// A wrong name and a wrong key look the same.
pub(crate) fn wrong() -> Rejection {
    let mut rejection = Rejection::forbidden(
        WRONG,
        "用户名或密码（或签名、动态口令）错误",
        "wrong name or password (or signature, or one-time code)",
    );
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    rejection
}
