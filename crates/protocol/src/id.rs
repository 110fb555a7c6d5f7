//! The identification codes of the data infrastructure. NDI-TR-2025-04 (participants, platforms, connectors, products, resources) and
//! TC609-6-2025-14 C.1 (contracts). A code that exists as one of these types has been checked; codes are handed out by a node, and once handed out
//! never change, so there is nothing here to alter one.

mod area;
mod base36;
mod check;
pub mod citizen;
mod connector;
mod contract;
mod error;
mod fault;
mod kind;
mod layout;
pub mod mod37_2;
mod participant;
mod party;
mod platform;
mod product;
mod registered;
mod resource;
pub mod uscc;

pub use area::AreaCode;
pub use check::{IdReport, Part, check};
pub use citizen::CitizenId;
pub use connector::ConnectorId;
pub use contract::ContractId;
pub use error::IdError;
pub use fault::{Allowed, CheckRule, Fault};
pub use kind::IdKind;
pub use participant::ParticipantId;
pub use party::PartyId;
pub use platform::PlatformId;
pub use product::ProductId;
pub use resource::ResourceId;

/// How much of a participant's code is checked. The form of every code, its area and its MOD 37-2 check character are always checked.
///
/// Lenient is for talking to systems that were fed with the samples of the standards, one of which (NDI-TR-2025-03 Appendix B) has wrong check digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Wrong check digits of a credit code, a wrong or unencrypted citizen number: refused.
    #[default]
    Strict,
    /// The same: reported by [`check`], not refused.
    Lenient,
}

/// Declares an identifier: a checked string. `$faults` lists what is wrong with a candidate.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $faults:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) String);

        impl $name {
            /// Checks a code strictly.
            ///
            /// # Errors
            /// With the first thing that is wrong.
            pub fn parse(code: &str) -> Result<Self, $crate::id::IdError> {
                Self::parse_with(code, $crate::id::Strictness::Strict)
            }

            /// Checks a code.
            ///
            /// # Errors
            /// With the first thing that is wrong and that this strictness refuses.
            pub fn parse_with(
                code: &str,
                strictness: $crate::id::Strictness,
            ) -> Result<Self, $crate::id::IdError> {
                $faults(code).refuse($kind, code, strictness)?;
                Ok(Self(code.to_owned()))
            }

            /// The code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::id::string_like!($name);
    };
}

/// What every identifier does as a string: printing, parsing, comparing as text, and JSON through strict parsing.
macro_rules! string_like {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                Self::parse(code)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "maxLength": 65, "pattern": "^[0-9A-Z]+$" })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&code).map_err(serde::de::Error::custom)
            }
        }
    };
}

use {identifier, string_like};

#[cfg(test)]
mod tests;
