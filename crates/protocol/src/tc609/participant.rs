//! Registration of participants and their connectors, and the credential they get. TC609-6-2025-01 §5.2.2.2, §5.2.2.3; NDI-TR-2025-03 §8.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ConnectorId, ParticipantId, PlatformId};

/// The five roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 运营者.
    Operator,
    /// 数据提供方.
    Provider,
    /// 数据使用方.
    Consumer,
    /// 数据服务方.
    Service,
    /// 监管方.
    Regulator,
}

impl Role {
    /// The word used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Provider => "provider",
            Self::Consumer => "consumer",
            Self::Service => "service",
            Self::Regulator => "regulator",
        }
    }

    /// `signatorytype` in a digital contract.
    #[must_use]
    pub fn signatory_type(self) -> &'static str {
        match self {
            Self::Provider => "01",
            Self::Consumer => "02",
            Self::Service => "03",
            Self::Operator | Self::Regulator => "04",
        }
    }
}

/// The payload of the registration token (typ `xinyu-registration+jwt`), signed with the new connector's own key: proof of possession.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registration {
    /// The platform this is meant for.
    pub aud: PlatformId,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Unified social credit code of the organisation.
    pub participant_id: ParticipantId,
    /// Its name.
    pub participant_name: String,
    /// What it wants to be.
    pub role: Role,
    /// The logical spaces it wants to join.
    pub spaces: Vec<String>,
    /// Base URL where the connector can be reached.
    pub address: String,
    /// Public keys of the connector, both suites.
    pub keys: Value,
}

/// What the platform sends as the body of `/registration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationRequest {
    /// A compact JWS over [`Registration`].
    pub token: String,
}

/// Its answer: the identifier is allocated at once, the credential follows the operator's review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationAnswer {
    /// The connector's identifier (NDI-TR-2025-04, 32 characters).
    pub connector_id: ConnectorId,
    /// `pending`, `approved` or `refused`.
    pub state: String,
}

/// `/credential`: platform → connector, after the review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialIssue {
    /// The connector it is for.
    pub connector_id: ConnectorId,
    /// The credential, a compact JWS by the platform.
    pub credential: String,
    /// The spaces the participant was admitted to.
    pub spaces: Vec<SpaceCard>,
}

/// What a member knows of a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpaceCard {
    /// Its id.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// `sm` or `intl`.
    pub suite: String,
    /// Whether an agreement that nobody signed is enough, with another maker's connector that cannot sign.
    #[serde(default)]
    pub unsigned_agreements: bool,
}

/// `/.well-known/xinyu`: who a node is, open to all. A connector pins its platform's keys from its own configuration, not from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeCard {
    /// Platform id, or connector id once registered.
    pub party_id: Option<String>,
    /// `platform` or `connector`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Public keys, both suites.
    pub keys: Value,
}
