//! Tests of request tokens: bound to method, path and body.

use serde_json::{Value, json};
use xinyu_crypto::jws;

use super::*;
use crate::testing::{BOTH, NOW, connector, now, platform, put, resigned, ring, uuid};

const EXCHANGE: Exchange<'static> = Exchange { method: "POST", path: "/tc609/contract?x=1", body: b"{\"a\":1}" };

fn token(suite: Suite) -> String {
    let claims = RequestClaims::new(suite, connector(1), platform(), EXCHANGE, uuid(5), now());
    mint(&claims, ring(2).signing(suite))
}

fn read(token: &str, exchange: Exchange<'_>, now: Timestamp) -> Result<Verified, IdentityError> {
    verify(token, &ring(2).public(), Expect { iss: &connector(1), aud: &platform(), exchange }, now)
}

#[test]
fn a_request_is_proven_in_both_suites() {
    for suite in BOTH {
        let Verified { claims, suite: found } = read(&token(suite), EXCHANGE, now()).unwrap();
        assert_eq!(found, suite);
        assert_eq!((claims.jti, claims.replayable_until()), (uuid(5), NOW + 120), "{suite}");
    }
}

#[test]
fn another_exchange_is_refused() {
    let cases = [
        (Exchange { method: "PUT", ..EXCHANGE }, "wrong-method"),
        (Exchange { method: "post", ..EXCHANGE }, "wrong-method"),
        (Exchange { path: "/tc609/contract", ..EXCHANGE }, "wrong-path"),
        (Exchange { path: "/tc609/contract?x=2", ..EXCHANGE }, "wrong-path"),
        (Exchange { path: "/tc609//contract?x=1", ..EXCHANGE }, "wrong-path"),
        (Exchange { body: b"{\"a\":2}", ..EXCHANGE }, "body-changed"),
        (Exchange { body: b"", ..EXCHANGE }, "body-changed"),
    ];
    for suite in BOTH {
        for (exchange, expect) in cases {
            let error = read(&token(suite), exchange, now()).unwrap_err();
            assert_eq!(error.code(), expect, "{suite} {exchange:?}: {error}");
        }
    }
}

#[test]
fn it_lives_a_minute_and_the_leeway() {
    let cases = [(-61, Some("not-yet-valid")), (-60, None), (0, None), (119, None), (120, Some("expired"))];
    for (seconds, expect) in cases {
        let at = Timestamp::from_second(NOW + seconds).unwrap();
        let code = read(&token(Suite::Intl), EXCHANGE, at).err().map(|error| error.code());
        assert_eq!(code, expect, "{seconds} s");
    }
}

fn check(name: &str, change: impl FnOnce(&mut Value), expect: &str) {
    let ring = ring(2);
    let forged = resigned(&token(Suite::Sm), "xinyu-request+jwt", ring.signing(Suite::Sm), change);
    let error = read(&forged, EXCHANGE, now()).expect_err(name);
    assert_eq!(error.code(), expect, "{name}: {error}");
}

#[test]
fn every_claim_is_required_typed_and_compared() {
    for name in ["iss", "aud", "iat", "exp", "jti", "htm", "htu", "dig"] {
        check(&format!("no {name}"), |claims| put(claims, name, None), "bad-claims");
        check(&format!("{name} null"), |claims| put(claims, name, Some(Value::Null)), "bad-claims");
    }
    check("exp as string", |claims| put(claims, "exp", Some(json!((NOW + 60).to_string()))), "bad-claims");
    check("exp as float", |claims| put(claims, "exp", Some(json!(1.0e9))), "bad-claims");
    check("aud as list", |claims| put(claims, "aud", Some(json!([platform().as_str()]))), "bad-claims");
    check("jti nil", |claims| put(claims, "jti", Some(json!(Uuid::nil()))), "bad-claims");
    check(
        "dig upper case",
        |claims| {
            let upper = claims["dig"].as_str().unwrap().to_uppercase();
            put(claims, "dig", Some(json!(upper)));
        },
        "bad-claims",
    );
    check("extra claim", |claims| put(claims, "sub", Some(json!("x"))), "bad-claims");
    check("other issuer", |claims| put(claims, "iss", Some(json!(connector(2).as_str()))), "wrong-issuer");
    check("other audience", |claims| put(claims, "aud", Some(json!(connector(2).as_str()))), "wrong-audience");
    check("lives two minutes", |claims| put(claims, "exp", Some(json!(NOW + 61))), "bad-lifetime");
    check("ends as it begins", |claims| put(claims, "exp", Some(json!(NOW))), "bad-lifetime");
}

#[test]
fn a_digest_of_the_other_suite_does_not_count() {
    let claims = RequestClaims::new(Suite::Intl, connector(1), platform(), EXCHANGE, uuid(5), now());
    let error = read(&mint(&claims, ring(2).signing(Suite::Sm)), EXCHANGE, now()).unwrap_err();
    assert_eq!(error.code(), "body-changed");
}

#[test]
fn keys_and_types_are_not_confused() {
    let (own, stranger) = (ring(2), ring(3));
    let good = token(Suite::Sm);
    let payload = jws::parse(&good).unwrap().payload_unverified().to_vec();
    let kid = own.public().signing(Suite::Sm).kid();
    let sealing_kid = own.public().sealing(Suite::Sm).kid();
    let cases = [
        (jws::sign("xinyu-request+jwt", &payload, stranger.signing(Suite::Sm)), "unknown-key"),
        (jws::sign_as("xinyu-request+jwt", &kid, &payload, stranger.signing(Suite::Sm)), "bad-signature"),
        (jws::sign_as("xinyu-request+jwt", &kid, &payload, own.signing(Suite::Intl)), "bad-signature"),
        (jws::sign_as("xinyu-request+jwt", &sealing_kid, &payload, own.signing(Suite::Sm)), "unknown-key"),
        (jws::sign("xinyu-response+jwt", &payload, own.signing(Suite::Sm)), "wrong-type"),
        (jws::sign("JWT", &payload, own.signing(Suite::Sm)), "wrong-type"),
    ];
    for (token, expect) in cases {
        assert_eq!(read(&token, EXCHANGE, now()).unwrap_err().code(), expect);
    }
}
