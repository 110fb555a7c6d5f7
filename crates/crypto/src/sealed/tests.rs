//! Tests of private keys at rest.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::*;

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn passphrase(text: &str) -> Secret {
    Secret::Passphrase(Zeroizing::new(text.into()))
}

fn key_file(byte: u8, length: usize) -> Secret {
    Secret::KeyFile(Zeroizing::new(vec![byte; length]))
}

fn secrets() -> [Secret; 2] {
    [passphrase("correct horse"), key_file(7, 32)]
}

#[test]
fn what_is_sealed_opens_with_the_same_secret_only() {
    for secret in secrets() {
        let document = seal(b"four keys", &secret, &mut rng()).unwrap();
        assert_eq!(open(&document, &secret).unwrap().as_slice(), b"four keys");
        let wrong = match secret {
            Secret::Passphrase(_) => passphrase("correct horsE"),
            Secret::KeyFile(_) => key_file(8, 32),
        };
        assert_eq!(open(&document, &wrong), Err(SealedError::WrongSecret));
    }
    let document = seal(b"four keys", &key_file(7, 32), &mut rng()).unwrap();
    assert_eq!(open(&document, &key_file(7, 33)), Err(SealedError::WrongSecret));
}

#[test]
fn the_document_says_how_its_key_was_derived() {
    let document = |secret| -> Value { serde_json::from_slice(&seal(b"p", &secret, &mut rng()).unwrap()).unwrap() };
    let by_passphrase = document(passphrase("p"));
    assert_eq!(by_passphrase["version"], 1);
    let params = json!({"memory_kib": 19456, "passes": 2, "lanes": 1});
    assert_eq!(by_passphrase["kdf"], json!({"name": "argon2id", "params": params}));
    assert_eq!(document(key_file(1, 32))["kdf"], json!({"name": "hkdf-sha256"}));
}

#[test]
fn a_secret_that_protects_nothing_is_refused() {
    let check = |secret: Secret, expect: SealedError| {
        assert_eq!(seal(b"p", &secret, &mut rng()), Err(expect.clone()));
        assert_eq!(open(b"{}", &secret), Err(expect));
    };
    check(passphrase(""), SealedError::EmptyPassphrase);
    check(key_file(1, 0), SealedError::ShortKeyFile { found: 0 });
    check(key_file(1, 31), SealedError::ShortKeyFile { found: 31 });
}

#[test]
fn the_wrong_kind_of_secret_is_named() {
    let [passphrase, key_file] = secrets();
    let (by_passphrase, by_key_file) =
        (seal(b"p", &passphrase, &mut rng()).unwrap(), seal(b"p", &key_file, &mut rng()).unwrap());
    let expect = SealedError::Kind { sealed: "passphrase", given: "key file" };
    assert_eq!(open(&by_passphrase, &key_file), Err(expect));
    let expect = SealedError::Kind { sealed: "key file", given: "passphrase" };
    assert_eq!(open(&by_key_file, &passphrase), Err(expect));
}

#[test]
fn an_altered_document_does_not_open() {
    for secret in secrets() {
        let document = seal(b"four keys", &secret, &mut rng()).unwrap();
        let good: Value = serde_json::from_slice(&document).unwrap();
        for member in ["salt", "nonce", "ciphertext"] {
            let bytes = base64url::decode(good[member].as_str().unwrap()).unwrap();
            for place in 0..bytes.len() {
                let mut altered = bytes.clone();
                altered[place] ^= 0x40;
                let mut document = good.clone();
                document[member] = json!(base64url::encode(&altered));
                let opened = open(document.to_string().as_bytes(), &secret);
                assert_eq!(opened, Err(SealedError::WrongSecret), "{member} {place}");
                if matches!(secret, Secret::Passphrase(_)) && place > 2 {
                    break; // argon2id takes its time
                }
            }
        }
    }
}

#[test]
fn only_this_format_is_read() {
    let secret = key_file(7, 32);
    let document = seal(b"p", &secret, &mut rng()).unwrap();
    let good: Value = serde_json::from_slice(&document).unwrap();
    let check = |member: &str, value: Value, expect: SealedError| {
        let mut document = good.clone();
        document[member] = value;
        assert_eq!(open(document.to_string().as_bytes(), &secret), Err(expect), "{member}");
    };
    check("version", json!(2), SealedError::Version(2));
    check("cipher", json!("AES-128-ECB"), SealedError::Document("unknown cipher"));
    check("salt", json!("AAAA"), SealedError::Document("salt"));
    check("nonce", json!("AAAA"), SealedError::Document("nonce"));
    check("ciphertext", json!("AAAA"), SealedError::Document("ciphertext"));
    check("ciphertext", json!("A=="), SealedError::Document("ciphertext"));
    check("extra", json!(1), SealedError::Document("not in this format"));
    check("kdf", json!({"name": "none"}), SealedError::Document("not in this format"));
    check("kdf", json!({"name": "argon2id"}), SealedError::Document("not in this format"));
    for text in ["", "{}", "[]", "XYK1"] {
        assert_eq!(open(text.as_bytes(), &secret), Err(SealedError::Document("not in this format")));
    }
    let large = vec![b' '; DOCUMENT_MAX_BYTES + 1];
    assert_eq!(open(&large, &secret), Err(SealedError::Document("more than 1 MiB")));
}

#[test]
fn a_planted_cost_is_refused_before_it_is_paid() {
    let secret = passphrase("p");
    let document = seal(b"p", &secret, &mut rng()).unwrap();
    let good: Value = serde_json::from_slice(&document).unwrap();
    for (member, value) in [
        ("memory_kib", u64::from(u32::MAX)),
        ("memory_kib", u64::from(MEMORY_MAX_KIB) + 1),
        ("memory_kib", 0),
        ("passes", 0),
        ("passes", u64::from(PASSES_MAX) + 1),
        ("lanes", 0),
        ("lanes", u64::from(LANES_MAX) + 1),
    ] {
        let mut document = good.clone();
        document["kdf"]["params"][member] = json!(value);
        let opened = open(document.to_string().as_bytes(), &secret);
        assert_eq!(opened, Err(SealedError::Cost), "{member} {value}");
    }
}

#[test]
fn salt_and_nonce_are_fresh_and_debug_shows_no_secret() {
    let mut rng = rng();
    let secret = key_file(7, 32);
    assert_ne!(seal(b"p", &secret, &mut rng).unwrap(), seal(b"p", &secret, &mut rng).unwrap());
    assert_eq!(format!("{secret:?} {:?}", passphrase("hush")), "Secret(key file) Secret(passphrase)");
}
