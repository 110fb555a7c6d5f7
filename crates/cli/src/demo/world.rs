//! The world of the demo: who takes part, where each keeps its things, and the real data they bring.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tokio_util::sync::CancellationToken;
use xinyu_core::user::AccountRules;
use xinyu_crypto::Suite;
use xinyu_dataplane::sample;
use xinyu_http::EgressPolicy;
use xinyu_protocol::id::{AreaCode, ParticipantId, PlatformId};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::housekeeping::Retention;
use xinyu_shell::keys::write_private;

use super::Options;
use super::party::{CONSUMER, PROVIDER, Party, REGULATOR};
use crate::client::Client;
use crate::config::{
    ConnectorConfig, IssuanceConfig, LoginConfig, NodeConfig, PinnedPlatform, PlatformConfig, TrustedTimeConfig,
    WitnessConfig, WitnessesConfig,
};
use crate::run::{self, Running};

/// The operator: code and name.
pub(crate) const OPERATOR: (&str, &str) = ("91110000MA7XYU007Q", "信域运营有限公司");

/// The space of the demo.
pub(crate) const SPACE: &str = "city-mobility";
/// How many travellers are generated.
const TRAVELLERS: usize = 20_000;
const AIRPORTS: &[u8] = include_bytes!("../../../../samples/airports/airports.csv");

/// The running world.
pub(crate) struct World {
    /// The platform.
    pub platform: Client,
    /// The provider's connector.
    pub provider: Client,
    /// The consumer's connector.
    pub consumer: Client,
    /// The regulator's seat.
    pub regulator: Client,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The password of `admin` on every node.
    pub password: String,
    running: Vec<Running>,
}

impl World {
    /// Starts all four nodes; within a second they listen.
    pub(crate) async fn start(options: &Options, stop: CancellationToken) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&options.data_dir).with_context(|| format!("{}", options.data_dir.display()))?;
        let data_dir = std::path::absolute(&options.data_dir)?;
        let password = remembered(&data_dir.join("admin-password"), || {
            crate::init::password().map_err(|_| anyhow::anyhow!("the operating system gives no randomness"))
        })?;
        let port = remembered(&data_dir.join("port"), || Ok(options.port.to_string()))?;
        if port != options.port.to_string() {
            bail!(
                "{} was begun on port {port}, where its nodes know each other: use --port {port}",
                data_dir.display()
            );
        }
        let databases = databases(&data_dir, options.database.as_deref())?;
        let operator_id = ParticipantId::parse(OPERATOR.0)?;
        let area = AreaCode::parse("1100")?;
        let platform_id = PlatformId::parse(&remembered(&data_dir.join("platform-id"), || {
            let mut entropy = [0; 8];
            getrandom::fill(&mut entropy).map_err(|_| anyhow::anyhow!("the operating system gives no randomness"))?;
            Ok(PlatformId::compose(&operator_id, &area, u64::from_le_bytes(entropy)).as_str().to_owned())
        })?)?;
        let node = |name: &str, folder: &str, offset: u16| {
            let database = databases.replace("{node}", folder);
            node(&data_dir, name, folder, database, options.port.saturating_add(offset))
        };
        let platform = PlatformConfig {
            node: node("信域服务平台", "platform", 0),
            platform_id: platform_id.clone(),
            operator_id,
            operator_name: OPERATOR.1.to_owned(),
            area,
            calendar: xinyu_core::workday::Calendar::default(),
            lenient_codes: false,
            authorities: Vec::new(),
            issuance: IssuanceConfig::default(),
            trusted_suppliers: Vec::new(),
            witnesses: WitnessesConfig::default(),
            trusted_time: TrustedTimeConfig::default(),
            function_nodes: Vec::new(),
        };
        let mut running = vec![run::platform(&platform, stop.clone()).await?];
        let keys_file = data_dir.join("platform-keys.json");
        if let Some(first) = running.first() {
            write_private(&keys_file, serde_json::to_string_pretty(&first.node.ring.public())?.as_bytes())?;
        }
        let pinned = PinnedPlatform { id: platform_id, address: platform.node.address.clone(), keys_file };
        let connector = |who: Party, role, folder: &str, region: &str, offset| -> anyhow::Result<ConnectorConfig> {
            Ok(ConnectorConfig {
                node: node(who.name, folder, offset),
                participant_id: ParticipantId::parse(who.code)?,
                participant_name: who.name.to_owned(),
                role,
                spaces: vec![SPACE.to_owned()],
                region: Some(region.to_owned()),
                roots: vec![data_dir.join(folder).join("files")],
                platform: pinned.clone(),
                trusted_issuers: Vec::new(),
                partners: Vec::new(),
                data_planes: Vec::new(),
                control_planes: Vec::new(),
                data_plane_id: None,
                by_hand: Vec::new(),
                device: who.device(),
            })
        };
        let provider = connector(PROVIDER, Role::Provider, "provider", "3100", 10)?;
        let consumer = connector(CONSUMER, Role::Consumer, "consumer", "4403", 20)?;
        let regulator = connector(REGULATOR, Role::Regulator, "regulator", "1100", 30)?;
        for config in [&provider, &consumer, &regulator] {
            running.push(run::connector(config, stop.clone()).await?);
        }
        let login = async |config: &NodeConfig| Client::login(&config.address, "admin", &password).await;
        Ok(Self {
            platform: login(&platform.node).await?,
            provider: login(&provider.node).await?,
            consumer: login(&consumer.node).await?,
            regulator: login(&regulator.node).await?,
            data_dir: data_dir.clone(),
            password: password.clone(),
            running,
        })
    }

    /// The provider's real data: a file as its makers publish it, and a table of generated persons.
    pub(crate) async fn bring_data(&self) -> anyhow::Result<(PathBuf, PathBuf)> {
        let files = self.data_dir.join("provider/files");
        std::fs::create_dir_all(&files)?;
        let airports = files.join("airports.csv");
        if !airports.exists() {
            write_private(&airports, AIRPORTS)?;
        }
        let travellers = files.join("travellers.db");
        if !travellers.exists() {
            sample::write_sqlite(&travellers, "travellers", TRAVELLERS, 2026).await?;
        }
        Ok((airports, travellers))
    }

    /// A person of the platform beside `admin`, logged in; made the first time.
    pub(crate) async fn person(&self, name: &str, display_name: &str, role: &str) -> anyhow::Result<Client> {
        let platform = self.running.first().context("nothing runs")?;
        let made = xinyu_shell::user::ensure(&platform.node, name, display_name, role, &self.password).await;
        made.map_err(|error| anyhow::anyhow!("no account {name}: {error:?}"))?;
        Client::login(&self.platform.address, name, &self.password).await
    }

    /// The time, as the platform has it.
    pub(crate) fn now(&self) -> Option<jiff::Timestamp> {
        self.running.first().map(|platform| platform.node.store.clock().now())
    }

    /// The folder of the space's log.
    #[must_use]
    pub(crate) fn evidence_dir(&self) -> PathBuf {
        self.data_dir.join("platform/evidence").join(SPACE)
    }

    /// Waits until all servers have ended.
    pub(crate) async fn stop(self) {
        for one in self.running {
            one.serving.stopped().await;
            xinyu_shell::run_log::stopped(&one.node).await;
            one.node.store.close().await;
        }
    }
}

fn node(data_dir: &Path, name: &str, folder: &str, database: String, port: u16) -> NodeConfig {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let own = data_dir.join(folder);
    NodeConfig {
        name: name.to_owned(),
        listen,
        address: format!("http://{listen}"),
        console: None,
        database,
        key_file: Some(own.join("unlock.key")),
        data_dir: own,
        suite: Suite::Sm,
        admin_password_file: Some(data_dir.join("admin-password")),
        access_policy_file: None,
        egress: EgressPolicy::one_machine(),
        retention: Retention::default(),
        access: AccountRules::default(),
        alerts: None,
        login: LoginConfig::default(),
        witness: WitnessConfig::default(),
    }
}

/// The addresses of the databases, with `{node}` where each has its name. A folder keeps to those it was begun on.
fn databases(data_dir: &Path, asked: Option<&str>) -> anyhow::Result<String> {
    if asked.is_some_and(|url| !url.contains("{node}")) {
        bail!("each node has a database of its own, so --database needs {{node}}: postgres://user@host/xinyu_{{node}}");
    }
    // A password in the address is not repeated on the screen.
    let wanted = asked.unwrap_or("sqlite");
    if remembered(&data_dir.join("database"), || Ok(wanted.to_owned()))? != wanted {
        bail!("{} was begun on other databases: use the --database that it was begun with", data_dir.display());
    }
    Ok(asked.map_or_else(|| format!("sqlite://{}/{{node}}/xinyu.db", data_dir.display()), ToOwned::to_owned))
}

/// What a file remembers; made the first time.
fn remembered(path: &Path, make: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<String> {
    if let Ok(text) = std::fs::read_to_string(path)
        && !text.trim().is_empty()
    {
        return Ok(text.trim().to_owned());
    }
    let made = make()?;
    write_private(path, made.as_bytes())?;
    Ok(made)
}
