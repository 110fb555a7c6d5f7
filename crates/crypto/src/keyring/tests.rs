//! Tests of the key ring: sealed, opened, found by key id.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn secret() -> Secret {
    Secret::KeyFile(Zeroizing::new(vec![5; 32]))
}

#[test]
fn a_ring_has_one_key_of_each_kind_and_suite() {
    let ring = KeyRing::generate(&mut rng());
    let public = ring.public();
    for suite in Suite::ALL {
        assert_eq!(ring.signing(suite).suite(), suite);
        assert_eq!(ring.opening(suite).suite(), suite);
        assert_eq!(public.signing(suite), &ring.signing(suite).public());
        assert_eq!(public.sealing(suite), &ring.opening(suite).public());
        let kid = public.signing(suite).kid();
        assert_eq!(public.by_kid(&kid), Some(public.signing(suite)));
        assert_eq!(public.by_kid(&public.sealing(suite).kid()), None, "a sealing key verifies nothing");
    }
    assert_eq!(public.by_kid(""), None);
}

#[test]
fn a_ring_at_rest_is_the_same_ring() {
    let ring = KeyRing::generate(&mut rng());
    let document = ring.seal_to(&secret(), &mut rng()).unwrap();
    let again = KeyRing::open_from(&document, &secret()).unwrap();
    assert_eq!(again.public(), ring.public());
    let other = Secret::KeyFile(Zeroizing::new(vec![6; 32]));
    assert_eq!(KeyRing::open_from(&document, &other).unwrap_err(), SealedError::WrongSecret);
}

#[test]
fn a_document_that_holds_something_else_is_no_ring() {
    let bytes = KeyRing::generate(&mut rng()).to_bytes();
    assert_eq!(bytes.len(), RING_BYTES);
    let check = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        let document = sealed::seal(&bytes, &secret(), &mut rng()).unwrap();
        let error = KeyRing::open_from(&document, &secret()).unwrap_err();
        assert_eq!(error, SealedError::Content("key ring"));
    };
    check(&|bytes| bytes.clear());
    check(&|bytes| bytes[3] = b'2');
    check(&|bytes| bytes.truncate(RING_BYTES - 1));
    check(&|bytes| bytes.truncate(RING_BYTES - 32));
    check(&|bytes| bytes.push(0));
    check(&|bytes| bytes.extend([0; 32]));
    check(&|bytes| bytes[4..36].fill(0));
}

#[test]
fn public_keys_are_read_as_they_are_written() {
    let keys = KeyRing::generate(&mut rng()).public();
    let good = serde_json::to_value(&keys).unwrap();
    assert_eq!(serde_json::from_value::<PublicKeys>(good.clone()).unwrap(), keys);
    let check = |name: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = good.clone();
        change(&mut value);
        assert!(serde_json::from_value::<PublicKeys>(value).is_err(), "{name}");
    };
    let swap = |value: &mut serde_json::Value, part: &str| {
        let pair = value[part].clone();
        value[part] = json!({"sm": pair["intl"], "intl": pair["sm"]});
    };
    check("signing suites swapped", &|value| swap(value, "signing"));
    check("sealing suites swapped", &|value| swap(value, "sealing"));
    check("signing for sealing", &|value| value["sealing"] = value["signing"].clone());
    check("a suite missing", &|value| drop(value["signing"].as_object_mut().unwrap().remove("sm")));
    check("a suite more", &|value| value["signing"]["other"] = value["signing"]["sm"].clone());
    check("a list of two", &|value| value["signing"] = json!([value["signing"]["sm"], value["signing"]["intl"]]));
    check("a list", &|value| *value = json!([value["signing"], value["sealing"]]));
    check("a part more", &|value| value["other"] = json!({}));
}

#[test]
fn debug_shows_no_secret() {
    let ring = KeyRing::generate(&mut rng());
    let text = format!("{ring:?}");
    for suite in Suite::ALL {
        for key in [ring.signing(suite).to_bytes(), ring.opening(suite).to_bytes()] {
            assert!(!text.to_lowercase().contains(&hex::encode(&*key)));
            assert!(!text.contains(&crate::base64url::encode(&key)));
        }
    }
}
