//! Trusted time (可信时间戳, GB/T 20520): the proof by a third party that a digest existed at a time. The protocol of RFC 3161 with the certificate
//! identifiers of RFC 5816, its token a signed message of RFC 5652 (CMS).
//!
//! A [`request`] is written and sent by the caller; the answer is a [`Response`]; its [`Token`] is kept with what it proves and verified offline, at any
//! later time, against the authorities that the verifier trusts ([`StampAuthority`]). Signatures by RSA (PKCS#1 v1.5, 2048 bits or more) with SHA-256, 384
//! or 512, by ECDSA on P-256 and P-384 with the same, by Ed25519, and by SM2 with SM3 under the default user id. SHA-1 is known only as the hash that
//! names a certificate (ESSCertID), where RFC 3161 §2.4.2 prescribes it.
//!
//! Pure: no network, no clock. Everything is read as DER; what is longer than 64 KiB is refused. Not here: the transport (RFC 3161 §3), RSASSA-PSS,
//! revocation, renewal of old tokens by new ones (RFC 4998).

mod asn1;
mod attributes;
mod certificate;
mod error;
mod imprint;
mod info;
mod path;
mod request;
mod response;
mod signature;
#[cfg(test)]
mod tests;
mod token;

pub use certificate::StampAuthority;
pub use error::StampError;
pub use imprint::{DigestAlgorithm, Imprint};
pub use request::request;
pub use response::Response;
pub use token::{Stamp, Token};

/// The longest response, token or certificate that is read, in bytes. A token with a chain of three has about 6 KiB.
pub const MAX_BYTES: usize = 64 << 10;

/// That bytes of a peer are not longer than anything that makes sense.
fn check_length(what: &'static str, bytes: &[u8]) -> Result<(), StampError> {
    if bytes.len() > MAX_BYTES { Err(StampError::TooLong { what, found: bytes.len() }) } else { Ok(()) }
}
