//! Login by name and password, NDI-TR-2025-03 §7.1.4.1. An unknown name takes the time of a wrong password.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use xinyu_core::user::method::Method;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::{Login, Session};

use super::{Proof, WRONG, captcha, enter, unknown};
use crate::access::From;
use crate::failure::Failure;
use crate::node::Node;
use crate::second_factor::verify;

/// `POST /api/v1/login`.
///
/// # Errors
/// If name, password or code are wrong, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<Login>,
) -> Result<Json<Session>, Failure> {
    let Login { name, password, code, captcha } = body.value;
    let attempt = captcha::admit(&node, &name, &ip, captcha).await?;
    let entered = check(&node, name, password, code, ip).await;
    match &entered {
        Ok(_) => node.failures.forgive(attempt, true),
        Err(Failure::Rejected(rejection)) if rejection.code == WRONG => {}
        Err(_) => node.failures.forgive(attempt, false),
    }
    entered
}

async fn check(
    node: &Arc<Node>,
    name: String,
    password: String,
    code: Option<String>,
    ip: String,
) -> Result<Json<Session>, Failure> {
    let wanted = name.clone();
    let user = node.store.read("user.find", move |tx| {
        Box::pin(async move { xinyu_store::user::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let user = user.await?;
    let stored = user.as_ref().map_or_else(|| DECOY.to_owned(), |user| user.password_hash.clone());
    let is_right = verify(password, stored).await?;
    let Some(user) = user else {
        return Err(unknown(node, Method::Password, ip).await?.into());
    };
    let wrong = (!is_right).then_some("wrong-password");
    let proof = Proof { method: Method::Password, name: user.name, wrong, is_strong: false, code };
    enter(node, proof, &ip).await
}

/// Hash of a password nobody has, so that an unknown name costs the same time.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1rHkpZpWlZcNqpVq0ipU0t8BqHfPqvhaMQyhEJ7ZbW0";

#[cfg(test)]
mod tests {
    use xinyu_crypto::password;

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
