//! SM2 digital signature with SM3 (GB/T 32918.2-2016), nonce by RFC 6979.

use std::hint;

use ::sm2::SecretKey;
use ::sm2::dsa::signature::{Signer, Verifier};
use ::sm2::dsa::{Signature, SigningKey, VerifyingKey};
use ::sm2::elliptic_curve::Generate;
use ::sm2::elliptic_curve::sec1::ToSec1Point;
use ::sm2::pkcs8::EncodePublicKey;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::KeyError;

/// The default user id of GB/T 32918 and of 国密 certificates; hashed into every signature.
pub(crate) const USER_ID: &str = "1234567812345678";

/// A private key in 1 … n−2 (GB/T 32918.2 §6.1; with n−1 the signature equation divides by zero).
pub(super) struct Private(Box<SigningKey>);

impl Private {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let secret = SecretKey::generate_from_rng(rng);
            if let Ok(key) = Self::from_secret(&secret) {
                return key;
            }
        }
    }

    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::from_slice(bytes).map_err(|_| KeyError::Range("SM2"))?;
        Self::from_secret(&secret)
    }

    fn from_secret(secret: &SecretKey) -> Result<Self, KeyError> {
        let scalar = secret.to_nonzero_scalar();
        if bool::from((*scalar + ::sm2::Scalar::ONE).is_zero()) {
            return Err(KeyError::Range("SM2"));
        }
        let key = SigningKey::new(USER_ID, secret).map_err(|_| KeyError::Range("SM2"))?;
        Ok(Self(Box::new(key)))
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    #[expect(clippy::expect_used, reason = "r or s is zero for one nonce in 2^256; d = n-1 is refused on the way in")]
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.try_sign(message).expect("signature with a key in range");
        signature.to_vec()
    }

    pub(super) fn public(&self) -> Public {
        Public::new(self.0.verifying_key().clone())
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // The library's key does not wipe itself, so a key that is no secret is written over it, and kept from being
        // optimised away.
        if let Ok(known) = SecretKey::from_slice(&[1; 32])
            && let Ok(known) = SigningKey::new(USER_ID, &known)
        {
            *self.0 = known;
            hint::black_box(&self.0);
        }
    }
}

/// A public key with the hash of its user id already computed.
#[derive(Clone)]
pub(super) struct Public {
    key: VerifyingKey,
    bytes: [u8; 65],
}

impl Public {
    fn new(key: VerifyingKey) -> Self {
        let mut bytes = [0; 65];
        bytes.copy_from_slice(key.to_sec1_point(false).as_bytes());
        Self { key, bytes }
    }

    /// From the uncompressed form only: one key, one encoding.
    pub(super) fn from_bytes(bytes: &[u8; 65]) -> Result<Self, KeyError> {
        if bytes.first() != Some(&4) {
            return Err(KeyError::Point("SM2"));
        }
        let key = VerifyingKey::from_sec1_bytes(USER_ID, bytes).map_err(|_| KeyError::Point("SM2"))?;
        Ok(Self::new(key))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 65] {
        &self.bytes
    }

    /// `r` and `s` outside 1 … n−1 are refused when the signature is read.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    #[expect(clippy::expect_used, reason = "a point of the curve always has a DER form")]
    pub(super) fn to_spki_der(&self) -> Vec<u8> {
        self.key.to_public_key_der().expect("encoding of a valid key").into_vec()
    }
}
