//! Challenges that are signed by a key of the person's own: what certificates and DIDs have in common. The text stays here and is compared with what was
//! signed; whoever answers gives back its id only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::user::method::Method;
use xinyu_core::user::statement::{Purpose, Statement};
use xinyu_protocol::api::login::Challenge;

use super::challenge;
use crate::failure::Failure;
use crate::node::Node;

#[derive(Serialize, Deserialize)]
struct Asked {
    text: String,
    /// Whose account the key is to be tied to; none at a login.
    account: Option<String>,
}

/// Gives out a challenge.
///
/// # Errors
/// If too many wait for their answer, or the store fails.
pub(super) async fn ask(node: &Node, method: Method, purpose: Purpose) -> Result<Challenge, Failure> {
    let at = node.store.clock().now();
    let word = word(method, &purpose)?;
    let account = match &purpose {
        Purpose::Login => None,
        Purpose::Bind { account } => Some(account.clone()),
    };
    let nonce = hex::encode(node.store.ids().bytes::<32>());
    let text = Statement { node: node.address.clone(), purpose, method, nonce, at }.to_string();
    let challenge_id = challenge::give(node, word, &Asked { text: text.clone(), account }).await?;
    Ok(Challenge { challenge_id, text, expires_at: expires_at(at)? })
}

/// Takes a challenge, once: the text that must have been signed.
///
/// # Errors
/// If there is none for this method and purpose, it was taken or has expired, or it was another person's.
pub(super) async fn take(node: &Node, method: Method, purpose: &Purpose, id: String) -> Result<String, Failure> {
    let asked: Asked = challenge::take(node, word(method, purpose)?, id).await?;
    let is_theirs = match purpose {
        Purpose::Login => asked.account.is_none(),
        Purpose::Bind { account } => asked.account.as_ref() == Some(account),
    };
    if is_theirs { Ok(asked.text) } else { Err(challenge::unknown().into()) }
}

/// When a challenge of now expires.
pub(super) fn expires_at(now: Timestamp) -> Result<Timestamp, Failure> {
    now.checked_add(challenge::PATIENCE).map_err(Failure::broken)
}

fn word(method: Method, purpose: &Purpose) -> Result<&'static str, Failure> {
    Ok(match (method, purpose) {
        (Method::Certificate, Purpose::Login) => "login-certificate",
        (Method::Certificate, Purpose::Bind { .. }) => "bind-certificate",
        (Method::Did, Purpose::Login) => "login-did",
        (Method::Did, Purpose::Bind { .. }) => "bind-did",
        (Method::Password | Method::Passkey | Method::Oidc, _) => {
            return Err(Failure::broken("this method has no statement to sign"));
        }
    })
}
