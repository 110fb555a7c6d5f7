//! Login by DID, NDI-TR-2025-03 §7.1.4.3: the person signs a challenge with a key of their DID. A did:web is resolved every time, through the egress guard,
//! so that a key which its holder removed opens nothing any more; a DID that is tied to no account is never resolved for a stranger.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_core::user::statement::Purpose;
use xinyu_http::json::StrictJson;
use xinyu_identity::holder::{HolderDid, verify_by};
use xinyu_protocol::api::Session;
use xinyu_protocol::api::login::{Challenge, DidLogin, NewDidKey};
use xinyu_protocol::api::user::LoginKeyInfo;
use xinyu_protocol::text::Text;

use super::key::{self, NewKey};
use super::{Proof, enter_with, not_let_in, signed, unknown, wrong};
use crate::access::From;
use crate::dcp::document::DocumentError;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::{self, Person};

const METHOD: Method = Method::Did;

/// `POST /api/v1/login/did/challenge`.
///
/// # Errors
/// If too many logins are under way.
pub async fn challenge(State(node): State<Arc<Node>>) -> Result<Json<Challenge>, Failure> {
    signed::ask(&node, METHOD, Purpose::Login).await.map(Json)
}

/// `POST /api/v1/login/did`.
///
/// # Errors
/// If DID, signature or code are wrong, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<DidLogin>,
) -> Result<Json<Session>, Failure> {
    let DidLogin { challenge_id, did, jws, code } = body.value;
    let text = signed::take(&node, METHOD, &Purpose::Login, challenge_id).await?;
    let did = parse(&did)?;
    let Some(key) = key::find(&node, METHOD, did.as_str()).await? else {
        return Err(unknown(&node, METHOD, ip).await?.into());
    };
    let wrong = match judge(&node, &did, jws.trim(), &text).await {
        Ok(()) => None,
        Err(DocumentError::Identity(error)) => Some(error.code()),
        Err(DocumentError::Fetch(error)) => {
            // Nobody guessed: it counts as no failure. What the outside sees is the same.
            tracing::warn!(user = key.user_name, %error, "the DID document of user {} cannot be had", key.user_name);
            not_let_in(&node, METHOD, (&key.user_name, "did-unresolved"), &ip).await?;
            return Err(wrong().into());
        }
    };
    let proof = Proof { method: METHOD, name: key.user_name.clone(), wrong, is_strong: false, code };
    enter_with(&node, proof, Some(key), &ip).await
}

/// `POST /api/v1/me/login-keys/did/challenge`.
///
/// # Errors
/// If too many logins are under way.
pub async fn bind_challenge(State(node): State<Arc<Node>>, person: Person) -> Result<Json<Challenge>, Failure> {
    signed::ask(&node, METHOD, Purpose::Bind { account: person.name }).await.map(Json)
}

/// `POST /api/v1/me/login-keys/did`.
///
/// # Errors
/// If the password or the signature is wrong, the DID cannot be resolved, or is tied to an account already.
pub async fn bind(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<NewDidKey>,
) -> Result<Json<LoginKeyInfo>, Failure> {
    let NewDidKey { challenge_id, did, jws, label, password } = body.value;
    user::must_be_self(&node, &person, password).await?;
    let did = parse(&did)?;
    let purpose = Purpose::Bind { account: person.name.clone() };
    let text = signed::take(&node, METHOD, &purpose, challenge_id).await?;
    judge(&node, &did, jws.trim(), &text).await.map_err(|error| not_theirs(&error))?;
    let new = NewKey { method: METHOD, subject: did.as_str().to_owned(), label, data: Vec::new() };
    let bound = node.store.write("login_key.add", move |tx| Box::pin(async move { key::add(tx, &person, new).await }));
    bound.await.map(Json)
}

/// That `jws` is over `text`, by a key that authenticates the DID now.
async fn judge(node: &Node, did: &HolderDid, jws: &str, text: &str) -> Result<(), DocumentError> {
    match did {
        HolderDid::Web(did) => Ok(verify_by(&node.dcp.document_of(did).await?, jws, text)?),
        HolderDid::Jwk(did) => Ok(did.verify(jws, text)?),
    }
}

fn parse(did: &str) -> Result<HolderDid, Rejection> {
    HolderDid::parse(did.trim()).map_err(|error| {
        let text = error.text();
        Rejection::bad("bad-did", text.zh, text.en)
            .clause("/did")
            .next(Text::new("可用的有 did:web 与 did:jwk", "did:web and did:jwk can be used"))
    })
}

fn not_theirs(error: &DocumentError) -> Rejection {
    match error {
        DocumentError::Identity(error) => {
            let text = error.text();
            Rejection::bad("wrong-signature", text.zh, text.en).clause("/jws").next(Text::new(
                "请用 DID 文档 authentication 中的密钥对挑战原文签名",
                "sign the text of the challenge with a key that the DID document lists for authentication",
            ))
        }
        DocumentError::Fetch(error) => Rejection::bad(
            "did-unresolved",
            format!("无法取得 DID 文档：{error}"),
            format!("the DID document cannot be had: {error}"),
        )
        .clause("/did"),
    }
}
