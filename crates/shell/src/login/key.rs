//! The keys that open one's account besides its password: to look at, and to forget.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::LoginKeyInfo;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::login_key::LoginKey;

use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;

/// `GET /api/v1/me/login-keys`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>, person: Person) -> Result<Json<List<LoginKeyInfo>>, Failure> {
    let keys = node.store.read("login_key.list", move |tx| {
        Box::pin(async move { xinyu_store::login_key::list(tx, &person.name).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: keys.await?.into_iter().map(info).collect() }))
}

/// `POST /api/v1/me/login-keys/{id}/removal`.
///
/// # Errors
/// If the person has no such key.
pub async fn remove(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<StatusCode, Failure> {
    node.store
        .write("login_key.remove", move |tx| {
            Box::pin(async move {
                if !xinyu_store::login_key::remove(tx, &person.name, &id).await? {
                    return Err(
                        Rejection::unknown("unknown-login-key", "没有该登录方式", "there is no such key").into()
                    );
                }
                xinyu_store::session::close_by_key(tx, &id).await?;
                crate::audit::append(tx, person.happened("login-key.remove", &id, "done")).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// So many keys of all methods are more than anybody has.
const MOST: usize = 20;

/// A key that was proven to be a person's.
pub(crate) struct NewKey {
    /// Of which method.
    pub(crate) method: Method,
    /// What the method knows it by.
    pub(crate) subject: String,
    /// What the person calls it; the subject, if that is nothing.
    pub(crate) label: String,
    /// What the method checks against.
    pub(crate) data: Vec<u8>,
}

/// Ties it to the account.
///
/// # Errors
/// If it is tied to an account already, or there are too many.
pub(crate) async fn add(tx: &mut Tx, person: &Person, new: NewKey) -> Result<LoginKeyInfo, Failure> {
    let NewKey { method, subject, label, data } = new;
    let kept = xinyu_store::login_key::list(tx, &person.name).await?;
    if kept.len() >= MOST {
        return Err(Rejection::conflict(
            "too-many-login-keys",
            format!("每个账号至多 {MOST} 种登录方式"),
            format!("an account has at most {MOST} keys"),
        )
        .next(Text::new("请先移除不再使用的登录方式", "remove those that are no longer used"))
        .into());
    }
    let label: String = if label.trim().is_empty() { &subject } else { label.trim() }.chars().take(64).collect();
    let added = xinyu_store::login_key::insert(tx, &person.name, method.as_str(), &subject, &label, &data).await?;
    let Some(id) = added else {
        return Err(Rejection::conflict(
            "login-key-taken",
            "该证书、DID 或外部账号已绑定到某个账号",
            "this certificate, DID or outside account is tied to an account already",
        )
        .next(Text::new("请先在原账号中移除", "remove it from that account first"))
        .into());
    };
    let mut happened = person.happened("login-key.add", &id, "done");
    happened.detail = method.as_str().to_owned();
    crate::audit::append(tx, happened).await?;
    let kept = xinyu_store::login_key::list(tx, &person.name).await?;
    let added = kept.into_iter().find(|key| key.key_id == id);
    added.map(info).ok_or_else(|| Failure::broken("a key that was just added is not there"))
}

/// Forgets all keys of an account, of every method.
///
/// # Errors
/// If the store fails.
pub(crate) async fn forget_all(tx: &mut Tx, name: &str) -> Result<(), Failure> {
    for method in Method::ALL {
        xinyu_store::login_key::remove_all(tx, name, method.as_str()).await?;
    }
    Ok(())
}

/// The key of a method that has a subject.
///
/// # Errors
/// If the store fails.
pub(crate) async fn find(node: &Node, method: Method, subject: &str) -> Result<Option<LoginKey>, Failure> {
    let subject = subject.to_owned();
    let found = node.store.read("login_key.find", move |tx| {
        Box::pin(
            async move { xinyu_store::login_key::find(tx, method.as_str(), &subject).await.map_err(Failure::from) },
        )
    });
    found.await
}

/// For people.
pub(crate) fn info(key: LoginKey) -> LoginKeyInfo {
    LoginKeyInfo {
        key_id: key.key_id,
        method: key.method,
        subject: key.subject,
        label: key.label,
        added_at: key.added_at,
        used_at: key.used_at,
    }
}
