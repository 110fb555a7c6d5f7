//! Tests of presentations: both profiles there and back, and what is refused.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use xinyu_crypto::{Es256Key, KeyChain};

use super::*;
use crate::did::DidDocument;
use crate::testing::{NOW, now, ring, uuid};

const HOLDER: &str = "did:web:holder.example";
const VERIFIER: &str = "did:web:verifier.example";

fn did(text: &str) -> DidWeb {
    DidWeb::parse(text).unwrap()
}

fn document(chain: &KeyChain) -> ForeignDocument {
    let document = DidDocument::new(&did(HOLDER), &ring(1).public(), "https://holder.example/dsp").with_chain(chain);
    ForeignDocument::parse(&serde_json::to_vec(&document).unwrap(), &did(HOLDER)).unwrap()
}

#[test]
fn dcp_5_4_3_a_presentation_of_either_profile_is_read_as_it_was_made() {
    let chain = KeyChain::begin(NOW, &mut StdRng::seed_from_u64(1));
    let credentials = ["a.b.c".to_owned(), "d.e.f".to_owned()];
    for profile in Profile::ALL {
        let signer = Signer { did: &did(HOLDER), key: chain.current() };
        let text = present(signer, profile, VERIFIER, &credentials, uuid(1), now());
        let read = Presentation::parse(&text, &did(VERIFIER), now()).unwrap();
        read.verify(&document(&chain)).unwrap();
        assert_eq!((read.holder.as_str(), read.credentials.as_slice()), (HOLDER, credentials.as_slice()), "{profile}");
        let for_other = Presentation::parse(&text, &did(HOLDER), now()).unwrap_err();
        assert_eq!(for_other.code(), "wrong-audience");
        let late = Timestamp::from_second(NOW + LIFE_SECONDS + LEEWAY_SECONDS).unwrap();
        assert_eq!(Presentation::parse(&text, &did(VERIFIER), late).unwrap_err().code(), "expired");
        let mut stolen = chain.clone();
        stolen.rotate(true, NOW + 1, &mut StdRng::seed_from_u64(2));
        assert_eq!(read.verify(&document(&stolen)).unwrap_err().code(), "unknown-key");
    }
}

#[test]
fn dcp_5_4_3_what_is_no_presentation_is_refused() {
    let good = || json!({ "iss": HOLDER, "aud": VERIFIER, "iat": NOW, "exp": NOW + 60, "vp": {} });
    let read = |claims: &Value| {
        let key = Es256Key::generate(&mut StdRng::seed_from_u64(1));
        let text = key.sign_jws("JWT", "did:web:holder.example#1", &serde_json::to_vec(claims).unwrap());
        Presentation::parse(&text, &did(VERIFIER), now())
    };
    assert!(read(&good()).unwrap().credentials.is_empty());
    let check = |name: &str, value: Value, expect: &str| {
        let mut claims = good();
        claims[name] = value;
        let error = read(&claims).unwrap_err();
        assert!(error.to_string().contains(expect), "{name}: {error}");
    };
    check("aud", json!([VERIFIER, HOLDER]), "Audience");
    check("aud", json!("did:web:verifier.example.evil"), "aud");
    check("iss", json!("https://holder.example"), "did:web");
    check("sub", json!(VERIFIER), "sub");
    check("exp", json!("soon"), "invalid type");
    check("exp", json!(NOW + 100_000), "made to live");
    check("iat", json!(null), "invalid type");
    check("vp", json!("text"), "neither an object");
    check("vp", json!({ "holder": VERIFIER }), "participant.id");
    check("vp", json!({ "verifiableCredential": [7] }), "neither a text nor an object");
    check("vp", json!({ "verifiableCredential": { "id": "https://a.example/vc" } }), "envelope");
    check("vp", json!({ "verifiableCredential": vec!["a.b.c"; MANY + 1] }), "more than");
}
