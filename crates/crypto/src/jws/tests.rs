//! Tests of the strict compact JWS: what it reads, and all that it refuses.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

fn key(suite: Suite) -> SigningKey {
    SigningKey::generate(suite, &mut StdRng::seed_from_u64(1))
}

/// A token with this header, really signed by `key`.
fn token(header: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(b"{}"));
    format!("{input}.{}", base64url::encode(&key.sign(input.as_bytes())))
}

#[test]
fn what_is_signed_verifies_under_its_key_and_type() {
    for suite in Suite::ALL {
        let key = key(suite);
        for payload in [&b""[..], b"{\"iss\":\"a\"}", &[0xff; 300]] {
            let text = sign("JWT", payload, &key);
            let unverified = parse(&text).unwrap();
            assert_eq!(unverified.kid(), Some(key.public().kid().as_str()));
            assert_eq!((unverified.typ(), unverified.suite()), ("JWT", suite));
            assert_eq!(unverified.payload_unverified(), payload);
            assert_eq!(unverified.verify(&key.public(), "JWT").unwrap(), payload);
            let expect = JwsError::Type { expected: "vc+jwt".into(), found: "JWT".into() };
            assert_eq!(unverified.verify(&key.public(), "vc+jwt"), Err(expect));
        }
    }
}

#[test]
fn the_header_is_canonical() {
    let key = key(Suite::Sm);
    let header = |text: &str| base64url::decode(text.split_once('.').unwrap().0).unwrap();
    let expect = format!(r#"{{"alg":"SM2","kid":"{}","typ":"authToken"}}"#, key.public().kid());
    assert_eq!(header(&sign("authToken", b"", &key)), expect.as_bytes());
    let named = sign_as("JWT", "did:web:a.example#\"1", b"", &key);
    assert_eq!(header(&named), br#"{"alg":"SM2","kid":"did:web:a.example#\"1","typ":"JWT"}"#);
    assert_eq!(parse(&named).unwrap().kid(), Some("did:web:a.example#\"1"));
}

#[test]
fn rfc_8037_a_4_the_signature_is_over_the_text_as_it_stands() {
    let seed = base64url::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let key = SigningKey::from_bytes(Suite::Intl, &seed).unwrap();
    let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(base64url::encode(&key.sign(input.as_bytes())), signature);
    // A token without a type could be taken for any other, so it is not read here.
    let error = parse(&format!("{input}.{signature}")).unwrap_err();
    assert!(error.to_string().contains("missing field `typ`"), "{error}");
}

#[test]
fn ndi_tr_2025_03_c_a_token_without_a_kid_is_read() {
    let key = key(Suite::Sm);
    let text = token(r#"{"typ":"authToken","alg":"SM2"}"#, &key);
    let unverified = parse(&text).unwrap();
    assert_eq!(unverified.kid(), None);
    assert_eq!(unverified.verify(&key.public(), "authToken").unwrap(), b"{}");
}

#[test]
fn the_key_decides_the_algorithm() {
    let (sm, intl) = (key(Suite::Sm), key(Suite::Intl));
    let unverified = parse(&sign("JWT", b"", &sm)).unwrap();
    let expect = JwsError::KeyAlgorithm { token: "SM2", key: "EdDSA" };
    assert_eq!(unverified.verify(&intl.public(), "JWT"), Err(expect));
    // The right signature under the wrong name of the algorithm.
    let mislabelled = parse(&token(r#"{"alg":"SM2","typ":"JWT"}"#, &intl)).unwrap();
    assert!(mislabelled.verify(&sm.public(), "JWT").is_err());
    assert!(mislabelled.verify(&intl.public(), "JWT").is_err());
}

#[test]
fn other_algorithms_are_refused_before_any_key_is_looked_up() {
    for alg in ["none", "None", "", "HS256", "ES256", "RS256", "Ed25519", "sm2", "eddsa", "EdDSA "] {
        let text = token(&format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#), &key(Suite::Intl));
        assert_eq!(parse(&text).unwrap_err(), JwsError::Algorithm(alg.into()));
        let (unsigned, _) = text.rsplit_once('.').unwrap();
        assert!(parse(&format!("{unsigned}.")).is_err());
    }
}

#[test]
fn headers_with_anything_else_are_refused() {
    let key = key(Suite::Intl);
    for header in [
        r#"{"alg":"EdDSA","typ":"JWT","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","typ":"JWT","b64":false}"#,
        r#"{"alg":"EdDSA","typ":"JWT","jwk":{}}"#,
        r#"{"alg":"EdDSA","typ":"JWT","x5u":"https://a.example"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","cty":"JWT"}"#,
        r#"{"alg":"EdDSA","alg":"none","typ":"JWT"}"#,
        r#"{"alg":"none","alg":"EdDSA","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","kid":"a","kid":"b","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","\u0061lg":"none","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"} {}"#,
        r#"{"alg":"EdDSA","typ":"JWT""#,
        r#"{"alg":["EdDSA"],"typ":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":7}"#,
        r#"{"alg":"EdDSA","typ":null}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"typ":"JWT"}"#,
        "{}",
        "[]",
        "\"EdDSA\"",
        "",
    ] {
        assert!(matches!(parse(&token(header, &key)), Err(JwsError::Header(_))), "{header}");
    }
    // serde would take a struct from a list; a header is an object.
    let listed = parse(&token(r#"["EdDSA","a","JWT"]"#, &key));
    assert!(matches!(listed, Err(JwsError::Header(_))), "{listed:?}");
}

#[test]
fn only_three_parts_of_canonical_base64url_are_read() {
    let key = key(Suite::Intl);
    let good = sign("JWT", b"pp", &key);
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let check = |text: String, expect: JwsError| {
        assert_eq!(parse(&text).unwrap_err(), expect, "{text}");
    };
    check(String::new(), JwsError::Parts(1));
    check("..".into(), JwsError::Header("EOF while parsing a value at line 1 column 0".into()));
    check(format!("{header}.{payload}"), JwsError::Parts(2));
    check(format!("{good}."), JwsError::Parts(4));
    check(format!("{good}.{payload}.AA"), JwsError::Parts(5));
    for (name, places) in [("header", [1, 0, 0]), ("payload", [0, 1, 0]), ("signature", [0, 0, 1])] {
        for (before, after) in [("", "="), ("", "=="), ("", "\n"), (" ", ""), ("", "+"), ("", "/"), ("", "%3D")] {
            let mut parts: Vec<String> = vec![header.into(), payload.into(), signature.into()];
            let place = places.iter().position(|place| *place == 1).unwrap();
            parts[place] = format!("{before}{}{after}", parts[place]);
            check(parts.join("."), JwsError::Base64(name));
        }
    }
    // `cHA` and `cHB` decode alike when trailing bits are let through.
    assert_eq!(payload, "cHA");
    check(format!("{header}.cHB.{signature}"), JwsError::Base64("payload"));
    let last = signature.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let bent = format!("{}{next}", &signature[..signature.len() - 1]);
    assert!(parse(&format!("{header}.{payload}.{bent}")).is_err());
    check("a".repeat(MAX_BYTES + 1), JwsError::Size(MAX_BYTES + 1));
}

#[test]
fn an_altered_token_does_not_verify() {
    for suite in Suite::ALL {
        let key = key(suite);
        let good = sign("JWT", b"{\"sub\":\"a\"}", &key);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        for place in 0..good.len() {
            for replacement in alphabet.iter().step_by(7) {
                let mut bytes = good.clone().into_bytes();
                if bytes[place] == *replacement {
                    continue;
                }
                bytes[place] = *replacement;
                let text = String::from_utf8(bytes).unwrap();
                let verified = parse(&text).and_then(|token| token.verify(&key.public(), "JWT"));
                assert!(verified.is_err(), "{suite} {place} {text}");
            }
        }
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let key = key(Suite::Sm);
    let good = sign("JWT", b"", &key);
    let (input, _) = good.rsplit_once('.').unwrap();
    for (length, found) in [(0, 0), (63, 63), (72, 72)] {
        let text = format!("{input}.{}", base64url::encode(&vec![1; length]));
        let error = parse(&text).unwrap().verify(&key.public(), "JWT").unwrap_err();
        assert_eq!(error, JwsError::Signature(SignatureError::Length { algorithm: "SM2", found }));
    }
}
