//! Whether a certificate of a person counts now: by a platform's own authority, which knows what it issued to whom and what it took back; or by an
//! authority that is configured as trusted for people, with its revocation lists.

use xinyu_core::certificate::{self, CertificateState};
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Certificate, Expected, RevocationList, X509Error, verify_person};

use crate::failure::Failure;
use crate::login::methods::PeopleAuthority;
use crate::node::Node;

/// The longest file of revocation lists.
const MAX_LISTS: u64 = 16 << 20;

/// Whether a chain, the certificate of `name` first, counts now.
///
/// # Errors
/// If the store fails. What is wrong with the certificate stands inside.
pub(super) async fn check(node: &Node, chain: &[Certificate], name: &str) -> Result<Result<(), X509Error>, Failure> {
    let now = u64::try_from(node.store.clock().now().as_second()).unwrap_or_default();
    let roots = own_roots(node).await?;
    let base = Expected { roots: &roots, lists: &[], must_have_lists: false, unit: None, place: None, now };
    match verify_person(chain, &base) {
        Ok(()) => return is_issued(node, chain, name).await,
        Err(X509Error::Untrusted) => {}
        Err(error) => return Ok(Err(error)),
    }
    let mut outcome = Err(X509Error::Untrusted);
    for authority in &node.login.authorities {
        let lists = lists(authority).await;
        let expected = Expected { roots: &authority.roots, lists: &lists, must_have_lists: true, ..base.clone() };
        outcome = verify_person(chain, &expected);
        if !matches!(outcome, Err(X509Error::Untrusted)) {
            break;
        }
    }
    Ok(outcome)
}

/// The roots of this node's own authority, if it has one.
async fn own_roots(node: &Node) -> Result<Vec<Certificate>, Failure> {
    let found = node.store.read("authority.find", |tx| {
        Box::pin(async move {
            let mut found = Vec::new();
            for suite in Suite::ALL {
                found.extend(xinyu_store::setting::find(tx, &format!("authority/{suite}")).await?);
            }
            Ok::<_, Failure>(found)
        })
    });
    let mut roots = Vec::new();
    for bundle in found.await? {
        roots.extend(Certificate::chain_from_pem(&bundle).map_err(Failure::broken)?.into_iter().next());
    }
    Ok(roots)
}

/// Of what our own authority issued counts only what it issued to this person and did not take back.
async fn is_issued(node: &Node, chain: &[Certificate], name: &str) -> Result<Result<(), X509Error>, Failure> {
    let Some(end) = chain.first() else {
        return Ok(Err(X509Error::Untrusted));
    };
    let serial = end.serial();
    let wanted = serial.clone();
    let found = node.store.read("certificate.find", move |tx| {
        Box::pin(async move { xinyu_store::certificate::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let Some(issued) = found.await? else {
        return Ok(Err(X509Error::Untrusted));
    };
    if issued.state == CertificateState::Revoked {
        return Ok(Err(X509Error::Revoked { serial }));
    }
    if issued.fingerprint != end.fingerprint() || issued.holder != certificate::person(name) {
        return Ok(Err(X509Error::Unit { expected: certificate::person(name), found: issued.holder }));
    }
    Ok(Ok(()))
}

/// The lists as they are now; none that can be read, so that nobody gets in, if they cannot.
async fn lists(authority: &PeopleAuthority) -> Vec<RevocationList> {
    let (file, name) = (authority.lists_file.as_path(), authority.name.as_str());
    let length = tokio::fs::metadata(file).await.map(|data| data.len()).unwrap_or_default();
    let read = if length <= MAX_LISTS { tokio::fs::read(file).await } else { Ok(Vec::new()) };
    let bytes = read.unwrap_or_else(|error| {
        tracing::error!(authority = name, %error, "the revocation lists of authority {name} cannot be read: nobody logs in with its certificates");
        Vec::new()
    });
    let parsed = match std::str::from_utf8(&bytes) {
        Ok(text) => text.split_inclusive(END).filter(|part| part.contains(END)).map(RevocationList::from_pem).collect(),
        Err(_) => RevocationList::from_der(&bytes).map(|list| vec![list]),
    };
    parsed.unwrap_or_else(|error: X509Error| {
        tracing::error!(authority = name, %error, "the revocation lists of authority {name} are malformed: nobody logs in with its certificates");
        Vec::new()
    })
}

const END: &str = "-----END X509 CRL-----";
