//! The version document at `/.well-known/dspace-version`. DSP 2025-1 §4.3.

use serde::{Deserialize, Serialize};

/// The document: no `@context`, unversioned, open to all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionDocument {
    /// What this connector speaks.
    pub protocol_versions: Vec<ProtocolVersion>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProtocolVersion {
    /// `2025-1`.
    pub version: String,
    /// Path below the root.
    pub path: String,
    /// `HTTPS`.
    pub binding: String,
    /// How participants are named: by connector identifiers of NDI-TR-2025-04.
    pub identifier_type: String,
}

impl VersionDocument {
    /// What we serve.
    #[must_use]
    pub fn ours() -> Self {
        Self {
            protocol_versions: vec![ProtocolVersion {
                version: "2025-1".to_owned(),
                path: super::PATH.to_owned(),
                binding: "HTTPS".to_owned(),
                identifier_type: "NDI-TR-2025-04".to_owned(),
            }],
        }
    }
}
