//! The configuration of `xinyu serve`: TOML, every key documented in the samples under `config/`, secrets from files or the environment.

mod alerts;
mod login;
mod trusted_time;
mod witness;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use xinyu_core::issuance::{CredentialKind, IssuancePolicy};
use xinyu_core::user::AccountRules;
use xinyu_core::verification::Patience;
use xinyu_core::workday::Calendar;
use xinyu_crypto::x509::Certificate;
use xinyu_crypto::{PublicKey, PublicKeys, Suite};
use xinyu_http::EgressPolicy;
use xinyu_identity::DidWeb;
use xinyu_platform::ndi::node::FunctionNode;
use xinyu_platform::verification::authority::Authority;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::id::{AreaCode, IdKind, ParticipantId, PartyId, PlatformId, Strictness, check};
use xinyu_protocol::tc609::connector::{ConnectorType, Device, JoinType};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::verification::AuthorityKind;
use xinyu_shell::NodeKind;
use xinyu_shell::access::AccessControl;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Arrangements, Tokens};
use xinyu_shell::dcp::TrustedIssuer;
use xinyu_shell::housekeeping::Retention;

pub(crate) use alerts::AlertsConfig;
pub(crate) use login::LoginConfig;
pub(crate) use trusted_time::TrustedTimeConfig;
pub(crate) use witness::{WitnessConfig, WitnessesConfig};

/// What one process runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// A service platform.
    pub platform: Option<PlatformConfig>,
    /// An access connector.
    pub connector: Option<ConnectorConfig>,
}

/// What platform and connector have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    /// For people.
    pub name: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Base URL under which others reach this node; of a connector that nobody can call, [`RELAYED`].
    pub address: String,
    /// Base URL of the console, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// `sqlite:///…/x.db` or `postgres://…`.
    pub database: String,
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// The file that opens the sealed keys; without it the passphrase comes from `XINYU_PASSPHRASE`.
    pub key_file: Option<PathBuf>,
    /// `sm` or `intl`: the suite of this node's tokens.
    pub suite: Suite,
    /// The file that holds the first password of the user `admin`; used when there is no such user yet.
    pub admin_password_file: Option<PathBuf>,
    /// Policies in Cedar that are added to those of the program: who may call what besides, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_policy_file: Option<PathBuf>,
    /// Where requests may go; the safe answer is the default.
    #[serde(default)]
    pub egress: EgressPolicy,
    /// How long is kept what is over.
    #[serde(default)]
    pub retention: Retention,
    /// The rules for passwords, sessions and roles.
    #[serde(default)]
    pub access: AccountRules,
    /// Where alerts go besides their page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<AlertsConfig>,
    /// How people log in besides by password.
    #[serde(default)]
    pub login: LoginConfig,
    /// Which logs of other spaces it watches.
    #[serde(default)]
    pub witness: WitnessConfig,
}

/// The address of a connector that nobody can call: what is for it, it takes from its platform.
pub(crate) const RELAYED: &str = "relay";

impl NodeConfig {
    /// Base URL under which people reach it.
    pub(crate) fn console(&self) -> &str {
        self.console.as_deref().unwrap_or(&self.address)
    }

    /// The policies and rules of a node.
    pub(crate) fn control(&self, kind: NodeKind) -> anyhow::Result<AccessControl> {
        let added = self.access_policy_file.as_ref().map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            anyhow::Ok((path.display().to_string(), text))
        });
        let added = added.transpose()?;
        let added = added.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        let control = AccessControl::new(kind, self.access.clone(), added)?;
        Ok(AccessControl { alerts: self.alerts.as_ref().map(AlertsConfig::read).transpose()?, ..control })
    }
}

/// A platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformConfig {
    /// What it has in common with a connector.
    pub node: NodeConfig,
    /// The platform's identifier.
    pub platform_id: PlatformId,
    /// The operator's unified social credit code.
    pub operator_id: ParticipantId,
    /// The operator's name.
    pub operator_name: String,
    /// The area or industry of the identifiers it allocates.
    pub area: AreaCode,
    /// Holidays and the days that make up for them.
    #[serde(default)]
    pub calendar: Calendar,
    /// Whether a credit code with a wrong check character is taken, as the standard's own samples have it.
    #[serde(default)]
    pub lenient_codes: bool,
    /// Who is asked about an identity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<AuthorityConfig>,
    /// The verifiable credentials that it issues to its members.
    #[serde(default)]
    pub issuance: IssuanceConfig,
    /// Suppliers of connectors that are trusted, by credit code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_suppliers: Vec<String>,
    /// Who cosigns the heads of its logs.
    #[serde(default)]
    pub witnesses: WitnessesConfig,
    /// Who puts trusted time on its logs.
    #[serde(default)]
    pub trusted_time: TrustedTimeConfig,
    /// Function nodes of area or industry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub function_nodes: Vec<FunctionNodeConfig>,
}

/// A function node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionNodeConfig {
    /// Its identifier, the OU of its certificate.
    pub id: String,
    /// For people.
    pub name: String,
    /// Base URL of its interfaces of NDI-TR-2025-03.
    pub address: String,
    /// The file with its SM2 certificate and whoever issued it, in PEM.
    pub certificate_file: PathBuf,
    /// The file with the roots that it vouches for, in PEM.
    pub roots_file: PathBuf,
    /// Whether it is told of connectors and operators.
    #[serde(default)]
    pub report: bool,
    /// Whether listed products are registered there, for their providers; at most one node may say so.
    #[serde(default)]
    pub registers_products: bool,
}

impl FunctionNodeConfig {
    /// The node with its certificates.
    pub(crate) fn read(&self) -> anyhow::Result<FunctionNode> {
        let report = check(&self.id, Strictness::Strict);
        let is_node = matches!(report.kind, Some(IdKind::NationalNode | IdKind::RegionalNode | IdKind::IndustryNode));
        if !report.valid || !is_node {
            bail!("function_nodes.id {} 不是功能节点标识 / is not the identifier of a function node", self.id);
        }
        let chain = |path: &Path| -> anyhow::Result<Vec<Certificate>> {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            Certificate::chain_from_pem(&text).with_context(|| format!("{}", path.display()))
        };
        Ok(FunctionNode {
            id: self.id.clone(),
            name: self.name.clone(),
            address: self.address.trim_end_matches('/').to_owned(),
            chain: chain(&self.certificate_file)?,
            roots: chain(&self.roots_file)?,
            is_told: self.report,
            registers_products: self.registers_products,
        })
    }
}

/// An authority that is asked about identities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityConfig {
    /// Which.
    pub kind: AuthorityKind,
    /// Where it takes questions.
    pub address: String,
    /// The file with the SM2 key that it signs with, a JWK.
    pub key_file: PathBuf,
    /// How long to wait for an answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How often to try before a person decides.
    #[serde(default = "default_attempts")]
    pub attempts: u32,
    /// Before the second attempt; four times as long before each one after that, a minute at most.
    #[serde(default = "default_backoff_ms")]
    pub backoff_ms: u32,
}

fn default_timeout_ms() -> u64 {
    5_000
}

fn default_attempts() -> u32 {
    5
}

fn default_backoff_ms() -> u32 {
    1_000
}

impl PlatformConfig {
    /// The authorities, with their keys.
    pub(crate) fn authorities(&self) -> anyhow::Result<Vec<Authority>> {
        let read = |one: &AuthorityConfig| -> anyhow::Result<Authority> {
            let place = one.key_file.display();
            let text = std::fs::read_to_string(&one.key_file).with_context(|| format!("{place}"))?;
            let key: PublicKey = serde_json::from_str(&text).with_context(|| format!("{place}"))?;
            if key.suite() != Suite::Sm {
                bail!("{place}: an authority signs with SM2");
            }
            Ok(Authority {
                kind: one.kind,
                address: one.address.clone(),
                key,
                timeout: Duration::from_millis(one.timeout_ms),
                patience: Patience {
                    attempts: one.attempts,
                    backoff: jiff::SignedDuration::from_millis(i64::from(one.backoff_ms)),
                },
            })
        };
        self.authorities.iter().map(read).collect()
    }
}

/// The verifiable credentials that a platform issues.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuanceConfig {
    /// The kinds.
    pub kinds: Vec<CredentialKind>,
    /// The profiles, each kind in all of them.
    pub profiles: Vec<Profile>,
    /// Whether members are offered them when they are admitted.
    pub offer: bool,
}

impl Default for IssuanceConfig {
    fn default() -> Self {
        let IssuancePolicy { kinds, profiles, is_offered } = IssuancePolicy::default();
        Self { kinds, profiles, offer: is_offered }
    }
}

/// A connector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorConfig {
    /// What it has in common with a platform.
    pub node: NodeConfig,
    /// The organisation's unified social credit code.
    pub participant_id: ParticipantId,
    /// Its name.
    pub participant_name: String,
    /// `provider`, `consumer`, `service` or `regulator`.
    pub role: Role,
    /// The logical spaces to join.
    pub spaces: Vec<String>,
    /// Where it stands, a GB/T 2260 code.
    pub region: Option<String>,
    /// Folders below which file resources may lie.
    #[serde(default)]
    pub roots: Vec<PathBuf>,
    /// The platform to join.
    pub platform: PinnedPlatform,
    /// Issuers of credentials that are believed beside the platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Connectors of other makers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<PartnerConfig>,
    /// Data planes of other makers that may move data for this connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_planes: Vec<PlaneConfig>,
    /// Control planes of other makers that may use this connector's data plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub control_planes: Vec<PlaneConfig>,
    /// Under what name others' tokens for our data plane are made out; absent: our identifier.
    #[serde(default)]
    pub data_plane_id: Option<String>,
    /// Agreements whose data people hand over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
    /// What it is as a device: NDI-TR-2025-03 tables 10 and 11.
    #[serde(default)]
    pub device: DeviceConfig,
}

/// A connector as a device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeviceConfig {
    /// 接入连接器名称.
    pub name: String,
    /// 供应商名称.
    pub supplier_name: String,
    /// 供应商代码.
    pub supplier_code: String,
    /// 产品 SN 号.
    pub serial_number: String,
    /// 连接器类型: `standard` or `full`.
    pub kind: ConnectorType,
    /// 设备 MAC 地址.
    pub mac: String,
    /// 接入方式: `dedicated_line`, `fixed_internet`, `floating_internet`, `high_speed_network` or `other`.
    pub join_type: JoinType,
    /// IP 地址列表.
    pub ips: Vec<String>,
    /// 域名列表.
    pub domains: Vec<String>,
}

impl DeviceConfig {
    /// As it is told.
    pub(crate) fn device(&self) -> Device {
        Device {
            connector_name: self.name.clone(),
            supplier_name: self.supplier_name.clone(),
            supplier_code: self.supplier_code.clone(),
            connector_sn: self.serial_number.clone(),
            connector_version: env!("CARGO_PKG_VERSION").to_owned(),
            connector_type: self.kind,
            connector_mac: self.mac.clone(),
            join_type: self.join_type,
            ip_list: self.ips.clone(),
            domain_list: self.domains.clone(),
        }
    }
}

/// A connector of another maker, on arranged terms.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerConfig {
    /// How it names itself in the dataspace.
    pub id: String,
    /// For people.
    pub name: String,
    /// Base URL of its Dataspace Protocol 2025-1.
    pub address: String,
    /// The logical space whose rules apply.
    pub space: String,
    /// Under what name it knows us; absent: our identifier.
    pub known_as: Option<String>,
    /// The file with what it shows us in `authorization`, to the letter; absent: its id is a DID, and both sides show credentials.
    pub token_file: Option<PathBuf>,
    /// The file with what we show it.
    pub our_token_file: Option<PathBuf>,
}

/// A control plane or data plane of another maker, on arranged terms.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaneConfig {
    /// Its name.
    pub id: String,
    /// Base URL of its Data Plane Signaling.
    pub address: String,
    /// The transfer profiles it supports; data planes only.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// The file with what it shows us in `authorization`, to the letter.
    pub token_file: PathBuf,
    /// The file with what we show it.
    pub our_token_file: Option<PathBuf>,
}

impl ConnectorConfig {
    /// The same, with the address at which a connector with these keys is reached through its platform, if that is how.
    pub(crate) fn placed(&self, keys: &PublicKeys) -> Self {
        let mut placed = self.clone();
        if self.node.address == RELAYED {
            placed.node.address =
                xinyu_http::relay::address(&self.platform.address, &keys.signing(self.node.suite).kid());
            placed.node.console.get_or_insert_with(|| format!("http://{}", self.node.listen));
        }
        placed
    }

    /// The systems of other makers, with their tokens.
    pub(crate) fn arranged(&self) -> anyhow::Result<Arrangements> {
        let mut all = Vec::new();
        for one in &self.partners {
            if PartyId::parse(&one.id).is_ok() {
                bail!("partner {} has the identifier of a member: members need no arrangement", one.id);
            }
            let (partner, known_as) = match &one.token_file {
                Some(file) => {
                    let tokens = tokens(file, one.our_token_file.as_deref())?;
                    let partner = Arranged::new(ArrangedKind::Partner, &one.id, &one.name, &one.address, tokens);
                    (partner, one.known_as.clone())
                }
                None => {
                    DidWeb::parse(&one.id).with_context(|| {
                        format!(
                            "partner {} has no token_file, so its id must be a did:web whose credentials it shows",
                            one.id
                        )
                    })?;
                    let ours = || DidWeb::from_base_url(&self.node.address).map(|did| did.to_string());
                    let known_as = one.known_as.clone().map_or_else(ours, Ok)?;
                    (Arranged::by_credentials(&one.id, &one.name, &one.address), Some(known_as))
                }
            };
            all.push(partner.in_space(&one.space).knowing_us_as(known_as));
        }
        let planes = [(ArrangedKind::DataPlane, &self.data_planes), (ArrangedKind::ControlPlane, &self.control_planes)];
        for (kind, planes) in planes {
            for one in planes {
                let tokens = tokens(&one.token_file, one.our_token_file.as_deref())?;
                let plane = Arranged::new(kind, &one.id, &one.id, &one.address, tokens);
                all.push(plane.with_profiles(one.profiles.clone()));
            }
        }
        Ok(Arrangements::new(all))
    }
}

fn tokens(theirs: &Path, ours: Option<&Path>) -> anyhow::Result<Tokens> {
    let read = |path: &Path| -> anyhow::Result<String> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let token = text.trim().to_owned();
        if token.is_empty() {
            bail!("{} is empty: a token is needed", path.display());
        }
        Ok(token)
    };
    Ok(Tokens { shown_to_us: read(theirs)?, shown_by_us: ours.map(read).transpose()? })
}

/// The platform a connector joins. Its keys are pinned here, never learnt from the network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinnedPlatform {
    /// Its identifier.
    pub id: PlatformId,
    /// Its base URL.
    pub address: String,
    /// The file with its public keys (JSON, as `xinyu init platform` writes it).
    pub keys_file: PathBuf,
}

impl Config {
    /// Reads a configuration; relative paths in it are below the folder of the file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let mut config = Self::parse(&text).with_context(|| format!("{}", path.display()))?;
        let base = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let nodes = config
            .platform
            .iter_mut()
            .map(|one| &mut one.node)
            .chain(config.connector.iter_mut().map(|one| &mut one.node));
        for node in nodes {
            node.login.place_below(&base);
            node.data_dir = base.join(&node.data_dir);
            node.key_file = node.key_file.as_ref().map(|file| base.join(file));
            node.access_policy_file = node.access_policy_file.as_ref().map(|file| base.join(file));
            if let Some(alerts) = &mut node.alerts {
                alerts.token_file = alerts.token_file.as_ref().map(|file| base.join(file));
            }
            node.admin_password_file = node.admin_password_file.as_ref().map(|file| base.join(file));
            if let Some(relative) =
                node.database.strip_prefix("sqlite://").filter(|rest| !rest.starts_with('/') && !rest.starts_with(':'))
            {
                let absolute = std::path::absolute(base.join(relative))?;
                node.database = format!("sqlite://{}", absolute.display());
            }
        }
        let nodes = config.platform.iter().flat_map(|platform| &platform.function_nodes);
        if nodes.filter(|node| node.registers_products).count() > 1 {
            bail!("只能有一个功能节点登记数据产品 / one function node at most has registers_products = true");
        }
        for node in config.platform.iter_mut().flat_map(|platform| &mut platform.function_nodes) {
            node.certificate_file = base.join(&node.certificate_file);
            node.roots_file = base.join(&node.roots_file);
        }
        for authority in config.platform.iter_mut().flat_map(|one| &mut one.authorities) {
            authority.key_file = base.join(&authority.key_file);
        }
        if let Some(connector) = &mut config.connector {
            connector.platform.keys_file = base.join(&connector.platform.keys_file);
            connector.roots = connector.roots.iter().map(|root| base.join(root)).collect();
            for one in &mut connector.partners {
                one.token_file = one.token_file.as_ref().map(|file| base.join(file));
                one.our_token_file = one.our_token_file.as_ref().map(|file| base.join(file));
            }
            for one in connector.data_planes.iter_mut().chain(&mut connector.control_planes) {
                one.token_file = base.join(&one.token_file);
                one.our_token_file = one.our_token_file.as_ref().map(|file| base.join(file));
            }
        }
        Ok(config)
    }

    /// Parses a configuration.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let config: Self = toml::from_str(text)?;
        if config.platform.is_none() && config.connector.is_none() {
            bail!("neither [platform] nor [connector] is configured");
        }
        let platform = config.platform.iter().map(|one| one.node.retention);
        for retention in platform.chain(config.connector.iter().map(|one| one.node.retention)) {
            retention.check().map_err(|text| anyhow::anyhow!("{} / {}", text.zh, text.en))?;
        }
        Ok(config)
    }
}

impl PinnedPlatform {
    /// Reads the pinned keys.
    pub(crate) fn keys(&self) -> anyhow::Result<PublicKeys> {
        let text = std::fs::read_to_string(&self.keys_file).with_context(|| format!("{}", self.keys_file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}", self.keys_file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_complete_and_parse() {
        for name in ["platform.toml", "connector.toml"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config").join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            let config = Config::parse(&text).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            // What is absent would not be written again.
            let written = toml::Table::try_from(&config).unwrap();
            for (section, keys) in [("platform", 13), ("connector", 15)] {
                let found = written.get(section).and_then(toml::Value::as_table).map(toml::Table::len);
                assert!(found.is_none_or(|found| found == keys), "{name}: {written}");
            }
        }
    }

    #[test]
    fn what_init_writes_can_be_added_to() {
        let sample = include_str!("../../../config/connector.toml");
        let (bare, partners) = (
            sample.split("[[connector.").next().unwrap(),
            sample
                .split_inclusive('\n')
                .skip_while(|line| !line.starts_with("[[connector.partners"))
                .collect::<String>(),
        );
        let written = toml::to_string_pretty(&Config::parse(bare).unwrap()).unwrap();
        let config = Config::parse(&format!("{written}\n{partners}")).unwrap().connector.unwrap();
        assert_eq!(
            (config.partners.len(), config.data_planes.len(), config.control_planes.len()),
            (1, 1, 1),
            "{written}"
        );
    }

    #[test]
    fn what_is_forgotten_too_soon_is_refused_with_what_is_enough() {
        let sample = include_str!("../../../config/connector.toml");
        let with = |days: u32| sample.replace("answered_days = 90", &format!("answered_days = {days}"));
        let retention = Config::parse(&with(14)).unwrap().connector.unwrap().node.retention;
        assert_eq!(retention, Retention { answered_days: 14, ..Retention::default() });
        let error = Config::parse(&with(13)).unwrap_err();
        assert!(format!("{error:#}").contains("answered_days"), "{error:#}");
        for (given, wrong) in
            [("access_log_days = 0", "access_log_days = 183"), ("contract_years = 3", "contract_years = 2")]
        {
            let error = Config::parse(&sample.replace(given, wrong)).unwrap_err();
            let name = given.split(' ').next().unwrap();
            assert!(format!("{error:#}").contains(name), "{error:#}");
            Config::parse(&sample.replace(given, &format!("{name} = 200"))).unwrap();
        }
        let short = sample.replace("run_log_days = 184", "run_log_days = 183");
        let error = Config::parse(&short).unwrap_err();
        assert!(format!("{error:#}").contains("run_log_days"), "{error:#}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Config::parse("[platform]\ncolour = 1\n").unwrap_err();
        assert!(format!("{error:#}").contains("colour"), "{error:#}");
    }
}
