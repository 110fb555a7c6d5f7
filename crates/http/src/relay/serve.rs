//! The receiver's side: a frame becomes a request to our own router, its answer a stream of a frame.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, Uri};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use tower::ServiceExt;
use xinyu_crypto::{EnvelopeReader, EnvelopeWriter, KeyRing, PublicKeys};

use super::{AnswerHead, FRAME_TYPE, FrameError, REQUEST_CONTEXT, Reader, RequestHead, SEALED_TYPE, lead, list, map};
use crate::source::entropy;

/// A request as it was taken from the platform.
#[derive(Clone, Debug)]
pub struct Received {
    /// A frame, or an envelope with one.
    pub bytes: Bytes,
    /// Whether it is an envelope.
    pub is_sealed: bool,
}

/// Has our router answer; the type of the answer's body, and the body: a frame, or an envelope with one.
///
/// # Errors
/// If the frame is none, or is not sealed for us.
pub async fn serve(router: Router, ring: &KeyRing, received: Received) -> Result<(&'static str, Body), FrameError> {
    let frame = if received.is_sealed { open(ring, &received.bytes)? } else { received.bytes.to_vec() };
    let (head, body): (RequestHead, Bytes) = super::split(&frame)?;
    // An answer to what was sealed is sealed; nobody else can ask for it.
    let reader = head.reader.clone().filter(|_| received.is_sealed);
    if reader.is_none() && received.is_sealed {
        return Err(FrameError::Head);
    }
    let Ok(response) = router.oneshot(request(head, body)?).await;
    let lead = lead(&AnswerHead { status: response.status().as_u16(), headers: list(response.headers()) })?;
    match reader {
        Some(reader) => Ok((SEALED_TYPE, sealed(&reader, lead, response)?)),
        None => {
            let data = response.into_body().into_data_stream();
            Ok((FRAME_TYPE, Body::from_stream(futures::stream::iter([Ok(Bytes::from(lead))]).chain(data))))
        }
    }
}

fn open(ring: &KeyRing, sealed: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut reader = EnvelopeReader::new(ring, REQUEST_CONTEXT);
    let mut frame = Vec::new();
    reader.push(sealed, &mut frame).map_err(|_| FrameError::Sealed)?;
    reader.finish().map_err(|_| FrameError::Sealed)?;
    Ok(frame)
}

fn request(head: RequestHead, body: Bytes) -> Result<Request, FrameError> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::from_bytes(head.method.as_bytes()).map_err(|_| FrameError::Head)?;
    *request.uri_mut() = head.path.parse::<Uri>().map_err(|_| FrameError::Head)?;
    *request.headers_mut() = map(&head.headers);
    // Where it came from is not known here, and least of all from here.
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))));
    Ok(request)
}

fn sealed(reader: &Reader, lead: Vec<u8>, response: Response) -> Result<Body, FrameError> {
    let keys: PublicKeys = serde_json::from_value(reader.keys.clone()).map_err(|_| FrameError::Head)?;
    let mut rng = entropy().map_err(|_| FrameError::Entropy)?;
    let (mut writer, mut out) =
        EnvelopeWriter::new(reader.suite, keys.sealing(reader.suite), &reader.context(), &mut rng)
            .map_err(|_| FrameError::Sealed)?;
    writer.push(&lead, &mut out).map_err(|_| FrameError::Sealed)?;
    let sealing = Sealing { writer, out, data: response.into_body().into_data_stream() };
    Ok(Body::from_stream(futures::stream::try_unfold(Some(sealing), Sealing::next)))
}

/// An answer on its way into an envelope.
struct Sealing {
    writer: EnvelopeWriter,
    out: Vec<u8>,
    data: BodyDataStream,
}

impl Sealing {
    /// The next piece, and what is left; nothing after the end of the envelope.
    async fn next(sealing: Option<Self>) -> Result<Option<(Bytes, Option<Self>)>, std::io::Error> {
        let Some(mut this) = sealing else {
            return Ok(None);
        };
        loop {
            match this.data.next().await {
                Some(piece) => {
                    let piece = piece.map_err(std::io::Error::other)?;
                    this.writer.push(&piece, &mut this.out).map_err(std::io::Error::other)?;
                    if !this.out.is_empty() {
                        return Ok(Some((Bytes::from(std::mem::take(&mut this.out)), Some(this))));
                    }
                }
                None => {
                    let Self { writer, mut out, .. } = this;
                    writer.finish(&mut out).map_err(std::io::Error::other)?;
                    return Ok(Some((Bytes::from(out), None)));
                }
            }
        }
    }
}
