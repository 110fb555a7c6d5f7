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
        let (pairs, _) = text.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(self.0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        // They are ASCII.
        tell(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// A hexadecimal digit of a value below 16.
const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' - 10 + value }
}

/// The value of a digit, and 255 of what is none: capitals too, or equal texts and equal digests part ways.
const fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => u8::MAX,
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
        // All is looked at in any case, so that nothing has to be guessed on the way.
        let mut worst = 0;
        let mut bytes = [0; Self::BYTES];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = (value(*high), value(*low));
            worst |= high | low;
            *byte = high << 4 | low & 15;
        }
        if pairs.len() == Self::BYTES && rest.is_empty() && worst < 16 {
            return Ok(Self(bytes));
        }
        let is_hex = text.bytes().all(|byte| value(byte) < 16);
        Err(if is_hex { DigestError::Length(text.len()) } else { DigestError::NotLowerHex })
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
