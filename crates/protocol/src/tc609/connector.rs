//! A connector as a device: what it is, what it can do, its signs of life. NDI-TR-2025-03 tables 10 to 12; NDI-TR-2025-05 §6; TC609-6-2025-11 §7.2.2 g.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy_record::PolicySequences;

/// 连接器类型.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorType {
    /// 标准型.
    Standard,
    /// 全功能型.
    #[default]
    Full,
}

impl ConnectorType {
    /// The code in SyncConnectorInfo, which counts from 1 where table 11 counts from 0.
    #[must_use]
    pub fn sync_code(self) -> &'static str {
        match self {
            Self::Standard => "1",
            Self::Full => "2",
        }
    }
}

/// 接入方式.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinType {
    /// 1 专线.
    DedicatedLine,
    /// 2 互联网（固定公网 IP）.
    FixedInternet,
    /// 3 互联网（无固定公网 IP）.
    FloatingInternet,
    /// 4 高速数据网.
    HighSpeedNetwork,
    /// 5 其他.
    #[default]
    Other,
}

impl JoinType {
    /// The code of table 10.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DedicatedLine => "1",
            Self::FixedInternet => "2",
            Self::FloatingInternet => "3",
            Self::HighSpeedNetwork => "4",
            Self::Other => "5",
        }
    }
}

/// What a connector is: tables 10 and 11. What its owner does not say stays empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Device {
    /// 接入连接器名称.
    pub connector_name: String,
    /// 供应商名称.
    pub supplier_name: String,
    /// 供应商代码, its unified social credit code.
    pub supplier_code: String,
    /// 产品 SN 号.
    pub connector_sn: String,
    /// 产品版本号.
    pub connector_version: String,
    /// 连接器类型.
    pub connector_type: ConnectorType,
    /// 设备 MAC 地址.
    pub connector_mac: String,
    /// 接入方式.
    pub join_type: JoinType,
    /// IP 地址列表.
    pub ip_list: Vec<String>,
    /// 域名列表.
    pub domain_list: Vec<String>,
}

impl Device {
    /// Its name, or another where it has none.
    #[must_use]
    pub fn name_or(&self, other: &str) -> String {
        if self.connector_name.is_empty() { other.to_owned() } else { self.connector_name.clone() }
    }
}

/// What the programs of this version can do, in the words of [`STANDARD`], [`EXTENDED`] and [`PROTOCOLS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Capabilities {
    /// Of NDI-TR-2025-05 §6.2 and §6.3.
    pub abilities: Vec<String>,
    /// `dsp-2025-1`, `tc609`, …
    pub protocols: Vec<String>,
    /// `sm`, `intl`.
    pub suites: Vec<String>,
}

/// The standard capability set, NDI-TR-2025-05 §6.2.
pub const STANDARD: [&str; 6] = ["identity", "network", "delivery", "access_control", "logging", "status_report"];
/// The extended ones, §6.3.
pub const EXTENDED: [&str; 8] =
    ["resource", "product", "contract", "catalog", "usage_control", "privacy", "high_speed_network", "other"];
/// Protocols that a space may ask for.
pub const PROTOCOLS: [&str; 2] = ["tc609", "dsp-2025-1"];

impl Capabilities {
    /// What can be asked for: an ability, `protocol:<name>` or `suite:<name>`.
    #[must_use]
    pub fn has(&self, wanted: &str) -> bool {
        let is_in = |list: &[String], word: &str| list.iter().any(|one| one == word);
        match wanted.split_once(':') {
            Some(("protocol", name)) => is_in(&self.protocols, name),
            Some(("suite", name)) => is_in(&self.suites, name),
            Some(_) => false,
            None => is_in(&self.abilities, wanted),
        }
    }
}

/// Whether a space can ask for something of that name.
#[must_use]
pub fn is_known(wanted: &str) -> bool {
    match wanted.split_once(':') {
        Some(("protocol", name)) => PROTOCOLS.contains(&name),
        Some(("suite", name)) => matches!(name, "sm" | "intl"),
        Some(_) => false,
        None => STANDARD.contains(&wanted) || EXTENDED.contains(&wanted),
    }
}

/// `/connectorDeclaration`: connector → platform, at every start: what it is, what it can do, and which program runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Declaration {
    /// What it is.
    pub device: Device,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the program that runs.
    pub binary_digest: String,
    /// SHA-256 of the program that ran before, if it was another one.
    #[serde(default)]
    pub previous_digest: Option<String>,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclarationAnswer {
    /// What spaces ask for and this connector lacks, by space.
    pub lacking: Vec<Lacking>,
}

/// What a space asks for and a connector lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lacking {
    /// The space.
    pub space_id: String,
    /// What.
    pub what: Vec<String>,
}

/// `/heartbeat`: connector → platform, every five seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heartbeat {
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the program that runs.
    pub binary_digest: String,
    /// Where it can be reached.
    pub address: String,
    /// Since when it runs.
    #[schemars(with = "crate::api::schema::Instant")]
    pub started_at: Timestamp,
}

/// The answer to a [`Heartbeat`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeartbeatAnswer {
    /// `0`.
    pub status: String,
    /// The sequence of the newest set of policy records of the caller's spaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policy_sets: PolicySequences,
}

/// `/addressReport`: connector → platform: it can be reached elsewhere from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressReport {
    /// Base URL.
    pub address: String,
}

/// `/attachment`: connector → platform.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentUpload {
    /// Of [`ATTACHMENT_KINDS`].
    pub kind: String,
    /// Name of the file.
    pub name: String,
    /// Who issued it.
    #[serde(default)]
    pub issue_org: String,
    /// Until when it is good, `YYYY-MM-DD`; empty: without an end.
    #[serde(default)]
    pub expire_date: String,
    /// The file in base64.
    pub content: String,
}

/// Table 12, in its order.
pub const ATTACHMENT_KINDS: [&str; 10] = [
    "network_access",
    "classified_protection",
    "security_product",
    "crypto_module",
    "supply_chain",
    "vulnerability_fix",
    "protocol_compatibility",
    "tee",
    "audit_compliance",
    "third_party",
];
