//! One node's place: its store, its keys, its port, and a client that is logged in. The place stays when the node crashes; what runs there ends.

mod life;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use xinyu_core::user::AccountRules;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_evidence::note::Verifier;
use xinyu_http::server::{ServeOptions, Serving, serve};
use xinyu_http::{ApiClient, EgressPolicy};
use xinyu_protocol::api::{Login, Session};
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_shell::access::AccessControl;
use xinyu_shell::arranged::Arrangements;
use xinyu_shell::dcp::{Dcp, DcpOptions, TrustedIssuer};
use xinyu_shell::housekeeping::Retention;
use xinyu_shell::keys::{self, Unlock};
use xinyu_shell::lock::FolderLock;
use xinyu_shell::login::methods::LoginOptions;
use xinyu_shell::node::{Platform as PinnedPlatform, source};
use xinyu_shell::{Failure, Node, NodeKind, NodeOptions, user};
use xinyu_store::{Clock, Row, Store, StoreOptions};

use crate::fault::Line;
use life::Life;

/// The first account of every node.
pub const USER: &str = "admin";
/// Its password.
pub const PASSWORD: &str = "tests-only-2025";
/// How long something may take to become so.
const PATIENCE: Duration = Duration::from_secs(30);
/// Before it is looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// Below the ports that systems give to outgoing connections, so that none of those takes one before it is listened on.
const PORTS: std::ops::Range<u64> = 20_000..32_000;

/// A port of loopback that is free at the moment, and that nobody gets who asks for any: what was given once to a test of this program is given to no other,
/// though it may listen on it much later.
///
/// # Errors
/// If a hundred of them are taken.
pub fn free_port() -> anyhow::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    for _ in 0..100 {
        let drawn = RandomState::new().build_hasher().finish() % PORTS.end.saturating_sub(PORTS.start);
        let port = u16::try_from(PORTS.start.saturating_add(drawn))?;
        let is_new = GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port);
        if is_new && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("there is no free port")
}

/// Where stores are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in files: what a restart finds again.
    File,
    /// SQLite, in memory: for tests that restart nothing.
    Memory,
    /// PostgreSQL, at an address with `{node}` where the name of each node's database has it: `platform`, `member_0`, `member_1`, ….
    Postgres(String),
}

/// What stays of a node when its process ends.
#[derive(Clone)]
pub(super) struct Place {
    name: String,
    pub(super) data_dir: PathBuf,
    pub(super) engine: Engine,
    listen: SocketAddr,
    address: String,
    keys: PublicKeys,
    clock: Clock,
}

/// A node that runs, and a client of its API.
pub struct Seat {
    /// Base URL.
    pub address: String,
    /// The node itself.
    pub node: Arc<Node>,
    place: Place,
    /// The client of its API, logged in.
    pub api: ApiClient,
    serving: Serving,
    life: Life,
}

/// What a node is told when it starts.
pub(super) struct Orders {
    pub(super) kind: NodeKind,
    pub(super) platform: PinnedPlatform,
    pub(super) arranged: Arrangements,
    pub(super) trusted: Vec<TrustedIssuer>,
    pub(super) login: LoginOptions,
    pub(super) witnessed: Vec<Verifier>,
    pub(super) stop: CancellationToken,
}

impl Seat {
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

    /// What the node has still to say: where to, and why it was not heard.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unsent(&self) -> anyhow::Result<Vec<String>> {
        self.outbox("SELECT path, last_error FROM outbox WHERE done_at IS NULL AND dead_at IS NULL ORDER BY id").await
    }

    /// What the node has set aside: where to, and why.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn set_aside(&self) -> anyhow::Result<Vec<String>> {
        self.outbox("SELECT path, last_error FROM outbox WHERE dead_at IS NOT NULL ORDER BY id").await
    }

    async fn outbox(&self, sql: &'static str) -> anyhow::Result<Vec<String>> {
        let told = self.node.store.read("outbox", move |tx| {
            Box::pin(async move {
                let rows = tx.fetch(sql, Vec::new()).await?;
                let tell = |row: &Row| {
                    let why = row.optional_text("last_error")?.unwrap_or_default();
                    Ok::<_, Failure>(format!("{} {why}", row.text("path")?))
                };
                rows.iter().map(tell).collect::<Result<Vec<_>, _>>()
            })
        });
        Ok(told.await?)
    }

    /// Waits until the server has ended, and closes the store.
    pub(super) async fn stopped(self) {
        self.serving.stopped().await;
        xinyu_shell::run_log::stopped(&self.node).await;
        self.node.store.close().await;
    }

    /// Ends all tasks of the node where they stand: nothing is flushed, answered or closed. When this returns nothing of it is left but its place.
    pub(super) async fn crash(self) -> anyhow::Result<Place> {
        let Self { node, place, life, serving, .. } = self;
        let (remains, kind, ended) = (Arc::downgrade(&node), node.kind, node.store.ended());
        drop((node, serving, life));
        let waiting = async {
            // The count falls before what the node holds is let go; its lock says when that is done.
            while remains.strong_count() > 0 || FolderLock::take(&place.data_dir, kind).is_err() {
                tokio::time::sleep(PAUSE).await;
            }
            ended.await;
        };
        tokio::time::timeout(PATIENCE, waiting).await.context("something of a crashed node lives on")?;
        Ok(place)
    }
}

impl Place {
    /// Makes folder and keys; on a free port of loopback, unless one is given.
    pub(super) fn prepare(folder: &Path, name: &str, engine: &Engine, port: Option<u16>) -> anyhow::Result<Self> {
        let data_dir = folder.join(name);
        std::fs::create_dir_all(&data_dir)?;
        let keys = ring(&data_dir)?.public();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port.map_or_else(free_port, Ok)?));
        let address = format!("http://{listen}");
        let clock = Clock::system();
        Ok(Self { name: name.to_owned(), data_dir, engine: engine.clone(), listen, address, keys, clock })
    }

    /// The same, by a clock of its own.
    pub(super) fn by(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// The keys of a certificate authority in the folder; made the first time.
    pub(super) fn authority(&self) -> anyhow::Result<keys::AuthorityKeys> {
        Ok(keys::authority_keys(&self.data_dir, &unlock(&self.data_dir))?)
    }

    /// The same, reached by others over a line.
    pub(super) fn behind(mut self, line: &Line) -> Self {
        line.lead_to(self.listen);
        line.address().clone_into(&mut self.address);
        self
    }

    /// The same, called by nobody: what is for it, it takes from the platform.
    pub(super) fn relayed(mut self, platform: &PinnedPlatform) -> Self {
        self.address = xinyu_http::relay::address(&platform.address, &self.keys.signing(Suite::Intl).kid());
        self
    }

    /// The platform that this is, as members pin it.
    pub(super) fn pinned(&self, id: &PlatformId) -> PinnedPlatform {
        PinnedPlatform { id: PartyId::from(id.clone()), address: self.address.clone(), keys: self.keys.clone() }
    }

    /// Starts a node here, in a runtime of its own, and logs in. `build` makes the application around it.
    pub(super) async fn start<B, F>(self, orders: Orders, build: B) -> anyhow::Result<Seat>
    where
        B: FnOnce(Arc<Node>) -> F + Send + 'static,
        F: Future<Output = anyhow::Result<Router>> + Send,
    {
        let life = Life::begin(&self.name)?;
        let (place, stop) = (self.clone(), orders.stop.clone());
        let started = life.handle.spawn(async move {
            let node = place.node(orders).await?;
            user::ensure(&node, USER, "管理员", user::FIRST_ROLE, PASSWORD).await?;
            let api = build(Arc::clone(&node)).await?;
            let serving = serve(place.listen, api, stop, ServeOptions::default()).await?;
            anyhow::Ok((node, serving))
        });
        let (node, serving) = started.await??;
        // Our own calls are not what is disturbed.
        let client = ApiClient::new(format!("http://{}", self.listen).parse()?)?;
        let login = Login { name: USER.to_owned(), password: PASSWORD.to_owned(), code: None, captcha: None };
        let session: Session = client.post("/api/v1/login", &login).await?;
        let api = client.with_session(session.token);
        Ok(Seat { address: self.address.clone(), node, place: self, api, serving, life })
    }

    pub(super) async fn node(&self, orders: Orders) -> anyhow::Result<Arc<Node>> {
        let url = match &self.engine {
            Engine::File => format!("sqlite://{}", self.data_dir.join("xinyu.db").display()),
            Engine::Memory => "sqlite::memory:".to_owned(),
            Engine::Postgres(url) => url.replace("{node}", &self.name.replace('-', "_")),
        };
        let store = Store::open(&url, StoreOptions { clock: self.clock.clone(), ..StoreOptions::default() }).await?;
        let lock = FolderLock::take(&self.data_dir, orders.kind)?;
        let dcp = DcpOptions {
            address: self.address.clone(),
            platform: orders.platform.address.clone(),
            data_dir: self.data_dir.clone(),
            unlock: unlock(&self.data_dir),
            egress: EgressPolicy::one_machine(),
            trusted: orders.trusted,
        };
        Ok(Arc::new(Node::new(NodeOptions {
            kind: orders.kind,
            name: self.name.clone(),
            dcp: Arc::new(Dcp::open(dcp, source(&store))?),
            store,
            ring: ring(&self.data_dir)?,
            certificate_keys: keys::certificate_keys(&self.data_dir, &unlock(&self.data_dir))?,
            suite: Suite::Intl,
            address: self.address.clone(),
            console: self.address.clone(),
            data_dir: self.data_dir.clone(),
            lock,
            egress: EgressPolicy::one_machine(),
            platform: orders.platform,
            arranged: orders.arranged,
            retention: Retention::default(),
            access: AccessControl::new(orders.kind, AccountRules::default(), None)?,
            login: orders.login,
            witnessed: orders.witnessed,
            stop: orders.stop,
        })?))
    }
}

/// The keys of the node in a folder; made the first time.
fn ring(data_dir: &Path) -> anyhow::Result<xinyu_crypto::KeyRing> {
    Ok(keys::open_or_create(data_dir, &unlock(data_dir))?)
}

fn unlock(data_dir: &Path) -> Unlock {
    Unlock::KeyFile(data_dir.join("unlock.key"))
}
