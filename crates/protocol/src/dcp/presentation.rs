//! Presentation: a verifier asks a holder's credential service. DCP 1.0.1 §5.4.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, message_type};

message_type!(PresentationQueryMessage);
message_type!(PresentationResponseMessage);

/// What a verifier asks for. §5.4.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresentationQuery {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `PresentationQueryMessage`.
    pub r#type: PresentationQueryMessage,
    /// Scopes, of which at least one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<String>>,
    /// The other way to ask, which is not supported here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub presentation_definition: Option<Value>,
}

impl PresentationQuery {
    /// A query for scopes.
    #[must_use]
    pub fn of(scopes: &[super::Scope]) -> Self {
        Self {
            context: Context,
            r#type: PresentationQueryMessage::default(),
            scope: Some(scopes.iter().map(ToString::to_string).collect()),
            presentation_definition: None,
        }
    }
}

/// `null` is something that was said.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The answer. §5.4.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresentationResponse {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `PresentationResponseMessage`.
    pub r#type: PresentationResponseMessage,
    /// Presentations as JWTs. Other forms are read as JSON and not understood.
    pub presentation: Vec<Value>,
}

impl PresentationResponse {
    /// An answer of presentations in the form of JWTs.
    #[must_use]
    pub fn of(presentations: Vec<String>) -> Self {
        Self {
            context: Context,
            r#type: PresentationResponseMessage::default(),
            presentation: presentations.into_iter().map(Value::String).collect(),
        }
    }
}
