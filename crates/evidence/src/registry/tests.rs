//! Who may sign what, and where in the log.

use serde_json::json;
use xinyu_crypto::SigningKey;

use super::*;
use crate::fixture::{CONSUMER, PLATFORM, PROVIDER, World, record, registration};

fn opened(world: &World) -> Registry {
    let mut registry = Registry::new();
    (0..3).for_each(|index| registry.admit(&world.entry(index)).unwrap());
    registry
}

fn signed(kind: &str, actor: &str, facts: Value, key: &SigningKey) -> SignedRecord {
    SignedRecord::sign(record(50, kind, actor, facts), key).unwrap()
}

#[test]
fn parties_are_known_by_the_log_itself() {
    let world = World::new();
    let mut registry = opened(&world);
    assert_eq!(registry.parties(), 3);
    assert_eq!(registry.platform(), PLATFORM);
    assert_eq!(registry.keys(PROVIDER).collect::<Vec<_>>(), [&world.provider.public()]);
    registry.admit(&world.entry(3)).unwrap();
    registry.admit(&world.entry(4)).unwrap();
}

#[test]
fn the_operator_can_sign_for_nobody_else() {
    let world = World::new();
    let mut registry = opened(&world);
    let forged = signed("usage.allowed", CONSUMER, json!({}), &world.platform);
    assert!(matches!(registry.admit(&forged), Err(Refusal::Signer { .. })));
    let forged = signed("usage.allowed", CONSUMER, json!({}), &world.provider);
    assert!(matches!(registry.admit(&forged), Err(Refusal::Signer { .. })));
    let mut forged = signed("usage.allowed", CONSUMER, json!({}), &world.platform);
    forged.kid = world.consumer.public().kid();
    assert!(matches!(registry.admit(&forged), Err(Refusal::Record(RecordError::Signature(_)))));
}

#[test]
fn a_log_begins_with_its_opening_once() {
    let world = World::new();
    let mut registry = Registry::new();
    assert!(matches!(registry.admit(&world.entry(1)), Err(Refusal::NotOpened)));
    let keys = json!({"keys": [world.platform_sm.public()]});
    let foreign = signed(SPACE_OPENED, PLATFORM, keys, &world.platform);
    assert!(matches!(registry.admit(&foreign), Err(Refusal::Signer { .. })));
    for facts in [json!({}), json!({"keys": []}), json!({"keys": [{"kty": "OKP"}]}), json!({"keys": "x"})] {
        let malformed = signed(SPACE_OPENED, PLATFORM, facts, &world.platform);
        assert!(matches!(registry.admit(&malformed), Err(Refusal::Facts(_))));
    }
    registry.admit(&world.entry(0)).unwrap();
    assert!(matches!(registry.admit(&world.entry(0)), Err(Refusal::Reopened)));
    let mut other = record(60, "usage.allowed", PLATFORM, json!({}));
    other.space = "space-2".into();
    let other = SignedRecord::sign(other, &world.platform).unwrap();
    assert!(matches!(registry.admit(&other), Err(Refusal::Space { .. })));
}

#[test]
fn a_party_changes_its_own_keys_and_no_others() {
    let world = World::new();
    let mut registry = opened(&world);
    let fresh = &world.platform_sm;
    let theft = signed(PARTICIPANT_KEY, CONSUMER, registration(PROVIDER, fresh), &world.consumer);
    assert!(matches!(registry.admit(&theft), Err(Refusal::Registrar { .. })));
    let add = signed(PARTICIPANT_KEY, CONSUMER, registration(CONSUMER, fresh), &world.consumer);
    registry.admit(&add).unwrap();
    assert!(registry.rekeyed().is_empty());
    registry.admit(&signed("usage.allowed", CONSUMER, json!({}), fresh)).unwrap();
    let revoke = json!({"party": CONSUMER, "revoked": [world.consumer.public().kid()]});
    registry.admit(&signed(PARTICIPANT_KEY, CONSUMER, revoke, fresh)).unwrap();
    let late = signed("usage.allowed", CONSUMER, json!({}), &world.consumer);
    assert!(matches!(registry.admit(&late), Err(Refusal::Signer { .. })));
    for facts in [json!({}), json!({"party": CONSUMER}), json!({"party": CONSUMER, "revoked": "x"})] {
        let malformed = signed(PARTICIPANT_KEY, CONSUMER, facts, fresh);
        assert!(matches!(registry.admit(&malformed), Err(Refusal::Facts(_))));
    }
}

#[test]
fn a_key_that_the_operator_gives_a_known_party_is_noted() {
    let world = World::new();
    let mut registry = opened(&world);
    registry.admit(&world.entry(1).clone()).unwrap();
    assert!(registry.rekeyed().is_empty(), "the same key again is nothing new");
    let replaced = signed(PARTICIPANT_KEY, PLATFORM, registration(PROVIDER, &world.platform_sm), &world.platform);
    registry.admit(&replaced).unwrap();
    assert_eq!(registry.rekeyed(), ["record-50"]);
}
