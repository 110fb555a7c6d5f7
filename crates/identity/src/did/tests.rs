//! Tests of did:web.

use super::*;
use crate::testing::ring;

#[test]
fn a_base_url_and_its_did_stand_for_each_other() {
    let cases = [
        ("https://a.example", "did:web:a.example", "https://a.example/.well-known/did.json"),
        ("https://a.example/", "did:web:a.example", "https://a.example/.well-known/did.json"),
        ("https://A.Example:8443", "did:web:a.example%3A8443", "https://a.example:8443/.well-known/did.json"),
        ("https://a.example/org/7/", "did:web:a.example:org:7", "https://a.example/org/7/did.json"),
        ("https://127.0.0.1:7710", "did:web:127.0.0.1%3A7710", "https://127.0.0.1:7710/.well-known/did.json"),
    ];
    for (base, did, document) in cases {
        let parsed = DidWeb::from_base_url(base).unwrap();
        assert_eq!(parsed.as_str(), did);
        assert_eq!(DidWeb::parse(did).unwrap(), parsed);
        assert_eq!(parsed.document_url("https"), document);
        assert_eq!(DidWeb::from_base_url(&parsed.base_url("https")).unwrap(), parsed);
    }
}

#[test]
fn what_hides_a_host_is_no_did() {
    let cases = [
        "did:key:z6Mk",
        "did:web:",
        "did:web:a.example%3a8443",
        "did:web:a.example%3A443",
        "did:web:a.example%2F..%2Fb",
        "did:web:a%40b.example",
        "did:web:user@b.example",
        "did:web:A.example",
        "did:web:a.example:",
        "did:web:a.example::b",
        "did:web:a.example:..:b",
        "did:web:a.example:%2e%2e",
        "did:web:a.example/b",
        "did:web:a.example?x",
        "did:web:a.example#x",
        "did:web:0x7f.1",
        "did:web:[::1]",
    ];
    for did in cases {
        assert_eq!(DidWeb::parse(did).map_err(|error| error.code()), Err("bad-did"), "{did}");
    }
    for base in
        ["ftp://a.example", "https://u@a.example", "https://a.example/?x", "https://[::1]/", "https://a.example//b"]
    {
        assert!(DidWeb::from_base_url(base).is_err(), "{base}");
    }
}

#[test]
fn a_document_gives_the_keys_for_their_use_only() {
    let did = DidWeb::parse("did:web:a.example").unwrap();
    let keys = ring(2).public();
    let document = DidDocument::new(&did, &keys, "https://a.example/dsp/2025-1/");
    let bytes = serde_json::to_vec(&document).unwrap();
    let read = DidDocument::parse(&bytes, &did).unwrap();
    assert_eq!(read, document);
    assert_eq!(read.catalog_endpoint(), Some("https://a.example/dsp/2025-1/catalog"));
    let key = keys.signing(Suite::Sm);
    assert_eq!(read.invocation_key(&format!("{did}#{}", key.kid())).as_ref(), Some(key));
    let sealing = keys.sealing(Suite::Sm).kid();
    assert_eq!(read.invocation_key(&format!("{did}#{sealing}")), None);

    let mut foreign = document.clone();
    foreign.verification_method[0].controller = "did:web:b.example".to_owned();
    assert_eq!(foreign.invocation_key(&foreign.verification_method[0].id), None);
}

#[test]
fn a_document_of_another_subject_is_refused() {
    let keys = ring(2).public();
    let did = DidWeb::parse("did:web:a.example").unwrap();
    let other = DidWeb::parse("did:web:b.example").unwrap();
    let bytes = serde_json::to_vec(&DidDocument::new(&other, &keys, "https://b.example")).unwrap();
    assert_eq!(DidDocument::parse(&bytes, &did).unwrap_err().code(), "bad-did-document");
    assert_eq!(DidDocument::parse(b"<html>", &did).unwrap_err().code(), "bad-did-document");
}
