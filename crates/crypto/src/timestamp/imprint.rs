//! What is stamped: a digest and the function that made it. RFC 3161 §2.4.1 (messageImprint).

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sm3::Sm3;
use x509_cert::spki::AlgorithmIdentifierRef;

use super::StampError;
use super::asn1::MessageImprint;
use crate::{Digest, Suite};

/// A digest function that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
    /// SM3 (GB/T 32905), 32 bytes.
    Sm3,
}

impl DigestAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sm3];

    /// The length of its digests in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of some data.
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
            Self::Sm3 => Sm3::digest(data).to_vec(),
        }
    }

    /// The function of an object identifier.
    pub(super) fn of(oid: ObjectIdentifier) -> Result<Self, StampError> {
        let found = Self::ALL.into_iter().find(|one| one.oid() == oid);
        found.ok_or_else(|| StampError::Algorithm { what: "digest", found: oid.to_string() })
    }

    pub(super) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => SHA256,
            Self::Sha384 => SHA384,
            Self::Sha512 => SHA512,
            Self::Sm3 => SM3,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sm3 => "SM3",
        })
    }
}

/// A digest to be stamped, or that was.
#[derive(Clone, PartialEq, Eq)]
pub struct Imprint {
    algorithm: DigestAlgorithm,
    bytes: Vec<u8>,
}

impl Imprint {
    /// A digest that was computed elsewhere.
    ///
    /// # Errors
    /// If it has not the length of such digests.
    pub fn new(algorithm: DigestAlgorithm, bytes: &[u8]) -> Result<Self, StampError> {
        if bytes.len() != algorithm.bytes() {
            return Err(StampError::ImprintLength { expected: algorithm.bytes(), found: bytes.len() });
        }
        Ok(Self { algorithm, bytes: bytes.to_vec() })
    }

    /// The digest of some data.
    pub fn of(algorithm: DigestAlgorithm, data: &[u8]) -> Self {
        Self { algorithm, bytes: algorithm.hash(data) }
    }

    /// A digest of a space: SM3 or SHA-256, as the suite has it.
    pub fn of_suite(suite: Suite, digest: &Digest) -> Self {
        let algorithm = match suite {
            Suite::Sm => DigestAlgorithm::Sm3,
            Suite::Intl => DigestAlgorithm::Sha256,
        };
        Self { algorithm, bytes: digest.as_bytes().to_vec() }
    }

    /// Its function.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn read(imprint: &MessageImprint<'_>) -> Result<Self, StampError> {
        Self::new(DigestAlgorithm::of(imprint.algorithm.oid)?, imprint.bytes.as_bytes())
    }

    /// With NULL as the parameters of the function, which the older authorities insist on.
    pub(super) fn to_asn1(&self) -> der::Result<MessageImprint<'_>> {
        let algorithm = AlgorithmIdentifierRef { oid: self.algorithm.oid(), parameters: Some(AnyRef::NULL) };
        Ok(MessageImprint { algorithm, bytes: OctetStringRef::new(&self.bytes)? })
    }
}

impl fmt::Debug for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imprint({} {})", self.algorithm, hex::encode(&self.bytes))
    }
}

/// The name of a certificate by RFC 3161, before RFC 5816; good for nothing else.
pub(super) fn sha1(data: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec()
}

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// GM/T 0006.
const SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401");
