//! Messages that we send to services of a DID: the outbox holds the DID as destination, and as path the service's type with what follows its endpoint.
//! DCP 1.0.1 §6.4, §6.5, §6.6.

use serde_json::json;
use xinyu_identity::did::DidWeb;
use xinyu_protocol::dcp::{CREDENTIAL_SERVICE, ISSUER_SERVICE};
use xinyu_store::outbox::OutboxMessage;

use super::document::DocumentError;
use crate::node::Node;
use crate::peer::Undelivered;

/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 64 * 1024;

/// Whether a message of the outbox is one of these.
#[must_use]
pub fn is_ours(message: &OutboxMessage) -> bool {
    message.destination.starts_with("did:") && service(&message.path).is_some()
}

fn service(path: &str) -> Option<(&'static str, &str)> {
    [CREDENTIAL_SERVICE, ISSUER_SERVICE].into_iter().find_map(|kind| Some((kind, path.strip_prefix(kind)?)))
}

/// Delivers it: status and body of the answer; where that has no body, its location as JSON.
///
/// # Errors
/// If it did not arrive.
pub async fn deliver(node: &Node, message: &OutboxMessage) -> Result<(u16, Vec<u8>), Undelivered> {
    let fail = |text: String, is_transient| Undelivered { text, status: None, is_transient };
    let did = DidWeb::parse(&message.destination).map_err(|error| fail(error.to_string(), false))?;
    let (kind, rest) = service(&message.path).ok_or_else(|| fail("no service".to_owned(), false))?;
    let document = node.dcp.document_of(&did).await.map_err(|error| match error {
        DocumentError::Fetch(error) => fail(error.to_string(), error.is_transient()),
        DocumentError::Identity(error) => fail(error.to_string(), true),
    })?;
    let endpoint = document.service(kind).map_err(|error| fail(error.to_string(), true))?;
    let token = node.dcp.token(did.as_str(), &[]);
    let answer = node.dcp.fetcher.post(&format!("{endpoint}{rest}"), &token, message.body.clone(), ANSWER_LIMIT).await;
    let answer = answer.map_err(|error| fail(error.to_string(), error.is_transient()))?;
    let body = if answer.body.is_empty() {
        json!({ "location": answer.location }).to_string().into_bytes()
    } else {
        answer.body
    };
    Ok((answer.status, body))
}
