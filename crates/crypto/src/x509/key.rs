//! The keys of certificates: one of each suite, apart from those that sign tokens and contracts, sealed in a document of their own.

use std::fmt;

use p256::ecdsa::signature::{Error as SignError, Keypair, Signer, Verifier as _};
use rand::CryptoRng;
use sm2::pkcs8::DecodePrivateKey as _;
use x509_cert::der::asn1::{AnyRef, BitString, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode as _, Document, Encode as _, Reader as _, SliceReader, Tag};
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey, SignatureBitStringEncoding,
    SubjectPublicKeyInfoOwned,
};
use zeroize::Zeroizing;

use super::X509Error;
use crate::{KeyError, PublicKey, SealedError, Secret, SigningKey, Suite, sealed};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// The algorithm of signatures under a suite.
pub(super) fn signature_algorithm(suite: Suite) -> AlgorithmIdentifierOwned {
    let oid = match suite {
        Suite::Sm => SM2_WITH_SM3,
        Suite::Intl => ECDSA_WITH_SHA256,
    };
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// A private key of a certificate. Wiped when dropped.
pub struct CertificateKey(Private);

enum Private {
    Sm(SigningKey),
    Intl(Box<p256::ecdsa::SigningKey>),
}

impl CertificateKey {
    /// A fresh key.
    pub fn generate(suite: Suite, rng: &mut impl CryptoRng) -> Self {
        if suite == Suite::Sm {
            return Self(Private::Sm(SigningKey::generate(suite, rng)));
        }
        loop {
            // 32 random bytes are a scalar of P-256 but for one in 2^32.
            let mut bytes = Zeroizing::new([0; 32]);
            rng.fill_bytes(bytes.as_mut_slice());
            if let Ok(key) = Self::from_bytes(suite, bytes.as_slice()) {
                return key;
            }
        }
    }

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// Not 32 bytes, or out of the range of the curve.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        match suite {
            Suite::Sm => SigningKey::from_bytes(suite, bytes).map(|key| Self(Private::Sm(key))),
            Suite::Intl => p256::ecdsa::SigningKey::from_slice(bytes)
                .map(|key| Self(Private::Intl(Box::new(key))))
                .map_err(|_| KeyError::Range("P-256")),
        }
    }

    /// The 32 bytes that [`Self::from_bytes`] takes.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        match &self.0 {
            Private::Sm(key) => key.to_bytes(),
            Private::Intl(key) => Zeroizing::new(key.to_bytes().to_vec()),
        }
    }

    /// A key from PKCS#8 in PEM (`-----BEGIN PRIVATE KEY-----`), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// If it is none, or of another curve.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if let Ok(key) = sm2::SecretKey::from_pkcs8_pem(pem.trim_ascii()) {
            return Self::from_bytes(Suite::Sm, &Zeroizing::new(key.to_bytes()));
        }
        let key = p256::SecretKey::from_pkcs8_pem(pem.trim_ascii());
        let key = key.map_err(|_| KeyError::Pem("no private key of SM2 or P-256 in PKCS#8"))?;
        Self::from_bytes(Suite::Intl, &Zeroizing::new(key.to_bytes()))
    }

    /// SM2 or P-256.
    pub fn suite(&self) -> Suite {
        match self.0 {
            Private::Sm(_) => Suite::Sm,
            Private::Intl(_) => Suite::Intl,
        }
    }

    /// The key as it signs tokens, if it is one of SM2: those of NDI-TR-2025-03 App. D are.
    pub fn token_key(&self) -> Option<&SigningKey> {
        match &self.0 {
            Private::Sm(key) => Some(key),
            Private::Intl(_) => None,
        }
    }

    /// Signs: 64 bytes, `r ‖ s`, the same every time.
    ///
    /// # Errors
    /// If the library fails, which takes a nonce that nobody will see.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, X509Error> {
        match &self.0 {
            Private::Sm(key) => Ok(key.sign(message)),
            Private::Intl(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).map_err(X509Error::build)?;
                Ok(signature.to_bytes().to_vec())
            }
        }
    }

    /// The same in DER, as openssl writes it.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_der(&self, message: &[u8]) -> Result<Vec<u8>, X509Error> {
        pair_to_der(&self.sign(message)?).map_err(X509Error::build)
    }

    /// The public half.
    pub fn public(&self) -> CertificatePublic {
        match &self.0 {
            Private::Sm(key) => CertificatePublic { suite: Suite::Sm, point: key.public().as_bytes().to_vec() },
            Private::Intl(key) => CertificatePublic {
                suite: Suite::Intl,
                point: key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            },
        }
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateKey({})", self.suite())
    }
}

/// A public key of a certificate: a point of SM2 or P-256 in its uncompressed form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePublic {
    suite: Suite,
    point: Vec<u8>,
}

impl CertificatePublic {
    /// SM2 or P-256.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The 65 bytes of the point.
    pub fn as_bytes(&self) -> &[u8] {
        &self.point
    }

    /// The key as it verifies tokens, if it is one of SM2.
    pub fn token_key(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(self.suite, &self.point).ok().filter(|_| self.suite == Suite::Sm)
    }

    /// Checks `r ‖ s` over a message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.suite {
            Suite::Sm => {
                PublicKey::from_bytes(Suite::Sm, &self.point).is_ok_and(|key| key.verify(message, signature).is_ok())
            }
            Suite::Intl => p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.point).is_ok_and(|key| {
                p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }),
        }
    }

    /// Checks a signature in DER over a message, as openssl writes it.
    pub fn verifies_der(&self, message: &[u8], der: &[u8]) -> bool {
        pair_from_der(der).is_some_and(|signature| self.verifies(message, &signature))
    }

    /// The SubjectPublicKeyInfo.
    pub(super) fn to_spki(&self) -> Result<SubjectPublicKeyInfoOwned, X509Error> {
        let curve = match self.suite {
            Suite::Sm => SM2,
            Suite::Intl => P256,
        };
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(&curve).into()) },
            subject_public_key: BitString::from_bytes(&self.point).map_err(X509Error::build)?,
        })
    }

    /// From a SubjectPublicKeyInfo: only SM2 and P-256, only a good uncompressed point.
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, X509Error> {
        let refuse = |what: String| X509Error::Key(what);
        if spki.algorithm.oid != EC_PUBLIC_KEY {
            return Err(refuse(format!("algorithm {}", spki.algorithm.oid)));
        }
        let parameters = spki.algorithm.parameters.as_ref();
        let curve = parameters
            .and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
            .ok_or_else(|| refuse("a curve without a name".to_owned()))?;
        let suite = match curve {
            SM2 => Suite::Sm,
            P256 => Suite::Intl,
            other => return Err(refuse(format!("curve {other}"))),
        };
        let point = spki.subject_public_key.as_bytes().unwrap_or_default().to_vec();
        let is_good = point.len() == 65
            && point.first() == Some(&4)
            && match suite {
                Suite::Sm => PublicKey::from_bytes(Suite::Sm, &point).is_ok(),
                Suite::Intl => p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).is_ok(),
            };
        if is_good { Ok(Self { suite, point }) } else { Err(refuse("no point of its curve".to_owned())) }
    }
}

impl EncodePublicKey for CertificatePublic {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        let spki = self.to_spki().map_err(|_| spki::Error::KeyMalformed)?;
        Ok(Document::encode_msg(&spki)?)
    }
}

impl Keypair for CertificateKey {
    type VerifyingKey = CertificatePublic;

    fn verifying_key(&self) -> CertificatePublic {
        self.public()
    }
}

impl DynSignatureAlgorithmIdentifier for CertificateKey {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(signature_algorithm(self.suite()))
    }
}

/// A signature as certificates have it: a sequence of two integers.
pub(super) struct DerSignature(Vec<u8>);

impl Signer<DerSignature> for CertificateKey {
    fn try_sign(&self, message: &[u8]) -> Result<DerSignature, SignError> {
        let pair = self.sign(message).map_err(|_| SignError::new())?;
        pair_to_der(&pair).map(DerSignature).map_err(|_| SignError::new())
    }
}

impl SignatureBitStringEncoding for DerSignature {
    fn to_bitstring(&self) -> der::Result<BitString> {
        BitString::from_bytes(&self.0)
    }
}

fn pair_to_der(pair: &[u8]) -> der::Result<Vec<u8>> {
    let (r, s) = pair.split_at_checked(32).unwrap_or_default();
    let (r, s) = (UintRef::new(r)?, UintRef::new(s)?);
    let length = (r.encoded_len()? + s.encoded_len()?)?;
    let mut bytes = Vec::new();
    der::Header::new(Tag::Sequence, length).encode_to_vec(&mut bytes)?;
    r.encode_to_vec(&mut bytes)?;
    s.encode_to_vec(&mut bytes)?;
    Ok(bytes)
}

fn pair_from_der(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let (r, s) =
        reader.sequence(|inner| Ok::<_, der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?))).ok()?;
    reader.finish().ok()?;
    let mut pair = vec![0; 64];
    for (half, number) in pair.chunks_exact_mut(32).zip([r.as_bytes(), s.as_bytes()]) {
        let from = half.len().checked_sub(number.len())?;
        half.get_mut(from..)?.copy_from_slice(number);
    }
    Some(pair)
}

/// The two certificate keys of a node.
#[derive(Debug)]
pub struct CertificateKeys {
    sm: CertificateKey,
    intl: CertificateKey,
}

impl CertificateKeys {
    /// Two fresh keys.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self { sm: CertificateKey::generate(Suite::Sm, rng), intl: CertificateKey::generate(Suite::Intl, rng) }
    }

    /// The key of a suite.
    pub fn of(&self, suite: Suite) -> &CertificateKey {
        match suite {
            Suite::Sm => &self.sm,
            Suite::Intl => &self.intl,
        }
    }

    /// The keys as a document to keep on disk, encrypted under `secret`.
    ///
    /// # Errors
    /// The secret is too weak to be one.
    pub fn seal_to(&self, secret: &Secret, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealedError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAGIC.len() + 64));
        bytes.extend_from_slice(MAGIC);
        for suite in Suite::ALL {
            bytes.extend_from_slice(&self.of(suite).to_bytes());
        }
        sealed::seal(&bytes, secret, rng)
    }

    /// The keys from the document that [`Self::seal_to`] made.
    ///
    /// # Errors
    /// Wrong secret, altered document, or a document that holds something else.
    pub fn open_from(document: &[u8], secret: &Secret) -> Result<Self, SealedError> {
        let bytes = sealed::open(document, secret)?;
        let keys = bytes.strip_prefix(MAGIC).and_then(|keys| keys.split_at_checked(32));
        let read = keys.and_then(|(sm, intl)| {
            Some(Self {
                sm: CertificateKey::from_bytes(Suite::Sm, sm).ok()?,
                intl: CertificateKey::from_bytes(Suite::Intl, intl).ok()?,
            })
        });
        read.ok_or(SealedError::Content("certificate keys"))
    }
}

const MAGIC: &[u8] = b"XYC1";
