//! What is told upward of connectors. NDI-TR-2025-03 §8.3.3.1, tables 10 and 11; and of run logs, TC609-6-2025-01 §5.3.3.6 a.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::run_log::RunLogEntry;

/// SyncConnectorInfo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorReport {
    /// 身份基本信息.
    pub base_info: ConnectorBase,
    /// 身份附加信息.
    pub extend_info: ConnectorExtension,
}

/// Its base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorBase {
    /// 唯一身份标识.
    pub identity_code: String,
    /// 接入连接器名称.
    pub connector_name: String,
    /// IP 地址列表.
    pub connector_ip_list: Vec<String>,
    /// 域名列表.
    pub connector_domain_list: Vec<String>,
    /// 接入方式, 1 to 5.
    pub connector_join_type: String,
    /// 所属法人或其他组织名称.
    pub enterprise_name: String,
    /// 其统一社会信用代码.
    pub enterprise_code: String,
    /// 状态: 0 不可用, 1 可用.
    pub identity_status: String,
    /// 颁发日期.
    pub auth_time: String,
}

/// Its extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorExtension {
    /// 供应商名称.
    pub supplier_name: String,
    /// 供应商统一社会信用代码.
    pub supplier_code: String,
    /// 产品 SN 号.
    #[serde(rename = "connectorSN")]
    pub connector_sn: String,
    /// 产品版本号.
    pub connector_version: String,
    /// 连接器类型: 1 标准型, 2 全功能型. Table 11 counts from 0, this interface from 1.
    pub connector_type: String,
    /// 物理设备唯一标识符.
    pub connector_mac: String,
}

/// XinyuSyncRunLog: a part of one run log of a space. The parts of a log follow each other without gaps; one that comes twice is known by its log and first place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunLogPart {
    /// 唯一身份标识 of the connector or platform whose log it is.
    pub identity_code: String,
    /// Which telling of the log.
    pub epoch: u32,
    /// Up to when the period goes in which it is told.
    pub until: Timestamp,
    /// The first place of the part.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The digest of the entry there, in hexadecimal.
    pub digest: String,
    /// How many entries of which kind it has.
    pub counts: Vec<RunLogCount>,
    /// Those above `info`.
    pub entries: Vec<RunLogLine>,
}

/// How many entries of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLogCount {
    /// `system`, `operation`, `business`.
    pub category: String,
    /// `info`, `warn`, `error`.
    pub level: String,
    /// How many.
    pub count: u64,
}

/// An entry at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLogLine {
    /// Its place.
    pub sequence: u64,
    /// The entry.
    pub entry: RunLogEntry,
}
