//! A message from someone who says who it is by a token that it issued for itself: the signature is that of a key in its DID document, the token is for
//! us, for now, and comes once. DCP 1.0.1 §4.3.3.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use xinyu_core::fault::Rejection;
use xinyu_identity::{ClientClaims, ClientToken, ForeignDocument, IdentityError};
use xinyu_store::{BoxFuture, Tx};

use super::document::DocumentError;
use crate::failure::Failure;
use crate::node::Node;
use crate::peer::{self, Answer};

/// Such a message.
#[derive(Clone, Debug)]
pub struct DcpCall {
    /// Who sent it, and what the token says.
    pub claims: ClientClaims,
    /// The document of the sender.
    pub document: ForeignDocument,
    /// The exact bytes.
    pub body: Bytes,
}

impl<S> FromRequest<S> for DcpCall
where
    S: Send + Sync,
    Arc<Node>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let node = Arc::<Node>::from_ref(state);
        let (claims, document) = authenticate(&node, bearer(request.headers())?).await?;
        let body = Bytes::from_request(request, state).await.map_err(Failure::broken)?;
        Ok(Self { claims, document, body })
    }
}

impl DcpCall {
    /// The DID of the sender.
    #[must_use]
    pub fn sender(&self) -> &str {
        self.claims.iss.as_str()
    }

    /// The message. Members that we do not know are let be.
    ///
    /// # Errors
    /// If it does not parse, saying where.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        xinyu_http::json::read_json(&self.body).map_err(|problem| peer::malformed(&problem))
    }

    /// Handles the message in one transaction, once: the same bytes of one kind from the same sender get the same answer. Only for messages that name
    /// themselves; others may be meant twice.
    ///
    /// # Errors
    /// What the handler says; then nothing was changed.
    pub async fn once<F>(&self, node: &Node, name: &'static str, handle: F) -> Result<Answer, Failure>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Failure>> + Send + 'static,
    {
        let message = peer::fingerprint(name, &self.body);
        peer::once(node, name, self.sender().to_owned(), message, handle).await
    }
}

/// The token of the one `authorization` header, which must be a bearer's.
///
/// # Errors
/// If there is none, or more than one, or another scheme.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Failure> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let (Some(one), None) = (shown.next(), shown.next()) else {
        return Err(refused("缺少令牌", "there is not one token".to_owned()));
    };
    let token = one.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty());
    token
        .map(|(_, token)| token)
        .ok_or_else(|| refused("令牌须以 Bearer 出示", "the token is not a bearer's".to_owned()))
}

/// Who issued a token for itself, and its document. It is taken once: of many at the same moment one gets through, and none after a restart.
///
/// # Errors
/// If the token, the document behind it or the signature are not as they must be, or it came before.
pub async fn authenticate(node: &Node, token: &str) -> Result<(ClientClaims, ForeignDocument), Failure> {
    let now = node.store.clock().now();
    let token = ClientToken::parse(token, node.dcp.did.as_str(), now).map_err(|error| not_believed(&error))?;
    let document = node.dcp.document_of(token.issuer()).await.map_err(|error| unresolved(&error))?;
    let claims = token.verify_by(&document).map_err(|error| not_believed(&error))?;
    let (issuer, jti) = (claims.iss.to_string(), claims.jti.clone());
    let until = Timestamp::from_second(claims.replayable_until()).map_err(Failure::broken)?;
    let is_new = node.store.write("replay.insert", move |tx| {
        Box::pin(async move { xinyu_store::replay::insert(tx, &issuer, &jti, until).await.map_err(Failure::from) })
    });
    if !is_new.await? {
        return Err(refused("令牌已使用过", "the token was used before".to_owned()));
    }
    Ok((claims, document))
}

/// 401 with what is wrong with a token.
#[must_use]
pub fn not_believed(error: &IdentityError) -> Failure {
    let text = error.text();
    refused(&text.zh, text.en)
}

/// 401: who it is from cannot be found out.
#[must_use]
pub fn unresolved(error: &DocumentError) -> Failure {
    match error {
        DocumentError::Identity(error) => not_believed(error),
        DocumentError::Fetch(error) => {
            refused(&format!("无法取得 DID 文档：{error}"), format!("the did document cannot be had: {error}"))
        }
    }
}

fn refused(zh: &str, en: String) -> Failure {
    let mut rejection = Rejection::forbidden("not-authenticated", zh, en).clause("DCP 1.0.1 §4.3.3");
    rejection.status = 401;
    rejection.into()
}
