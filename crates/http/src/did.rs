//! Fetches the document of a did:web (did:web method, §2.5.2). Whoever names a DID decides where this request goes, so it passes the egress guard, is
//! bounded in size and time, follows no redirect and says nothing about us. What the document means, and whether it is that of the DID, is for
//! `xinyu_identity` to say. Nothing is remembered and nothing retried here.

use std::time::Duration;

use axum::http::header::ACCEPT;
use thiserror::Error;
use xinyu_identity::DidWeb;

use crate::client::{ClientError, client_with};
use crate::egress::{EgressError, EgressPolicy, GuardedResolver};
use crate::peer::is_transient_status;
use crate::transport::{self, BodyError, Cause};

/// The longest document.
pub const MAX_DOCUMENT_BYTES: u64 = 64 * 1024;

/// How long a document may take, from the question for its address to its last byte.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A client for DID documents. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DidResolver {
    http: reqwest::Client,
    egress: EgressPolicy,
    timeout: Duration,
}

impl DidResolver {
    /// A client that goes only where `egress` allows.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(egress: EgressPolicy) -> Result<Self, ClientError> {
        let resolver = GuardedResolver::new(egress.clone());
        Self::with_resolver(egress, resolver)
    }

    /// The same with another resolver of names, such as one of a simulated network.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn with_resolver(egress: EgressPolicy, resolver: GuardedResolver) -> Result<Self, ClientError> {
        let http = client_with(&egress, resolver)?;
        Ok(Self { http, egress, timeout: TIMEOUT })
    }

    /// The bytes of the document of `did`, by `https`; by `http` where the policy allows that, for there the servers have no certificates. The other
    /// scheme is never tried after the first: who can break a connection could choose it.
    ///
    /// # Errors
    /// If the request may not leave, or the answer is not a document of at most 64 KiB within 5 s.
    pub async fn resolve(&self, did: &DidWeb) -> Result<Vec<u8>, DidError> {
        match tokio::time::timeout(self.timeout, self.fetch(did)).await {
            Ok(document) => document,
            Err(_) => Err(DidError::Timeout { did: did.clone() }),
        }
    }

    async fn fetch(&self, did: &DidWeb) -> Result<Vec<u8>, DidError> {
        let scheme = if self.egress.allow_http { "http" } else { "https" };
        let url = self.egress.check_url(&did.document_url(scheme));
        let url = url.map_err(|refused| DidError::Egress { did: did.clone(), refused })?;
        let request = self.http.get(url).header(ACCEPT, MEDIA_TYPES);
        let response = request.send().await.map_err(|error| DidError::from_transport(did, &error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(DidError::Redirected { did: did.clone(), status: status.as_u16() });
        }
        if !status.is_success() {
            return Err(DidError::Refused { did: did.clone(), status: status.as_u16() });
        }
        transport::collect(response, MAX_DOCUMENT_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge => DidError::TooLarge { did: did.clone(), limit: MAX_DOCUMENT_BYTES },
            BodyError::Transport(error) => DidError::from_transport(did, &error),
        })
    }
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DidError {
    /// It stands at an address that we do not connect to.
    #[error("document of {did} must not be fetched: {refused}")]
    Egress {
        /// Whose document.
        did: DidWeb,
        /// Which rule.
        refused: EgressError,
    },
    /// No connection, or one that broke.
    #[error("document of {did} cannot be reached: {reason}")]
    Unreachable {
        /// Whose document.
        did: DidWeb,
        /// What happened.
        reason: String,
    },
    /// The time was up.
    #[error("document of {did} did not come in time")]
    Timeout {
        /// Whose document.
        did: DidWeb,
    },
    /// A longer answer than was allowed.
    #[error("document of {did} has more than {limit} bytes")]
    TooLarge {
        /// Whose document.
        did: DidWeb,
        /// What was allowed.
        limit: u64,
    },
    /// A redirect. It is not followed: the document of another address would not be the DID's.
    #[error("document of {did} is redirected ({status}), which is not followed")]
    Redirected {
        /// Whose document.
        did: DidWeb,
        /// HTTP status.
        status: u16,
    },
    /// An answer that is no success.
    #[error("document of {did} is refused with {status}")]
    Refused {
        /// Whose document.
        did: DidWeb,
        /// HTTP status.
        status: u16,
    },
}

impl DidError {
    /// Whether the same question, asked again later, may succeed without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Refused { status, .. } => is_transient_status(*status),
            Self::Egress { .. } | Self::TooLarge { .. } | Self::Redirected { .. } => false,
        }
    }

    fn from_transport(did: &DidWeb, error: &reqwest::Error) -> Self {
        let did = did.clone();
        match Cause::of(error) {
            Cause::Egress(refused) => Self::Egress { did, refused },
            Cause::Timeout => Self::Timeout { did },
            Cause::Broken(reason) => Self::Unreachable { did, reason },
        }
    }
}

/// What documents are served as; many serve plain JSON, so the answer's type is not looked at.
const MEDIA_TYPES: &str = "application/did+json, application/did+ld+json, application/json";

#[cfg(test)]
mod tests;
