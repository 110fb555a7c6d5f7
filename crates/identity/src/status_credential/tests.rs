//! Tests of published status lists: ours in both forms, unsigned ones on their issuer's host, and all that is refused.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use xinyu_crypto::KeyChain;

use super::*;
use crate::did::DidDocument;
use crate::status::MIN_ENTRIES;
use crate::testing::{NOW, now, ring};

const ISSUER: &str = "did:web:issuer.example";
const URL: &str = "https://issuer.example/status/0";

fn chain() -> KeyChain {
    KeyChain::begin(NOW, &mut StdRng::seed_from_u64(1))
}

fn document(chain: &KeyChain) -> ForeignDocument {
    let did = DidWeb::parse(ISSUER).unwrap();
    let document = DidDocument::new(&did, &ring(1).public(), "https://issuer.example/dsp").with_chain(chain);
    ForeignDocument::parse(&serde_json::to_vec(&document).unwrap(), &did).unwrap()
}

fn place(list: &str, index: u64) -> StatusRef {
    StatusRef { list: list.to_owned(), index, purpose: "revocation".to_owned() }
}

fn list(set: &[u64]) -> StatusList {
    let mut list = StatusList::new(MIN_ENTRIES).unwrap();
    set.iter().for_each(|index| list.set(*index, true).unwrap());
    list
}

#[test]
fn w3c_bitstring_status_list_a_bit_of_ours_is_read_in_either_form() {
    let chain = chain();
    let did = DidWeb::parse(ISSUER).unwrap();
    let until = Timestamp::from_second(NOW + 60).unwrap();
    for profile in Profile::ALL {
        let signer = Signer { did: &did, key: chain.current() };
        let jwt = issue(&list(&[0, 9, 131_071]), profile, URL, now(), until, signer).unwrap();
        let listed = |index, seconds| {
            let now = Timestamp::from_second(NOW + seconds).unwrap();
            is_listed(jwt.as_bytes(), &place(URL, index), &document(&chain), "https", now)
        };
        let found = [0, 1, 9, 131_070, 131_071].map(|index| listed(index, 0).unwrap());
        assert_eq!(found, [true, false, true, false, true], "{profile}");
        assert_eq!(listed(131_072, 0).unwrap_err().code(), "bad-status-list");
        assert_eq!(listed(0, 3600).unwrap_err().code(), "expired");
        let suspended = StatusRef { purpose: "suspension".to_owned(), ..place(URL, 0) };
        let error = is_listed(jwt.as_bytes(), &suspended, &document(&chain), "https", now()).unwrap_err();
        assert!(error.to_string().contains("purpose"), "{error}");
        let others = KeyChain::begin(NOW, &mut StdRng::seed_from_u64(5));
        let error = is_listed(jwt.as_bytes(), &place(URL, 0), &document(&others), "https", now()).unwrap_err();
        assert_eq!(error.code(), "unknown-key");
    }
}

#[test]
fn a_list_without_a_signature_is_believed_of_its_issuers_own_host_alone() {
    let body = |issuer: &str, encoded: &str| {
        json!({
            "issuer": issuer, "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "credentialSubject": { "statusPurpose": "revocation", "encodedList": encoded },
        })
        .to_string()
    };
    let encoded = list(&[3]).encode().unwrap();
    let check = |url: &str, body: &str, expect: Result<bool, &str>| {
        let found = is_listed(body.as_bytes(), &place(url, 3), &document(&chain()), "https", now());
        match (found, expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect, "{url}"),
            (Err(error), Err(expect)) => assert!(error.to_string().contains(expect), "{url}: {error}"),
            (found, expect) => panic!("{url}: {found:?}, not {expect:?}"),
        }
    };
    check(URL, &body(ISSUER, &encoded), Ok(true));
    check(URL, &body(ISSUER, &list(&[]).encode().unwrap()), Ok(false));
    check("https://issuer.example:8443/status/0", &body(ISSUER, &encoded), Err("not on its issuer's own host"));
    check("https://other.example/status/0", &body(ISSUER, &encoded), Err("not on its issuer's own host"));
    check("http://issuer.example/status/0", &body(ISSUER, &encoded), Err("not on its issuer's own host"));
    check(URL, &body("did:web:other.example", &encoded), Err("another issuer"));
    check(URL, &body(ISSUER, "u!"), Err("encodedList"));
    check(URL, "{}", Err("another issuer"));
    check(URL, "no json", Err("JWS"));
}

/// Ten megabytes that unpack from ten kilobytes.
#[test]
fn a_list_that_unpacks_without_end_is_refused() {
    use base64::Engine as _;
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 10 << 20]).unwrap();
    let packed = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(encoder.finish().unwrap());
    let error = StatusList::decode_of_another(&format!("u{packed}")).unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}
