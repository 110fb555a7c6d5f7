//! Certificates of authorities, with the keys that such authorities have; those of connectors ([`x509`](crate::x509)) have fewer. RFC 5280, RFC 3161 §2.3.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use der::{Decode, Reader as _, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::info::hexadecimal;
use super::signature::{Kind, SignatureAlgorithm};
use super::{StampError, check_length};

const WHAT: &str = "certificate";
/// More than anyone trusts; a whole store of roots does not belong here.
const MAX_AUTHORITIES: usize = 64;

/// An authority that is trusted for time: a root, one that issues to time-stamping authorities, or the certificate of such an authority itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampAuthority(pub(super) Cert);

impl StampAuthority {
    /// The certificates of a PEM bundle, in their order; text around them is passed over, as that which `openssl x509 -text` writes.
    ///
    /// # Errors
    /// If one is none or has a key that is not accepted, if there is none in it, or more than 64.
    pub fn all_from_pem(bundle: &str) -> Result<Vec<Self>, StampError> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let mut all = Vec::new();
        for part in bundle.split(BEGIN).skip(1) {
            let malformed = |why: &str| StampError::Malformed { what: WHAT, why: why.to_owned() };
            let (text, _) = part.split_once(END).ok_or_else(|| malformed("no end of its PEM"))?;
            // Lines of any length: RFC 7468 §3 has readers take what writers should not write.
            let base64: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let der = STANDARD.decode(base64).map_err(|error| malformed(&error.to_string()))?;
            all.push(Self::from_der(&der)?);
        }
        if all.is_empty() || all.len() > MAX_AUTHORITIES {
            let why = format!("{} certificates in it, not 1 to {MAX_AUTHORITIES}", all.len());
            return Err(StampError::Malformed { what: "list of trusted authorities", why });
        }
        Ok(all)
    }

    /// From DER.
    ///
    /// # Errors
    /// If it is none, or has a key that is not accepted.
    pub fn from_der(der: &[u8]) -> Result<Self, StampError> {
        let certificate = Cert::from_der(der)?;
        Kind::of(certificate.key())?;
        Ok(Self(certificate))
    }

    /// The subject, in the form of RFC 4514.
    pub fn subject(&self) -> String {
        self.0.subject().to_string()
    }

    /// The serial number in hexadecimal.
    pub fn serial(&self) -> String {
        self.0.serial()
    }
}

/// A certificate as it was received: its exact bytes, those that are signed, and what is read from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cert {
    der: Vec<u8>,
    signed: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Cert {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, StampError> {
        check_length(WHAT, der)?;
        let parsed = x509_cert::Certificate::from_der(der).map_err(StampError::malformed(WHAT))?;
        Ok(Self { signed: signed(der).map_err(StampError::malformed(WHAT))?, der: der.to_vec(), parsed })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn key(&self) -> &SubjectPublicKeyInfoOwned {
        self.parsed.tbs_certificate().subject_public_key_info()
    }

    pub(super) fn subject(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }

    pub(super) fn issuer(&self) -> &Name {
        self.parsed.tbs_certificate().issuer()
    }

    pub(super) fn serial_number(&self) -> &SerialNumber {
        self.parsed.tbs_certificate().serial_number()
    }

    pub(super) fn serial(&self) -> String {
        hexadecimal(self.serial_number().as_bytes())
    }

    /// Whether it has this subjectKeyIdentifier.
    pub(super) fn has_key_id(&self, id: &[u8]) -> bool {
        self.extension::<SubjectKeyIdentifier>().is_ok_and(|found| found.is_some_and(|(_, key)| key.0.as_bytes() == id))
    }

    /// Whether a name is its subject, in whatever kinds of string, or one of its alternative names.
    pub(super) fn is_named(&self, name: &GeneralName) -> Result<bool, StampError> {
        if let GeneralName::DirectoryName(name) = name
            && name.to_string() == self.subject().to_string()
        {
            return Ok(true);
        }
        Ok(self.extension::<SubjectAltName>()?.is_some_and(|(_, names)| names.0.contains(name)))
    }

    /// That another certificate's key signed this one.
    pub(super) fn check_signature(&self, issuer: &Self) -> Result<(), StampError> {
        let (outer, inner) = (self.parsed.signature_algorithm(), self.parsed.tbs_certificate().signature());
        let algorithm = SignatureAlgorithm::of(outer.oid)?;
        Kind::of(issuer.key())?;
        let signature = self.parsed.signature().as_bytes().unwrap_or_default();
        let is_signed = outer == inner && algorithm.verifies(issuer.key(), &self.signed, signature);
        if is_signed { Ok(()) } else { Err(StampError::CertificateSignature { serial: self.serial() }) }
    }

    /// That a time, in seconds since 1970, is in its life.
    pub(super) fn check_time(&self, at: u64) -> Result<(), StampError> {
        let life = self.parsed.tbs_certificate().validity();
        if at < life.not_before.to_unix_duration().as_secs() {
            return Err(StampError::NotYet { serial: self.serial() });
        }
        if at > life.not_after.to_unix_duration().as_secs() {
            return Err(StampError::Expired { serial: self.serial() });
        }
        Ok(())
    }

    /// That it may sign certificates with so many authorities below it.
    pub(super) fn check_authority(&self, below: u8) -> Result<(), StampError> {
        self.check_extensions()?;
        let basic = self.extension::<BasicConstraints>()?;
        let may_sign = self.extension::<KeyUsage>()?.is_none_or(|(_, usage)| usage.key_cert_sign());
        let is_authority =
            basic.is_some_and(|(_, basic)| basic.ca && basic.path_len_constraint.is_none_or(|length| below <= length));
        if may_sign && is_authority { Ok(()) } else { Err(StampError::NotAuthority { serial: self.serial() }) }
    }

    /// That it is for signing time-stamps and nothing else, and says so critically.
    pub(super) fn check_signer(&self) -> Result<(), StampError> {
        self.check_extensions()?;
        let purposes = self.extension::<ExtendedKeyUsage>()?;
        if purposes.is_none_or(|(is_critical, purposes)| !is_critical || purposes.0 != [TIME_STAMPING]) {
            return Err(StampError::Purpose { serial: self.serial() });
        }
        // Whoever repudiates nothing (contentCommitment) may stamp too; RFC 3161 §2.3 leaves the key usage open.
        let may_sign = self.extension::<KeyUsage>()?.is_none_or(|(_, usage)| {
            usage.0.contains(KeyUsages::DigitalSignature) || usage.0.contains(KeyUsages::NonRepudiation)
        });
        if may_sign { Ok(()) } else { Err(StampError::Usage { serial: self.serial() }) }
    }

    /// That nothing critical stands in it that is not understood, and nothing twice.
    fn check_extensions(&self) -> Result<(), StampError> {
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        for extension in self.parsed.tbs_certificate().extensions().into_iter().flatten() {
            if seen.contains(&extension.extn_id) {
                let why = format!("extension {} stands in it twice", extension.extn_id);
                return Err(StampError::Malformed { what: WHAT, why });
            }
            seen.push(extension.extn_id);
            if extension.critical && !UNDERSTOOD.contains(&extension.extn_id) {
                return Err(StampError::Critical(extension.extn_id.to_string()));
            }
        }
        Ok(())
    }

    /// An extension, and whether it is critical.
    fn extension<'a, T>(&'a self) -> Result<Option<(bool, T)>, StampError>
    where
        T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid,
    {
        self.parsed.tbs_certificate().get_extension::<T>().map_err(StampError::malformed(WHAT))
    }
}

/// The bytes of tbsCertificate, which the signature is over.
fn signed(der: &[u8]) -> der::Result<Vec<u8>> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|inner| {
        let signed = inner.tlv_bytes()?;
        inner.tlv_bytes()?;
        inner.tlv_bytes()?;
        Ok(signed.to_vec())
    })
}

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Basic constraints, key usage, subject alternative name, extended key usage, and certificate policies, any of which will do.
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
];
