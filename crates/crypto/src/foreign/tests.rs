//! Tests of what others sign: the vectors of the RFCs, and all that is refused.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey as EcdsaKey};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::*;
use crate::jws::JwsError;
use crate::{KeyError, SignatureError, SigningKey, Suite, base64url};

/// The order n of the P-256 group.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// Its field prime p.
const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/// A key of P-256 with its JWK.
fn p256(scalar: u8) -> (EcdsaKey, Value) {
    let key = EcdsaKey::from_slice(&[scalar; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y)});
    (key, jwk)
}

fn sign(key: &EcdsaKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    signature.to_bytes().to_vec()
}

/// A token with this header, really signed by `key`.
fn token(header: &str, key: &EcdsaKey) -> String {
    let input = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(b"{}"));
    format!("{input}.{}", base64url::encode(&sign(key, input.as_bytes())))
}

fn with(jwk: &Value, name: &str, value: Value) -> Value {
    let mut jwk = jwk.clone();
    jwk[name] = value;
    jwk
}

#[test]
fn rfc_7515_a_3_es256() {
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let text = "eyJhbGciOiJFUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    let jws = ForeignJws::parse(text).unwrap();
    assert_eq!((jws.kid(), jws.typ()), (None, None));
    let payload = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    assert_eq!(jws.verify(&key), Ok(&payload[..]));

    let invalid = Err(JwsError::Signature(SignatureError::Invalid { algorithm: "ES256" }));
    let changed = text.replacen(".eyJpc3M", ".eyJpc3N", 1);
    assert_eq!(ForeignJws::parse(&changed).unwrap().verify(&key), invalid);
    let another = ForeignKey::from_jwk(&p256(1).1).unwrap();
    assert_eq!(jws.verify(&another), invalid);
}

#[test]
fn rfc_8037_a_4_eddsa() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    assert_eq!(ForeignJws::parse(text).unwrap().verify(&key), Ok(&b"Example of Ed25519 signing"[..]));
    // RFC 9864 §2.2 gives the same algorithm a second name; then the header, and so the signature, is another.
    let renamed = text.replacen("eyJhbGciOiJFZERTQSJ9", &base64url::encode(br#"{"alg":"Ed25519"}"#), 1);
    let invalid = Err(JwsError::Signature(SignatureError::Invalid { algorithm: "EdDSA" }));
    assert_eq!(ForeignJws::parse(&renamed).unwrap().verify(&key), invalid);
}

#[test]
fn rfc_6979_a_2_5_p256_with_sha256() {
    let hex = |text: &str| base64url::encode(&hex::decode(text).unwrap());
    let jwk = json!({"kty": "EC", "crv": "P-256",
        "x": hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"),
        "y": hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")});
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    let signature = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                     f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    key.verify(b"sample", &hex::decode(signature).unwrap()).unwrap();
    let signature = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
                     019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
    key.verify(b"test", &hex::decode(signature).unwrap()).unwrap();
    assert!(key.verify(b"sample", &hex::decode(signature).unwrap()).is_err());
}

#[test]
fn fips_186_5_6_4_2_r_and_s_outside_the_range_are_refused() {
    let (signer, jwk) = p256(7);
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    let good = sign(&signer, b"m");
    key.verify(b"m", &good).unwrap();
    let (r, s) = good.split_at(32);
    let (n, zero, ones) = (hex::decode(ORDER).unwrap(), vec![0; 32], vec![0xff; 32]);
    let invalid = Err(SignatureError::Invalid { algorithm: "ES256" });
    let check = |name: &str, r: &[u8], s: &[u8]| assert_eq!(key.verify(b"m", &[r, s].concat()), invalid, "{name}");
    check("r zero", &zero, s);
    check("s zero", r, &zero);
    check("both zero", &zero, &zero);
    check("r is n", &n, s);
    check("s is n", r, &n);
    check("all ones", &ones, &ones);
    check("swapped", s, r);
    for bit in 0..512 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.verify(b"m", &flipped), invalid, "bit {bit}");
    }
}

#[test]
fn rfc_7518_3_4_a_signature_is_64_bytes_and_not_der() {
    let (signer, jwk) = p256(7);
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    let good = sign(&signer, b"m");
    let der = Signature::from_slice(&good).unwrap().to_der();
    let mut wrong = vec![vec![], der.as_bytes().to_vec()];
    wrong.extend([1, 63, 65, 96, 128].map(|length| good.iter().copied().cycle().take(length).collect()));
    for signature in wrong {
        let expect = Err(SignatureError::Length { algorithm: "ES256", found: signature.len() });
        assert_eq!(key.verify(b"m", &signature), expect);
    }
}

#[test]
fn the_key_decides_the_algorithm() {
    let (signer, jwk) = p256(7);
    let es256 = ForeignKey::from_jwk(&jwk).unwrap();
    for suite in Suite::ALL {
        let ours = SigningKey::generate(suite, &mut StdRng::seed_from_u64(1));
        let key = ForeignKey::from_jwk(&serde_json::to_value(ours.public()).unwrap()).unwrap();
        assert_eq!(key.algorithm(), suite.signature_name());
        let text = crate::jws::sign("JWT", b"{}", &ours);
        let jws = ForeignJws::parse(&text).unwrap();
        assert_eq!((jws.kid(), jws.typ()), (Some(ours.public().kid().as_str()), Some("JWT")));
        assert_eq!(jws.verify(&key), Ok(&b"{}"[..]));
        let other = JwsError::KeyAlgorithm { token: suite.signature_name(), key: "ES256" };
        assert_eq!(jws.verify(&es256), Err(other));
    }
    // The right signature under another name.
    for alg in ["EdDSA", "Ed25519", "SM2"] {
        let jws = ForeignJws::parse(&token(&format!(r#"{{"alg":"{alg}"}}"#), &signer)).unwrap();
        assert!(matches!(jws.verify(&es256), Err(JwsError::KeyAlgorithm { .. })), "{alg}");
    }
    ForeignJws::parse(&token(r#"{"alg":"ES256"}"#, &signer)).unwrap().verify(&es256).unwrap();
}

#[test]
fn our_own_tokens_are_not_signed_with_es256() {
    let text = token(r#"{"alg":"ES256","typ":"JWT"}"#, &p256(7).0);
    assert_eq!(crate::jws::parse(&text).unwrap_err(), JwsError::Algorithm("ES256".into()));
    assert!(serde_json::from_value::<crate::PublicKey>(p256(7).1).is_err());
}

#[test]
fn rfc_8725_3_2_algorithms_that_prove_nothing_are_refused() {
    for alg in ["none", "None", "NONE", "", "HS256", "RS256", "PS256", "ES384", "ES256K", "es256", "ES256 ", "Ed448"] {
        let text = token(&format!(r#"{{"alg":"{alg}"}}"#), &p256(7).0);
        assert_eq!(ForeignJws::parse(&text).unwrap_err(), JwsError::Algorithm(alg.into()));
        let (unsigned, _) = text.rsplit_once('.').unwrap();
        assert_eq!(ForeignJws::parse(&format!("{unsigned}.")).unwrap_err(), JwsError::Algorithm(alg.into()));
    }
}

#[test]
fn rfc_7515_4_members_without_a_meaning_are_passed_over_and_crit_is_not() {
    let (signer, jwk) = p256(7);
    let key = ForeignKey::from_jwk(&jwk).unwrap();
    for header in [
        r#"{"alg":"ES256"}"#,
        r#"{"kid":"did:web:a.example#1","typ":"JWT","alg":"ES256","cty":"x","x5t":"AA","jwk":{"kty":"oct","k":"AA"}}"#,
    ] {
        ForeignJws::parse(&token(header, &signer)).unwrap().verify(&key).unwrap();
    }
    for header in [
        r#"{"alg":"ES256","crit":["exp"]}"#,
        r#"{"alg":"ES256","crit":[]}"#,
        r#"{"alg":"ES256","crit":null}"#,
        r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"none","alg":"ES256"}"#,
        r#"{"alg":"ES256","kid":"a","kid":"b"}"#,
        r#"{"alg":"ES256","kid":null}"#,
        r#"{"alg":"ES256","kid":7}"#,
        r#"{"alg":"ES256","typ":null}"#,
        r#"{"alg":["ES256"]}"#,
        r#"["ES256"]"#,
        "{}",
        "",
    ] {
        assert!(matches!(ForeignJws::parse(&token(header, &signer)), Err(JwsError::Header(_))), "{header}");
    }
    let good = token(r#"{"alg":"ES256"}"#, &signer);
    assert_eq!(ForeignJws::parse(&format!("{good}=")).unwrap_err(), JwsError::Base64("signature"));
    assert_eq!(ForeignJws::parse(&format!("{good}.")).unwrap_err(), JwsError::Parts(4));
    let long = "a".repeat(crate::jws::MAX_BYTES + 1);
    assert_eq!(ForeignJws::parse(&long).unwrap_err(), JwsError::Size(long.len()));
}

#[test]
fn a_jwk_is_read_as_others_write_it() {
    let (_, jwk) = p256(7);
    let mut described = jwk.clone();
    for (name, value) in [
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("alg", json!("ES256")),
        ("kid", json!("did:web:a.example#1")),
        ("x5t#S256", json!("AA")),
        ("exp", json!(1_800_000_000)),
    ] {
        described[name] = value;
    }
    assert_eq!(ForeignKey::from_jwk(&described).unwrap().algorithm(), "ES256");
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for alg in ["EdDSA", "Ed25519"] {
        assert_eq!(ForeignKey::from_jwk(&with(&okp, "alg", json!(alg))).unwrap().algorithm(), "EdDSA");
    }
    assert!(ForeignKey::from_jwk(&with(&okp, "y", json!("AA"))).is_err());
}

#[test]
fn a_jwk_that_is_no_signing_key_is_refused() {
    let (_, jwk) = p256(7);
    let check = |jwk: Value, expect: &str| {
        let error = ForeignKey::from_jwk(&jwk).unwrap_err();
        assert!(error.to_string().contains(expect), "{jwk}: {error}");
    };
    let set = |name: &str, value: Value, expect: &str| check(with(&jwk, name, value), expect);
    set("d", json!("AAAA"), "private");
    set("use", json!("enc"), "use");
    set("key_ops", json!(["sign"]), "key_ops");
    set("key_ops", json!([]), "key_ops");
    set("alg", json!("ES384"), "alg");
    set("alg", json!("EdDSA"), "alg");
    set("alg", json!("none"), "alg");
    set("kty", json!("OKP"), "kty and crv");
    set("kty", json!("oct"), "kty and crv");
    set("crv", json!("P-384"), "kty and crv");
    set("crv", json!("secp256k1"), "kty and crv");
    set("crv", json!(null), "kty and crv");
    set("crv", json!("SM2"), "point");
    set("kty", json!(null), "another type");
    set("x", json!(null), "x is not");
    set("x", json!(7), "another type");
    set("y", json!(null), "y is not");
    set("x", json!(format!("{}=", jwk["x"].as_str().unwrap())), "x is not");
    check(json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "kty and crv");
    check(json!({}), "not an object");
    check(json!(["EC", "P-256", jwk["x"], jwk["y"], null, null, null, null]), "not an object");
    check(json!("EC"), "not an object");
}

#[test]
fn points_that_are_not_on_the_curve_are_refused() {
    let (_, jwk) = p256(7);
    let bytes = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
    let check = |x: Vec<u8>, y: Vec<u8>, expect: KeyError| {
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(&x), "y": base64url::encode(&y)});
        assert_eq!(ForeignKey::from_jwk(&jwk).unwrap_err(), expect, "{jwk}");
    };
    let off = KeyError::Point("P-256");
    let mut y = bytes("y");
    y[31] ^= 1;
    check(bytes("x"), y, off.clone());
    check(bytes("y"), bytes("x"), off.clone());
    check(vec![0; 32], vec![0; 32], off.clone());
    check(vec![0xff; 32], vec![0xff; 32], off.clone());
    check(hex::decode(PRIME).unwrap(), bytes("y"), off.clone());
    // (0, sqrt b) is on the curve; (p, sqrt b) is the same point in a second spelling.
    let root = hex::decode("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4").unwrap();
    let zero = json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(&[0; 32]), "y": base64url::encode(&root)});
    ForeignKey::from_jwk(&zero).unwrap();
    check(hex::decode(PRIME).unwrap(), root, off);
    let wrong = KeyError::Jwk("x is not 32 bytes in base64url");
    for length in [0, 31, 33, 64] {
        check(vec![1; length], bytes("y"), wrong.clone());
    }
}

#[test]
fn debug_shows_no_token() {
    let text = token(r#"{"alg":"ES256","kid":"k"}"#, &p256(7).0);
    let shown = format!("{:?}", ForeignJws::parse(&text).unwrap());
    assert_eq!(shown, r#"ForeignJws { alg: "ES256", kid: Some("k"), typ: None, .. }"#);
}
