//! Connectors as devices in the management API: the platform's list, a connector's own view.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::connector::{Capabilities, Device, Lacking};
use crate::tc609::heterogeneous::{Adapted, Probed, Statement};
use crate::text::Text;

/// `GET /connectors` on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectorInfo {
    /// Its identifier.
    pub connector_id: String,
    /// The organisation.
    pub participant_id: String,
    /// Its name.
    pub name: String,
    /// `pending`, `approved`, `refused` or `revoked`.
    pub membership: String,
    /// `active` or `deregistered`.
    pub state: String,
    /// `none`, `online`, `late` or `stopped`.
    pub liveness: String,
    /// The last sign of life.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub seen_at: Option<Timestamp>,
    /// Since when its program runs.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub started_at: Option<Timestamp>,
    /// Where it can be reached.
    pub address: String,
    /// Version of the program that runs.
    pub version: String,
    /// SHA-256 of the program that runs.
    pub binary_digest: String,
    /// What it is.
    pub device: Device,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whether its supplier is on the list of trusted ones; none: there is no list.
    pub is_supplier_trusted: Option<bool>,
    /// What spaces ask for and it lacks.
    pub lacking: Vec<Lacking>,
    /// How many documents it shows.
    pub attachments: u64,
    /// What is told of it alone if it is another maker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heterogeneous: Option<Box<HeterogeneousInfo>>,
}

/// A connector of another maker: what was said of it, what a look has shown, what stands in the place of what it lacks. TC609-6-2025-16 6.2 d.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeterogeneousInfo {
    /// What the member and the maker say.
    pub statement: Statement,
    /// What the last look has shown.
    pub probed: Probed,
    /// What stands in the place of what it lacks.
    pub adaptation: Vec<Adapted>,
    /// The credentials that it holds of this platform, by their types.
    pub credentials: Vec<String>,
    /// Why it stands where it stands, if somebody said.
    pub note: String,
    /// What the operator can do now: `approve`, `refuse`, `suspend`, `resume`, `revoke`, `probe`.
    pub moves: Vec<String>,
}

/// `POST /heterogeneousConnectors` on a platform: on behalf of a member, by what it handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewHeterogeneous {
    /// The member: identifier of its own connector.
    pub owner: String,
    /// What it says.
    pub statement: Statement,
}

/// `GET /connectors/{id}`: a connector with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorLife {
    /// As it is.
    pub connector: ConnectorInfo,
    /// What became of it, oldest first.
    pub history: Vec<ConnectorEvent>,
    /// Its documents.
    pub attachments: Vec<AttachmentInfo>,
}

/// One event of a connector's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorEvent {
    /// Dotted.
    pub kind: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// What happened, for people.
    pub text: Text,
}

/// One document of table 12.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentInfo {
    /// Its key.
    pub attachment_id: String,
    /// Of table 12.
    pub kind: String,
    /// Name of the file.
    pub name: String,
    /// Who issued it.
    pub issue_org: String,
    /// Until when it is good; empty: without an end.
    pub expire_date: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it came.
    #[schemars(with = "crate::api::schema::Instant")]
    pub uploaded_at: Timestamp,
}

/// `POST /connectors/{id}/deregistration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deregistration {
    /// Why.
    pub reason: String,
}

/// `GET /identifiers/{code}`: where the thing is that an identifier names. NDI-TR-2025-04 §6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolution {
    /// The identifier.
    pub code: String,
    /// `connector`, `platform` or `product`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// Where it stands, in the words of its kind.
    pub status: String,
    /// Where it is, or the node that holds it is.
    pub address: String,
    /// The node that holds it.
    pub node_id: String,
}

/// `GET /device`: this connector as a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceInfo {
    /// What it is.
    pub device: Device,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the program.
    pub binary_digest: String,
    /// Whether the platform has taken the declaration.
    pub is_declared: bool,
    /// What spaces ask for and it lacks.
    pub lacking: Vec<Lacking>,
    /// When the platform last answered its heartbeat.
    #[serde(default)]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub heard_at: Option<Timestamp>,
    /// Spaces in which nothing is used or moved now, since it is not fit, and why.
    #[serde(default)]
    pub unfit: Vec<Unfit>,
}

/// Why nothing is used or moved in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unfit {
    /// The space.
    pub space_id: String,
    /// Why.
    pub why: Text,
}

/// `POST /attachments`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttachment {
    /// Of NDI-TR-2025-03 table 12: `network_access` … `third_party`.
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
