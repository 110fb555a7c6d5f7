//! Dataspace Protocol 2025-1 messages, as plain JSON with the fixed context. Strict on what we send (`@context` is an array, plain terms), tolerant on
//! what the specification lets others send (see [`tolerant`]). No remote context is ever loaded.

pub mod catalog;
pub mod filter;
pub mod negotiation;
pub mod tolerant;
pub mod transfer;
pub mod version;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The one context of DSP 2025-1.
pub const CONTEXT: &str = "https://w3id.org/dspace/2025/1/context.jsonld";

/// The vocabulary of DSP 2025-1, for contexts that are written out in the message.
const VOCABULARY: &str = "https://w3id.org/dspace/2025/1/";

/// The path under which our connectors serve the protocol.
pub const PATH: &str = "/dsp/2025-1";

/// The `@context` of a message: always an array when we write it, a string or an array when we read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Context(Vec<String>);

impl Default for Context {
    fn default() -> Self {
        Self(vec![CONTEXT.to_owned()])
    }
}

impl Context {
    /// Whether the message names the context of this version; one that does not is refused rather than guessed at.
    #[must_use]
    pub fn is_dsp_2025_1(&self) -> bool {
        self.0.iter().any(|context| context == CONTEXT)
    }
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let contexts = match Value::deserialize(deserializer)? {
            Value::Array(contexts) => contexts,
            one => vec![one],
        };
        Ok(Self(contexts.iter().filter_map(named).collect()))
    }
}

/// The address of a context, or of this version's vocabulary for one that is written out and names it.
fn named(context: &Value) -> Option<String> {
    match context {
        Value::String(address) => Some(address.clone()),
        Value::Object(terms) => {
            terms.values().any(|term| term.as_str() == Some(VOCABULARY)).then(|| CONTEXT.to_owned())
        }
        _ => None,
    }
}

/// Declares a message type: its `@type`, and its members after `@context` and `@type`.
macro_rules! message {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// `@context`; one that is missing is taken for this version's.
            #[serde(rename = "@context", default)]
            pub context: $crate::dsp::Context,
            /// `@type`.
            #[serde(rename = "@type")]
            pub r#type: String,
            $($(#[$fdoc])* pub $field: $type,)*
        }

        impl $name {
            /// The value of `@type`.
            pub const TYPE: &'static str = stringify!($name);

            /// A message with the fixed context and type.
            #[must_use]
            pub fn new($($field: $type),*) -> Self {
                Self { context: $crate::dsp::Context::default(), r#type: Self::TYPE.to_owned(), $($field),* }
            }

            /// Whether `@context` and `@type` are those of this message.
            #[must_use]
            pub fn is_well_typed(&self) -> bool {
                self.r#type == Self::TYPE && self.context.is_dsp_2025_1()
            }
        }
    };
}
pub(crate) use message;
