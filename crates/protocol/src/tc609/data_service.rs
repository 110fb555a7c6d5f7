//! 数据服务目录: what service parties offer beside data, as their connectors publish it and members find it. TC609-6-2025-01 §5.2.2.4 d; TC609-6-2025-16 6.3 d.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema::Instant;
use crate::review::FindingInfo;

/// What kind of service it is. Algorithms, models and applications are registered as components.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// 数据开发.
    #[default]
    Development,
    /// 数据治理.
    Governance,
    /// 数据经纪、交易撮合.
    Brokerage,
    /// 数据托管.
    Custody,
    /// 数据审计.
    Audit,
    /// 合规审查.
    Compliance,
    /// 数据价值评估.
    Valuation,
    /// 隐私保护计算.
    PrivacyComputing,
    /// 算力.
    ComputingPower,
    /// 智能化服务.
    Intelligence,
    /// 安全保障.
    Security,
    /// 其他.
    Other,
}

impl ServiceKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Development,
        Self::Governance,
        Self::Brokerage,
        Self::Custody,
        Self::Audit,
        Self::Compliance,
        Self::Valuation,
        Self::PrivacyComputing,
        Self::ComputingPower,
        Self::Intelligence,
        Self::Security,
        Self::Other,
    ];

    /// The word on the wire and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Governance => "governance",
            Self::Brokerage => "brokerage",
            Self::Custody => "custody",
            Self::Audit => "audit",
            Self::Compliance => "compliance",
            Self::Valuation => "valuation",
            Self::PrivacyComputing => "privacy_computing",
            Self::ComputingPower => "computing_power",
            Self::Intelligence => "intelligence",
            Self::Security => "security",
            Self::Other => "other",
        }
    }

    /// Whether whoever offers it shows what entitles it to.
    #[must_use]
    pub const fn needs_qualification(self) -> bool {
        matches!(self, Self::Custody | Self::Audit | Self::Compliance | Self::Valuation | Self::Security)
    }
}

/// What is said of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceCard {
    /// Its name, 1 to 128 characters.
    pub name: String,
    /// What kind it is.
    pub kind: ServiceKind,
    /// What is done, 1 to 2,000 characters.
    pub description: String,
    /// 应用场景, codes of NDI-TR-2025-06 §8.2.5, up to 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// What entitles to it: licences, certificates; up to 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub qualification: String,
    /// What it costs, in words, up to 300 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// Whom to turn to, up to 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// 服务类型 `001`…`005` of NDI-TR-2025-06 §7.1 table 7, where it is served by an interface.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub interface: String,
    /// Where its interface answers; the review tries it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Words for the search, up to 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Waits for the operator.
    Reviewing,
    /// In the catalogue.
    Listed,
    /// Refused.
    Refused,
    /// Taken down; published anew it is reviewed again.
    Delisted,
}

impl ServiceState {
    /// The word on the wire and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reviewing => "reviewing",
            Self::Listed => "listed",
            Self::Refused => "refused",
            Self::Delisted => "delisted",
        }
    }
}

/// `/service`: member → platform. The same key is the same service: published, or changed if it says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRequest {
    /// The member's key of it, 1 to 64 characters, unique at the platform.
    pub service_id: String,
    /// In which space.
    pub space_id: String,
    /// What it is.
    pub card: ServiceCard,
}

/// `/serviceEnd`: member → platform. Its own service is taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceEnd {
    /// Which one.
    pub service_id: String,
    /// Why, 1 to 300 characters.
    pub reason: String,
}

/// `/services`: member → platform. What may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceQuery {
    /// One of them.
    pub service_id: Option<String>,
    /// Words that are in it.
    pub q: String,
    /// Of a kind.
    pub kind: Option<ServiceKind>,
    /// Whether only the asker's own are meant.
    pub own: bool,
}

/// A service, as one member may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceInfo {
    /// Its key.
    pub service_id: String,
    /// In which space.
    pub space_id: String,
    /// What it is.
    pub card: ServiceCard,
    /// Where it stands.
    pub state: ServiceState,
    /// How often it was said anew, from 1.
    pub version: u32,
    /// The organisation that offers it.
    pub member_id: String,
    /// Its name.
    pub member_name: String,
    /// Whether it is the asker's own.
    pub is_own: bool,
    /// When it was published.
    #[schemars(with = "Instant")]
    pub published_at: Timestamp,
    /// When it was last changed or decided.
    #[schemars(with = "Instant")]
    pub changed_at: Timestamp,
    /// To its owner and the operator: what it is to say next, while that is reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ServiceCard>,
    /// To its owner and the operator: what the review found in what waits, or in what was decided last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingInfo>,
    /// To its owner and the operator: until when the operator has to decide, if anything waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub due_at: Option<Timestamp>,
    /// To its owner and the operator: why it was refused or taken down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Services, those that changed last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceList {
    /// Those that may be seen.
    pub items: Vec<ServiceInfo>,
}
