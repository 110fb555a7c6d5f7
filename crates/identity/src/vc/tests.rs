//! Tests of credentials: both profiles there and back, one that the official kit made, and all that is refused.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use xinyu_crypto::{Es256Key, KeyChain};

use super::*;
use crate::did::DidDocument;
use crate::self_issued::Signer;
use crate::testing::{NOW, now, ring};

const ISSUER: &str = "did:web:issuer.example";
const HOLDER: &str = "did:web:holder.example";

fn did(text: &str) -> DidWeb {
    DidWeb::parse(text).unwrap()
}

fn chain() -> KeyChain {
    KeyChain::begin(NOW, &mut StdRng::seed_from_u64(1))
}

fn document(chain: &KeyChain) -> ForeignDocument {
    let document = DidDocument::new(&did(ISSUER), &ring(1).public(), "https://issuer.example/dsp").with_chain(chain);
    ForeignDocument::parse(&serde_json::to_vec(&document).unwrap(), &did(ISSUER)).unwrap()
}

fn draft(profile: Profile) -> Draft {
    Draft {
        profile,
        id: "urn:uuid:1".to_owned(),
        kind: "MembershipCredential".to_owned(),
        holder: did(HOLDER),
        claims: json!({ "spaces": ["a"] }).as_object().unwrap().clone(),
        from: now(),
        until: Timestamp::from_second(NOW + 3600).unwrap(),
        status: ("https://issuer.example/dcp/status/vc20/0".to_owned(), 77),
        schema: "https://issuer.example/dcp/schemas/MembershipCredential".to_owned(),
    }
}

fn issue(profile: Profile, chain: &KeyChain) -> String {
    draft(profile).issue(Signer { did: &did(ISSUER), key: chain.current() })
}

#[test]
fn dcp_a_1_a_credential_of_either_profile_is_read_as_it_was_issued() {
    for profile in Profile::ALL {
        let chain = chain();
        let read = VerifiableCredential::parse(&issue(profile, &chain)).unwrap();
        read.verify(&document(&chain)).unwrap();
        read.check_time(now()).unwrap();
        read.must_be_about(&did(HOLDER)).unwrap();
        assert_eq!(
            (read.profile, read.kind(), read.id.as_deref()),
            (profile, "MembershipCredential", Some("urn:uuid:1"))
        );
        assert_eq!(read.claim("spaces"), Some(&json!(["a"])));
        let place = StatusRef {
            list: "https://issuer.example/dcp/status/vc20/0".to_owned(),
            index: 77,
            purpose: "revocation".to_owned(),
        };
        assert_eq!((read.statuses, read.schemas.len()), (vec![place], 1));
    }
}

#[test]
fn dcp_4_2_a_key_that_was_followed_still_verifies_and_one_that_was_withdrawn_does_not() {
    let mut rng = StdRng::seed_from_u64(2);
    for (withdraw, expect) in [(false, true), (true, false)] {
        let mut chain = chain();
        let read = VerifiableCredential::parse(&issue(Profile::Vc20BsslJwt, &chain)).unwrap();
        chain.rotate(withdraw, NOW + 1, &mut rng);
        assert_eq!(read.verify(&document(&chain)).is_ok(), expect, "withdraw {withdraw}");
    }
}

#[test]
fn dcp_5_4_3_6_and_7_a_credential_has_its_time() {
    let check = |profile: Profile, seconds: i64, expect: Option<&str>| {
        let read = VerifiableCredential::parse(&issue(profile, &chain())).unwrap();
        let found = read.check_time(Timestamp::from_second(NOW + seconds).unwrap());
        assert_eq!(found.as_ref().err().map(IdentityError::code), expect, "{profile} {seconds}");
    };
    for profile in Profile::ALL {
        check(profile, -60, Some("not-yet-valid"));
        check(profile, 0, None);
        check(profile, 3599, None);
        check(profile, 3600 + LEEWAY_SECONDS, Some("expired"));
    }
}

#[test]
fn dcp_5_4_3_of_another_holder_issuer_or_key_a_credential_says_nothing() {
    let chain = chain();
    let read = VerifiableCredential::parse(&issue(Profile::Vc11Sl2021Jwt, &chain)).unwrap();
    assert_eq!(read.must_be_about(&did(ISSUER)).unwrap_err().code(), "wrong-subject");
    let other = KeyChain::begin(NOW, &mut StdRng::seed_from_u64(9));
    assert_eq!(read.verify(&document(&other)).unwrap_err().code(), "unknown-key");
    let named = DidDocument::new(&did(HOLDER), &ring(1).public(), "https://holder.example/dsp").with_chain(&chain);
    let named = ForeignDocument::parse(&serde_json::to_vec(&named).unwrap(), &did(HOLDER)).unwrap();
    assert_eq!(read.verify(&named).unwrap_err().code(), "wrong-issuer");
}

/// A credential whose claims are these, signed.
fn of(claims: &Value) -> Result<VerifiableCredential, IdentityError> {
    let key = Es256Key::generate(&mut StdRng::seed_from_u64(1));
    VerifiableCredential::parse(&key.sign_jws("JWT", "did:web:issuer.example#1", &serde_json::to_vec(claims).unwrap()))
}

#[test]
fn vcdm_what_contradicts_itself_or_is_of_another_type_is_refused() {
    let good = || {
        json!({
            "iss": ISSUER, "nbf": NOW, "exp": NOW + 60, "vc": {
                "type": ["MembershipCredential"], "issuer": ISSUER, "issuanceDate": "2026-09-21T13:33:20Z",
                "credentialSubject": { "id": HOLDER },
            },
        })
    };
    of(&good()).unwrap();
    let check = |pointer: &str, value: Value, expect: &str| {
        let mut claims = good();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        claims.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        let error = of(&claims).unwrap_err();
        assert!(error.to_string().contains(expect), "{pointer}: {error}");
    };
    check("/iss", json!("did:web:other.example"), "iss");
    check("/iss", json!(7), "invalid type");
    check("/sub", json!("did:web:other.example"), "sub");
    check("/exp", json!("2026"), "invalid type");
    check("/exp", json!(1e300), "invalid type");
    check("/nbf", json!(true), "invalid type");
    check("/vc", json!("text"), "vc is not an object");
    check("/vc/type", json!([]), "no type");
    check("/vc/type", json!([1]), "type is not");
    check("/vc/issuer", json!(null), "issuer");
    check("/vc/issuer", json!({}), "issuer has no id");
    check("/vc/issuer", json!("did:key:z6Mk"), "iss");
    check("/vc/issuanceDate", json!("yesterday"), "issuanceDate is no time");
    check("/vc/credentialSubject", json!([]), "no credentialSubject");
    check("/vc/credentialSubject", json!("x"), "credentialSubject is not");
    check("/vc/credentialStatus", json!({ "type": "RevocationList2020Status" }), "not known here");
    check("/vc/credentialStatus", json!({ "type": "StatusList2021Entry", "statusListIndex": "1" }), "names no list");
    let no_place = json!({ "type": "StatusList2021Entry", "statusListCredential": "https://a", "statusListIndex": -1 });
    check("/vc/credentialStatus", no_place, "names no place");
    check("/vc/credentialSchema", json!({ "id": "https://a", "type": "ShapeExpression" }), "not known here");
}

#[test]
fn rfc_8725_3_1_a_credential_is_signed() {
    let none = "eyJhbGciOiJub25lIn0.e30.";
    assert_eq!(VerifiableCredential::parse(none).unwrap_err().code(), "malformed-token");
    let key = Es256Key::generate(&mut StdRng::seed_from_u64(1));
    let request = key.sign_jws("xinyu-request+jwt", "a#1", b"{}");
    assert_eq!(VerifiableCredential::parse(&request).unwrap_err().code(), "wrong-type");
}

/// The kit names the credential in `sub`, not its subject, and no base type.
#[test]
fn a_credential_of_the_official_kit_is_read() {
    let read = of(&json!({
        "sub": "cb965f8b-bd91-4fd5-a660-fe01f30f94c1", "nbf": NOW, "iss": "did:web:127.0.0.1%3A37675:issuer",
        "exp": NOW + 300, "iat": NOW, "jti": "9e9280e2-b155-4e6b-9d2c-6fc93a7ab606", "vc": {
            "@context": "cb965f8b-bd91-4fd5-a660-fe01f30f94c1", "id": "cb965f8b-bd91-4fd5-a660-fe01f30f94c1",
            "type": ["MembershipCredential"], "issuer": "did:web:127.0.0.1%3A37675:issuer",
            "issuanceDate": "2026-09-21T13:33:20.369505810Z", "expirationDate": null,
            "credentialSubject": { "id": "did:web:127.0.0.1%3A42689", "foo": "bar" },
        },
    }));
    assert_eq!(read.unwrap().kind(), "MembershipCredential");
}
