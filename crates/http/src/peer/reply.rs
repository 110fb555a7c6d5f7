//! Answers of peers: whole or in pieces, never longer than allowed.

use axum::http::HeaderMap;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use serde::de::DeserializeOwned;
use xinyu_protocol::id::PartyId;
use xinyu_protocol::json::{JsonError, Limits, parse};

use super::{SendError, SendOptions};
use crate::problem::is_problem;
use crate::transport::{self, BodyError, length_of};

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status; any but a redirect.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// True if the peer has proven it; false only where its keys are not known.
    pub is_proven: bool,
}

impl Reply {
    /// The answer, if it says that it was done.
    ///
    /// # Errors
    /// [`SendError::Refused`] with the problem document, if the body is one.
    pub fn into_success(self, party: &PartyId) -> Result<Self, SendError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let problem = if is_problem(&self.headers) { parse(&self.body, Limits::WIRE).ok().map(Box::new) } else { None };
        Err(SendError::Refused { party: party.clone(), status: self.status, problem })
    }

    /// The body as JSON, read strictly.
    ///
    /// # Errors
    /// If it is not strict JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        parse(&self.body, Limits::WIRE)
    }
}

pub(super) async fn collect(party: &PartyId, response: reqwest::Response, limit: u64) -> Result<Vec<u8>, SendError> {
    transport::collect(response, limit).await.map_err(|error| match error {
        BodyError::TooLarge => SendError::TooLarge { party: party.clone(), limit },
        BodyError::Transport(error) => SendError::from_transport(party, &error),
    })
}

/// The body as it comes; each piece within the timeout, all within the limit, and nothing after an error.
pub(super) fn pieces(
    party: PartyId,
    response: reqwest::Response,
    options: &SendOptions,
) -> BoxStream<'static, Result<Bytes, SendError>> {
    let (timeout, limit) = (options.timeout, options.max_reply_bytes);
    let step = move |state: Option<(reqwest::Response, u64)>| {
        let party = party.clone();
        async move {
            let (mut response, read) = state?;
            let piece = match tokio::time::timeout(timeout, response.chunk()).await {
                Ok(Ok(None)) => return None,
                Ok(Ok(Some(piece))) => piece,
                Ok(Err(error)) => return Some((Err(SendError::from_transport(&party, &error)), None)),
                Err(_) => return Some((Err(SendError::Timeout { party }), None)),
            };
            let read = read.saturating_add(length_of(&piece));
            if read > limit {
                return Some((Err(SendError::TooLarge { party, limit }), None));
            }
            Some((Ok(piece), Some((response, read))))
        }
    };
    Box::pin(stream::unfold(Some((response, 0)), step))
}
