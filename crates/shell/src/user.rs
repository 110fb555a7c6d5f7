//! People who log in: an opaque token in the `authorization` header, argon2id passwords, lockout. NDI-TR-2025-03 §9.1.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use jiff::SignedDuration;
use xinyu_core::fault::Rejection;
use xinyu_crypto::password;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::{Login, Session, UserCard};
use xinyu_store::user::User;

use crate::failure::Failure;
use crate::node::Node;

/// Does everything.
pub const ADMIN: &str = "admin";
/// Looks at everything, does nothing.
pub const AUDITOR: &str = "auditor";

const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(8);
const LOCK_AFTER: u32 = 5;
const LOCK_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Login name.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// `admin` or `auditor`.
    pub role: String,
    token: String,
}

impl Person {
    /// That this person may change things.
    ///
    /// # Errors
    /// If it may only look.
    pub fn must_act(&self) -> Result<(), Rejection> {
        if self.role == ADMIN {
            return Ok(());
        }
        Err(Rejection::forbidden(
            "read-only-role",
            format!("{} 的角色只能查看，不能执行此操作", self.display_name),
            format!("{} may look but not do this", self.display_name),
        ))
    }
}

impl Person {
    /// Whether the session that this person came with still holds: neither ended nor expired.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_logged_in(&self, node: &Node) -> Result<bool, Failure> {
        let token = self.token.clone();
        let found = node.store.read("session.find", move |tx| {
            Box::pin(async move { xinyu_store::session::find(tx, &token).await.map_err(Failure::from) })
        });
        Ok(found.await?.is_some())
    }
}

impl<S> FromRequestParts<S> for Person
where
    S: Send + Sync,
    Arc<Node>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let node = Arc::<Node>::from_ref(state);
        let header = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(not_logged_in)?.to_owned();
        let found = token.clone();
        let user = node
            .store
            .read("session.find", move |tx| {
                Box::pin(async move {
                    let Some(session) = xinyu_store::session::find(tx, &found).await? else {
                        return Ok(None);
                    };
                    xinyu_store::user::find(tx, &session.user_name).await.map_err(Failure::from)
                })
            })
            .await?
            .ok_or_else(not_logged_in)?;
        Ok(Self { name: user.name, display_name: user.display_name, role: user.role, token })
    }
}

fn not_logged_in() -> Rejection {
    let mut rejection = Rejection::forbidden("not-logged-in", "请先登录", "log in first");
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    rejection
}

/// `POST /api/v1/login`. A wrong name and a wrong password look the same and take the same time.
///
/// # Errors
/// If they are wrong, or the account is locked.
pub async fn login(State(node): State<Arc<Node>>, body: StrictJson<Login>) -> Result<Json<Session>, Failure> {
    let Login { name, password } = body.value;
    let wanted = name.clone();
    let user = node
        .store
        .read("user.find", move |tx| {
            Box::pin(async move { xinyu_store::user::find(tx, &wanted).await.map_err(Failure::from) })
        })
        .await?;
    let now = node.store.clock().now();
    if user.as_ref().and_then(|user| user.locked_until).is_some_and(|until| until > now) {
        return Err(Rejection::forbidden(
            "account-locked",
            "连续多次密码错误，账号已临时锁定，请稍后再试",
            "too many wrong passwords, the account is locked for a while",
        )
        .into());
    }
    let stored = user.as_ref().map_or_else(|| DECOY.to_owned(), |user| user.password_hash.clone());
    let checked =
        tokio::task::spawn_blocking(move || password::verify(&password, &stored)).await.map_err(Failure::broken)?;
    let Some(user) = user.filter(|_| checked.is_ok()) else {
        return Err(wrong(&node, name).await?);
    };
    let expires_at = now.checked_add(SESSION_LIFE).map_err(Failure::broken)?;
    let owner = user.name.clone();
    let token = node
        .store
        .write("session.open", move |tx| {
            Box::pin(async move {
                xinyu_store::user::unlock(tx, &owner).await?;
                xinyu_store::session::open(tx, &owner, expires_at).await.map_err(Failure::from)
            })
        })
        .await?;
    Ok(Json(Session {
        token,
        user: UserCard { name: user.name, display_name: user.display_name, role: user.role },
        expires_at,
    }))
}

async fn wrong(node: &Node, name: String) -> Result<Failure, Failure> {
    let now = node.store.clock().now();
    let until = now.checked_add(LOCK_FOR).map_err(Failure::broken)?;
    node.store
        .write("user.count_failure", move |tx| {
            Box::pin(async move {
                let failures = xinyu_store::user::count_failure(tx, &name).await?;
                if failures.is_some_and(|failures| failures >= LOCK_AFTER) {
                    xinyu_store::user::lock(tx, &name, until).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    let mut rejection = Rejection::forbidden("wrong-login", "用户名或密码错误", "wrong name or password");
    rejection.status = StatusCode::UNAUTHORIZED.as_u16();
    Ok(rejection.into())
}

/// `POST /api/v1/logout`.
///
/// # Errors
/// If the store fails.
pub async fn logout(State(node): State<Arc<Node>>, person: Person) -> Result<StatusCode, Failure> {
    node.store
        .write("session.close", move |tx| {
            Box::pin(async move { xinyu_store::session::close(tx, &person.token).await.map_err(Failure::from) })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/me`.
pub async fn me(person: Person) -> Json<UserCard> {
    Json(UserCard { name: person.name, display_name: person.display_name, role: person.role })
}

/// Makes a user, if there is none of that name.
///
/// # Errors
/// If the password is too weak, or the store fails.
pub async fn ensure(node: &Node, name: &str, display_name: &str, role: &str, secret: &str) -> Result<bool, Failure> {
    check_password(secret)?;
    let wanted = name.to_owned();
    let there = node
        .store
        .read("user.find", move |tx| {
            Box::pin(async move { xinyu_store::user::find(tx, &wanted).await.map_err(Failure::from) })
        })
        .await?;
    if there.is_some() {
        return Ok(false);
    }
    let secret = secret.to_owned();
    let hash = tokio::task::spawn_blocking(move || {
        let mut rng = crate::keys::entropy()?;
        Ok::<_, crate::keys::KeysError>(password::hash(&secret, &mut rng))
    })
    .await
    .map_err(Failure::broken)?
    .map_err(Failure::broken)?;
    let user = User {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        role: role.to_owned(),
        password_hash: hash,
        failed_count: 0,
        locked_until: None,
        created_at: node.store.clock().now(),
    };
    node.store
        .write("user.insert", move |tx| {
            Box::pin(async move { xinyu_store::user::insert(tx, &user).await.map_err(Failure::from) })
        })
        .await
}

/// At least 8 characters with letters, digits and signs. NDI-TR-2025-03 §9.1.
fn check_password(secret: &str) -> Result<(), Rejection> {
    let has = |test: fn(char) -> bool| secret.chars().any(test);
    if secret.chars().count() >= 8
        && has(char::is_alphabetic)
        && has(|c| c.is_ascii_digit())
        && has(|c| !c.is_alphanumeric())
    {
        return Ok(());
    }
    Err(Rejection::bad(
        "weak-password",
        "密码至少 8 位，且包含字母、数字和符号",
        "a password has at least 8 characters with letters, digits and signs",
    )
    .clause("NDI-TR-2025-03 §9.1"))
}

/// Hash of a password nobody has, so that an unknown name costs the same time.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1rHkpZpWlZcNqpVq0ipU0t8BqHfPqvhaMQyhEJ7ZbW0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_03_9_1_passwords_are_long_and_mixed() {
        for (secret, expect) in [
            ("Xinyu-2026", true),
            ("short1!", false),
            ("lettersonly", false),
            ("12345678!", false),
            ("信域信域信域2026!", true),
        ] {
            assert_eq!(check_password(secret).is_ok(), expect, "{secret}");
        }
    }
}
