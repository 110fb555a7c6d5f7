//! A node: a platform or a connector, with its keys, its store, its place on the network and its identifier once it has one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use xinyu_crypto::x509::CertificateKeys;
use xinyu_crypto::{KeyRing, PublicKeys, Suite};
use xinyu_evidence::note::Verifier;
use xinyu_http::auth::{Credentials, ReplayCache};
use xinyu_http::egress::EgressPolicy;
use xinyu_http::limit::Gate;
use xinyu_http::{ClientError, PeerClient, Source};
use xinyu_protocol::id::PartyId;
use xinyu_store::Store;

use crate::access::AccessControl;
use crate::arranged::{ArrangedClient, Arrangements};
use crate::crew::Crew;
use crate::dcp::Dcp;
use crate::harvest::Harvests;
use crate::housekeeping::Retention;
use crate::lock::FolderLock;
use crate::login::captcha::Failures;
use crate::login::methods::LoginOptions;
use crate::outbox::ReplyHandler;
use crate::standing::Standings;

/// How many requests are remembered against replay, each for two minutes.
const REPLAYS: usize = 200_000;
/// How many credentials are not checked anew with every request, some kilobytes each.
const CREDENTIALS: usize = 2_000;

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
    /// The private keys of its certificates.
    pub certificate_keys: CertificateKeys,
    /// The suite of its tokens, and of its records in spaces it does not know yet.
    pub suite: Suite,
    /// Base URL under which others reach it, without a slash at the end.
    pub address: String,
    /// Base URL under which its own people reach it, without a slash at the end.
    pub console: String,
    /// Where it keeps files.
    pub data_dir: PathBuf,
    /// That no other process writes there.
    pub lock: FolderLock,
    /// Where it may send requests.
    pub egress: EgressPolicy,
    /// The platform it belongs to: itself, for a platform.
    pub platform: Platform,
    /// Systems of other makers that it works with on arranged terms.
    pub arranged: Arrangements,
    /// How long it keeps what is over.
    pub retention: Retention,
    /// Its DID.
    pub dcp: Arc<Dcp>,
    /// Who may do what.
    pub access: AccessControl,
    /// How people log in besides by password.
    pub login: LoginOptions,
    /// Logs of other spaces whose heads it cosigns.
    pub witnessed: Vec<Verifier>,
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
    /// The private keys of its certificates.
    pub certificate_keys: Arc<CertificateKeys>,
    /// The suite of its tokens.
    pub suite: Suite,
    /// Base URL under which others reach it.
    pub address: String,
    /// Base URL under which its own people reach it.
    pub console: String,
    /// Where it keeps files.
    pub data_dir: PathBuf,
    /// Where it may send requests.
    pub egress: EgressPolicy,
    /// The platform it belongs to.
    pub platform: Platform,
    /// Systems of other makers that it works with on arranged terms.
    pub arranged: Arrangements,
    /// How long it keeps what is over.
    pub retention: Retention,
    /// Who may do what.
    pub access: AccessControl,
    /// How people log in besides by password.
    pub login: LoginOptions,
    /// The client for them.
    pub arranged_client: ArrangedClient,
    /// Its DID: who it is to connectors of other makers.
    pub dcp: Arc<Dcp>,
    /// Ends it.
    pub stop: CancellationToken,
    /// Counts publications of evidence, so that those who wait for a receipt are woken.
    pub published: watch::Sender<u64>,
    /// Counts the times at which witnesses cosigned what was published.
    pub cosigned: watch::Sender<u64>,
    /// Held while files of a log are written.
    pub publishing: Mutex<()>,
    /// Who computes for it.
    pub crew: Crew,
    /// Logs of other spaces whose heads it cosigns.
    pub witnessed: Vec<Verifier>,
    /// Requests that were seen.
    pub replays: ReplayCache,
    /// Credentials that were checked.
    pub credentials: Credentials,
    /// Counts who follows what changes, by person.
    pub following: Gate,
    /// Other catalogues that it reads.
    pub harvests: Harvests,
    /// Logins that failed lately.
    pub(crate) failures: Failures,
    /// Who is barred, and which credentials are revoked, as far as this node was told.
    pub standings: Standings,
    /// What answers mean, while the outbox is driven.
    pub(crate) replies: OnceLock<Weak<dyn ReplyHandler>>,
    /// Whether it is someone.
    is_known: watch::Sender<bool>,
    identity: RwLock<Option<Identity>>,
    client: RwLock<Option<PeerClient>>,
    spaces: RwLock<HashMap<String, SpaceRules>>,
    _lock: FolderLock,
}

/// What a node knows of a space's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceRules {
    /// The suite of signatures and encryption.
    pub suite: Suite,
    /// Whether an agreement that nobody signed is enough, with another maker's connector that cannot sign.
    pub unsigned_agreements: bool,
    /// Whether a use can name registered algorithms, models and applications only.
    pub registered_components: bool,
    /// Whether contracts are filed under keys of their parties.
    pub sealed_filing: bool,
    /// How often a node reports how a contract is performed, in seconds.
    pub report_seconds: u64,
    /// How long a connector may be without its platform before it stops what runs, in seconds; 0: as long as it likes.
    pub silence_seconds: u64,
}

/// Clock and id source of a store, for the http crate.
#[must_use]
pub fn source(store: &Store) -> Source {
    let (clock, ids) = (store.clock().clone(), store.ids().clone());
    Source::new(move || clock.now(), move || ids.new_id())
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
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(options: NodeOptions) -> Result<Self, ClientError> {
        let identity = match options.kind {
            NodeKind::Platform => Some(Identity { party: options.platform.id.clone(), credential: None }),
            NodeKind::Connector => None,
        };
        let replays = ReplayCache::new(options.store.clock().now(), REPLAYS);
        let node = Self {
            kind: options.kind,
            name: options.name,
            store: options.store,
            ring: Arc::new(options.ring),
            certificate_keys: Arc::new(options.certificate_keys),
            suite: options.suite,
            address: options.address,
            console: options.console,
            data_dir: options.data_dir,
            arranged: options.arranged,
            retention: options.retention,
            arranged_client: ArrangedClient::new(&options.egress, Arc::clone(&options.dcp))?,
            dcp: options.dcp,
            failures: Failures::new(&options.access.rules),
            access: options.access,
            login: options.login,
            egress: options.egress,
            platform: options.platform,
            stop: options.stop,
            published: watch::Sender::new(0),
            cosigned: watch::Sender::new(0),
            publishing: Mutex::default(),
            crew: Crew::default(),
            witnessed: options.witnessed,
            replays,
            credentials: Credentials::new(CREDENTIALS),
            following: Gate::new(crate::live::AT_ONCE),
            harvests: Harvests::default(),
            replies: OnceLock::new(),
            standings: Standings::default(),
            is_known: watch::Sender::new(false),
            identity: RwLock::default(),
            client: RwLock::default(),
            spaces: RwLock::default(),
            _lock: options.lock,
        };
        if let Some(identity) = identity {
            node.become_known(identity)?;
        }
        Ok(node)
    }

    /// The clock and the id source, for the http crate.
    #[must_use]
    pub fn source(&self) -> Source {
        source(&self.store)
    }

    /// The client for other nodes, once we are someone.
    #[must_use]
    pub fn client(&self) -> Option<PeerClient> {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
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
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn become_known(&self, identity: Identity) -> Result<(), ClientError> {
        let (_, credential) = watch::channel(identity.credential.clone());
        let client = PeerClient::new(
            Arc::clone(&self.ring),
            self.suite,
            identity.party.clone(),
            credential,
            self.egress.clone(),
            self.source(),
        )?;
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = Some(client);
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = Some(identity);
        self.is_known.send_replace(true);
        Ok(())
    }

    /// Waits until it is someone.
    pub async fn known(&self) {
        // The sender is here: waiting cannot fail.
        let _ = self.is_known.subscribe().wait_for(|is_known| *is_known).await;
    }

    /// The platform's identifier.
    #[must_use]
    pub fn platform_id(&self) -> String {
        self.platform.id.as_str().to_owned()
    }

    /// The suite of a space; our own for a space we do not know.
    #[must_use]
    pub fn suite_of(&self, space_id: &str) -> Suite {
        self.rules_of(space_id).map_or(self.suite, |rules| rules.suite)
    }

    /// The rules of a space, if it is one that we know.
    #[must_use]
    pub fn rules_of(&self, space_id: &str) -> Option<SpaceRules> {
        self.spaces.read().unwrap_or_else(PoisonError::into_inner).get(space_id).copied()
    }

    /// The spaces whose rules it knows: those that it is in.
    #[must_use]
    pub fn spaces(&self) -> Vec<String> {
        let mut all: Vec<String> = self.spaces.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        all.sort();
        all
    }

    /// Learns the rules of a space.
    pub fn learn_rules(&self, space_id: &str, rules: SpaceRules) {
        self.spaces.write().unwrap_or_else(PoisonError::into_inner).insert(space_id.to_owned(), rules);
    }

    /// Ends when the node shall stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }
}
