//! Who we are to connectors of other makers, and who they are to us: a DID with its keys, self-issued tokens, credentials shown and verified.
//! DCP 1.0.1. Members of our own platform know each other by its credential and need none of this.

pub mod call;
pub mod document;
pub mod key;
pub mod send;
pub mod verifier;

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use thiserror::Error;
use xinyu_crypto::KeyChain;
use xinyu_http::{ClientError, EgressPolicy, Fetcher, Source};
use xinyu_identity::did::DidWeb;
use xinyu_identity::{IdentityError, Signer};
use xinyu_protocol::dcp::Scope;

use crate::keys::{self, KeysError, Unlock};

/// An issuer that is believed, beside our own platform.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// Who.
    pub did: DidWeb,
    /// The types of credentials for which it is believed.
    pub types: Vec<String>,
    /// The space in which the holders of its membership credentials take part.
    pub space: String,
}

/// What the DID of a node is made of.
pub struct DcpOptions {
    /// Base URL under which others reach the node.
    pub address: String,
    /// Base URL of the platform: its DID is believed for everything.
    pub platform: String,
    /// Where the keys lie.
    pub data_dir: PathBuf,
    /// What opens them.
    pub unlock: Unlock,
    /// Where requests may go.
    pub egress: EgressPolicy,
    /// Whom else we believe.
    pub trusted: Vec<TrustedIssuer>,
}

/// Why there is no DID.
#[derive(Debug, Error)]
pub enum DcpError {
    /// The address has no did:web.
    #[error(transparent)]
    Did(#[from] IdentityError),
    /// The keys cannot be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The DID of a node.
pub struct Dcp {
    /// Its name.
    pub did: DidWeb,
    /// The platform's.
    pub platform: DidWeb,
    /// Whom else we believe.
    pub trusted: Vec<TrustedIssuer>,
    /// The client for strangers.
    pub fetcher: Fetcher,
    chain: RwLock<KeyChain>,
    source: Source,
    data_dir: PathBuf,
    unlock: Unlock,
}

impl Dcp {
    /// Opens the keys, or makes them the first time.
    ///
    /// # Errors
    /// If the address has no DID, the keys cannot be opened, or TLS cannot be set up.
    pub fn open(options: DcpOptions, source: Source) -> Result<Self, DcpError> {
        let DcpOptions { address, platform, data_dir, unlock, egress, trusted } = options;
        let now = source.now().as_second();
        let chain = keys::open_or_create_chain(&data_dir, &unlock, now)?;
        Ok(Self {
            did: DidWeb::from_base_url(&address)?,
            platform: DidWeb::from_base_url(&platform)?,
            trusted,
            fetcher: Fetcher::new(egress)?,
            chain: RwLock::new(chain),
            source,
            data_dir,
            unlock,
        })
    }

    /// The keys as they are now.
    #[must_use]
    pub fn chain(&self) -> KeyChain {
        self.chain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets a new key sign from now on; with `withdraw` the one before is no longer believed by anybody. Durable when this returns.
    ///
    /// # Errors
    /// If the new chain cannot be stored; then nothing has changed.
    pub fn rotate(&self, withdraw: bool) -> Result<(), KeysError> {
        let mut chain = self.chain.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = chain.clone();
        next.rotate(withdraw, self.source.now().as_second(), &mut keys::entropy()?);
        keys::save_chain(&next, &self.data_dir, &self.unlock)?;
        *chain = next;
        Ok(())
    }

    /// Signs with the present key.
    pub fn sign<T>(&self, sign: impl FnOnce(Signer<'_>) -> T) -> T {
        let chain = self.chain.read().unwrap_or_else(PoisonError::into_inner);
        sign(Signer { did: &self.did, key: chain.current() })
    }

    /// A token for `audience`, with the right to see what is within `scopes`; with none of it for no scopes.
    #[must_use]
    pub fn token(&self, audience: &str, scopes: &[Scope]) -> String {
        let (now, access, jti) = (self.source.now(), self.source.id(), self.source.id());
        self.sign(|signer| {
            let access = (!scopes.is_empty()).then(|| signer.access(audience, scopes, access, now));
            signer.token(audience, access.as_deref(), jti, now)
        })
    }

    /// A token for `audience` that brings back what the audience gave us.
    #[must_use]
    pub fn token_with(&self, audience: &str, theirs: &str) -> String {
        let (now, jti) = (self.source.now(), self.source.id());
        self.sign(|signer| signer.token(audience, Some(theirs), jti, now))
    }

    /// Whether an issuer is believed for a type of credential, and in which space its members take part, if that is said.
    #[must_use]
    pub fn trust(&self, issuer: &DidWeb, kind: &str) -> Option<Trusted<'_>> {
        if *issuer == self.platform {
            return Some(Trusted::Platform);
        }
        let trusted = self.trusted.iter().find(|one| one.did == *issuer && one.types.iter().any(|name| name == kind));
        trusted.map(Trusted::Issuer)
    }
}

/// By what right an issuer is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusted<'a> {
    /// It is our platform.
    Platform,
    /// It is configured.
    Issuer(&'a TrustedIssuer),
}

impl std::fmt::Debug for Dcp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dcp").field("did", &self.did).finish_non_exhaustive()
    }
}

/// What we let a verifier see unasked: that we are a member, and in what role.
#[must_use]
pub fn shown_scopes() -> Vec<Scope> {
    ["MembershipCredential", "RoleCredential"].map(|kind| Scope::Type(kind.to_owned())).to_vec()
}
