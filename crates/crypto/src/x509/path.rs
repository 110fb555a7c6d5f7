//! From a certificate to a root that is trusted: RFC 5280 §6, as much of it as a chain of authorities in SM2 or P-256 needs. NDI-TR-2025-03 §7.2.3.

use super::{Certificate, Place, RevocationList, X509Error};

/// An authority below an authority below a root is more than any provider has.
const MAX_AUTHORITIES: usize = 4;

/// What a certificate must be to count.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Roots that are trusted.
    pub roots: &'a [Certificate],
    /// Revocation lists; one of each authority that issued something in the chain is needed if `must_have_lists`.
    pub lists: &'a [RevocationList],
    /// Whether a certificate counts only if a current list of its issuer says that it was not taken back.
    pub must_have_lists: bool,
    /// The identifier that OU must name; none: any.
    pub unit: Option<&'a str>,
    /// The domain or address it must be for; none: any.
    pub place: Option<&'a Place>,
    /// Now, in seconds since 1970.
    pub now: u64,
}

/// Checks a chain: the end certificate first, then whoever issued it, and so on; the root may be left out.
///
/// # Errors
/// With the first thing that is wrong, from the root down.
pub fn verify_chain(chain: &[Certificate], expected: &Expected<'_>) -> Result<(), X509Error> {
    check_subject(verify_path(chain, expected)?, expected)
}

/// The same for the certificate of a person, whose name is no domain and no identifier: `unit` and `place` do not matter, but where the certificate says
/// what it is for, that must be the authentication of clients.
///
/// # Errors
/// As [`verify_chain`].
pub fn verify_person(chain: &[Certificate], expected: &Expected<'_>) -> Result<(), X509Error> {
    let end = verify_path(chain, expected)?;
    if end.is_for_clients()? { Ok(()) } else { Err(X509Error::Usage { serial: end.serial() }) }
}

fn verify_path<'c>(chain: &'c [Certificate], expected: &Expected<'_>) -> Result<&'c Certificate, X509Error> {
    let Some((end, authorities)) = chain.split_first() else {
        return Err(X509Error::Untrusted);
    };
    if authorities.len() > MAX_AUTHORITIES {
        return Err(X509Error::Untrusted);
    }
    // A root that was sent along counts for nothing but being the one that is trusted.
    let authorities: Vec<&Certificate> = authorities.iter().filter(|one| !expected.roots.contains(one)).collect();
    let top = authorities.last().copied().unwrap_or(end);
    let root = expected
        .roots
        .iter()
        .find(|root| root.subject_name() == top.issuer_name() && top.check_signature(root.public()).is_ok());
    let Some(root) = root else {
        // The name of a trusted root with another signature is an altered certificate or a forged one; say which check failed.
        let named = expected.roots.iter().find(|root| root.subject_name() == top.issuer_name());
        return Err(match named {
            Some(named) => top.check_signature(named.public()).err().unwrap_or(X509Error::Untrusted),
            None => X509Error::Untrusted,
        });
    };
    root.check_signature(root.public())?;
    let mut issuer = root;
    let mut below = u8::try_from(authorities.len()).map_err(|_| X509Error::Untrusted)?;
    check_authority(issuer, below, expected.now)?;
    for authority in authorities.iter().rev() {
        check_issued(authority, issuer, expected)?;
        below = below.saturating_sub(1);
        check_authority(authority, below, expected.now)?;
        issuer = authority;
    }
    check_issued(end, issuer, expected)?;
    check_time(end, expected.now)?;
    end.check_extensions()?;
    if !end.is_end()? {
        return Err(X509Error::Usage { serial: end.serial() });
    }
    Ok(end)
}

fn check_issued(certificate: &Certificate, issuer: &Certificate, expected: &Expected<'_>) -> Result<(), X509Error> {
    if certificate.issuer_name() != issuer.subject_name() {
        return Err(X509Error::Untrusted);
    }
    certificate.check_signature(issuer.public())?;
    let mut lists = expected.lists.iter().filter(|list| list.is_of(issuer)).peekable();
    if lists.peek().is_none() && expected.must_have_lists {
        return Err(X509Error::NoList(issuer.subject_text()));
    }
    lists.try_for_each(|list| list.check(issuer, certificate, expected.now))
}

fn check_authority(authority: &Certificate, below: u8, now: u64) -> Result<(), X509Error> {
    check_time(authority, now)?;
    authority.check_extensions()?;
    if authority.is_authority(below)? { Ok(()) } else { Err(X509Error::NotAuthority { serial: authority.serial() }) }
}

fn check_time(certificate: &Certificate, now: u64) -> Result<(), X509Error> {
    if now < certificate.not_before() {
        return Err(X509Error::NotYet { serial: certificate.serial() });
    }
    if now > certificate.not_after() {
        return Err(X509Error::Expired { serial: certificate.serial() });
    }
    Ok(())
}

fn check_subject(end: &Certificate, expected: &Expected<'_>) -> Result<(), X509Error> {
    let subject = end.subject()?;
    if let Some(unit) = expected.unit
        && unit != subject.unit
    {
        return Err(X509Error::Unit { expected: unit.to_owned(), found: subject.unit });
    }
    match expected.place {
        Some(place) if !subject.places().contains(place) => Err(X509Error::Place(place.to_string())),
        _ => Ok(()),
    }
}
