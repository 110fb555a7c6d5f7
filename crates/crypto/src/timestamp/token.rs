//! The token: a TSTInfo under one signature, and what makes it count. RFC 3161 §2.4.2, RFC 5652 §5, RFC 5816.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Tag, TagNumber, Tagged as _};
use jiff::{SignedDuration, Timestamp};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use super::asn1::{ContentInfo, IssuerAndSerial, SetOf, SignedData, SignerInfo};
use super::attributes::Signed;
use super::certificate::Cert;
use super::info::Info;
use super::signature::{Kind, SignatureAlgorithm};
use super::{DigestAlgorithm, Imprint, StampAuthority, StampError, check_length, path};

const WHAT: &str = "time-stamp token";
/// How far the clock of an authority may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// A TimeStampToken as it was received. Nothing that it says counts before [`Token::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    der: Vec<u8>,
    /// The bytes of `info`.
    content: Vec<u8>,
    info: Info,
    certificates: Vec<Cert>,
    signer: Signer,
}

/// The one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signer {
    id: SignerId,
    digest: DigestAlgorithm,
    signed: Signed,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

/// SignerIdentifier, RFC 5652 §5.3.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SignerId {
    Issued(Name, SerialNumber),
    Key(Vec<u8>),
}

/// What a token proves: that the digest it was verified for existed at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When, by the clock of the authority (genTime).
    pub at: Timestamp,
    /// How far `at` may be off, either way, in microseconds; none if the authority does not say.
    pub accuracy_micros: Option<u64>,
    /// The serial number of the stamp in hexadecimal, one of its kind with this authority.
    pub serial: String,
    /// The policy of the authority that it was made under, an object identifier in dots.
    pub policy: String,
    /// Who stamped: the subject of the certificate, in the form of RFC 4514.
    pub authority: String,
    /// The function of the digest that was stamped.
    pub digest: DigestAlgorithm,
}

impl Token {
    /// From a ContentInfo in DER.
    ///
    /// # Errors
    /// If it is no signed TSTInfo, has not exactly one signature, lacks a signed attribute, or uses an algorithm that is not accepted.
    pub fn parse(der: &[u8]) -> Result<Self, StampError> {
        check_length(WHAT, der)?;
        let malformed = StampError::malformed(WHAT);
        let outer = ContentInfo::from_der(der).map_err(&malformed)?;
        if ![SIGNED_DATA, SM2_SIGNED_DATA].contains(&outer.content_type) {
            let found = outer.content_type.to_string();
            return Err(StampError::ContentType { expected: "signed message", found });
        }
        let data: SignedData<'_> = outer.content.decode_as().map_err(&malformed)?;
        // 3 for a content that is not `data`; 4 and 5 for certificates of other kinds. RFC 5652 §5.1.
        if !(3..=5).contains(&data.version) {
            return Err(StampError::Version { what: WHAT, found: data.version });
        }
        check_content_type(data.content.content_type)?;
        let signer = match data.signers.elements().map_err(&malformed)?.as_slice() {
            [signer] => Signer::parse(signer)?,
            others => return Err(StampError::Signers(others.len())),
        };
        let content = data.content.content.map(OctetStringRef::as_bytes).unwrap_or_default().to_vec();
        Ok(Self {
            info: Info::parse(&content)?,
            content,
            certificates: certificates(data.certificates.as_ref())?,
            signer,
            der: der.to_vec(),
        })
    }

    /// The exact bytes: what is kept and given to whoever shall verify it.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Verifies the token for a digest: who signed, by which right, and that it is this digest and, if a nonce is given, this request that was answered.
    /// The certificates count as they were at the time of the stamp. If `now` is given, a stamp of a time more than five minutes ahead of it is refused.
    ///
    /// # Errors
    /// With the first thing that is wrong: first of the signature, then of the certificates, then of what is stamped.
    pub fn verify(
        &self,
        imprint: &Imprint,
        nonce: Option<u64>,
        trusted: &[StampAuthority],
        now: Option<Timestamp>,
    ) -> Result<Stamp, StampError> {
        let certificate = self.check_signature(trusted)?;
        certificate.check_signer()?;
        let at = u64::try_from(self.info.at.as_second()).unwrap_or_default();
        path::check(certificate, &self.certificates, trusted, at)?;
        if let Some(name) = &self.info.authority
            && !certificate.is_named(name)?
        {
            return Err(StampError::Name(certificate.subject().to_string()));
        }
        if self.info.imprint != *imprint {
            return Err(StampError::Imprint);
        }
        if nonce.is_some_and(|nonce| !self.info.has_nonce(nonce)) {
            return Err(StampError::Nonce);
        }
        if now.is_some_and(|now| self.info.at.duration_since(now) > AHEAD) {
            return Err(StampError::Future(self.info.at));
        }
        Ok(Stamp {
            at: self.info.at,
            accuracy_micros: self.info.accuracy_micros,
            serial: self.info.serial.clone(),
            policy: self.info.policy.clone(),
            authority: certificate.subject().to_string(),
            digest: self.info.imprint.algorithm(),
        })
    }

    /// The certificate whose key made the signature. RFC 5652 §5.6.
    fn check_signature<'a>(&'a self, trusted: &'a [StampAuthority]) -> Result<&'a Cert, StampError> {
        let Signer { id, digest, signed, algorithm, signature } = &self.signer;
        if signed.digest != digest.hash(&self.content) {
            return Err(StampError::Digest);
        }
        let mut known = self.certificates.iter().chain(trusted.iter().map(|one| &one.0));
        let certificate = known.find(|one| id.is(one)).ok_or(StampError::NoSigner)?;
        if !signed.is_bound_to(certificate) {
            return Err(StampError::Bound { serial: certificate.serial() });
        }
        Kind::of(certificate.key())?;
        if algorithm.verifies(certificate.key(), &signed.bytes, signature) {
            Ok(certificate)
        } else {
            Err(StampError::Signature)
        }
    }
}

impl Signer {
    fn parse(der: &[u8]) -> Result<Self, StampError> {
        const WHAT: &str = "signer info";
        let malformed = StampError::malformed(WHAT);
        let info = SignerInfo::from_der(der).map_err(&malformed)?;
        let id = match info.signer.tag() {
            Tag::Sequence => {
                let id: IssuerAndSerial = info.signer.decode_as().map_err(&malformed)?;
                SignerId::Issued(id.issuer, id.serial)
            }
            Tag::ContextSpecific { number: TagNumber(0), constructed: false } => {
                SignerId::Key(info.signer.value().to_vec())
            }
            other => return Err(StampError::Malformed { what: WHAT, why: format!("signer is named by {other}") }),
        };
        let version = match id {
            SignerId::Issued(..) => 1,
            SignerId::Key(_) => 3,
        };
        if info.version != version {
            return Err(StampError::Version { what: WHAT, found: info.version });
        }
        let signed = Signed::parse(info.signed.as_ref().ok_or(StampError::Attribute("contentType"))?)?;
        check_content_type(signed.content_type)?;
        let digest = DigestAlgorithm::of(info.digest_algorithm.oid)?;
        let algorithm = SignatureAlgorithm::of_signer(info.signature_algorithm.oid, digest)?;
        Ok(Self { id, digest, signed, algorithm, signature: info.signature.as_bytes().to_vec() })
    }
}

impl SignerId {
    fn is(&self, certificate: &Cert) -> bool {
        match self {
            Self::Issued(issuer, serial) => certificate.issuer() == issuer && certificate.serial_number() == serial,
            Self::Key(id) => certificate.has_key_id(id),
        }
    }
}

/// The content and the attribute that speaks of it must both say that it is a TSTInfo.
fn check_content_type(found: ObjectIdentifier) -> Result<(), StampError> {
    if found == TST_INFO {
        return Ok(());
    }
    Err(StampError::ContentType { expected: "time-stamp", found: found.to_string() })
}

/// The certificates that came along; attribute certificates and the like are passed over.
fn certificates(set: Option<&SetOf<'_>>) -> Result<Vec<Cert>, StampError> {
    const SEQUENCE: u8 = 0x30;
    let Some(set) = set else { return Ok(Vec::new()) };
    let elements = set.elements().map_err(StampError::malformed(WHAT))?;
    elements.into_iter().filter(|one| one.first() == Some(&SEQUENCE)).map(Cert::from_der).collect()
}

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// GB/T 35275: the same under the name that SM2 has it.
const SM2_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.6.1.4.2.2");
/// id-ct-TSTInfo.
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
