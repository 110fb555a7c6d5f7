//! A request for a certificate (PKCS#10): who asks, for which key, and the proof that the key is theirs. NDI-TR-2025-03 §7.2.1 e.

use p256::ecdsa::signature::Keypair as _;
use x509_cert::builder::Builder as _;
use x509_cert::der::oid::AssociatedOid as _;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _, pem::LineEnding};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::request::{CertReq, ExtensionReq, RequestBuilder};

use super::key::{DerSignature, signature_algorithm};
use super::subject::common_name;
use super::{CertificateKey, CertificatePublic, Subject, X509Error};

const WHAT: &str = "certificate request";
const MAX_BYTES: usize = 16 << 10;

/// A request whose proof of possession was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Who asks.
    pub subject: Subject,
    /// For which key.
    pub public: CertificatePublic,
    pem: String,
}

impl CertificateRequest {
    /// Asks for a certificate for a key.
    ///
    /// # Errors
    /// If the subject cannot be written.
    pub fn make(key: &CertificateKey, subject: &Subject) -> Result<Self, X509Error> {
        let mut builder = RequestBuilder::new(subject.name()?).map_err(X509Error::build)?;
        builder.add_extension(&subject.alternative()?).map_err(X509Error::build)?;
        let request = builder.build::<_, DerSignature>(key).map_err(X509Error::build)?;
        let pem = request.to_pem(LineEnding::LF).map_err(X509Error::build)?;
        Ok(Self { subject: subject.clone(), public: key.verifying_key(), pem })
    }

    /// Reads a request in PEM and checks that who asks has the key.
    ///
    /// # Errors
    /// If it is none, its key is not accepted, or the proof fails.
    pub fn from_pem(pem: &str) -> Result<Self, X509Error> {
        if pem.len() > 2 * MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 32 KiB".to_owned() });
        }
        let request = CertReq::from_pem(pem.trim_ascii()).map_err(X509Error::malformed(WHAT))?;
        Self::check(&request)
    }

    /// Reads a request in DER and checks that who asks has the key.
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        if der.len() > MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 16 KiB".to_owned() });
        }
        Self::check(&CertReq::from_der(der).map_err(X509Error::malformed(WHAT))?)
    }

    fn check(request: &CertReq) -> Result<Self, X509Error> {
        let public = proven(request)?;
        let alternative = alternative(request)?;
        let subject = Subject::read(&request.info.subject, alternative.as_ref())?;
        let pem = request.to_pem(LineEnding::LF).map_err(X509Error::build)?;
        Ok(Self { subject, public, pem })
    }

    /// In PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

/// A person's request: whoever asks has the key, and says who they are by CN, if by anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRequest {
    /// CN; none if it names nobody.
    pub name: Option<String>,
    /// For which key.
    pub public: CertificatePublic,
}

impl PersonRequest {
    /// Reads a request in PEM and checks that who asks has the key.
    ///
    /// # Errors
    /// If it is none, its key is not accepted, or the proof fails.
    pub fn from_pem(pem: &str) -> Result<Self, X509Error> {
        if pem.len() > 2 * MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 32 KiB".to_owned() });
        }
        let request = CertReq::from_pem(pem.trim_ascii()).map_err(X509Error::malformed(WHAT))?;
        Ok(Self { public: proven(&request)?, name: common_name(&request.info.subject)? })
    }
}

/// The key of a request, proven by its signature.
fn proven(request: &CertReq) -> Result<CertificatePublic, X509Error> {
    let public = CertificatePublic::from_spki(&request.info.public_key)?;
    if request.algorithm.oid != signature_algorithm(public.suite()).oid {
        return Err(X509Error::Algorithm(WHAT));
    }
    let signed = request.info.to_der().map_err(X509Error::malformed(WHAT))?;
    if !public.verifies_der(&signed, request.signature.as_bytes().unwrap_or_default()) {
        return Err(X509Error::Signature(WHAT));
    }
    Ok(public)
}

fn alternative(request: &CertReq) -> Result<Option<SubjectAltName>, X509Error> {
    let Some(attribute) = request.info.attributes.iter().find(|attribute| attribute.oid == ExtensionReq::OID) else {
        return Ok(None);
    };
    let Some(value) = attribute.values.iter().next() else {
        return Ok(None);
    };
    let wanted: ExtensionReq = value.decode_as().map_err(X509Error::malformed(WHAT))?;
    let found = wanted.0.iter().find(|extension| extension.extn_id == SubjectAltName::OID);
    found
        .map(|extension| SubjectAltName::from_der(extension.extn_value.as_bytes()))
        .transpose()
        .map_err(X509Error::malformed(WHAT))
}
