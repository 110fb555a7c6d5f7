//! The sender's side: a request goes sealed, and the answer is opened as it comes.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::Client;
use url::Url;
use uuid::Uuid;
use xinyu_crypto::{EnvelopeReader, EnvelopeWriter, KeyRing, PublicKeys, Suite};

use super::{AnswerHead, FrameError, REQUEST_CONTEXT, Reader, RequestHead, SEALED_PATH, SEALED_TYPE, lead, list, map};
use crate::source::entropy;

/// A request that is to be carried.
pub(crate) struct Carried<'a> {
    pub(crate) base: &'a Url,
    pub(crate) keys: &'a PublicKeys,
    pub(crate) suite: Suite,
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) nonce: Uuid,
}

/// Why there is no answer.
pub(crate) enum CarryError {
    /// The connection to the platform.
    Transport(reqwest::Error),
    /// What was to be sent, or what came.
    Frame(FrameError),
}

impl From<FrameError> for CarryError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// Sends a request sealed; the answer of the node, or that of the platform where the node gave none.
pub(crate) async fn carry(
    http: &Client,
    ring: &Arc<KeyRing>,
    request: Carried<'_>,
) -> Result<reqwest::Response, CarryError> {
    let keys = serde_json::to_value(ring.public()).map_err(|_| FrameError::Head)?;
    let reader = Reader { keys, suite: request.suite, nonce: request.nonce };
    let context = reader.context();
    let path = match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    let head =
        RequestHead { method: request.method.to_string(), path, headers: list(request.headers), reader: Some(reader) };
    let sealed = seal(request.suite, request.keys, &[&lead(&head)?, request.body])?;
    let place = format!("{}{SEALED_PATH}", request.base.as_str().trim_end_matches('/'));
    let sent = http.post(place).header(header::CONTENT_TYPE, SEALED_TYPE).body(sealed).send().await;
    let answer = sent.map_err(CarryError::Transport)?;
    let is_sealed = answer.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == SEALED_TYPE);
    if answer.status() != StatusCode::OK || !is_sealed {
        return Ok(answer);
    }
    let reader = EnvelopeReader::new(ring.as_ref(), &context);
    opened(reader, answer.bytes_stream().boxed()).await
}

fn seal(suite: Suite, keys: &PublicKeys, parts: &[&[u8]]) -> Result<Vec<u8>, FrameError> {
    let mut rng = entropy().map_err(|_| FrameError::Entropy)?;
    let sealing = keys.sealing(suite);
    let (mut writer, mut sealed) =
        EnvelopeWriter::new(suite, sealing, REQUEST_CONTEXT, &mut rng).map_err(|_| FrameError::Sealed)?;
    for part in parts {
        writer.push(part, &mut sealed).map_err(|_| FrameError::Sealed)?;
    }
    writer.finish(&mut sealed).map_err(|_| FrameError::Sealed)?;
    Ok(sealed)
}

type Pieces = BoxStream<'static, reqwest::Result<Bytes>>;

/// Reads the head, and gives the body as it comes.
async fn opened(mut reader: EnvelopeReader, mut pieces: Pieces) -> Result<reqwest::Response, CarryError> {
    let mut plain = Vec::new();
    let mut frame = BytesMut::new();
    let head: AnswerHead = loop {
        let piece = pieces.next().await.ok_or(FrameError::Short)?.map_err(CarryError::Transport)?;
        reader.push(&piece, &mut plain).map_err(|_| FrameError::Sealed)?;
        frame.extend_from_slice(&plain);
        plain.clear();
        if let Some(head) = super::head(&mut frame)? {
            break head;
        }
    };
    let first = frame.freeze();
    let rest = futures::stream::try_unfold(Some((reader, pieces)), |state| async {
        let Some((mut reader, mut pieces)) = state else {
            return Ok(None);
        };
        let mut plain = Vec::new();
        match pieces.next().await {
            Some(piece) => {
                let piece = piece.map_err(std::io::Error::other)?;
                reader.push(&piece, &mut plain).map_err(std::io::Error::other)?;
                Ok::<_, std::io::Error>(Some((Bytes::from(plain), Some((reader, pieces)))))
            }
            None => {
                // Without its end it is not the whole answer.
                reader.finish().map_err(std::io::Error::other)?;
                Ok(Some((Bytes::new(), None)))
            }
        }
    });
    let body = futures::stream::iter([Ok(first)]).chain(rest).filter(|piece| {
        let is_something = piece.as_ref().map_or(true, |piece| !piece.is_empty());
        std::future::ready(is_something)
    });
    let mut response = axum::http::Response::new(reqwest::Body::wrap_stream(body));
    *response.status_mut() = StatusCode::from_u16(head.status).map_err(|_| FrameError::Head)?;
    *response.headers_mut() = map(&head.headers);
    // Its length was that of the message on its other way.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(response.into())
}
