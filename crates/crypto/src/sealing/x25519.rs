//! HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; `info` is the context, no AAD.
//!
//! A wrapped secret is `enc` (32 bytes) ‖ ciphertext with tag.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::KeyError;

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

const ENC_BYTES: usize = 32;

/// A private key; the library wipes it.
pub(super) struct Private(PrivateKey);

impl Private {
    #[expect(clippy::expect_used, reason = "any 32 bytes are a private key of X25519")]
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self::from_bytes(&bytes).expect("32 bytes")
    }

    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        PrivateKey::from_bytes(bytes).map(Self).map_err(|_| KeyError::Range("X25519"))
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    pub(super) fn public(&self) -> Public {
        Public::new(X25519HkdfSha256::sk_to_pk(&self.0))
    }

    /// `None` if altered, or for another key or context.
    pub(super) fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (enc, ciphertext) = wrapped.split_at_checked(ENC_BYTES)?;
        if !is_canonical(enc.try_into().ok()?) {
            return None;
        }
        let enc = EncappedKey::from_bytes(enc).ok()?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.0,
            &enc,
            context,
            ciphertext,
            &[],
        )
        .ok()
        .map(Zeroizing::new)
    }
}

/// A recipient's public key.
#[derive(Clone)]
pub(super) struct Public {
    key: PublicKey,
    bytes: [u8; 32],
}

impl Public {
    fn new(key: PublicKey) -> Self {
        let bytes = key.to_bytes().into();
        Self { key, bytes }
    }

    /// Refuses non-canonical encodings (the holder, who hashes the canonical one, could not open anything) and points
    /// of low order (anybody could).
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let shared = x25519_dalek::x25519(ANY_SCALAR, *bytes);
        if !is_canonical(bytes) || shared == [0; 32] {
            return Err(KeyError::Point("X25519"));
        }
        PublicKey::from_bytes(bytes).map(Self::new).map_err(|_| KeyError::Point("X25519"))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    #[expect(clippy::expect_used, reason = "fails only for a key of low order, which is refused on the way in")]
    pub(super) fn wrap(&self, secret: &[u8], context: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &self.key,
            context,
            secret,
            &[],
            rng,
        )
        .expect("encapsulation to a usable key");
        [enc.to_bytes().as_slice(), &ciphertext].concat()
    }
}

/// Whether the little-endian coordinate is below 2^255 − 19.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let mut field = [0xff; 32];
    let [first, .., last] = &mut field;
    (*first, *last) = (0xed, 0x7f);
    bytes.iter().rev().lt(field.iter().rev())
}

/// Clamped, a multiple of the cofactor: it takes exactly the points of low order to zero.
const ANY_SCALAR: [u8; 32] = {
    let mut scalar = [0; 32];
    scalar[31] = 64;
    scalar
};
