//! Signatures of authorities: which algorithms, and who computes them. RFC 5754, RFC 8419, GM/T 0006.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA512_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use der::Encode as _;
use der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::{DigestAlgorithm, StampError};
use crate::x509::CertificatePublic;
use crate::{PublicKey, Suite};

/// An algorithm of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    /// PKCS#1 v1.5.
    Rsa(DigestAlgorithm),
    Ecdsa(DigestAlgorithm),
    Ed25519,
    /// With SM3.
    Sm2,
}

impl SignatureAlgorithm {
    /// The algorithm of a certificate's signature.
    pub(super) fn of(oid: ObjectIdentifier) -> Result<Self, StampError> {
        Ok(match oid {
            SHA256_WITH_RSA => Self::Rsa(DigestAlgorithm::Sha256),
            SHA384_WITH_RSA => Self::Rsa(DigestAlgorithm::Sha384),
            SHA512_WITH_RSA => Self::Rsa(DigestAlgorithm::Sha512),
            ECDSA_WITH_SHA256 => Self::Ecdsa(DigestAlgorithm::Sha256),
            ECDSA_WITH_SHA384 => Self::Ecdsa(DigestAlgorithm::Sha384),
            ECDSA_WITH_SHA512 => Self::Ecdsa(DigestAlgorithm::Sha512),
            ED25519 => Self::Ed25519,
            SM2_WITH_SM3 => Self::Sm2,
            other => return Err(StampError::Algorithm { what: "signature", found: other.to_string() }),
        })
    }

    /// The algorithm of a signer, who may name that of the key and that of the digest apart: RFC 3370 §3.2 for RSA, GB/T 35275 for SM2.
    pub(super) fn of_signer(oid: ObjectIdentifier, digest: DigestAlgorithm) -> Result<Self, StampError> {
        match oid {
            RSA_ENCRYPTION if digest != DigestAlgorithm::Sm3 => Ok(Self::Rsa(digest)),
            SM2_SIGNATURE if digest == DigestAlgorithm::Sm3 => Ok(Self::Sm2),
            _ => Self::of(oid),
        }
    }

    /// Whether a key made this signature over a message.
    pub(super) fn verifies(self, key: &SubjectPublicKeyInfoOwned, message: &[u8], signature: &[u8]) -> bool {
        let Ok(kind) = Kind::of(key) else { return false };
        let by_library: &'static dyn VerificationAlgorithm = match (kind, self) {
            (Kind::Sm2, Self::Sm2) | (Kind::P256, Self::Ecdsa(DigestAlgorithm::Sha256)) => {
                return CertificatePublic::from_spki(key).is_ok_and(|key| key.verifies_der(message, signature));
            }
            (Kind::Ed25519, Self::Ed25519) => {
                let point = key.subject_public_key.as_bytes().unwrap_or_default();
                let key = PublicKey::from_bytes(Suite::Intl, point);
                return key.is_ok_and(|key| key.verify(message, signature).is_ok());
            }
            (Kind::Rsa, Self::Rsa(DigestAlgorithm::Sha256)) => &RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa, Self::Rsa(DigestAlgorithm::Sha384)) => &RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa, Self::Rsa(DigestAlgorithm::Sha512)) => &RSA_PKCS1_2048_8192_SHA512,
            (Kind::P256, Self::Ecdsa(DigestAlgorithm::Sha384)) => &ECDSA_P256_SHA384_ASN1,
            (Kind::P256, Self::Ecdsa(DigestAlgorithm::Sha512)) => &ECDSA_P256_SHA512_ASN1,
            (Kind::P384, Self::Ecdsa(DigestAlgorithm::Sha256)) => &ECDSA_P384_SHA256_ASN1,
            (Kind::P384, Self::Ecdsa(DigestAlgorithm::Sha384)) => &ECDSA_P384_SHA384_ASN1,
            (Kind::P384, Self::Ecdsa(DigestAlgorithm::Sha512)) => &ECDSA_P384_SHA512_ASN1,
            _ => return false,
        };
        let Ok(spki) = key.to_der() else { return false };
        UnparsedPublicKey::new(by_library, spki).verify(message, signature).is_ok()
    }
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Sm2,
}

impl Kind {
    pub(super) fn of(key: &SubjectPublicKeyInfoOwned) -> Result<Self, StampError> {
        let curve = key.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        match (key.algorithm.oid, curve) {
            (RSA_ENCRYPTION, _) => Ok(Self::Rsa),
            (ED25519, None) => Ok(Self::Ed25519),
            (EC_PUBLIC_KEY, Some(P256)) => Ok(Self::P256),
            (EC_PUBLIC_KEY, Some(P384)) => Ok(Self::P384),
            (EC_PUBLIC_KEY, Some(SM2)) => Ok(Self::Sm2),
            (EC_PUBLIC_KEY, Some(curve)) => Err(StampError::Algorithm { what: "key", found: curve.to_string() }),
            (other, _) => Err(StampError::Algorithm { what: "key", found: other.to_string() }),
        }
    }
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const SM2_SIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301.1");
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
