//! The authenticated cipher of a suite: SM4-GCM (RFC 8998 §2.1) or AES-256-GCM, with 12-byte nonces and 16-byte tags.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, AesGcm};
use sm4::Sm4;

use crate::Suite;

pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;

type Sm4Gcm = AesGcm<Sm4, U12>;

/// A cipher with its key, wiped when dropped.
pub(crate) enum Cipher {
    Sm(Box<Sm4Gcm>),
    Intl(Box<Aes256Gcm>),
}

/// The tag is not of this ciphertext, nonce and associated data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Forged;

impl Cipher {
    /// The length of a key in bytes: 16 for SM4, 32 for AES-256.
    pub(crate) const fn key_bytes(suite: Suite) -> usize {
        match suite {
            Suite::Sm => 16,
            Suite::Intl => 32,
        }
    }

    /// `None` if the key is not [`Self::key_bytes`] long.
    pub(crate) fn new(suite: Suite, key: &[u8]) -> Option<Self> {
        match suite {
            Suite::Sm => Sm4Gcm::new_from_slice(key).ok().map(|cipher| Self::Sm(Box::new(cipher))),
            Suite::Intl => Aes256Gcm::new_from_slice(key).ok().map(|cipher| Self::Intl(Box::new(cipher))),
        }
    }

    /// Encrypts `buffer` in place and returns the tag.
    #[expect(clippy::expect_used, reason = "GCM refuses only more than 64 GiB; callers pass a chunk or a few keys")]
    pub(crate) fn encrypt(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], buffer: &mut [u8]) -> [u8; TAG_BYTES] {
        let buffer = InOutBuf::from(buffer);
        match self {
            Self::Sm(cipher) => cipher.encrypt_inout_detached(nonce.into(), associated, buffer),
            Self::Intl(cipher) => cipher.encrypt_inout_detached(nonce.into(), associated, buffer),
        }
        .expect("buffer within the limit of GCM")
        .into()
    }

    /// Decrypts `buffer` in place; leaves it as it was if the tag is wrong.
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), Forged> {
        let buffer = InOutBuf::from(buffer);
        match self {
            Self::Sm(cipher) => cipher.decrypt_inout_detached(nonce.into(), associated, buffer, tag.into()),
            Self::Intl(cipher) => cipher.decrypt_inout_detached(nonce.into(), associated, buffer, tag.into()),
        }
        .map_err(|_| Forged)
    }
}

#[cfg(test)]
mod tests;
