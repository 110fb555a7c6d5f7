//! Registration of participants and their connectors, and the credential they get. TC609-6-2025-01 §5.2.2.2, §5.2.2.3; NDI-TR-2025-03 §8.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::application::PartyCard;
use super::connector::{Capabilities, Device};
use super::identity::IdentityFile;
use crate::id::{ConnectorId, ParticipantId, PlatformId};

/// Where a participant with its connector stands at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Registered: is verified, waits for the review.
    Pending,
    /// The authorities that were asked have confirmed it; waits for the review.
    Verified,
    /// Admitted.
    Approved,
    /// Not admitted.
    Refused,
    /// Admitted, and barred for a time.
    Suspended,
    /// Admitted once, no longer.
    Revoked,
    /// Left by itself.
    Departed,
}

impl MemberState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Verified, Self::Approved, Self::Refused, Self::Suspended, Self::Revoked, Self::Departed];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Departed => "departed",
        }
    }

    /// Whether its credential opens anything.
    #[must_use]
    pub fn is_admitted(self) -> bool {
        self == Self::Approved
    }

    /// Whether it waits for the operator.
    #[must_use]
    pub fn awaits_review(self) -> bool {
        matches!(self, Self::Pending | Self::Verified)
    }
}

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
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Operator, Self::Provider, Self::Consumer, Self::Service, Self::Regulator];

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
    /// What it is: NDI-TR-2025-03 tables 10 and 11.
    #[serde(default)]
    pub device: Device,
    /// What it can do: NDI-TR-2025-05 §6.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Who the participant is: what it has of NDI-TR-2025-03's identity information. It may come later too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityFile>,
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
    /// Where the participant stands.
    pub state: MemberState,
}

/// A list of revoked credentials, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedList {
    /// Where it is served, which credentials name.
    pub url: String,
    /// A compact JWS by the platform (typ `xinyu-status+jwt`).
    pub token: String,
}

/// Where a party stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Standing {
    /// Who.
    pub connector_id: ConnectorId,
    /// Of another maker's connector: the DID by which others know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
    /// Where it stands.
    pub state: MemberState,
    /// Counts its changes: of two standings the higher one holds, in whatever order they arrive.
    pub sequence: u64,
    /// Why, when it was suspended or revoked.
    pub reason: String,
    /// Since when.
    pub changed_at: Timestamp,
    /// What to know of it now, when that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<PartyCard>,
}

impl Standing {
    /// The name by which others deal with it.
    #[must_use]
    pub fn party(&self) -> &str {
        self.did.as_deref().unwrap_or(self.connector_id.as_str())
    }
}

/// `/participantStatus`: platform → every admitted connector, as soon as a credential is revoked or a standing changes. NDI-TR-2025-03 §8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusNotice {
    /// The lists in which something is set.
    pub lists: Vec<SignedList>,
    /// Who stands elsewhere than before.
    pub standings: Vec<Standing>,
}

/// `/leave`: connector → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Why; there must be one, since an empty message should not end a membership.
    pub reason: String,
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
    /// Whether a use can name registered algorithms, models and applications only.
    #[serde(default)]
    pub registered_components: bool,
    /// Whether contracts are filed under keys of their parties.
    #[serde(default)]
    pub sealed_filing: bool,
    /// How often a node reports how a contract is performed, ISO 8601; a day where nothing is said.
    #[serde(default)]
    pub report_period: String,
    /// How long a connector may be without its platform before it stops what runs, ISO 8601; nothing: as long as it likes.
    #[serde(default = "crate::api::usual_silence")]
    pub max_silence: String,
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
