//! A certificate as it was received: its exact bytes, and what is read from them.

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _, pem::LineEnding};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::name::Name;

use super::authority::CLIENT_AUTH;
use super::key::signature_algorithm;
use super::{CertificatePublic, Subject, X509Error};
use crate::Suite;

const WHAT: &str = "certificate";
/// A certificate with two names and a key has about 700 bytes.
const MAX_BYTES: usize = 16 << 10;

/// A certificate of X.509 v3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    parsed: x509_cert::Certificate,
    public: CertificatePublic,
    der: Vec<u8>,
}

impl Certificate {
    /// From DER.
    ///
    /// # Errors
    /// If it is none, or holds a key that is not accepted.
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        if der.len() > MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 16 KiB".to_owned() });
        }
        Self::new(x509_cert::Certificate::from_der(der).map_err(X509Error::malformed(WHAT))?)
    }

    /// From PEM, of one certificate.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, X509Error> {
        if pem.len() > 2 * MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 32 KiB".to_owned() });
        }
        Self::new(x509_cert::Certificate::from_pem(pem.trim_ascii()).map_err(X509Error::malformed(WHAT))?)
    }

    /// The certificates of a PEM bundle, in their order.
    ///
    /// # Errors
    /// As [`Self::from_der`]; a bundle without any is malformed too.
    pub fn chain_from_pem(bundle: &str) -> Result<Vec<Self>, X509Error> {
        const END: &str = "-----END CERTIFICATE-----";
        let mut chain = Vec::new();
        for part in bundle.split_inclusive(END) {
            if part.trim().is_empty() {
                continue;
            }
            chain.push(Self::from_pem(part)?);
        }
        if chain.is_empty() {
            return Err(X509Error::Malformed { what: WHAT, why: "no certificate in it".to_owned() });
        }
        Ok(chain)
    }

    pub(super) fn new(parsed: x509_cert::Certificate) -> Result<Self, X509Error> {
        let public = CertificatePublic::from_spki(parsed.tbs_certificate().subject_public_key_info())?;
        let der = parsed.to_der().map_err(X509Error::malformed(WHAT))?;
        Ok(Self { parsed, public, der })
    }

    /// The exact bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// In PEM.
    ///
    /// # Errors
    /// If the library cannot write it.
    pub fn to_pem(&self) -> Result<String, X509Error> {
        self.parsed.to_pem(LineEnding::LF).map_err(X509Error::build)
    }

    /// The serial number in hexadecimal, in upper case as openssl prints it.
    pub fn serial(&self) -> String {
        hex::encode_upper(self.parsed.tbs_certificate().serial_number().as_bytes())
    }

    /// The key it vouches for.
    pub fn public(&self) -> &CertificatePublic {
        &self.public
    }

    /// SM2 or P-256.
    pub fn suite(&self) -> Suite {
        self.public.suite()
    }

    /// Seconds since 1970 from which it is good.
    pub fn not_before(&self) -> u64 {
        self.parsed.tbs_certificate().validity().not_before.to_unix_duration().as_secs()
    }

    /// Seconds since 1970 until which it is good.
    pub fn not_after(&self) -> u64 {
        self.parsed.tbs_certificate().validity().not_after.to_unix_duration().as_secs()
    }

    /// Whom it is for, by Appendix A.
    ///
    /// # Errors
    /// If it names nobody in that form, as the certificates of authorities do not.
    pub fn subject(&self) -> Result<Subject, X509Error> {
        Subject::read(self.parsed.tbs_certificate().subject(), self.extension::<SubjectAltName>()?.as_ref())
    }

    /// The subject as openssl prints it.
    pub fn subject_text(&self) -> String {
        self.subject_name().to_string()
    }

    /// The issuer as openssl prints it.
    pub fn issuer_text(&self) -> String {
        self.issuer_name().to_string()
    }

    /// Digest of the bytes.
    pub fn fingerprint(&self) -> String {
        Suite::Intl.hash(&self.der).to_string()
    }

    pub(super) fn subject_name(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }

    pub(super) fn issuer_name(&self) -> &Name {
        self.parsed.tbs_certificate().issuer()
    }

    pub(super) fn serial_bytes(&self) -> &[u8] {
        self.parsed.tbs_certificate().serial_number().as_bytes()
    }

    pub(super) fn extension<'a, T>(&'a self) -> Result<Option<T>, X509Error>
    where
        T: x509_cert::der::Decode<'a, Error = x509_cert::der::Error> + x509_cert::der::oid::AssociatedOid,
    {
        let found = self.parsed.tbs_certificate().get_extension::<T>().map_err(X509Error::malformed(WHAT))?;
        Ok(found.map(|(_, extension)| extension))
    }

    /// Whether it may sign certificates with so many authorities below it.
    pub(super) fn is_authority(&self, below: u8) -> Result<bool, X509Error> {
        let basic = self.extension::<BasicConstraints>()?;
        let may_sign = self.extension::<KeyUsage>()?.is_some_and(|usage| usage.key_cert_sign());
        Ok(may_sign
            && basic.is_some_and(|basic| basic.ca && basic.path_len_constraint.is_none_or(|length| below <= length)))
    }

    /// Whether its key may sign messages, and nothing else: what is an authority is no connector.
    pub(super) fn is_end(&self) -> Result<bool, X509Error> {
        let is_authority = self.extension::<BasicConstraints>()?.is_some_and(|basic| basic.ca);
        let may_sign = self.extension::<KeyUsage>()?.is_none_or(|usage| usage.digital_signature());
        Ok(!is_authority && may_sign)
    }

    /// Whether it may authenticate a client: it says so, or does not say what it is for.
    pub(super) fn is_for_clients(&self) -> Result<bool, X509Error> {
        let purposes = self.extension::<ExtendedKeyUsage>()?;
        Ok(purposes.is_none_or(|purposes| purposes.0.iter().any(|one| [CLIENT_AUTH, ANY_PURPOSE].contains(one))))
    }

    /// That nothing critical stands in it that is not understood.
    pub(super) fn check_extensions(&self) -> Result<(), X509Error> {
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        for extension in self.parsed.tbs_certificate().extensions().into_iter().flatten() {
            if seen.contains(&extension.extn_id) {
                let why = format!("extension {} stands in it twice", extension.extn_id);
                return Err(X509Error::Malformed { what: WHAT, why });
            }
            seen.push(extension.extn_id);
            if extension.critical && !UNDERSTOOD.contains(&extension.extn_id) {
                return Err(X509Error::Critical(extension.extn_id.to_string()));
            }
        }
        Ok(())
    }

    /// That another certificate's key signed this one.
    pub(super) fn check_signature(&self, signer: &CertificatePublic) -> Result<(), X509Error> {
        let tbs = self.parsed.tbs_certificate();
        let expected = signature_algorithm(signer.suite());
        if tbs.signature() != self.parsed.signature_algorithm() || tbs.signature().oid != expected.oid {
            return Err(X509Error::Algorithm(WHAT));
        }
        let signed = tbs.to_der().map_err(X509Error::malformed(WHAT))?;
        let signature = self.parsed.signature().as_bytes().unwrap_or_default();
        if signer.verifies_der(&signed, signature) { Ok(()) } else { Err(X509Error::Signature(WHAT)) }
    }
}

const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Basic constraints, key usage, subject alternative name, extended key usage.
const UNDERSTOOD: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
];
