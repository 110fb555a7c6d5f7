//! A certificate authority of two steps, a root and what issues under it, in one suite: certificates for connectors and platforms, and the list of those
//! taken back. NDI-TR-2025-03 §5.3.2, §7.2.1 f–g.

use std::time::Duration;

use rand::CryptoRng;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder, Error as BuildError};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::DateTime;
use x509_cert::der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::{Time, Validity};

use super::key::DerSignature;
use super::subject::authority_name;
use super::{Certificate, CertificateKey, CertificatePublic, CertificateRequest, Subject, X509Error};
use crate::Suite;

const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
pub(super) const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// A clock that lags behind must not find a fresh certificate to be of the future.
const BACKDATED_SECONDS: u64 = 300;

/// What an authority has of itself: to be stored and given to whoever shall trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityCertificates {
    /// Trusted by configuration or through the list of providers.
    pub root: Certificate,
    /// Sent along with what it issued.
    pub issuing: Certificate,
}

/// A certificate authority that can issue.
pub struct Authority<'k> {
    pub(super) key: &'k CertificateKey,
    pub(super) certificates: AuthorityCertificates,
}

/// How long and from when a certificate is good.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    /// Now, in seconds since 1970.
    pub now: u64,
    /// For how many seconds.
    pub seconds: u64,
}

impl<'k> Authority<'k> {
    /// Founds an authority: a root that signs itself, and one that issues under it.
    ///
    /// # Errors
    /// If the keys are of different suites, or the name cannot be written.
    pub fn found(
        root_key: &CertificateKey,
        issuing_key: &'k CertificateKey,
        organization: &str,
        life: Issue,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, X509Error> {
        let suite = root_key.suite();
        if suite != issuing_key.suite() {
            return Err(X509Error::Algorithm("certificate"));
        }
        let algorithm = match suite {
            Suite::Sm => "SM2",
            Suite::Intl => "P-256",
        };
        let root_name = authority_name(&format!("Xinyu Root CA {algorithm}"), organization)?;
        let issuing_name = authority_name(&format!("Xinyu Issuing CA {algorithm}"), organization)?;
        let root = build(
            Profile { issuer: root_name.clone(), subject: root_name.clone(), kind: Kind::Authority(1) },
            root_key,
            root_key,
            life,
            rng,
        )?;
        let issuing = build(
            Profile { issuer: root_name, subject: issuing_name, kind: Kind::Authority(0) },
            issuing_key,
            root_key,
            life,
            rng,
        )?;
        Ok(Self { key: issuing_key, certificates: AuthorityCertificates { root, issuing } })
    }

    /// Takes up an authority that was founded before.
    ///
    /// # Errors
    /// If the key is not that of the issuing certificate, or that certificate may not issue.
    pub fn resume(issuing_key: &'k CertificateKey, certificates: AuthorityCertificates) -> Result<Self, X509Error> {
        if certificates.issuing.public() != &issuing_key.public() {
            return Err(X509Error::Key("another authority".to_owned()));
        }
        if !certificates.issuing.is_authority(0)? {
            return Err(X509Error::NotAuthority { serial: certificates.issuing.serial() });
        }
        Ok(Self { key: issuing_key, certificates })
    }

    /// Its own certificates.
    pub fn certificates(&self) -> &AuthorityCertificates {
        &self.certificates
    }

    /// Issues a certificate for a request, whose proof of possession was checked when it was read. What stands in it is `subject`, which the caller
    /// decided on, and not what was asked for.
    ///
    /// # Errors
    /// If the request is of the other suite, or the subject cannot be written.
    pub fn issue(
        &self,
        request: &CertificateRequest,
        subject: &Subject,
        life: Issue,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, X509Error> {
        if request.public.suite() != self.key.suite() {
            return Err(X509Error::Algorithm("certificate request"));
        }
        let profile = Profile {
            issuer: self.certificates.issuing.subject_name().clone(),
            subject: subject.name()?,
            kind: Kind::End(subject.alternative()?),
        };
        let until = life.now.saturating_add(life.seconds).min(self.certificates.issuing.not_after());
        finish(profile, request.public.to_spki()?, self.key, (life.now, until), rng)
    }
}

impl Authority<'_> {
    /// Issues a certificate for a person, who can log in with it and nothing else: CN is the name of the account, O the organisation's.
    ///
    /// # Errors
    /// If the key is of the other suite, or a name cannot be written.
    pub fn issue_to_person(
        &self,
        public: &CertificatePublic,
        (name, organization): (&str, &str),
        life: Issue,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, X509Error> {
        if public.suite() != self.key.suite() {
            return Err(X509Error::Algorithm("certificate request"));
        }
        let profile = Profile {
            issuer: self.certificates.issuing.subject_name().clone(),
            subject: authority_name(name, organization)?,
            kind: Kind::Person,
        };
        let until = life.now.saturating_add(life.seconds).min(self.certificates.issuing.not_after());
        finish(profile, public.to_spki()?, self.key, (life.now, until), rng)
    }
}

fn build(
    profile: Profile,
    key: &CertificateKey,
    signer: &CertificateKey,
    life: Issue,
    rng: &mut impl CryptoRng,
) -> Result<Certificate, X509Error> {
    finish(profile, key.public().to_spki()?, signer, (life.now, life.now.saturating_add(life.seconds)), rng)
}

fn finish(
    profile: Profile,
    spki: x509_cert::SubjectPublicKeyInfo,
    signer: &CertificateKey,
    (from, until): (u64, u64),
    rng: &mut impl CryptoRng,
) -> Result<Certificate, X509Error> {
    let validity = Validity::new(time(from.saturating_sub(BACKDATED_SECONDS))?, time(until)?);
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    // A leading zero would vanish, and a leading one bit needs a byte more: neither is wrong, both make serials of uneven length.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    let serial = SerialNumber::new(&serial).map_err(X509Error::build)?;
    let builder = CertificateBuilder::new(profile, serial, validity, spki).map_err(X509Error::build)?;
    Certificate::new(builder.build::<_, DerSignature>(signer).map_err(X509Error::build)?)
}

/// A moment as certificates have it: UTCTime to 2049, GeneralizedTime from 2050 on. RFC 5280 §4.1.2.5.
pub(super) fn time(seconds: u64) -> Result<Time, X509Error> {
    let at = DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(X509Error::build)?;
    if at.year() < 2050 {
        return UtcTime::from_date_time(at).map(Time::UtcTime).map_err(X509Error::build);
    }
    Ok(Time::GeneralTime(GeneralizedTime::from_date_time(at)))
}

enum Kind {
    /// With so many authorities below it.
    Authority(u8),
    End(SubjectAltName),
    Person,
}

struct Profile {
    issuer: Name,
    subject: Name,
    kind: Kind,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        public: SubjectPublicKeyInfoRef<'_>,
        issuer: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> Result<Vec<Extension>, BuildError> {
        let mut all = Vec::new();
        let subject = tbs.subject();
        all.push(SubjectKeyIdentifier::try_from(public)?.to_extension(subject, &all)?);
        all.push(AuthorityKeyIdentifier::try_from(issuer)?.to_extension(subject, &all)?);
        match &self.kind {
            Kind::Authority(below) => {
                let basic = BasicConstraints { ca: true, path_len_constraint: Some(*below) };
                all.push(basic.to_extension(subject, &all)?);
                all.push(KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign).to_extension(subject, &all)?);
            }
            Kind::End(places) => {
                all.push(BasicConstraints { ca: false, path_len_constraint: None }.to_extension(subject, &all)?);
                let usage = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
                all.push(KeyUsage(usage).to_extension(subject, &all)?);
                all.push(ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]).to_extension(subject, &all)?);
                all.push(places.to_extension(subject, &all)?);
            }
            Kind::Person => {
                all.push(BasicConstraints { ca: false, path_len_constraint: None }.to_extension(subject, &all)?);
                all.push(KeyUsage(KeyUsages::DigitalSignature.into()).to_extension(subject, &all)?);
                all.push(ExtendedKeyUsage(vec![CLIENT_AUTH]).to_extension(subject, &all)?);
            }
        }
        Ok(all)
    }
}
