//! The attributes that a signer signs along with the digest of the content. RFC 5652 §5.3, §5.4, §11; RFC 5816 §2.2.1.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode as _, Header, Length, Tag};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;

use super::asn1::{Attribute, IssuerSerial, SetOf, SigningCertificate, SigningCertificateV2};
use super::certificate::Cert;
use super::imprint::sha1;
use super::{DigestAlgorithm, StampError};

const WHAT: &str = "signed attributes";

/// The attributes that count. Others, such as the signer's own time, say nothing that the content does not say better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// What the signature is over: the attributes as a set in DER.
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: ObjectIdentifier,
    pub(super) digest: Vec<u8>,
    /// One of ESSCertID, one of ESSCertIDv2, or both.
    bound: Vec<Bound>,
}

/// Which certificate the signer says it signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    /// None is SHA-1.
    algorithm: Option<DigestAlgorithm>,
    hash: Vec<u8>,
    issuer: Option<(Vec<GeneralName>, SerialNumber)>,
}

impl Signed {
    pub(super) fn parse(set: &SetOf<'_>) -> Result<Self, StampError> {
        let malformed = StampError::malformed(WHAT);
        let elements = set.elements().map_err(&malformed)?;
        let attributes: Vec<Attribute<'_>> =
            elements.iter().map(|one| Attribute::from_der(one)).collect::<Result<_, _>>().map_err(&malformed)?;
        let content_type = one::<ObjectIdentifier>(&attributes, CONTENT_TYPE)?;
        let content_type = content_type.ok_or(StampError::Attribute(CONTENT_TYPE.1))?;
        let digest = one::<&OctetStringRef>(&attributes, MESSAGE_DIGEST)?;
        let digest = digest.ok_or(StampError::Attribute(MESSAGE_DIGEST.1))?.as_bytes().to_vec();
        let mut bound = Vec::new();
        if let Some(found) = one::<SigningCertificate<'_>>(&attributes, SIGNING_CERTIFICATE)? {
            // The first is the signer's, the others are of those above it. RFC 5035 §5.4.
            let first = found.certificates.into_iter().next().ok_or(StampError::Attribute(SIGNING_CERTIFICATE.1))?;
            bound.push(Bound { algorithm: None, hash: first.hash.as_bytes().to_vec(), issuer: pair(first.issuer) });
        }
        if let Some(found) = one::<SigningCertificateV2<'_>>(&attributes, SIGNING_CERTIFICATE_V2)? {
            let first = found.certificates.into_iter().next().ok_or(StampError::Attribute(SIGNING_CERTIFICATE_V2.1))?;
            let algorithm = first.algorithm.map_or(Ok(DigestAlgorithm::Sha256), |one| DigestAlgorithm::of(one.oid))?;
            let (hash, issuer) = (first.hash.as_bytes().to_vec(), pair(first.issuer));
            bound.push(Bound { algorithm: Some(algorithm), hash, issuer });
        }
        if bound.is_empty() {
            return Err(StampError::Attribute(SIGNING_CERTIFICATE.1));
        }
        Ok(Self { bytes: in_order(elements).map_err(malformed)?, content_type, digest, bound })
    }

    /// Whether every certificate identifier in it means this one.
    pub(super) fn is_bound_to(&self, certificate: &Cert) -> bool {
        self.bound.iter().all(|bound| {
            let hash = match bound.algorithm {
                Some(algorithm) => algorithm.hash(certificate.der()),
                None => sha1(certificate.der()),
            };
            let is_issued = bound.issuer.as_ref().is_none_or(|(names, serial)| {
                let issuer = GeneralName::DirectoryName(certificate.issuer().clone());
                names.contains(&issuer) && serial == certificate.serial_number()
            });
            hash == bound.hash && is_issued
        })
    }
}

fn pair(issuer: Option<IssuerSerial>) -> Option<(Vec<GeneralName>, SerialNumber)> {
    issuer.map(|issuer| (issuer.names, issuer.serial))
}

/// The one value of an attribute, if it is there.
fn one<'a, T: Decode<'a, Error = der::Error>>(
    attributes: &[Attribute<'a>],
    (oid, name): (ObjectIdentifier, &'static str),
) -> Result<Option<T>, StampError> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let Some(attribute) = found.next() else {
        return Ok(None);
    };
    let values = attribute.values.elements().map_err(StampError::malformed(WHAT))?;
    match (found.next(), values.as_slice()) {
        (None, [value]) => T::from_der(value).map(Some).map_err(StampError::malformed(name)),
        _ => Err(StampError::Attribute(name)),
    }
}

/// A SET OF in DER: its elements in the order of their bytes, under the tag that the signature is over and the wire has not. RFC 5652 §5.4.
fn in_order(mut elements: Vec<&[u8]>) -> der::Result<Vec<u8>> {
    elements.sort_unstable();
    let content = elements.concat();
    let mut bytes = Header::new(Tag::Set, Length::try_from(content.len())?).to_der()?;
    bytes.extend_from_slice(&content);
    Ok(bytes)
}

const CONTENT_TYPE: (ObjectIdentifier, &str) = (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3"), "contentType");
const MESSAGE_DIGEST: (ObjectIdentifier, &str) =
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4"), "messageDigest");
const SIGNING_CERTIFICATE: (ObjectIdentifier, &str) =
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12"), "signingCertificate");
const SIGNING_CERTIFICATE_V2: (ObjectIdentifier, &str) =
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47"), "signingCertificateV2");
