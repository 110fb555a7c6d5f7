//! A 32-byte digest (SM3 or SHA-256), written as 64 lower-case hexadecimal digits and read no other way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A digest of 32 bytes. It does not say by which function: the space's suite does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Takes 32 bytes as a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Hands its text on, which is nowhere put on the heap: a record of evidence has a dozen.
    fn told<T>(&self, tell: impl FnOnce(&str) -> T) -> T {
        let mut text = [b'0'; 2 * Self::BYTES];
        // Neither can fail: there is room for the digits, and they are ASCII.
        let _ = hex::encode_to_slice(self.0, &mut text);
        tell(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told(|text| f.pad(text))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        // hex reads capitals too; one digest must have one spelling, or equal texts and equal digests part ways.
        if text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(DigestError::NotLowerHex);
        }
        let mut bytes = [0; Self::BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DigestError::Length(text.len()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Read)
    }
}

/// Reads the text where it stands.
struct Read;

impl de::Visitor<'_> for Read {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
        text.parse().map_err(E::custom)
    }
}

/// The text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// A character other than `0`–`9`, `a`–`f`.
    #[error("digest is not lower-case hexadecimal")]
    NotLowerHex,
    /// Not 64 digits.
    #[error("digest has {0} digits, not 64")]
    Length(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<[u8; 32], DigestError>) {
        assert_eq!(text.parse(), expect.map(Digest));
        let from_json = serde_json::from_value::<Digest>(text.into());
        assert_eq!(from_json.ok(), expect.ok().map(Digest));
    }

    #[test]
    fn only_lower_case_hex_of_sixty_four_digits_is_read() {
        check(&"ab".repeat(32), Ok([0xab; 32]));
        check(&"AB".repeat(32), Err(DigestError::NotLowerHex));
        check(&"ab".repeat(31), Err(DigestError::Length(62)));
        check(&"ab".repeat(33), Err(DigestError::Length(66)));
        check(&"a".repeat(63), Err(DigestError::Length(63)));
        check("", Err(DigestError::Length(0)));
        check(&format!("0x{}", "0".repeat(62)), Err(DigestError::NotLowerHex));
        check(&"é".repeat(32), Err(DigestError::NotLowerHex));
    }

    #[test]
    fn written_as_it_is_read() {
        let digest = Digest::from_bytes([0x0f; 32]);
        assert_eq!(serde_json::to_string(&digest).unwrap(), format!("\"{}\"", "0f".repeat(32)));
        assert_eq!(format!("{digest:.8}"), "0f0f0f0f");
    }
}
