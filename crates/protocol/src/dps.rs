//! Data Plane Signaling 1.0-RC3: what a control plane and a data plane say to each other. Strict on what we send, tolerant on what the schemas demand
//! and others leave out (`messageId`, `dataFlowId`): the process id names the flow then.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dsp::transfer::DataAddress;

/// The path under which our control plane takes signals.
pub const CONTROL_PATH: &str = "/dps/control";
/// The path under which our data plane takes signals.
pub const DATA_PATH: &str = "/dps/data";

/// The HTTP profile, pulled: the address comes with a token that can be renewed. Profile `https://w3id.org/dspace-sig/profile/http`.
pub const HTTP_PULL_PROFILE: &str = "https://w3id.org/dspace-sig/profile/http-pull";
/// The HTTP profile, pushed.
pub const HTTP_PUSH_PROFILE: &str = "https://w3id.org/dspace-sig/profile/http-push";

/// The properties without which a pull address of the HTTP profile cannot be renewed.
pub const RENEWAL_PROPERTIES: [&str; 3] = ["refreshToken", "expiresIn", "refreshEndpoint"];

/// `POST /dataflows/prepare` and `POST /dataflows/start`: `DataFlowPrepareMessage` and `DataFlowStartMessage`, which differ only in that the second one
/// may bring an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataFlowMessage {
    /// Unique.
    #[serde(default)]
    pub message_id: String,
    /// Whose data plane it is.
    #[serde(default)]
    pub participant_id: String,
    /// The other side of the transfer.
    #[serde(default)]
    pub counter_party_id: String,
    /// The dataspace.
    #[serde(default)]
    pub dataspace_context: String,
    /// The transfer process; it names the flow.
    pub process_id: String,
    /// What is delivered follows from it.
    pub agreement_id: String,
    /// The dataset.
    pub dataset_id: String,
    /// How the data travels.
    pub profile: String,
    /// What the control plane verified of the counterparty.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Where to push to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_address: Option<DataAddress>,
}

/// `POST /dataflows/{id}/{started,suspend,resume,terminate,completed}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowNotice {
    /// Unique.
    #[serde(default)]
    pub message_id: String,
    /// Where the data is, when it was started or resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_address: Option<DataAddress>,
    /// Why, when it was suspended or terminated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `DataFlowStatusMessage`: the answer to prepare, start and resume, and what a data plane tells of itself later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowStatus {
    /// Unique.
    #[serde(default)]
    pub message_id: String,
    /// The flow: the process id.
    #[serde(default)]
    pub data_flow_id: String,
    /// One of the eight states.
    #[serde(default)]
    pub state: String,
    /// Where the data is, or is to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_address: Option<DataAddress>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `GET /dataflows/{id}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowState {
    /// The flow.
    pub data_flow_id: String,
    /// One of the eight states.
    pub state: String,
}

/// `PUT /dataplanes`: a data plane registers with a control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataPlaneRegistration {
    /// Its name.
    pub dataplane_id: String,
    /// Base URL; `/dataflows/…` lies below it.
    pub endpoint: String,
    /// How it can move data.
    pub profiles: Vec<String>,
    /// How to authorise requests to it.
    #[serde(default)]
    pub authorization: Map<String, Value>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// `PUT /controlplanes`: a control plane registers with a data plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlPlaneRegistration {
    /// Its name.
    pub controlplane_id: String,
    /// Base URL; `/transfers/…/dataflow/…` lies below it.
    pub endpoint: String,
    /// How to authorise requests to it.
    #[serde(default)]
    pub authorization: Map<String, Value>,
}
