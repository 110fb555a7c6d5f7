//! Data encrypted for one recipient, written and read as a stream: TC609-6-2025-13 传输加密, delivery and custody.
//!
//! An envelope is a header, then chunks. All integers are big-endian.
//!
//! ```text
//! header  "XYE1" ‖ u16 length of the rest ‖ suite (1 sm, 2 intl) ‖ nonce prefix (7) ‖ recipient thumbprint (32) ‖ wrapped key
//! chunk   u32 frame (top bit: last chunk; other bits: length of what follows) ‖ ciphertext ‖ tag (16)
//! ```
//!
//! Every chunk but the last holds 64 KiB; only the sole chunk of an empty envelope is empty. Nonce = prefix ‖ u32 chunk
//! number ‖ 1 if last, 0 if not (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár), associated data = the
//! whole header. So a chunk that is altered, moved, repeated, dropped or taken from elsewhere does not open, and a missing
//! end is noticed. The key is fresh for each envelope and wrapped for the recipient; the wrapping is bound to the
//! caller's context and to the header before it.
//!
//! Not given: proof of who sealed it. What carries the envelope is signed.

use crate::Suite;
use crate::aead::NONCE_BYTES;

mod header;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{EnvelopeReader, Openers};
pub use writer::EnvelopeWriter;

/// Plaintext bytes in every chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;

const PREFIX_BYTES: usize = 7;
const FRAME_BYTES: usize = 4;
const LAST_FLAG: u32 = 1 << 31;

/// The nonce of chunk number `chunk`.
fn nonce(prefix: &[u8; PREFIX_BYTES], chunk: u32, is_last: bool) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    let parts = prefix.iter().copied().chain(chunk.to_be_bytes()).chain([u8::from(is_last)]);
    for (place, byte) in nonce.iter_mut().zip(parts) {
        *place = byte;
    }
    nonce
}

/// An envelope that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The recipient's key is of the other suite.
    #[error("recipient key is of the suite {key}, the envelope of {envelope}")]
    Suite {
        /// Suite of the key.
        key: Suite,
        /// Suite asked for.
        envelope: Suite,
    },
    /// More than 2^32 chunks (256 TiB): begin another envelope.
    #[error("envelope is full after 256 TiB")]
    Full,
}
