//! JSON as it comes from strangers and as it is signed. Reading is strict: bounded size and depth, no name twice in an object, nothing after the value
//! (RFC 8259 leaves all of this to the reader, and readers that differ are an attack). Writing for signatures is RFC 8785, within the numbers of
//! RFC 7493 (I-JSON), so that one value has one form and one form has one value.

mod error;
mod numbers;
mod plain;
mod walk;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::JsonError;

/// What a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the whole document.
    pub bytes: usize,
    /// Arrays and objects inside each other: `[]` has depth 1. More than 127 counts as 127.
    pub depth: usize,
}

impl Limits {
    /// For every message from another node: 1 MiB, depth 32.
    pub const WIRE: Self = Self { bytes: 1 << 20, depth: 32 };
}

/// Reads one value strictly. Whether unknown members are refused is the type's business (`deny_unknown_fields`).
///
/// # Errors
/// In this order: too large, not UTF-8, too deep or a name twice or no JSON (whichever comes first in the text), something after the value, not of
/// the shape of `T`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLarge { bytes: bytes.len(), limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::invalid_utf8(bytes, error.valid_up_to()))?;
    walk::check(text, limits.depth)?;
    serde_json::from_str(text).map_err(|error| JsonError::shape(&error))
}

/// The RFC 8785 form of a value: what is hashed and signed.
///
/// # Errors
/// When the value has no such form: a number that is not finite, an integer beyond ±(2^53 − 1) (RFC 8785 §3.2.2.3 would round it, and two values
/// would share one signature), a map with keys that are not strings or that repeat.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, JsonError> {
    if let Some(bytes) = plain(value) {
        return Ok(bytes);
    }
    let bytes = serde_json_canonicalizer::to_vec(value).map_err(|error| JsonError::unwritable(&error))?;
    numbers::check(value)?;
    Ok(bytes)
}

/// The canonical form of a value whose members stand in their order as they are, with integers for numbers: it is written without sorting anything, which
/// costs a tenth. Most of what is signed is of that kind.
fn plain<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    // What is not finite was written as null.
    plain::write(value).filter(|_| numbers::check(value).is_ok())
}

/// Reads a value within [`Limits::WIRE`] and refuses every spelling of it but the canonical one, so that a change in white space, escapes, the order
/// of names or the digits of a number is found even where the value stays the same.
///
/// # Errors
/// Those of [`parse`] and [`canonical`], and [`JsonError::NotCanonical`] with the first byte that differs.
pub fn parse_canonical<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    if let Some(value) = read_plain(bytes, Limits::WIRE) {
        return Ok(value);
    }
    let value = parse(bytes, Limits::WIRE)?;
    let expect = canonical(&value)?;
    if expect == bytes {
        return Ok(value);
    }
    let offset = expect.iter().zip(bytes).take_while(|(expect, found)| expect == found).count();
    Err(JsonError::NotCanonical { offset, found: bytes.get(offset).copied(), expected: expect.get(offset).copied() })
}

/// Reads what is plain and written again as it stands: so it is within the limits, has no name twice, and is canonical. Everything else is read, and judged, the
/// long way.
fn read_plain<T: Serialize + DeserializeOwned>(bytes: &[u8], limits: Limits) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= limits.bytes)?;
    serde_json::from_str(text).ok().filter(|value| plain::is_written_as(value, bytes, limits.depth))
}

#[cfg(test)]
mod tests;
