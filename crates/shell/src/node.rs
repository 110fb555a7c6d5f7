//! A node: a platform or a connector, with its keys, its store, its place on the network and its identifier once it has one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use xinyu_crypto::{KeyRing, PublicKeys, Suite};
use xinyu_http::egress::EgressPolicy;
use xinyu_protocol::id::PartyId;
use xinyu_store::Store;

/// Which of the two a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The service platform.
    Platform,
    /// An access connector.
    Connector,
}

impl NodeKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Connector => "connector",
        }
    }
}

/// What a node is made of.
pub struct NodeOptions {
    /// Which of the two.
    pub kind: NodeKind,
    /// For people.
    pub name: String,
    /// The store.
    pub store: Store,
    /// Its private keys.
    pub ring: KeyRing,
    /// The suite of its tokens, and of its records in spaces it does not know yet.
    pub suite: Suite,
    /// Base URL under which others reach it, without a slash at the end.
    pub address: String,
    /// Where it keeps files.
    pub data_dir: PathBuf,
    /// Where it may send requests.
    pub egress: EgressPolicy,
    /// The platform it belongs to: itself, for a platform.
    pub platform: Platform,
    /// Ends it.
    pub stop: CancellationToken,
}

/// The platform, as configured: its keys are pinned, never learnt from the network.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its identifier.
    pub id: PartyId,
    /// Its base URL.
    pub address: String,
    /// Its public keys.
    pub keys: PublicKeys,
}

/// A running node.
pub struct Node {
    /// Which of the two.
    pub kind: NodeKind,
    /// For people.
    pub name: String,
    /// The store.
    pub store: Store,
    /// Its private keys.
    pub ring: Arc<KeyRing>,
    /// The suite of its tokens.
    pub suite: Suite,
    /// Base URL under which others reach it.
    pub address: String,
    /// Where it keeps files.
    pub data_dir: PathBuf,
    /// Where it may send requests.
    pub egress: EgressPolicy,
    /// The platform it belongs to.
    pub platform: Platform,
    /// Ends it.
    pub stop: CancellationToken,
    /// Counts publications of evidence, so that those who wait for a receipt are woken.
    pub published: watch::Sender<u64>,
    identity: RwLock<Option<Identity>>,
    suites: RwLock<HashMap<String, Suite>>,
}

/// Who a node is, once registered.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its identifier.
    pub party: PartyId,
    /// Its credential; a platform has none.
    pub credential: Option<String>,
}

impl Node {
    /// A node; a platform knows itself from the start.
    #[must_use]
    pub fn new(options: NodeOptions) -> Self {
        let identity = match options.kind {
            NodeKind::Platform => Some(Identity { party: options.platform.id.clone(), credential: None }),
            NodeKind::Connector => None,
        };
        Self {
            kind: options.kind,
            name: options.name,
            store: options.store,
            ring: Arc::new(options.ring),
            suite: options.suite,
            address: options.address,
            data_dir: options.data_dir,
            egress: options.egress,
            platform: options.platform,
            stop: options.stop,
            published: watch::Sender::new(0),
            identity: RwLock::new(identity),
            suites: RwLock::default(),
        }
    }

    /// Who we are, if we are someone yet.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Our identifier, if we have one yet.
    #[must_use]
    pub fn party(&self) -> Option<PartyId> {
        self.identity().map(|identity| identity.party)
    }

    /// Takes up an identity.
    pub fn become_known(&self, identity: Identity) {
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = Some(identity);
    }

    /// The platform's identifier.
    #[must_use]
    pub fn platform_id(&self) -> String {
        self.platform.id.as_str().to_owned()
    }

    /// The suite of a space; our own for a space we do not know.
    #[must_use]
    pub fn suite_of(&self, space_id: &str) -> Suite {
        self.suites.read().unwrap_or_else(PoisonError::into_inner).get(space_id).copied().unwrap_or(self.suite)
    }

    /// Learns the suite of a space.
    pub fn learn_suite(&self, space_id: &str, suite: Suite) {
        self.suites.write().unwrap_or_else(PoisonError::into_inner).insert(space_id.to_owned(), suite);
    }

    /// Ends when the node shall stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }
}
