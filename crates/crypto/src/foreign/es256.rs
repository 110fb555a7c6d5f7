//! ECDSA on P-256 with SHA-256 (FIPS 186-5 §6.4.2), verification only. Signatures are `r ‖ s`, as JWS has them.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::KeyError;

/// From the uncompressed form; the point must be on the curve.
pub(super) fn public(point: &[u8; 65]) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::Point("P-256"))
}

/// `r` and `s` outside 1 … n−1 are refused when the signature is read. For every valid `s`, n − `s` is valid too: that is
/// ECDSA, so a signature is never to be taken for the name of a token.
pub(super) fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}
