//! Catalogue messages. DSP 2025-1 §5.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message;

message! {
    /// Asks for the catalogue.
    CatalogRequestMessage {
        /// Which part of it, see [`super::filter`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filter: Vec<Value>,
    }
}

message! {
    /// The catalogue of one participant.
    Catalog {
        /// Its id.
        #[serde(rename = "@id")]
        id: String,
        /// The participant's DID.
        participant_id: String,
        /// What is offered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dataset: Vec<Dataset>,
        /// Where the offers can be negotiated.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        service: Vec<DataService>,
    }
}

message! {
    /// The typed error of this protocol.
    CatalogError {
        /// Our stable code.
        #[serde(default)]
        code: String,
        /// Why, for people.
        #[serde(default)]
        reason: Vec<Value>,
    }
}

/// One data product on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// `@context`, when it is an answer of its own.
    #[serde(rename = "@context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<super::Context>,
    /// The product id.
    #[serde(rename = "@id")]
    pub id: String,
    /// `Dataset`.
    #[serde(rename = "@type", default)]
    pub r#type: String,
    /// ODRL offers.
    pub has_policy: Vec<Value>,
    /// How it can be delivered.
    pub distribution: Vec<Distribution>,
    /// Its name.
    #[serde(rename = "dct:title", alias = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it holds.
    #[serde(rename = "dct:description", alias = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Words for the search.
    #[serde(rename = "dcat:keyword", alias = "keyword", default, skip_serializing_if = "Vec::is_empty")]
    pub keyword: Vec<String>,
    /// Its topic, a code of NDI-TR-2025-06.
    #[serde(rename = "dcat:theme", alias = "theme", default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
}

/// One way of delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// `Distribution`.
    #[serde(rename = "@type", default)]
    pub r#type: String,
    /// `HttpData-PULL`.
    pub format: String,
    /// The service that delivers, by id; other makers write it out in its place.
    pub access_service: Value,
}

/// The connector as a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataService {
    /// Its id.
    #[serde(rename = "@id")]
    pub id: String,
    /// `DataService`.
    #[serde(rename = "@type")]
    pub r#type: String,
    /// The base URL of the protocol.
    #[serde(rename = "endpointURL")]
    pub endpoint_url: String,
}
