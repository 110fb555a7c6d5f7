//! Login and sessions: an opaque token in the `authorization` header. NDI-TR-2025-03 §7.1.4.1, §9.2.1. A wrong name and a wrong password look the same and
//! take the same time; failures count, and lock; a code of the second factor counts once.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use xinyu_access::{Asker, Role};
use xinyu_core::fault::Rejection;
use xinyu_core::user::{self as rules, Facts};
use xinyu_crypto::password;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::user::{SessionInfo, UserCard};
use xinyu_protocol::api::{List, Login, Session};
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::audit::Happened;
use xinyu_store::session::Opening;
use xinyu_store::user::User;

use crate::access::{self, From};
use crate::failure::Failure;
use crate::node::Node;
use crate::second_factor;
use crate::user::Person;

/// A use of a session is noted once a minute: not every request writes.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);

/// Who sent a request, by its session.
///
/// # Errors
/// If nobody is logged in with it, or no longer.
pub(crate) async fn authenticate(node: &Node, headers: &HeaderMap, ip: &str) -> Result<Person, Failure> {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(not_logged_in)?.to_owned();
    let (found, since) = (token.clone(), node.access.rules.idle_since(node.store.clock().now()));
    let both = node.store.read("session.find", move |tx| {
        Box::pin(async move {
            let session = xinyu_store::session::find(tx, &found).await?.filter(|session| session.seen_at > since);
            let Some(session) = session else {
                return Ok(None);
            };
            let user = xinyu_store::user::find(tx, &session.user_name).await?;
            Ok::<_, Failure>(user.map(|user| (session, user)))
        })
    });
    let (session, user) = both.await?.ok_or_else(not_logged_in)?;
    let now = node.store.clock().now();
    if session.seen_at.checked_add(TOUCH).is_ok_and(|due| due <= now) {
        let used = token.clone();
        node.store
            .write("session.touch", move |tx| {
                Box::pin(async move { xinyu_store::session::touch(tx, &used).await.map_err(Failure::from) })
            })
            .await?;
    }
    let asker = Asker {
        name: user.name.clone(),
        role: Role::from_word(&user.role),
        state: state(&user, now),
        second_factor: session.second_factor,
        must_change_password: must_change(node, &user, now),
    };
    Ok(Person {
        name: user.name,
        display_name: user.display_name,
        role: user.role,
        asker,
        ip: ip.to_owned(),
        session_id: session.session_id,
        token,
    })
}

/// The state of an account.
pub(crate) fn state(user: &User, now: Timestamp) -> xinyu_access::AccountState {
    rules::state(Facts { role: &user.role, off: &user.off, locked_until: user.locked_until }, now)
}

fn must_change(node: &Node, user: &User, now: Timestamp) -> bool {
    user.must_change || node.access.rules.password_expires_at(user.password_changed_at) <= now
}

fn not_logged_in() -> Rejection {
    let mut rejection = Rejection::forbidden("not-logged-in", "请先登录", "log in first");
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    rejection
}

/// How a login ended, apart from failures of ours.
enum Outcome {
    Opened(String),
    Refused(Rejection),
    /// Counts as a failure.
    Wrong(&'static str),
}

/// `POST /api/v1/login`.
///
/// # Errors
/// If name, password or code are wrong, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<Login>,
) -> Result<Json<Session>, Failure> {
    let Login { name, password, code } = body.value;
    let wanted = name.clone();
    let user = node
        .store
        .read("user.find", move |tx| {
            Box::pin(async move { xinyu_store::user::find(tx, &wanted).await.map_err(Failure::from) })
        })
        .await?;
    let stored = user.as_ref().map_or_else(|| DECOY.to_owned(), |user| user.password_hash.clone());
    let checked =
        tokio::task::spawn_blocking(move || password::verify(&password, &stored)).await.map_err(Failure::broken)?;
    let Some(user) = user else {
        // The name may be a password that somebody typed in the wrong field: it is not kept.
        let happened = Happened {
            actor: "-".to_owned(),
            action: "login".to_owned(),
            object: "-".to_owned(),
            result: "wrong-login".to_owned(),
            ip,
            detail: String::new(),
        };
        node.store.write("login.unknown", move |tx| Box::pin(crate::audit::append(tx, happened))).await?;
        return Err(wrong().into());
    };
    let (outcome, user) = enter(&node, user.name, checked.is_ok(), code, &ip).await?;
    match outcome {
        Outcome::Opened(token) => {
            tracing::info!(user = user.name, "user {} logged in", user.name);
            let asker = Asker {
                name: user.name.clone(),
                role: Role::from_word(&user.role),
                state: state(&user, node.store.clock().now()),
                second_factor: user.totp_secret.is_some(),
                must_change_password: must_change(&node, &user, node.store.clock().now()),
            };
            let expires_at = node.access.rules.session_ends_at(node.store.clock().now());
            let person = Person {
                name: user.name.clone(),
                display_name: user.display_name.clone(),
                role: user.role.clone(),
                asker,
                ip,
                session_id: String::new(),
                token: token.clone(),
            };
            Ok(Json(Session { token, user: card(&node, &person, &user).await?, expires_at }))
        }
        Outcome::Refused(rejection) => Err(rejection.into()),
        Outcome::Wrong(_) => Err(wrong().into()),
    }
}

/// One transaction decides: however many try at once, each sees what those before it did.
async fn enter(
    node: &Arc<Node>,
    name: String,
    is_right: bool,
    code: Option<String>,
    ip: &str,
) -> Result<(Outcome, User), Failure> {
    let (node, ip) = (Arc::clone(node), ip.to_owned());
    let store = node.store.clone();
    store
        .write("login", move |tx| {
            Box::pin(async move {
                let user = xinyu_store::user::hold(tx, &name).await?.ok_or_else(wrong)?;
                let outcome = decide(&node, tx, &user, is_right, code.as_deref(), &ip).await?;
                let (action, result) = match &outcome {
                    Outcome::Opened(_) => ("login", "done"),
                    Outcome::Refused(rejection) => ("login", rejection.code),
                    Outcome::Wrong(why) => ("login", *why),
                };
                let happened = |action: &str, result: &str| Happened {
                    actor: user.name.clone(),
                    action: action.to_owned(),
                    object: user.name.clone(),
                    result: result.to_owned(),
                    ip: ip.clone(),
                    detail: String::new(),
                };
                xinyu_store::audit::append(tx, &happened(action, result)).await?;
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
    is_right: bool,
    code: Option<&str>,
    ip: &str,
) -> Result<Outcome, Failure> {
    let now = tx.now();
    if user.locked_until.is_some_and(|until| until > now) {
        return Ok(Outcome::Refused(
            Rejection::forbidden(
                "account-locked",
                "连续多次登录失败，账号已临时锁定",
                "too many failed logins, the account is locked for a while",
            )
            .clause("NDI-TR-2025-03 §9.2.1 b")
            .next(Text::new(
                "请稍后再试，或联系安全管理员解锁",
                "wait, or ask the security administrator to unlock it",
            )),
        ));
    }
    if !is_right {
        return Ok(Outcome::Wrong("wrong-password"));
    }
    if !user.off.is_empty() {
        let code = if user.off == "dormant" { "account-dormant" } else { "account-disabled" };
        return Ok(Outcome::Refused(
            Rejection::forbidden(code, "账号已停用或休眠", "the account is disabled or dormant")
                .next(Text::new("请联系系统管理员启用", "ask the system administrator to enable it")),
        ));
    }
    if let Some(sealed) = &user.totp_secret {
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            let mut rejection =
                Rejection::forbidden("second-factor-needed", "请输入动态口令", "the one-time code is needed").next(
                    Text::new(
                        "请在登录时填写验证器显示的 6 位口令或恢复码",
                        "give the code of your authenticator, or a recovery code",
                    ),
                );
            rejection.status = StatusCode::UNAUTHORIZED.as_u16();
            return Ok(Outcome::Refused(rejection));
        };
        if !second_factor::is_good(node, tx, user, sealed, code).await? {
            return Ok(Outcome::Wrong("wrong-code"));
        }
    }
    xinyu_store::user::logged_in(tx, &user.name).await?;
    let mut sessions = xinyu_store::session::list(tx, &user.name).await?;
    let most = usize::try_from(node.access.rules.sessions).unwrap_or(usize::MAX);
    while sessions.len() >= most {
        let oldest = sessions.remove(0);
        xinyu_store::session::close_by_id(tx, &user.name, &oldest.session_id).await?;
    }
    let opening = Opening { ip: ip.to_owned(), second_factor: user.totp_secret.is_some() };
    let expires_at = node.access.rules.session_ends_at(now);
    Ok(Outcome::Opened(xinyu_store::session::open_as(tx, &user.name, expires_at, &opening).await?))
}

pub(crate) fn wrong() -> Rejection {
    let mut rejection = Rejection::forbidden(
        "wrong-login",
        "用户名或密码（或动态口令）错误",
        "wrong name or password (or one-time code)",
    );
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    rejection
}

/// `POST /api/v1/logout`.
///
/// # Errors
/// If the store fails.
pub async fn logout(State(node): State<Arc<Node>>, person: Person) -> Result<StatusCode, Failure> {
    node.store
        .write("session.close", move |tx| {
            Box::pin(async move {
                xinyu_store::session::close(tx, &person.token).await?;
                crate::audit::append(tx, person.happened("logout", &person.name, "done")).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/me`.
///
/// # Errors
/// If the store fails.
pub async fn me(State(node): State<Arc<Node>>, person: Person) -> Result<Json<UserCard>, Failure> {
    let name = person.name.clone();
    let found = node.store.read("user.find", move |tx| {
        Box::pin(async move { xinyu_store::user::find(tx, &name).await.map_err(Failure::from) })
    });
    let user = found.await?.ok_or_else(not_logged_in)?;
    Ok(Json(card(&node, &person, &user).await?))
}

async fn card(node: &Node, person: &Person, user: &User) -> Result<UserCard, Failure> {
    let now = node.store.clock().now();
    let rules = &node.access.rules;
    let is_complete = access::has_administrators(node).await?;
    let needs_factor = {
        let about = node.access.about(is_complete);
        let role = person.asker.role;
        let is_asked = match about.second_factor {
            xinyu_access::SecondFactor::Off => false,
            xinyu_access::SecondFactor::Administrators => role.is_some_and(Role::is_administrator),
            xinyu_access::SecondFactor::Deciding => {
                role.is_some_and(|role| role.is_administrator() || role == Role::Manager)
            }
        };
        is_asked && !person.asker.second_factor
    };
    let to_do = [
        ("password", person.asker.must_change_password),
        ("password_soon", rules.is_reminded(user.password_changed_at, now)),
        ("second_factor", needs_factor),
        ("unconfirmed", user.role.is_empty()),
        ("administrators", !is_complete && person.asker.role == Some(Role::Manager)),
    ];
    Ok(UserCard {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        role: user.role.clone(),
        may: access::permitted(node, person, is_complete),
        second_factor: user.totp_secret.is_some(),
        to_do: to_do.into_iter().filter(|(_, is_so)| *is_so).map(|(word, _)| word.to_owned()).collect(),
        password_expires_at: Some(rules.password_expires_at(user.password_changed_at)),
    })
}

/// `GET /api/v1/me/sessions`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>, person: Person) -> Result<Json<List<SessionInfo>>, Failure> {
    let (name, current) = (person.name, person.session_id);
    let since = node.access.rules.idle_since(node.store.clock().now());
    let sessions = node.store.read("session.list", move |tx| {
        Box::pin(async move { xinyu_store::session::list(tx, &name).await.map_err(Failure::from) })
    });
    let alive = sessions.await?.into_iter().filter(|session| session.seen_at > since);
    let info = |session: xinyu_store::session::Session| SessionInfo {
        current: session.session_id == current,
        session_id: session.session_id,
        second_factor: session.second_factor,
        ip: session.ip,
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
    };
    Ok(Json(List { items: alive.map(info).collect() }))
}

/// `POST /api/v1/me/sessions/{id}/end`.
///
/// # Errors
/// If the person has no such session.
pub async fn end(State(node): State<Arc<Node>>, Path(id): Path<String>, person: Person) -> Result<StatusCode, Failure> {
    node.store
        .write("session.close", move |tx| {
            Box::pin(async move {
                if !xinyu_store::session::close_by_id(tx, &person.name, &id).await? {
                    return Err(Rejection::unknown("unknown-session", "没有该会话", "there is no such session").into());
                }
                crate::audit::append(tx, person.happened("session.end", &id, "done")).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hash of a password nobody has, so that an unknown name costs the same time.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1rHkpZpWlZcNqpVq0ipU0t8BqHfPqvhaMQyhEJ7ZbW0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoy_costs_what_a_password_costs() {
        // Were it malformed, it would be refused at once, and the time would tell which names there are.
        assert_eq!(password::verify("anything", DECOY), Err(password::PasswordError::Wrong));
        let real = password::hash("Xinyu-2026", &mut crate::keys::entropy().unwrap());
        let parameters = |hash: &str| hash.split('$').take(4).map(ToOwned::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(DECOY), parameters(&real));
    }
}
