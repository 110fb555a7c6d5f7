//! Tests of password hashes.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

#[test]
fn a_password_verifies_against_its_own_hash_only() {
    let mut rng = StdRng::seed_from_u64(1);
    let stored = hash("信域 passw0rd", &mut rng);
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(verify("信域 passw0rd", &stored), Ok(()));
    for wrong in ["", "信域 passw0rd ", "信域 Passw0rd"] {
        assert_eq!(verify(wrong, &stored), Err(PasswordError::Wrong), "{wrong}");
    }
    assert_ne!(stored, hash("信域 passw0rd", &mut rng), "salted");
}

#[test]
fn stored_hashes_that_are_not_ours_are_refused() {
    let good = hash("p", &mut StdRng::seed_from_u64(1));
    let change = |from: &str, to: &str| good.replacen(from, to, 1);
    for stored in [
        String::new(),
        "p".into(),
        change("argon2id", "argon2i"),
        change("argon2id", "argon2d"),
        change("argon2id", "scrypt"),
        change("v=19", "v=16"),
        change("$v=19", ""),
        change("m=19456", "m=4000000"),
        change("t=2", "t=1000"),
        change("p=1", "p=100"),
        good.rsplit_once('$').unwrap().0.to_owned(),
        format!("{good}$"),
    ] {
        assert_eq!(verify("p", &stored), Err(PasswordError::Stored), "{stored}");
    }
}
