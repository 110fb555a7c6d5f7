//! One node's place: its store, its keys, its port, and a client that is logged in.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use xinyu_crypto::{KeyRing, PublicKeys, Suite};
use xinyu_http::server::{ServeOptions, Serving, serve};
use xinyu_http::{ApiClient, EgressPolicy};
use xinyu_protocol::api::{Login, Session};
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_shell::arranged::Arrangements;
use xinyu_shell::node::Platform as PinnedPlatform;
use xinyu_shell::{Node, NodeKind, NodeOptions, keys, user};
use xinyu_store::{Store, StoreOptions};

const USER: &str = "admin";
const PASSWORD: &str = "tests-only-2025";
/// How long something may take to become so.
const PATIENCE: Duration = Duration::from_secs(30);
/// Before it is looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// A port of loopback that is free at the moment.
///
/// # Errors
/// If there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Where stores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in files: what a restart finds again.
    File,
    /// SQLite, in memory: for tests that restart nothing.
    Memory,
}

/// A node's place, prepared.
pub(super) struct Prepared {
    name: String,
    data_dir: PathBuf,
    store: Store,
    ring: Option<KeyRing>,
    keys: PublicKeys,
    listen: SocketAddr,
}

/// A node that runs, and a client of its API.
pub struct Seat {
    /// Base URL.
    pub address: String,
    /// The node itself.
    pub node: Arc<Node>,
    api: ApiClient,
    serving: Serving,
}

impl Seat {
    /// Opens the store and makes keys, on a free port of loopback.
    pub(super) async fn prepare(
        folder: &Path,
        name: &str,
        engine: Engine,
        port: Option<u16>,
    ) -> anyhow::Result<Prepared> {
        let data_dir = folder.join(name);
        std::fs::create_dir_all(&data_dir)?;
        let url = match engine {
            Engine::File => format!("sqlite://{}", data_dir.join("xinyu.db").display()),
            Engine::Memory => "sqlite::memory:".to_owned(),
        };
        let store = Store::open(&url, StoreOptions::default()).await?;
        let ring = KeyRing::generate(&mut keys::entropy()?);
        let port = port.map_or_else(free_port, Ok)?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let keys = ring.public();
        Ok(Prepared { name: name.to_owned(), data_dir, store, ring: Some(ring), keys, listen })
    }

    /// A client of the API, logged in.
    #[must_use]
    pub fn client(&self) -> ApiClient {
        self.api.clone()
    }

    /// Reads from the API.
    ///
    /// # Errors
    /// What the API says.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.api.get(&format!("/api/v1{path}")).await.with_context(|| format!("GET {path} at {}", self.address))
    }

    /// Acts by the API.
    ///
    /// # Errors
    /// What the API says.
    pub async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(&self, path: &str, body: &B) -> anyhow::Result<T> {
        self.api.post(&format!("/api/v1{path}"), body).await.with_context(|| format!("POST {path} at {}", self.address))
    }

    /// Reads until what is read is so.
    ///
    /// # Errors
    /// If it does not become so.
    pub async fn until<T: DeserializeOwned>(&self, path: &str, is_so: impl Fn(&T) -> bool) -> anyhow::Result<T> {
        let waiting = async {
            loop {
                let found: T = self.get(path).await?;
                if is_so(&found) {
                    return Ok(found);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("GET {path} at {} did not become so within {} s", self.address, PATIENCE.as_secs()),
        }
    }

    /// Waits until the server has ended, and closes the store.
    pub(super) async fn stopped(self) {
        self.serving.stopped().await;
        self.node.store.close().await;
    }
}

impl Prepared {
    /// The platform that this is, as members pin it.
    pub(super) fn pinned(&self, id: &PlatformId) -> PinnedPlatform {
        PinnedPlatform { id: PartyId::from(id.clone()), address: self.address(), keys: self.keys.clone() }
    }

    fn address(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The node at this place.
    pub(super) fn node(
        &mut self,
        kind: NodeKind,
        platform: PinnedPlatform,
        arranged: Arrangements,
        stop: CancellationToken,
    ) -> anyhow::Result<Arc<Node>> {
        Ok(Arc::new(Node::new(NodeOptions {
            kind,
            name: self.name.clone(),
            store: self.store.clone(),
            ring: self.ring.take().context("a place has one node")?,
            suite: Suite::Intl,
            address: self.address(),
            data_dir: self.data_dir.clone(),
            egress: EgressPolicy::one_machine(),
            platform,
            arranged,
            stop,
        })?))
    }

    /// Serves it, and logs in.
    pub(super) async fn serve(self, node: Arc<Node>, api: Router, stop: CancellationToken) -> anyhow::Result<Seat> {
        user::ensure(&node, USER, "管理员", user::ADMIN, PASSWORD).await?;
        let serving = serve(self.listen, api, stop, ServeOptions::default()).await?;
        let address = self.address();
        let client = ApiClient::new(address.parse()?)?;
        let login = Login { name: USER.to_owned(), password: PASSWORD.to_owned() };
        let session: Session = client.post("/api/v1/login", &login).await?;
        Ok(Seat { address, node, api: client.with_session(session.token), serving })
    }
}
