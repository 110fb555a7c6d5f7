//! Certificates of connectors, platforms and the people who use them: X.509 v3 in DER, requests (PKCS#10) with proof of possession, chains,
//! revocation lists, in SM2 (GB/T 20518, SM2-with-SM3 under the default user id) and in P-256. NDI-TR-2025-03 Appendix A: CN is a domain or IP, OU the identifier.
//!
//! Here [`Suite::Intl`](crate::Suite::Intl) stands for ECDSA on P-256 with SHA-256 and not for Ed25519, which the TLS of others rarely takes in a
//! certificate. Time is an argument, in seconds since 1970. Not here: RSA, other curves, OCSP, name constraints and policies: a certificate that
//! insists on what is not understood (a critical extension) is refused.

mod authority;
mod certificate;
mod key;
mod path;
mod request;
mod revocation;
mod subject;
#[cfg(test)]
mod tests;

pub use authority::{Authority, AuthorityCertificates, Issue};
pub use certificate::Certificate;
pub use key::{CertificateKey, CertificateKeys, CertificatePublic};
pub use path::{Expected, verify_chain, verify_person};
pub use request::{CertificateRequest, PersonRequest};
pub use revocation::{RevocationList, Revoked};
pub use subject::{Place, Subject};

/// What is wrong with a certificate, a request or a revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum X509Error {
    /// No DER or PEM of what it should be.
    #[error("{what} is malformed: {why}")]
    Malformed {
        /// `certificate`, `certificate request` or `revocation list`.
        what: &'static str,
        /// Where or why.
        why: String,
    },
    /// A key that is neither SM2 nor P-256, such as RSA or a small curve.
    #[error("key of {0} is not accepted: SM2 or P-256 is needed")]
    Key(String),
    /// The algorithm of the signature is not that of the key, or inside and outside differ.
    #[error("signature algorithm of the {0} does not fit the key of its signer")]
    Algorithm(&'static str),
    /// Signed by another key, or altered.
    #[error("signature of the {0} does not verify")]
    Signature(&'static str),
    /// Lacks a name that Appendix A asks for.
    #[error("subject {0}")]
    Subject(String),
    /// The identifier in OU is another one.
    #[error("OU is {found}, not {expected}")]
    Unit {
        /// The identifier that was expected.
        expected: String,
        /// What the certificate says.
        found: String,
    },
    /// The certificate is not for this domain or address.
    #[error("the certificate is not for {0}")]
    Place(String),
    /// Used too early.
    #[error("certificate {serial} is not valid yet")]
    NotYet {
        /// Its serial number.
        serial: String,
    },
    /// Used too late.
    #[error("certificate {serial} has expired")]
    Expired {
        /// Its serial number.
        serial: String,
    },
    /// Signed others without being an authority.
    #[error("certificate {serial} is of no authority (CA, keyCertSign, path length)")]
    NotAuthority {
        /// Its serial number.
        serial: String,
    },
    /// An end certificate that may not be used to sign.
    #[error("certificate {serial} may not be used for signatures")]
    Usage {
        /// Its serial number.
        serial: String,
    },
    /// No trusted root at the end of the chain.
    #[error("no trusted authority stands at the end of the chain")]
    Untrusted,
    /// Insists on what is not understood here.
    #[error("critical extension {0} is not understood")]
    Critical(String),
    /// Taken back.
    #[error("certificate {serial} is revoked")]
    Revoked {
        /// Its serial number.
        serial: String,
    },
    /// No list tells whether it was taken back.
    #[error("no current revocation list of {0}")]
    NoList(String),
    /// Cannot be built.
    #[error("cannot be made: {0}")]
    Build(String),
}

impl X509Error {
    pub(crate) fn malformed(what: &'static str) -> impl FnOnce(x509_cert::der::Error) -> Self {
        move |error| Self::Malformed { what, why: error.to_string() }
    }

    pub(crate) fn build(error: impl std::fmt::Display) -> Self {
        Self::Build(error.to_string())
    }
}
