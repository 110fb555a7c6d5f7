//! Decentralized Claims Protocol 1.0.1: what a holder's credential service, an issuer service and a verifier say to each other. Members that have no
//! meaning here are passed over, as JSON-LD has it; what has one is read strictly.

pub mod issuance;
pub mod presentation;
pub mod scope;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use scope::Scope;

/// The context that every message names.
pub const CONTEXT: &str = "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld";
/// The path of our credential service and issuer service below a node's address.
pub const PATH: &str = "/dcp";
/// `service.type` of a holder's credential service in its DID document. §5.2.
pub const CREDENTIAL_SERVICE: &str = "CredentialService";
/// `service.type` of an issuer service in its DID document. §6.2.
pub const ISSUER_SERVICE: &str = "IssuerService";

/// Version of the data model, kind of status list and form of the proof: the two profiles of appendix A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Verifiable Credentials 2.0, Bitstring Status List, enveloped in a JWT.
    #[serde(rename = "vc20-bssl/jwt")]
    Vc20BsslJwt,
    /// Verifiable Credentials 1.1, Status List 2021, in the claim `vc` of a JWT.
    #[serde(rename = "vc11-sl2021/jwt")]
    Vc11Sl2021Jwt,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Vc20BsslJwt, Self::Vc11Sl2021Jwt];

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vc20BsslJwt => "vc20-bssl/jwt",
            Self::Vc11Sl2021Jwt => "vc11-sl2021/jwt",
        }
    }

    /// The profile of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `@context` of a message: names ours. What else it names is not looked at, and nothing is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Vec<&'static str>")]
pub struct Context;

impl TryFrom<Value> for Context {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let names = match &value {
            Value::String(one) => one == CONTEXT,
            Value::Array(all) => all.iter().any(|one| one == CONTEXT),
            _ => false,
        };
        if names { Ok(Self) } else { Err(format!("@context does not name {CONTEXT}")) }
    }
}

impl From<Context> for Vec<&'static str> {
    fn from(_: Context) -> Self {
        vec![CONTEXT]
    }
}

/// `type` of a message: one word each, so that none is taken for another.
macro_rules! message_type {
    ($name:ident) => {
        #[doc = concat!("`type` of a `", stringify!($name), "`.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            /// The one word.
            #[default]
            $name,
        }
    };
}
pub(crate) use message_type;
