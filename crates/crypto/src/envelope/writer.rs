//! Sealing a stream.

use std::fmt;

use rand::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::header::Header;
use super::{CHUNK_BYTES, FRAME_BYTES, LAST_FLAG, PREFIX_BYTES, SealError, nonce};
use crate::aead::{Cipher, TAG_BYTES};
use crate::{SealingKey, Suite};

/// Encrypts a stream of bytes for one recipient, chunk by chunk; holds back at most 64 KiB.
pub struct EnvelopeWriter {
    cipher: Cipher,
    header: Vec<u8>,
    prefix: [u8; PREFIX_BYTES],
    /// The number of the next chunk; `None` after the last possible one.
    chunk: Option<u32>,
    pending: Zeroizing<Vec<u8>>,
}

impl EnvelopeWriter {
    /// Begins an envelope with a fresh key. The returned header comes before everything else.
    ///
    /// # Errors
    /// [`SealError::Suite`] if the recipient's key is of the other suite.
    #[expect(clippy::expect_used, reason = "the key is made with the cipher's own key length")]
    pub fn new(
        suite: Suite,
        recipient: &SealingKey,
        context: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), SealError> {
        if recipient.suite() != suite {
            return Err(SealError::Suite { key: recipient.suite(), envelope: suite });
        }
        let mut key = Zeroizing::new(vec![0; Cipher::key_bytes(suite)]);
        let mut prefix = [0; PREFIX_BYTES];
        rng.fill_bytes(&mut key);
        rng.fill_bytes(&mut prefix);
        let thumbprint = recipient.thumbprint();
        let wrap_context = Header::wrap_context(suite, &prefix, &thumbprint, context);
        let wrapped = recipient.wrap(&key, &wrap_context, rng);
        let header = Header { suite, prefix, recipient: thumbprint, wrapped }.to_bytes();
        let writer = Self {
            cipher: Cipher::new(suite, &key).expect("key of the cipher's length"),
            header: header.clone(),
            prefix,
            chunk: Some(0),
            pending: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)),
        };
        Ok((writer, header))
    }

    /// Encrypts `plaintext`, appending to `out` what is complete.
    ///
    /// # Errors
    /// [`SealError::Full`] after 256 TiB.
    pub fn push(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        let mut rest = plaintext;
        while !rest.is_empty() {
            // A full chunk waits for the next byte: only then is it known not to be the last.
            if self.pending.len() == CHUNK_BYTES {
                self.write_chunk(false, out)?;
            }
            let room = CHUNK_BYTES - self.pending.len();
            let (taken, left) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.pending.extend_from_slice(taken);
            rest = left;
        }
        Ok(())
    }

    /// Writes the last chunk. Without it, the envelope counts as cut off.
    ///
    /// # Errors
    /// [`SealError::Full`] after 256 TiB.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.write_chunk(true, out)
    }

    /// Skips ahead, to test the end of the numbers.
    #[cfg(test)]
    pub(super) fn set_chunk(&mut self, chunk: u32) {
        self.chunk = Some(chunk);
    }

    fn write_chunk(&mut self, is_last: bool, out: &mut Vec<u8>) -> Result<(), SealError> {
        let chunk = self.chunk.ok_or(SealError::Full)?;
        let nonce = nonce(&self.prefix, chunk, is_last);
        let tag = self.cipher.encrypt(&nonce, &self.header, &mut self.pending);
        let length = u32::try_from(self.pending.len() + TAG_BYTES).map_err(|_| SealError::Full)?;
        let frame = if is_last { length | LAST_FLAG } else { length };
        out.reserve(FRAME_BYTES + self.pending.len() + TAG_BYTES);
        out.extend_from_slice(&frame.to_be_bytes());
        out.extend_from_slice(&self.pending);
        out.extend_from_slice(&tag);
        self.pending.zeroize();
        self.chunk = chunk.checked_add(1);
        Ok(())
    }
}

impl fmt::Debug for EnvelopeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeWriter").field("chunk", &self.chunk).finish_non_exhaustive()
    }
}
