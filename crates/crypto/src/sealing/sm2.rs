//! SM2 public key encryption (GB/T 32918.4-2016), C1‖C3‖C2 with SM3, C1 uncompressed.
//!
//! The standard has no place for a context, so the plaintext is `SM3(context) ‖ secret` and the first half is compared
//! on opening. C3 makes the plaintext tamper-evident.

use std::hint;

use ::sm2::elliptic_curve::Generate;
use ::sm2::pke::{DecryptingKey, EncryptingKey};
use ::sm2::{PublicKey, SecretKey};
use rand::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Digest, KeyError, Suite};

/// A private key.
pub(super) struct Private {
    key: Box<DecryptingKey>,
    public: PublicKey,
}

impl Private {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::new(SecretKey::generate_from_rng(rng))
    }

    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Ok(Self::new(SecretKey::from_slice(bytes).map_err(|_| KeyError::Range("SM2"))?))
    }

    fn new(secret: SecretKey) -> Self {
        let public = secret.public_key();
        Self { key: Box::new(DecryptingKey::new(secret)), public }
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes().into())
    }

    pub(super) fn public(&self) -> Public {
        Public::new(self.public)
    }

    /// `None` if altered, or for another key or context.
    pub(super) fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let plain = self.decrypt(wrapped)?;
        let (bound, secret) = plain.split_at_checked(Digest::BYTES)?;
        let is_bound: bool = bound.ct_eq(Suite::Sm.hash(context).as_bytes()).into();
        is_bound.then(|| Zeroizing::new(secret.to_vec()))
    }

    /// The plaintext of a standard ciphertext. C1 in compressed form is refused: one ciphertext, one encoding.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if ciphertext.first() != Some(&4) {
            return None;
        }
        self.key.decrypt(ciphertext).ok().map(Zeroizing::new)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // As for the signing key: the library's key does not wipe itself.
        if let Ok(known) = DecryptingKey::from_slice(&[1; 32]) {
            *self.key = known;
            hint::black_box(&self.key);
        }
    }
}

/// A recipient's public key.
#[derive(Clone)]
pub(super) struct Public {
    key: EncryptingKey,
    bytes: [u8; 65],
}

impl Public {
    fn new(key: PublicKey) -> Self {
        let mut bytes = [0; 65];
        bytes.copy_from_slice(&key.to_sec1_bytes());
        Self { key: EncryptingKey::new(key), bytes }
    }

    pub(super) fn from_bytes(bytes: &[u8; 65]) -> Result<Self, KeyError> {
        if bytes.first() != Some(&4) {
            return Err(KeyError::Point("SM2"));
        }
        Ok(Self::new(PublicKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Point("SM2"))?))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 65] {
        &self.bytes
    }

    #[expect(clippy::expect_used, reason = "fails only on an empty plaintext, and this one begins with a digest")]
    pub(super) fn wrap(&self, secret: &[u8], context: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let bound = Suite::Sm.hash(context);
        let plain = Zeroizing::new([bound.as_ref(), secret].concat());
        self.key.encrypt(rng, &plain).expect("encryption of a plaintext that is not empty")
    }
}
