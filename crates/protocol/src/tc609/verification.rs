//! What an authority is asked about an identity, and what it answers: one interface for all of them. NDI-TR-2025-03 §8.1 (verification), §8.2 (message
//! rules): POST, JSON, the headers below. What is signed is every header but the signature, each in a line of its own, and then the exact body.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of the message.
pub const MSGCODE: &str = "msgcode";
/// Version of the message.
pub const MSGVERSION: &str = "msgversion";
/// Milliseconds since 1970.
pub const TIMESTAMP: &str = "timestamp";
/// By the caller, never used twice.
pub const SEQUENCE_NUM: &str = "sequenceNum";
/// SM2 signature with SM3, base64url.
pub const SIGN_VALUE: &str = "signValue";

/// The headers of a message that are signed with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `msgcode`.
    pub code: String,
    /// `msgversion`.
    pub version: String,
    /// `timestamp`, milliseconds since 1970.
    pub timestamp: i64,
    /// `sequenceNum`.
    pub sequence: String,
}

impl Headers {
    /// The exact bytes that are signed.
    #[must_use]
    pub fn signed(&self, body: &[u8]) -> Vec<u8> {
        let Self { code, version, timestamp, sequence } = self;
        let mut bytes = format!("{code}\n{version}\n{timestamp}\n{sequence}\n").into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }
}

/// Which authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// 公安.
    PublicSecurity,
    /// 税务.
    Tax,
    /// 市场监管.
    MarketRegulator,
    /// 社保.
    SocialSecurity,
    /// 银行, for 对公打款.
    Bank,
}

impl AuthorityKind {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicSecurity => "public_security",
            Self::Tax => "tax",
            Self::MarketRegulator => "market_regulator",
            Self::SocialSecurity => "social_security",
            Self::Bank => "bank",
        }
    }

    /// In both languages.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PublicSecurity => ("公安", "public security"),
            Self::Tax => ("税务", "tax administration"),
            Self::MarketRegulator => ("市场监管", "market regulator"),
            Self::SocialSecurity => ("社保", "social security"),
            Self::Bank => ("银行（对公账户）", "bank (corporate account)"),
        }
    }

    /// The name of the message.
    #[must_use]
    pub fn msgcode(self) -> &'static str {
        match self {
            Self::PublicSecurity => "VerifyPerson",
            Self::Tax => "VerifyTaxpayer",
            Self::MarketRegulator => "VerifyEnterprise",
            Self::SocialSecurity => "VerifySocialSecurity",
            Self::Bank => "VerifyAccount",
        }
    }
}

/// The question: whether these belong together. Personal data, so without `Debug` of its values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Random, so that nobody can guess what was asked from the digest of it.
    pub nonce: String,
    /// Fields of the standard's tables.
    pub subject: BTreeMap<String, String>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("subject", &self.subject.keys().collect::<Vec<_>>()).finish()
    }
}

/// The answer. Return codes as in NDI-TR-2025-03 §8.4: `000000` is success, `1…` the system's fault, `2…` the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Return code.
    pub code: String,
    /// For people.
    pub message: String,
    /// What was found, on success.
    #[serde(default)]
    pub data: Option<Finding>,
}

/// What an authority found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Whether all fields are as the authority has them.
    pub is_match: bool,
    /// The names of those that are not.
    #[serde(default)]
    pub differing: Vec<String>,
}

/// The return code of success.
pub const DONE: &str = "000000";
