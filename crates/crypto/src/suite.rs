//! The two suites and their hash functions. TC609-6-2025-14 §8.3–8.4: national or international algorithms, per space.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sha2::digest::Digest as _;
use sm3::Sm3;

use crate::Digest;

/// Which family of algorithms a space uses. In JSON `"sm"` or `"intl"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// 国密: SM2 signature and encryption, SM3, SM4-GCM.
    Sm,
    /// International: Ed25519, SHA-256, AES-256-GCM, HPKE on X25519.
    Intl,
}

impl Suite {
    /// Every suite.
    pub const ALL: [Self; 2] = [Self::Sm, Self::Intl];

    /// The suite's name as it is written: `sm` or `intl`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sm => "sm",
            Self::Intl => "intl",
        }
    }

    /// The name of the hash function: `SM3` or `SHA-256`.
    pub const fn hash_name(self) -> &'static str {
        match self {
            Self::Sm => "SM3",
            Self::Intl => "SHA-256",
        }
    }

    /// The name of the signature algorithm, which is also its JOSE `alg`: `SM2` or `EdDSA`.
    pub const fn signature_name(self) -> &'static str {
        match self {
            Self::Sm => "SM2",
            Self::Intl => "EdDSA",
        }
    }

    /// The name of the authenticated cipher: `SM4-GCM` or `AES-256-GCM`.
    pub const fn cipher_name(self) -> &'static str {
        match self {
            Self::Sm => "SM4-GCM",
            Self::Intl => "AES-256-GCM",
        }
    }

    /// The digest of `data`.
    pub fn hash(self, data: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(data);
        hasher.finalize()
    }

    /// A hasher to feed piece by piece.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Sm => Function::Sm3(Sm3::new()),
            Self::Intl => Function::Sha256(Sha256::new()),
        })
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(text: &str) -> Result<Self, UnknownSuite> {
        Self::ALL
            .into_iter()
            .find(|suite| suite.as_str() == text)
            .ok_or_else(|| UnknownSuite(text.chars().take(32).collect()))
    }
}

/// The text names no suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown suite `{0}`: neither `sm` nor `intl`")]
pub struct UnknownSuite(String);

/// A hash in progress under one suite.
#[derive(Clone)]
pub struct Hasher(Function);

#[derive(Clone)]
enum Function {
    Sm3(Sm3),
    Sha256(Sha256),
}

impl Hasher {
    /// Adds `data` to what is hashed.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Function::Sm3(hash) => hash.update(data),
            Function::Sha256(hash) => hash.update(data),
        }
    }

    /// The digest of everything added.
    pub fn finalize(self) -> Digest {
        Digest::from_bytes(match self.0 {
            Function::Sm3(hash) => hash.finalize().into(),
            Function::Sha256(hash) => hash.finalize().into(),
        })
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Function::Sm3(_) => "Hasher(SM3)",
            Function::Sha256(_) => "Hasher(SHA-256)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(suite: Suite, data: &[u8], expect: &str) {
        assert_eq!(suite.hash(data).to_string(), expect);
        let mut hasher = suite.hasher();
        for byte in data {
            hasher.update(&[*byte]);
        }
        assert_eq!(hasher.finalize().to_string(), expect, "byte by byte");
    }

    #[test]
    fn gbt_32905_a_1_sm3_of_abc() {
        let expect = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        check(Suite::Sm, b"abc", expect);
    }

    #[test]
    fn gbt_32905_a_2_sm3_of_sixty_four_bytes() {
        let expect = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732";
        check(Suite::Sm, &b"abcd".repeat(16), expect);
    }

    #[test]
    fn fips_180_4_sha_256_of_abc() {
        let expect = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check(Suite::Intl, b"abc", expect);
    }

    #[test]
    fn a_suite_is_written_and_read_by_one_name() {
        for suite in Suite::ALL {
            assert_eq!(suite.to_string().parse(), Ok(suite));
            assert_eq!(serde_json::to_string(&suite).unwrap(), format!("\"{suite}\""));
        }
        for wrong in ["", "SM", "Intl", "sm "] {
            assert!(wrong.parse::<Suite>().is_err(), "{wrong}");
        }
    }
}
