//! Tests of the ciphers, against published vectors.

use sm4::cipher::{BlockCipherEncrypt, KeyInit};

use super::*;

struct Vector {
    suite: Suite,
    key: &'static str,
    nonce: &'static str,
    associated: &'static str,
    plain: &'static str,
    sealed: &'static str,
    tag: &'static str,
}

#[track_caller]
fn check(vector: &Vector) {
    let bytes = |text| hex::decode(text).unwrap();
    let cipher = Cipher::new(vector.suite, &bytes(vector.key)).unwrap();
    let nonce = bytes(vector.nonce).try_into().unwrap();
    let associated = bytes(vector.associated);
    let mut buffer = bytes(vector.plain);
    let tag = cipher.encrypt(&nonce, &associated, &mut buffer);
    assert_eq!(hex::encode(&buffer), vector.sealed);
    assert_eq!(hex::encode(tag), vector.tag);
    cipher.decrypt(&nonce, &associated, &mut buffer, &tag).unwrap();
    assert_eq!(hex::encode(&buffer), vector.plain);
}

#[test]
fn rfc_8998_a_1_sm4_gcm() {
    check(&Vector {
        suite: Suite::Sm,
        key: "0123456789abcdeffedcba9876543210",
        nonce: "00001234567800000000abcd",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plain: "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
                eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        sealed: "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
                 d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        tag: "83de3541e4c2b58177e065a9bf7b62ec",
    });
}

#[test]
fn gcm_specification_test_cases_13_and_14_aes_256() {
    let key = "0000000000000000000000000000000000000000000000000000000000000000";
    let nonce = "000000000000000000000000";
    check(&Vector {
        suite: Suite::Intl,
        key,
        nonce,
        associated: "",
        plain: "",
        sealed: "",
        tag: "530f8afbc74536b9a963b4f1c4cb738b",
    });
    check(&Vector {
        suite: Suite::Intl,
        key,
        nonce,
        associated: "",
        plain: "00000000000000000000000000000000",
        sealed: "cea7403d4d606b6e074ec5d3baf39d18",
        tag: "d0d1c8a799996bf0265b98b5d48ab919",
    });
}

/// The block cipher under the mode: once, and a million times over its own output.
#[test]
fn gbt_32907_a_1_and_a_2_sm4_block() {
    let key = hex::decode("0123456789abcdeffedcba9876543210").unwrap();
    let cipher = Sm4::new_from_slice(&key).unwrap();
    let mut block: sm4::cipher::Block<Sm4> = key.as_slice().try_into().unwrap();
    cipher.encrypt_block(&mut block);
    assert_eq!(hex::encode(block), "681edf34d206965e86b3e94f536e4246");
    for _ in 1..1_000_000 {
        cipher.encrypt_block(&mut block);
    }
    assert_eq!(hex::encode(block), "595298c7c6fd271f0402f804c33d3f66");
}

#[test]
fn a_forgery_is_refused_and_leaves_the_buffer_alone() {
    for suite in Suite::ALL {
        let cipher = Cipher::new(suite, &vec![7; Cipher::key_bytes(suite)]).unwrap();
        let mut sealed = b"forty-two".to_vec();
        let tag = cipher.encrypt(&[1; NONCE_BYTES], b"aad", &mut sealed);
        let before = sealed.clone();
        let mut bad_tag = tag;
        bad_tag[15] ^= 1;
        assert_eq!(cipher.decrypt(&[1; NONCE_BYTES], b"aad", &mut sealed, &bad_tag), Err(Forged));
        assert_eq!(cipher.decrypt(&[2; NONCE_BYTES], b"aad", &mut sealed, &tag), Err(Forged));
        assert_eq!(cipher.decrypt(&[1; NONCE_BYTES], b"aaD", &mut sealed, &tag), Err(Forged));
        assert_eq!(sealed, before);
    }
}

#[test]
fn a_key_of_another_length_is_no_key() {
    for suite in Suite::ALL {
        for length in [0, 8, 15, 17, 24, 31, 33, 48 - Cipher::key_bytes(suite)] {
            assert!(Cipher::new(suite, &vec![0; length]).is_none(), "{suite} {length}");
        }
    }
}
