//! Starting nodes from their configuration: store, keys, application, console, server. `serve` and `demo` start them the same way.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tokio_util::sync::CancellationToken;
use xinyu_connector::{Connector, ConnectorOptions};
use xinyu_console::ConsoleOptions;
use xinyu_core::issuance::IssuancePolicy;
use xinyu_crypto::x509::CertificateKeys;
use xinyu_http::server::{ServeOptions, Serving, serve};
use xinyu_platform::{Platform, PlatformOptions};
use xinyu_protocol::id::{PartyId, Strictness};
use xinyu_shell::arranged::Arrangements;
use xinyu_shell::dcp::{Dcp, DcpOptions, TrustedIssuer};
use xinyu_shell::keys::{self, Unlock};
use xinyu_shell::lock::FolderLock;
use xinyu_shell::node::{Platform as PinnedPlatform, source};
use xinyu_shell::{Node, NodeKind, NodeOptions, user};
use xinyu_store::{Ids, Store, StoreOptions};
use zeroize::Zeroizing;

use crate::config::{ConnectorConfig, FunctionNodeConfig, NodeConfig, PlatformConfig};

/// A node that runs.
pub(crate) struct Running {
    /// Its server.
    pub serving: Serving,
    /// Its node.
    pub node: Arc<Node>,
}

/// Waits until the disk fails under one of the nodes: the process must not go on then, since what it reads may not be stored.
pub(crate) async fn failed(running: &[Running]) -> String {
    let stores = running.iter().map(|one| Box::pin(one.node.store.failed()));
    futures::future::select_all(stores).await.0
}

/// Starts a platform.
pub(crate) async fn platform(config: &PlatformConfig, stop: CancellationToken) -> anyhow::Result<Running> {
    let (store, keys) = open(&config.node).await?;
    let (data_dir, unlock) = (config.node.data_dir.clone(), unlock(&config.node)?);
    let authority = tokio::task::spawn_blocking(move || keys::authority_keys(&data_dir, &unlock)).await??;
    let pinned = PinnedPlatform {
        id: PartyId::from(config.platform_id.clone()),
        address: config.node.address.clone(),
        keys: keys.ring.public(),
    };
    let known = Known { platform: pinned, arranged: Arrangements::default(), trusted: Vec::new() };
    let node = node(&config.node, NodeKind::Platform, store, keys, known, stop.clone()).await?;
    let options = PlatformOptions {
        platform_id: config.platform_id.clone(),
        operator_id: config.operator_id.clone(),
        operator_name: config.operator_name.clone(),
        area: config.area.clone(),
        calendar: config.calendar.clone(),
        strictness: if config.lenient_codes { Strictness::Lenient } else { Strictness::Strict },
        authorities: config.authorities()?,
        issuance: IssuancePolicy {
            kinds: config.issuance.kinds.clone(),
            profiles: config.issuance.profiles.clone(),
            is_offered: config.issuance.offer,
        },
        authority: Arc::new(authority),
        nodes: config.function_nodes.iter().map(FunctionNodeConfig::read).collect::<anyhow::Result<_>>()?,
        trusted_suppliers: config.trusted_suppliers.clone(),
        witnesses: config.witnesses.read(&config.node.egress)?,
        trusted_time: config.trusted_time.read(&config.node.egress)?,
    };
    let platform = Platform::start(Arc::clone(&node), options).await?;
    admit(&config.node, &node).await?;
    let serving = listen(&config.node, node.store.ids().clone(), xinyu_platform::router(platform), stop).await?;
    Ok(Running { serving, node })
}

/// Starts a connector.
pub(crate) async fn connector(config: &ConnectorConfig, stop: CancellationToken) -> anyhow::Result<Running> {
    let (store, keys) = open(&config.node).await?;
    let config = &config.placed(&keys.ring.public());
    let pinned = PinnedPlatform {
        id: PartyId::from(config.platform.id.clone()),
        address: config.platform.address.clone(),
        keys: config.platform.keys()?,
    };
    let known = Known { platform: pinned, arranged: config.arranged()?, trusted: config.trusted_issuers.clone() };
    let node = node(&config.node, NodeKind::Connector, store, keys, known, stop.clone()).await?;
    let options = ConnectorOptions {
        participant_id: config.participant_id.clone(),
        participant_name: config.participant_name.clone(),
        role: config.role,
        spaces: config.spaces.clone(),
        region: config.region.clone(),
        roots: config.roots.iter().map(std::path::absolute).collect::<Result<Vec<PathBuf>, _>>()?,
        data_plane_id: config.data_plane_id.clone(),
        by_hand: config.by_hand.clone(),
        device: config.device.device(),
    };
    let connector = Connector::start(Arc::clone(&node), options).await?;
    admit(&config.node, &node).await?;
    let serving = listen(&config.node, node.store.ids().clone(), xinyu_connector::router(connector), stop).await?;
    Ok(Running { serving, node })
}

/// The private keys of a node.
struct Keys {
    ring: xinyu_crypto::KeyRing,
    certificate: CertificateKeys,
}

async fn open(config: &NodeConfig) -> anyhow::Result<(Store, Keys)> {
    std::fs::create_dir_all(&config.data_dir).with_context(|| format!("{}", config.data_dir.display()))?;
    let (data_dir, unlock) = (config.data_dir.clone(), unlock(config)?);
    let keys = tokio::task::spawn_blocking(move || {
        let ring = keys::open_or_create(&data_dir, &unlock)?;
        Ok::<_, keys::KeysError>(Keys { ring, certificate: keys::certificate_keys(&data_dir, &unlock)? })
    });
    let keys = keys.await??;
    let store = Store::open(&config.database, StoreOptions::default()).await?;
    Ok((store, keys))
}

/// What opens the sealed keys.
fn unlock(config: &NodeConfig) -> anyhow::Result<Unlock> {
    Ok(match &config.key_file {
        Some(path) => Unlock::KeyFile(path.clone()),
        None => {
            let passphrase = std::env::var("XINYU_PASSPHRASE").context(
                "no key_file is configured and XINYU_PASSPHRASE is not set: one of them must open the sealed keys",
            )?;
            Unlock::Passphrase(Zeroizing::new(passphrase))
        }
    })
}

/// Whom a node knows from its configuration.
struct Known {
    platform: PinnedPlatform,
    arranged: Arrangements,
    trusted: Vec<TrustedIssuer>,
}

async fn node(
    config: &NodeConfig,
    kind: NodeKind,
    store: Store,
    keys: Keys,
    known: Known,
    stop: CancellationToken,
) -> anyhow::Result<Arc<Node>> {
    let dcp = DcpOptions {
        address: config.address.trim_end_matches('/').to_owned(),
        platform: known.platform.address.clone(),
        data_dir: config.data_dir.clone(),
        unlock: unlock(config)?,
        egress: config.egress.clone(),
        trusted: known.trusted,
    };
    let lock = FolderLock::take(&config.data_dir, kind)?;
    let source = source(&store);
    let dcp = tokio::task::spawn_blocking(move || Dcp::open(dcp, source)).await??;
    Ok(Arc::new(Node::new(NodeOptions {
        kind,
        name: config.name.clone(),
        store,
        ring: keys.ring,
        certificate_keys: keys.certificate,
        suite: config.suite,
        address: config.address.trim_end_matches('/').to_owned(),
        console: config.console().trim_end_matches('/').to_owned(),
        data_dir: config.data_dir.clone(),
        lock,
        egress: config.egress.clone(),
        platform: known.platform,
        arranged: known.arranged,
        dcp: Arc::new(dcp),
        retention: config.retention,
        access: config.control(kind)?,
        login: config.login.read(&config.egress)?,
        witnessed: config.witness.read()?,
        stop,
    })?))
}

async fn admit(config: &NodeConfig, node: &Node) -> anyhow::Result<()> {
    if let Some(path) = &config.admin_password_file {
        let password = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        user::ensure(node, "admin", "管理员", user::FIRST_ROLE, password.trim()).await?;
    }
    Ok(())
}

async fn listen(config: &NodeConfig, ids: Ids, api: Router, stop: CancellationToken) -> anyhow::Result<Serving> {
    let console = xinyu_console::router(ConsoleOptions {
        api: loopback(config.listen),
        public: config.console().to_owned(),
        new_id: Arc::new(move || ids.new_id().to_string()),
    })?;
    serve(config.listen, api.merge(console), stop, ServeOptions::default()).await.with_context(|| {
        format!("cannot listen on {}: is another program using it? choose another address", config.listen)
    })
}

/// Where the console finds the API of its own node.
fn loopback(listen: SocketAddr) -> String {
    let host = if listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listen.ip().to_string() };
    format!("http://{host}:{}", listen.port())
}
