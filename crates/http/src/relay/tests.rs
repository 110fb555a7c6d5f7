//! Frames, and what only their reader opens.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use url::Url;
use uuid::Uuid;
use xinyu_crypto::{EnvelopeReader, EnvelopeWriter, KeyRing, Suite};

use super::{
    AnswerHead, FRAME_TYPE, FrameError, REQUEST_CONTEXT, Reader, Received, RequestHead, SEALED_TYPE, address, head,
    is_place_of, lead, place_at, serve, split,
};

fn ring(seed: u8) -> KeyRing {
    KeyRing::generate(&mut StdRng::from_seed([seed; 32]))
}

/// Says below which path it was called, and what with.
fn router() -> Router {
    let echo = async |OriginalUri(uri): OriginalUri, body: Bytes| {
        (StatusCode::ACCEPTED, [("x-path", uri.to_string())], body).into_response()
    };
    Router::new().nest("/relay/k", Router::new().route("/echo", post(echo)))
}

fn request(reader: Option<Reader>) -> RequestHead {
    let headers = vec![("x-one".to_owned(), "1".to_owned())];
    RequestHead { method: Method::POST.to_string(), path: "/relay/k/echo?a=b".to_owned(), headers, reader }
}

fn sealed(to: &KeyRing, suite: Suite, frame: &[u8]) -> Vec<u8> {
    let public = to.public();
    let mut rng = StdRng::from_seed([9; 32]);
    let (mut writer, mut out) = EnvelopeWriter::new(suite, public.sealing(suite), REQUEST_CONTEXT, &mut rng).unwrap();
    writer.push(frame, &mut out).unwrap();
    writer.finish(&mut out).unwrap();
    out
}

fn opened(ring: &KeyRing, reader: &Reader, sealed: &[u8]) -> Option<Vec<u8>> {
    let mut envelope = EnvelopeReader::new(ring, &reader.context());
    let mut plain = Vec::new();
    envelope.push(sealed, &mut plain).ok()?;
    envelope.finish().ok()?;
    Some(plain)
}

#[test]
fn a_frame_is_read_as_it_was_written_in_pieces_of_any_size() {
    let written = [lead(&request(None)).unwrap().as_slice(), b"body"].concat();
    for piece in [1, 3, written.len()] {
        let (mut frame, mut found) = (BytesMut::new(), None);
        for bytes in written.chunks(piece) {
            frame.extend_from_slice(bytes);
            if found.is_none() {
                found = head::<RequestHead>(&mut frame).unwrap();
            }
        }
        assert_eq!((found, frame.as_ref()), (Some(request(None)), b"body".as_slice()));
    }
}

#[test]
fn a_frame_that_is_none_is_told() {
    assert_eq!(split::<RequestHead>(b"").unwrap_err(), FrameError::Short);
    assert_eq!(split::<RequestHead>(&[0, 0, 0, 9, b'{']).unwrap_err(), FrameError::Short);
    assert_eq!(split::<RequestHead>(&[0xff; 8]).unwrap_err(), FrameError::Long);
    assert_eq!(split::<RequestHead>(&[0, 0, 0, 2, b'{', b'}']).unwrap_err(), FrameError::Head);
    let long = RequestHead { path: "x".repeat(70_000), ..request(None) };
    assert_eq!(lead(&long).unwrap_err(), FrameError::Long);
}

#[test]
fn a_place_is_named_after_a_key_of_its_own() {
    let keys = ring(1).public();
    let own = address("https://p.example/", &keys.signing(Suite::Sm).kid());
    let check = |address: &str, expect: bool| assert_eq!(is_place_of(&Url::parse(address).unwrap(), &keys), expect);
    check(&own, true);
    check(&format!("{own}/"), true);
    check("https://p.example/relay/other", false);
    check("https://c.example", false);
    assert_eq!(place_at("https://p.example", "https://p.example/relay/k/did.json"), Some("k"));
    for address in ["https://p.example", "https://p.example/relay/", "https://p.example.evil/relay/k"] {
        assert_eq!(place_at("https://p.example", address), None, "{address}");
    }
}

#[tokio::test]
async fn an_answer_to_what_was_sealed_opens_for_whoever_asked_and_for_nobody_else() {
    for suite in Suite::ALL {
        let (me, peer, other) = (ring(1), ring(2), ring(3));
        let keys = serde_json::to_value(peer.public()).unwrap();
        let reader = Reader { keys, suite, nonce: Uuid::from_u128(7) };
        let frame = [lead(&request(Some(reader.clone()))).unwrap().as_slice(), &[b'x'; 200_000]].concat();
        let bytes = Bytes::from(sealed(&me, suite, &frame));
        assert!(!bytes.windows(4).any(|window| window == b"echo" || window == b"xxxx"));
        let (kind, body) = serve(router(), &me, Received { bytes, is_sealed: true }).await.unwrap();
        let answer = to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(kind, SEALED_TYPE);
        let plain = opened(&peer, &reader, &answer).unwrap();
        let (head, body): (AnswerHead, Bytes) = split(&plain).unwrap();
        assert_eq!((head.status, body.len()), (202, 200_000));
        assert!(head.headers.contains(&("x-path".to_owned(), "/relay/k/echo?a=b".to_owned())), "{head:?}");
        assert_eq!(opened(&other, &reader, &answer), None);
        let another = Reader { nonce: Uuid::from_u128(8), ..reader.clone() };
        assert_eq!(opened(&peer, &another, &answer), None);
        assert_eq!(opened(&peer, &reader, &answer[..answer.len() - 20]), None);
    }
}

#[tokio::test]
async fn what_is_not_sealed_for_us_or_altered_is_not_served() {
    let (me, other) = (ring(1), ring(2));
    let frame = lead(&request(None)).unwrap();
    let mut altered = sealed(&me, Suite::Intl, &frame);
    let last = altered.len() - 1;
    altered[last] ^= 1;
    for bytes in [sealed(&other, Suite::Intl, &frame), altered, b"XYE1".to_vec()] {
        let received = Received { bytes: Bytes::from(bytes), is_sealed: true };
        assert_eq!(serve(router(), &me, received).await.unwrap_err(), FrameError::Sealed);
    }
    // Nor is a sealed request that does not say who reads the answer.
    let received = Received { bytes: Bytes::from(sealed(&me, Suite::Intl, &frame)), is_sealed: true };
    assert_eq!(serve(router(), &me, received).await.unwrap_err(), FrameError::Head);
}

#[tokio::test]
async fn what_comes_open_is_answered_openly_even_if_it_names_a_reader() {
    let me = ring(1);
    let keys = serde_json::to_value(ring(2).public()).unwrap();
    let reader = Reader { keys, suite: Suite::Intl, nonce: Uuid::nil() };
    let bytes = Bytes::from([lead(&request(Some(reader))).unwrap().as_slice(), b"y"].concat());
    let (kind, body) = serve(router(), &me, Received { bytes, is_sealed: false }).await.unwrap();
    let answer = to_bytes(body, usize::MAX).await.unwrap();
    let (head, body): (AnswerHead, Bytes) = split(&answer).unwrap();
    assert_eq!((kind, head.status, body.as_ref()), (FRAME_TYPE, 202, b"y".as_slice()));
}
