//! Tests of client tokens: what other libraries make, what we make like them, and all that is refused.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use xinyu_crypto::{Suite, jws};

use super::*;
use crate::did::DidDocument;
use crate::testing::{BOTH, NOW, now, put, ring};

const DID: &str = "did:web:localhost%3A8083";
const US: &str = "did:web:provider.example";
const KID: &str = "did:web:localhost%3A8083#8f0b5f0e-6f7f-4c58-9d3a-5a0a1f9b7f11";

/// As the verification kit of Data Plane Signaling makes it, by the same calls of Nimbus JOSE+JWT 10.9, the library of the kit and of EDC, with the
/// time fixed to [`NOW`].
const OF_THE_KIT: &str = "eyJraWQiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMjOGYwYjVmMGUtNmY3Zi00YzU4LTlkM2EtNWEwYTFmOWI3ZjExIiwidHlwIjoiSldUIi\
     wiYWxnIjoiRVMyNTYifQ.eyJzdWIiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMiLCJhdWQiOiJkaWQ6d2ViOnByb3ZpZGVyLmV4YW1wbGUiL\
     CJpc3MiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMiLCJleHAiOjE3OTAwMDA2MDAsImlhdCI6MTc5MDAwMDAwMCwianRpIjoiNWQxYzFkMGU\
     tOTNhNC00YTQzLThhN2MtMmY2YTdiNmM5ZDEwIiwidG9rZW4iOiJhY2Nlc3MtdG9rZW4tMSJ9.ilnAzqQZXN4XMfoUw0ro2FUaCXJeBGDycQgu\
     COKIgdRxccroGXXCuxREESA4pEg8ThS7C2jcnY9N7HroURSeZA";

/// The same key's, as EDC makes it: without `typ`, with `nbf`.
const OF_EDC: &str = "eyJraWQiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMjOGYwYjVmMGUtNmY3Zi00YzU4LTlkM2EtNWEwYTFmOWI3ZjExIiwiYWxnIjoiRVMyNT\
     YifQ.eyJzdWIiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMiLCJhdWQiOiJkaWQ6d2ViOnByb3ZpZGVyLmV4YW1wbGUiLCJuYmYiOjE3ODk5O\
     Tk5OTUsImlzcyI6ImRpZDp3ZWI6bG9jYWxob3N0JTNBODA4MyIsImV4cCI6MTc5MDAwMDMwMCwiaWF0IjoxNzkwMDAwMDAwLCJqdGkiOiI2YTB\
     kNWIxZi0yYTUzLTRhMGItOGI4Zi0wYzFkMmUzZjRhNWIifQ.8Uq1vmUj3kYVBp-cRXnbWAEX9sGdacggNTC0hC5Tzfey1kG3yPPdNG0p6gbTdg\
     kJBO9TQpJnUmxizgMYJDJeUg";

/// The same for two audiences, the second being us.
const FOR_TWO: &str = "eyJraWQiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMjOGYwYjVmMGUtNmY3Zi00YzU4LTlkM2EtNWEwYTFmOWI3ZjExIiwiYWxnIjoiRVMyNT\
     YifQ.eyJzdWIiOiJkaWQ6d2ViOmxvY2FsaG9zdCUzQTgwODMiLCJhdWQiOlsiZGlkOndlYjpvdGhlci5leGFtcGxlIiwiZGlkOndlYjpwcm92a\
     WRlci5leGFtcGxlIl0sIm5iZiI6MTc4OTk5OTk5NSwiaXNzIjoiZGlkOndlYjpsb2NhbGhvc3QlM0E4MDgzIiwiZXhwIjoxNzkwMDAwMzAwLCJ\
     pYXQiOjE3OTAwMDAwMDAsImp0aSI6IjZhMGQ1YjFmLTJhNTMtNGEwYi04YjhmLTBjMWQyZTNmNGE1YiJ9.aBBDs-J81d_Rg5Ue2HHYrmF6MGO4\
     3meEnkCFiLThD-9oFtEJwlReDZB_gOLAI4QeDg4plbtwLim4je_i8tXeXg";

/// The document of that signer, in the form in which the kit serves it.
fn kit_document() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],
        "service": [
            {"id": "TCK-Credential-Service", "type": "CredentialService", "serviceEndpoint": "http://localhost:8083"},
        ],
        "verificationMethod": [{
            "publicKeyJwk": {"kty": "EC", "use": "sig", "crv": "P-256", "kid": "8f0b5f0e-6f7f-4c58-9d3a-5a0a1f9b7f11",
                "x": "vOF4VSrqyTFcfByPnC1gETJKizjBtu9rzRlv0XpHNDs", "y": "ijwI06Q890p7UK1vPsNQ91NXbgeJJoeor7tE0xxMmqE"},
            "id": KID, "type": "JsonWebKey2020", "controller": DID, "publicKeyMultibase": null,
        }],
        "authentication": [KID], "assertionMethod": [KID], "capabilityInvocation": [KID], "id": DID,
    })
}

/// A signer of another maker.
fn signer(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

fn jwk(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)})
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let input = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", base64url(&signature.to_bytes()))
}

fn header() -> Value {
    json!({"alg": "ES256", "typ": "JWT", "kid": format!("{DID}#1")})
}

fn claims() -> Value {
    json!({"iss": DID, "sub": DID, "aud": US, "iat": NOW, "exp": NOW + 300, "jti": "1", "token": "access"})
}

/// A document with one key under this id, listed nowhere.
fn document(id: &str) -> Value {
    json!({"id": DID, "verificationMethod": [method(id, 7)]})
}

fn method(id: &str, number: u8) -> Value {
    json!({"id": id, "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": jwk(&signer(number))})
}

fn verify(token: &str, document: &Value) -> Result<ClientClaims, IdentityError> {
    ClientToken::parse(token, US, now())?.verify(document.to_string().as_bytes())
}

fn code<T>(result: Result<T, IdentityError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "good")
}

#[test]
fn what_another_library_signs_is_verified() {
    let token = ClientToken::parse(OF_THE_KIT, US, now()).unwrap();
    assert_eq!((token.issuer().as_str(), token.kid()), (DID, Some(KID)));
    let expect = ClientClaims {
        iss: DidWeb::parse(DID).unwrap(),
        jti: "5d1c1d0e-93a4-4a43-8a7c-2f6a7b6c9d10".to_owned(),
        exp: NOW + 600,
        token: Some("access-token-1".to_owned()),
    };
    assert_eq!(expect.replayable_until(), NOW + 630);
    assert_eq!(token.verify(kit_document().to_string().as_bytes()), Ok(expect));

    let claims = verify(OF_EDC, &kit_document()).unwrap();
    assert_eq!((claims.jti.as_str(), claims.token), ("6a0d5b1f-2a53-4a0b-8b8f-0c1d2e3f4a5b", None));

    assert_eq!(code(verify(FOR_TWO, &kit_document())), "bad-claims");
    assert_eq!(code(ClientToken::parse(OF_THE_KIT, "did:web:another.example", now())), "wrong-audience");
    let mut document = kit_document();
    document["verificationMethod"][0]["publicKeyJwk"] = jwk(&signer(7));
    assert_eq!(code(verify(OF_THE_KIT, &document)), "bad-signature");
}

#[test]
fn tokens_in_our_own_suites_are_verified_too() {
    let (did, ring) = (DidWeb::parse(DID).unwrap(), ring(2));
    let document = serde_json::to_value(DidDocument::new(&did, &ring.public(), "http://localhost:8083")).unwrap();
    for suite in BOTH {
        let key = ring.signing(suite);
        let kid = format!("{did}#{}", key.public().kid());
        let token = jws::sign_as("JWT", &kid, claims().to_string().as_bytes(), key);
        assert_eq!(code(verify(&token, &document)), "good", "{suite}");
        let sealing = format!("{did}#{}", ring.public().sealing(suite).kid());
        let token = jws::sign_as("JWT", &sealing, claims().to_string().as_bytes(), key);
        assert_eq!(code(verify(&token, &document)), "bad-did-document", "{suite}");
        // Our tokens of other types are none of these.
        let token = jws::sign_as(TokenKind::Request.typ(), &kid, claims().to_string().as_bytes(), key);
        assert_eq!(code(verify(&token, &document)), "wrong-type", "{suite}");
    }
    let other = jws::sign_as("JWT", &format!("{did}#1"), claims().to_string().as_bytes(), ring.signing(Suite::Intl));
    assert_eq!(code(verify(&other, &document)), "unknown-key");
}

#[test]
fn dcp_1_0_4_3_3_claims() {
    let check = |name: &str, value: Option<Value>, expect: &str| {
        let mut claims = claims();
        put(&mut claims, name, value.clone());
        let token = signed(&header(), &claims, &signer(7));
        assert_eq!(code(verify(&token, &document(&format!("{DID}#1")))), expect, "{name} {value:?}");
    };
    check("jti", Some(json!("2")), "good");
    for required in ["iss", "sub", "aud", "iat", "exp", "jti"] {
        check(required, None, "bad-claims");
        check(required, Some(Value::Null), "bad-claims");
        check(required, Some(json!({})), "bad-claims");
    }
    check("sub", Some(json!("did:web:a.example")), "wrong-subject");
    check("iss", Some(json!("did:web:a.example")), "wrong-subject");
    for iss in ["did:key:z6Mk", "localhost", "did:web:LOCALHOST%3A8083", "did:web:localhost:8083/", ""] {
        check("iss", Some(json!(iss)), "bad-did");
    }
    check("aud", Some(json!([US])), "good");
    check("aud", Some(json!([])), "bad-claims");
    check("aud", Some(json!([US, US])), "bad-claims");
    check("aud", Some(json!("did:web:invalid-audience")), "wrong-audience");
    check("aud", Some(json!(["did:web:invalid-audience"])), "wrong-audience");
    check("aud", Some(json!(format!("{US}/"))), "wrong-audience");
    check("aud", Some(json!("")), "wrong-audience");
    check("jti", Some(json!("")), "bad-claims");
    check("jti", Some(json!("a\nb")), "bad-claims");
    check("jti", Some(json!("j".repeat(MAX_JTI_BYTES))), "good");
    check("jti", Some(json!("j".repeat(MAX_JTI_BYTES + 1))), "bad-claims");
    check("token", None, "good");
    check("token", Some(Value::Null), "bad-claims");
    check("token", Some(json!(7)), "bad-claims");
    check("scope", Some(json!("other makers say more")), "good");
}

#[test]
fn dcp_1_0_4_3_3_times() {
    let check = |iat: i64, nbf: Option<i64>, exp: i64, expect: &str| {
        let mut claims = claims();
        put(&mut claims, "iat", Some(json!(NOW + iat)));
        put(&mut claims, "nbf", nbf.map(|nbf| json!(NOW + nbf)));
        put(&mut claims, "exp", Some(json!(NOW + exp)));
        let token = signed(&header(), &claims, &signer(7));
        assert_eq!(code(verify(&token, &document("#1"))), expect, "iat {iat}, nbf {nbf:?}, exp {exp}");
    };
    check(0, None, 300, "good");
    check(-300, None, 1, "good");
    check(-300, None, -29, "good");
    check(-300, None, -30, "expired");
    check(-300, None, -60, "expired");
    check(30, None, 300, "good");
    check(31, None, 300, "not-yet-valid");
    check(60, None, 300, "not-yet-valid");
    check(0, Some(-5), 300, "good");
    check(0, Some(30), 300, "good");
    check(0, Some(60), 300, "not-yet-valid");
    check(0, Some(301), 300, "bad-lifetime");
    check(0, None, 0, "bad-lifetime");
    check(0, None, -60, "bad-lifetime");
    check(0, None, MAX_LIFE_SECONDS, "good");
    check(0, None, MAX_LIFE_SECONDS + 1, "bad-lifetime");
    check(-MAX_LIFE_SECONDS, None, 1, "bad-lifetime");
    for value in [json!(1.79e9), json!("1790000000"), json!(u64::MAX), json!(true)] {
        let mut claims = claims();
        put(&mut claims, "nbf", Some(value.clone()));
        let token = signed(&header(), &claims, &signer(7));
        assert_eq!(code(verify(&token, &document("#1"))), "bad-claims", "{value}");
    }
    let mut claims = claims();
    put(&mut claims, "exp", Some(json!(i64::MAX)));
    put(&mut claims, "iat", Some(json!(i64::MIN)));
    assert_eq!(code(verify(&signed(&header(), &claims, &signer(7)), &document("#1"))), "bad-lifetime");
}

#[test]
fn the_header_decides_neither_type_nor_algorithm() {
    let check = |header: Value, expect: &str| {
        let token = signed(&header, &claims(), &signer(7));
        assert_eq!(code(verify(&token, &document("#1"))), expect, "{header}");
    };
    check(header(), "good");
    check(json!({"alg": "ES256", "kid": format!("{DID}#1")}), "good");
    check(json!({"alg": "ES256", "kid": "#1", "typ": "jwt"}), "good");
    check(json!({"alg": "ES256", "kid": "#1", "typ": "at+jwt"}), "wrong-type");
    check(json!({"alg": "ES256", "kid": "#1", "typ": "vc+jwt"}), "wrong-type");
    check(json!({"alg": "ES256", "kid": "#1", "typ": ""}), "wrong-type");
    check(json!({"alg": "EdDSA", "kid": "#1"}), "bad-signature");
    check(json!({"alg": "SM2", "kid": "#1"}), "bad-signature");
    for alg in ["none", "HS256", "RS256", "ES384"] {
        check(json!({"alg": alg, "kid": "#1"}), "malformed-token");
    }
    check(json!({"kid": "#1"}), "malformed-token");
    check(json!({"alg": "ES256", "kid": "#1", "crit": ["x"]}), "malformed-token");
    check(json!({"alg": "ES256", "kid": "#1", "jwk": jwk(&signer(8))}), "good");

    let good = signed(&header(), &claims(), &signer(7));
    let parts: Vec<&str> = good.split('.').collect();
    for text in ["", "a", "a.b", &format!("{good}."), &format!("{good}.{}", parts[2])] {
        assert_eq!(code(verify(text, &document("#1"))), "malformed-token", "{text}");
    }
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    assert_eq!(code(verify(&unsigned, &document("#1"))), "bad-signature");
    let twice = base64url(claims().to_string().replacen('{', r#"{"aud":"x","#, 1).as_bytes());
    assert_eq!(code(verify(&format!("{}.{twice}.{}", parts[0], parts[2]), &document("#1"))), "bad-claims");
}

#[test]
fn dcp_1_0_4_3_3_the_kid_names_a_key_of_the_issuer() {
    let check = |kid: Option<&str>, ids: &[&str], expect: &str| {
        let mut header = header();
        put(&mut header, "kid", kid.map(|kid| json!(kid)));
        let mut document = document("#0");
        // The first is the signer's.
        document["verificationMethod"] = ids.iter().zip(7..).map(|(id, number)| method(id, number)).collect();
        let token = signed(&header, &claims(), &signer(7));
        assert_eq!(code(verify(&token, &document)), expect, "{kid:?} {ids:?}");
    };
    let absolute = format!("{DID}#1");
    for kid in [&absolute, "#1", "1"] {
        for id in [&absolute, "#1", "1"] {
            check(Some(kid), &[id], "good");
            check(Some(kid), &[id, "#2"], "good");
        }
        check(Some(kid), &["#2", "#1"], "bad-signature");
        check(Some(kid), &["#2"], "unknown-key");
        check(Some(kid), &[], "unknown-key");
        check(Some(kid), &["#1", &absolute], "bad-did-document");
        check(Some(kid), &["did:web:a.example#1"], "unknown-key");
        check(Some(kid), &["did:web:localhost%3A80830#1"], "unknown-key");
    }
    for kid in ["did:web:a.example#1", "did:web:a.example", DID, "", "#", "##1", "#1#1", "/x#1", "?#1"] {
        check(Some(kid), &["#1"], "unknown-key");
    }
    check(Some("did:web:a.example#1"), &["did:web:a.example#1"], "unknown-key");
    check(None, &["#1"], "good");
    check(None, &["#1", "#2"], "malformed-token");
    check(None, &[], "malformed-token");
}

#[test]
fn dcp_1_0_4_3_3_the_key_is_listed_for_signing() {
    let check = |relationships: Value, expect: &str| {
        let mut document = document(&format!("{DID}#1"));
        for (name, value) in relationships.as_object().unwrap() {
            document[name] = value.clone();
        }
        let token = signed(&header(), &claims(), &signer(7));
        assert_eq!(code(verify(&token, &document)), expect, "{relationships}");
    };
    for name in ["capabilityInvocation", "authentication", "assertionMethod", "capabilityDelegation"] {
        for written in [&format!("{DID}#1"), "#1", "1"] {
            check(json!({ name: [written] }), "good");
            check(json!({ name: ["#0", written] }), "good");
        }
        check(json!({ name: [] }), "good");
        check(json!({ name: null }), "good");
        check(json!({ name: ["#2"] }), "bad-did-document");
        check(json!({ name: ["did:web:a.example#1"] }), "bad-did-document");
        check(json!({ name: [method("#2", 8)] }), "bad-did-document");
        check(json!({ name: "#1" }), "bad-did-document");
        check(json!({ "verificationMethod": null, name: [method("#1", 7)] }), "good");
        check(json!({ "verificationMethod": [], name: [method("#1", 8)] }), "bad-signature");
        check(json!({ name: [method("#1", 7)] }), "bad-did-document");
    }
    check(json!({"capabilityInvocation": ["#2"], "authentication": ["#1"]}), "good");
    check(json!({"keyAgreement": ["#1"]}), "bad-did-document");
    check(json!({"keyAgreement": ["#2"]}), "good");
    check(json!({"keyAgreement": ["#1"], "authentication": ["#1"]}), "good");
    check(json!({"verificationMethod": [], "keyAgreement": [method("#1", 7)]}), "unknown-key");
}

#[test]
fn only_the_issuers_document_and_keys_are_believed() {
    let token = signed(&header(), &claims(), &signer(7));
    let check = |change: &dyn Fn(&mut Value), expect: &str| {
        let mut document = document("#1");
        change(&mut document);
        assert_eq!(code(verify(&token, &document)), expect, "{document}");
    };
    check(&|_| {}, "good");
    check(&|document| document["id"] = json!("did:web:a.example"), "bad-did-document");
    check(&|document| document["id"] = json!(format!("{DID}#1")), "bad-did-document");
    check(&|document| put(document, "id", None), "bad-did-document");
    check(&|document| *document = json!("x"), "bad-did-document");
    check(&|document| put(&mut document["verificationMethod"][0], "controller", None), "good");
    check(&|document| document["verificationMethod"][0]["controller"] = json!("did:web:a.example"), "bad-did-document");
    let key = |change: fn(&mut Value)| {
        move |document: &mut Value| change(&mut document["verificationMethod"][0]["publicKeyJwk"])
    };
    check(&key(|jwk| *jwk = Value::Null), "bad-did-document");
    check(&key(|jwk| jwk["d"] = json!("AA")), "bad-did-document");
    check(&key(|jwk| jwk["use"] = json!("enc")), "bad-did-document");
    check(&key(|jwk| jwk["crv"] = json!("P-384")), "bad-did-document");
    check(&key(|jwk| *jwk = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})), "bad-did-document");
    check(&key(|jwk| *jwk = json!({"kty": "oct", "k": "AAAA"})), "bad-did-document");
    check(&key(|jwk| jwk["x"] = jwk["y"].clone()), "bad-did-document");

    // Keys that we cannot read do no harm beside the one that is named.
    let mut mixed = document("#1");
    mixed["verificationMethod"].as_array_mut().unwrap().push(json!({"id": "#rsa", "publicKeyMultibase": "z6Mk"}));
    assert_eq!(code(verify(&token, &mixed)), "good");
    let parsed = ClientToken::parse(&token, US, now()).unwrap();
    assert_eq!(code(parsed.clone().verify(b"<html>")), "bad-did-document");
    let twice = document("#1").to_string().replacen('{', r#"{"id":"did:web:a.example","#, 1);
    assert_eq!(code(parsed.clone().verify(twice.as_bytes())), "bad-did-document");
    let long = format!("{}{}", document("#1"), " ".repeat(64 * 1024));
    assert_eq!(code(parsed.verify(long.as_bytes())), "bad-did-document");
}

#[test]
fn debug_shows_no_token() {
    let token = ClientToken::parse(OF_THE_KIT, US, now()).unwrap();
    let claims = token.clone().verify(kit_document().to_string().as_bytes()).unwrap();
    for shown in [format!("{token:?}"), format!("{claims:?}")] {
        assert!(shown.contains("5d1c1d0e-93a4") && !shown.contains("access-token-1"), "{shown}");
    }
}
