//! Tests of wrapping a secret for a recipient.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

#[test]
fn gbt_32918_5_a_3_encryption() {
    let private = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
    let key = sm2::Private::from_bytes(&hex::decode(private).unwrap().try_into().unwrap()).unwrap();
    let ciphertext = "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73\
                      e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0\
                      59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766\
                      21886ca989ca9c7d58087307ca93092d651efa";
    let plain = key.decrypt(&hex::decode(ciphertext).unwrap()).unwrap();
    assert_eq!(plain.as_slice(), b"encryption standard");
}

/// Wrapped by the Python package `cryptography` 48 (HPKE base mode, X25519, HKDF-SHA256, AES-256-GCM).
#[test]
fn rfc_9180_as_another_maker_wrote_it() {
    let private: Vec<u8> = (1..=32).collect();
    let key = OpeningKey::from_bytes(Suite::Intl, &private).unwrap();
    let public = "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c";
    assert_eq!(hex::encode(key.public().as_bytes()), public);
    let wrapped = "8f093a4027c37c027a72cb69ad92f4a6ec1f4ccd448298e54b493f4d61365b19\
                   b84ec75d4686bed11271f3f7ea0d4ab5560fae52b5f9878ccc04619c3db4d630fe6b2429699da7e8d766";
    let secret = key.unwrap(&hex::decode(wrapped).unwrap(), b"contract-1").unwrap();
    assert_eq!(secret.as_slice(), b"a secret of no consequence");
}

#[test]
fn what_is_wrapped_opens_only_with_its_key_and_context() {
    for suite in Suite::ALL {
        let (key, other) = (OpeningKey::generate(suite, &mut rng(1)), OpeningKey::generate(suite, &mut rng(2)));
        for secret in [&b""[..], b"k", &[7; 32], &[9; 4096]] {
            let wrapped = key.public().wrap(secret, b"contract-1", &mut rng(3));
            let overhead = if suite == Suite::Sm { 129 } else { 48 };
            assert_eq!(wrapped.len(), secret.len() + overhead);
            assert_eq!(key.unwrap(&wrapped, b"contract-1").unwrap().as_slice(), secret);
            for context in [&b""[..], b"contract-2", b"contract-1\0", b"contract-"] {
                assert_eq!(key.unwrap(&wrapped, context), Err(OpenError::Wrapped), "{suite}");
            }
            assert_eq!(other.unwrap(&wrapped, b"contract-1"), Err(OpenError::Wrapped));
        }
    }
}

#[test]
fn any_bit_flipped_and_any_cut_is_found() {
    for suite in Suite::ALL {
        let key = OpeningKey::generate(suite, &mut rng(1));
        let wrapped = key.public().wrap(&[7; 16], b"c", &mut rng(2));
        for bit in 0..wrapped.len() * 8 {
            let mut flipped = wrapped.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.unwrap(&flipped, b"c"), Err(OpenError::Wrapped), "{suite} bit {bit}");
        }
        for length in 0..wrapped.len() {
            assert_eq!(key.unwrap(&wrapped[..length], b"c"), Err(OpenError::Wrapped), "{suite} {length}");
        }
        let longer = [wrapped.as_slice(), &[0]].concat();
        assert_eq!(key.unwrap(&longer, b"c"), Err(OpenError::Wrapped));
    }
}

#[test]
fn sm2_ciphertext_with_a_compressed_point_is_refused() {
    let key = OpeningKey::generate(Suite::Sm, &mut rng(1));
    let wrapped = key.public().wrap(&[7; 16], b"c", &mut rng(2));
    let tag = 2 + (wrapped[64] & 1);
    let compressed = [&[tag], &wrapped[1..33], &wrapped[65..]].concat();
    assert_eq!(key.unwrap(&compressed, b"c"), Err(OpenError::Wrapped));
}

#[test]
fn each_wrapping_is_fresh() {
    for suite in Suite::ALL {
        let key = OpeningKey::generate(suite, &mut rng(1)).public();
        let mut rng = rng(2);
        assert_ne!(key.wrap(b"s", b"c", &mut rng), key.wrap(b"s", b"c", &mut rng));
    }
}

#[test]
fn rfc_7748_points_of_low_order_and_second_spellings_are_refused() {
    let refused = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // The base point 9 as p + 9, and with the ignored top bit.
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0900000000000000000000000000000000000000000000000000000000000080",
    ];
    for text in refused {
        let error = SealingKey::from_bytes(Suite::Intl, &hex::decode(text).unwrap()).unwrap_err();
        assert_eq!(error, KeyError::Point("X25519"), "{text}");
    }
    let base = "0900000000000000000000000000000000000000000000000000000000000000";
    SealingKey::from_bytes(Suite::Intl, &hex::decode(base).unwrap()).unwrap();
}

#[test]
fn sm2_points_off_the_curve_are_refused() {
    let good = OpeningKey::generate(Suite::Sm, &mut rng(1)).public();
    for (place, value) in [(0, 2), (0, 6), (64, good.as_bytes()[64] ^ 1)] {
        let mut bytes = good.as_bytes().to_vec();
        bytes[place] = value;
        assert_eq!(SealingKey::from_bytes(Suite::Sm, &bytes).unwrap_err(), KeyError::Point("SM2"));
    }
    for length in [0, 33, 64, 66] {
        let expect = KeyError::Length { kind: "SM2", expected: 65, found: length };
        assert_eq!(SealingKey::from_bytes(Suite::Sm, &vec![4; length]).unwrap_err(), expect);
    }
}

#[test]
fn a_sealing_key_is_a_jwk_for_encryption_and_nothing_else() {
    for suite in Suite::ALL {
        let key = OpeningKey::generate(suite, &mut rng(1)).public();
        let jwk = serde_json::to_value(&key).unwrap();
        assert_eq!(jwk["use"], "enc");
        assert_eq!(serde_json::from_value::<SealingKey>(jwk.clone()).unwrap(), key);
        assert!(serde_json::from_value::<crate::PublicKey>(jwk.clone()).is_err());
        let check = |name: &str, value: serde_json::Value| {
            let mut jwk = jwk.clone();
            jwk[name] = value;
            assert!(serde_json::from_value::<SealingKey>(jwk.clone()).is_err(), "{jwk}");
        };
        check("use", json!("sig"));
        check("use", json!(null));
        check("alg", json!("SM2"));
        check("d", json!("AAAA"));
        check("crv", json!("Ed25519"));
    }
    let signing = crate::SigningKey::generate(Suite::Sm, &mut rng(1)).public();
    let signing = serde_json::to_value(&signing).unwrap();
    assert!(serde_json::from_value::<SealingKey>(signing).is_err());
}

#[test]
fn keys_survive_their_bytes_and_are_shown_by_no_debug() {
    for suite in Suite::ALL {
        let key = OpeningKey::generate(suite, &mut rng(1));
        let again = OpeningKey::from_bytes(suite, &key.to_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(again.to_bytes(), key.to_bytes());
        assert_eq!(format!("{key:?}"), format!("OpeningKey({suite}, public {})", key.public().kid()));
        for found in [0, 31, 33] {
            assert!(OpeningKey::from_bytes(suite, &vec![1; found]).is_err());
        }
    }
    assert!(OpeningKey::from_bytes(Suite::Sm, &[0; 32]).is_err());
    assert!(OpeningKey::from_bytes(Suite::Sm, &[0xff; 32]).is_err());
}
