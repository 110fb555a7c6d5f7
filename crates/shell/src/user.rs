//! Accounts of the people who use a node: made, switched off and on, their passwords; and who calls. NDI-TR-2025-03 §9.2.1; TC609-6-2025-13 §7.2.1 c.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use xinyu_access::{Asker, Role};
use xinyu_core::fault::Rejection;
use xinyu_core::user::grant::{self as roles, Actor};
use xinyu_core::user::method::Method;
use xinyu_core::user::{self as rules, password as secrets};
use xinyu_crypto::password;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{NewPassword, NewUser, PasswordChange, UserCard, UserInfo};
use xinyu_store::Tx;
use xinyu_store::audit::Happened;
use xinyu_store::user::User;

use crate::failure::Failure;
use crate::node::Node;
use crate::second_factor::verify;
use crate::{audit, grant, session};

/// The role of the account that the configuration makes.
pub const FIRST_ROLE: &str = "manager";

/// Somebody who is logged in and was let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Login name.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// The role in effect; empty while there is none.
    pub role: String,
    /// What the policies are told.
    pub asker: Asker,
    /// From which address.
    pub ip: String,
    /// The name of the session.
    pub session_id: String,
    pub(crate) token: String,
}

impl Person {
    /// Whether the session that this person came with still holds: neither ended nor expired nor idle.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_logged_in(&self, node: &Node) -> Result<bool, Failure> {
        let (token, since) = (self.token.clone(), node.access.rules.idle_since(node.store.clock().now()));
        let found = node.store.read("session.find", move |tx| {
            Box::pin(async move { xinyu_store::session::find(tx, &token).await.map_err(Failure::from) })
        });
        Ok(found.await?.is_some_and(|session| session.seen_at > since))
    }

    /// An entry of the audit chain by this person.
    #[must_use]
    pub fn happened(&self, action: &str, object: &str, result: &str) -> Happened {
        Happened {
            actor: self.name.clone(),
            action: action.to_owned(),
            object: object.to_owned(),
            result: result.to_owned(),
            ip: self.ip.clone(),
            detail: String::new(),
        }
    }
}

/// Only behind [`crate::access::guarded`], which puts the person there.
impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let person = parts.extensions.get::<Self>().cloned();
        person.ok_or_else(|| Failure::broken("a route for people lacks access control"))
    }
}

/// `GET /api/v1/users`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>) -> Result<Json<List<UserInfo>>, Failure> {
    let (users, grants, holders) = node
        .store
        .read("user.list", |tx| {
            Box::pin(async move {
                let holders = xinyu_store::login_key::holders(tx, Method::Passkey.as_str()).await?;
                Ok::<_, Failure>((
                    xinyu_store::user::list(tx).await?,
                    xinyu_store::grant::list_open(tx).await?,
                    holders,
                ))
            })
        })
        .await?;
    let now = node.store.clock().now();
    let items = users
        .into_iter()
        .map(|user| {
            let of = grants.iter().filter(|grant| grant.user == user.name);
            let grants = of.map(grant::info).collect();
            let has_passkey = holders.contains(&user.name);
            info(user, grants, has_passkey, now)
        })
        .collect();
    Ok(Json(List { items }))
}

/// `POST /api/v1/users`: an account whose role is proposed and not in effect yet.
///
/// # Errors
/// If the name is taken, or name, role or password will not do.
pub async fn create(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<NewUser>,
) -> Result<Json<UserInfo>, Failure> {
    let NewUser { name, display_name, role, password } = body.value;
    let (role, user) = (roles::role(&role)?, prepared(&name, &display_name, password).await?);
    node.store
        .write("user.create", move |tx| {
            Box::pin(async move {
                insert(tx, &user).await?;
                let grant = grant::add(tx, &user.name, role, &grant::actor(&person)?).await?;
                let mut happened = person.happened("user.create", &user.name, "done");
                happened.detail = format!("{role} {}", grant.grant_id);
                audit::append(tx, happened).await?;
                info_of(tx, &user.name).await
            })
        })
        .await
        .map(Json)
}

/// `POST /api/v1/administrators`: the first administrators, whom nobody could confirm. From the moment that all three are there this is over for good.
///
/// # Errors
/// If there is one of the kind already, the name is taken, or name, role or password will not do.
pub async fn appoint(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<NewUser>,
) -> Result<Json<UserInfo>, Failure> {
    let NewUser { name, display_name, role, password } = body.value;
    let role = roles::role(&role)?;
    if !role.is_administrator() {
        return Err(Rejection::bad(
            "not-an-administrator",
            "此处仅任命系统、安全、审计管理员",
            "only the system, security and audit administrators are appointed here",
        )
        .clause("/role")
        .into());
    }
    let user = prepared(&name, &display_name, password).await?;
    node.store
        .write("user.appoint", move |tx| {
            Box::pin(async move {
                if xinyu_store::user::count_of_role(tx, role.as_str()).await? > 0 {
                    return Err(Rejection::conflict(
                        "administrator-there",
                        format!("已有{}", role.zh()),
                        format!("there is a {} already", role.en()),
                    )
                    .into());
                }
                insert(tx, &user).await?;
                appointed(tx, &user.name, role, &person.name).await?;
                let mut happened = person.happened("user.appoint", &user.name, "done");
                happened.detail = role.as_str().to_owned();
                audit::append(tx, happened).await?;
                info_of(tx, &user.name).await
            })
        })
        .await
        .map(Json)
}

/// A role that nobody has to confirm: of the first account, and of the first administrators.
async fn appointed(tx: &mut Tx, name: &str, role: Role, by: &str) -> Result<(), Failure> {
    let (id, now) = (tx.new_id().to_string(), tx.now());
    let proposer = Actor { name: by.to_owned(), role: Role::Manager };
    let mut grant = roles::propose(id, name, role, &proposer, now)?;
    (grant.confirmed_by, grant.confirmed_at) = (Some(by.to_owned()), Some(now));
    grant::put_in_effect(tx, &grant).await
}

/// `POST /api/v1/users/{name}/disabling`.
///
/// # Errors
/// If there is no such user, it is oneself, or the last administrator of a kind.
pub async fn disable(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
) -> Result<Json<UserInfo>, Failure> {
    must_be_another(&person, &name)?;
    node.store
        .write("user.disable", move |tx| {
            Box::pin(async move {
                let user = held(tx, &name).await?;
                if user.off.is_empty() {
                    grant::must_not_be_last(tx, &user.role).await?;
                }
                xinyu_store::user::switch(tx, &name, "disabled").await?;
                audit::append(tx, person.happened("user.disable", &name, "done")).await?;
                info_of(tx, &name).await
            })
        })
        .await
        .map(Json)
}

/// `POST /api/v1/users/{name}/enabling`.
///
/// # Errors
/// If there is no such user.
pub async fn enable(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
) -> Result<Json<UserInfo>, Failure> {
    node.store
        .write("user.enable", move |tx| {
            Box::pin(async move {
                held(tx, &name).await?;
                xinyu_store::user::switch(tx, &name, "").await?;
                audit::append(tx, person.happened("user.enable", &name, "done")).await?;
                info_of(tx, &name).await
            })
        })
        .await
        .map(Json)
}

/// `POST /api/v1/users/{name}/unlocking`.
///
/// # Errors
/// If there is no such user.
pub async fn unlock(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
) -> Result<Json<UserInfo>, Failure> {
    node.store
        .write("user.unlock", move |tx| {
            Box::pin(async move {
                held(tx, &name).await?;
                xinyu_store::user::unlock(tx, &name).await?;
                audit::append(tx, person.happened("user.unlock", &name, "done")).await?;
                info_of(tx, &name).await
            })
        })
        .await
        .map(Json)
}

/// `POST /api/v1/users/{name}/password`: a first password again, to be changed at the next login. Sessions end; a lock stays, unlocking is the security
/// administrator's.
///
/// # Errors
/// If there is no such user, it is oneself, or the password will not do.
pub async fn reset_password(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
    body: StrictJson<NewPassword>,
) -> Result<Json<UserInfo>, Failure> {
    must_be_another(&person, &name)?;
    secrets::check(&body.value.password, &name)?;
    let hash = hashed(body.value.password).await?;
    node.store
        .write("user.password", move |tx| {
            Box::pin(async move {
                let user = held(tx, &name).await?;
                xinyu_store::user::set_password(tx, &name, &hash).await?;
                let history = secrets::remember(user.password_history, &user.password_hash);
                xinyu_store::user::remember_passwords(tx, &name, &history, true).await?;
                if let Some(until) = user.locked_until {
                    xinyu_store::user::lock(tx, &name, until).await?;
                }
                // Whoever had got hold of the account may have tied keys to it.
                crate::login::key::forget_all(tx, &name).await?;
                audit::append(tx, person.happened("user.password", &name, "done")).await?;
                info_of(tx, &name).await
            })
        })
        .await
        .map(Json)
}

/// `POST /api/v1/me/password`. All sessions end: with a new password people log in anew.
///
/// # Errors
/// If the present password is wrong, or the new one will not do.
pub async fn change_password(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<PasswordChange>,
) -> Result<Json<UserCard>, Failure> {
    let PasswordChange { old, new } = body.value;
    let user = must_be_self(&node, &person, old).await?;
    secrets::check(&new, &person.name)?;
    for former in user.password_history.iter().chain([&user.password_hash]) {
        if verify(new.clone(), former.clone()).await? {
            return Err(secrets::used_before().into());
        }
    }
    let hash = hashed(new).await?;
    let card = UserCard {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        role: user.role.clone(),
        second_factor: user.totp_secret.is_some(),
        password_expires_at: Some(node.access.rules.password_expires_at(node.store.clock().now())),
        ..UserCard::default()
    };
    node.store
        .write("user.password", move |tx| {
            Box::pin(async move {
                xinyu_store::user::set_password(tx, &user.name, &hash).await?;
                let history = secrets::remember(user.password_history, &user.password_hash);
                xinyu_store::user::remember_passwords(tx, &user.name, &history, false).await?;
                audit::append(tx, person.happened("me.password", &user.name, "done")).await
            })
        })
        .await?;
    Ok(Json(card))
}

/// That the password is the person's. Failures count like those of a login.
///
/// # Errors
/// If it is another.
pub async fn must_be_self(node: &Node, person: &Person, secret: String) -> Result<User, Failure> {
    let name = person.name.clone();
    let found = node.store.read("user.find", move |tx| {
        Box::pin(async move { xinyu_store::user::find(tx, &name).await.map_err(Failure::from) })
    });
    let user = found.await?.ok_or_else(|| Failure::broken("a person without an account"))?;
    if verify(secret, user.password_hash.clone()).await? {
        return Ok(user);
    }
    let (happened, rules) = (person.happened("me.password", &person.name, "wrong-password"), node.access.rules.clone());
    let name = person.name.clone();
    node.store
        .write("user.count_failure", move |tx| {
            Box::pin(async move {
                let failures = xinyu_store::user::count_failure(tx, &name).await?.unwrap_or_default();
                if let Some(until) = rules.lock_until(failures, tx.now()) {
                    xinyu_store::user::lock(tx, &name, until).await?;
                }
                audit::append(tx, happened).await
            })
        })
        .await?;
    Err(Rejection::bad("wrong-password", "当前密码不正确", "the present password is wrong").clause("/old").into())
}

/// That it is not one's own account.
///
/// # Errors
/// If it is.
pub(crate) fn must_be_another(person: &Person, name: &str) -> Result<(), Rejection> {
    if person.name != name {
        return Ok(());
    }
    Err(Rejection::forbidden("own-account", "不能对本人账号执行此操作", "this is not done to one's own account")
        .clause("TC609-6-2025-13 §7.6.2 a"))
}

/// Makes the account of the configuration, if there is none of that name.
///
/// # Errors
/// If the password is too weak, or the store fails.
pub async fn ensure(node: &Node, name: &str, display_name: &str, role: &str, secret: &str) -> Result<bool, Failure> {
    let wanted = name.to_owned();
    let there = node.store.read("user.find", move |tx| {
        Box::pin(async move { xinyu_store::user::find(tx, &wanted).await.map_err(Failure::from) })
    });
    if there.await?.is_some() {
        return Ok(false);
    }
    let role = roles::role(role)?;
    let mut user = prepared(name, display_name, secret.to_owned()).await?;
    user.must_change = node.access.rules.change_first_password;
    node.store
        .write("user.insert", move |tx| {
            Box::pin(async move {
                if !xinyu_store::user::insert(tx, &user).await? {
                    return Ok(false);
                }
                appointed(tx, &user.name, role, "-").await?;
                let happened = Happened {
                    actor: "-".to_owned(),
                    action: "user.create".to_owned(),
                    object: user.name.clone(),
                    result: "done".to_owned(),
                    ip: "-".to_owned(),
                    detail: role.as_str().to_owned(),
                };
                audit::append(tx, happened).await?;
                Ok(true)
            })
        })
        .await
}

/// An account as it is going to be: it has no role, and its password has to be changed.
async fn prepared(name: &str, display_name: &str, secret: String) -> Result<User, Failure> {
    rules::check_name(name)?;
    if display_name.trim().is_empty() || display_name.chars().count() > 64 {
        return Err(Rejection::bad(
            "bad-display-name",
            "姓名为 1 至 64 字",
            "a name for people has 1 to 64 characters",
        )
        .clause("/displayName")
        .into());
    }
    secrets::check(&secret, name)?;
    let mut user = User::new(name, display_name.trim(), "", &hashed(secret).await?);
    user.must_change = true;
    Ok(user)
}

async fn insert(tx: &mut Tx, user: &User) -> Result<(), Failure> {
    if xinyu_store::user::insert(tx, user).await? {
        return Ok(());
    }
    Err(Rejection::conflict(
        "user-taken",
        format!("用户名 {} 已存在", user.name),
        format!("user {} is there already", user.name),
    )
    .clause("/name")
    .into())
}

pub(crate) async fn hashed(secret: String) -> Result<String, Failure> {
    let made = tokio::task::spawn_blocking(move || {
        let mut rng = crate::keys::entropy()?;
        Ok::<_, crate::keys::KeysError>(password::hash(&secret, &mut rng))
    });
    made.await.map_err(Failure::broken)?.map_err(Failure::broken)
}

/// The account of a name, held until the transaction ends.
///
/// # Errors
/// If there is none.
pub(crate) async fn held(tx: &mut Tx, name: &str) -> Result<User, Failure> {
    let found = xinyu_store::user::hold(tx, name).await?;
    found.ok_or_else(|| Rejection::unknown("unknown-user", "没有该账号", "there is no such account").into())
}

pub(crate) async fn info_of(tx: &mut Tx, name: &str) -> Result<UserInfo, Failure> {
    let user = held(tx, name).await?;
    let grants = xinyu_store::grant::list_of(tx, name).await?;
    let keys = xinyu_store::login_key::list(tx, name).await?;
    let has_passkey = keys.iter().any(|key| key.method == Method::Passkey.as_str());
    Ok(info(user, grants.iter().map(grant::info).collect(), has_passkey, tx.now()))
}

fn info(
    user: User,
    grants: Vec<xinyu_protocol::api::user::GrantInfo>,
    has_passkey: bool,
    now: jiff::Timestamp,
) -> UserInfo {
    UserInfo {
        state: session::state(&user, now).as_str().to_owned(),
        second_factor: user.totp_secret.is_some() || has_passkey,
        locked_until: user.locked_until.filter(|until| *until > now),
        name: user.name,
        display_name: user.display_name,
        role: user.role,
        created_at: user.created_at,
        last_login_at: user.last_login_at,
        grants,
    }
}
