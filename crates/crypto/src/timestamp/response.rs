//! What an authority answers. RFC 3161 §2.4.2.

use der::{Decode as _, Encode as _};

use super::asn1::{PkiStatusInfo, TimeStampResp};
use super::{StampError, Token, check_length};

const WHAT: &str = "time-stamp response";
/// More words than this help nobody.
const MAX_TEXT: usize = 500;

/// A response with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The token, not yet verified.
    pub token: Token,
    /// Whether the authority granted something else than was asked for (`grantedWithMods`).
    pub is_modified: bool,
}

impl Response {
    /// From a TimeStampResp in DER.
    ///
    /// # Errors
    /// [`StampError::Refused`] if the authority gives no stamp, and why; else if it is no response, or its token is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, StampError> {
        check_length(WHAT, bytes)?;
        let response = TimeStampResp::from_der(bytes).map_err(StampError::malformed(WHAT))?;
        if response.status.status > GRANTED_WITH_MODS {
            return Err(refused(&response.status));
        }
        let token = response.token.ok_or(StampError::NoToken)?.to_der().map_err(StampError::malformed(WHAT))?;
        Ok(Self { token: Token::parse(&token)?, is_modified: response.status.status == GRANTED_WITH_MODS })
    }
}

fn refused(info: &PkiStatusInfo<'_>) -> StampError {
    let status = match info.status {
        2 => "rejection".to_owned(),
        3 => "waiting".to_owned(),
        4 => "revocationWarning".to_owned(),
        5 => "revocationNotification".to_owned(),
        other => format!("status {other}"),
    };
    let bits = info.failures.iter().flat_map(|failures| failures.bits().enumerate());
    let failures = bits.filter(|(_, is_set)| *is_set).map(|(bit, _)| failure(bit)).collect();
    let words: Vec<&str> = info.text.iter().flatten().map(|text| text.as_str()).collect();
    let text = words.join("; ").chars().filter(|one| !one.is_control()).take(MAX_TEXT).collect();
    StampError::Refused { status, failures, text }
}

/// The name of a bit of PKIFailureInfo.
fn failure(bit: usize) -> String {
    let named = FAILURES.iter().find(|(number, _)| *number == bit);
    named.map_or_else(|| format!("bit {bit}"), |(_, name)| (*name).to_owned())
}

const GRANTED_WITH_MODS: u8 = 1;

const FAILURES: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];
