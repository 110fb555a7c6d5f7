//! A document that several recipients open, each with its own key: encrypted once (SM4-GCM or AES-256-GCM) under a fresh key, which is wrapped for each of
//! them. For documents that are held in memory, such as a contract; data is an [`crate::EnvelopeWriter`]'s.
//!
//! Not given: proof of who sealed it. What carries it is signed or hashed.

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::aead::{Cipher, NONCE_BYTES, TAG_BYTES};
use crate::sealing::{OpenError, OpeningKey, SealingKey};
use crate::{SealError, Suite};

/// A sealed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Nonce (12 bytes), ciphertext, tag (16 bytes).
    pub ciphertext: Vec<u8>,
    /// The key, wrapped for each recipient, in their order.
    pub keys: Vec<Vec<u8>>,
}

/// Seals a document for all recipients; it opens under the same `context` only.
///
/// # Errors
/// [`SealError::Suite`] if a recipient's key is of the other suite.
pub fn seal(
    suite: Suite,
    document: &[u8],
    context: &[u8],
    recipients: &[&SealingKey],
    rng: &mut impl CryptoRng,
) -> Result<Shared, SealError> {
    if let Some(other) = recipients.iter().find(|key| key.suite() != suite) {
        return Err(SealError::Suite { key: other.suite(), envelope: suite });
    }
    let mut key = Zeroizing::new(vec![0; Cipher::key_bytes(suite)]);
    rng.fill_bytes(&mut key);
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let cipher = Cipher::new(suite, &key).ok_or(SealError::Suite { key: suite, envelope: suite })?;
    let mut body = document.to_vec();
    let tag = cipher.encrypt(&nonce, context, &mut body);
    let ciphertext = [nonce.as_slice(), &body, &tag].concat();
    let keys = recipients.iter().map(|recipient| recipient.wrap(&key, context, rng)).collect();
    Ok(Shared { ciphertext, keys })
}

/// Opens a document with the key that was wrapped for one recipient.
///
/// # Errors
/// [`OpenError::Wrapped`]: altered, or for another key or context; which of these is not told apart.
pub fn open(
    ciphertext: &[u8],
    wrapped: &[u8],
    context: &[u8],
    key: &OpeningKey,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let content = key.unwrap(wrapped, context)?;
    let cipher = Cipher::new(key.suite(), &content).ok_or(OpenError::Wrapped)?;
    let (nonce, rest) = ciphertext.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Wrapped)?;
    let (body, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(OpenError::Wrapped)?;
    let mut document = Zeroizing::new(body.to_vec());
    cipher.decrypt(nonce, context, &mut document, tag).map_err(|_| OpenError::Wrapped)?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn each_recipient_opens_it_and_nobody_else() {
        let mut rng = StdRng::seed_from_u64(7);
        for suite in Suite::ALL {
            let keys: Vec<OpeningKey> = (0..3).map(|_| OpeningKey::generate(suite, &mut rng)).collect();
            let public: Vec<SealingKey> = keys.iter().map(OpeningKey::public).collect();
            let (first, second) = (public.first().unwrap(), public.get(1).unwrap());
            let text = "合约正文".repeat(1000);
            let shared = seal(suite, text.as_bytes(), b"contract", &[first, second], &mut rng).unwrap();
            for (key, wrapped) in keys.iter().zip(&shared.keys) {
                let opened = open(&shared.ciphertext, wrapped, b"contract", key).unwrap();
                assert_eq!(opened.as_slice(), text.as_bytes(), "{suite}");
                assert!(open(&shared.ciphertext, wrapped, b"another", key).is_err(), "{suite}: another context");
                assert!(open(&shared.ciphertext, wrapped, b"contract", keys.last().unwrap()).is_err(), "{suite}");
            }
            let wrapped = shared.keys.first().unwrap();
            for place in [0, 12, shared.ciphertext.len() - 1] {
                let mut altered = shared.ciphertext.clone();
                *altered.get_mut(place).unwrap() ^= 1;
                assert!(open(&altered, wrapped, b"contract", keys.first().unwrap()).is_err(), "{suite} {place}");
            }
            for length in [0, 11, 27] {
                let cut = shared.ciphertext.get(..length).unwrap();
                assert!(open(cut, wrapped, b"contract", keys.first().unwrap()).is_err(), "{suite} {length}");
            }
        }
    }

    #[test]
    fn a_key_of_the_other_suite_seals_nothing() {
        let mut rng = StdRng::seed_from_u64(8);
        let key = OpeningKey::generate(Suite::Intl, &mut rng).public();
        assert!(seal(Suite::Sm, b"text", b"context", &[&key], &mut rng).is_err());
    }
}
