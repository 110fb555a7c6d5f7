//! Tests of the strict JSON extractor.

use futures::stream;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    id: String,
    #[serde(default)]
    fen: u64,
}

async fn read(content_type: &[&str], body: impl Into<Body>) -> Result<StrictJson<Offer>, (u16, String, String)> {
    let mut request = Request::builder().method("POST").uri("/");
    for value in content_type {
        request = request.header(CONTENT_TYPE, *value);
    }
    let request = request.body(body.into()).unwrap();
    StrictJson::from_request(request, &()).await.map_err(|response| {
        let problem = response.problem();
        let detail = problem.detail.as_ref().map(|text| text.en.clone()).unwrap_or_default();
        (problem.status, problem.code.clone(), detail)
    })
}

#[tokio::test]
async fn the_exact_bytes_are_kept() {
    let body = "{ \"id\" :\"\\u0061\" }\n";
    let offer = read(&["application/json"], body).await.unwrap();
    assert_eq!(offer.value, Offer { id: "a".into(), fen: 0 });
    assert_eq!(offer.bytes, body.as_bytes());
}

#[tokio::test]
async fn what_is_not_strict_is_refused_with_its_place() {
    let deep = "[".repeat(40);
    let cases = [
        ("{\"id\":\"a\",\"id\":\"b\"}", 400, "malformed-json", "id"),
        ("{\"id\":\"a\"}{}", 400, "malformed-json", "line 1"),
        ("{\"id\":\n  \"a\",}", 400, "malformed-json", "line 2"),
        ("{\"id\":\"a\",\"admin\":true}", 400, "unexpected-json", "admin"),
        ("{\"fen\":1}", 400, "unexpected-json", "id"),
        ("{\"id\":\"a\",\"fen\":\"1\"}", 400, "unexpected-json", "line 1"),
        ("{\"id\":\"a\",\"fen\":1.5}", 400, "unexpected-json", "line 1"),
        ("", 400, "malformed-json", "line"),
        (deep.as_str(), 400, "malformed-json", "32"),
    ];
    for (body, status, code, place) in cases {
        let (found_status, found_code, detail) = read(&["application/json"], body.to_owned()).await.unwrap_err();
        assert_eq!((found_status, found_code.as_str()), (status, code), "{body}");
        assert!(detail.contains(place), "{body}: {detail}");
    }
    let (status, code, _) = read(&["application/json"], vec![0xff_u8, 0xfe]).await.unwrap_err();
    assert_eq!((status, code.as_str()), (400, "malformed-json"));
}

#[tokio::test]
async fn only_json_in_utf8_is_read() {
    let cases: [(&[&str], bool); 12] = [
        (&["application/json"], true),
        (&["Application/JSON; charset=UTF-8"], true),
        (&["application/json; charset=\"utf-8\""], true),
        (&["application/ld+json"], true),
        (&["application/problem+json"], true),
        (&["application/json; charset=gbk"], false),
        (&["application/+json"], false),
        (&["text/plain"], false),
        (&["application/x-www-form-urlencoded"], false),
        (&["application/jsonp"], false),
        (&[], false),
        (&["application/json", "text/plain"], false),
    ];
    for (content_type, is_read) in cases {
        let found = read(content_type, "{\"id\":\"a\"}").await;
        assert_eq!(found.is_ok(), is_read, "{content_type:?}");
        if let Err((status, code, _)) = found {
            assert_eq!((status, code.as_str()), (415, "not-json"));
        }
    }
}

#[tokio::test]
async fn a_body_is_bounded_whether_it_says_its_length_or_not() {
    let chunk = Bytes::from(vec![b' '; 64 * 1024]);
    let endless = Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone())));
    let broken = Body::from_stream(stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("reset"))]));
    let cases = [
        (Body::from(vec![b' '; Limits::WIRE.bytes + 1]), 413, "body-too-large"),
        (endless, 413, "body-too-large"),
        (broken, 400, "broken-body"),
    ];
    for (body, status, code) in cases {
        let (found_status, found_code, _) = read(&["application/json"], body).await.unwrap_err();
        assert_eq!((found_status, found_code.as_str()), (status, code));
    }
}
