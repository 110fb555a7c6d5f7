//! The platform's certificate authorities, one of each suite: founded at the first start, taken up at every other; and the platform's own certificates.

use jiff::{SignedDuration, Timestamp};
use url::Url;
use xinyu_core::certificate::{self, CertificateState, Issued};
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Authority, AuthorityCertificates, Certificate, CertificateRequest, Issue, Place, Subject};
use xinyu_shell::keys::{self, AuthorityKeys};
use xinyu_shell::{Failure, Node};

use super::{LIFE, seconds};
use crate::app::{Platform, PlatformOptions};

/// How long root and issuing certificate are good.
const AUTHORITY_LIFE: SignedDuration = SignedDuration::from_hours(24 * 3650);
/// A certificate of the platform itself that ends within this time is renewed at the start.
const RENEW_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Root and issuing certificate of each suite.
#[derive(Clone, Debug)]
pub struct Authorities {
    sm: AuthorityCertificates,
    intl: AuthorityCertificates,
}

impl Authorities {
    /// Takes up the authorities of an earlier start, or founds them.
    ///
    /// # Errors
    /// If the store fails, or holds the certificates of other keys.
    pub async fn found_or_resume(node: &Node, options: &PlatformOptions) -> Result<Self, Failure> {
        let mut both = Vec::new();
        for suite in Suite::ALL {
            let keys = &options.authority;
            let name = format!("authority/{suite}");
            let fresh = found(keys, suite, &options.operator_name, node.store.clock().now())?;
            let kept = node.store.write("authority.found", move |tx| {
                Box::pin(
                    async move { xinyu_store::setting::find_or_set(tx, &name, &fresh).await.map_err(Failure::from) },
                )
            });
            let certificates = read(&kept.await?)?;
            Authority::resume(keys.issuing.of(suite), certificates.clone()).map_err(|error| {
                Failure::broken(format!(
                    "the keys of the certificate authority are not those of its certificates: {error}"
                ))
            })?;
            both.push(certificates);
        }
        match <[AuthorityCertificates; 2]>::try_from(both) {
            Ok([sm, intl]) => Ok(Self { sm, intl }),
            Err(_) => Err(Failure::broken("there are two suites")),
        }
    }

    /// The certificates of a suite's authority.
    #[must_use]
    pub fn certificates(&self, suite: Suite) -> &AuthorityCertificates {
        match suite {
            Suite::Sm => &self.sm,
            Suite::Intl => &self.intl,
        }
    }

    /// The authority of a suite, able to issue.
    ///
    /// # Errors
    /// If the keys are of another authority.
    pub fn of<'k>(&self, keys: &'k AuthorityKeys, suite: Suite) -> Result<Authority<'k>, Failure> {
        Authority::resume(keys.issuing.of(suite), self.certificates(suite).clone()).map_err(Failure::broken)
    }

    /// A certificate with whoever issued it and the root, in PEM.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn chain(&self, certificate: &Certificate) -> Result<String, Failure> {
        let AuthorityCertificates { root, issuing } = self.certificates(certificate.suite());
        let parts = [certificate, issuing, root].map(Certificate::to_pem);
        parts.into_iter().collect::<Result<String, _>>().map_err(Failure::broken)
    }
}

fn found(keys: &AuthorityKeys, suite: Suite, operator: &str, now: Timestamp) -> Result<String, Failure> {
    let mut rng = keys::entropy().map_err(Failure::broken)?;
    let life = Issue { now: seconds(now), seconds: AUTHORITY_LIFE.as_secs().unsigned_abs() };
    let (root, issuing) = (keys.root.of(suite), keys.issuing.of(suite));
    let authority = Authority::found(root, issuing, operator, life, &mut rng).map_err(Failure::broken)?;
    let AuthorityCertificates { root, issuing } = authority.certificates();
    let parts = [root, issuing].map(Certificate::to_pem);
    parts.into_iter().collect::<Result<String, _>>().map_err(Failure::broken)
}

fn read(bundle: &str) -> Result<AuthorityCertificates, Failure> {
    let chain = Certificate::chain_from_pem(bundle).map_err(Failure::broken)?;
    match <[Certificate; 2]>::try_from(chain) {
        Ok([root, issuing]) => Ok(AuthorityCertificates { root, issuing }),
        Err(_) => Err(Failure::broken("a certificate authority has a root and an issuing certificate")),
    }
}

/// The domain or IP of a base URL.
pub(super) fn host(address: &str) -> Option<Place> {
    Url::parse(address).ok()?.host_str().and_then(|host| Place::parse(host).ok())
}

/// The platform's own certificate of a suite, with its chain in PEM: the one that is kept, or a fresh one where that is none or ends soon.
///
/// # Errors
/// If the store fails, or the platform's address has no host that a certificate can name.
pub async fn own_chain(platform: &Platform, suite: Suite) -> Result<String, Failure> {
    let this = platform.clone();
    let certificate = platform.node.store.write("certificate.own", move |tx| {
        Box::pin(async move {
            let (id, now) = (this.options.platform_id.as_str(), tx.now());
            let before = xinyu_store::certificate::of_holder(tx, id).await?;
            let key = this.node.certificate_keys.of(suite);
            let until = now.checked_add(RENEW_WITHIN).map_err(Failure::broken)?;
            let is_good =
                |one: &&Issued| one.suite == suite && one.state == CertificateState::Valid && one.not_after > until;
            for one in before.iter().filter(is_good) {
                let kept = Certificate::from_pem(&one.pem).map_err(Failure::broken)?;
                if *kept.public() == key.public() {
                    return Ok::<_, Failure>(kept);
                }
            }
            let place = host(&this.node.address)
                .ok_or_else(|| Failure::broken("the platform's address names no host for its certificate"))?;
            let organization = Some(this.options.operator_name.clone());
            let subject = Subject { place, unit: id.to_owned(), organization, others: Vec::new() };
            let request = CertificateRequest::make(key, &subject).map_err(Failure::broken)?;
            let life = Issue { now: seconds(now), seconds: LIFE.as_secs().unsigned_abs() };
            let mut rng = keys::entropy().map_err(Failure::broken)?;
            let authority = this.authority.of(&this.options.authority, suite)?;
            let fresh = authority.issue(&request, &subject, life, &mut rng).map_err(Failure::broken)?;
            let issued = Issued::of(&fresh, id, now)?;
            let (replaced, _) = certificate::issue(&issued, before, &[], now);
            for one in &replaced {
                xinyu_store::certificate::save(tx, one).await?;
            }
            xinyu_store::certificate::insert(tx, &issued).await?;
            Ok(fresh)
        })
    });
    platform.authority.chain(&certificate.await?)
}
