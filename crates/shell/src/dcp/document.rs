//! DID documents: ours, for all who ask, and others', fetched when somebody says to be them. did:web; DCP 1.0.1 §4.1, §5.2, §6.2.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use xinyu_http::{FetchError, Fetcher};
use xinyu_identity::did::DidWeb;
use xinyu_identity::{DidDocument, ForeignDocument, IdentityError};
use xinyu_protocol::dcp::{CREDENTIAL_SERVICE, ISSUER_SERVICE, PATH};

use super::Dcp;
use crate::node::{Node, NodeKind};

/// `GET /.well-known/did.json`.
pub async fn serve<S>(State(state): State<S>) -> Response
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    let node = Arc::<Node>::from_ref(&state);
    let json = serde_json::to_vec(&of(&node)).unwrap_or_default();
    ([(CONTENT_TYPE, "application/did+json")], json).into_response()
}

/// The document of a node: its keys of both suites, those that other makers verify, and its services.
#[must_use]
pub fn of(node: &Node) -> DidDocument {
    let dsp = format!("{}{}", node.address, xinyu_protocol::dsp::PATH);
    let service = match node.kind {
        NodeKind::Platform => ISSUER_SERVICE,
        NodeKind::Connector => CREDENTIAL_SERVICE,
    };
    DidDocument::new(&node.dcp.did, &node.ring.public(), &dsp)
        .with_chain(&node.dcp.chain())
        .with_service(service, &format!("{}{PATH}", node.address))
}

/// Why a document cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DocumentError {
    /// It does not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not what it should be.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl Dcp {
    /// The document of a DID, as it is now.
    ///
    /// # Errors
    /// If it does not come, or is not that DID's.
    pub async fn document_of(&self, did: &DidWeb) -> Result<ForeignDocument, DocumentError> {
        fetch(&self.fetcher, did).await
    }
}

/// The document of a DID, as it is now, for whoever has no DID of its own.
///
/// # Errors
/// If it does not come, or is not that DID's.
pub async fn fetch(fetcher: &Fetcher, did: &DidWeb) -> Result<ForeignDocument, DocumentError> {
    let url = did.document_url(fetcher.scheme());
    let bytes = fetcher.get(&url, MEDIA_TYPES, MAX_DOCUMENT_BYTES).await?;
    Ok(ForeignDocument::parse(&bytes, did)?)
}

/// The longest document.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024;
/// What documents are served as; many serve plain JSON, so the answer's type is not looked at.
const MEDIA_TYPES: &str = "application/did+json, application/did+ld+json, application/json";
