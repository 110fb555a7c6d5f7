//! Tests of signatures in both suites.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;

/// GB/T 32918.5-2017 Annex A: the key pair of the examples on the recommended curve.
const GBT_PRIVATE: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const GBT_PUBLIC: &str = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                          ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
/// The order n of the SM2 group.
const SM2_ORDER: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
/// The order of the prime subgroup of edwards25519, big-endian.
const ED25519_ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn bytes32(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// `a + b` modulo 2^256, big-endian.
fn add(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut carry = 0;
    std::array::from_fn::<u8, 32, _>(|i| {
        let sum = u16::from(a[31 - i]) + u16::from(b[31 - i]) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    })
    .into_iter()
    .rev()
    .collect::<Vec<_>>()
    .try_into()
    .unwrap()
}

/// `a − b` modulo 2^256, big-endian.
fn subtract(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    add(add(a, b.map(|byte| !byte)), bytes32(&format!("{:064x}", 1)))
}

#[test]
fn gbt_32918_5_a_2_signature() {
    let key = SigningKey::from_bytes(Suite::Sm, &bytes32(GBT_PRIVATE)).unwrap();
    assert_eq!(hex::encode(key.public().as_bytes()), GBT_PUBLIC);
    let signature = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
                     b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
    key.public().verify(b"message digest", &hex::decode(signature).unwrap()).unwrap();
    assert!(key.public().verify(b"message digesT", &hex::decode(signature).unwrap()).is_err());
}

#[test]
fn rfc_8032_7_1_test_2() {
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let key = SigningKey::from_bytes(Suite::Intl, &bytes32(seed)).unwrap();
    let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    assert_eq!(hex::encode(key.public().as_bytes()), public);
    let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                     085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    assert_eq!(hex::encode(key.sign(&[0x72])), signature);
    key.public().verify(&[0x72], &hex::decode(signature).unwrap()).unwrap();
}

#[test]
fn rfc_8037_a_3_thumbprint() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let key: PublicKey = serde_json::from_value(jwk).unwrap();
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_signature_is_of_one_message_and_one_key() {
    for suite in Suite::ALL {
        let (key, other) =
            (SigningKey::generate(suite, &mut rng()), SigningKey::generate(suite, &mut StdRng::seed_from_u64(2)));
        let signature = key.sign(b"offer");
        assert_eq!(signature.len(), SIGNATURE_BYTES);
        assert_eq!(signature, key.sign(b"offer"), "deterministic");
        assert_ne!(signature, key.sign(b"offer "));
        let public = key.public();
        public.verify(b"offer", &signature).unwrap();
        let invalid = Err(SignatureError::Invalid { algorithm: suite.signature_name() });
        assert_eq!(public.verify(b"offer ", &signature), invalid);
        assert_eq!(other.public().verify(b"offer", &signature), invalid);
        for bit in 0..SIGNATURE_BYTES * 8 {
            let mut flipped = signature.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(public.verify(b"offer", &flipped), invalid, "{suite} bit {bit}");
        }
        for length in [0, 63, 65, 70, 128] {
            let mut wrong = signature.clone();
            wrong.resize(length, 0);
            let algorithm = suite.signature_name();
            let expect = Err(SignatureError::Length { algorithm, found: length });
            assert_eq!(public.verify(b"offer", &wrong), expect);
        }
    }
}

#[test]
fn a_signature_of_one_suite_is_none_of_the_other() {
    let sm = SigningKey::generate(Suite::Sm, &mut rng());
    let intl = SigningKey::generate(Suite::Intl, &mut rng());
    assert!(sm.public().verify(b"m", &intl.sign(b"m")).is_err());
    assert!(intl.public().verify(b"m", &sm.sign(b"m")).is_err());
}

#[test]
fn gbt_32918_2_7_1_r_and_s_outside_the_range_are_refused() {
    let public = SigningKey::from_bytes(Suite::Sm, &bytes32(GBT_PRIVATE)).unwrap();
    let good: [u8; 64] = public.sign(b"m").try_into().unwrap();
    let public = public.public();
    let (r, s): ([u8; 32], [u8; 32]) = (good[..32].try_into().unwrap(), good[32..].try_into().unwrap());
    let n = bytes32(SM2_ORDER);
    let one = bytes32(&format!("{:064x}", 1));
    let check = |name: &str, r: [u8; 32], s: [u8; 32]| {
        let signature = [r, s].concat();
        assert!(public.verify(b"m", &signature).is_err(), "{name}");
    };
    check("r zero", [0; 32], s);
    check("s zero", r, [0; 32]);
    check("both zero", [0; 32], [0; 32]);
    check("r is n", n, s);
    check("s is n", r, n);
    check("r above n", add(n, one), s);
    check("s above n", r, add(n, one));
    check("all ones", [0xff; 32], [0xff; 32]);
    check("swapped", s, r);
    check("s negated, as ECDSA would accept", r, subtract(n, s));
    check("r negated", subtract(n, r), s);
    check("r + s is n, so that t is zero", r, subtract(n, r));
    check("r + s is n, from s", subtract(n, s), s);
    check("r + n wraps", add(r, n), s);
    check("s + n wraps", r, add(s, n));
}

#[test]
fn rfc_8032_5_1_7_s_not_below_the_order_is_refused() {
    let key = SigningKey::generate(Suite::Intl, &mut rng());
    let good = key.sign(b"m");
    let mut s: [u8; 32] = good[32..].try_into().unwrap();
    s.reverse();
    let mut more = add(s, bytes32(ED25519_ORDER));
    more.reverse();
    let signature = [&good[..32], &more].concat();
    assert!(key.public().verify(b"m", &signature).is_err());
}

#[test]
fn private_keys_out_of_range_are_refused() {
    let n = bytes32(SM2_ORDER);
    let number = |value: u8| bytes32(&format!("{value:064x}"));
    let check = |suite, bytes: &[u8], expect: Result<(), KeyError>| {
        assert_eq!(SigningKey::from_bytes(suite, bytes).map(drop), expect, "{suite} {}", hex::encode(bytes));
    };
    check(Suite::Sm, &number(0), Err(KeyError::Range("SM2")));
    check(Suite::Sm, &number(1), Ok(()));
    check(Suite::Sm, &subtract(n, number(2)), Ok(()));
    check(Suite::Sm, &subtract(n, number(1)), Err(KeyError::Range("SM2")));
    check(Suite::Sm, &n, Err(KeyError::Range("SM2")));
    check(Suite::Sm, &[0xff; 32], Err(KeyError::Range("SM2")));
    check(Suite::Intl, &[0xff; 32], Ok(()));
    for suite in Suite::ALL {
        let kind = suite.signature_name();
        for found in [0, 24, 31, 33, 64] {
            check(suite, &vec![1; found], Err(KeyError::Length { kind, expected: 32, found }));
        }
    }
    let key = SigningKey::from_bytes(Suite::Sm, &subtract(n, number(2))).unwrap();
    key.public().verify(b"m", &key.sign(b"m")).unwrap();
}

#[test]
fn public_keys_that_are_no_usable_point_are_refused() {
    let good = hex::decode(GBT_PUBLIC).unwrap();
    let sm = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        PublicKey::from_bytes(Suite::Sm, &bytes).unwrap_err()
    };
    assert_eq!(sm(&|bytes| bytes[64] ^= 1), KeyError::Point("SM2"));
    assert_eq!(sm(&|bytes| bytes[0] = 6), KeyError::Point("SM2"));
    assert_eq!(sm(&|bytes| bytes[1..].fill(0)), KeyError::Point("SM2"));
    assert_eq!(sm(&|bytes| bytes[1..].fill(0xff)), KeyError::Point("SM2"));
    assert_eq!(sm(&|bytes| bytes.truncate(33)), KeyError::Length { kind: "SM2", expected: 65, found: 33 });
    assert_eq!(sm(&|bytes| bytes.clear()), KeyError::Length { kind: "SM2", expected: 65, found: 0 });

    let low_order_or_not_canonical = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        // y = p + 1 and p, and y = 1 with the sign of x set.
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000080",
        // y = p + 3: a point of high order, written in a second way.
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // No point has y = 2.
        "0200000000000000000000000000000000000000000000000000000000000000",
    ];
    for text in low_order_or_not_canonical {
        let error = PublicKey::from_bytes(Suite::Intl, &bytes32(text)).unwrap_err();
        assert_eq!(error, KeyError::Point("Ed25519"), "{text}");
    }
}

#[test]
fn a_public_key_is_read_as_it_is_written() {
    for suite in Suite::ALL {
        let key = SigningKey::generate(suite, &mut rng()).public();
        let jwk = serde_json::to_value(&key).unwrap();
        assert_eq!(serde_json::from_value::<PublicKey>(jwk.clone()).unwrap(), key);
        assert_eq!(PublicKey::from_bytes(suite, key.as_bytes()).unwrap(), key);
        assert_eq!(key.kid().len(), 43);
        let mut described = jwk;
        described["use"] = json!("sig");
        described["alg"] = json!(suite.signature_name());
        described["kid"] = json!("did:web:a.example#key-1");
        assert_eq!(serde_json::from_value::<PublicKey>(described).unwrap(), key);
    }
    let key = PublicKey::from_bytes(Suite::Sm, &hex::decode(GBT_PUBLIC).unwrap()).unwrap();
    let expect = json!({"kty": "EC", "crv": "SM2", "x": "CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA",
        "y": "zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM"});
    assert_eq!(serde_json::to_value(&key).unwrap(), expect);
}

#[test]
fn a_jwk_that_is_not_exactly_a_signing_key_is_refused() {
    for suite in Suite::ALL {
        let good = serde_json::to_value(SigningKey::generate(suite, &mut rng()).public()).unwrap();
        let check = |name: &str, value: serde_json::Value| {
            let mut jwk = good.clone();
            if value.is_null() {
                jwk.as_object_mut().unwrap().remove(name);
            } else {
                jwk[name] = value;
            }
            assert!(serde_json::from_value::<PublicKey>(jwk.clone()).is_err(), "{jwk}");
        };
        check("d", json!("AAAA"));
        check("key_ops", json!(["verify"]));
        check("use", json!("enc"));
        check("alg", json!("none"));
        check("alg", json!("ES256"));
        check("kty", json!("oct"));
        check("crv", json!("P-256"));
        check("crv", json!("X25519"));
        check("kty", json!(null));
        check("crv", json!(null));
        check("x", json!(null));
        check("x", json!(""));
        check("x", json!(format!("{}=", good["x"].as_str().unwrap())));
        check("x", json!("AAAA"));
        check("y", if suite == Suite::Sm { json!(null) } else { json!("AAAA") });
        check("kid", json!(7));
        let listed = json!([good["kty"], good["crv"], good["x"], good["y"], null, null, null]);
        assert!(serde_json::from_value::<PublicKey>(listed).is_err());
        let twice = good.to_string().replacen('{', "{\"crv\":\"SM2\",", 1);
        assert!(serde_json::from_str::<PublicKey>(&twice).is_err(), "{twice}");
    }
}

#[test]
fn keys_survive_their_bytes() {
    for suite in Suite::ALL {
        let key = SigningKey::generate(suite, &mut rng());
        let again = SigningKey::from_bytes(suite, &key.to_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(again.sign(b"m"), key.sign(b"m"));
    }
}

#[test]
fn debug_shows_no_secret() {
    for suite in Suite::ALL {
        let key = SigningKey::generate(suite, &mut rng());
        let text = format!("{key:?}").to_lowercase();
        let secret = key.to_bytes();
        assert!(!text.contains(&hex::encode(&*secret)) && !text.contains(&format!("{secret:?}")));
        assert_eq!(text, format!("signingkey({suite}, public {})", key.public().kid().to_lowercase()));
    }
}
