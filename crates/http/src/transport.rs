//! What lies between us and a server, for all clients of foreign addresses: why a connection failed, and bodies that end in time.

use std::error::Error;

use crate::egress::EgressError;

/// Why a connection gave nothing.
pub(crate) enum Cause {
    /// The resolver's refusal, which travels inside an IO error.
    Egress(EgressError),
    /// The time was up.
    Timeout,
    /// Anything else, in words without the URL: paths and queries may hold secrets.
    Broken(String),
}

impl Cause {
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        let mut reason = String::new();
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(refused) = egress_of(error) {
                return Self::Egress(refused.clone());
            }
            // The outermost message holds the whole URL.
            if !error.is::<reqwest::Error>() {
                reason = error.to_string();
            }
            cause = error.source();
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        if reason.is_empty() {
            "request failed".clone_into(&mut reason);
        }
        Self::Broken(reason)
    }
}

fn egress_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a EgressError> {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.downcast_ref().or_else(|| inner?.downcast_ref())
}

/// Why a body did not come whole.
pub(crate) enum BodyError {
    /// It is longer than was allowed.
    TooLarge,
    /// The connection broke.
    Transport(reqwest::Error),
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn collect(mut response: reqwest::Response, limit: u64) -> Result<Vec<u8>, BodyError> {
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(BodyError::Transport)? {
        body.extend_from_slice(&piece);
        if length_of(&body) > limit {
            return Err(BodyError::TooLarge);
        }
    }
    Ok(body)
}

pub(crate) fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
