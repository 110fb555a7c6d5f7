//! Whose signature is taken for whose, and which DIDs are none.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use xinyu_crypto::{Es256Key, SigningKey, Suite, jws};

use super::*;

const TEXT: &str = "xinyu-login/1 node=https://space.example purpose=login";
const DID: &str = "did:web:people.example:wang";

fn key(seed: u64) -> Es256Key {
    Es256Key::generate(&mut StdRng::seed_from_u64(seed))
}

fn did_jwk(jwk: &Value) -> String {
    format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(jwk.to_string()))
}

fn document(change: impl FnOnce(&mut Value)) -> ForeignDocument {
    let mut document = json!({
        "id": DID,
        "verificationMethod": [
            { "id": format!("{DID}#a"), "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": key(1).public_jwk() },
            { "id": format!("{DID}#b"), "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": key(2).public_jwk() },
        ],
        "authentication": ["#a"],
        "assertionMethod": ["#b"],
    });
    change(&mut document);
    ForeignDocument::parse(document.to_string().as_bytes(), &DidWeb::parse(DID).unwrap()).unwrap()
}

#[test]
fn ndi_03_7_1_4_3_only_a_key_listed_for_authentication_logs_in() {
    let check = |signer: u64, kid: &str, change: fn(&mut Value), expect: &str| {
        let signed = key(signer).sign_jws("JWT", kid, TEXT.as_bytes());
        let found = verify_by(&document(change), &signed, TEXT).map_err(|error| error.code());
        assert_eq!(found.err().unwrap_or_default(), expect, "{signer} {kid}");
    };
    let same = |_: &mut Value| {};
    check(1, "#a", same, "");
    check(1, &format!("{DID}#a"), same, "");
    check(2, "#b", same, "bad-did-document");
    check(2, "#a", same, "bad-signature");
    check(1, "#c", same, "unknown-key");
    check(1, "did:web:evil.example#a", same, "unknown-key");
    check(1, "#a", |document| document["authentication"] = json!([]), "bad-did-document");
    check(1, "#a", |document| document["authentication"] = Value::Null, "bad-did-document");
    check(
        1,
        "#a",
        |document| document["verificationMethod"][0]["controller"] = json!("did:web:evil.example"),
        "bad-did-document",
    );
    check(1, "#a", |document| document["verificationMethod"][1]["id"] = json!("#a"), "bad-did-document");
    check(
        1,
        "#a",
        |document| document["verificationMethod"][0]["publicKeyJwk"]["use"] = json!("enc"),
        "bad-did-document",
    );
}

#[test]
fn a_did_jwk_is_its_own_key() {
    let sm = SigningKey::generate(Suite::Sm, &mut StdRng::seed_from_u64(3));
    let did = did_jwk(&serde_json::to_value(sm.public()).unwrap());
    let HolderDid::Jwk(read) = HolderDid::parse(&did).unwrap() else { panic!("{did} is a did:jwk") };
    for kid in ["#0".to_owned(), format!("{did}#0")] {
        read.verify(&jws::sign_as("JWT", &kid, TEXT.as_bytes(), &sm), TEXT).unwrap();
    }
    let code = |jws: &str| read.verify(jws, TEXT).unwrap_err().code();
    assert_eq!(code(&jws::sign_as("JWT", "#1", TEXT.as_bytes(), &sm)), "unknown-key");
    assert_eq!(code(&jws::sign_as("JWT", "#0", b"another text", &sm)), "bad-claims");
    let other = SigningKey::generate(Suite::Sm, &mut StdRng::seed_from_u64(4));
    assert_eq!(code(&jws::sign_as("JWT", "#0", TEXT.as_bytes(), &other)), "bad-signature");
    assert_eq!(code(&key(1).sign_jws("JWT", "#0", TEXT.as_bytes())), "bad-signature", "the algorithm is the key's");
    assert_eq!(code("eyJhbGciOiJub25lIn0.YQ."), "malformed-token");
}

#[test]
fn dids_that_name_no_key_are_refused() {
    let jwk = key(1).public_jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[name] = value;
        did_jwk(&jwk)
    };
    for did in [
        "did:key:z6Mk",
        "did:jwk:",
        "did:jwk:e30",
        "did:jwk:e30=",
        "did:web:",
        "wang",
        &with("d", json!("AAAA")),
        &with("use", json!("enc")),
        &with("crv", json!("P-384")),
        &with("x", json!("AAAA")),
        &format!("did:jwk:{}", "A".repeat(4000)),
    ] {
        assert_eq!(HolderDid::parse(did).unwrap_err().code(), "bad-did", "{did}");
    }
}
