//! Ed25519 (RFC 8032), verified strictly.

use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::KeyError;

pub(super) fn generate(rng: &mut impl CryptoRng) -> SigningKey {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    SigningKey::from_bytes(&seed)
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    key.sign(message).to_bytes().to_vec()
}

/// A point in its one canonical encoding and not of low order: a weak key would verify signatures of anything.
pub(super) fn public(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Point("Ed25519"))?;
    if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
        return Err(KeyError::Point("Ed25519"));
    }
    Ok(key)
}

pub(super) fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

#[expect(clippy::expect_used, reason = "32 bytes always have a DER form")]
pub(super) fn to_spki_der(key: &VerifyingKey) -> Vec<u8> {
    key.to_public_key_der().expect("encoding of a valid key").into_vec()
}
