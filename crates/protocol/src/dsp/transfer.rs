//! Transfer process messages. DSP 2025-1 §9.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message;

/// The endpoint type of our data plane.
pub const ENDPOINT_TYPE: &str = "https://w3id.org/idsa/v4.1/HTTP";

/// The consumer fetches the data over HTTP.
pub const HTTP_PULL: &str = "HttpData-PULL";
/// The provider sends the data over HTTP.
pub const HTTP_PUSH: &str = "HttpData-PUSH";

message! {
    /// Consumer → provider: asks for the data of an agreement.
    TransferRequestMessage {
        /// The consumer's id of the process.
        consumer_pid: String,
        /// The agreement; what is served follows from it alone.
        agreement_id: String,
        /// [`HTTP_PULL`] or [`HTTP_PUSH`].
        format: String,
        /// Where the provider sends its messages.
        callback_address: String,
        /// Where to send the data, when it is pushed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data_address: Option<DataAddress>,
    }
}

message! {
    /// The data may flow.
    TransferStartMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// Where to pull from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data_address: Option<DataAddress>,
    }
}

message! {
    /// The data has flowed.
    TransferCompletionMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
    }
}

message! {
    /// Either side pauses.
    TransferSuspensionMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// A code of the sender's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reason: Vec<Value>,
    }
}

message! {
    /// Either side ends.
    TransferTerminationMessage {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// A code of the sender's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reason: Vec<Value>,
    }
}

message! {
    /// The answer to a request, and to a query for the state.
    TransferProcess {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// `REQUESTED`, `STARTED`, `SUSPENDED`, `COMPLETED` or `TERMINATED`.
        #[serde(default)]
        state: String,
    }
}

message! {
    /// The typed error of this protocol.
    TransferError {
        /// The provider's id of the process.
        provider_pid: String,
        /// The consumer's id of the process.
        consumer_pid: String,
        /// Our stable code.
        #[serde(default)]
        code: String,
        /// Why, for people; at least one.
        #[serde(default)]
        reason: Vec<Value>,
    }
}

/// Where and how to pull, or to push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataAddress {
    /// Always `DataAddress`.
    #[serde(rename = "@type", default)]
    pub r#type: String,
    /// See [`ENDPOINT_TYPE`].
    pub endpoint_type: String,
    /// The URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Named values: our grant, the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_properties: Vec<EndpointProperty>,
}

/// One named value of a data address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointProperty {
    /// Always `EndpointProperty`.
    #[serde(rename = "@type", default)]
    pub r#type: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl DataAddress {
    /// An HTTP address with named values.
    #[must_use]
    pub fn http(endpoint: String, properties: &[(&str, &str)]) -> Self {
        Self {
            r#type: "DataAddress".to_owned(),
            endpoint_type: ENDPOINT_TYPE.to_owned(),
            endpoint: Some(endpoint),
            endpoint_properties: properties
                .iter()
                .map(|(name, value)| EndpointProperty {
                    r#type: "EndpointProperty".to_owned(),
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
        }
    }

    /// The value of a named property; other makers write names as IRIs that end in it.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        let is_named = |property: &&EndpointProperty| property.name.rsplit(['/', '#']).next() == Some(name);
        self.endpoint_properties.iter().find(is_named).map(|property| property.value.as_str())
    }

    /// The URL: the member, or the property that other makers write in its place.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.endpoint.as_deref().or_else(|| self.property("endpoint")).filter(|url| !url.is_empty())
    }
}
