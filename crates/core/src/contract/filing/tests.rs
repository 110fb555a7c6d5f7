//! Who opens a filed text, and every way to swap one.

use rand::SeedableRng;
use rand::rngs::StdRng;
use xinyu_crypto::Suite;

use super::*;
use crate::contract::proposal::tests::{Parties, consumer, provider};
use crate::contract::version::tests::{amended, filed_at, first, hours, registered, signed};
use crate::contract::{Registered, file_version};

fn rng() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn keys_of(parties: &Parties) -> Vec<(ConnectorId, PublicKeys)> {
    vec![(provider(), parties.provider.0.public()), (consumer(), parties.consumer.0.public())]
}

/// A contract that both signed, with their filing keys.
fn whole(parties: &Parties) -> SignedContract {
    let mut contract = first();
    let [provider_key, consumer_key] = [parties.provider.0.public(), parties.consumer.0.public()];
    contract.expansion_item.filing_keys =
        keys([(&provider(), &provider_key), (&consumer(), &consumer_key)], Suite::Intl);
    signed(parties, contract, true)
}

fn sealed_text(parties: &Parties, text: &SignedContract) -> SealedText {
    let hash = signing::hash(&text.contract).unwrap();
    seal(text, &hash, &keys_of(parties), &mut rng()).unwrap().text
}

#[test]
fn tc609_14_7_5_e_both_sides_open_what_was_filed_and_nobody_else() {
    let parties = Parties::new();
    let text = whole(&parties);
    let kept = sealed_text(&parties, &text);
    for (me, ring) in [(provider(), &parties.provider.0), (consumer(), &parties.consumer.0)] {
        assert_eq!(open(&kept, &me, ring.opening(Suite::Intl)).unwrap(), text);
    }
    let stranger = xinyu_crypto::KeyRing::generate(&mut rng());
    let code = |result: Result<SignedContract, Rejection>| result.unwrap_err().code;
    assert_eq!(code(open(&kept, &provider(), stranger.opening(Suite::Intl))), "filed-text-altered");
    assert_eq!(code(open(&kept, &provider(), stranger.opening(Suite::Sm))), "filed-text-altered");
    let other = ConnectorId::compose(&provider().owner(), &provider().area(), 99);
    assert_eq!(code(open(&kept, &other, parties.provider.0.opening(Suite::Intl))), "filed-text-not-ours");
}

#[test]
fn tc609_14_8_4_a_what_the_platform_keeps_says_nothing_of_the_policy() {
    let parties = Parties::new();
    let text = whole(&parties);
    let hash = signing::hash(&text.contract).unwrap();
    let kept = seal(&text, &hash, &keys_of(&parties), &mut rng()).unwrap();
    let readable = serde_json::to_string(&(extract(&text), &kept)).unwrap();
    let policy = serde_json::to_string(&text.contract.contract_policies).unwrap();
    for word in ["permissionPolicies", "constraintName", policy.as_str()] {
        assert!(!readable.contains(word), "{word}");
        assert!(serde_json::to_string(&text).unwrap().contains(word), "{word}: it is in the text");
    }
    let left = extract(&text).contract;
    assert_eq!(left.expansion_item, text.contract.expansion_item, "price, clauses and keys are needed to run it");
}

#[test]
fn tc609_14_7_5_e_a_filed_text_that_was_changed_or_swapped_does_not_open() {
    let parties = Parties::new();
    let text = whole(&parties);
    let kept = sealed_text(&parties, &text);
    let mut cheaper = text.contract.clone();
    cheaper.expansion_item.revenue.per_use_fen = 1;
    let other = sealed_text(&parties, &signed(&parties, cheaper, true));
    let key = parties.consumer.0.opening(Suite::Intl);
    let swapped = [
        SealedText { ciphertext: other.ciphertext.clone(), ..kept.clone() },
        SealedText { ciphertext: other.ciphertext.clone(), keys: other.keys.clone(), ..kept.clone() },
        SealedText { version: 2, ..kept.clone() },
        SealedText { contract_hash: other.contract_hash.clone(), ..kept.clone() },
        SealedText { suite: "sm".to_owned(), ..kept.clone() },
        SealedText { ciphertext: "?".to_owned(), ..kept.clone() },
        SealedText { ciphertext: String::new(), ..kept.clone() },
    ];
    for (index, altered) in swapped.iter().enumerate() {
        assert_eq!(open(altered, &consumer(), key).unwrap_err().code, "filed-text-altered", "{index}");
    }
    // Whoever seals another text under the hash of ours is found by the hash.
    let hash = signing::hash(&text.contract).unwrap();
    let mut swapped = text.clone();
    swapped.contract.expansion_item.revenue.per_use_fen = 1;
    let lie = seal(&swapped, &hash, &keys_of(&parties), &mut rng()).unwrap().text;
    assert_eq!(open(&lie, &consumer(), key).unwrap_err().code, "filed-text-altered");
}

#[test]
fn tc609_14_7_5_e_a_key_that_is_not_its_partys_files_nothing() {
    let parties = Parties::new();
    let text = whole(&parties);
    let hash = signing::hash(&text.contract).unwrap();
    let stranger = xinyu_crypto::KeyRing::generate(&mut rng()).public();
    let swapped = [(provider(), stranger), (consumer(), parties.consumer.0.public())];
    assert_eq!(seal(&text, &hash, &swapped, &mut rng()).unwrap_err().code, "filing-key-unknown");
    let lacking = [(provider(), parties.provider.0.public())];
    assert_eq!(seal(&text, &hash, &lacking, &mut rng()).unwrap_err().code, "filing-key-unknown");
}

#[test]
fn tc609_14_7_5_e_the_space_says_whether_texts_are_sealed_and_the_keys_are_of_both_sides() {
    let parties = Parties::new();
    let (open_text, sealed_text) = (first(), whole(&parties).contract);
    assert!(must_be_as_the_space_says(&open_text, false).is_ok());
    assert!(must_be_as_the_space_says(&sealed_text, true).is_ok());
    assert_eq!(must_be_as_the_space_says(&open_text, true).unwrap_err().code, "filing-keys");
    assert_eq!(must_be_as_the_space_says(&sealed_text, false).unwrap_err().code, "filing-keys");
    let mut turned = sealed_text.clone();
    turned.expansion_item.filing_keys.reverse();
    assert_eq!(must_be_as_the_space_says(&turned, true).unwrap_err().code, "filing-keys");
    let mut one = sealed_text;
    one.expansion_item.filing_keys.truncate(1);
    assert_eq!(must_be_as_the_space_says(&one, true).unwrap_err().code, "filing-keys");
}

#[test]
fn a_text_that_is_brought_is_known_by_its_hash() {
    let text = first();
    let hash = signing::hash(&text).unwrap();
    assert!(must_be_filed(&text, &hash).is_ok());
    let mut other = text;
    other.contract_abstract.push('。');
    assert_eq!(must_be_filed(&other, &hash).unwrap_err().code, "filed-text-differs");
}

#[test]
fn tc609_14_7_4_c_a_version_follows_a_sealed_one_by_the_text_that_comes_along() {
    let parties = Parties::new();
    let seal_of = |text: &SignedContract| {
        let hash = signing::hash(&text.contract).unwrap();
        seal(text, &hash, &keys_of(&parties), &mut rng()).unwrap()
    };
    let before = registered(&parties);
    let sealed = Registered { sealed: before.signed.as_ref().map(seal_of), ..before };
    let file = |contract: Registered, fen: u64, previous: Option<Contract>| {
        let stamped = filed_at(&parties, amended(&first(), fen), hours(2));
        let text = SignedContract { contract: stamped.contract, signatures: stamped.signatures };
        let new = ToFile {
            hash: signing::hash(&text.contract).unwrap(),
            filing: stamped.filing,
            sealed: Some(seal_of(&text)),
            signed: text,
            previous: previous.map(Box::new),
            policy_set: None,
        };
        file_version(contract, new, hours(2))
    };
    assert_eq!(file(sealed.clone(), 20, None).unwrap_err().code, "contract-sealed");
    assert_eq!(file(sealed.clone(), 20, Some(amended(&first(), 30))).unwrap_err().code, "filed-text-differs");
    let (won, kept, _) = file(sealed, 20, Some(first())).unwrap();
    assert_eq!(
        (kept.sealed.map(|text| text.version), won.sealed.as_ref().map(|one| one.text.version)),
        (Some(1), Some(2))
    );
    assert!(won.signed.as_ref().is_some_and(|left| left.contract.contract_policies.is_empty()));
    assert_eq!(file(won, 30, Some(first())).unwrap_err().code, "version-overtaken");
}
