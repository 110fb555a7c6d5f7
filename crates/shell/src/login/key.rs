//! The keys that open one's account besides its password: to look at, and to forget.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::LoginKeyInfo;
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
                crate::audit::append(tx, person.happened("login-key.remove", &id, "done")).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
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
