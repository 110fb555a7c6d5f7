//! Certificates between connector and platform. NDI-TR-2025-03 §7.2.1 e–h, §7.2.2.

use serde::{Deserialize, Serialize};

/// `/certificateRequest`: connector → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateAsk {
    /// Names the wish: the same wish again gets the same certificate, another one renews it.
    pub key: String,
    /// PKCS#10 in PEM.
    pub request: String,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateAnswer {
    /// The certificate, whoever issued it, and the root, one after the other in PEM.
    pub chain: String,
}

/// `/certificateRevocation`: platform → connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRevocation {
    /// Which.
    pub serial: String,
    /// Why.
    pub reason: String,
}
