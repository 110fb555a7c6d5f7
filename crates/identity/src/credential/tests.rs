//! Tests of credentials: each claim wrong in turn.

use serde_json::{Value, json};
use xinyu_crypto::{Suite, jws};
use xinyu_protocol::id::ParticipantId;

use super::*;
use crate::testing::{BOTH, NOW, USCC, connector, now, platform, put, resigned, ring, uuid};

fn claims() -> Credential {
    Credential {
        iss: platform(),
        sub: connector(1),
        jti: uuid(1),
        iat: NOW,
        nbf: NOW,
        exp: NOW + 365 * 86_400,
        participant: Holder {
            id: ParticipantId::parse(USCC).unwrap(),
            name: "海峡数据有限公司".to_owned(),
            role: Role::Provider,
        },
        keys: ring(2).public(),
        address: "http://127.0.0.1:7710".to_owned(),
        did: DidWeb::from_base_url("http://127.0.0.1:7710").unwrap(),
        status: StatusEntry { list: Some("http://127.0.0.1:7700/status/1".to_owned()), index: 4 },
    }
}

#[test]
fn ndi_03_8_issued_credential_is_read_back_in_both_suites() {
    let platform_keys = ring(1);
    for suite in BOTH {
        let token = Credential::issue(&claims(), platform_keys.signing(suite));
        let read = Credential::verify(&token, &platform_keys.public(), &platform(), now()).unwrap();
        assert_eq!(read, claims(), "{suite}");
    }
}

/// The claims changed by `change`, still signed by the platform: the code with which they are refused.
fn check(name: &str, change: impl FnOnce(&mut Value), expect: &str) {
    let platform_keys = ring(1);
    let key = platform_keys.signing(Suite::Sm);
    let token = resigned(&Credential::issue(&claims(), key), "vc+jwt", key, change);
    let refusal = Credential::verify(&token, &platform_keys.public(), &platform(), now());
    let error = refusal.expect_err(name);
    assert_eq!(error.code(), expect, "{name}: {error}");
}

#[test]
fn every_claim_is_required_and_of_its_exact_type() {
    let names = ["iss", "sub", "jti", "iat", "nbf", "exp", "participant", "keys", "address", "did", "status"];
    for name in names {
        check(&format!("no {name}"), |claims| put(claims, name, None), "bad-claims");
        check(&format!("{name} null"), |claims| put(claims, name, Some(Value::Null)), "bad-claims");
        check(&format!("{name} array"), |claims| put(claims, name, Some(json!([]))), "bad-claims");
    }
    for name in ["iat", "nbf", "exp"] {
        check(&format!("{name} string"), |claims| put(claims, name, Some(json!(NOW.to_string()))), "bad-claims");
        check(&format!("{name} float"), |claims| put(claims, name, Some(json!(1.5))), "bad-claims");
        check(&format!("{name} huge"), |claims| put(claims, name, Some(json!(u64::MAX))), "bad-claims");
    }
    check("jti no uuid", |claims| put(claims, "jti", Some(json!("1"))), "bad-claims");
    check("jti nil", |claims| put(claims, "jti", Some(json!(Uuid::nil()))), "bad-claims");
    check("unknown claim", |claims| put(claims, "admin", Some(json!(true))), "bad-claims");
    check("unknown role", |claims| claims["participant"]["role"] = json!("root"), "bad-claims");
    check("negative index", |claims| claims["status"]["index"] = json!(-1), "bad-claims");
}

#[test]
fn claims_must_fit_the_verifier_the_hour_and_each_other() {
    check("issuer", |claims| put(claims, "iss", Some(json!(connector(9).as_str()))), "wrong-issuer");
    check("self-issued", |claims| put(claims, "sub", Some(json!(platform().as_str()))), "bad-claims");
    check(
        "participant of another",
        |claims| claims["participant"]["id"] = json!("91110000802100433B"),
        "wrong-participant",
    );
    check(
        "expired",
        |claims| {
            put(claims, "iat", Some(json!(NOW - 1000)));
            put(claims, "nbf", Some(json!(NOW - 1000)));
            put(claims, "exp", Some(json!(NOW - 60)));
        },
        "expired",
    );
    check("not yet", |claims| put(claims, "nbf", Some(json!(NOW + 61))), "not-yet-valid");
    check("issued later", |claims| put(claims, "iat", Some(json!(NOW + 61))), "not-yet-valid");
    check("ends before it begins", |claims| put(claims, "exp", Some(json!(NOW))), "bad-lifetime");
    check("for ever", |claims| put(claims, "exp", Some(json!(i64::MAX))), "bad-lifetime");
    check("from the beginning of time", |claims| put(claims, "iat", Some(json!(i64::MIN))), "bad-lifetime");
    check("address of another", |claims| put(claims, "address", Some(json!("https://evil.example"))), "wrong-did");
    check("address with a user", |claims| put(claims, "address", Some(json!("https://a@b.example"))), "bad-did");
    check("address no url", |claims| put(claims, "address", Some(json!("b.example"))), "bad-did");
}

#[test]
fn leeway_is_sixty_seconds() {
    let keys = ring(1);
    let mut young = claims();
    (young.iat, young.nbf, young.exp) = (NOW + 60, NOW + 60, NOW + 120);
    let mut old = claims();
    (old.iat, old.nbf, old.exp) = (NOW - 120, NOW - 120, NOW - 59);
    for claims in [young, old] {
        let token = Credential::issue(&claims, keys.signing(Suite::Intl));
        Credential::verify(&token, &keys.public(), &platform(), now()).unwrap();
    }
}

#[test]
fn only_the_issuers_keys_and_this_type_count() {
    let (platform_keys, stranger) = (ring(1), ring(3));
    let good = Credential::issue(&claims(), platform_keys.signing(Suite::Sm));
    let by_stranger = Credential::issue(&claims(), stranger.signing(Suite::Sm));
    let other_type = resigned(&good, "xinyu-request+jwt", platform_keys.signing(Suite::Sm), |_| ());
    // The stranger signs, and writes the platform's key id into the header.
    let kid = platform_keys.public().signing(Suite::Sm).kid();
    let payload = jws::parse(&good).unwrap().payload_unverified().to_vec();
    let confused = jws::sign_as("vc+jwt", &kid, &payload, stranger.signing(Suite::Sm));
    let confused_suite = jws::sign_as("vc+jwt", &kid, &payload, platform_keys.signing(Suite::Intl));
    let cases = [
        (by_stranger, "unknown-key"),
        (other_type, "wrong-type"),
        (confused, "bad-signature"),
        (confused_suite, "bad-signature"),
        (good.replacen('.', "..", 1), "malformed-token"),
        (format!("{good}\n"), "malformed-token"),
        (String::new(), "malformed-token"),
    ];
    for (token, expect) in cases {
        let error = Credential::verify(&token, &platform_keys.public(), &platform(), now()).unwrap_err();
        assert_eq!(error.code(), expect, "{error}");
        assert!(!error.text().zh.is_empty());
        assert!(token.is_empty() || !error.to_string().contains(&token[..40]), "{error}");
    }
}
