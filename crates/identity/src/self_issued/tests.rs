//! Tests of what we issue for ourselves: strangers read the token as any other's, and the right in it is ours alone.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use xinyu_crypto::KeyChain;

use super::*;
use crate::client_token::ClientToken;
use crate::did::DidDocument;
use crate::document::ForeignDocument;
use crate::testing::{NOW, now, ring, uuid};

const US: &str = "did:web:us.example";
const VERIFIER: &str = "did:web:verifier.example";

fn did(text: &str) -> DidWeb {
    DidWeb::parse(text).unwrap()
}

fn chain() -> KeyChain {
    KeyChain::begin(NOW, &mut StdRng::seed_from_u64(1))
}

fn open(text: &str, verifier: &str, chain: &KeyChain, seconds: i64) -> Result<AccessClaims, IdentityError> {
    let now = Timestamp::from_second(NOW + seconds).unwrap();
    open_access(text, &did(US), &did(verifier), chain.believed().map(|link| &link.key), now)
}

#[test]
fn dcp_4_3_1_a_token_of_ours_is_verified_by_our_document() {
    let chain = chain();
    let us = did(US);
    let signer = Signer { did: &us, key: chain.current() };
    let token = signer.token(VERIFIER, Some("brought"), uuid(1), now());
    let document = DidDocument::new(&us, &ring(1).public(), "https://us.example/dsp").with_chain(&chain);
    let document = ForeignDocument::parse(&serde_json::to_vec(&document).unwrap(), &us).unwrap();
    let read = ClientToken::parse(&token, VERIFIER, now()).unwrap().verify_by(&document).unwrap();
    assert_eq!((read.iss.as_str(), read.token.as_deref()), (US, Some("brought")));
    assert_eq!(ClientToken::parse(&token, US, now()).unwrap_err().code(), "wrong-audience");
}

#[test]
fn dcp_4_3_3_a_right_is_its_receivers_for_a_while_and_within_its_scopes() {
    let (us, mut chain) = (did(US), chain());
    let scopes = [Scope::Type("MembershipCredential".to_owned())];
    let access = Signer { did: &us, key: chain.current() }.access(VERIFIER, &scopes, uuid(2), now());
    assert_eq!(open(&access, VERIFIER, &chain, 0).unwrap().scope, scopes);
    assert_eq!(open(&access, "did:web:other.example", &chain, 0).unwrap_err().code(), "wrong-subject");
    assert_eq!(open(&access, VERIFIER, &chain, LIFE_SECONDS + LEEWAY_SECONDS).unwrap_err().code(), "expired");
    let token = Signer { did: &us, key: chain.current() }.token(VERIFIER, None, uuid(3), now());
    assert_eq!(open(&token, VERIFIER, &chain, 0).unwrap_err().code(), "wrong-type");
    // A rotation lets what was given before be used up; a withdrawal does not.
    chain.rotate(false, NOW, &mut StdRng::seed_from_u64(2));
    open(&access, VERIFIER, &chain, 0).unwrap();
    let others = KeyChain::begin(NOW, &mut StdRng::seed_from_u64(3));
    assert_eq!(open(&access, VERIFIER, &others, 0).unwrap_err().code(), "unknown-key");
    let (head, _) = access.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(86));
    assert_eq!(open(&forged, VERIFIER, &chain, 0).unwrap_err().code(), "bad-signature");
}
