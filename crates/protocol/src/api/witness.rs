//! The part of the management API that is about witnesses of logs. C2SP tlog-witness.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /evidence/{space}/witnesses`: who cosigns the heads of a log, and whether they are enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessesInfo {
    /// The log's space.
    pub space_id: String,
    /// The log's origin: the name of its key.
    pub origin: String,
    /// Entries under its newest published head.
    pub size: u64,
    /// How many cosignatures its policy asks for; 0: none.
    pub quorum: u64,
    /// Whether the newest published head has them.
    pub met: bool,
    /// The witnesses, by their keys.
    pub witnesses: Vec<WitnessInfo>,
}

/// A witness of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessInfo {
    /// Its verifier key: `name+id+key`.
    pub key: String,
    /// The connector that it is; empty for one of another space.
    pub party: String,
    /// Whose that is, where it is known.
    pub party_name: String,
    /// Entries under the newest head that it cosigned; 0 if it cosigned none.
    pub size: u64,
    /// When.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub cosigned_at: Option<Timestamp>,
    /// When it was asked last.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub asked_at: Option<Timestamp>,
    /// Why it did not cosign what it was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// `GET /witness`: this node as a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnWitnessInfo {
    /// Its verifier key, for the policies of logs.
    pub key: String,
    /// The logs whose heads it has cosigned.
    pub logs: Vec<WitnessedInfo>,
}

/// The newest head of a log that a witness has cosigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessedInfo {
    /// The log's origin.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the SHA-256 tree, hexadecimal.
    pub root: String,
    /// When it was cosigned.
    #[schemars(with = "crate::api::schema::Instant")]
    pub cosigned_at: Timestamp,
}
