//! Sessions: an opaque token in the `authorization` header. NDI-TR-2025-03 §9.2.1. They begin in [`crate::login`].

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use xinyu_access::{Asker, Role};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_core::user::{self as rules, Facts};
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{SessionInfo, UserCard};
use xinyu_store::user::User;

use crate::access;
use crate::failure::Failure;
use crate::node::Node;
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

pub(crate) fn must_change(node: &Node, user: &User, now: Timestamp) -> bool {
    user.must_change || node.access.rules.password_expires_at(user.password_changed_at) <= now
}

fn not_logged_in() -> Rejection {
    let mut rejection = Rejection::forbidden("not-logged-in", "请先登录", "log in first");
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

pub(crate) async fn card(node: &Node, person: &Person, user: &User) -> Result<UserCard, Failure> {
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
    let name = user.name.clone();
    let keys = node.store.read("login_key.list", move |tx| {
        Box::pin(async move { xinyu_store::login_key::list(tx, &name).await.map_err(Failure::from) })
    });
    let has_passkey = keys.await?.iter().any(|key| key.method == Method::Passkey.as_str());
    // Who has a passkey and no codes logs in by it, and need not set up anything.
    let is_by_passkey = has_passkey && user.totp_secret.is_none();
    let to_do = [
        ("password", person.asker.must_change_password),
        ("password_soon", rules.is_reminded(user.password_changed_at, now)),
        ("passkey", needs_factor && is_by_passkey),
        ("second_factor", needs_factor && !is_by_passkey),
        ("unconfirmed", user.role.is_empty()),
        ("administrators", !is_complete && person.asker.role == Some(Role::Manager)),
    ];
    Ok(UserCard {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        role: user.role.clone(),
        may: access::permitted(node, person, is_complete),
        second_factor: user.totp_secret.is_some(),
        passkey: has_passkey,
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
        method: session.method,
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
