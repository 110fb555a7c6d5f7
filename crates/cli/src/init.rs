//! `xinyu init platform|connector DIR`: a ready configuration with fresh keys, in a new folder.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use url::Url;
use xinyu_core::user::AccountRules;
use xinyu_crypto::Suite;
use xinyu_http::EgressPolicy;
use xinyu_protocol::id::{AreaCode, ParticipantId, PlatformId};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::housekeeping::Retention;
use xinyu_shell::keys::{Unlock, open_or_create, write_private};

use crate::config::{
    Config, ConnectorConfig, DeviceConfig, IssuanceConfig, LoginConfig, NodeConfig, PinnedPlatform, PlatformConfig,
    RELAYED, TrustedTimeConfig, WitnessConfig, WitnessesConfig,
};
use crate::output::{Context, Failed};

/// What to make ready.
#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// 服务平台 / a service platform.
    Platform {
        /// 新目录 / a new folder.
        dir: PathBuf,
        /// 运营者统一社会信用代码 / the operator's unified social credit code.
        #[arg(long, default_value = crate::demo::world::OPERATOR.0)]
        operator_id: String,
        /// 运营者名称 / the operator's name.
        #[arg(long, default_value = crate::demo::world::OPERATOR.1)]
        operator_name: String,
        /// 区域或行业代码 / area or industry code.
        #[arg(long, default_value = "1100")]
        area: String,
        /// 监听地址 / where to listen.
        #[arg(long, default_value = "127.0.0.1:7700")]
        listen: std::net::SocketAddr,
        /// 数据库，默认内嵌 SQLite / the database.
        #[arg(long)]
        database: Option<String>,
        /// 密码套件 sm 或 intl / suite.
        #[arg(long, default_value = "sm")]
        suite: String,
    },
    /// 接入连接器 / an access connector.
    Connector {
        /// 新目录 / a new folder.
        dir: PathBuf,
        /// 平台目录，其公钥将被固定 / the folder of the platform, whose keys are pinned.
        #[arg(long)]
        platform: PathBuf,
        /// 主体统一社会信用代码 / the organisation's unified social credit code.
        #[arg(long)]
        participant_id: String,
        /// 主体名称 / its name.
        #[arg(long)]
        participant_name: String,
        /// 角色 provider、consumer、service、regulator / role.
        #[arg(long)]
        role: String,
        /// 加入的空间 / the spaces to join.
        #[arg(long, required = true)]
        space: Vec<String>,
        /// 监听地址 / where to listen.
        #[arg(long, default_value = "127.0.0.1:7710")]
        listen: std::net::SocketAddr,
        /// 他方无法直连本连接器：经平台中继收取请求 / nobody can call this connector: it takes from its platform what is for it.
        #[arg(long)]
        relay: bool,
        /// 数据库，默认内嵌 SQLite / the database.
        #[arg(long)]
        database: Option<String>,
    },
}

/// Makes the folder.
pub(crate) fn run(context: &Context, init: &Init) -> Result<(), Failed> {
    let (dir, config, keys) = match &init.kind {
        Kind::Platform { dir, operator_id, operator_name, area, listen, database, suite } => {
            let operator_id = ParticipantId::parse(operator_id).map_err(Failed::usage)?;
            let area = AreaCode::parse(area).map_err(Failed::usage)?;
            let suite: Suite = suite.parse().map_err(Failed::usage)?;
            let mut entropy = [0; 8];
            getrandom::fill(&mut entropy).map_err(|_| Failed::from("the operating system gives no randomness"))?;
            let platform = PlatformConfig {
                node: node("信域服务平台", *listen, database.clone(), suite),
                platform_id: PlatformId::compose(&operator_id, &area, u64::from_le_bytes(entropy)),
                operator_id,
                operator_name: operator_name.clone(),
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
            let keys = make(dir)?;
            (dir, Config { platform: Some(platform), connector: None }, keys)
        }
        Kind::Connector { dir, platform, participant_id, participant_name, role, space, listen, relay, database } => {
            let pinned =
                Config::read(&platform.join("xinyu.toml")).map_err(|error| Failed::usage(format!("{error:#}")))?;
            let pinned = pinned
                .platform
                .ok_or_else(|| Failed::usage(format!("{} configures no platform", platform.display())))?;
            let role: Role = serde_json::from_value(serde_json::Value::String(role.clone()))
                .map_err(|_| Failed::usage(format!("unknown role {role}: provider, consumer, service or regulator")))?;
            let mut own = node(participant_name, *listen, database.clone(), pinned.node.suite);
            // Where the platform is, a first trial may go, whatever its port.
            let port = Url::parse(&pinned.node.address).ok().and_then(|address| address.port_or_known_default());
            if let (Some(port), Some(ports)) = (port, &mut own.egress.ports)
                && !ports.contains(&port)
            {
                ports.push(port);
            }
            let connector = ConnectorConfig {
                node: NodeConfig {
                    address: if *relay { RELAYED.to_owned() } else { format!("http://{listen}") },
                    ..own
                },
                participant_id: ParticipantId::parse(participant_id).map_err(Failed::usage)?,
                participant_name: participant_name.clone(),
                role,
                spaces: space.clone(),
                region: None,
                roots: vec![PathBuf::from("files")],
                platform: PinnedPlatform {
                    id: pinned.platform_id,
                    address: pinned.node.address,
                    keys_file: PathBuf::from("platform-keys.json"),
                },
                trusted_issuers: Vec::new(),
                partners: Vec::new(),
                data_planes: Vec::new(),
                control_planes: Vec::new(),
                data_plane_id: None,
                by_hand: Vec::new(),
                device: DeviceConfig::default(),
            };
            let keys = make(dir)?;
            std::fs::create_dir_all(dir.join("files"))?;
            std::fs::copy(platform.join("public-keys.json"), dir.join("platform-keys.json"))?;
            (dir, Config { platform: None, connector: Some(connector) }, keys)
        }
    };
    write_private(&dir.join("xinyu.toml"), toml::to_string_pretty(&config)?.as_bytes())?;
    write_private(&dir.join("public-keys.json"), serde_json::to_string_pretty(&keys)?.as_bytes())?;
    context.print(format!("{} {}", context.say("已生成", "made"), dir.join("xinyu.toml").display()));
    context.print(format!(
        "{}: xinyu serve --config {}",
        context.say("启动", "start it with"),
        dir.join("xinyu.toml").display()
    ));
    context.print(format!(
        "{}: {}",
        context.say("管理员 admin 的初始密码在", "the first password of admin is in"),
        dir.join("admin-password").display()
    ));
    Ok(())
}

fn node(name: &str, listen: std::net::SocketAddr, database: Option<String>, suite: Suite) -> NodeConfig {
    NodeConfig {
        name: name.to_owned(),
        listen,
        address: format!("http://{listen}"),
        console: None,
        database: database.unwrap_or_else(|| "sqlite://xinyu.db".to_owned()),
        data_dir: PathBuf::from("."),
        key_file: Some(PathBuf::from("unlock.key")),
        suite,
        admin_password_file: Some(PathBuf::from("admin-password")),
        access_policy_file: None,
        egress: EgressPolicy { ports: Some(ports(listen)), ..EgressPolicy::one_machine() },
        retention: Retention::default(),
        access: AccountRules::default(),
        alerts: None,
        login: LoginConfig::default(),
        witness: WitnessConfig::default(),
    }
}

/// The usual ports, those of a first trial on one machine, and our own.
fn ports(listen: std::net::SocketAddr) -> Vec<u16> {
    let mut ports = vec![443, 8443, 7700, 7710, 7720, 7730];
    if !ports.contains(&listen.port()) {
        ports.push(listen.port());
    }
    ports
}

fn make(dir: &Path) -> Result<xinyu_crypto::PublicKeys, Failed> {
    if dir.join("xinyu.toml").exists() {
        return Err(Failed::from(format!("{} is configured already; nothing was changed", dir.display())));
    }
    std::fs::create_dir_all(dir)?;
    let ring = open_or_create(dir, &Unlock::KeyFile(dir.join("unlock.key")))?;
    write_private(&dir.join("admin-password"), password()?.as_bytes())?;
    Ok(ring.public())
}

/// A random password that the rules accept.
pub(crate) fn password() -> Result<String, Failed> {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes).map_err(|_| Failed::from("the operating system gives no randomness"))?;
    let letters: String = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|letter| char::from(*letter))
        .collect();
    Ok(format!("{letters}-7"))
}
