//! The relay (中继): requests to a node that nobody can call, carried by its platform. The node takes them from the platform, which waits with the sender, and gives the
//! answers back in the same way; whoever calls it sends to an address below the platform's. Authorship is what it was: the sender signs the whole request and the
//! receiver proves its answer, so that a relay is no party to either. Between our own nodes both travel sealed for their reader besides, and the platform sees who
//! talks to whom, how much and when. TC609-6-2025-01 §5.2.3; docs/adr/0025-a-relay-is-no-party.md.
//!
//! What is carried is a frame:
//!
//! ```text
//! u32 length of the head, big-endian ‖ head, JSON ‖ body
//! ```
//!
//! A frame from or for another maker's system goes as it is; between our own nodes it is the content of an [envelope](xinyu_crypto::EnvelopeWriter).

mod carry;
mod serve;
#[cfg(test)]
mod tests;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::{Buf, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;
use uuid::Uuid;
use xinyu_crypto::{PublicKeys, Suite};

pub(crate) use carry::{Carried, CarryError, carry};
pub use serve::{Received, serve};

/// The type of a body that is a frame.
pub const FRAME_TYPE: &str = "application/vnd.xinyu.relay-frame";
/// The type of a body that is a frame in an envelope.
pub const SEALED_TYPE: &str = "application/vnd.xinyu.relay-sealed";
/// Which exchange a request, and then its answer, belongs to: secret between the platform and the node.
pub const EXCHANGE_HEADER: &str = "x-xinyu-exchange";
/// Where a sealed request goes, below the address of the node.
pub const SEALED_PATH: &str = "/sealed";
/// The longest request that is carried: the largest message that a node takes, with head and envelope.
pub const MOST_BYTES: usize = 5 << 20;

/// The longest head.
const HEAD_BYTES: usize = 64 << 10;
const LENGTH_BYTES: usize = 4;
/// What an envelope with a request is for.
const REQUEST_CONTEXT: &[u8] = b"xinyu-relay-request";

/// The address of the node with this key at its platform.
#[must_use]
pub fn address(platform: &str, key_id: &str) -> String {
    format!("{}/relay/{key_id}", platform.trim_end_matches('/'))
}

/// Whose place an address is, if it is one at this platform.
#[must_use]
pub fn place_at<'a>(platform: &str, address: &'a str) -> Option<&'a str> {
    let rest = address.strip_prefix(platform.trim_end_matches('/'))?.strip_prefix("/relay/")?;
    Some(rest.split('/').next().unwrap_or_default()).filter(|key_id| !key_id.is_empty())
}

/// Whether whoever is there is called through a platform, any platform: its address ends with the id of a key that it has.
pub(crate) fn is_place_of(base: &Url, keys: &PublicKeys) -> bool {
    let mut segments = base.path().trim_end_matches('/').rsplit('/');
    match (segments.next(), segments.next()) {
        (Some(key_id), Some("relay")) => keys.by_kid(key_id).is_some(),
        _ => false,
    }
}

/// What stands before the body of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestHead {
    /// The method.
    pub method: String,
    /// Path and query, the whole as its sender has it.
    pub path: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// For whom the answer is sealed; none: it goes as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Reader>,
}

/// Who reads an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reader {
    /// Its keys.
    pub keys: serde_json::Value,
    /// The suite to seal in.
    pub suite: Suite,
    /// What ties the answer to this request.
    pub nonce: Uuid,
}

impl Reader {
    /// What the envelope with its answer is for.
    fn context(&self) -> Vec<u8> {
        format!("xinyu-relay-answer {}", self.nonce).into_bytes()
    }
}

/// What stands before the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerHead {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
}

/// Why a frame cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Longer than any head.
    #[error("the head of a relayed frame is too long")]
    Long,
    /// It ends before its head does.
    #[error("a relayed frame is cut off")]
    Short,
    /// The head is none.
    #[error("the head of a relayed frame cannot be read")]
    Head,
    /// It does not open, or cannot be sealed.
    #[error("a relayed frame does not open with our keys")]
    Sealed,
    /// The machine gives no randomness.
    #[error("the operating system gives no randomness")]
    Entropy,
}

/// The beginning of a frame: all but its body.
///
/// # Errors
/// If the head is too long.
pub fn lead<H: Serialize>(head: &H) -> Result<Vec<u8>, FrameError> {
    let head = serde_json::to_vec(head).map_err(|_| FrameError::Head)?;
    if head.len() > HEAD_BYTES {
        return Err(FrameError::Long);
    }
    let length = u32::try_from(head.len()).map_err(|_| FrameError::Long)?;
    Ok([length.to_be_bytes().as_slice(), head.as_slice()].concat())
}

/// The head of a frame, once it is there whole; what follows it stays.
///
/// # Errors
/// If it is too long, or none.
pub fn head<H: DeserializeOwned>(frame: &mut BytesMut) -> Result<Option<H>, FrameError> {
    let Some(length) = frame.first_chunk::<LENGTH_BYTES>() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| FrameError::Long)?;
    if length > HEAD_BYTES {
        return Err(FrameError::Long);
    }
    let whole = length.saturating_add(LENGTH_BYTES);
    if frame.len() < whole {
        return Ok(None);
    }
    let mut lead = frame.split_to(whole);
    lead.advance(LENGTH_BYTES);
    serde_json::from_slice(&lead).map(Some).map_err(|_| FrameError::Head)
}

/// A frame that is there whole: head and body.
///
/// # Errors
/// If it is none.
pub fn split<H: DeserializeOwned>(frame: &[u8]) -> Result<(H, Bytes), FrameError> {
    let mut frame = BytesMut::from(frame);
    let head = head(&mut frame)?.ok_or(FrameError::Short)?;
    Ok((head, frame.freeze()))
}

/// The headers that go with a message from one end to the other. Those of a connection end with it.
#[must_use]
pub fn list(headers: &HeaderMap) -> Vec<(String, String)> {
    const OF_THE_CONNECTION: [&str; 10] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let goes_on = |name: &HeaderName| !OF_THE_CONNECTION.contains(&name.as_str());
    let pair = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    headers.iter().filter(|(name, _)| goes_on(name)).filter_map(pair).collect()
}

/// The same, read back; what is no header is left out.
#[must_use]
pub fn map(list: &[(String, String)]) -> HeaderMap {
    let read = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    };
    list.iter().filter_map(read).collect()
}
