//! What is wrong with a time-stamp.

/// Why a response, a token or an authority does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Longer than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("{what} has {found} bytes, more than 64 KiB")]
    TooLong {
        /// What should have been read.
        what: &'static str,
        /// Its length in bytes.
        found: usize,
    },
    /// No DER or PEM of what it should be.
    #[error("{what} is malformed: {why}")]
    Malformed {
        /// What should have been read.
        what: &'static str,
        /// Where or why.
        why: String,
    },
    /// Not the length of a digest of that algorithm.
    #[error("imprint has {found} bytes, not {expected}")]
    ImprintLength {
        /// The length of such a digest.
        expected: usize,
        /// The length that was given.
        found: usize,
    },
    /// The authority gave no token. RFC 3161 §2.4.2.
    #[error(
        "time-stamp authority answers {status}{}{}",
        detail(" for ", &.failures.join(", ")),
        detail(": ", .text)
    )]
    Refused {
        /// `rejection`, `waiting`, `revocationWarning`, `revocationNotification` or `status N`.
        status: String,
        /// The names of the failures, such as `badAlg`, or `bit N`.
        failures: Vec<String>,
        /// The authority's own words, without control characters, at most 500 of them.
        text: String,
    },
    /// Granted, but nothing was sent.
    #[error("response grants a time-stamp and holds none")]
    NoToken,
    /// A version that is not the one of the standard.
    #[error("version of the {what} is {found}")]
    Version {
        /// `time-stamp token`, `signer info` or `TSTInfo`.
        what: &'static str,
        /// What it says.
        found: u8,
    },
    /// Something else than a time-stamp is signed, or it is not signed data at all.
    #[error("content type {found} is not that of a {expected}")]
    ContentType {
        /// What was expected.
        expected: &'static str,
        /// The object identifier that was found.
        found: String,
    },
    /// More or fewer signatures than one. RFC 3161 §2.4.2.
    #[error("token has {0} signatures, not one")]
    Signers(usize),
    /// A signed attribute is not there, is there twice, or has not one value. RFC 5652 §5.3, §11.
    #[error("signed attribute {0} is not there exactly once")]
    Attribute(&'static str),
    /// Not an algorithm that is accepted here.
    #[error("{what} algorithm {found} is not accepted")]
    Algorithm {
        /// `digest`, `signature` or `key`.
        what: &'static str,
        /// Its object identifier.
        found: String,
    },
    /// The content is not the one that was signed. RFC 5652 §11.2.
    #[error("message digest of the token does not fit its content")]
    Digest,
    /// Signed by another key, or altered.
    #[error("signature of the token does not verify")]
    Signature,
    /// The certificate that the token names is not at hand.
    #[error("certificate of the token's signer is neither in the token nor trusted")]
    NoSigner,
    /// ESSCertID or ESSCertIDv2 names another certificate. RFC 5816 §2.2.1.
    #[error("token is bound to another certificate than {serial}")]
    Bound {
        /// The serial number of the certificate that signed.
        serial: String,
    },
    /// The signer may do more or something else than time-stamping, or does not say so critically. RFC 3161 §2.3.
    #[error("certificate {serial} is not for time-stamping alone (critical extendedKeyUsage timeStamping)")]
    Purpose {
        /// Its serial number.
        serial: String,
    },
    /// The key of the signer may not sign.
    #[error("certificate {serial} may not be used for signatures")]
    Usage {
        /// Its serial number.
        serial: String,
    },
    /// The time of the stamp is before a certificate's life.
    #[error("certificate {serial} was not valid yet at the time of the stamp")]
    NotYet {
        /// Its serial number.
        serial: String,
    },
    /// The time of the stamp is after a certificate's life.
    #[error("certificate {serial} had expired at the time of the stamp")]
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
    /// Insists on what is not understood here.
    #[error("critical extension {0} is not understood")]
    Critical(String),
    /// A certificate was signed by another key than that of the issuer it names, or altered.
    #[error("signature of certificate {serial} does not verify")]
    CertificateSignature {
        /// Its serial number.
        serial: String,
    },
    /// No trusted authority at the end of the chain.
    #[error("no trusted authority stands above certificate {serial} of {subject}")]
    Untrusted {
        /// The serial number of the last certificate of the chain.
        serial: String,
        /// Its subject.
        subject: String,
    },
    /// The authority that the token names is not the one that signed. RFC 3161 §2.4.2.
    #[error("token names an authority that its signer {0} is not")]
    Name(String),
    /// It stamps something else.
    #[error("time-stamp is for another digest")]
    Imprint,
    /// It answers another request, or an old answer was sent again. RFC 3161 §2.4.2.
    #[error("nonce of the time-stamp is not that of the request")]
    Nonce,
    /// The time of the stamp is still to come.
    #[error("time of the stamp, {0}, is in the future")]
    Future(jiff::Timestamp),
}

impl StampError {
    pub(super) fn malformed(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |error| Self::Malformed { what, why: error.to_string() }
    }
}

fn detail(before: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}") }
}
