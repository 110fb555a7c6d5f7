//! What is sent to an authority. RFC 3161 §2.4.1.

use der::Encode as _;
use der::asn1::ObjectIdentifier;

use super::asn1::TimeStampReq;
use super::{Imprint, StampError};

const WHAT: &str = "time-stamp request";

/// A TimeStampReq (version 1) in DER that asks for a stamp on a digest, with the certificate of the authority in it (`certReq`), so that the token can be
/// verified by itself. `nonce` is fresh for each request; `policy`, if one is asked for, is an object identifier in dots, and whether the stamp has it is
/// told by [`Stamp::policy`](super::Stamp::policy).
///
/// # Errors
/// If the policy is no object identifier.
pub fn request(imprint: &Imprint, nonce: u64, policy: Option<&str>) -> Result<Vec<u8>, StampError> {
    let malformed = StampError::malformed(WHAT);
    let policy = policy.map(ObjectIdentifier::new).transpose();
    let policy = policy.map_err(|error| StampError::Malformed { what: WHAT, why: format!("policy: {error}") })?;
    let request =
        TimeStampReq { version: 1, imprint: imprint.to_asn1().map_err(&malformed)?, policy, nonce, cert_req: true };
    request.to_der().map_err(malformed)
}
