//! Lists of certificates that were taken back (X.509 v2 CRL). NDI-TR-2025-03 §7.2.2 c.

use p256::ecdsa::signature::Signer as _;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::der::asn1::Uint;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _, pem::LineEnding};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, KeyUsage, SubjectKeyIdentifier};
use x509_cert::ext::{Extensions, ToExtension as _};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SignatureBitStringEncoding as _;

use super::authority::time;
use super::key::{DerSignature, signature_algorithm};
use super::{Authority, Certificate, X509Error};

const WHAT: &str = "revocation list";
const MAX_BYTES: usize = 4 << 20;

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The serial number in hexadecimal.
    pub serial: String,
    /// Since when, in seconds since 1970.
    pub at: u64,
}

/// A list of certificates taken back, as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    parsed: CertificateList,
}

impl RevocationList {
    /// Signs a list, good from `now` for some seconds.
    ///
    /// # Errors
    /// If a serial number is none.
    pub fn sign(
        authority: &Authority<'_>,
        number: u64,
        revoked: &[Revoked],
        now: u64,
        seconds: u64,
    ) -> Result<Self, X509Error> {
        let issuer = &authority.certificates().issuing;
        let algorithm = signature_algorithm(issuer.suite());
        let mut entries = Vec::new();
        for one in revoked {
            let bytes = hex::decode(&one.serial).map_err(X509Error::build)?;
            entries.push(RevokedCert {
                serial_number: SerialNumber::new(&bytes).map_err(X509Error::build)?,
                revocation_date: time(one.at)?,
                crl_entry_extensions: None,
            });
        }
        let list = TbsCertList {
            version: Version::V2,
            signature: algorithm.clone(),
            issuer: issuer.subject_name().clone(),
            this_update: time(now)?,
            next_update: Some(time(now.saturating_add(seconds))?),
            // An empty sequence would be wrong: RFC 5280 §5.1.2.6 has it absent.
            revoked_certificates: Some(entries).filter(|entries| !entries.is_empty()),
            crl_extensions: Some(extensions(issuer, number)?),
        };
        let signed = list.to_der().map_err(X509Error::build)?;
        let signature: DerSignature = authority.key.try_sign(&signed).map_err(X509Error::build)?;
        let signature = signature.to_bitstring().map_err(X509Error::build)?;
        Ok(Self { parsed: CertificateList { tbs_cert_list: list, signature_algorithm: algorithm, signature } })
    }

    /// From PEM.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_pem(pem: &str) -> Result<Self, X509Error> {
        if pem.len() > 2 * MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 8 MiB".to_owned() });
        }
        let parsed = CertificateList::from_pem(pem.trim_ascii()).map_err(X509Error::malformed(WHAT))?;
        Ok(Self { parsed })
    }

    /// From DER.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        if der.len() > MAX_BYTES {
            return Err(X509Error::Malformed { what: WHAT, why: "more than 4 MiB".to_owned() });
        }
        Ok(Self { parsed: CertificateList::from_der(der).map_err(X509Error::malformed(WHAT))? })
    }

    /// In PEM.
    ///
    /// # Errors
    /// If the library cannot write it.
    pub fn to_pem(&self) -> Result<String, X509Error> {
        self.parsed.to_pem(LineEnding::LF).map_err(X509Error::build)
    }

    /// In DER.
    ///
    /// # Errors
    /// If the library cannot write it.
    pub fn to_der(&self) -> Result<Vec<u8>, X509Error> {
        self.parsed.to_der().map_err(X509Error::build)
    }

    /// How many are on it.
    pub fn len(&self) -> usize {
        self.parsed.tbs_cert_list.revoked_certificates.as_ref().map_or(0, Vec::len)
    }

    /// Whether none is on it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it speaks of what this authority issued.
    pub(super) fn is_of(&self, issuer: &Certificate) -> bool {
        &self.parsed.tbs_cert_list.issuer == issuer.subject_name()
    }

    /// That the authority signed it, that it is current, and that a certificate is not on it.
    pub(super) fn check(&self, issuer: &Certificate, certificate: &Certificate, now: u64) -> Result<(), X509Error> {
        let list = &self.parsed.tbs_cert_list;
        let expected = signature_algorithm(issuer.suite()).oid;
        let may_sign = issuer.extension::<KeyUsage>()?.is_some_and(|usage| usage.crl_sign());
        if list.signature != self.parsed.signature_algorithm || list.signature.oid != expected || !may_sign {
            return Err(X509Error::Algorithm(WHAT));
        }
        let signed = list.to_der().map_err(X509Error::malformed(WHAT))?;
        if !issuer.public().verifies_der(&signed, self.parsed.signature.as_bytes().unwrap_or_default()) {
            return Err(X509Error::Signature(WHAT));
        }
        let is_current = list.this_update.to_unix_duration().as_secs() <= now
            && list.next_update.is_some_and(|next| now <= next.to_unix_duration().as_secs());
        if !is_current {
            return Err(X509Error::NoList(issuer.subject_text()));
        }
        let is_on_it = list
            .revoked_certificates
            .iter()
            .flatten()
            .any(|one| one.serial_number.as_bytes() == certificate.serial_bytes());
        if is_on_it { Err(X509Error::Revoked { serial: certificate.serial() }) } else { Ok(()) }
    }
}

/// Number and key of the issuer. The library's builder would name the key of the issuer's issuer, and openssl then finds no list.
fn extensions(issuer: &Certificate, number: u64) -> Result<Extensions, X509Error> {
    let key = issuer.extension::<SubjectKeyIdentifier>()?;
    let key = AuthorityKeyIdentifier { key_identifier: key.map(|key| key.0), ..Default::default() };
    let number = CrlNumber(Uint::new(&number.to_be_bytes()).map_err(X509Error::build)?);
    let (name, mut all) = (issuer.subject_name(), Extensions::new());
    all.push(number.to_extension(name, &all).map_err(X509Error::build)?);
    all.push(key.to_extension(name, &all).map_err(X509Error::build)?);
    Ok(all)
}
