//! Whether a credential was revoked: W3C Bitstring Status List v1.0. One bit a credential, so that who asks does not tell whom it asks about.
//! Served as a signed token of its own; the list is compressed, and therefore bounded when it is read.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::{PublicKeys, SigningKey};
use xinyu_protocol::id::PartyId;

use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind, Window};

/// The fewest entries of a list: 131 072, so that an index hides among many (§3.2 of the recommendation).
pub const MIN_ENTRIES: u64 = 131_072;

/// The most entries of a list of ours: what fits into one token however it compresses. Who needs more begins another list.
pub const MAX_ENTRIES: u64 = 262_144;

/// The most bytes that are read from a list of another maker after decompression: 1 MiB, 8 388 608 entries.
pub const MAX_BYTES: u64 = 1 << 20;

/// The longest life of a signed list: one day, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// A list of bits; index 0 is the most significant bit of the first byte.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Vec<u8>,
}

impl StatusList {
    /// A list in which nothing is set, with room for at least `entries` (and for [`MIN_ENTRIES`]).
    ///
    /// # Errors
    /// If that is more than [`MAX_ENTRIES`].
    pub fn new(entries: u64) -> Result<Self, IdentityError> {
        if entries > MAX_ENTRIES {
            return Err(bad(format!("{entries} entries are more than {MAX_ENTRIES}")));
        }
        let bytes = entries.max(MIN_ENTRIES).div_ceil(8);
        let bytes = usize::try_from(bytes).map_err(|error| bad(error.to_string()))?;
        Ok(Self { bits: vec![0; bytes] })
    }

    /// Sets or clears the bit at `index`.
    ///
    /// # Errors
    /// If the list is shorter.
    pub fn set(&mut self, index: u64, revoked: bool) -> Result<(), IdentityError> {
        let (byte, mask) = place(index)?;
        let byte = self.bits.get_mut(byte).ok_or_else(|| outside(index))?;
        if revoked {
            *byte |= mask;
        } else {
            *byte &= !mask;
        }
        Ok(())
    }

    /// Whether the bit at `index` is set.
    ///
    /// # Errors
    /// If the list is shorter: a credential whose place does not exist is not a valid one.
    pub fn is_set(&self, index: u64) -> Result<bool, IdentityError> {
        let (byte, mask) = place(index)?;
        Ok(self.bits.get(byte).ok_or_else(|| outside(index))? & mask != 0)
    }

    /// Sets whatever another copy of the list has set. A revocation is for ever, so of two copies, in whatever order they came, the union is right.
    pub fn merge(&mut self, other: &Self) {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        for (ours, theirs) in self.bits.iter_mut().zip(&other.bits) {
            *ours |= theirs;
        }
    }

    /// How many bits are set.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bits.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// `encodedList`: multibase base64url (`u`) of the gzip of the bits.
    ///
    /// # Errors
    /// If the compressor fails, which on memory it does not.
    pub fn encode(&self) -> Result<String, IdentityError> {
        let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        encoder.write_all(&self.bits).map_err(|error| bad(error.to_string()))?;
        let compressed = encoder.finish().map_err(|error| bad(error.to_string()))?;
        Ok(format!("u{}", URL_SAFE_NO_PAD.encode(compressed)))
    }

    /// Reads an `encodedList`.
    ///
    /// # Errors
    /// If it is not multibase base64url of one gzip stream, or shorter than [`MIN_ENTRIES`], or longer than [`MAX_BYTES`].
    pub fn decode(text: &str) -> Result<Self, IdentityError> {
        let text = text.strip_prefix('u').ok_or_else(|| bad("encodedList does not begin with u".to_owned()))?;
        let list = Self::decompress(text)?;
        let length = list.bits.len();
        let least = usize::try_from(MIN_ENTRIES / 8).unwrap_or(usize::MAX);
        if length < least {
            return Err(bad(format!("encodedList has {length} bytes, fewer than {least}")));
        }
        Ok(list)
    }

    /// The same in the form of Status List 2021: base64 (RFC 4648 §4) without a prefix.
    ///
    /// # Errors
    /// As [`StatusList::encode`].
    pub fn encode_2021(&self) -> Result<String, IdentityError> {
        let url = self.encode()?;
        let bytes = URL_SAFE_NO_PAD.decode(url.trim_start_matches('u')).map_err(|error| bad(error.to_string()))?;
        Ok(STANDARD.encode(bytes))
    }

    /// Reads an `encodedList` of another issuer, in either form: shorter ones are in use, and base64 of either alphabet.
    ///
    /// # Errors
    /// If it is not base64 of one gzip stream, or longer than [`MAX_BYTES`].
    pub fn decode_of_another(text: &str) -> Result<Self, IdentityError> {
        // A gzip stream begins with `H4s`, so the prefix is told apart.
        let text = text.strip_prefix('u').unwrap_or(text).trim_end_matches('=');
        Self::decompress(&text.replace('+', "-").replace('/', "_"))
    }

    fn decompress(text: &str) -> Result<Self, IdentityError> {
        let compressed = URL_SAFE_NO_PAD.decode(text).map_err(|error| bad(format!("encodedList: {error}")))?;
        let mut bits = Vec::new();
        let mut decoder = GzDecoder::new(compressed.as_slice());
        let read = decoder.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bits);
        let length = u64::try_from(read.map_err(|error| bad(format!("encodedList: {error}")))?).unwrap_or(u64::MAX);
        if length > MAX_BYTES {
            return Err(bad(format!("encodedList is longer than {MAX_BYTES} bytes")));
        }
        if !decoder.into_inner().is_empty() {
            return Err(bad("encodedList goes on after its end".to_owned()));
        }
        Ok(Self { bits })
    }

    /// Signs the list as the one at `url`, valid for `seconds` from now.
    ///
    /// # Errors
    /// As [`StatusList::encode`].
    pub fn issue(
        &self,
        iss: &PartyId,
        url: &str,
        seconds: i64,
        now: Timestamp,
        key: &SigningKey,
    ) -> Result<String, IdentityError> {
        let iat = now.as_second();
        let claims = StatusClaims {
            iss: iss.clone(),
            sub: url.to_owned(),
            iat,
            exp: iat.saturating_add(seconds),
            purpose: PURPOSE.to_owned(),
            encoded_list: self.encode()?,
        };
        Ok(token::sign(TokenKind::StatusList, &claims, key))
    }

    /// Reads the list that `issuer_id` signed as the one at `url`.
    ///
    /// # Errors
    /// If it is signed by anybody else, of another type, for another URL or purpose, not valid now, or not decodable.
    pub fn verify(
        token: &str,
        issuer: &PublicKeys,
        issuer_id: &PartyId,
        url: &str,
        now: Timestamp,
    ) -> Result<Self, IdentityError> {
        let kind = TokenKind::StatusList;
        let (claims, _) = token::open::<StatusClaims>(kind, token, issuer)?;
        token::same(kind, Claim::Issuer, issuer_id.as_str(), claims.iss.as_str())?;
        token::same(kind, Claim::Subject, url, &claims.sub)?;
        Window { issued: claims.iat, not_before: claims.iat, expires: claims.exp }.check(
            kind,
            MAX_LIFE_SECONDS,
            now,
        )?;
        if claims.purpose != PURPOSE {
            return Err(bad(format!("its purpose is {}, not {PURPOSE}", claims.purpose)));
        }
        Self::decode(&claims.encoded_list)
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusList").field("bytes", &self.bits.len()).finish()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StatusClaims {
    iss: PartyId,
    sub: String,
    iat: i64,
    exp: i64,
    purpose: String,
    encoded_list: String,
}

fn place(index: u64) -> Result<(usize, u8), IdentityError> {
    let byte = usize::try_from(index / 8).map_err(|_| outside(index))?;
    Ok((byte, 0x80 >> (index % 8)))
}

fn outside(index: u64) -> IdentityError {
    bad(format!("index {index} is outside it"))
}

fn bad(reason: String) -> IdentityError {
    IdentityError::BadStatusList { reason }
}

const PURPOSE: &str = "revocation";

#[cfg(test)]
mod tests;
