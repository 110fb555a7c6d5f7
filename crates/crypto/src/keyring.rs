//! The keys of one node: for each suite one to sign and one to open. 电子签名法 Art. 13: they stay with the signer.

use rand::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, de};
use zeroize::Zeroizing;

use crate::{KeyError, OpeningKey, PublicKey, SealedError, SealingKey, Secret, SigningKey, Suite, object, sealed};

#[cfg(test)]
mod tests;

/// A node's private keys. Wiped when dropped.
#[derive(Debug)]
pub struct KeyRing {
    signing: PerSuite<SigningKey>,
    opening: PerSuite<OpeningKey>,
}

impl KeyRing {
    /// Four fresh keys.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self {
            signing: PerSuite {
                sm: SigningKey::generate(Suite::Sm, rng),
                intl: SigningKey::generate(Suite::Intl, rng),
            },
            opening: PerSuite {
                sm: OpeningKey::generate(Suite::Sm, rng),
                intl: OpeningKey::generate(Suite::Intl, rng),
            },
        }
    }

    /// The key that signs under `suite`.
    pub fn signing(&self, suite: Suite) -> &SigningKey {
        self.signing.of(suite)
    }

    /// The key that opens what was wrapped under `suite`.
    pub fn opening(&self, suite: Suite) -> &OpeningKey {
        self.opening.of(suite)
    }

    /// The public halves, for everybody.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: PerSuite { sm: self.signing.sm.public(), intl: self.signing.intl.public() },
            sealing: PerSuite { sm: self.opening.sm.public(), intl: self.opening.intl.public() },
        }
    }

    /// The ring as a document to keep on disk, encrypted under `secret`.
    ///
    /// # Errors
    /// The secret is too weak to be one (see [`sealed::seal`]).
    pub fn seal_to(&self, secret: &Secret, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealedError> {
        sealed::seal(&self.to_bytes(), secret, rng)
    }

    /// The ring from the document that [`Self::seal_to`] made.
    ///
    /// # Errors
    /// Wrong secret, altered document, or a document that holds no key ring.
    pub fn open_from(document: &[u8], secret: &Secret) -> Result<Self, SealedError> {
        Self::from_bytes(&sealed::open(document, secret)?).ok_or(SealedError::Content("key ring"))
    }

    /// `XYK1` and four times 32 bytes. Fixed, so that no parser leaves copies of keys behind.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let keys = [
            self.signing.sm.to_bytes(),
            self.signing.intl.to_bytes(),
            self.opening.sm.to_bytes(),
            self.opening.intl.to_bytes(),
        ];
        let mut bytes = Zeroizing::new(Vec::with_capacity(RING_BYTES));
        bytes.extend_from_slice(MAGIC);
        for key in &keys {
            bytes.extend_from_slice(key);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (keys, []) = bytes.strip_prefix(MAGIC)?.as_chunks::<32>() else {
            return None;
        };
        let [sign_sm, sign_intl, open_sm, open_intl] = keys else {
            return None;
        };
        Some(Self {
            signing: PerSuite {
                sm: SigningKey::from_bytes(Suite::Sm, sign_sm).ok()?,
                intl: SigningKey::from_bytes(Suite::Intl, sign_intl).ok()?,
            },
            opening: PerSuite {
                sm: OpeningKey::from_bytes(Suite::Sm, open_sm).ok()?,
                intl: OpeningKey::from_bytes(Suite::Intl, open_intl).ok()?,
            },
        })
    }
}

/// A node's public keys. In JSON `{"signing":{"sm":jwk,"intl":jwk},"sealing":{"sm":jwk,"intl":jwk}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKeys {
    signing: PerSuite<PublicKey>,
    sealing: PerSuite<SealingKey>,
}

impl PublicKeys {
    /// The key that verifies the node's signatures under `suite`.
    pub fn signing(&self, suite: Suite) -> &PublicKey {
        self.signing.of(suite)
    }

    /// The key to wrap for the node under `suite`.
    pub fn sealing(&self, suite: Suite) -> &SealingKey {
        self.sealing.of(suite)
    }

    /// The signing key whose thumbprint is `kid`.
    pub fn by_kid(&self, kid: &str) -> Option<&PublicKey> {
        Suite::ALL.into_iter().map(|suite| self.signing(suite)).find(|key| key.is_named(kid))
    }
}

/// One of each suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerSuite<T> {
    sm: T,
    intl: T,
}

impl<T> PerSuite<T> {
    fn of(&self, suite: Suite) -> &T {
        match suite {
            Suite::Sm => &self.sm,
            Suite::Intl => &self.intl,
        }
    }
}

/// As read, before each key is known to stand under its own suite.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(deserialize_with = "object::deserialize")]
    signing: PerSuite<PublicKey>,
    #[serde(deserialize_with = "object::deserialize")]
    sealing: PerSuite<SealingKey>,
}

impl<'de> Deserialize<'de> for PublicKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(object::deserialize::<_, Unchecked>(deserializer)?).map_err(de::Error::custom)
    }
}

impl TryFrom<Unchecked> for PublicKeys {
    type Error = KeyError;

    fn try_from(Unchecked { signing, sealing }: Unchecked) -> Result<Self, KeyError> {
        let fits = |suite| signing.of(suite).suite() == suite && sealing.of(suite).suite() == suite;
        if !Suite::ALL.into_iter().all(fits) {
            return Err(KeyError::Jwk("a key stands under the other suite's name"));
        }
        Ok(Self { signing, sealing })
    }
}

const MAGIC: &[u8] = b"XYK1";
const RING_BYTES: usize = 4 + 4 * 32;
