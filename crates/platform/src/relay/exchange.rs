//! Requests that wait for their answers.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::BytesMut;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::oneshot;
use xinyu_http::relay::{self, AnswerHead, SEALED_TYPE};
use xinyu_shell::Failure;

type Senders = Arc<Mutex<HashMap<String, oneshot::Sender<Answer>>>>;

/// Who waits, by the secret of the exchange.
#[derive(Default)]
pub(super) struct Exchanges(Senders);

/// One exchange; it is over when this is dropped, however that comes.
pub(super) struct Exchange {
    pub(super) id: String,
    senders: Senders,
}

/// What came back.
pub(super) struct Answer {
    is_sealed: bool,
    pieces: BoxStream<'static, Result<Bytes, axum::Error>>,
}

impl Exchanges {
    /// Begins to wait for an answer.
    pub(super) fn begin(&self) -> Result<(Exchange, oneshot::Receiver<Answer>), Failure> {
        let mut secret = [0; 32];
        rand::Rng::fill_bytes(&mut xinyu_http::entropy().map_err(Failure::broken)?, &mut secret);
        let id = hex::encode(secret);
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        Ok((Exchange { id, senders: Arc::clone(&self.0) }, receiver))
    }

    /// Whether somebody still waits.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).is_some_and(|sender| !sender.is_closed())
    }

    /// Hands an answer on; what is given ends when it was read to its end, or is read no more. None if nobody waits.
    pub(super) fn answer(&self, id: &str, is_sealed: bool, body: Body) -> Option<impl Future<Output = ()> + use<>> {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)?;
        let (reading, read) = oneshot::channel::<()>();
        let pieces = body.into_data_stream().map(move |piece| {
            let _reading = &reading;
            piece
        });
        sender.send(Answer { is_sealed, pieces: pieces.boxed() }).ok()?;
        Some(async move {
            let _ = read.await;
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Answer {
    /// As the sender gets it; none if it is no answer to what was asked.
    pub(super) async fn into_response(self, was_sealed: bool) -> Option<Response> {
        let Self { is_sealed, mut pieces } = self;
        if is_sealed {
            let body = Body::from_stream(pieces);
            return was_sealed.then(|| ([(header::CONTENT_TYPE, SEALED_TYPE)], body).into_response());
        }
        let mut frame = BytesMut::new();
        let head: AnswerHead = loop {
            if let Some(head) = relay::head(&mut frame).ok()? {
                break head;
            }
            frame.extend_from_slice(&pieces.next().await?.ok()?);
        };
        let first = futures::stream::iter([Ok(frame.freeze())]);
        let mut response = Body::from_stream(first.chain(pieces)).into_response();
        *response.status_mut() = StatusCode::from_u16(head.status).ok()?;
        *response.headers_mut() = relay::map(&head.headers);
        Some(response)
    }
}
