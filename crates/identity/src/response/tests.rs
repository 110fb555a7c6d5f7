//! Tests of response proofs.

use serde_json::{Value, json};

use super::*;
use crate::testing::{BOTH, connector, platform, put, resigned, ring, uuid};

const BODY: &[u8] = b"{\"ok\":true}";

fn token(suite: Suite) -> String {
    let claims = ResponseClaims::over_body(suite, platform(), connector(1), uuid(5), 200, BODY);
    mint(&claims, ring(1).signing(suite))
}

fn read(token: &str) -> Result<Proven, IdentityError> {
    let expect = Expect { iss: &platform(), aud: &connector(1), jti: uuid(5), status: 200 };
    verify(token, &ring(1).public(), expect)
}

#[test]
fn a_response_is_proven_with_its_body() {
    for suite in BOTH {
        let proven = read(&token(suite)).unwrap();
        assert!(!proven.is_head_only());
        proven.check_body(BODY).unwrap();
        assert_eq!(proven.check_body(b"{\"ok\":false}").unwrap_err().code(), "body-changed", "{suite}");
    }
}

#[test]
fn a_proof_of_the_head_is_no_proof_of_any_body() {
    let claims = ResponseClaims::over_head(platform(), connector(1), uuid(5), 200);
    let proven = read(&mint(&claims, ring(1).signing(Suite::Sm))).unwrap();
    assert!(proven.is_head_only());
    assert_eq!(proven.check_body(b"").unwrap_err().code(), "body-changed");
}

#[test]
fn every_claim_is_required_typed_and_compared() {
    let check = |name: &str, value: Option<Value>, expect: &str| {
        let ring = ring(1);
        let token = resigned(&token(Suite::Intl), "xinyu-response+jwt", ring.signing(Suite::Intl), |claims| {
            put(claims, name, value.clone());
        });
        assert_eq!(read(&token).unwrap_err().code(), expect, "{name} {value:?}");
    };
    for name in ["iss", "aud", "jti", "sts", "dig"] {
        check(name, None, "bad-claims");
    }
    check("sts", Some(json!("200")), "bad-claims");
    check("sts", Some(json!(70_000)), "bad-claims");
    check("sts", Some(json!(500)), "wrong-status");
    check("jti", Some(json!(uuid(6))), "wrong-exchange");
    check("iss", Some(json!(connector(2).as_str())), "wrong-issuer");
    check("aud", Some(json!(connector(2).as_str())), "wrong-audience");
    check("exp", Some(json!(1)), "bad-claims");
}

#[test]
fn only_whom_we_asked_can_prove() {
    let claims = ResponseClaims::over_body(Suite::Sm, platform(), connector(1), uuid(5), 200, BODY);
    assert_eq!(read(&mint(&claims, ring(2).signing(Suite::Sm))).unwrap_err().code(), "unknown-key");
}
