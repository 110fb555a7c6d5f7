//! The configuration of `xinyu serve`: TOML, every key documented in the samples under `config/`, secrets from files or the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use xinyu_core::user::AccountRules;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_http::EgressPolicy;
use xinyu_protocol::id::{AreaCode, ParticipantId, PartyId, PlatformId};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::NodeKind;
use xinyu_shell::access::AccessControl;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Arrangements, Tokens};
use xinyu_shell::housekeeping::Retention;

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
    /// Base URL under which others reach this node.
    pub address: String,
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
}

impl NodeConfig {
    /// The policies and rules of a node.
    pub(crate) fn control(&self, kind: NodeKind) -> anyhow::Result<AccessControl> {
        let added = self.access_policy_file.as_ref().map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            anyhow::Ok((path.display().to_string(), text))
        });
        let added = added.transpose()?;
        let added = added.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        Ok(AccessControl::new(kind, self.access.clone(), added)?)
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
    /// The file with what it shows us in `authorization`, to the letter.
    pub token_file: PathBuf,
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
    /// The systems of other makers, with their tokens.
    pub(crate) fn arranged(&self) -> anyhow::Result<Arrangements> {
        let mut all = Vec::new();
        for one in &self.partners {
            if PartyId::parse(&one.id).is_ok() {
                bail!("partner {} has the identifier of a member: members need no arrangement", one.id);
            }
            let tokens = tokens(&one.token_file, one.our_token_file.as_deref())?;
            let partner = Arranged::new(ArrangedKind::Partner, &one.id, &one.name, &one.address, tokens);
            all.push(partner.in_space(&one.space).knowing_us_as(one.known_as.clone()));
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
            node.data_dir = base.join(&node.data_dir);
            node.key_file = node.key_file.as_ref().map(|file| base.join(file));
            node.access_policy_file = node.access_policy_file.as_ref().map(|file| base.join(file));
            node.admin_password_file = node.admin_password_file.as_ref().map(|file| base.join(file));
            if let Some(relative) =
                node.database.strip_prefix("sqlite://").filter(|rest| !rest.starts_with('/') && !rest.starts_with(':'))
            {
                let absolute = std::path::absolute(base.join(relative))?;
                node.database = format!("sqlite://{}", absolute.display());
            }
        }
        if let Some(connector) = &mut config.connector {
            connector.platform.keys_file = base.join(&connector.platform.keys_file);
            connector.roots = connector.roots.iter().map(|root| base.join(root)).collect();
            let partners = connector.partners.iter_mut().map(|one| (&mut one.token_file, &mut one.our_token_file));
            let planes = connector.data_planes.iter_mut().chain(&mut connector.control_planes);
            for (theirs, ours) in partners.chain(planes.map(|one| (&mut one.token_file, &mut one.our_token_file))) {
                *theirs = base.join(&*theirs);
                *ours = ours.as_ref().map(|file| base.join(file));
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
            let least = Retention::LEAST_ANSWERED_DAYS;
            if retention.answered_days < least {
                bail!(
                    "retention.answered_days 须不小于 {least}：更短则中断之后重发的报文会被再次处理 / must be {least} at least, or what is \
                     sent again after an outage would be taken twice"
                );
            }
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
            for (section, keys) in [("platform", 5), ("connector", 13)] {
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
        assert_eq!(retention, Retention { sent_days: 30, answered_days: 14 });
        let error = Config::parse(&with(13)).unwrap_err();
        assert!(format!("{error:#}").contains("answered_days"), "{error:#}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Config::parse("[platform]\ncolour = 1\n").unwrap_err();
        assert!(format!("{error:#}").contains("colour"), "{error:#}");
    }
}
