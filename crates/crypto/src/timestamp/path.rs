//! From the signer of a token up to an authority that is trusted: RFC 5280 §6, at the time of the stamp.

use super::certificate::Cert;
use super::{StampAuthority, StampError};

/// An authority below an authority below a root is more than most have.
const MAX_AUTHORITIES: u8 = 4;
/// Signatures to check for one token: a token full of certificates of one name must not keep us busy.
const MAX_CHECKS: usize = 32;

/// Checks that a signer, good in itself, stands below a trusted authority or is one; `others` are the certificates that came along, `at` the time in
/// seconds since 1970.
///
/// # Errors
/// With what is wrong on the way that led furthest.
pub(super) fn check(signer: &Cert, others: &[Cert], trusted: &[StampAuthority], at: u64) -> Result<(), StampError> {
    signer.check_time(at)?;
    let mut search = Search { others, trusted, at, checks: MAX_CHECKS };
    search.climb(signer, 0)
}

struct Search<'a> {
    others: &'a [Cert],
    trusted: &'a [StampAuthority],
    at: u64,
    checks: usize,
}

impl<'a> Search<'a> {
    fn climb(&mut self, certificate: &'a Cert, below: u8) -> Result<(), StampError> {
        if self.trusted.iter().any(|one| one.0.der() == certificate.der()) {
            return Ok(());
        }
        let mut why =
            StampError::Untrusted { serial: certificate.serial(), subject: certificate.subject().to_string() };
        let (others, trusted) = (self.others, self.trusted);
        for issuer in trusted.iter().map(|one| &one.0).chain(others) {
            // One that issued itself and is not trusted leads nowhere.
            let is_issuer = issuer.subject() == certificate.issuer() && issuer.der() != certificate.der();
            if !is_issuer || below >= MAX_AUTHORITIES {
                continue;
            }
            match self.step(certificate, issuer, below) {
                Ok(()) => return Ok(()),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn step(&mut self, certificate: &Cert, issuer: &'a Cert, below: u8) -> Result<(), StampError> {
        self.checks = self.checks.checked_sub(1).ok_or_else(|| StampError::Untrusted {
            serial: certificate.serial(),
            subject: certificate.subject().to_string(),
        })?;
        certificate.check_signature(issuer)?;
        issuer.check_time(self.at)?;
        issuer.check_authority(below)?;
        self.climb(issuer, below.saturating_add(1))
    }
}
