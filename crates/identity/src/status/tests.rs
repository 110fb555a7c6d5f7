//! Tests of status lists.

use xinyu_crypto::Suite;

use super::*;
use crate::testing::{NOW, connector, now, platform, ring};

const URL: &str = "https://platform.example/status/1";

/// The encoded list in the example of the recommendation (§2.2): 131 072 entries, none set.
const OFFICIAL: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

#[test]
fn w3c_bsl_2_2_official_example_is_read() {
    let list = StatusList::decode(OFFICIAL).unwrap();
    assert_eq!(list, StatusList::new(0).unwrap());
    assert!(!list.is_set(94_567).unwrap());
}

#[test]
fn w3c_bsl_3_bit_order_is_left_to_right() {
    let mut list = StatusList::new(0).unwrap();
    for index in [0, 9, 131_071] {
        list.set(index, true).unwrap();
    }
    assert_eq!((list.bits[0], list.bits[1], list.bits[16_383]), (0x80, 0x40, 0x01));
    let read = StatusList::decode(&list.encode().unwrap()).unwrap();
    assert!(read.is_set(9).unwrap() && !read.is_set(8).unwrap());
    list.set(9, false).unwrap();
    assert!(!list.is_set(9).unwrap());
    assert!(list.is_set(131_072).is_err() && list.is_set(u64::MAX).is_err() && list.set(131_072, true).is_err());
}

#[test]
fn bombs_and_rubbish_are_refused() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let encode = |bytes: &[u8]| format!("u{}", URL_SAFE_NO_PAD.encode(bytes));
    let bomb = gzip(&vec![0; 64 << 20]);
    let mut trailing = gzip(&[0; 16_384]);
    trailing.push(0);
    let cut = gzip(&[0; 16_384]);
    let cases = [
        ("a bomb", encode(&bomb)),
        ("short", encode(&gzip(&[0; 16_383]))),
        ("trailing", encode(&trailing)),
        ("cut", encode(&cut[..cut.len() - 1])),
        ("no gzip", encode(b"abc")),
        ("no base64", "u***".to_owned()),
        ("no multibase", OFFICIAL[1..].to_owned()),
    ];
    for (name, text) in cases {
        assert_eq!(StatusList::decode(&text).map_err(|error| error.code()), Err("bad-status-list"), "{name}");
    }
    assert!(StatusList::new(MAX_ENTRIES + 1).is_err());
}

#[test]
fn a_signed_list_counts_for_its_url_and_day() {
    let ring = ring(1);
    let mut list = StatusList::new(0).unwrap();
    list.set(77, true).unwrap();
    let token = list.issue(&platform(), URL, 3600, now(), ring.signing(Suite::Sm)).unwrap();
    let read = |url: &str, iss: &PartyId, at: i64| {
        StatusList::verify(&token, &ring.public(), iss, url, Timestamp::from_second(at).unwrap())
            .map(|list| list.is_set(77).unwrap())
            .map_err(|error| error.code())
    };
    assert_eq!(read(URL, &platform(), NOW), Ok(true));
    assert_eq!(read("https://platform.example/status/2", &platform(), NOW), Err("wrong-subject"));
    assert_eq!(read(URL, &connector(1), NOW), Err("wrong-issuer"));
    assert_eq!(read(URL, &platform(), NOW + 3661), Err("expired"));
}

#[test]
fn the_fullest_list_still_fits_into_a_token() {
    let mut list = StatusList::new(MAX_ENTRIES).unwrap();
    let mut word: u64 = 0x9e37_79b9_7f4a_7c15;
    for index in 0..MAX_ENTRIES {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        list.set(index, word & 1 == 1).unwrap();
    }
    let ring = ring(1);
    let token = list.issue(&platform(), URL, 60, now(), ring.signing(Suite::Intl)).unwrap();
    assert_eq!(StatusList::verify(&token, &ring.public(), &platform(), URL, now()).unwrap(), list);
}

#[test]
fn of_two_copies_the_union_is_right_in_either_order() {
    let with = |places: &[u64]| {
        let mut list = StatusList::new(0).unwrap();
        places.iter().for_each(|&place| list.set(place, true).unwrap());
        list
    };
    for (first, second) in [(&[1, 9][..], &[9, 4000][..]), (&[9, 4000], &[1, 9])] {
        let mut list = with(first);
        list.merge(&with(second));
        assert!(list == with(&[1, 9, 4000]) && list.count() == 3);
    }
}
