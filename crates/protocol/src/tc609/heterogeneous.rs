//! Connectors of other makers that a member enrols at its platform: what the member and the maker say of one, and what a look at it has shown.
//! TC609-6-2025-16 6.2 d; NDI-TR-2025-05 §6; DSP 2025-1 §4.3.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connector::Device;
use super::participant::Role;

/// `/heterogeneousConnector`: member → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// Who it is: a `did:web`.
    pub did: String,
    /// Base URL of its Dataspace Protocol: `/.well-known/dspace-version` stands below it.
    pub address: String,
    /// Maker (supplier), product (its name) and version, as of any device.
    pub device: Device,
    /// What it is in the spaces.
    pub role: Role,
    /// The spaces it shall take part in.
    pub spaces: Vec<String>,
    /// How it shows who it is; `dcp` is known here.
    #[serde(default = "dcp")]
    pub authentication: String,
    /// What it can do by its maker's word, of NDI-TR-2025-05 §6.2 and §6.3.
    #[serde(default)]
    pub abilities: Vec<String>,
    /// Suites of its own cryptography: `sm`, `intl`.
    #[serde(default)]
    pub suites: Vec<String>,
    /// How it moves data, such as `HttpData-PULL`.
    #[serde(default)]
    pub transfer_profiles: Vec<String>,
    /// What of a contract's rules it keeps by itself, by its maker's word: names of constraints and codes of duties (TC609-6-2025-14 C.5, C.6), or
    /// `prohibition`.
    #[serde(default)]
    pub enforces: Vec<String>,
}

/// The one way to show who one is that is known here.
pub const DCP: &str = "dcp";
/// The word for prohibitions among what is enforced.
pub const PROHIBITION: &str = "prohibition";

fn dcp() -> String {
    DCP.to_owned()
}

/// What a look at it has shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probed {
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// The versions that it serves.
    pub versions: Vec<ProbedVersion>,
    /// Where it speaks the version that is spoken here.
    pub endpoint: String,
    /// Where its credentials are delivered and shown, as its DID document says.
    pub credential_service: String,
}

/// One version of the Dataspace Protocol that it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbedVersion {
    /// Such as `2025-1`.
    pub version: String,
    /// Path below its address.
    pub path: String,
    /// Such as `HTTPS`; empty if it does not say.
    pub binding: String,
    /// How one authenticates there, as it says; empty if it does not say.
    pub authentication: String,
}

/// The most versions that are read of a document.
const MANY: usize = 32;
/// The longest text of a version document that is kept.
const LONG: usize = 200;

/// The versions of a version document of whatever maker: members that have no meaning here are let be.
///
/// # Errors
/// Saying what is missing.
pub fn versions(document: &Value) -> Result<Vec<ProbedVersion>, &'static str> {
    let all = document.get("protocolVersions").and_then(Value::as_array).ok_or("protocolVersions is no list")?;
    if all.is_empty() || all.len() > MANY {
        return Err("protocolVersions is empty or too long");
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let read = |one: &Value| {
        let auth = one.get("auth");
        let auth_text = |name: &str| text(auth.and_then(|auth| auth.get(name)));
        let authentication = format!("{} {}", auth_text("protocol"), auth_text("version")).trim().to_owned();
        let found = ProbedVersion {
            version: text(one.get("version")),
            path: text(one.get("path")),
            binding: text(one.get("binding")),
            authentication,
        };
        let texts = [&found.version, &found.path, &found.binding, &found.authentication];
        let is_plain = texts.iter().all(|text| text.len() <= LONG && !text.chars().any(char::is_control));
        if found.version.is_empty() || !is_plain { Err("a version has no name, or a text too long") } else { Ok(found) }
    };
    all.iter().map(read).collect()
}

/// What stands in the place of an ability that a connector of another maker lacks. 适配方案.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Adapted {
    /// What is asked of connectors here: an ability, or `certificate`.
    pub ability: String,
    /// Who sees to it.
    pub by: AdaptedBy,
    /// How, for people.
    pub text: crate::text::Text,
}

/// Who sees to an ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdaptedBy {
    /// The connector itself.
    Itself,
    /// The platform in its place.
    Platform,
    /// The connector of the member it deals with.
    Counterpart,
    /// Nobody: what needs it is refused.
    Nobody,
}

impl AdaptedBy {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Platform => "platform",
            Self::Counterpart => "counterpart",
            Self::Nobody => "nobody",
        }
    }
}

/// What a connector asks its platform: where one of these is with which it wants to deal, by its DID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardRequest {
    /// Its DID.
    pub did: String,
}

/// The answer: one that is admitted to a space in which the asker is too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Card {
    /// Its DID.
    pub did: String,
    /// What it is called.
    pub name: String,
    /// Where it speaks the Dataspace Protocol.
    pub address: String,
    /// The spaces that both are in.
    pub spaces: Vec<String>,
    /// What of a contract's rules it keeps by itself.
    pub enforces: Vec<String>,
}

/// Claims of a membership credential that say what its holder is held to.
pub mod claim {
    /// `heterogeneous`, for a connector of another maker.
    pub const KIND: &str = "connectorKind";
    /// What of a contract's rules the holder keeps by itself.
    pub const ENFORCES: &str = "enforces";
    /// The value of [`KIND`].
    pub const HETEROGENEOUS: &str = "heterogeneous";
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dsp_2025_1_4_3_versions_of_other_makers_are_read() {
        let edc = json!({ "protocolVersions": [
            { "version": "2025-1", "path": "/2025-1", "binding": "HTTPS", "serviceId": "x", "auth": { "protocol": "DCP", "version": "1.0", "profile": [] } },
            { "version": "v0.8", "path": "/" },
        ] });
        let found = versions(&edc).unwrap();
        assert_eq!((found[0].path.as_str(), found[0].authentication.as_str()), ("/2025-1", "DCP 1.0"));
        assert_eq!((found[1].version.as_str(), found[1].authentication.as_str()), ("v0.8", ""));
        for wrong in [
            json!([]),
            json!({}),
            json!({ "protocolVersions": [] }),
            json!({ "protocolVersions": [{ "path": "/" }] }),
            json!({ "protocolVersions": [{ "version": "x".repeat(201) }] }),
            json!({ "protocolVersions": vec![json!({ "version": "1" }); 33] }),
            json!({ "protocolVersions": [{ "version": "a\nb" }] }),
        ] {
            assert!(versions(&wrong).is_err(), "{wrong}");
        }
    }
}
